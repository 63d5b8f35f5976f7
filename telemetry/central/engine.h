/*
 * engine: a distributed store of events, a ClickHouse of any number of shards and replicas, as something to ask and tell.
 *
 * Its address is "clickhouse:http://HOST:PORT/DATABASE?cluster=NAME&quorum=N". Several hosts may stand there
 * ("http://a:8123,b:8123/…"): whichever answers is used, any node will do. `cluster` is what the servers' own configuration
 * calls it ("frumious"); `quorum` is how many replicas of a shard must have written before anything counts as written (2).
 * A user's name and password come from ~/.netrc, never from the address, which is printed and shown by `ps`.
 *
 * engine_open(), then any number of statements, engine_close(). One thread. Each call waits for its answer, at most
 * ENGINE_PATIENCE_S, and ends early with ENGINE_ERROR_AWAY once the program was asked to end (base/interrupt.h).
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define ENGINE_PREFIX        "clickhouse:"
#define ENGINE_PATIENCE_S    600
#define ENGINE_SERVICE_S     30
#define ENGINE_ANSWER_MAX    (INT64_C(1) << 31) /* bytes of one answer */
#define ENGINE_QUORUM_WAIT_S 10                 /* how long the other replicas of a shard have to write */

#define ENGINE_ERROR (engine_error_quark())
enum engine_error {
    ENGINE_ERROR_ADDRESS, /* it makes no sense */
    ENGINE_ERROR_AWAY,    /* nobody answered, or a quorum was not there: later it may be */
    ENGINE_ERROR_REFUSED, /* the engine says that the statement is wrong, or that it cannot do it */
};
GQuark engine_error_quark(void);

struct engine;

/* Reads the address; asks nobody. NULL and error where it makes no sense. */
struct engine *engine_open(const char *address, GError **error);
void engine_close(struct engine *e); /* accepts NULL */

/* For a server that answers others: it waits for ENGINE_SERVICE_S at most, and finishes what it does when it is asked to end. */
void engine_serve(struct engine *e);

/*
 * A statement from an embedded file (base/embedded.h) with $database and $cluster filled in, and the pairs of a name and a
 * value that follow, ended by NULL: "$since", "7". A value stands there as it is: whatever a stranger may have chosen goes
 * through engine_quote() first. The caller frees.
 */
char *engine_statement(const struct engine *e, const char *file, const char *part, ...) G_GNUC_NULL_TERMINATED;

/* Appends a text as SQL's, in quotes. */
void engine_quote(GString *sql, const char *text);

/* Appends a text, in quotes, to a list of such, with commas between them. */
void engine_list(GString *list, const char *text);

/* Hands over a statement for all nodes (ON CLUSTER), and does not wait until they have run it. */
bool engine_tell_later(struct engine *e, const char *sql, GError **error);

/* Runs statements that end with ";\n" each, one after the other. */
bool engine_tell_all(struct engine *e, const char *sql, GError **error);

/*
 * Adds rows by one insert: `rows` is lines of tab-separated fields (engine_field()). It waits its turn among the programs that write into
 * the same table, as the engine refuses the second of two at once. Done when a quorum of each shard that gets
 * some has written them; else, it may have been done in part, and is to be done again with the same rows.
 */
bool engine_insert(struct engine *e, const char *table, const GString *rows, GError **error);

/* Appends a field to a line of rows: `first` begins a line, else a tab comes before. Then '\n' ends it. */
void engine_field(GString *rows, bool first, const char *text);
void engine_field_number(GString *rows, bool first, int64_t n);

/* Appends a number as printf writes it: lines are mostly numbers, and printf took 7 % of a collector's time. */
void engine_put_number(GString *text, int64_t n);

/* The answer to a query: lines of fields. Numbers of more than 64 bits do not occur. */
struct engine_rows {
    GPtrArray *lines; /* char **: the fields of each, ended by NULL */
    guint at;
};

/* NULL and error. A row's fields are as many as the query names. Freed by engine_rows_free(). */
struct engine_rows *engine_ask(struct engine *e, const char *sql, GError **error);
void engine_rows_free(struct engine_rows *r); /* accepts NULL */

/* The same with a table `ids` beside the statement: UUIDs, a line each. A list of as many in the statement costs the engine five times as much. */
struct engine_rows *engine_ask_of(struct engine *e, const char *sql, const GString *ids, GError **error);

/* The next line's fields, or NULL. Borrowed. */
char **engine_next(struct engine_rows *r);
void engine_rewind(struct engine_rows *r); /* to before the first line */

/* The only field of the only line of an answer. */
bool engine_ask_number(struct engine *e, const char *sql, int64_t *n, GError **error);

const char *engine_database(const struct engine *e);
const char *engine_cluster(const struct engine *e);

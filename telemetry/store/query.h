/*
 * query: one statement on a store: prepare, bind, step through the rows, free; failures are kept and told once, at the
 * end.
 *
 *     struct query q = query_begin(s, "SELECT name FROM node WHERE story = ?1", "cannot be read");
 *     query_bind(&q, story);
 *     while (query_next(&q))
 *         puts(query_text(&q, 0));
 *     return query_end(&q, error);
 *
 * A struct query lives on the caller's stack, between query_begin() and query_end(), on the store's thread. After a
 * failure binding and stepping do nothing, so that no call but the last needs to be checked. Values are bound in the
 * order of the statement's parameters ?1, ?2, …; columns count from 0. SQL that names a table stands in a .sql file
 * beside its user (base/embedded.h), except where the program puts the statement together.
 */
#pragma once

#include "telemetry/record.h"
#include "telemetry/store/store_handle.h"

struct sqlite3_stmt;

struct query {
    struct store *store; /* borrowed */
    struct sqlite3_stmt *st;
    const char *doing; /* borrowed; what a failure's message says: "cannot be read" */
    int bound;         /* values so far */
    int rc;            /* SQLite's code of what was done last */
    bool running;      /* it was stepped, and not yet reset or ended */
};

/* Does nothing else than compile the statement. `sql` is not needed afterwards. */
struct query query_begin(struct store *s, const char *sql, const char *doing);

/* The next parameter's value. Texts and blobs are not copied: they live until query_end() or query_reset(). */
void query_bind(struct query *q, int64_t n);
void query_bind_or_null(struct query *q, bool known, int64_t n);
void query_bind_text(struct query *q, const char *text); /* NULL is SQL's NULL */
void query_bind_blob(struct query *q, const void *bytes, size_t size);

/* True: the statement stands on a row. False: there is no other one, or it failed. */
bool query_next(struct query *q);

/* A column of the row. Text and blobs are borrowed until the next query_next(); text is NULL for SQL's NULL. */
int64_t query_number(const struct query *q, int column);
int64_t query_number_or(const struct query *q, int column, int64_t none); /* `none` for SQL's NULL */
bool query_is_null(const struct query *q, int column);

/* A number from `low` to `high`; `none` for SQL's NULL and for whatever lies outside, which a stranger's file may hold. */
int64_t query_number_in(const struct query *q, int column, int64_t low, int64_t high, int64_t none);

/*
 * The ranges of what a store holds. A length or a position: some three months of one event, so that a thousand of them
 * add up to no more than a number of 64 bits holds in any unit of ours. A moment, in ms since 1970: the years 1 to 9999,
 * which every calendar here knows.
 */
#define QUERY_US_MAX (INT64_C(1) << 43)
#define QUERY_MS_MIN (-INT64_C(62135596800000))
#define QUERY_MS_MAX INT64_C(253402300799999)
const char *query_text(const struct query *q, int column);
char *query_copy_text(const struct query *q, int column); /* caller frees */
char *query_copy_name(const struct query *q, int column); /* never NULL, always UTF-8: "?" for NULL; caller frees */
const void *query_blob(const struct query *q, int column, size_t *size);

/* A blob of 16 bytes as an id is written. False: it is none, and `id` is as it was. */
bool query_id(const struct query *q, int column, char id[TEL_ID_SIZE]);

/* Makes it ready to be bound and run again. False and error where the run that ends here failed. */
bool query_reset(struct query *q, GError **error);

/*
 * Frees the statement. False and error where anything since query_begin() or the last query_reset() failed; leaving
 * rows unread is no failure.
 */
bool query_end(struct query *q, GError **error);

/* Steps through to the end, ignoring rows, and then query_end(). */
bool query_run(struct query *q, GError **error);

/* Ends a transaction: commits what is `done`, and undoes what is not, or can't be committed. Returns whether it was committed; error only where
 * that failed. */
bool query_commit(struct store *s, bool done, const char *doing, GError **error);

/* Runs statements that have neither parameters nor rows that matter, separated by semicolons. */
bool query_execute(struct store *s, const char *sql, const char *doing, GError **error);

/* The first column of the first row, 0 where there is none. */
bool query_read_number(struct store *s, const char *sql, const char *doing, int64_t *n, GError **error);

#include "telemetry/central/migrate.h"

#include "base/units.h"

#include <stdlib.h>

#define MIGRATIONS "telemetry/central/migrations.sql"
#define STATUS     "telemetry/central/status.sql"

/* ---- steps ------------------------------------------------------------------------------------------------------- */

static bool take_step(struct engine *e, int number, GError **error)
{
    g_autofree char *name = g_strdup_printf("migration_%d", number);
    g_autofree char *sql = engine_statement(e, MIGRATIONS, name, NULL);
    return engine_tell_all(e, sql, error);
}

bool migrate_init(struct engine *e, GError **error)
{
    return take_step(e, 0, error);
}

bool migrate_read_step(struct engine *e, int *step, GError **error)
{
    g_autofree char *has = engine_statement(e, STATUS, "has_database", NULL);
    g_autofree char *sql = engine_statement(e, STATUS, "step", NULL);
    int64_t there, n;
    if (!engine_ask_number(e, has, &there, error))
        return false;
    if (there == 0) {
        g_set_error(error, ENGINE_ERROR, ENGINE_ERROR_REFUSED,
                    "there is no database %s of ours; `frumious central init` makes it", engine_database(e));
        return false;
    }
    if (!engine_ask_number(e, sql, &n, error))
        return false;
    *step = (int)n;
    return true;
}

static bool note_step(struct engine *e, int number, GError **error)
{
    g_autoptr(GString) row = g_string_new(NULL);
    engine_field_number(row, true, number);
    engine_field_number(row, false, g_get_real_time() / US_PER_MS);
    g_string_append_c(row, '\n');
    return engine_insert(e, "migration", row, error);
}

bool migrate_run(struct engine *e, int *taken, GError **error)
{
    int step;
    *taken = 0;
    if (!migrate_read_step(e, &step, error))
        return false;
    if (step > MIGRATE_STEPS) {
        g_set_error(error, ENGINE_ERROR, ENGINE_ERROR_REFUSED,
                    "the database %s is of a newer version: it has step %d, and this program knows %d",
                    engine_database(e), step, MIGRATE_STEPS);
        return false;
    }
    for (int number = step + 1; number <= MIGRATE_STEPS; number++, ++*taken)
        if (!take_step(e, number, error) || !note_step(e, number, error))
            return false;
    return true;
}

/* ---- how it is --------------------------------------------------------------------------------------------------- */

static int64_t number_in(char **line, guint column)
{
    return line ? g_ascii_strtoll(line[column], NULL, 10) : 0;
}

/* One that is away says so by its silence. Returns how many tables it has. */
static int64_t ask_node(struct engine *e, struct migrate_node *n)
{
    g_autofree char *sql = engine_statement(e, STATUS, "node", "$node", n->host, NULL);
    struct engine_rows *rows = engine_ask(e, sql, NULL);
    char **line = rows ? engine_next(rows) : NULL;
    n->answers = line != NULL;
    n->read_only = number_in(line, 0) != 0;
    n->behind_s = number_in(line, 1);
    n->queue = number_in(line, 2);
    const int64_t tables = number_in(line, 3);
    engine_rows_free(rows);
    return tables;
}

static bool read_nodes(struct engine *e, GArray *nodes, GError **error)
{
    g_autofree char *sql = engine_statement(e, STATUS, "nodes", NULL);
    struct engine_rows *rows = engine_ask(e, sql, error);
    int64_t most = 0;
    for (char **line; rows && (line = engine_next(rows));) {
        struct migrate_node n = {
            .host = g_strdup_printf("%s:%s", line[0], line[1]), .shard = atoi(line[2]), .replica = atoi(line[3])};
        n.lacks = -ask_node(e, &n);
        most = MAX(most, -n.lacks);
        g_array_append_val(nodes, n);
    }
    for (guint i = 0; i < nodes->len; i++)
        g_array_index(nodes, struct migrate_node, i).lacks += most;
    engine_rows_free(rows);
    return rows != NULL;
}

/* Of each shard, one replica that answers. */
static int64_t read_bytes(struct engine *e, const GArray *nodes)
{
    int64_t bytes = 0;
    int shard = 0;
    for (guint i = 0; i < nodes->len; i++) {
        const struct migrate_node *n = &g_array_index(nodes, struct migrate_node, i);
        g_autofree char *sql = engine_statement(e, STATUS, "bytes", "$node", n->host, NULL);
        int64_t more;
        if (n->shard == shard || !n->answers || !engine_ask_number(e, sql, &more, NULL))
            continue;
        bytes += more;
        shard = n->shard;
    }
    return bytes;
}

static bool read_amounts(struct engine *e, struct migrate_status *s, GError **error)
{
    g_autofree char *amounts = engine_statement(e, STATUS, "amounts", NULL);
    g_autofree char *erased = engine_statement(e, STATUS, "erased", NULL);
    struct engine_rows *rows = engine_ask(e, amounts, error);
    char **line = rows ? engine_next(rows) : NULL;
    s->viewings = number_in(line, 0);
    s->events = number_in(line, 1);
    engine_rows_free(rows);
    return rows && engine_ask_number(e, erased, &s->erased, error);
}

bool migrate_read_status(struct engine *e, struct migrate_status *s, GError **error)
{
    *s = (struct migrate_status){.nodes = g_array_new(FALSE, FALSE, sizeof(struct migrate_node))};
    if (!migrate_read_step(e, &s->step, error) || !read_nodes(e, s->nodes, error))
        return false;
    s->bytes = read_bytes(e, s->nodes);
    return s->step == 0 || read_amounts(e, s, error);
}

void migrate_status_clear(struct migrate_status *s)
{
    for (guint i = 0; i < s->nodes->len; i++)
        g_free(g_array_index(s->nodes, struct migrate_node, i).host);
    g_array_unref(s->nodes);
}

#include "telemetry/store/schema.h"

#include "base/embedded.h"
#include "telemetry/store/query.h"
#include "telemetry/store/views.h"

#include <assert.h>
#include <sqlite3.h>

const char *const schema_optional_parts[] = {"counts", "merged", "released", "ages", "collected", NULL};

/*
 * A failure here is told without advice: a step that fails is a mistake of ours, or a table of somebody else's in the
 * way.
 */
static bool execute_step(struct store *s, const char *sql, GError **error)
{
    if (sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return true;
    g_set_error(error, STORE_ERROR, STORE_ERROR_SQL, "%s", sqlite3_errmsg(s->db));
    return false;
}

static bool run_step(struct store *s, int version, GError **error)
{
    g_autofree char *name = g_strdup_printf("version_%d", version);
    if (execute_step(s, embedded_part("telemetry/store/schema.sql", name), error))
        return true;
    g_prefix_error(error, "step to version %d: ", version);
    return false;
}

bool schema_migrate(struct store *s, int from, GError **error)
{
    assert(from >= 0 && from <= STORE_VERSION);
    for (int version = from + 1; version <= STORE_VERSION; version++)
        if (!run_step(s, version, error))
            return false;
    g_autoptr(GString) last = g_string_new(NULL);
    views_append_sql(last);
    g_string_append_printf(last, "PRAGMA application_id=%d; PRAGMA user_version=%d;", STORE_APPLICATION_ID,
                           STORE_VERSION);
    return execute_step(s, last->str, error);
}

bool schema_make_part(struct store *s, const char *part, GError **error)
{
    return query_execute(s, embedded_part("telemetry/store/schema.sql", part), "cannot be written", error);
}

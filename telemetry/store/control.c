#include "telemetry/store/control.h"

#include <sqlite3.h>

bool control_read(struct store *s, struct control *c, GError **error)
{
    sqlite3_stmt *st = NULL;
    *c = (struct control){0};
    bool done =
        sqlite3_prepare_v2(s->db, "SELECT erased, paused_ms, keep_days FROM control", -1, &st, NULL) == SQLITE_OK;
    const int rc = done ? sqlite3_step(st) : SQLITE_ERROR;
    done = rc == SQLITE_ROW || rc == SQLITE_DONE || store_fail(s, "cannot be read", error);
    if (rc == SQLITE_ROW)
        *c = (struct control){sqlite3_column_int64(st, 0), sqlite3_column_int64(st, 1), sqlite3_column_int64(st, 2)};
    sqlite3_finalize(st);
    return done;
}

static bool update_control(struct store *s, const char *sql, int64_t value, GError **error)
{
    sqlite3_stmt *st = NULL;
    bool done = sqlite3_prepare_v2(s->db, sql, -1, &st, NULL) == SQLITE_OK;
    if (done) {
        sqlite3_bind_int64(st, 1, value);
        done = sqlite3_step(st) == SQLITE_DONE;
    }
    if (!done)
        store_fail(s, "cannot be written", error);
    sqlite3_finalize(st);
    return done;
}

bool control_set_paused(struct store *s, bool paused, GError **error)
{
    return update_control(
        s,
        paused ? "UPDATE control SET paused_ms = ?1, changed = changed + 1 WHERE paused_ms IS NULL"
               : "UPDATE control SET paused_ms = NULL, changed = changed + 1 WHERE paused_ms IS NOT NULL",
        g_get_real_time() / 1000, error);
}

bool control_set_retention(struct store *s, int64_t days, GError **error)
{
    return update_control(s, "UPDATE control SET keep_days = nullif(?1, 0)", days, error);
}

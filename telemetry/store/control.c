#include "telemetry/store/control.h"

#include "telemetry/store/query.h"

#include <assert.h>

bool control_read(struct store *s, struct control *c, GError **error)
{
    *c = (struct control){0};
    struct query q = query_begin(s, "SELECT erased, paused_ms, keep_days FROM control", "cannot be read");
    if (query_next(&q))
        *c = (struct control){query_number(&q, 0), query_number(&q, 1), query_number(&q, 2)};
    return query_end(&q, error);
}

static bool update_control(struct store *s, const char *sql, int64_t value, GError **error)
{
    struct query q = query_begin(s, sql, "cannot be written");
    query_bind(&q, value);
    return query_run(&q, error);
}

bool control_set_paused(struct store *s, bool paused, GError **error)
{
    if (paused)
        return update_control(s, "UPDATE control SET paused_ms = ?1, changed = changed + 1 WHERE paused_ms IS NULL",
                              g_get_real_time() / 1000, error);
    return query_execute(s, "UPDATE control SET paused_ms = NULL, changed = changed + 1 WHERE paused_ms IS NOT NULL",
                         "cannot be written", error);
}

bool control_set_retention(struct store *s, int64_t days, GError **error)
{
    assert(days >= 0);
    return update_control(s, "UPDATE control SET keep_days = nullif(?1, 0)", days, error);
}

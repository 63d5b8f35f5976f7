#include "telemetry/store/control.h"

#include "base/embedded.h"
#include "telemetry/store/query.h"

#include <assert.h>

static const char *control_sql(const char *name)
{
    return embedded_part("telemetry/store/control.sql", name);
}

bool control_read(struct store *s, struct control *c, GError **error)
{
    *c = (struct control){0};
    struct query q = query_begin(s, control_sql("read"), "cannot be read");
    if (query_next(&q))
        *c = (struct control){query_number(&q, 0), query_number(&q, 1), query_number(&q, 2)};
    return query_end(&q, error);
}

static bool update_control(struct store *s, const char *name, int64_t value, GError **error)
{
    struct query q = query_begin(s, control_sql(name), "cannot be written");
    query_bind(&q, value);
    return query_run(&q, error);
}

bool control_set_paused(struct store *s, bool paused, GError **error)
{
    if (paused)
        return update_control(s, "pause", g_get_real_time() / 1000, error);
    return query_execute(s, control_sql("end_pause"), "cannot be written", error);
}

bool control_set_retention(struct store *s, int64_t days, GError **error)
{
    assert(days >= 0);
    return update_control(s, "set_retention", days, error);
}

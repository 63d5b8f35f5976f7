#include "telemetry/keep/retention.h"

#include "telemetry/keep/erase.h"
#include "telemetry/store/control.h"

#define DAY_MS INT64_C(86400000)

struct store *retention_open(const struct store_options *o, GError **error)
{
    struct store *s = store_open(o, error);
    if (s && !o->read_only)
        (void)retention_apply(s, g_get_real_time() / 1000, NULL, NULL);
    return s;
}

bool retention_apply(struct store *s, int64_t now_ms, int64_t *n, GError **error)
{
    struct control c;
    int64_t gone = 0;
    if (!control_read(s, &c, error))
        return false;
    const struct read_filter old = {.before_ms = now_ms - c.keep_days * DAY_MS};
    const bool done = c.keep_days == 0 || old.before_ms <= 0 || erase_viewings(s, &old, &gone, error);
    if (n)
        *n = gone;
    return done;
}

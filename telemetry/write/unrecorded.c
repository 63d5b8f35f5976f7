#include "telemetry/write/unrecorded.h"

#include "base/embedded.h"
#include "telemetry/store/query.h"

bool unrecorded_count(const struct store_options *o, uint64_t film, GError **error)
{
    struct store *s = store_open(o, error);
    if (!s)
        return false;
    struct query q = query_begin(s, embedded_part("telemetry/write/unrecorded.sql", "count"), "cannot be written");
    query_bind(&q, (int64_t)film);
    const bool counted = query_run(&q, error);
    store_close(s);
    return counted;
}

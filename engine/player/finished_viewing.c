#include "player/finished_viewing.h"

#include "telemetry/read/read.h"

bool finished_viewing(const char *path, const char *id)
{
    const struct store_options o = {.path = path, .read_only = true, .quick = true};
    struct store *store = store_open(&o, NULL);
    struct read_viewing *v = store ? read_viewing(store, id, NULL) : NULL;
    const bool finished = v && v->summary.reason == TEL_REASON_ENDED;
    read_viewing_free(v);
    store_close(store);
    return finished;
}

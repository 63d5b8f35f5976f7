#include "telemetry/share/patience.h"

#include <assert.h>

#define PAUSE_MS        20   /* between two requests, at least */
#define FIRST_WAIT_MS   1000 /* doubles each time */
#define LONGEST_WAIT_MS 60000

void patience_begin(struct patience *p, int wait_s)
{
    *p = (struct patience){.left_ms = wait_s * INT64_C(1000), .next_ms = FIRST_WAIT_MS};
}

void patience_calm(struct patience *p)
{
    p->next_ms = FIRST_WAIT_MS;
}

int64_t patience_wait_ms(struct patience *p, int retry_after_s, double spread)
{
    const int64_t own_ms = (int64_t)((double)p->next_ms * spread);
    const int64_t ms = retry_after_s >= 0 ? retry_after_s * INT64_C(1000) + own_ms / 10 : own_ms;
    assert(p->left_ms >= 0 && p->next_ms >= FIRST_WAIT_MS);
    p->next_ms = MIN(p->next_ms * 2, LONGEST_WAIT_MS);
    if (ms > p->left_ms)
        return -1;
    p->left_ms -= ms;
    return ms;
}

int64_t patience_pause_ms(gsize bytes)
{
    const int64_t ms = (int64_t)((bytes * 1000 + PATIENCE_BYTES_PER_S - 1) / PATIENCE_BYTES_PER_S);
    return MAX(ms, PAUSE_MS);
}

#include "base/monotonic.h"

#include <assert.h>

#include "base/units.h"

void monotonic_cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &attr);
    pthread_condattr_destroy(&attr);
}

struct timespec monotonic_after_us(int64_t us)
{
    struct timespec t;
    assert(us >= 0);
    clock_gettime(CLOCK_MONOTONIC, &t);
    const int64_t ns = t.tv_nsec + us % US_PER_SECOND * 1000;
    t.tv_sec += us / US_PER_SECOND + ns / 1000000000;
    t.tv_nsec = ns % 1000000000;
    return t;
}

#include "base/units.h"

#include <assert.h>

char *units_clock_time(int64_t us)
{
    if (us == US_NONE)
        return g_strdup("-");
    assert(us >= 0);
    const int64_t s = (us + US_PER_SECOND / 2) / US_PER_SECOND;
    return s >= 3600 ? g_strdup_printf("%d:%02d:%02d", (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60))
                     : g_strdup_printf("%d:%02d", (int)(s / 60), (int)(s % 60));
}

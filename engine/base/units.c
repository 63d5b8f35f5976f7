#include "base/units.h"

#include <assert.h>

static char *clock_of(int64_t s)
{
    return s >= 3600 ? g_strdup_printf("%d:%02d:%02d", (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60))
                     : g_strdup_printf("%d:%02d", (int)(s / 60), (int)(s % 60));
}

char *units_clock_time(int64_t us)
{
    assert(us == US_NONE || us >= 0);
    return us == US_NONE ? g_strdup("-") : clock_of((us + US_PER_SECOND / 2) / US_PER_SECOND);
}

char *units_clock_exact(int64_t us)
{
    assert(us == US_NONE || us >= 0);
    if (us == US_NONE)
        return g_strdup("-");
    g_autofree char *whole = clock_of(us / US_PER_SECOND);
    const int ms = (int)(us % US_PER_SECOND / US_PER_MS);
    return ms ? g_strdup_printf("%s.%03d", whole, ms) : g_steal_pointer(&whole);
}

char *units_local_time(int64_t ms, const char *format)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(ms / 1000);
    g_autoptr(GDateTime) local = utc ? g_date_time_to_local(utc) : NULL;
    return local ? g_date_time_format(local, format) : g_strdup("?");
}

char *units_utc_time(int64_t ms, const char *format)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(ms / 1000);
    return utc ? g_date_time_format(utc, format) : g_strdup("?");
}

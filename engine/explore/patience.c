#include "explore/patience.h"

#include <glib.h>

void patience_end(struct patience *p)
{
    int64_t never = 0;
    atomic_compare_exchange_strong(&p->over_us, &never, g_get_monotonic_time());
}

bool patience_is_over(struct patience *p)
{
    if (!p)
        return false;
    if (atomic_load_explicit(&p->over_us, memory_order_relaxed) > 0)
        return true;
    const bool over =
        (p->interrupted && p->interrupted()) || (p->until_us > 0 && g_get_monotonic_time() >= p->until_us);
    if (over)
        patience_end(p);
    return over;
}

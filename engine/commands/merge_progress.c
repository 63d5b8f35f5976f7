#include "commands/merge_progress.h"

#include "base/console.h"
#include "base/units.h"

#include <assert.h>
#include <glib.h>

#define TELL_US US_PER_SECOND

struct merge_progress merge_progress_begin(const char *doing, int64_t now_us)
{
    return (struct merge_progress){.doing = doing, .began_us = now_us, .told_us = now_us};
}

void merge_progress_batch(struct merge_progress *p, int64_t looked_at, int64_t all, int64_t now_us)
{
    assert(now_us >= p->told_us);
    p->looked_at = looked_at;
    p->all = all;
    p->told_us = now_us;
    console_progress("%s: %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " viewings", p->doing, looked_at, all);
}

void merge_progress_steps(struct merge_progress *p, int64_t now_us)
{
    assert(now_us >= p->told_us);
    if (now_us - p->told_us < TELL_US)
        return;
    p->told_us = now_us;
    const int64_t seconds = (now_us - p->began_us) / US_PER_SECOND;
    if (p->all > 0)
        console_progress("%s: %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " viewings, %" G_GINT64_FORMAT " s", p->doing,
                         p->looked_at, p->all, seconds);
    else
        console_progress("%s: %" G_GINT64_FORMAT " s", p->doing, seconds);
}

#include "media/program_times.h"

#include <libavutil/avutil.h>
#include <string.h>

void program_times_seek(struct program_times *t)
{
    *t = (struct program_times){.counts = true, .first = true, .dts = AV_NOPTS_VALUE, .pts = AV_NOPTS_VALUE};
}

/* A picture begins with this code (ISO 13818-2, 6.2.3). */
static bool holds_picture(const AVPacket *p)
{
    static const uint8_t begin[] = {0, 0, 1, 0};
    return memmem(p->data, (size_t)p->size, begin, sizeof begin) != NULL;
}

bool program_times_settle(struct program_times *t, AVPacket *p)
{
    if (!t->counts)
        return true;
    const bool told = p->pos >= 0, picture = !t->first || holds_picture(p);
    t->first = false;
    if (!picture) {
        t->told = told;
        t->dts = told ? p->dts : AV_NOPTS_VALUE;
        t->pts = told ? p->pts : AV_NOPTS_VALUE;
        return false;
    }
    if (!told) {
        p->dts = t->dts;
        p->pts = t->told ? t->pts : AV_NOPTS_VALUE;
    }
    t->told = false;
    t->dts = p->dts == AV_NOPTS_VALUE ? AV_NOPTS_VALUE : p->dts + p->duration;
    return true;
}

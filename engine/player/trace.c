#include "player/trace.h"
#include "base/files.h"
#include "present/window.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#define BUFFER_BYTES (1 << 20)
/* A point is the mean of a square with sides of this many pixels, because lossy codecs ring at edges. */
#define POINT 3

static_assert(POINT % 2 == 1, "a square around a pixel has an odd side");

struct trace {
    FILE *file;
    bool seen;
    uint8_t cell[TRACE_CELLS];
};

struct trace *trace_open(const char *path, GError **error)
{
    const int fd = files_create(path, error);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (!file)
        return NULL;
    setvbuf(file, NULL, _IOFBF, BUFFER_BYTES);
    struct trace *t = g_new0(struct trace, 1);
    t->file = file;
    return t;
}

void trace_close(struct trace *t)
{
    if (!t)
        return;
    fclose(t->file);
    g_free(t);
}

void trace_confined(struct trace *t, const char *why)
{
    if (t)
        fprintf(t->file, "confined %d%s%s\n", !why, why ? " " : "", why ? why : "");
}

struct pixels {
    const uint8_t *px;
    int w, h, pitch;
};

/* The green channel is close enough to brightness. */
static uint8_t brightness_at(const struct pixels *p, int x, int y)
{
    int sum = 0;
    for (int j = -(POINT / 2); j <= POINT / 2; j++)
        for (int i = -(POINT / 2); i <= POINT / 2; i++)
            sum += p->px[CLAMP(y + j, 0, p->h - 1) * p->pitch + CLAMP(x + i, 0, p->w - 1) * 4 + 1];
    return (uint8_t)(sum / (POINT * POINT));
}

void trace_picture(struct trace *t, struct window *w, const struct film *f)
{
    struct pixels p;
    if (!t || !(p.px = window_read(w, &p.w, &p.h, &p.pitch)))
        return;
    const struct rect r = window_picture(w, film_frame(f));
    for (int i = 0; i < TRACE_CELLS; i++)
        t->cell[i] = brightness_at(&p, r.x + (2 * i + 1) * r.w / (2 * TRACE_CELLS), r.y + r.h / 24);
    t->seen = true;
}

bool trace_flip(struct trace *t, const struct film *f, const struct trace_times *times)
{
    if (!t || !t->seen)
        return false;
    assert(times->from_ns <= times->to_ns && times->overslept_ns >= 0);
    t->seen = false;
    fprintf(t->file, "flip %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %s %" PRId64 " %" PRId64 " %d ",
            times->film_smp, times->due_ns, times->from_ns, times->to_ns, film_node_name(f), film_pos_us(f),
            times->overslept_ns, times->starved);
    for (int i = 0; i < TRACE_CELLS; i++)
        fprintf(t->file, "%02x", t->cell[i]);
    fputc('\n', t->file);
    return true;
}

void trace_stand(struct trace *t, int64_t film_smp, const struct audio_stats *sound)
{
    if (t)
        fprintf(t->file, "stand %" PRId64 " %" PRId64 " %d %" PRId64 "\n", film_smp, audio_now_ns(), sound->stands,
                sound->stood_us);
}

void trace_end(struct trace *t, struct film *f, const struct audio_stats *sound)
{
    struct film_stats s;
    if (!t)
        return;
    film_stats(f, &s);
    fprintf(t->file, "end dropped %" PRId64 " held %" PRId64 " underrun %" PRId64 " late %" PRId64, s.playout.dropped,
            s.held_smp, s.underrun_smp, s.playout.deck.late);
    fprintf(t->file, " stands %d stood_us %" PRId64 " slow_ppm %d\n", sound->stands, sound->stood_us, sound->slow_ppm);
}

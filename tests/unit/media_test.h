/* media_test: helpers of the media tests. The ffmpeg program makes small films in which every frame carries its number,
 * and decodes a file's sound independently, as the reference. */
#pragma once

#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "media/clip.h"
#include "media/deck.h"
#include "media/media.h"
#include "tap.h"

#define MT_W    192
#define MT_H    96
#define MT_CELL 32 /* the number is drawn in 6 x 2 cells of this size, one bit each */

struct mt_sound { /* decoded by the oracle */
    int64_t n;
    float *data;
};

static char *mt_dir_;

static inline const char *mt_dir(void)
{
    if (!mt_dir_)
        mt_dir_ = g_dir_make_tmp("frumious-media-XXXXXX", NULL);
    return mt_dir_;
}

static inline char *mt_path(const char *name)
{
    return g_build_filename(mt_dir(), name, NULL);
}

static inline void mt_cleanup(void)
{
    g_autoptr(GDir) d = g_dir_open(mt_dir(), 0, NULL);
    for (const char *n; d && (n = g_dir_read_name(d));) {
        g_autofree char *p = mt_path(n);
        if (g_unlink(p) != 0)
            g_rmdir(p);
    }
    g_rmdir(mt_dir());
    g_free(mt_dir_);
    mt_dir_ = NULL;
}

/* Runs "ffmpeg ARGS" in the test's folder. */
G_GNUC_PRINTF(1, 2) static inline bool mt_ffmpeg(const char *args, ...)
{
    va_list ap;
    va_start(ap, args);
    g_autofree char *tail = g_strdup_vprintf(args, ap);
    va_end(ap);
    g_autofree char *dir = g_shell_quote(mt_dir());
    g_autofree char *cmd = g_strdup_printf("cd %s && ffmpeg -nostdin -v error -y %s", dir, tail);
    const bool good = system(cmd) == 0;
    if (!good)
        printf("# failed: %s\n", cmd);
    return good;
}

static inline bool mt_has_encoder(const char *name)
{
    g_autofree char *cmd = g_strdup_printf("ffmpeg -v quiet -encoders 2>/dev/null | grep -q ' %s '", name);
    return system(cmd) == 0;
}

static inline void mt_draw_number(uint8_t *y, int64_t number)
{
    for (int row = 0; row < MT_H; row++)
        for (int col = 0; col < MT_W; col++) {
            const int bit = (row / MT_CELL > 0) * 6 + col / MT_CELL;
            y[row * MT_W + col] = row >= 2 * MT_CELL ? 128 : (number >> bit) & 1 ? 220 : 30;
        }
}

/* When frame n of a film with 24 frames a second begins. */
static inline int64_t mt_frame_us(int64_t n)
{
    return n * US_PER_SECOND / 24;
}

/* first, first+1, ... as raw I420 pictures */
static inline void mt_raw_film(const char *name, int frames, int first)
{
    const gsize size = MT_W * MT_H * 3 / 2;
    g_autofree uint8_t *film = g_malloc(size * (gsize)frames);
    g_autofree char *path = mt_path(name);
    memset(film, 128, size * (gsize)frames);
    for (int i = 0; i < frames; i++)
        mt_draw_number(film + size * (gsize)i, first + i);
    g_file_set_contents(path, (const char *)film, (gssize)(size * (gsize)frames), NULL);
}

#define MT_RAW "-f rawvideo -pix_fmt yuv420p -s 192x96 "

/* The number that a frame carries, or -1 if a cell is neither black nor white. */
static inline int64_t mt_number(const struct frame *f)
{
    int64_t number = 0;
    if (f->width != MT_W || f->height != MT_H)
        return -1;
    for (int bit = 0; bit < 12; bit++) {
        const int x = bit % 6 * MT_CELL + MT_CELL / 2, y = bit / 6 * MT_CELL + MT_CELL / 2;
        const int v = f->plane[0][y * f->stride[0] + (f->format == FRAME_BGRA ? 4 * x + 1 : x)];
        if (v > 90 && v < 160)
            return -1;
        number |= (int64_t)(v > 128) << bit;
    }
    return number;
}

/* A tone that never stays the same for long: one sweeping sine on the left, another on the right, as float PCM. */
static inline void mt_tone(const char *name, int rate, int channels, double seconds, double phase)
{
    const int64_t n = llround(seconds * rate);
    g_autofree float *data = g_new0(float, MAX(1, n * channels));
    g_autofree char *path = mt_path(name);
    for (int64_t i = 0; i < n; i++)
        for (int c = 0; c < channels; c++) {
            const double t = (double)i / rate + phase;
            data[i * channels + c] = (float)(0.3 * sin(2 * G_PI * (220 + 110 * c + 40 * t) * t));
        }
    g_file_set_contents(path, (const char *)data, (gssize)(n * channels * 4), NULL);
}

static inline struct mt_sound mt_oracle(const char *name, const char *filter)
{
    struct mt_sound s = {0};
    g_autofree char *raw = mt_path("oracle.f32");
    gsize size = 0;
    char *bytes = NULL;
    if (mt_ffmpeg("-i %s -map 0:a:0 -vn -af '%s' -f f32le oracle.f32", name,
                  filter ? filter : "aresample=48000:ochl=stereo:out_sample_fmt=flt") &&
        g_file_get_contents(raw, &bytes, &size, NULL)) {
        s.n = (int64_t)(size / 8);
        s.data = (float *)(void *)bytes;
    }
    return s;
}

/* The largest difference between got[0..n) and the oracle from `at` on, which counts as silent where it has nothing. */
static inline double mt_difference(const float *got, int64_t n, const struct mt_sound *s, int64_t at, int64_t *where)
{
    double worst = 0;
    *where = -1;
    for (int64_t i = 0; i < n * 2; i++) {
        const int64_t k = at * 2 + i;
        const double want = k >= 0 && k < s->n * 2 ? (double)s->data[k] : 0;
        const double d = fabs((double)got[i] - want);
        if (d > worst) {
            worst = d;
            *where = i / 2;
        }
    }
    return worst;
}

/* Waits until everything up to `until_smp` is decoded, or the clip has failed or ended. */
static inline void mt_await(struct clip *c, int64_t until_smp)
{
    while (!clip_is_ready(c, until_smp))
        g_usleep(50);
}

/* Are all wanted clips warm, or have they failed? For at most DECK_STATS_CLIPS clips. */
static inline bool mt_deck_ready(struct deck *d)
{
    struct deck_stats s;
    deck_poll(d);
    deck_stats(d, &s);
    for (int i = 0; i < s.n; i++)
        if (!s.clip[i].opened || s.clip[i].clip.state == CLIP_OPENING)
            return false;
    return true;
}

/* Everything that a clip gives when it is played as fast as it decodes. */
struct mt_play {
    enum clip_state state;
    char *error, *warning;
    int64_t length, missing, frames;
    GArray *number, *at, *index; /* int64_t per frame */
    GArray *sound;               /* float */
};

static inline void mt_play_frames(struct mt_play *p, struct clip *c)
{
    for (struct frame *f; (f = clip_take(c)); frame_free(f)) {
        const int64_t n = mt_number(f);
        g_array_append_val(p->number, n);
        g_array_append_val(p->at, f->at_smp);
        g_array_append_val(p->index, f->index);
        p->frames++;
    }
}

/* Closes the clip. */
static inline struct mt_play mt_play_clip(struct clip *c)
{
    enum { CHUNK = 480 };
    struct mt_play p = {.number = g_array_new(FALSE, FALSE, 8),
                        .at = g_array_new(FALSE, FALSE, 8),
                        .index = g_array_new(FALSE, FALSE, 8),
                        .sound = g_array_new(FALSE, FALSE, 4)};
    clip_play(c);
    mt_await(c, clip_pull_pos(c));
    while (clip_state(c) != CLIP_FAILED) {
        const int64_t pos = clip_pull_pos(c);
        mt_await(c, pos + CHUNK);
        mt_play_frames(&p, c);
        const int64_t length = clip_length_smp(c);
        if (length != US_NONE && pos >= length)
            break;
        const int64_t n = length == US_NONE ? CHUNK : MIN(CHUNK, length - pos);
        float buf[CHUNK * 2];
        p.missing += clip_pull(c, buf, n);
        g_array_append_vals(p.sound, buf, (guint)n * 2);
    }
    mt_play_frames(&p, c);
    p.state = clip_state(c);
    p.length = clip_length_smp(c);
    p.error = g_strdup(clip_error(c));
    p.warning = g_strdup(clip_warning(c));
    clip_close(c);
    return p;
}

static inline struct mt_play mt_play(struct media *m, const struct clip_spec *spec)
{
    struct clip_spec now = *spec;
    now.at_once = true;
    return mt_play_clip(clip_open(m, &now));
}

static inline void mt_play_free(struct mt_play *p)
{
    g_array_unref(p->number);
    g_array_unref(p->at);
    g_array_unref(p->index);
    g_array_unref(p->sound);
    g_free(p->error);
    g_free(p->warning);
}

/*
 * warm [--apart] FILM [CANDIDATE…]: how long it takes until all candidates wait, decoded, while the film plays, and what they hold.
 *
 * FILM is played in real time by this program: at each frame's time it is taken and converted, its sound pulled. After a
 * second all candidates are wanted at once, PATH or PATH@FROM@TO (seconds). It ends two seconds after all are ready, or
 * with the film. --apart: every candidate opens its file itself, as if nothing knew that others read it, too. One line comes
 * out:
 *     ready_ms N each_mb N cpu_ms N opened N starved N late N p99_ms N worst_ms N
 * each_mb: by how much the proportional set size grew, for each candidate; starved: frames that were not decoded when
 * they were due; late: those that were converted half a frame too late or more; the times are of the frames from then
 * on.
 */
#include "media/deck.h"
#include "media/media.h"

#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define FPS       24
#define WANT_AT   FPS /* frames */
#define MOST      16
#define FRAME_SMP (FILM_RATE / FPS)
#define PEEK_US   2000
#define ALONE     (6 * FPS) /* frames, where nothing is wanted */
#define AFTER_US  (2 * US_PER_SECOND)
#define DUE_US(i) ((int64_t)(i)*US_PER_SECOND / FPS)

struct run {
    struct media *media[MOST];
    struct deck *deck[MOST];
    int decks;
    struct deck_want want[MOST];
    int n;
    int64_t wanted_us, ready_us;
    double before_mb, after_mb, before_cpu, after_cpu;
    int starved, frames;
    int64_t late_us[FPS * 600];
};

static double pss_mb(void)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents("/proc/self/smaps_rollup", &text, NULL, NULL))
        return 0;
    const char *at = strstr(text, "\nPss:");
    return at ? strtod(at + 5, NULL) / 1024 : 0;
}

static double cpu_ms(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e3 +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e3;
}

static void want(struct run *r)
{
    r->before_mb = pss_mb();
    r->before_cpu = cpu_ms();
    r->wanted_us = g_get_monotonic_time();
    for (int i = 0; i < r->decks; i++)
        deck_want(r->deck[i], r->want + i, r->decks > 1 ? 1 : r->n);
}

/* All wanted clips are warm, or have failed. */
static bool is_ready(struct deck *d)
{
    struct deck_stats s;
    deck_poll(d);
    deck_stats(d, &s);
    for (int i = 0; i < s.n; i++)
        if (!s.clip[i].opened || s.clip[i].clip.state == CLIP_OPENING)
            return false;
    return true;
}

static bool all_ready(const struct run *r)
{
    bool ready = true;
    for (int i = 0; i < r->decks; i++)
        ready = is_ready(r->deck[i]) && ready;
    return ready;
}

static bool is_over(const struct run *r, struct clip *film, int frame)
{
    const int64_t length = clip_length_smp(film);
    if (clip_state(film) == CLIP_FAILED || frame >= (int)G_N_ELEMENTS(r->late_us))
        return true;
    if (length != US_NONE && (int64_t)frame * FRAME_SMP >= length)
        return true;
    return r->n == 0 ? frame >= ALONE : r->ready_us && g_get_monotonic_time() > r->ready_us + AFTER_US;
}

/* Until the time has come, looks whether all are ready. */
static void wait_until(struct run *r, int64_t us)
{
    for (int64_t now; (now = g_get_monotonic_time()) < us; g_usleep((gulong)MIN(us - now, PEEK_US)))
        if (r->wanted_us && !r->ready_us && r->n > 0 && all_ready(r)) {
            r->ready_us = g_get_monotonic_time();
            r->after_mb = pss_mb();
            r->after_cpu = cpu_ms();
        }
}

static void play(struct run *r, struct clip *film)
{
    struct frame_blitter *blitter = NULL;
    float sound[FRAME_SMP * FILM_CHANNELS];
    g_autofree uint8_t *px = NULL;
    clip_play(film);
    const int64_t start = g_get_monotonic_time() + US_PER_SECOND / 10;
    for (int i = 0; !is_over(r, film, i); i++) {
        if (i == WANT_AT)
            want(r);
        wait_until(r, start + DUE_US(i));
        r->starved += clip_lacks_frame(film);
        struct frame *f = clip_take_due(film, (int64_t)i * FRAME_SMP, NULL);
        if (f) {
            px = px ? px : g_malloc((size_t)f->width * (size_t)f->height * 4);
            frame_blit(&blitter, f, px, f->width, f->height, f->width * 4);
        }
        frame_free(f);
        clip_pull(film, sound, FRAME_SMP);
        if (i >= WANT_AT)
            r->late_us[r->frames++] = g_get_monotonic_time() - start - DUE_US(i);
    }
    frame_blitter_free(blitter);
}

static int by_size(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void parse(struct run *r, char **argv, int n)
{
    for (int i = 0; i < n && r->n < MOST; i++) {
        g_auto(GStrv) part = g_strsplit(argv[i], "@", 3);
        const bool range = g_strv_length(part) == 3;
        r->want[r->n++] =
            (struct deck_want){.key = argv[i],
                               .priority = n - i,
                               .spec = {.path = g_intern_string(part[0]),
                                        .from_us = range ? (int64_t)(g_ascii_strtod(part[1], NULL) * US_PER_SECOND) : 0,
                                        .to_us = range ? (int64_t)(g_ascii_strtod(part[2], NULL) * US_PER_SECOND) : 0}};
    }
}

static void open_decks(struct run *r, bool apart)
{
    r->decks = apart ? MAX(r->n, 1) : 1;
    for (int i = 0; i < r->decks; i++) {
        r->media[i] = media_new();
        r->deck[i] = deck_new(r->media[i], NULL);
    }
}

static int64_t close_decks(struct run *r)
{
    int64_t opened = 0;
    for (int i = 0; i < r->decks; i++) {
        struct media_stats s;
        media_stats(r->media[i], &s);
        opened += s.files_opened;
        deck_free(r->deck[i]);
        media_free(r->media[i]);
    }
    return opened;
}

int main(int argc, char **argv)
{
    static struct run r;
    const bool apart = argc > 1 && strcmp(argv[1], "--apart") == 0;
    argc -= apart;
    argv += apart;
    if (argc < 2)
        return 2;
    parse(&r, argv + 2, argc - 2);
    open_decks(&r, apart);
    struct clip *film = clip_open(r.media[0], &(struct clip_spec){.path = argv[1]});
    while (!clip_is_ready(film, 0))
        g_usleep(PEEK_US);
    play(&r, film);
    clip_close(film);
    const int64_t opened = close_decks(&r);
    qsort(r.late_us, (size_t)r.frames, sizeof *r.late_us, by_size);
    int late = 0;
    for (int i = 0; i < r.frames; i++)
        late += r.late_us[i] > DUE_US(1) / 2;
    const int n = MAX(r.n, 1);
    const bool bad = r.frames == 0 || (r.n > 0 && !r.ready_us);
    if (!bad)
        printf("ready_ms %.0f each_mb %.1f cpu_ms %.0f opened %" PRId64
               " starved %d late %d p99_ms %.2f worst_ms %.2f\n",
               r.ready_us ? (double)(r.ready_us - r.wanted_us) / 1e3 : 0, (r.after_mb - r.before_mb) / n,
               (r.after_cpu - r.before_cpu) / n, opened, r.starved, late, (double)r.late_us[r.frames * 99 / 100] / 1e3,
               (double)r.late_us[r.frames - 1] / 1e3);
    return bad;
}

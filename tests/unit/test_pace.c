/* How fast the film plays: what comes out is counted, its pitch is measured, and what is not stretched is untouched. */
#include "media/pace.h"
#include "tests/tap.h"

#include <glib.h>
#include <math.h>
#include <string.h>

enum {
    BUFFER = 512,
    FADE = FILM_RATE / 100,
    CLICK_EVERY = FILM_RATE / 2,
    SECONDS = 5,
};

/* A source whose samples tell where they are. */
struct source {
    float (*sample)(int64_t at);
    int64_t at;
};

static float tone(int64_t at)
{
    return (float)(0.4 * sin(2 * G_PI * 440 * (double)(at % FILM_RATE) / FILM_RATE));
}

static float clicks(int64_t at)
{
    const int64_t in = at % CLICK_EVERY;
    return in < 240 ? (float)(0.8 * sin(2 * G_PI * (double)in / 48) * (240 - (double)in) / 240) : 0;
}

static void pull(void *user, float *stereo, int64_t n)
{
    struct source *s = user;
    for (int64_t i = 0; i < n; i++, s->at++)
        stereo[i * 2] = stereo[i * 2 + 1] = s->sample(s->at);
}

static void render(struct pace *p, GRand *r, float *out, int64_t n)
{
    for (int64_t done = 0, k; done < n; done += k) {
        const int64_t some = g_rand_int_range(r, 1, 2 * BUFFER);
        k = MIN(n - done, some);
        pace_render(p, out + done * 2, k);
    }
}

/* Samples of the left channel that are not the source's where the positions say that they are. */
static int64_t differing(const struct pace *p, const struct source *s, const float *out, int64_t from, int64_t to)
{
    int64_t wrong = 0;
    for (int64_t i = from; i < to; i++)
        wrong += out[i * 2] != s->sample(pace_source_at(p, i)) || out[i * 2 + 1] != out[i * 2];
    return wrong;
}

static int64_t rising(const float *out, int64_t n)
{
    int64_t k = 0;
    for (int64_t i = 1; i < n; i++)
        k += out[i * 2 - 2] < 0 && out[i * 2] >= 0;
    return k;
}

/* How far the loudest place near `at` is from it. */
static int64_t off_by(const float *out, int64_t at)
{
    int64_t best = at;
    for (int64_t i = at - 2400; i < at + 2400; i++)
        best = fabsf(out[i * 2]) > fabsf(out[best * 2]) ? i : best;
    return ABS(best - at);
}

/* Normal, at `percent`, and normal again. */
static void test_speed(int32_t percent)
{
    enum { BEFORE = 5000, DURING = SECONDS * FILM_RATE, AFTER = FILM_RATE, END = BEFORE + DURING + AFTER };
    GRand *r = g_rand_new_with_seed((guint32)percent);
    struct source s = {.sample = tone};
    struct pace *p = pace_new(pull, &s);
    g_autofree float *out = g_new(float, END * 2);

    render(p, r, out, BEFORE);
    ok(s.at == BEFORE, "%d %%: nothing is pulled ahead at the normal speed", (int)percent);
    pace_set(p, percent);
    render(p, r, out + BEFORE * 2, DURING);
    const int64_t heard = BEFORE + (int64_t)DURING * percent / 100, ahead = s.at - heard;
    ok(ahead >= 0 && ahead <= FILM_RATE / 5, "%d %%: in %d s, %d samples are pulled ahead", (int)percent, SECONDS,
       (int)ahead);
    const double hz = (double)rising(out + BEFORE * 2, DURING) / SECONDS;
    ok(fabs(hz - 440) < 1, "%d %%: a tone of 440 Hz stays one (%.2f Hz)", (int)percent, hz);

    pace_set(p, PACE_NORMAL);
    render(p, r, out + (BEFORE + DURING) * 2, AFTER);
    ok(ABS(pace_source_at(p, BEFORE + DURING) - heard) <= 1, "%d %%: what was heard stays heard", (int)percent);
    ok(pace_source_at(p, END) == s.at, "%d %%: at the normal speed again nothing is ahead", (int)percent);
    /* All that was pulled by then is stretched, but for the last 10 ms, which are cross-faded as they are. */
    const int64_t stretched = DURING + AFTER - (s.at - heard - ahead), of = heard + ahead - BEFORE;
    ok(ABS(stretched - of * 100 / percent) <= 1, "%d %%: of %d samples, there are %d", (int)percent, (int)of,
       (int)stretched);
    const int64_t from = pace_out_at(p, heard + ahead + FADE);
    ok(differing(p, &s, out, 0, BEFORE) + differing(p, &s, out, from, END) == 0,
       "%d %%: before and after, every sample is the source's", (int)percent);
    pace_free(p);
    g_rand_free(r);
}

/* Where a click of the source is heard, and where the positions say that it is. */
static void test_places(int32_t percent)
{
    enum { LENGTH = SECONDS * FILM_RATE };
    int64_t worst = 0;
    GRand *r = g_rand_new_with_seed(7);
    struct source s = {.sample = clicks};
    struct pace *p = pace_new(pull, &s);
    g_autofree float *out = g_new(float, LENGTH * 2);
    pace_set(p, percent);
    render(p, r, out, LENGTH);
    for (int64_t at = CLICK_EVERY + 12; pace_out_at(p, at) < LENGTH - 2400; at += CLICK_EVERY) {
        const int64_t off = off_by(out, pace_out_at(p, at));
        worst = MAX(worst, off);
    }
    ok(worst <= FILM_RATE / 100, "%d %%: a click is heard where it should be, within 10 ms (%d samples)", (int)percent,
       (int)worst);
    pace_free(p);
    g_rand_free(r);
}

/* Any changes at any time: nothing is left out or comes twice. */
static void test_changes(void)
{
    enum { TURNS = 20, LENGTH = 20 * FILM_RATE };
    static const int32_t speeds[] = {50, 75, 90, 100, 110, 150, 200};
    int64_t n = 0, backwards = 0, last = 0, wrong = 0;
    GRand *r = g_rand_new_with_seed(3);
    struct source s = {.sample = tone};
    struct pace *p = pace_new(pull, &s);
    g_autofree float *out = g_new(float, (LENGTH + FILM_RATE) * 2);
    for (int i = 0; i < TURNS; i++) {
        const int64_t k = g_rand_int_range(r, 1, FILM_RATE);
        pace_set(p, speeds[g_rand_int_range(r, 0, G_N_ELEMENTS(speeds))]);
        for (int64_t done = 0; done < k; done += 100, n += 100) {
            pace_render(p, out + n * 2, 100);
            const int64_t at = pace_source_at(p, n);
            backwards += at < last - 1;
            last = at;
        }
    }
    pace_set(p, PACE_NORMAL);
    render(p, r, out + n * 2, FILM_RATE);
    wrong = differing(p, &s, out, n + FILM_RATE / 2, n + FILM_RATE);
    ok(backwards == 0, "%d changes of speed: what is heard never goes back", TURNS);
    is_int(wrong, 0, "and after them, every sample is the source's");
    is_int(pace_source_at(p, n + FILM_RATE), s.at, "none of which was left out");
    pace_free(p);
    g_rand_free(r);
}

/* ---- two threads ------------------------------------------------------------------------------------------------- */

struct device {
    struct pace *pace;
    int rounds;
};

static void *device_main(void *user)
{
    const struct device *d = user;
    float out[BUFFER * 2];
    for (int i = 0; i < d->rounds; i++)
        pace_render(d->pace, out, BUFFER);
    return NULL;
}

static void test_threads(void)
{
    struct source s = {.sample = clicks};
    struct pace *p = pace_new(pull, &s);
    struct device d = {p, 400};
    GThread *device = g_thread_new("device", device_main, &d);
    int64_t sum = 0;
    for (int i = 0; i < 200; i++) {
        pace_set(p, PACE_LEAST + i % (PACE_MOST - PACE_LEAST));
        sum += pace_source_at(p, i * BUFFER) + pace_out_at(p, i * BUFFER); /* extrapolated where it is long ago */
    }
    g_thread_join(device);
    const int64_t heard = pace_source_at(p, (int64_t)d.rounds * BUFFER);
    ok(sum != 0 && heard <= s.at && s.at - heard < FILM_RATE,
       "another thread may change the speed while the sound plays");
    pace_free(p);
}

int main(void)
{
    static const int32_t speeds[] = {50, 75, 90, 110, 125, 150, 200};
    for (size_t i = 0; i < G_N_ELEMENTS(speeds); i++) {
        test_speed(speeds[i]);
        test_places(speeds[i]);
    }
    test_changes();
    test_threads();
    return tap_done();
}

/* The cues of a window, all the way from the story to the mixed sound: at which samples they begin. */

#include "player/cues.h"
#include "media/media.h"
#include "media/mixer.h"
#include "tests/story_text.h"
#include "tests/tap.h"
#include "tests/unit/media_test.h"

#include <string.h>

enum {
    FILM_SMP = 12 * FILM_RATE,
    LATENCY = 1500, /* what is heard is behind what is mixed */
    PIP = 700,
    PATIENCE_ROUNDS = 30000,
};

#define STORY                                                                                                          \
    "frumious: 1\nid: test.cues\ntitle: Cues\nstart: a\nnodes:\n"                                                      \
    "  a:\n    clip: {card: A, for: 6s}\n    decision:\n"                                                              \
    "      {id: d, opens: 1s, for: 3s, cut: %s, default: x, options: {x: X, y: Y},\n"                                  \
    "       cues: [{before: 3s, sound: pip.wav}, {before: 1.5s, sound: pip.wav}, {before: 0s, sound: pip.wav}]}\n"     \
    "    next: e\n"                                                                                                    \
    "  e: {clip: {card: E, for: 2s}, ending: {id: e, title: E}}\n"

static struct story *load(const char *cut)
{
    g_autofree char *path = mt_path("story.yaml"), *text = g_strdup_printf(STORY, cut);
    return story_from_text_at(path, text);
}

static void finish(struct film *f, struct cues *c, struct mixer *x)
{
    ok(film_phase(f) == FILM_OVER, "the film comes to its end");
    cues_free(c);
    film_free(f);
    mixer_free(x);
}

/* Plays the story in buffers of odd sizes, and picks y as soon as `pick_us` is heard (US_NONE: never). `sound` gets
 * what was mixed, each sample at its place in the film. Returns how long the film is. */
static int64_t play(struct media *m, const struct story *s, GRand *r, int64_t pick_us, float *sound)
{
    static float out[700 * 2];
    struct mixer *x = mixer_new();
    const struct film_options o = {.story = s, .media = m, .mixer = x, .seed = 1};
    const struct viewing_clock clock = {0};
    struct film *f = film_new(&o);
    struct cues *c = cues_new(s, m, x);
    struct mixer_now now = {0};
    memset(sound, 0, FILM_SMP * 2 * sizeof *sound);
    film_start(f);
    for (int i = 0; i < PATIENCE_ROUNDS && film_phase(f) < FILM_OVER; i++) {
        film_tick(f, mixer_film_at(x, MAX(0, now.out_smp - LATENCY)), &clock);
        cues_follow(c, f);
        if (film_choice(f)->menu.decision >= 0 && film_choice(f)->selected < 0 && pick_us != US_NONE &&
            film_pos_us(f) >= pick_us)
            film_select_option(f, 1, VIEWING_NO_DEVICE);
        const bool begun = film_node(f) >= 0; /* the mixer says so, and must run for it */
        if (begun && (!film_is_ready(f, 700) || !cues_loaded(c))) {
            g_usleep(1000);
            continue;
        }
        const int64_t from = now.film_smp, n = g_rand_int_range(r, 1, 700);
        mixer_render(x, out, n);
        mixer_now(x, &now);
        if (now.film_smp <= FILM_SMP)
            memcpy(sound + from * 2, out, (size_t)(now.film_smp - from) * 2 * sizeof *out);
    }
    finish(f, c, x);
    return now.film_smp;
}

/* Where sound begins after silence. */
static int32_t onsets(const float *sound, int64_t n, int64_t at[8])
{
    int32_t found = 0;
    for (int64_t i = 0; i < n && found < 8; i++)
        if (sound[i * 2] != 0) {
            at[found++] = i;
            i += PIP + 50;
        }
    return found;
}

/* ---- the bed ---- */

#define BED_STORY                                                                                                      \
    "frumious: 1\nid: test.bed\ntitle: Bed\nstart: a\nnodes:\n"                                                        \
    "  a:\n    clip: {card: A, for: 4s}\n    decision:\n"                                                              \
    "      {id: d, opens: 0.5s, for: 2s, bed: bed.opus, default: x, options: {x: X, y: Y}}\n    next: e\n"             \
    "  e: {clip: {card: E, for: 1s}, ending: {id: e, title: E}}\n"

enum {
    STANDS_AT = 5 * FILM_RATE / 2 - 1,
    STANDS_FOR = 4 * FILM_RATE,
    FADED = FILM_RATE * 3 / 10,
    OUT_SMP = 12 * FILM_RATE
};

/* Plays with three times the author's time and nobody choosing. `sound` gets what was mixed, by output position.
 * Returns where the film began in it. */
static int64_t play_bed(struct media *m, const struct story *s, GRand *r, float *out)
{
    struct mixer *x = mixer_new();
    const struct film_options o = {.story = s, .media = m, .mixer = x, .seed = 1};
    struct film *f = film_new(&o);
    struct cues *c = cues_new(s, m, x);
    struct mixer_now now = {0};
    int64_t began = 0;
    film_set_time_factor(f, 3);
    film_start(f);
    for (int i = 0; i < PATIENCE_ROUNDS && film_phase(f) < FILM_OVER && now.out_smp < OUT_SMP - 700; i++) {
        const int64_t heard = MAX(0, now.out_smp - LATENCY);
        film_tick(f, mixer_film_at(x, heard), &(struct viewing_clock){.playing_us = smp_to_us(heard)});
        cues_follow(c, f);
        if (film_node(f) >= 0 && (!film_is_ready(f, 700) || !cues_loaded(c))) {
            g_usleep(1000);
            continue;
        }
        if (now.serial == 0) /* the first clip is being opened */
            g_usleep(1000);
        mixer_render(x, out + now.out_smp * 2, now.serial == 0 ? 1 : g_rand_int_range(r, 1, 700));
        mixer_now(x, &now);
        if (film_node(f) < 0)
            began = now.out_smp - now.film_smp;
    }
    finish(f, c, x);
    return began;
}

static int64_t sounding(const float *out, int64_t n)
{
    int64_t k = 0;
    for (int64_t i = 0; i < n * 2; i++)
        k += out[i] != 0;
    return k;
}

/* One second of whole waves: where its end meets its beginning, nothing may be heard. */
static void test_bed(struct media *m, GRand *r)
{
    enum { HZ = 480, PIECE = FILM_RATE / HZ };
    const double loud = 0.3, steepest = loud * 2 * G_PI * HZ / FILM_RATE;
    g_autofree char *path = mt_path("story.yaml");
    float *out = g_new0(float, OUT_SMP * 2);
    ok(mt_ffmpeg(
           "-f lavfi -i 'aevalsrc=%.1f*sin(2*PI*%d*t)|%.1f*sin(2*PI*%d*t):s=48000:d=1' -c:a libopus -b:a 128k bed.opus",
           loud, HZ, loud, HZ),
       "bed.opus made");
    struct story *s = story_from_text_at(path, BED_STORY);
    if (ok(s != NULL, "a story with a bed")) {
        const float *film = out + play_bed(m, s, r, out) * 2, *stands = film + STANDS_AT * 2;
        double step = 0, quietest = 1;
        for (int64_t i = 0; i < STANDS_FOR; i++)
            step = MAX(step, fabs((double)stands[i * 2 + 2] - (double)stands[i * 2]));
        for (int64_t i = 0; i < STANDS_FOR / PIECE; i++) {
            double peak = 0;
            for (int64_t k = 0; k < PIECE; k++)
                peak = MAX(peak, fabs((double)stands[(i * PIECE + k) * 2]));
            quietest = MIN(quietest, peak);
        }
        ok(step < 1.25 * steepest, "the bed's join makes no step: %.5f of %.5f", step, steepest);
        ok(quietest > 0.9 * loud, "it never falls silent: %.3f of %.3f", quietest, loud);
        is_int(sounding(film, STANDS_AT - FADED), 0, "it is not heard before");
        is_int(sounding(stands + (STANDS_FOR + FADED + LATENCY + 1400) * 2, FILM_RATE), 0,
               "nor when the film has gone on");
    }
    story_free(s);
    g_free(out);
}

int main(int argc, char **argv)
{
    const guint32 seed = argc > 1 ? (guint32)strtoul(argv[1], NULL, 0) : g_random_int();
    printf("# seed %u\n", seed);
    GRand *r = g_rand_new_with_seed(seed);
    struct media *m = media_new();
    float *sound = g_new(float, FILM_SMP * 2);
    int64_t at[8] = {0};
    ok(mt_ffmpeg("-f lavfi -i 'aevalsrc=0.5|0.5:s=48000:d=0.0145833' -c:a pcm_s16le pip.wav"), "pip.wav made");

    struct story *s = load("end");
    if (ok(s && s->n_cues == 3, "a story with three cues")) {
        const int64_t n = play(m, s, r, US_NONE, sound);
        is_int(onsets(sound, MIN(n, FILM_SMP), at), 3, "three are heard");
        is_int(at[0], 1 * FILM_RATE, "the first as the window opens");
        is_int(at[1], 5 * FILM_RATE / 2, "the second a second and a half before it closes");
        is_int(at[2], 4 * FILM_RATE, "the third as it closes");
        play(m, s, r, 2 * US_PER_SECOND, sound);
        is_int(onsets(sound, FILM_SMP, at), 3, "a choice that waits for the closing does not silence them");
    }
    story_free(s);
    s = load("now");
    if (ok(s != NULL, "a story that cuts at once")) {
        const int64_t n = play(m, s, r, 2 * US_PER_SECOND, sound);
        ok(n < 5 * FILM_RATE, "it was cut");
        is_int(onsets(sound, MIN(n, FILM_SMP), at), 1, "those to come are not heard");
        is_int(at[0], 1 * FILM_RATE, "the first was");
    }
    story_free(s);
    test_bed(m, r);
    media_free(m);
    mt_cleanup();
    g_free(sound);
    g_rand_free(r);
    return tap_done();
}

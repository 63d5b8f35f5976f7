/* The warm set: wanted clips are opened, kept, closed and handed out; a clip may be closed at any moment; memory is
 * bounded. */
#include <pthread.h>
#include <stdatomic.h>

#include "media/deck.h"
#include "media/mixer.h"
#include "media_test.h"

enum { POLLS_MAX = 200000 }; /* of 200 us and more: a minute on a busy machine */

static char *film_path, *long_path;

static struct deck_want want_of(const char *key, int from, int to, int priority)
{
    return (struct deck_want){.key = key,
                              .priority = priority,
                              .spec = {.path = film_path, .from_us = mt_frame_us(from), .to_us = mt_frame_us(to)}};
}

static struct deck_stats stats_of(struct deck *d)
{
    struct deck_stats s;
    deck_stats(d, &s);
    return s;
}

static void until_ready(struct deck *d)
{
    while (!mt_deck_ready(d))
        g_usleep(500);
}

static void test_set(struct media *m)
{
    struct deck *d = deck_new(m, NULL);
    const struct deck_want one[] = {want_of("a", 5, 40, 1), want_of("b", 30, 60, 3), want_of("c", 50, 80, 2)};
    deck_want(d, one, 3);
    until_ready(d);
    struct deck_stats s = stats_of(d);
    ok(s.n == 3 && strcmp(s.clip[0].key, "b") == 0 && strcmp(s.clip[2].key, "a") == 0, "best first");
    int warm = 0;
    for (int i = 0; i < 3; i++)
        warm += s.clip[i].clip.state == CLIP_WARM && s.clip[i].clip.frames_queued == CLIP_STANDBY_FRAMES &&
                s.clip[i].clip.sound_smp >= FILM_RATE / 5 && s.clip[i].clip.sound_smp < FILM_RATE / 2;
    is_int(warm, 3, "all warm: four frames, 200 ms of sound");
    const struct clip *b = deck_find(d, "b");
    const struct deck_want two[] = {want_of("b", 30, 60, 1), want_of("c", 51, 80, 2), want_of("x", 0, 9, 0)};
    deck_want(d, two, 3);
    ok(deck_find(d, "b") == b && !deck_find(d, "a"), "what stays wanted stays open, the rest goes");
    until_ready(d);
    bool was_warm = false;
    struct clip *c = deck_take(d, "c", &was_warm);
    ok(c && was_warm && stats_of(d).late == 0, "taken warm");
    const struct frame *f = clip_peek(c);
    ok(f && mt_number(f) == 51, "a changed range is opened anew");
    clip_close(c);
    ok(!deck_take(d, "c", NULL) && !deck_take(d, "nobody", NULL), "only once");
    deck_want(d, one, 1);
    c = deck_take(d, "a", &was_warm);
    ok(c && (was_warm || stats_of(d).late == 1), "taken cold: late is counted");
    mt_await(c, 0);
    ok(clip_can_start(c), "and it plays");
    clip_close(c);
    deck_free(d);
}

/* Never more clips open at once than allowed. */
static void test_serial(struct media *m)
{
    struct deck *d = deck_new(m, &(struct deck_opts){.parallel = 1});
    struct deck_want w[8];
    char key[8][4];
    for (int i = 0; i < 8; i++) {
        g_snprintf(key[i], sizeof key[i], "%d", i);
        w[i] = want_of(key[i], 3 + 10 * i, 90, i);
    }
    deck_want(d, w, 8);
    int most = 0, polls = 0;
    do {
        const struct deck_stats s = stats_of(d);
        int opening = 0;
        for (int i = 0; i < s.n; i++)
            opening += s.clip[i].opened && s.clip[i].clip.state == CLIP_OPENING;
        most = MAX(most, opening);
        g_usleep(200);
    } while (!mt_deck_ready(d) && polls++ < 100000);
    ok(most <= 1 && stats_of(d).n == 8, "one pre-roll at a time (%d)", most);
    deck_free(d);
    d = deck_new(m, &(struct deck_opts){.budget_bytes = 1, .parallel = 2});
    deck_want(d, w, 8);
    until_ready(d);
    const struct deck_stats s = stats_of(d);
    int kept = 0;
    for (int i = 0; i < 8; i++)
        kept += s.clip[i].clip.frames_queued >= 1 && s.clip[i].clip.frames_queued < CLIP_STANDBY_FRAMES &&
                s.clip[i].clip.state == CLIP_WARM;
    ok(kept == 8 && s.bytes > s.budget_bytes, "over the budget each keeps a frame, nobody is dropped (%d)", kept);
    deck_free(d);
}

/* A long clip from which nobody takes anything does not grow. */
static void test_bounded(struct media *m)
{
    struct clip *c = clip_open(m, &(struct clip_spec){.path = long_path, .at_once = true});
    clip_play(c);
    int64_t most = 0;
    int frames = 0;
    for (int i = 0; i < 300; i++) {
        float buf[960];
        mt_await(c, clip_pull_pos(c) + 480);
        clip_pull(c, buf, 480); /* only the sound is taken: the frames stay */
        struct clip_stats s;
        clip_stats(c, &s);
        most = MAX(most, s.bytes);
        frames = MAX(frames, s.frames_queued);
    }
    struct clip_stats s;
    clip_stats(c, &s);
    ok(frames == CLIP_PLAYING_FRAMES && most < 8 << 20, "frames nobody takes: %d, %d KiB", frames, (int)(most >> 10));
    ok(s.sound_smp <= FILM_RATE, "sound is bounded: %d", (int)s.sound_smp);
    clip_close(c);
}

/* Another thread pulls while the main thread takes frames and closes clips at any moment of their lives. */
struct audio {
    struct mixer *x;
    atomic_bool stop;
};

static void *audio_thread(void *data)
{
    struct audio *a = data;
    float buf[512 * 2];
    while (!atomic_load(&a->stop)) {
        mixer_render(a->x, buf, 512);
        g_usleep(300);
    }
    return NULL;
}

static void close_any_time(struct media *m, GRand *r)
{
    for (int i = 0; i < 60; i++) {
        struct clip *c = clip_open(m, &(struct clip_spec){.path = i % 2 ? film_path : long_path,
                                                          .from_us = mt_frame_us(g_rand_int_range(r, 0, 60))});
        if (g_rand_boolean(r))
            clip_play(c);
        if (g_rand_boolean(r))
            g_usleep((gulong)g_rand_int_range(r, 0, 8000));
        frame_free(clip_take(c));
        if (g_rand_boolean(r))
            clip_play(c);
        clip_close(c);
    }
    struct media_stats s;
    media_stats(m, &s);
    ok(s.clips <= 60, "closing never waits; %d still end", s.clips);
}

/* A clip that does not start would keep this test waiting for ever. */
static void tell_stuck(struct clip *c, struct mixer *x, int i)
{
    struct clip_stats s;
    struct mixer_now now;
    clip_stats(c, &s);
    mixer_now(x, &now);
    ok(false, "clip %d starts: %s", i, clip_error(c) ? clip_error(c) : "it is waited for");
    printf("# state %d, can start %d, %d frames, sound %d; the mixer: state %d, film at %d, clip from %d\n", s.state,
           clip_can_start(c), s.frames_queued, (int)s.sound_smp, now.state, (int)now.film_smp, (int)now.start_smp);
}

static void play_and_cut(struct media *m, GRand *r)
{
    struct audio a = {.x = mixer_new()};
    struct deck *d = deck_new(m, NULL);
    struct clip *playing[64] = {0};
    int cuts = 0, frames = 0, n = 0;
    pthread_t t;
    pthread_create(&t, NULL, audio_thread, &a);
    for (int i = 0; i < 25; i++) {
        char key[16];
        g_snprintf(key, sizeof key, "%d", i);
        const int from = g_rand_int_range(r, 0, 60);
        const struct deck_want w[] = {want_of(key, from, from + 30, 1), want_of("other", i, i + 20, 0)};
        deck_want(d, w, 2);
        struct clip *c = playing[n++] = deck_take(d, key, NULL);
        clip_play(c);
        mixer_queue(a.x, c, g_rand_boolean(r) ? MIXER_AT_ONCE : MIXER_AT_END);
        bool started = false;
        for (int polls = 0; !started; polls++) {
            if (clip_state(c) == CLIP_FAILED || polls == POLLS_MAX) {
                tell_stuck(c, a.x, i);
                exit(1);
            }
            struct mixer_event ev;
            deck_poll(d);
            while (mixer_poll(a.x, &ev)) {
                started = started || (ev.type == MIXER_STARTED && ev.clip == c);
                if (ev.type == MIXER_RELEASED) {
                    clip_close(ev.clip);
                    playing[cuts++] = NULL;
                }
            }
            struct mixer_now now;
            mixer_now(a.x, &now);
            struct frame *f = clip_take_due(c, started ? now.film_smp - now.start_smp : 0, NULL);
            frames += f != NULL;
            frame_free(f);
            g_usleep(200);
        }
    }
    atomic_store(&a.stop, true);
    pthread_join(t, NULL);
    is_int(cuts, 24, "25 clips, 24 cuts");
    ok(frames > 0, "%d frames taken", frames);
    deck_free(d);
    mixer_free(a.x);
    clip_close(playing[n - 1]);
}

int main(int argc, char **argv)
{
    const guint32 seed = argc > 1 ? (guint32)strtoul(argv[1], NULL, 0) : g_random_int();
    printf("# seed %u\n", seed);
    GRand *r = g_rand_new_with_seed(seed);
    struct media *m = media_new();
    mt_raw_film("film.raw", 100, 0);
    mt_tone("tone.f32", 48000, 2, 20.0, 0);
    mt_ffmpeg(MT_RAW "-r 24 -i film.raw -f f32le -ar 48000 -ac 2 -i tone.f32 -c:v libx264 -preset veryfast -g 24 "
                     "-c:a aac -shortest film.mp4");
    mt_ffmpeg("-f lavfi -i testsrc2=s=320x180:r=25:d=20 -f f32le -ar 48000 -ac 2 -i tone.f32 -c:v libvpx -deadline "
              "realtime -cpu-used 8 -g 100 -c:a libopus long.webm");
    film_path = mt_path("film.mp4");
    long_path = mt_path("long.webm");
    test_set(m);
    test_serial(m);
    test_bounded(m);
    close_any_time(m, r);
    play_and_cut(m, r);
    media_free(m);
    mt_cleanup();
    g_free(film_path);
    g_free(long_path);
    g_rand_free(r);
    return tap_done();
}

/* Many candidates from one long file: it is opened once for the clip that plays and once for all that wait, and a
 * clip that has lent its demuxer goes on exactly where it stopped. */
#include "media/deck.h"
#include "media_test.h"

enum { FRAMES = 4000, FPS = 24, MANY = 8, RANGE = 60, PLAYING_FROM = 1000 };

static char *film_path;
static struct mt_sound whole;

/* A packet of sound holds 64 samples, which makes 125,000 packets, as many as in half an hour of an ordinary film. */
static void make_film(void)
{
    mt_raw_film("film.raw", FRAMES, 0);
    mt_tone("tone.f32", 48000, 2, (double)FRAMES / FPS, 0);
    mt_ffmpeg(MT_RAW
              "-r 24 -i film.raw -f f32le -ar 48000 -ac 2 -i tone.f32 -c:v libx264 -preset ultrafast -bf 2 -g 48 "
              "-c:a flac -frame_size 64 -compression_level 0 -strict -2 film.mp4");
    film_path = mt_path("film.mp4");
    whole = mt_oracle("film.mp4", NULL);
}

static int64_t opened(struct media *m)
{
    struct media_stats s;
    media_stats(m, &s);
    return s.files_opened;
}

static struct clip_spec range_at(int from)
{
    return (struct clip_spec){.path = film_path, .from_us = mt_frame_us(from), .to_us = mt_frame_us(from + RANGE)};
}

/* Candidates begin at from, from + 101, ..., most of them between key frames. */
static int start_of(int from, int i)
{
    return from + i * 101;
}

static void want_many(struct deck *d, int from)
{
    struct deck_want w[MANY];
    char key[MANY][8];
    for (int i = 0; i < MANY; i++) {
        g_snprintf(key[i], sizeof key[i], "%d", i);
        w[i] = (struct deck_want){.key = key[i], .spec = range_at(start_of(from, i)), .priority = MANY - i};
    }
    deck_want(d, w, MANY);
    while (!mt_deck_ready(d))
        g_usleep(500);
}

static int rightly_warm(struct deck *d, int from)
{
    int right = 0;
    for (int i = 0; i < MANY; i++) {
        char key[8];
        g_snprintf(key, sizeof key, "%d", i);
        struct clip *c = deck_find(d, key);
        const struct frame *f = c && clip_can_start(c) ? clip_peek(c) : NULL;
        right += f && mt_number(f) == start_of(from, i);
    }
    return right;
}

/* Every frame and every sample of the range is there, although others have moved its demuxer meanwhile. */
static void check_whole(struct mt_play *p, int from)
{
    int64_t where, in_order = 0;
    for (guint i = 0; i < p->number->len; i++)
        in_order += g_array_index(p->number, int64_t, i) == from + (int64_t)i;
    ok(p->frames == RANGE && in_order == RANGE, "from frame %d: %d frames, %d of them right", from, (int)p->frames,
       (int)in_order);
    const int64_t at = (int64_t)from * FILM_RATE / FPS, n = p->sound->len / 2;
    const double off = mt_difference(&g_array_index(p->sound, float, 0), n, &whole, at, &where);
    ok(n == (int64_t)RANGE * FILM_RATE / FPS && off < 1e-4 && p->missing == 0,
       "and its sound: %d samples, off by %g at %d", (int)n, off, (int)where);
    ok(!p->warning && !p->error, "%s", p->warning ? p->warning : "nothing to complain of");
    mt_play_free(p);
}

/* How often the file is opened, whichever candidate is taken and however many open at once. */
static void test_opens(int parallel)
{
    struct media *m = media_new();
    struct deck *d = deck_new(m, &(struct deck_opts){.parallel = parallel});
    struct clip_spec first = range_at(PLAYING_FROM);
    first.to_us = mt_frame_us(PLAYING_FROM + 1000);
    first.at_once = true;
    struct clip *playing = clip_open(m, &first);
    clip_play(playing);
    mt_await(playing, 0);
    is_int(opened(m), 1, "opened for what plays");
    want_many(d, 5);
    is_int(rightly_warm(d, 5), MANY, "candidates are warm, each at its own frame");
    is_int(opened(m), 2, "once more for all candidates");
    struct clip *taken = deck_take(d, "3", NULL);
    struct mt_play p = mt_play_clip(taken);
    check_whole(&p, start_of(5, 3));
    taken = deck_take(d, "0", NULL);
    clip_play(taken);
    mt_await(taken, FILM_RATE / 2);
    clip_close(playing);
    want_many(d, 2222);
    is_int(rightly_warm(d, 2222), MANY, "and the next ones, when the film has gone on");
    is_int(opened(m), 2, "which open nothing");
    p = mt_play_clip(taken);
    check_whole(&p, start_of(5, 0));
    p = mt_play_clip(deck_take(d, "7", NULL));
    check_whole(&p, start_of(2222, 7));
    is_int(opened(m), 2, "nor does playing them");
    deck_free(d);
    media_free(m);
}

/* Two clips that play use both demuxers. Somebody waits for the third clip, so it opens the file after a moment. */
static void test_hurry(void)
{
    struct media *m = media_new();
    struct clip *c[3];
    for (int i = 0; i < 3; i++) {
        struct clip_spec s = range_at(100 + i);
        s.to_us = mt_frame_us(FRAMES);
        s.at_once = true;
        c[i] = clip_open(m, &s);
        clip_play(c[i]);
        mt_await(c[i], 0);
    }
    ok(clip_can_start(c[2]) && mt_number(clip_peek(c[2])) == 102, "a clip in a hurry does not wait for good");
    is_int(opened(m), 3, "but opens the file");
    for (int i = 0; i < 3; i++)
        clip_close(c[i]);
    media_free(m);
}

int main(void)
{
    make_film();
    test_opens(1);
    test_opens(3);
    test_hurry();
    g_free(whole.data);
    g_free(film_path);
    mt_cleanup();
    return tap_done();
}

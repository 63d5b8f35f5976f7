/* The mixer against a naive concatenation: every join is exact to the sample, anywhere in any buffer. */
#include "media/mixer.h"
#include "media/sound.h"
#include "media_test.h"

enum { NOISE = 20 * FILM_RATE, BUFFER_MAX = 4096 };

static int16_t *noise; /* what noise.wav holds: 2 * NOISE */

static void make_noise(GRand *r)
{
    g_autofree char *path = mt_path("noise.s16");
    noise = g_new(int16_t, 2 * NOISE);
    for (int i = 0; i < 2 * NOISE; i++)
        noise[i] = (int16_t)g_rand_int_range(r, -20000, 20000);
    g_file_set_contents(path, (const char *)noise, 2 * NOISE * 2, NULL);
    ok(mt_ffmpeg("-f s16le -ar 48000 -ac 2 -i noise.s16 noise.wav"), "noise made");
}

static float sample(int64_t at, int channel)
{
    return (float)noise[at * 2 + channel] / 32768.0f;
}

/* A short sound, silent at its first sample only. */
static struct sound *make_pip(void)
{
    enum { N = 500 };
    struct sound *s = g_new(struct sound, 1);
    *s = (struct sound){.length_smp = N, .data = g_new(float, N * 2)};
    for (int i = 0; i < N; i++)
        s->data[i * 2] = s->data[i * 2 + 1] = (float)(0.5 * sin(2 * G_PI * 880 * i / FILM_RATE) * (N - i) / N);
    return s;
}

/* A warm clip of the samples [from, from + n) */
static struct clip *piece(struct media *m, int64_t from, int64_t n)
{
    g_autofree char *path = mt_path("noise.wav");
    struct clip *c = clip_open(
        m,
        &(struct clip_spec){.path = path, .from_us = smp_to_us(from), .to_us = smp_to_us(from + n), .at_once = true});
    mt_await(c, 0);
    return c;
}

static int64_t differing(const float *out, int64_t from, int64_t n)
{
    int64_t wrong = 0;
    for (int64_t i = 0; i < n * 2; i++)
        wrong += out[i] != sample(from + i / 2, (int)(i % 2));
    return wrong;
}

static int64_t sounding(const float *out, int64_t n)
{
    int64_t k = 0;
    for (int64_t i = 0; i < n * 2; i++)
        k += out[i] != 0;
    return k;
}

static struct mixer_event poll_for(struct mixer *x, enum mixer_event_type type)
{
    struct mixer_event ev;
    while (mixer_poll(x, &ev))
        if (ev.type == type)
            return ev;
    return (struct mixer_event){0};
}

/* --- a cut at every place of a buffer --------------------------------------------------------------------------- */

static void test_every_offset(struct media *m)
{
    enum { N = 64 };
    int64_t wrong = 0, late = 0;
    for (int cut = 0; cut <= N; cut++) {
        struct mixer *x = mixer_new();
        struct clip *a = piece(m, 1000, 5000), *b = piece(m, 9000, 5000);
        float out[3 * N * 2];
        mixer_queue(x, a, MIXER_AT_ONCE);
        mixer_render(x, out, N);
        poll_for(x, MIXER_STARTED);
        mixer_queue(x, b, N + cut);
        mixer_render(x, out + N * 2, 2 * N);
        wrong += differing(out, 1000, N + cut) + differing(out + (N + cut) * 2, 9000, 2 * N - cut);
        const struct mixer_event ev = poll_for(x, MIXER_STARTED);
        late += ev.clip != b || ev.start_smp != N + cut;
        clip_close(a);
        clip_close(b);
        mixer_free(x);
    }
    is_int(wrong, 0, "a cut at every sample of a buffer: wrong samples");
    is_int(late, 0, "a cut at every sample of a buffer: wrong starts");
}

/* --- random films ----------------------------------------------------------------------------------------------- */

struct film {
    struct media *m;
    struct mixer *x;
    GRand *r;
    struct clip *current, *next;
    int64_t current_from, next_from, cut, length, start; /* start: film position of current's 0 */
    int64_t played, joins, wrong, missed;
};

static void open_next(struct film *f)
{
    const int64_t n = g_rand_int_range(f->r, BUFFER_MAX + 1, 5 * BUFFER_MAX);
    f->next_from = g_rand_int_range(f->r, 0, NOISE - (int32_t)n);
    f->next = piece(f->m, f->next_from, n);
    f->length = n;
}

/* Queues the next clip somewhere in what has not been played yet, or at the end; early or late. */
static void queue_next(struct film *f, int64_t current_length)
{
    const int64_t pos = f->played - f->start;
    const bool at_end = g_rand_boolean(f->r);
    f->cut = at_end ? current_length : g_rand_int_range(f->r, (int32_t)pos, (int32_t)current_length + 1);
    if (g_rand_int_range(f->r, 0, 4) == 0) /* the viewer changes their mind */
        mixer_queue(f->x, f->next, g_rand_int_range(f->r, (int32_t)pos + 1, (int32_t)current_length + 1));
    mixer_queue(f->x, f->next, at_end ? MIXER_AT_END : f->cut);
}

static void check_buffer(struct film *f, const float *out, int64_t n)
{
    const int64_t pos = f->played - f->start;
    const int64_t before = f->next ? CLAMP(f->cut - pos, 0, n) : n;
    f->wrong += differing(out, f->current_from + pos, before);
    f->wrong += differing(out + before * 2, f->next_from, n - before);
    f->played += n;
}

static void after_buffer(struct film *f)
{
    struct mixer_event ev;
    while (mixer_poll(f->x, &ev)) {
        if (ev.type != MIXER_STARTED)
            continue;
        f->joins++;
        f->missed += ev.clip != f->next || ev.start_smp != f->start + f->cut;
        clip_close(f->current);
        f->start += f->cut;
        f->current = f->next;
        f->current_from = f->next_from;
        f->next = NULL;
    }
}

static void test_random(struct media *m, guint32 seed)
{
    struct film f = {.m = m, .x = mixer_new(), .r = g_rand_new_with_seed(seed)};
    static float out[BUFFER_MAX * 2];
    int64_t current_length = 0;
    open_next(&f);
    mixer_queue(f.x, f.next, MIXER_AT_ONCE);
    for (int i = 0; i < 900; i++) {
        const int64_t n = g_rand_boolean(f.r) ? g_rand_int_range(f.r, 0, 64) : g_rand_int_range(f.r, 1, BUFFER_MAX);
        if (f.current && !f.next &&
            (g_rand_int_range(f.r, 0, 3) == 0 || f.played + BUFFER_MAX >= f.start + current_length)) {
            open_next(&f);
            queue_next(&f, current_length);
        }
        for (int k = 0; k < 2; k++)
            if (k ? f.next : f.current) {
                clip_play(k ? f.next : f.current);
                mt_await(k ? f.next : f.current, clip_pull_pos(k ? f.next : f.current) + n);
            }
        mixer_render(f.x, out, n);
        check_buffer(&f, out, n);
        const struct clip *was = f.current;
        after_buffer(&f);
        if (f.current != was)
            current_length = f.length;
    }
    struct mixer_now now;
    mixer_now(f.x, &now);
    ok(f.wrong == 0 && f.missed == 0 && f.joins > 20,
       "random film: %d samples, %d joins, %d samples wrong, %d starts wrong", (int)f.played, (int)f.joins,
       (int)f.wrong, (int)f.missed);
    ok(now.film_smp == f.played && now.out_smp == f.played && now.held_smp == 0 && now.underrun_smp == 0 &&
           now.start_smp == f.start,
       "random film: the counts agree");
    clip_close(f.current);
    clip_close(f.next);
    g_rand_free(f.r);
    mixer_free(f.x);
}

/* --- when it cannot be ------------------------------------------------------------------------------------------ */

static void test_hold(struct media *m)
{
    struct mixer *x = mixer_new();
    struct mixer_now now;
    static float out[4000 * 2];
    struct clip *a = piece(m, 0, 1500), *b = piece(m, 7000, 3000);
    mixer_render(x, out, 100);
    is_int(sounding(out, 100), 0, "silence before anything is queued");
    mixer_queue(x, a, MIXER_AT_ONCE);
    mixer_render(x, out, 2000);
    ok(differing(out, 0, 1500) == 0 && sounding(out + 3000, 500) == 0, "ends, then silence");
    mixer_now(x, &now);
    ok(now.state == MIXER_HOLDING && now.film_smp == 1500 && now.start_smp == 0 && now.held_smp == 500 &&
           now.out_smp == 2100,
       "held: film time stands");
    struct mixer_event ev = poll_for(x, MIXER_HELD);
    ok(ev.clip == a && ev.film_smp == 1500, "and it is told");
    mixer_render(x, out, 300);
    ok(!poll_for(x, MIXER_HELD).clip, "once");
    mixer_queue(x, b, MIXER_AT_END);
    mixer_render(x, out, 1000);
    ev = poll_for(x, MIXER_STARTED);
    ok(differing(out, 7000, 1000) == 0 && ev.clip == b && ev.start_smp == 1500, "goes on where film time stood");
    is_int(mixer_film_at(x, 50), 0, "film at 50");
    is_int(mixer_film_at(x, 100 + 700), 700, "film at 800");
    is_int(mixer_film_at(x, 1600 + 450), 1500, "film while held");
    is_int(mixer_film_at(x, 2400 + 10), 1510, "film after");
    ok(mixer_stands_at(x, 0) && mixer_stands_at(x, 99), "the film stands before it begins");
    ok(!mixer_stands_at(x, 100) && !mixer_stands_at(x, 1599), "runs with its first sample");
    ok(mixer_stands_at(x, 1600) && mixer_stands_at(x, 2399), "stands while it is held");
    ok(!mixer_stands_at(x, 2400) && !mixer_stands_at(x, 9999), "and runs after that");
    clip_close(a);
    clip_close(b);
    mixer_free(x);
}

static void test_pause(struct media *m)
{
    struct mixer *x = mixer_new();
    struct mixer_now now;
    static float out[4000 * 2];
    struct clip *a = piece(m, 0, 9000);
    mixer_queue(x, a, MIXER_AT_ONCE);
    mixer_render(x, out, 100);
    mixer_pause(x, true);
    mixer_render(x, out, 1000);
    ok(sounding(out, 200) > 300 && sounding(out + 240 * 2, 760) == 0, "fades out, then silence");
    mixer_render(x, out, 1000);
    mixer_now(x, &now);
    ok(now.state == MIXER_PAUSED && now.film_smp == 340 && clip_pull_pos(a) == 340, "paused: nothing is consumed");
    mixer_pause(x, false);
    mixer_render(x, out, 1000);
    is_int(differing(out + 240 * 2, 340 + 240, 760), 0, "resumes at the next sample");
    mixer_set_volume(x, 0);
    mixer_render(x, out, 1000);
    mixer_render(x, out, 100);
    is_int(sounding(out, 100), 0, "mute");
    mixer_set_volume(x, 1);
    mixer_render(x, out, 1000);
    static float both[100 * 2];
    mixer_set_mono(x, true);
    mixer_render(x, both, 100);
    bool alike = sounding(both, 100) > 50;
    for (int i = 0; i < 100; i++)
        alike &= fabsf(both[2 * i] - both[2 * i + 1]) <= 0;
    ok(alike, "mono: both channels carry the same");
    clip_close(a);
    mixer_free(x);
}

/* A clip that decodes too slowly: there is silence, time goes on, and what comes late is dropped. */
static void test_underrun(struct media *m)
{
    struct mixer *x = mixer_new();
    struct mixer_now now;
    static float out[30000 * 2];
    struct clip *a = piece(m, 0, 80000); /* not playing: it holds 200 ms and decodes no more */
    mixer_queue(x, a, MIXER_AT_ONCE);
    clip_set_standby_frames(a, 1);
    mixer_render(x, out, 30000);
    mixer_now(x, &now);
    const int64_t there = 30000 - now.underrun_smp;
    ok(there >= 9600 && there < 30000 && differing(out, 0, there) == 0 && sounding(out + there * 2, 30000 - there) == 0,
       "what was decoded is heard (%d), then silence", (int)there);
    is_int(now.film_smp, 30000, "time goes on");
    clip_play(a);
    mt_await(a, 40000);
    mixer_render(x, out, 5000);
    is_int(differing(out, 30000, 5000), 0, "and sound is back where time is");
    clip_close(a);
    mixer_free(x);
}

static void test_replace(struct media *m)
{
    struct mixer *x = mixer_new();
    struct mixer_event ev;
    static float out[4000 * 2];
    struct clip *a = piece(m, 0, 1000), *b = piece(m, 3000, 5000), *c = piece(m, 10000, 5000);
    mixer_queue(x, a, MIXER_AT_ONCE);
    mixer_render(x, out, 500);
    poll_for(x, MIXER_STARTED);
    mixer_queue(x, b, MIXER_AT_END);
    mixer_render(x, out, 100);
    mixer_queue(x, c, MIXER_AT_END);
    mixer_render(x, out, 1000);
    ok(differing(out, 600, 400) == 0 && differing(out + 800, 10000, 600) == 0, "the second choice plays");
    int refused = 0, released = 0, started = 0;
    while (mixer_poll(x, &ev)) {
        refused += ev.type == MIXER_REFUSED && ev.clip == b;
        released += ev.type == MIXER_RELEASED && ev.clip == a && ev.film_smp - ev.start_smp == 1000;
        started += ev.type == MIXER_STARTED && ev.clip == c;
    }
    ok(refused == 1 && released == 1 && started == 1, "the first comes back, the old one is released");
    mixer_queue(x, b, MIXER_AT_ONCE);
    mixer_render(x, out, 100);
    is_int(differing(out, 3000, 100), 0, "cut at once");
    mixer_queue(x, a, MIXER_AT_ONCE); /* queued before the main thread has seen b start: too late */
    mixer_render(x, out, 100);
    while (mixer_poll(x, &ev))
        refused += ev.type == MIXER_REFUSED && ev.clip == a;
    is_int(refused, 2, "a join that was overtaken is refused");
    for (int i = 0; i < 500; i++) /* nobody renders, and nothing is lost */
        mixer_queue(x, i % 2 ? a : c, MIXER_AT_END);
    for (int i = 0; i < 50; i++) {
        mixer_render(x, out, 10);
        while (mixer_poll(x, &ev))
            ;
    }
    struct mixer_now now;
    mixer_now(x, &now);
    ok(now.serial > 0 && now.state == MIXER_PLAYING, "500 commands at once");
    clip_close(a);
    clip_close(b);
    clip_close(c);
    mixer_free(x);
}

static void test_voices(struct media *m)
{
    struct mixer *x = mixer_new();
    static float out[4000 * 2];
    struct sound *pip = make_pip();
    struct clip *blank = clip_open(m, &(struct clip_spec){.for_us = US_PER_SECOND, .at_once = true});
    mt_await(blank, 0);
    is_int(clip_length_smp(blank), FILM_RATE, "a blank has its length");
    mixer_queue(x, blank, MIXER_AT_ONCE);
    mixer_voice_start(x, pip, NULL);
    mixer_render(x, out, 1000);
    int64_t wrong = 0;
    for (int i = 0; i < 1000; i++)
        wrong += out[i * 2] != (i < 500 ? pip->data[i * 2] : 0);
    is_int(wrong, 0, "a voice sounds once");
    const int w = mixer_voice_start(x, pip, &(struct mixer_voice_opts){.loop = true});
    mixer_render(x, out, 1500);
    for (int i = 0; i < 1500; i++)
        wrong += out[i * 2] != pip->data[i % 500 * 2];
    is_int(wrong, 0, "a loop loops");
    mixer_voice_stop(x, w, 0);
    mixer_render(x, out, 1000);
    ok(sounding(out + 480, 760) == 0, "and fades");
    int busy = 0;
    while (mixer_voice_start(x, pip, NULL) >= 0)
        busy++;
    is_int(busy, MIXER_VOICES, "voices that have ended are free again, and voices are counted");
    mixer_render(x, out, 1000);
    for (int i = 0; i < 1000; i++)
        wrong += ABS(out[i * 2]) > 1.0f;
    is_int(wrong, 0, "and never louder than full");
    clip_close(blank);
    mixer_free(x);
    sound_free(pip);
}

/* Renders n samples in buffers of odd sizes. */
static void render_odd(struct mixer *x, GRand *r, float *out, int64_t n)
{
    for (int64_t done = 0; done < n;) {
        const int64_t most = g_rand_int_range(r, 1, 700), k = MIN(n - done, most);
        mixer_render(x, out + done * 2, k);
        done += k;
    }
}

/* A voice that is to begin at some sample of the film begins exactly there, whatever the buffers, also if the film
 * was paused before. Started too late, it goes on where it should be by then; taken back, it is never heard. */
static void test_voice_at(struct media *m, GRand *r)
{
    static float out[12000 * 2];
    struct sound *pip = make_pip();
    int64_t wrong = 0, heard = 0;
    for (int round = 0; round < 60; round++) {
        struct mixer *x = mixer_new();
        struct clip *blank = clip_open(m, &(struct clip_spec){.for_us = US_PER_SECOND, .at_once = true});
        mt_await(blank, 0);
        const int64_t at = 2000 + g_rand_int_range(r, 0, 6000), before = g_rand_int_range(r, 0, 1000);
        const int64_t late = round % 3 == 2 ? g_rand_int_range(r, 1, 600) : 0;
        const int64_t paused = round % 3 == 1 ? g_rand_int_range(r, 500, 2000) : 0;
        mixer_queue(x, blank, MIXER_AT_ONCE);
        render_odd(x, r, out, late ? at + late : before);
        mixer_voice_start(x, pip, &(struct mixer_voice_opts){.film_smp = at});
        int64_t begin = at - (late ? at + late : before);
        if (paused) {
            mixer_pause(x, true);
            render_odd(x, r, out, paused);
            mixer_pause(x, false);
            struct mixer_now now;
            mixer_now(x, &now);
            begin = at - now.film_smp;
            wrong += now.film_smp > before + FILM_RATE / 100;
        }
        const int64_t n = MAX(0, begin) + 900;
        render_odd(x, r, out, n);
        for (int64_t i = 0; i < n; i++) {
            const bool sounds = i >= begin && i < begin + 500;
            wrong += out[i * 2] != (sounds ? pip->data[(i - begin) * 2] : 0);
            heard += sounds;
        }
        clip_close(blank);
        mixer_free(x);
    }
    is_int(wrong, 0, "voices begin at the film's very sample");
    ok(heard > 15000, "and were heard: %d samples", (int)heard);
    struct mixer *x = mixer_new();
    struct clip *blank = clip_open(m, &(struct clip_spec){.for_us = US_PER_SECOND, .at_once = true});
    mt_await(blank, 0);
    mixer_queue(x, blank, MIXER_AT_ONCE);
    mixer_render(x, out, 100);
    const int v = mixer_voice_start(x, pip, &(struct mixer_voice_opts){.film_smp = 3000});
    mixer_render(x, out, 1000);
    ok(sounding(out, 1000) == 0, "it waits");
    mixer_voice_stop(x, v, 0);
    render_odd(x, r, out, 4000);
    ok(sounding(out, 4000) == 0, "taken back, it is never heard");
    mixer_free(x);
    clip_close(blank);
    sound_free(pip);
}

/* The film waits at exactly the sample that was asked for, and exactly as long, whatever the buffers, and goes on
 * with the next sample; only the 5 ms before and after are softer. A pause does not count. A wait that is taken back,
 * or cut at once, ends there. */
static void test_wait(struct media *m, GRand *r)
{
    enum { FADE = FILM_RATE / 200, N = 20000 };
    static float out[(N + 9000) * 2];
    int64_t wrong = 0, louder = 0;
    for (int round = 0; round < 60; round++) {
        struct mixer *x = mixer_new();
        struct clip *c = piece(m, 500, N);
        struct mixer_now now;
        const int64_t at = 1000 + g_rand_int_range(r, 0, 5000), wait = g_rand_int_range(r, 1, 5000);
        const bool pause = round % 2 == 1;
        mixer_queue(x, c, MIXER_AT_ONCE);
        mixer_wait_at(x, at, pause ? INT64_MAX : wait);
        render_odd(x, r, out, at);
        int64_t n = at;
        if (pause) { /* it waits without a limit, then gets one; the pause fades out while the film waits */
            mixer_render(x, out + n * 2, FADE);
            mixer_pause(x, true);
            render_odd(x, r, out + (n + FADE) * 2, 2000);
            mixer_now(x, &now);
            wrong += now.state != MIXER_PAUSED || now.film_smp != at;
            mixer_pause(x, false);
            mixer_wait_at(x, at, 2 * FADE + wait);
        }
        render_odd(x, r, out + n * 2, wait);
        wrong += sounding(out + n * 2, wait);
        mixer_now(x, &now);
        wrong += now.film_smp != at || now.standing_since_smp == now.out_smp;
        n += wait;
        render_odd(x, r, out + n * 2, 2000);
        mixer_now(x, &now);
        wrong += now.film_smp != at + 2000 || now.state != MIXER_PLAYING || now.held_smp != 0;
        wrong += differing(out, 500, at - FADE) + differing(out + (n + FADE) * 2, 500 + at + FADE, 2000 - FADE);
        for (int64_t i = 0; i < FADE * 2; i++) {
            louder += fabsf(out[(at - FADE) * 2 + i]) > fabsf(sample(500 + at - FADE + i / 2, (int)(i % 2)));
            louder += fabsf(out[n * 2 + i]) > fabsf(sample(500 + at + i / 2, (int)(i % 2)));
        }
        clip_close(c);
        mixer_free(x);
    }
    is_int(wrong, 0, "the film waits for so many samples, and loses none");
    is_int(louder, 0, "it fades before and behind");

    for (int way = 0; way < 2; way++) {
        struct mixer *x = mixer_new();
        struct clip *a = piece(m, 0, N), *b = piece(m, 9000, 2000);
        struct mixer_now now;
        mixer_queue(x, a, MIXER_AT_ONCE);
        mixer_wait_at(x, 1000, INT64_MAX);
        render_odd(x, r, out, 4000);
        mixer_now(x, &now);
        ok(now.state == MIXER_WAITING && now.film_smp == 1000 && now.standing_since_smp == 1000,
           "without limit it waits on");
        poll_for(x, MIXER_STARTED);
        if (way == 0)
            mixer_wait_at(x, 0, 0);
        else
            mixer_queue(x, b, MIXER_AT_ONCE);
        render_odd(x, r, out, 1000);
        mixer_now(x, &now);
        ok(now.film_smp == 2000, way == 0 ? "taken back, it goes on at once" : "what cuts at once does");
        const int64_t from = way == 0 ? 1000 : 9000;
        is_int(differing(out + FADE * 2, from + FADE, 1000 - FADE), 0, "with the very next sample");
        clip_close(a);
        clip_close(b);
        mixer_free(x);
    }
}

int main(int argc, char **argv)
{
    const guint32 seed = argc > 1 ? (guint32)strtoul(argv[1], NULL, 0) : g_random_int();
    printf("# seed %u\n", seed);
    GRand *r = g_rand_new_with_seed(seed);
    struct media *m = media_new();
    make_noise(r);
    test_every_offset(m);
    test_random(m, seed);
    test_hold(m);
    test_pause(m);
    test_underrun(m);
    test_replace(m);
    test_voices(m);
    test_voice_at(m, r);
    test_wait(m, r);
    media_free(m);
    mt_cleanup();
    g_rand_free(r);
    g_free(noise);
    return tap_done();
}

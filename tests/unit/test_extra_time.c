/* The film waits for viewers who have more time: when it does, how long, and that the story does not notice. */

#include "player/viewing_facts.h"
#include "player/extra_time.h"
#include "player/film.h"
#include "media/media.h"
#include "media/mixer.h"
#include "play/transcript_text.h"
#include "telemetry/record.h"
#include "tests/story_text.h"
#include "tests/tap.h"
#include "tests/unit/media_test.h"

#include <string.h>

enum {
    LATENCY = 1500, /* what is heard is behind what is mixed */
    BUFFER = 700,
    PATIENCE_ROUNDS = 60000,
};

/* Two windows: the first closes within its node, the second at its end. */
#define STORY                                                                                                          \
    "frumious: 1\nid: test.wait\ntitle: Wait\nstart: a\nnodes:\n"                                                      \
    "  a:\n    clip: {card: A, for: 3s}\n    decision:\n"                                                              \
    "      {id: d, opens: 0.5s, for: 1s, cut: %s, default: x, options: {x: {text: X, goto: b}, y: {text: Y, goto: "    \
    "e}}}\n"                                                                                                           \
    "  b:\n    clip: {card: B, for: 2s}\n    decision:\n"                                                              \
    "      {id: g, opens: 1s, for: 1s, cut: end, default: x, options: {x: {text: X, goto: e}, y: {text: Y, goto: "     \
    "e}}}\n"                                                                                                           \
    "  e: {clip: {card: E, for: 1s}, ending: {id: e, title: E}}\n"

static struct story *load(const char *cut)
{
    g_autofree char *path = mt_path("story.yaml"), *text = g_strdup_printf(STORY, cut);
    return story_from_text_at(path, text);
}

/* What the viewer does in a play, and when, on a clock without pauses; US_NONE: not. */
struct plan {
    int32_t times;
    int64_t pick_us, more_us, back_us, pause_us; /* picks y; asks for no limit; goes back; pauses for a second */
};

struct told {
    struct film *film;
    int64_t waited_smp; /* how long the film stood, without pauses */
    int rewinds;
    char *waited;     /* how long the viewer took for d and g, as the film itself says */
    char *transcript; /* the lines of decisions */
};

static void on_effect(void *user, const struct play_effect *fx)
{
    struct told *t = user;
    t->rewinds += fx->kind == PLAY_DID_REWIND;
}

/* Pauses for a second, after the fade. Returns how many samples that took. */
static int64_t pause_a_second(struct mixer *x, float *out)
{
    mixer_pause(x, true);
    mixer_render(x, out, FILM_RATE / 200);
    for (int i = 0; i < 100; i++)
        mixer_render(x, out, FILM_RATE / 100);
    mixer_pause(x, false);
    return FILM_RATE;
}

/* True once: when a window is open and the time has come. */
static bool now_for(const struct film *f, int64_t *when_us, int64_t clock_us)
{
    const bool open = film_choice(f)->menu.decision >= 0 && film_choice(f)->selected < 0;
    if (!open || *when_us == US_NONE || clock_us < *when_us)
        return false;
    *when_us = US_NONE;
    return true;
}

static void act(struct film *f, struct plan *p, int64_t clock_us)
{
    if (now_for(f, &p->pick_us, clock_us))
        film_select_option(f, 1, VIEWING_KEY);
    if (now_for(f, &p->more_us, clock_us))
        film_set_time_factor(f, EXTRA_TIME_NO_LIMIT);
    if (now_for(f, &p->back_us, clock_us))
        ok(film_back(f, film_last_checkpoint(f)), "it can go back while it waits");
}

/* Plays in buffers of odd sizes, against a clock made of what was rendered. */
static struct told play(struct media *m, const struct story *s, GRand *r, struct plan p)
{
    static float out[BUFFER * 2];
    struct mixer *x = mixer_new();
    struct transcript *tr = transcript_new(s, 1, NULL);
    struct told t = {0};
    const struct film_options o = {
        .story = s, .media = m, .mixer = x, .seed = 1, .transcript = tr, .watch = on_effect, .watch_user = &t};
    struct film *f = film_new(&o);
    struct mixer_now now = {0};
    int64_t opening = 0, paused = 0;
    film_set_time_factor(f, p.times);
    film_start(f);
    for (int i = 0; i < PATIENCE_ROUNDS && film_phase(f) < FILM_OVER; i++) {
        const int64_t heard_out = MAX(0, now.out_smp - LATENCY);
        const int64_t clock_us = smp_to_us(MAX(0, heard_out - opening - paused));
        film_tick(f, mixer_film_at(x, heard_out), &(struct viewing_clock){.playing_us = clock_us});
        act(f, &p, clock_us);
        if (film_node(f) >= 0 && !film_is_ready(f, BUFFER)) {
            g_usleep(500);
            mixer_render(x, out, 0); /* gives back what was queued before it went back */
            continue;
        }
        if (now_for(f, &p.pause_us, clock_us))
            paused += pause_a_second(x, out);
        if (now.serial == 0) /* the first clip is being opened */
            g_usleep(500);
        mixer_render(x, out, now.serial == 0 ? 1 : g_rand_int_range(r, 1, BUFFER));
        mixer_now(x, &now);
        if (film_node(f) < 0)
            opening = now.out_smp - now.film_smp;
    }
    ok(film_phase(f) == FILM_OVER, "%s: the film comes to its end", extra_time_name(p.times));
    t.waited_smp = now.out_smp - now.film_smp - opening - paused - now.held_smp;
    t.waited = viewing_facts_fill(film_facts(f), "{waited(d)} {waited(g)}", film_state(f), 0, NULL);
    g_autofree char *text = transcript_print(tr);
    const char *lines = strstr(text, "\ntimeout ");
    const char *picks = strstr(text, "\npick ");
    t.transcript = g_strdup(lines && (!picks || lines < picks) ? lines + 1 : picks ? picks + 1 : "");
    film_free(f);
    mixer_free(x);
    transcript_free(tr);
    return t;
}

static void told_clear(struct told *t)
{
    g_free(t->waited);
    g_free(t->transcript);
}

#define SECONDS(s) ((int64_t)((s)*US_PER_SECOND))

/* Nobody chooses: every window takes its own length, to the sample, and the story does not notice. */
static void test_nobody(struct media *m, const struct story *s, GRand *r)
{
    static const int32_t times[] = {1, 2, 3};
    static const char *const waited[] = {"1.000 1.000", "2.000 2.000", "3.000 3.000"};
    g_autofree char *author = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(times); i++) {
        struct told t = play(m, s, r, (struct plan){times[i], US_NONE, US_NONE, US_NONE, US_NONE});
        is_int(t.waited_smp, (times[i] - 1) * 2 * FILM_RATE, "the film stood as long as its windows are longer");
        is_str(t.waited, waited[i], "so long nobody chose");
        author = author ? author : g_strdup(t.transcript);
        is_str(t.transcript, author, "the transcript is that of the author's time");
        told_clear(&t);
    }
    struct told t = play(m, s, r, (struct plan){2, US_NONE, US_NONE, US_NONE, SECONDS(2)});
    ok(llabs(t.waited_smp - 2 * FILM_RATE) <= 1, "a pause is no waiting: %" G_GINT64_FORMAT, t.waited_smp);
    is_str(t.waited, "2.000 2.000", "nor deciding");
    told_clear(&t);
}

/* The film goes on as soon as the viewer chooses; the time that they took includes the waiting. */
static void test_pick(struct media *m, GRand *r)
{
    static const struct {
        const char *cut;
        struct plan plan;
        double waited, stood;
        const char *line;
        const char *what;
    } table[] = {
        {"end", {5, SECONDS(2), US_NONE, US_NONE, US_NONE}, 1.5, 0.5, "pick a 00:01.500 d y\n", "a pick"},
        {"now",
         {5, SECONDS(2), US_NONE, US_NONE, US_NONE},
         1.5,
         0.5,
         "pick a 00:01.499979 d y\n",
         "one that cuts at once"},
        {"end",
         {EXTRA_TIME_NO_LIMIT, SECONDS(7), US_NONE, US_NONE, US_NONE},
         6.5,
         5.5,
         "pick a 00:01.500 d y\n",
         "without limit"},
        {"end",
         {1, SECONDS(4), SECONDS(1.2), US_NONE, US_NONE},
         3.5,
         2.5,
         "pick a 00:01.500 d y\n",
         "more time is asked for"},
        {"end",
         {3, SECONDS(4), SECONDS(3), US_NONE, US_NONE},
         3.5,
         2.5,
         "pick a 00:01.500 d y\n",
         "more while it waits"},
        {"end",
         {10, SECONDS(1), US_NONE, US_NONE, US_NONE},
         0.5,
         0,
         "pick a 00:01.500 d y\n",
         "within the author's time"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        struct story *s = load(table[i].cut);
        struct told t = play(m, s, r, table[i].plan);
        ok(fabs(g_ascii_strtod(t.waited, NULL) - table[i].waited) < 0.05, "%s: took %s", table[i].what, t.waited);
        ok(fabs((double)t.waited_smp / FILM_RATE - table[i].stood) < 0.1, "and the film stood %.3f s",
           (double)t.waited_smp / FILM_RATE);
        is_str(t.transcript, table[i].line, "as the transcript has it");
        told_clear(&t);
        story_free(s);
    }
}

static void test_back(struct media *m, const struct story *s, GRand *r)
{
    struct told t = play(m, s, r, (struct plan){3, US_NONE, US_NONE, SECONDS(8), US_NONE});
    is_int(t.rewinds, 1, "it went back");
    is_str(t.waited, "3.000 3.000", "and waits again for both");
    told_clear(&t);
}

static void test_names(void)
{
    int32_t times = -1;
    ok(extra_time_parse("none", &times) && times == 0 && extra_time_parse("0", &times) && times == 0, "no limit");
    ok(!extra_time_parse("4", &times) && !extra_time_parse("", &times) && !extra_time_parse("2x", &times) && times == 0,
       "what is none");
    g_autoptr(GString) all = g_string_new(NULL);
    for (int i = 0; i < 7; i++) {
        ok(extra_time_parse(extra_time_name(times), &times), "a name is read again");
        g_string_append_printf(all, "%d ", times);
        times = extra_time_next(times, false);
    }
    is_str(all->str, "0 1 2 3 5 10 0 ", "one after the other");
    is_int(extra_time_next(EXTRA_TIME_NO_LIMIT, true), EXTRA_TIME_NO_LIMIT, "time is not taken away");
}

int main(int argc, char **argv)
{
    const guint32 seed = argc > 1 ? (guint32)strtoul(argv[1], NULL, 0) : g_random_int();
    printf("# seed %u\n", seed);
    GRand *r = g_rand_new_with_seed(seed);
    struct media *m = media_new();
    struct story *s = load("end");
    test_names();
    if (ok(s != NULL, "the story loads")) {
        test_nobody(m, s, r);
        test_pick(m, r);
        test_back(m, s, r);
    }
    story_free(s);
    media_free(m);
    mt_cleanup();
    g_rand_free(r);
    return tap_done();
}

/* The film where the mixer is ahead of it: the viewer goes back, or picks, when what follows has just been joined; and how
 * it begins. */
#include "media/media.h"
#include "media/mixer.h"
#include "player/film.h"
#include "player/inspector.h"
#include "tests/story_text.h"
#include "tests/tap.h"
#include "tests/unit/media_test.h"

#include <string.h>

enum {
    BUFFER = 701, /* no node ends with a buffer */
    PATIENCE_ROUNDS = 60000,
};

static const char yaml[] = "frumious: 1\nid: test.film\ntitle: Film\nstart: a\nnodes:\n"
                           "  a:\n    clip: {card: A, for: 2s}\n    decision:\n"
                           "      {id: d, opens: 0.5s, for: 1.5s, cut: now, default: x, options: {x: {text: X, goto: "
                           "b}, y: {text: Y, goto: c}}}\n"
                           "  b: {clip: {card: B, for: 1s}, next: c}\n"
                           "  c: {clip: {card: C, for: 1s}, next: e}\n"
                           "  e: {clip: {card: E, for: 1s}, ending: {id: e, title: E}}\n";

/* In which node's last buffer the viewer acts. */
struct act {
    const char *in;
    bool back; /* goes back; else picks y */
};

/* Once: the mixer has joined what follows the node, and the film does not know it yet. */
static bool act_once(struct film *f, struct act *act, bool joined)
{
    if (!joined || !act->in || strcmp(film_node_name(f), act->in) != 0)
        return false;
    act->in = NULL;
    return act->back ? film_back(f, film_last_checkpoint(f)) : film_select_option(f, 1, VIEWING_KEY);
}

/* Everything that is rendered is heard at once. Returns the nodes whose pictures were shown, in their order. */
static char *play(struct media *m, const struct story *s, struct act act)
{
    static float out[BUFFER * 2];
    struct mixer *x = mixer_new();
    const struct film_options o = {.story = s, .media = m, .mixer = x, .seed = 1};
    struct film *f = film_new(&o);
    struct mixer_now now = {0};
    GString *nodes = g_string_new(NULL);
    int acted = 0;
    film_start(f);
    for (int i = 0; i < PATIENCE_ROUNDS && film_phase(f) < FILM_OVER; i++) {
        const uint32_t serial = now.serial;
        film_tick(f, now.film_smp, &(struct viewing_clock){.playing_us = smp_to_us(now.film_smp)});
        if (film_node(f) >= 0 && !g_str_has_suffix(nodes->str, film_node_name(f)))
            g_string_append(nodes, film_node_name(f));
        if (film_phase(f) == FILM_PLAYING && !film_is_ready(f, BUFFER))
            g_usleep(500);
        mixer_render(x, out, film_phase(f) == FILM_PLAYING && !film_is_ready(f, BUFFER) ? 0 : BUFFER);
        mixer_now(x, &now);
        acted += act_once(f, &act, now.serial != serial);
    }
    ok(film_phase(f) == FILM_OVER, "the film comes to its end");
    is_int(acted, 1, "the viewer acted once");
    film_free(f);
    mixer_free(x);
    return g_string_free(nodes, FALSE);
}

#define WITH_PICTURES                                                                                                  \
    "frumious: 1\nid: test.begin\ntitle: Begin\nstart: a\nnodes:\n"                                                    \
    "  a: {clip: a.mkv, decision: {id: d, opens: 0.2s, closes: 0.9s, default: x, options: {x: {text: X, goto: b}, "    \
    "y: {text: Y, goto: c}}}}\n"                                                                                       \
    "  b: {clip: a.mkv, ending: {id: b, title: B}}\n  c: {clip: a.mkv, ending: {id: c, title: C}}\n"

/* Held back, a film does not begin, however much of it is decoded. */
static void test_held_back(struct film *f, struct mixer *x)
{
    static float out[BUFFER * 2];
    struct film_stats stats = {0};
    struct mixer_now now;
    film_hold_back(f, true);
    film_start(f);
    for (int i = 0; i < PATIENCE_ROUNDS && stats.playout.deck.clip[0].clip.frames_queued < CLIP_PLAYING_FRAMES; i++) {
        film_tick(f, 0, &(struct viewing_clock){0});
        film_stats(f, &stats);
        g_usleep(500);
    }
    is_int(stats.playout.deck.clip[0].clip.frames_queued, CLIP_PLAYING_FRAMES, "its first clip fills its queue");
    film_tick(f, 0, &(struct viewing_clock){0});
    mixer_render(x, out, BUFFER);
    mixer_now(x, &now);
    is_int(now.serial, 0, "and waits");
    ok(film_frame(f) && film_frame(f)->at_smp == 0, "while its first picture stands");
    film_hold_back(f, false);
}

/* A device that holds sound: the film begins when the first sample is heard, not when it is mixed; and then enough is decoded
 * for a second that does not stumble. */
static void test_begin(struct media *m)
{
    enum { LATENCY = 5000 };
    static float out[BUFFER * 2];
    g_autofree char *path = mt_path("begin.yaml");
    if (!ok(mt_ffmpeg("-f lavfi -i testsrc2=s=64x36:r=24:d=1 -f lavfi -i sine=d=1 -c:v ffv1 -c:a pcm_s16le a.mkv"),
            "a clip is made"))
        return;
    struct story *s = story_from_text_at(path, WITH_PICTURES);
    struct mixer *x = mixer_new();
    struct film *f = film_new(&(struct film_options){.story = s, .media = m, .mixer = x, .seed = 1});
    struct mixer_now now = {0};
    int64_t joined_at = -1, heard = 0;
    test_held_back(f, x);
    for (int i = 0; i < PATIENCE_ROUNDS && film_phase(f) == FILM_OPENING; i++) {
        mixer_render(x, out, BUFFER);
        mixer_now(x, &now);
        if (joined_at < 0 && now.serial > 0)
            joined_at = now.out_smp - now.film_smp;
        heard = MAX(0, now.out_smp - LATENCY);
        film_heard_stands(f, mixer_stands_at(x, heard));
        film_tick(f, mixer_film_at(x, heard), &(struct viewing_clock){0});
        if (joined_at < 0)
            g_usleep(500);
    }
    struct film_stats stats;
    film_stats(f, &stats);
    ok(joined_at >= 0 && heard >= joined_at && heard < joined_at + BUFFER, "the film begins with the first sample");
    ok(film_frame(f) && film_frame(f)->at_smp == 0 && stats.playout.dropped == 0,
       "and its first picture is not left out");
    ok(stats.playout.clip.frames_queued >= CLIP_PLAYING_FRAMES - 1, "what follows is decoded: %d pictures",
       stats.playout.clip.frames_queued);
    film_free(f);
    mixer_free(x);
    story_free(s);
}

static bool all_are_warm(struct film *f)
{
    struct film_stats stats;
    film_stats(f, &stats);
    for (int i = 0; i < MIN(stats.playout.deck.n, DECK_STATS_CLIPS); i++)
        if (stats.playout.deck.clip[i].clip.state < CLIP_WARM)
            return false;
    return stats.playout.deck.n > 0;
}

/* A device that holds most of a node: what follows is queued when the node's end is about to be mixed, and that is long
 * before it is heard. */
static void test_deep_device(struct media *m)
{
    enum { LATENCY = FILM_RATE * 4 / 5 };
    static float out[BUFFER * 2];
    g_autofree char *path = mt_path("begin.yaml");
    struct story *s = story_from_text_at(path, WITH_PICTURES);
    struct mixer *x = mixer_new();
    struct film *f = film_new(&(struct film_options){.story = s, .media = m, .mixer = x, .seed = 1});
    struct mixer_now now = {0};
    film_start(f);
    for (int i = 0; i < PATIENCE_ROUNDS && now.start_smp == 0 && now.held_smp == 0; i++) {
        const int64_t heard = MAX(0, now.out_smp - LATENCY);
        film_heard_stands(f, mixer_stands_at(x, heard));
        film_tick(f, mixer_film_at(x, heard), &(struct viewing_clock){0});
        const bool waits = now.serial == 0 || (film_node(f) == 0 && !all_are_warm(f)); /* decoding is not tested here */
        if (waits)
            g_usleep(500);
        mixer_render(x, out, waits && now.serial != 0 ? 0 : BUFFER);
        mixer_now(x, &now);
    }
    ok(now.start_smp == FILM_RATE && now.held_smp == 0,
       "a device that holds much sound: the next node follows at once");
    film_free(f);
    mixer_free(x);
    story_free(s);
}

/* The loop is kept from running while whole nodes are heard: each time that it looks, what is heard stands at a node's
 * end. */
static void test_late_loop(struct media *m)
{
    static float out[FILM_RATE * 2 * FILM_CHANNELS]; /* longer than any node */
    struct story *s = story_from_text("frumious: 1\nid: test.late\ntitle: Late\nstart: a\nnodes:\n"
                                      "  a: {clip: {card: A, for: 0.3s}, next: b}\n"
                                      "  b: {clip: {card: B, for: 0.6s}, ending: {id: b, title: B}}\n");
    struct mixer *x = mixer_new();
    struct film *f = film_new(&(struct film_options){.story = s, .media = m, .mixer = x, .seed = 1});
    struct mixer_now now = {0};
    int stood = 0;
    film_start(f);
    for (int i = 0; i < 2000 && film_phase(f) < FILM_OVER; i++) {
        mixer_render(x, out, FILM_RATE * 2);
        mixer_now(x, &now);
        stood += now.state == MIXER_HOLDING;
        film_heard_stands(f, mixer_stands_at(x, now.out_smp));
        film_tick(f, now.film_smp, &(struct viewing_clock){0});
        g_usleep(500);
    }
    ok(stood > 0 && film_phase(f) == FILM_OVER, "a loop that is late by whole nodes: the film goes on");
    film_free(f);
    mixer_free(x);
    story_free(s);
}

#define SOUGHT                                                                                                         \
    "frumious: 1\nid: test.seek\ntitle: Seek\nstart: a\nstate: {n: {type: int, min: 0, max: 9}}\nnodes:\n"             \
    "  a: {clip: long.mkv, at: [{time: 1s, do: n += 1}], decision: {id: d, opens: 3.5s, closes: 4s, default: x, "      \
    "options: {x: {text: X, goto: b}, y: {text: Y, goto: b}}}}\n"                                                      \
    "  b: {clip: long.mkv, enter: n += 1, next: c}\n  c: {clip: long.mkv, enter: n += 1, next: g}\n"                   \
    "  g: {clip: long.mkv, decision: {id: h, opens: 3s, closes: 4s, default: x, options: {x: {text: X, goto: e}, "     \
    "y: {text: Y, goto: e}}}}\n"                                                                                       \
    "  e: {clip: {card: E, for: 1s}, ending: {id: e, title: E}}\n"

struct run {
    struct film *film;
    struct mixer *mixer;
    struct mixer_now now;
};

/* One picture's time passes, as soon as everything is decoded. */
static void run_picture(struct run *r)
{
    enum { PICTURE_SMP = FILM_RATE / 24 };
    static float out[PICTURE_SMP * 2];
    for (int i = 0; i < PATIENCE_ROUNDS && film_phase(r->film) < FILM_OVER && !film_is_ready(r->film, PICTURE_SMP);
         i++) {
        film_tick(r->film, r->now.film_smp, &(struct viewing_clock){0});
        mixer_render(r->mixer, out, film_phase(r->film) == FILM_OPENING ? 1 : 0);
        mixer_now(r->mixer, &r->now);
        g_usleep(500);
    }
    mixer_render(r->mixer, out, PICTURE_SMP);
    mixer_now(r->mixer, &r->now);
    film_tick(r->film, r->now.film_smp, &(struct viewing_clock){0});
}

/* After a seek to `at_ms`: each picture from there on comes at its time, and no other. */
static void check_pictures(struct run *r, int at_ms)
{
    int64_t at_smp = -1;
    int wrong = 0;
    for (int i = 0; i < 200 && film_pos_us(r->film) != film_place_us(r->film); i++)
        run_picture(r);
    for (int i = 0; i < 12; i++) {
        const int64_t pos_smp = r->now.film_smp - film_smp_at(r->film, 0), shown = film_frame(r->film)->at_smp;
        wrong += shown > pos_smp || pos_smp - shown >= FILM_RATE / 24;
        wrong += at_smp >= 0 && shown != at_smp + FILM_RATE / 24;
        at_smp = shown;
        run_picture(r);
    }
    const int64_t pos_ms = film_pos_us(r->film) / US_PER_MS;
    ok(wrong == 0 && pos_ms >= at_ms + 450 && pos_ms < at_ms + 650,
       "at %d ms, and on: every picture in its place (%d are not, now at %d ms)", at_ms, wrong, (int)pos_ms);
}

static void test_seek(struct media *m)
{
    static const struct {
        int to, lands; /* ms */
    } rows[] = {{1500, 1500}, {500, 500}, {99000, 2000}, {-1000, 0}, {1234, 1234}};
    g_autofree char *path = mt_path("seek.yaml");
    mt_ffmpeg("-f lavfi -i testsrc2=s=64x36:r=24:d=5 -f lavfi -i sine=d=5 -c:v ffv1 -c:a pcm_s16le long.mkv");
    struct story *s = story_from_text_at(path, SOUGHT);
    struct run r = {.mixer = mixer_new()};
    r.film = film_new(&(struct film_options){.story = s, .media = m, .mixer = r.mixer, .seed = 1});
    struct film *f = r.film;
    film_start(f);
    for (int i = 0; i < 5; i++)
        run_picture(&r);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ok(film_seek(f, rows[i].to * US_PER_MS), "the viewer goes to %d ms", rows[i].to);
        check_pictures(&r, rows[i].lands);
    }
    is_int(film_state(f)[PLAY_VALUES], 1, "what happens on the way happens once");
    while (film_choice(f)->menu.decision < 0)
        run_picture(&r);
    ok(!film_seek(f, 0), "while a decision is open, nobody leaves its time");
    film_select_option(f, 0, VIEWING_KEY);
    while (film_node(f) == 0)
        run_picture(&r);

    const int64_t seen_us[] = {0, FILM_SEEN_WHOLE, FILM_SEEN_WHOLE, 1700 * US_PER_MS, 0}, nothing[5] = {0};
    ok(!film_skip(f, nothing), "what was not seen is not skipped");
    ok(film_skip(f, seen_us), "what was seen is");
    for (int i = 0; i < 200 && strcmp(film_node_name(f), "g") != 0; i++)
        run_picture(&r);
    is_str(film_node_name(f), "g", "over whole nodes");
    check_pictures(&r, 1500);
    is_int(film_state(f)[PLAY_VALUES], 3, "and what they do is done");
    film_free(f);
    mixer_free(r.mixer);
    story_free(s);
}

/* ---- pictures that lack --------------------------------------------------------------------------------------------- */

/* All that the film says. */
static char *notices(struct film *f)
{
    GString *all = g_string_new(NULL);
    for (char *text; (text = film_take_notice(f)); g_free(text))
        g_string_append_printf(all, "%s%s", all->len ? "; " : "", text);
    return g_string_free(all, FALSE);
}

/* Two seconds of the film go by without a moment for the decoder, looked at every `step_smp`. `wanted` comes to be said; the
 * decoder's thread may run in between all the same, and then it is tried again. */
static char *go_by(struct media *m, int64_t step_smp, const char *wanted)
{
    static float out[FILM_RATE * 2 * FILM_CHANNELS];
    g_autofree char *path = mt_path("seek.yaml");
    char *said = NULL;
    for (int tries = 0; tries < 20 && !(said && strstr(said, wanted)); tries++) {
        g_free(said);
        struct story *s = story_from_text_at(path, SOUGHT);
        struct run r = {.mixer = mixer_new()};
        r.film = film_new(&(struct film_options){.story = s, .media = m, .mixer = r.mixer, .seed = 1});
        film_start(r.film);
        for (int i = 0; i < 6; i++)
            run_picture(&r);
        for (int64_t gone = 0; gone < FILM_RATE * 2; gone += step_smp) {
            mixer_render(r.mixer, out, (int)step_smp);
            mixer_now(r.mixer, &r.now);
            film_tick(r.film, r.now.film_smp, &(struct viewing_clock){0});
        }
        for (int i = 0; i < 4; i++) /* what lacks comes back, and the end of the lack is told */
            run_picture(&r);
        said = notices(r.film);
        film_free(r.film);
        mixer_free(r.mixer);
        story_free(s);
    }
    return said;
}

/* Pictures that are past because nobody looked say nothing of the disk. */
static void test_lack(struct media *m)
{
    g_autofree char *slow = go_by(m, FILM_RATE / 10, "come too late");
    ok(strstr(slow, "come too late") && !strstr(slow, "stood still"), "a decoder that can't follow: %s", slow);
    g_autofree char *stood = go_by(m, FILM_RATE * 2, "stood still");
    ok(strstr(stood, "long.mkv: its picture stood still for 20") && !strstr(stood, "come too late"),
       "a loop that stood for two seconds: %s", stood);
}

/* ---- what a writer sees and does ----------------------------------------------------------------------------------- */

#define INSPECTED                                                                                                      \
    "frumious: 1\nid: test.inspect\ntitle: Inspect\nstart: a\nstate: {n: {type: int, min: 0, max: 3}, lit: bool}\n"    \
    "nodes:\n  a: {clip: {card: A, for: 4s}, decision: {id: d, opens: 0.2s, for: 3s, default: x, options: {x: {text: " \
    "X, "                                                                                                              \
    "do: lit = true, goto: b}, y: {text: Y, when: n > 0, goto: c}}}}\n"                                                \
    "  b: {clip: {card: B, for: 1s}, ending: {id: b, title: B}}\n"                                                     \
    "  c: {clip: {card: C, for: 9s}, next: [{when: lit and n > 1, goto: b}, {goto: a}]}\n"

static void inspect_effect(void *user, const struct play_effect *fx)
{
    inspector_effect(user, fx);
}

static char *inspected(struct inspector *i, struct film *f)
{
    struct view v = {0};
    inspector_view(i, f, INT64_MAX, &v);
    GString *lines = g_string_new(NULL);
    for (int k = 0; k < v.stat_count; k++)
        g_string_append_printf(lines, "%s\n", v.stats[k]);
    return g_string_free(lines, FALSE);
}

static void has_line(struct inspector *i, struct film *f, const char *part)
{
    g_autofree char *lines = inspected(i, f);
    if (!ok(strstr(lines, part) != NULL, "says: %s", part))
        printf("# %s\n", lines);
}

/* Plays until the node's picture is there and, if `asks`, its decision open. */
static void play_to(struct film *f, struct mixer *x, const char *node, bool asks)
{
    static float out[BUFFER * 2];
    struct mixer_now now;
    for (int i = 0; i < PATIENCE_ROUNDS; i++) {
        mixer_now(x, &now);
        film_tick(f, now.film_smp, &(struct viewing_clock){.playing_us = smp_to_us(now.film_smp)});
        if (strcmp(film_node_name(f), node) == 0 && (!asks || film_choice(f)->menu.decision >= 0))
            return;
        const bool waits = film_phase(f) == FILM_PLAYING && !film_is_ready(f, BUFFER);
        if (waits)
            g_usleep(500);
        mixer_render(x, out, waits ? 0 : BUFFER);
    }
    ok(false, "the film comes to %s", node);
}

static void test_inspector(struct media *m)
{
    struct story *s = story_from_text(INSPECTED);
    struct inspector *i = inspector_new(s);
    struct mixer *x = mixer_new();
    const struct film_options o = {
        .story = s, .media = m, .mixer = x, .seed = 1, .watch = inspect_effect, .watch_user = i};
    struct film *f = film_new(&o);
    film_start(f);
    play_to(f, x, "a", true);
    has_line(i, f, "n = 0   lit = false\n");
    has_line(i, f, "x: can be picked; always\n      then to b\n");
    has_line(i, f, "y: hidden; n > 0 [no: n is 0]\n      would lead to c\n");
    ok(film_change(f, 0, 2) && !film_change(f, 0, 4) && !film_change(f, 7, 0),
       "a variable gets a value that it can hold");
    has_line(i, f, "n = 2 (was 0, last)   lit = false\n");
    ok(film_jump(f, story_find_node(s, "c")) && !film_jump(f, 9), "the film jumps while it asks");
    play_to(f, x, "c", false);
    is_int(film_choice(f)->menu.decision, -1, "the question is gone");
    has_line(i, f, "lit [no] and n > 1 [yes]: to b\n");
    has_line(i, f, "-> always: to a\n");
    film_free(f);
    mixer_free(x);
    inspector_free(i);
    story_free(s);
}

int main(void)
{
    struct media *m = media_new();
    g_autofree char *path = mt_path("story.yaml");
    struct story *s = story_from_text_at(path, yaml);
    if (ok(s != NULL, "the story loads")) {
        g_autofree char *back = play(m, s, (struct act){"b", true});
        is_str(back, "abcabce", "back from b, when c was joined: c is seen, then a again");
        g_autofree char *picked = play(m, s, (struct act){"a", false});
        is_str(picked, "abce", "c picked in a, when b was joined: b is seen, then c");
    }
    story_free(s);
    test_begin(m);
    test_deep_device(m);
    test_late_loop(m);
    test_seek(m);
    test_lack(m);
    test_inspector(m);
    media_free(m);
    mt_cleanup();
    return tap_done();
}

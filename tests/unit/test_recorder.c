/*
 * The clocks of a play. While a film runs, the wall clock is set to all sorts of times, and once the caller's clock
 * goes backward. What is recorded must stay in order, without a length that is negative or computed from the wall
 * clock, and the store must refuse nothing.
 */
#include "tests/story_text.h"
#include "tap.h"

#include "player/choice.h"
#include "player/recorder.h"

#include <glib/gstdio.h>

static const char text[] = "frumious: 1\n"
                           "id: org.example.clock\n"
                           "title: Clock\n"
                           "version: \"1\"\n"
                           "start: a\n"
                           "languages: [en]\n"
                           "nodes:\n"
                           "  a:\n"
                           "    clip: {card: A., for: 9s}\n"
                           "    decision:\n"
                           "      id: which\n"
                           "      opens: 1s\n"
                           "      for: 2s\n"
                           "      default: on\n"
                           "      options: {on: {text: On, goto: b}, again: {text: Again, goto: a}}\n"
                           "  b:\n"
                           "    clip: {card: B., for: 2s}\n"
                           "    ending: {id: end, title: The end}\n";

#define WALL    (INT64_C(1767225600) * US_PER_SECOND) /* 2026-01-01 */
#define YEAR    (365 * 24 * 3600 * US_PER_SECOND)
#define FOREVER (60 * US_PER_SECOND)

static int64_t wall(void *data)
{
    return *(int64_t *)data;
}

struct told {
    struct recorder *recorder;
    struct choice *choice;
    const struct story *story;
    const int32_t *state;
    struct viewing_clock clock;
    int64_t pos_us;
};

static void on_effect(void *user, const struct play_effect *fx)
{
    struct told *t = user;
    if (fx->kind == PLAY_DID_OPEN)
        choice_open(t->choice, t->story, t->state, t->pos_us, 0);
    const struct viewing_moment m = {t->clock, t->choice, US_NONE, t->pos_us, 1};
    recorder_effect(t->recorder, fx, &m);
}

/* Plays to the end; from the decision on, the clocks are ahead by the jumps. */
static void play(const struct story *s, struct writer *w, int64_t jump_wall_us, int64_t jump_clock_us)
{
    int64_t now = WALL;
    struct choice choice;
    g_autofree int32_t *state = g_new0(int32_t, (gsize)play_state_slots(s));
    const struct recorder_options o = {.headless = true, .time_factor = 1, .wall_us = wall, .wall_data = &now};
    struct told t = {recorder_new(s, w, &o), &choice, s, state, {0}, 0};
    const struct {
        struct play_input input;
        int64_t at_us, pos_us;
    } steps[] = {
        {{.kind = PLAY_START}, 0, 0},
        {{.kind = PLAY_ADVANCE}, US_PER_SECOND, US_PER_SECOND},
        {{.kind = PLAY_PICK, .option = 0}, 3 * US_PER_SECOND, 2 * US_PER_SECOND},
        {{.kind = PLAY_LEAVE}, 9 * US_PER_SECOND, 9 * US_PER_SECOND},
        {{.kind = PLAY_LEAVE}, 11 * US_PER_SECOND, 2 * US_PER_SECOND},
    };
    choice_clear(&choice);
    play_init(s, state);
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        const int64_t at_us = steps[i].at_us + (i >= 2 ? jump_clock_us : 0);
        now = WALL + steps[i].at_us + (i >= 2 ? jump_wall_us : 0);
        t.clock = (struct viewing_clock){at_us, at_us, 0, 0};
        t.pos_us = steps[i].pos_us;
        if (steps[i].input.kind == PLAY_PICK)
            choice_select(&choice, 0, t.pos_us, VIEWING_KEY);
        const struct viewing_moment now_here = {t.clock, &choice, US_NONE, t.pos_us, 1};
        if (i == 3)
            recorder_stall(t.recorder, VIEWING_FAULT_PICTURES, US_PER_SECOND / 4, &now_here);
        if (!play_step(s, state, &steps[i].input, on_effect, &t)) {
            const struct play_input close = {.kind = PLAY_ADVANCE};
            ok(play_step(s, state, &close, on_effect, &t) && play_step(s, state, &steps[i].input, on_effect, &t),
               "the film goes on");
        }
    }
    const struct viewing_moment m = {t.clock, &choice, US_NONE, t.pos_us, 1};
    recorder_finish(t.recorder, VIEWING_ENDED, &m);
    recorder_free(t.recorder);
}

static char *ask(const char *path, const char *sql)
{
    char *argv[] = {"sqlite3", (char *)path, (char *)sql, NULL}, *out = NULL;
    g_spawn_sync(NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, NULL, NULL, NULL);
    return g_strchomp(out ? out : g_strdup("(no sqlite3)"));
}

static void is_answer(const char *path, const char *sql, const char *want, const char *what)
{
    g_autofree char *got = ask(path, sql);
    is_str(got, want, what);
}

/* The length of a whole file is known only when it is open: then, or when the node is left, its visit is recorded. */
static void test_planned(const char *dir)
{
    static const char yaml[] =
        "frumious: 1\nid: org.example.planned\ntitle: P\nstart: a\nlanguages: [en]\nnodes:\n"
        "  a: {clip: a.mkv, next: b, decision: {id: d, opens: 1s, for: 2s, default: x, options: {x: {text: X}}}}\n"
        "  b: {clip: b.mkv, next: c}\n"
        "  c: {clip: {card: C., for: 2s}, next: e}\n"
        "  e: {clip: e.mkv, ending: {id: end, title: E}}\n";
    struct story *s = story_from_text(yaml);
    struct choice choice;
    if (!ok(s != NULL, "a story of whole files loads"))
        return;
    g_autofree char *path = g_build_filename(dir, "planned.sqlite", NULL);
    const struct writer_options wo = {.path = path};
    struct writer *w = writer_open(&wo, NULL);
    g_autofree int32_t *state = g_new0(int32_t, (gsize)play_state_slots(s));
    const struct recorder_options o = {.headless = true, .time_factor = 1};
    struct told t = {recorder_new(s, w, &o), &choice, s, state, {0}, 0};
    static const struct {
        enum play_input_kind kind;
        int64_t planned_us; /* told behind this step; 0: nothing is */
    } steps[] = {{PLAY_START, 0},       {PLAY_ADVANCE, 7 * US_PER_SECOND}, {PLAY_ADVANCE, 0}, {PLAY_LEAVE, 0},
                 {PLAY_LEAVE, US_NONE}, {PLAY_LEAVE, 5 * US_PER_SECOND}};
    choice_clear(&choice);
    play_init(s, state);
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        const struct play_input in = {.kind = steps[i].kind};
        ok(play_step(s, state, &in, on_effect, &t), "step %zu", i);
        is_int(recorder_waits(t.recorder), i == 0 || steps[i].kind == PLAY_LEAVE || steps[i].planned_us != 0,
               "a visit without a length waits for it");
        if (steps[i].planned_us)
            recorder_planned(t.recorder, steps[i].planned_us);
    }
    recorder_finish(t.recorder, VIEWING_ENDED, &(struct viewing_moment){t.clock, &choice, US_NONE, 0, 1});
    recorder_free(t.recorder);
    t.recorder = recorder_new(s, w, &o);
    play_init(s, state);
    const struct play_input start = {.kind = PLAY_START};
    ok(play_step(s, state, &start, on_effect, &t), "another play begins");
    recorder_stop(t.recorder);
    recorder_planned(t.recorder, US_PER_SECOND);
    recorder_finish(t.recorder, VIEWING_LEFT, &(struct viewing_moment){t.clock, &choice, US_NONE, 0, 1});
    recorder_free(t.recorder);
    is_int((int64_t)writer_close(w, FOREVER), 0, "all of it is written");
    story_free(s);
    is_answer(path,
              "SELECT group_concat(n.name || ' ' || coalesce(v.planned_us, '-')) FROM visit v JOIN node n ON n.id = "
              "v.node JOIN viewing i ON i.id = v.viewing JOIN story s ON s.id = i.story WHERE s.name = "
              "'org.example.planned'",
              "a 7000000,b -,c -,e 5000000", "lengths that came in time, too late, not at all, and behind an ending");
    is_answer(path,
              "SELECT group_concat(seq) FROM (SELECT v.seq FROM v_exposure v WHERE v.decision = 'd' UNION SELECT "
              "r.seq FROM reached r JOIN viewing i ON i.id = r.viewing JOIN story s ON s.id = i.story WHERE s.name = "
              "'org.example.planned')",
              "2,10", "what came after a visit that waited is in its place");
    g_unlink(path);
}

int main(void)
{
    static const struct {
        const char *what;
        int64_t wall_us, clock_us;
    } jumps[] = {
        {"nothing happens", 0, 0},
        {"the wall clock goes a year forward", YEAR, 0},
        {"the wall clock goes back to before 1970", -60 * YEAR, 0},
        {"the machine slept for a night: only the wall clock knows", 8 * 3600 * US_PER_SECOND, 0},
        {"the monotonic clock goes backward by a second", 0, -US_PER_SECOND},
        {"the monotonic clock goes backward by a day", 0, -24 * 3600 * US_PER_SECOND},
    };
    g_autofree char *dir = g_dir_make_tmp("clock-XXXXXX", NULL), *path = g_build_filename(dir, "t.sqlite", NULL);
    struct story *s = story_from_text(text);
    ok(s != NULL, "the story loads");
    const struct writer_options o = {.path = path};
    struct writer *w = writer_open(&o, NULL);
    for (size_t i = 0; s && i < G_N_ELEMENTS(jumps); i++) {
        play(s, w, jumps[i].wall_us, jumps[i].clock_us);
        ok(writer_flush(w, FOREVER), "%s", jumps[i].what);
    }
    is_int((int64_t)writer_close(w, FOREVER), 0, "nothing is lost or refused");
    is_answer(path, "SELECT count(*), (SELECT count(*) FROM gap) FROM viewing", "6|0",
              "every play is there, without gaps");
    is_answer(
        path,
        "WITH e AS (SELECT viewing, seq, at_ms FROM visit UNION ALL SELECT viewing, seq, at_ms FROM leave UNION ALL"
        " SELECT viewing, seq, at_ms FROM exposure UNION ALL SELECT viewing, seq, at_ms FROM outcome UNION ALL"
        " SELECT viewing, seq, at_ms FROM reached UNION ALL SELECT viewing, seq, at_ms FROM stall UNION ALL"
        " SELECT viewing, seq, at_ms FROM finish)"
        " SELECT count(*) FROM e a JOIN e b ON a.viewing = b.viewing AND a.seq < b.seq WHERE a.at_ms > b.at_ms",
        "0", "times never go backward");
    is_answer(
        path,
        "SELECT count(*) FROM leave WHERE playing_us < 0 OR paused_us < 0 OR hidden_us < 0 OR playing_us > 20000000",
        "0", "no length is negative or a year");
    is_answer(path, "SELECT count(*), min(visit), max(visit), min(fault), max(fault), avg(lasted_us) FROM stall",
              "6|1|1|1|1|250000.0", "the film faltered in the first node, and how long");
    is_answer(path, "SELECT DISTINCT latency_us FROM outcome", "1000000", "deciding took what it took, every time");
    is_answer(path, "SELECT DISTINCT at_ms FROM finish WHERE viewing <= 4", "11000",
              "a viewing's length is not made of the wall clock");
    is_answer(path, "SELECT count(DISTINCT ended_ms) FROM finish", "4", "which is as it was told");
    is_answer(path, "SELECT DISTINCT started_ms FROM viewing", "1767225600000", "all began when they began");
    story_free(s);
    test_planned(dir);
    g_unlink(path);
    g_rmdir(dir);
    return tap_done();
}

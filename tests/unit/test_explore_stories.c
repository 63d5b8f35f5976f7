/*
 * explore on stories as writers write them: one for each kind of finding, the project's films, all of tests/stories/valid;
 * limits; states that are packed and come back the same. Run from the root of the project.
 */
#include "tests/story_text.h"
#include "story/limits.h"
#include "tap.h"

#include "explore/pack.h"
#include "explore/explore_report.h"
#include "play/replay.h"
#include "play/transcript_text.h"

#include <glib/gstdio.h>
#include <stdatomic.h>
#include <string.h>

/* ---- one for each kind ------------------------------------------------------------------------------------------ */

#define HEAD "frumious: 1\nid: test.x\ntitle: X\nversion: '1'\nstart: a\n"
#define END  "  end: {clip: {card: E, for: 2s}, ending: {id: end, title: E}}\n"
#define ASK  "clip: {card: A, for: 9s}, decision: {id: d, opens: 1s, for: 5s, default: x, options: "

/* `found`: the names of the kinds of all findings, in order. */
static const struct {
    const char *name, *yaml, *found;
} cases[] = {
    {"sound", "nodes:\n  a: {" ASK "{x: {text: X, goto: end}, y: {text: Y, goto: a}}}}\n" END, ""},
    {"stuck",
     "nodes:\n  a: {" ASK "{x: {text: X, goto: end}, y: Y}}, next: [{when: \"not picked(d, y)\", goto: end}]}\n" END,
     "stuck "},
    {"loop",
     "state: {s: {type: bool}}\nnodes:\n  a: {" ASK "{x: {text: X, goto: end}, y: {text: Y, do: s = true, goto: b}}}}\n"
     "  b: {next: c}\n  c: {next: [{when: s, goto: b}, {goto: end}]}\n" END,
     "silent-loop part-never-wins "},
    {"loop that chance leaves",
     "nodes:\n  a: {clip: {card: A, for: 2s}, next: b}\n  b: {next: [{random: [{goto: b}, {goto: end}]}]}\n" END, ""},
    {"nothing to choose", "state: {s: {type: bool}}\nnodes:\n  a: {" ASK "{x: {text: X, when: s}}}, next: end}\n" END,
     "nothing-to-choose option-never-available "},
    {"assert",
     "state: {s: {type: bool}}\nnodes:\n  a: {" ASK
     "{x: {text: X, goto: end}, y: {text: Y, do: s = true, goto: end}}}}\n" END "check: {assert: not s}\n",
     "assert-violated "},
    {"goal, node, ending",
     "state: {s: {type: bool}}\nnodes:\n  a: {clip: {card: A, for: 2s}, enter: [{do: s = true, when: s}], next: "
     "[{when: s, goto: end}, {goto: "
     "b}]}\n  b: {clip: {card: B, for: 2s}, ending: {id: b, title: B}}\n" END "check: {goal: end}\n",
     "goal-missed node-unreachable ending-unreachable part-never-wins effect-never-runs "},
    {"trap",
     "nodes:\n  a: {" ASK
     "{x: {text: X, goto: end}, y: {text: Y, goto: b}}}}\n  b: {clip: {card: B, for: 2s}, next: c}\n"
     "  c: {clip: {card: C, for: 2s}, next: [{when: seen(a), goto: b}, {goto: end}]}\n" END,
     "no-way-to-an-ending part-never-wins "},
    {"never ends", "nodes:\n  a: {clip: {card: A, for: 2s}, next: [{when: not seen(a), goto: end}, {goto: a}]}\n" END,
     "never-ends node-unreachable ending-unreachable part-never-wins "},
    {"clamped",
     "state: {n: {type: int, min: 0, max: 2}}\nnodes:\n  a: {" ASK
     "{x: {text: X, goto: end}, y: {text: Y, do: n += 1, goto: a}}}}\n"
     "  end: {clip: {card: '{n}', for: 2s}, enter: [{do: n = 0, when: n > 1}], ending: {id: end, title: E}}\n",
     "clamped "},
    {"kept values that only a second play can bring",
     "state: {n: {type: int, min: 0, max: 3, keep: viewer}}\nnodes:\n  a: {clip: {card: A, for: 2s}, next: [{when: n "
     "== 3, goto: "
     "end}, {goto: b}]}\n  b: {clip: {card: B, for: 2s}, enter: n += 1, ending: {id: b, title: B}}\n" END,
     ""},
    {"going back with a variable that a rewind keeps",
     "state: {n: {type: bool, rewind: keep}}\nnodes:\n  a: {clip: {card: A, for: 9s}, decision: {id: d, opens: 1s, "
     "for: 5s, default: x, "
     "checkpoint: true, options: {x: {text: X, do: n = true}, y: {text: Y, when: n}}}, next: end}\n" END,
     ""},
    {"a decision behind one that always cuts",
     "nodes:\n  a: {clip: {card: A, for: 9s}, decisions: [{id: d, opens: 1s, for: 2s, cut: now, default: x, options: "
     "{x: {text: X, goto: end}, y: {text: Y, goto: end}}}, {id: q, opens: 5s, for: 2s, default: x, options: {x: X, y: "
     "Y}}]}\n" END,
     "decision-never-opens "},
    {"draws of nested routes, after effects",
     "state: {s: {type: bool}}\nnodes:\n  a: {" ASK "{x: {text: X, goto: r, after: s = true}}}}\n" END
     "routes:\n  r: [{when: s, goto: a}, {goto: q}]\n  q: [{random: [{goto: p}, {weight: 2, goto: end}]}]\n"
     "  p: [{when: not s, goto: end}, {goto: a}]\n",
     "part-never-wins part-never-wins "},
};

/* Every kind occurs above. */
static void test_all_kinds(void)
{
    for (int k = 0; k < EXPLORE_KINDS; k++) {
        g_autofree char *name = g_strconcat(explore_kind_info((enum explore_kind)k)->name, " ", NULL);
        bool found = false;
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
            found |= strstr(cases[i].found, name) != NULL;
        ok(found, "%shas a story", name);
    }
}

static struct story *load_text(const char *yaml)
{
    g_autofree char *text = g_strconcat(HEAD, yaml, NULL);
    return story_from_text(text);
}

static struct explore *explored(const struct story *s, struct explore_options o)
{
    struct explore *e = explore_new(s, &o);
    explore_run(e);
    return e;
}

static char *found(const struct explore_result *r)
{
    GString *names = g_string_new(NULL);
    for (int32_t i = 0; i < r->n_findings; i++)
        g_string_append_printf(names, "%s ", explore_kind_info(r->findings[i].kind)->name);
    return g_string_free(names, FALSE);
}

static void test_kinds(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct story *s = load_text(cases[i].yaml);
        if (!ok(s != NULL, "%s: loads", cases[i].name))
            continue;
        struct explore *e = explored(s, (struct explore_options){0});
        g_autofree char *names = found(explore_result(e));
        is_str(names, cases[i].found, cases[i].name);
        is_int(explore_result(e)->limit, EXPLORE_LIMIT_NONE, "proved");
        explore_free(e);
        story_free(s);
    }
}

static void test_rounds(void)
{
    const char *keep = "kept values that only a second play can bring";
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        if (strcmp(cases[i].name, keep) != 0)
            continue;
        struct story *s = load_text(cases[i].yaml);
        struct explore *e = explored(s, (struct explore_options){0});
        const struct explore_result *r = explore_result(e);
        is_int((int64_t)r->n_starts, 4, "plays start with 0, 1, 2 and 3");
        is_int(r->endings[1].min_us, 4 * US_PER_SECOND, "the ending of the fourth play: two cards of two seconds");
        is_int(r->by_default.ending, 0, "the first play ends with the other");
        explore_free(e);
        story_free(s);
    }
}

/* ---- limits ----------------------------------------------------------------------------------------------------- */

#define MANY                                                                                                           \
    "state: {n: {type: int, min: 0, max: 1000000}}\nnodes:\n  a: {" ASK                                                \
    "{x: {text: X, do: n += 1, goto: a}, y: {text: Y, do: n += 2, goto: a}, z: {text: Z, goto: end}}}}\n"              \
    "  b: {clip: {card: '{n}', for: 2s}, next: [{when: n > 3, goto: end}, {goto: a}]}\n" END

/* The same with a number that nothing reads. */
#define UNREAD                                                                                                         \
    "state: {n: {type: int, min: 0, max: 1000000, keep: viewer}, m: {type: int, min: -5, max: 9}}\nnodes:\n  a: {" ASK \
    "{x: {text: X, do: [n += 1, m -= n], goto: a}, y: {text: Y, do: n += 2, goto: a}, z: {text: Z, goto: "             \
    "end}}}}\n" END

static void test_unread(void)
{
    struct story *s = load_text(UNREAD);
    struct explore *e = explored(s, (struct explore_options){.exact = true, .max_states = 1000});
    const struct explore_result *r = explore_result(e);
    const struct explore_report report = {.story = s, .result = r};
    g_autoptr(GString) text = g_string_new(NULL);
    explore_report_text(&report, text);
    is_int(r->limit, EXPLORE_LIMIT_NONE, "numbers that nothing reads are no part of a state");
    ok(r->n_states < 10 && r->n_starts == 1, "so there are only %" G_GUINT64_FORMAT " states", r->n_states);
    is_int(r->n_findings, 0, "and nothing is said of their ranges");
    ok(!r->backs_matter, "and going back leads to what was met");
    ok(r->unread[0] && r->unread[1], "each is told, also the one that only the other reads");
    ok(strstr(text->str, "nothing reads n, m:") != NULL, "in words, too");
    ok(r->exact_limit != EXPLORE_LIMIT_NONE, "counted with them, there are more states than counted");
    explore_free(e);
    story_free(s);
}

/* A number that is counted and read before the decision q, to which the story and its viewers go back. %s: of q's node; what the question
 * behind q does. */
#define BEFORE_CHECKPOINT                                                                                              \
    "state: {n: {type: int, min: 0, max: 9}}\nnodes:\n"                                                                \
    "  a: {clip: {card: A, for: 9s}, decision: {id: d, opens: 1s, for: 5s, checkpoint: false, default: y, options: "   \
    "{x: {text: X, when: n < 9, do: n += 1, goto: a}, y: {text: Y, goto: b}}}}\n"                                      \
    "  b: {clip: {card: B, for: 2s}, next: [{when: n > 3, goto: c}, {goto: e}]}\n"                                     \
    "  c: {clip: {card: C, for: 2s}, next: m}\n  e: {clip: {card: E, for: 2s}, next: m}\n"                             \
    "  m: {clip: {card: M, for: 9s}, %sdecision: {id: q, opens: 1s, for: 5s, default: y, options: {x: {text: X, "      \
    "goto: r}, y: {text: Y, goto: end}}}}\n"                                                                           \
    "  r: {clip: {card: R, for: 9s}, decision: {id: z, opens: 1s, for: 5s, checkpoint: false, default: y, options: "   \
    "{x: {text: X, goto: back(q)}, y: {text: Y, %sgoto: end}}}}\n" END

static uint64_t states_of(const char *enter, const char *when, bool no_back)
{
    g_autofree char *yaml = g_strdup_printf(BEFORE_CHECKPOINT, enter, when);
    struct story *s = load_text(yaml);
    struct explore *e = explored(s, (struct explore_options){.no_back = no_back});
    const struct explore_result *r = explore_result(e);
    const uint64_t n = r->n_states;
    ok(r->limit == EXPLORE_LIMIT_NONE && r->backs == !no_back, "followed %s going back", no_back ? "without" : "with");
    explore_free(e);
    story_free(s);
    return n;
}

/* What is read only before a checkpoint is no part of the states behind it, nor of what the checkpoint keeps. */
static void test_read_before_checkpoint(void)
{
    for (int no_back = 0; no_back < 2; no_back++) {
        const uint64_t before = states_of("", "", no_back), cleared = states_of("enter: n = 0, ", "", no_back),
                       behind = states_of("", "when: n > 5, ", no_back);
        is_int((int64_t)before, (int64_t)cleared, "as few states as if it were cleared there");
        ok(behind > before + 8,
           "if it is read behind, too, there are %" G_GUINT64_FORMAT " instead of %" G_GUINT64_FORMAT, behind, before);
    }
}

/* A search that is cut short in front of all endings: simulated viewers still come to them. */
static void test_simulated_beyond(void)
{
    struct story *s = load_text("nodes:\n  a: {" ASK "{x: {text: X, goto: b}, y: {text: Y, goto: b}}}}\n"
                                "  b: {clip: {card: B, for: 9s}, decision: {id: e, opens: 1s, for: 5s, default: x, "
                                "options: {x: {text: X, goto: end}, y: {text: Y, goto: a}}}}\n" END);
    struct explore *e = explored(s, (struct explore_options){.max_states = 1});
    const struct explore_result *r = explore_result(e);
    const struct explore_report report = {.story = s, .result = r};
    g_autoptr(GString) text = g_string_new(NULL);
    explore_report_text(&report, text);
    is_int(r->limit, EXPLORE_LIMIT_STATES, "it stops before any ending");
    ok(r->endings[0].reached && !r->endings[0].finishes, "simulated viewers come to the ending, and nobody timed it");
    ok(strstr(text->str, "reached so far 3 of 3 nodes, 1 of 1 endings, 4 of 4 options") &&
           strstr(text->str, "simulated only"),
       "so it was met, and the report says how");
    explore_free(e);
    story_free(s);
}

static bool stop_at_once(void *user, uint64_t n_states, uint64_t n_open)
{
    (void)n_states, (void)n_open;
    *(int *)user += 1;
    return false;
}

static void test_limits(void)
{
    struct story *s = load_text(MANY);
    int calls = 0;
    const struct explore_options limits[] = {
        {.max_states = 500}, {.max_memory = (size_t)4 << 20}, {.progress = stop_at_once, .user = &calls}};
    const enum explore_limit why[] = {EXPLORE_LIMIT_STATES, EXPLORE_LIMIT_MEMORY, EXPLORE_LIMIT_STOPPED};
    for (size_t i = 0; i < G_N_ELEMENTS(limits); i++) {
        struct explore *e = explored(s, limits[i]);
        const struct explore_result *r = explore_result(e);
        const struct explore_report report = {.story = s, .result = r};
        g_autoptr(GString) text = g_string_new(NULL);
        explore_report_text(&report, text);
        is_int(r->limit, why[i], "the limit is told");
        ok(r->n_open > 0, "so is that there is more");
        is_int(r->n_findings, 0, "what was not met is no finding: node b, and every trap");
        ok(strstr(text->str, "partial") && !strstr(text->str, "proved"), "the report says partial, and not proved");
        explore_free(e);
    }
    is_int(calls, 1, "stopped when asked the first time");
    struct explore *e = explored(s, (struct explore_options){.max_states = 501});
    ok(explore_result(e)->n_states <= 510, "not far beyond the limit");
    explore_free(e);
    story_free(s);
}

/* ---- interrupted ------------------------------------------------------------------------------------------------ */

/* Asked by the search's threads, and no pointer comes with the question. */
static atomic_int questions, patience_for;

static bool is_interrupted(void)
{
    return atomic_fetch_add(&questions, 1) >= atomic_load(&patience_for);
}

static bool has_finding(const struct explore_result *r, const struct explore_finding *f)
{
    for (int32_t i = 0; i < r->n_findings; i++)
        if (r->findings[i].kind == f->kind && r->findings[i].subject == f->subject)
            return true;
    return false;
}

/* How much of what a search that was interrupted says is not what the whole one says. */
static int32_t count_lies(const struct explore_result *r, const struct explore_result *whole, const struct story *s)
{
    int32_t n = 0;
    for (int32_t i = 0; i < r->n_findings; i++)
        n += !has_finding(whole, &r->findings[i]);
    for (int32_t i = 0; i < s->n_endings; i++) {
        n += r->endings[i].reached > whole->endings[i].reached || r->endings[i].finishes > whole->endings[i].finishes;
        n += r->endings[i].finishes && r->endings[i].min_us != whole->endings[i].min_us;
        n += r->odds.known && r->endings[i].likely != whole->endings[i].likely;
    }
    n += r->n_states > whole->n_states || r->n_transitions > whole->n_transitions;
    return n + (r->limit == EXPLORE_LIMIT_NONE && r->n_findings != whole->n_findings);
}

/* Every witness replays; true if all do. */
static bool witnesses_replay(const struct story *s, const struct explore *e)
{
    int32_t *st = g_new0(int32_t, (gsize)play_state_slots(s));
    bool good = true, draws;
    for (int32_t i = 0; i < explore_result(e)->n_findings; i++) {
        g_autoptr(GError) error = NULL;
        struct transcript *t = explore_witness(e, i, &draws);
        if (t && !transcript_replay(s, t, st, NULL, &error)) {
            g_autofree char *text = transcript_print(t);
            printf("# %s\n%s", error->message, text);
            good = false;
        }
        transcript_free(t);
    }
    g_free(st);
    return good;
}

/* What came of a story's interruptions. */
struct interruptions {
    const struct story *s;
    struct explore *whole;
    int32_t lies, asked_again, search, odds, count; /* the last three: how often they were interrupted */
    bool replay;
};

/* Interrupted at question k whether to go on. Returns how often it was asked. */
static int32_t interrupt_at(struct interruptions *in, int32_t k)
{
    atomic_store(&questions, 0);
    atomic_store(&patience_for, k);
    struct explore *e =
        explored(in->s, (struct explore_options){.threads = 2, .exact = true, .interrupted = is_interrupted});
    const struct explore_result *r = explore_result(e);
    const int32_t asked = atomic_load(&questions);
    in->search += r->limit == EXPLORE_LIMIT_STOPPED;
    in->odds += r->limit == EXPLORE_LIMIT_NONE && r->odds.limit == EXPLORE_LIMIT_STOPPED && !r->odds.known;
    in->count += r->odds.known && r->exact_limit == EXPLORE_LIMIT_STOPPED;
    in->lies += count_lies(r, explore_result(in->whole), in->s);
    in->asked_again += asked > k + 2; /* two threads may have asked at once */
    in->replay &= witnesses_replay(in->s, e);
    explore_free(e);
    return asked;
}

/* At the first question, the second, and so on, and at each of the last ones: what is told is true. */
static struct interruptions test_interrupted(const struct story *s, const char *name)
{
    struct interruptions in = {.s = s, .replay = true};
    int32_t k = 0;
    in.whole = explored(s, (struct explore_options){.threads = 2, .exact = true});
    while (interrupt_at(&in, k) > k)
        k = k < 20 ? k + 1 : k + k / 6;
    const int32_t all = interrupt_at(&in, 1 << 30);
    for (k = MAX(0, all - 12); k < all; k++)
        interrupt_at(&in, k);
    ok(in.search > 3, "%s: interrupted in the search %d times, in its odds %d, in its count %d", name, in.search,
       in.odds, in.count);
    is_int(in.lies, 0, "what is told then is true");
    is_int(in.asked_again, 0, "and nothing goes on");
    ok(in.replay, "the witnesses replay");
    explore_free(in.whole);
    return in;
}

/* Silent nodes that each draw where to go on: a single expansion of thousands of transitions. */
static struct story *many_draws(int n)
{
    GString *text = g_string_new(HEAD "nodes:\n  a: {next: n0}\n");
    for (int i = 0; i < n; i++)
        g_string_append_printf(text, "  n%d: {next: [{random: [{goto: n%d}, {goto: m%d}]}]}\n  m%d: {next: n%d}\n", i,
                               i + 1, i, i, i + 1);
    g_string_append_printf(text, "  n%d: {next: end}\n" END, n);
    struct story *s = story_from_text(text->str);
    g_string_free(text, TRUE);
    return s;
}

static void test_interruptions(void)
{
    struct story *film = story_from_file("stories/at-the-third-stroke/story.yaml"), *draws = many_draws(60);
    if (ok(film && draws, "the stories load")) {
        const struct interruptions a = test_interrupted(film, "the film"), b = test_interrupted(draws, "many draws");
        ok(a.odds + b.odds > 0 && a.count + b.count > 0, "every phase was interrupted");
    }
    story_free(draws);
    story_free(film);
}

/* ---- real stories ----------------------------------------------------------------------------------------------- */

/* Every state of random plays is the same after packing and unpacking. */
static bool packs(const struct story *s)
{
    struct pack *p = pack_new(s);
    const size_t slots = (size_t)play_state_slots(s), words = (size_t)pack_words(p);
    int32_t *st = g_new0(int32_t, slots), *back = g_new0(int32_t, slots);
    uint64_t *packed = g_new0(uint64_t, words), *again = g_new0(uint64_t, words);
    GRand *rand = g_rand_new_with_seed(42);
    bool same = true;
    for (int play = 0; play < 20; play++) {
        play_init(s, st);
        const int32_t arms[STORY_EXPERIMENTS_MAX] = {play % 2, play % 3}; /* a generator that moved is not packed */
        const struct play_input start = {.kind = PLAY_START, .draws = arms, .n_draws = STORY_EXPERIMENTS_MAX};
        play_step(s, st, &start, NULL, NULL);
        for (int i = 0; i < 300 && st[PLAY_PHASE] == PLAY_RUNNING; i++) {
            struct play_input in = {.kind = PLAY_PICK, .option = g_rand_int_range(rand, 0, 5)};
            const int32_t draws[8] = {g_rand_int_range(rand, 0, 3), g_rand_int_range(rand, 0, 3)};
            in.draws = draws;
            in.n_draws = 8;
            if (g_rand_boolean(rand) || !play_step(s, st, &in, NULL, NULL)) {
                in.kind = schedule_next(s, st, 0, -1).input.kind;
                play_step(s, st, &in, NULL, NULL);
            }
            pack_put(p, st, packed);
            pack_get(p, packed, back);
            pack_put(p, back, again);
            same &= memcmp(st, back, slots * sizeof *st) == 0 && memcmp(packed, again, words * sizeof *packed) == 0;
        }
    }
    g_rand_free(rand);
    g_free(again);
    g_free(packed);
    g_free(back);
    g_free(st);
    pack_free(p);
    return same;
}

static void test_story(const char *path)
{
    struct story *s = story_from_file(path);
    if (!s)
        return; /* the file is a part of another story */
    struct explore *e = explored(s, (struct explore_options){.max_states = 200000});
    is_int(explore_result(e)->limit, EXPLORE_LIMIT_NONE, path);
    ok(packs(s), "its states are the same after packing");
    ok(witnesses_replay(s, e), "its witnesses replay");
    explore_free(e);
    story_free(s);
}

static void test_folder(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;
    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_autofree char *inside = g_build_filename(path, "story.yaml", NULL);
        if (g_str_has_suffix(name, ".yaml"))
            test_story(path);
        else if (g_file_test(inside, G_FILE_TEST_EXISTS))
            test_story(inside);
    }
}

/* The films of this project have no mistakes, and every ending can be reached. */
static void test_film(const char *path)
{
    struct story *s = story_from_file(path);
    struct explore *e = explored(s, (struct explore_options){0});
    const struct explore_result *r = explore_result(e);
    is_int(r->limit, EXPLORE_LIMIT_NONE, path);
    is_int(r->n_mistakes, 0, "no mistakes");
    is_int(r->by_default.phase, PLAY_OVER, "it ends when nobody touches anything");
    for (int32_t i = 0; i < s->n_endings; i++)
        ok(r->endings[i].finishes && r->endings[i].min_us > 0, "ending %s: %" G_GINT64_FORMAT " s at least",
           s->endings[i].name, r->endings[i].min_us / US_PER_SECOND);
    explore_free(e);
    story_free(s);
}

int main(void)
{
    test_kinds();
    test_all_kinds();
    test_rounds();
    test_unread();
    test_read_before_checkpoint();
    test_simulated_beyond();
    test_limits();
    test_interruptions();
    test_folder("tests/stories/valid");
    test_film("stories/at-the-third-stroke/story.yaml");
    test_film("stories/lighthouse/story.yaml");
    return tap_done();
}

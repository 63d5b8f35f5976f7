/*
 * The cover of viewings: each of its transcripts replays, from its text, to the end that was said, and together they show exactly
 * what the cover says. Where time and chance do not matter, that is what explore finds.
 * Arguments: the first seed of small stories that are compared with all of their plays, and how many.
 */
#include "base/units.h"
#include "explore/explore.h"
#include "explore/viewing_cover.h"
#include "play/replay.h"
#include "play/transcript_text.h"
#include "tests/story_text.h"
#include "tap.h"

#include <stdlib.h>

struct seen {
    const struct story *s;
    bool *nodes, *options;
};

static void on_effect(void *user, const struct play_effect *fx)
{
    const struct seen *seen = user;
    if (fx->kind == PLAY_DID_ENTER)
        seen->nodes[fx->enter.node] = true;
    if (fx->kind == PLAY_DID_DECIDE && fx->decide.outcome == PLAY_PICKED)
        seen->options[seen->s->decisions[fx->decide.decision].options.first + fx->decide.option] = true;
}

static void replay(const struct story *s, const struct viewing_cover_item *v, struct seen *seen)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = transcript_print(v->transcript);
    struct transcript *t = transcript_parse(text, -1, &error);
    int32_t *state = g_new0(int32_t, play_state_slots(s));
    const struct replay_watch watch = {.sink = on_effect, .user = seen};
    const bool good = t && transcript_replay(s, t, state, &watch, &error);
    if (!good || (state[PLAY_PHASE] == PLAY_OVER) != v->over || state[PLAY_ENDING] != v->ending) {
        ok(false, "a viewing replays to its end");
        printf("# %s\n", error ? error->message : "another end");
    }
    g_free(state);
    transcript_free(t);
}

static void check(const char *path, bool exact)
{
    struct story *s = story_from_file(path);
    if (!ok(s != NULL, "%s loads", path))
        return;
    const struct explore_options options = {.no_back = true, .first_plays = true, .no_odds = true, .max_states = 3000};
    struct viewing_cover *p = viewing_cover_new(s, &options);
    struct seen seen = {s, g_new0(bool, s->n_nodes + 1), g_new0(bool, s->n_options + 1)};
    struct explore *e = explore_new(s, &options);
    int32_t nodes = 0, picked = 0;
    for (guint i = 0; i < p->viewings->len; i++)
        replay(s, &g_array_index(p->viewings, struct viewing_cover_item, i), &seen);
    ok(memcmp(seen.nodes, p->nodes, (size_t)s->n_nodes) == 0, "the viewings show these nodes");
    ok(memcmp(seen.options, p->options, (size_t)s->n_options) == 0, "and pick these options");
    ok(p->at_least <= (int32_t)p->viewings->len, "%u viewings, at least %d", p->viewings->len, p->at_least);
    explore_run(e);
    const struct explore_result *r = explore_result(e);
    for (int32_t i = 0; i < s->n_nodes; i++)
        nodes += r->coverage->nodes[i];
    for (int32_t i = 0; i < s->n_options; i++)
        picked += r->coverage->picked[i];
    const bool all = p->n_nodes == s->n_nodes && p->n_options == s->n_options;
    ok(p->limit == r->limit || (p->limit == EXPLORE_LIMIT_NONE && all),
       "as much was looked at as by explore, or all is shown");
    if (exact || r->limit == EXPLORE_LIMIT_NONE) {
        is_int(p->n_nodes, nodes, "nodes, as explore says");
        is_int(p->n_options, picked, "options, as explore says");
    }
    explore_free(e);
    g_free(seen.nodes);
    g_free(seen.options);
    viewing_cover_free(p);
    story_free(s);
}

static void check_folder(const char *folder)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    const char *name;
    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        if (g_str_has_suffix(name, ".yaml"))
            check(path, false);
    }
    if (dir)
        g_dir_close(dir);
}

static bool stop(void)
{
    return true;
}

static void test_stop(void)
{
    struct story *s = story_from_file("stories/lighthouse/story.yaml");
    const struct explore_options options = {.interrupted = stop};
    struct viewing_cover *p = s ? viewing_cover_new(s, &options) : NULL;
    ok(p && p->limit == EXPLORE_LIMIT_STOPPED && p->viewings->len > 0, "stopped, it is partial");
    viewing_cover_free(p);
    story_free(s);
}

/* A row of questions, each of which sets a flag that is read at the end: one of the two endings comes only where every question was
 * answered by its second option, or (`mixed`) by its first and its second option in turn. */
static struct story *row_of_questions(int n, bool mixed)
{
    GString *yaml = g_string_new("frumious: 1\nid: test.x\ntitle: X\nversion: '1'\nstart: n0\nstate: {");
    for (int i = 0; i < n; i++)
        g_string_append_printf(yaml, "%sv%d: bool", i ? ", " : "", i);
    g_string_append(yaml, "}\nnodes:\n");
    for (int i = 0; i < n; i++)
        g_string_append_printf(yaml,
                               "  n%d: {clip: {card: A, for: 9s}, decision: {id: d%d, opens: 1s, for: 5s, default: x, "
                               "options: {x: X, y: {text: Y, do: v%d = true}}}, next: n%d}\n",
                               i, i, i, i + 1);
    g_string_append_printf(yaml, "  n%d: {clip: {card: B, for: 2s}, next: [{when: v0", n);
    for (int i = 1; i < n; i++)
        g_string_append_printf(yaml, " and %sv%d", mixed && i % 2 ? "not " : "", i);
    g_string_append(yaml, ", goto: e}, {goto: f}]}\n"
                          "  e: {clip: {card: E, for: 2s}, ending: {id: e, title: E}}\n"
                          "  f: {clip: {card: F, for: 2s}, ending: {id: f, title: F}}\n");
    struct story *s = story_from_text(yaml->str);
    g_string_free(yaml, TRUE);
    return s;
}

/* A search that stops in the middle: each viewing still comes to its end. */
static void test_frontier(void)
{
    struct story *s = row_of_questions(10, true);
    const struct explore_options options = {.max_states = 40};
    struct viewing_cover *p = s ? viewing_cover_new(s, &options) : NULL;
    ok(p && p->limit == EXPLORE_LIMIT_STATES && p->n_open > 0, "more than it may look at");
    for (guint i = 0; p && i < p->viewings->len; i++)
        ok(g_array_index(p->viewings, struct viewing_cover_item, i).over, "viewing %u comes to its end", i + 1);
    ok(p && p->n_nodes >= 12, "and shows what is there: %d nodes", p ? p->n_nodes : 0);
    viewing_cover_free(p);
    story_free(s);
}

/* Menus of 64 options each, all of which are remembered: no memory holds their states, and nobody needs them to show everything. */
static void test_menus(void)
{
    GString *yaml = g_string_new("frumious: 1\nid: test.x\ntitle: X\nversion: '1'\nstart: n0\nstate: {");
    for (int i = 0; i < 10; i++)
        g_string_append_printf(yaml, "%sv%d: {type: int, min: 0, max: 63}", i ? ", " : "", i);
    g_string_append(yaml, "}\nnodes:\n");
    for (int i = 0; i < 10; i++) {
        g_string_append_printf(yaml,
                               "  n%d: {clip: {card: A, for: 9s}, next: n%d, decision: {id: d%d, opens: 1s, for: 5s, "
                               "default: o0, options: {",
                               i, i + 1, i);
        for (int k = 0; k < 64; k++)
            g_string_append_printf(yaml, "%so%d: {text: O, do: v%d = %d}", k ? ", " : "", k, i, k);
        g_string_append(yaml, "}}}\n");
    }
    g_string_append(yaml, "  n10: {clip: {card: '{v0}{v1}{v2}{v3}{v4}{v5}{v6}{v7}{v8}{v9}', for: 2s}, next: [{when: "
                          "v0 + v1 + v2 + v3 + v4 + v5 + v6 + v7 + v8 + v9 > 300, goto: e}, {goto: f}]}\n"
                          "  e: {clip: {card: E, for: 2s}, ending: {id: e, title: E}}\n"
                          "  f: {clip: {card: F, for: 2s}, ending: {id: f, title: F}}\n");
    struct story *s = story_from_text(yaml->str);
    const struct explore_options options = {.max_states = 2000};
    struct viewing_cover *p = s ? viewing_cover_new(s, &options) : NULL;
    if (ok(p && p->limit == EXPLORE_LIMIT_NONE, "ten menus of 64 options are covered without all of their states")) {
        is_int(p->n_nodes, s->n_nodes, "all nodes are shown");
        is_int(p->n_options, s->n_options, "and all options");
        is_int(p->viewings->len, 64, "by 64 viewings");
        is_int(p->at_least, 64, "and fewer would not do");
        struct seen seen = {s, g_new0(bool, s->n_nodes + 1), g_new0(bool, s->n_options + 1)};
        for (guint i = 0; i < p->viewings->len; i++)
            replay(s, &g_array_index(p->viewings, struct viewing_cover_item, i), &seen);
        ok(memcmp(seen.options, p->options, (size_t)s->n_options) == 0, "which pick these options");
        g_free(seen.nodes);
        g_free(seen.options);
    }
    viewing_cover_free(p);
    story_free(s);
    g_string_free(yaml, TRUE);
}

/* So many states that nobody would look at each by playing: 2^17 ways, of which only one leads to an ending. */
static void test_long_row(void)
{
    struct story *s = row_of_questions(17, false);
    const struct explore_options options = {.threads = 1};
    struct viewing_cover *p = s ? viewing_cover_new(s, &options) : NULL;
    if (ok(p && p->limit == EXPLORE_LIMIT_NONE, "17 questions are explored to their end")) {
        is_int(p->n_nodes, s->n_nodes, "all nodes are shown");
        is_int(p->n_options, s->n_options, "and all options");
        is_int(p->viewings->len, 2, "by two viewings");
        is_int(p->at_least, 2, "and one would not do");
    }
    viewing_cover_free(p);
    story_free(s);
}

/* Stories whose least cover is known: what of it needs a viewing of its own. */
static void test_least(void)
{
    static const struct {
        const char *name, *nodes;
        int32_t viewings, at_least;
    } cases[] = {
        {"a film without decisions", "  a: {clip: {card: A, for: 2s}, next: z}\n", 1, 1},
        {"two ways that meet, twice: one viewing after another takes the other ones",
         "  a: {clip: {card: A, for: 9s}, decision: {id: d, opens: 1s, for: 5s, default: x, options: {x: {text: X, "
         "goto: b}, "
         "y: {text: Y, goto: c}}}}\n"
         "  b: {clip: {card: B, for: 2s}, next: m}\n  c: {clip: {card: C, for: 2s}, next: m}\n"
         "  m: {clip: {card: M, for: 9s}, decision: {id: e, opens: 1s, for: 5s, default: x, options: {x: X, y: Y}}, "
         "next: z}\n",
         2, 2},
        {"a circle shows all of its options in one viewing",
         "  a: {clip: {card: A, for: 9s}, decision: {id: d, opens: 1s, for: 5s, default: z, options: {x: {text: X, "
         "goto: b}, "
         "y: {text: Y, goto: c}, w: {text: W, goto: c}, z: {text: Z, goto: z}}}}\n"
         "  b: {clip: {card: B, for: 2s}, next: a}\n  c: {clip: {card: C, for: 2s}, next: a}\n",
         1, 1},
        {"back() is a circle, too",
         "  a: {clip: {card: A, for: 9s}, decision: {id: d, opens: 1s, for: 5s, default: z, options: {x: {text: X, "
         "goto: b}, "
         "y: {text: Y, goto: c}, z: {text: Z, goto: z}}}}\n"
         "  b: {clip: {card: B, for: 2s}, next: back(d)}\n  c: {clip: {card: C, for: 2s}, next: back(d)}\n",
         1, 1},
        {"every draw is shown",
         "  a: {clip: {card: A, for: 2s}, next: [{random: [{weight: 1, goto: b}, {weight: 9999, goto: c}]}]}\n"
         "  b: {clip: {card: B, for: 2s}, next: z}\n  c: {clip: {card: C, for: 2s}, next: z}\n",
         2, 2},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *yaml = g_strdup_printf("frumious: 1\nid: test.x\ntitle: X\nversion: '1'\nstart: a\nnodes:\n%s"
                                                "  z: {clip: {card: Z, for: 2s}, ending: {id: z, title: Z}}\n",
                                                cases[i].nodes);
        struct story *s = story_from_text(yaml);
        const struct explore_options options = {0};
        struct viewing_cover *p = s ? viewing_cover_new(s, &options) : NULL;
        ok(p && (int32_t)p->viewings->len == cases[i].viewings && p->at_least == cases[i].at_least,
           "%s: %u viewings, at least %d", cases[i].name, p ? p->viewings->len : 0, p ? p->at_least : 0);
        ok(p && p->n_nodes == s->n_nodes && p->n_options == s->n_options, "and all is shown");
        viewing_cover_free(p);
        story_free(s);
    }
}

/* Each round is another state, because it is counted: two of the ten show everything. */
static void test_rounds(void)
{
    struct story *s = story_from_text(
        "frumious: 1\nid: test.x\ntitle: X\nversion: '1'\nstart: a\nstate: {n: {type: int, min: 0, max: 9}}\nnodes:\n"
        "  a: {clip: {card: A, for: 9s}, decision: {id: d, opens: 1s, for: 5s, default: z, options: {x: {text: X, "
        "when: n < 9, "
        "goto: b}, y: {text: Y, when: n < 9, goto: c}, z: {text: Z, goto: z}}}}\n"
        "  b: {clip: {card: B, for: 2s}, enter: n += 1, next: a}\n  c: {clip: {card: C, for: 2s}, enter: n += 1, next: "
        "a}\n"
        "  z: {clip: {card: Z, for: 2s}, ending: {id: z, title: Z}}\n");
    const struct explore_options options = {0};
    struct viewing_cover *p = s ? viewing_cover_new(s, &options) : NULL;
    is_int(p ? p->viewings->len : 0, 1, "one viewing shows everything");
    is_int(p ? g_array_index(p->viewings, struct viewing_cover_item, 0).us / US_PER_SECOND : 0, 9 + 2 + 9 + 2 + 9 + 2,
           "and goes no round in which nothing is new");
    viewing_cover_free(p);
    story_free(s);
}

/* ---- an oracle: all plays of a small story, and the fewest of them that show everything --------------------------------- */

#define ORACLE_NODES   6
#define ORACLE_TARGETS (ORACLE_NODES + 1 + 2 * ORACLE_NODES) /* the ending as well; two options for each node */
#define ORACLE_BACKS   3                                     /* one story in so many has no back() */

/* Ways lead forward, and each node asks with two options; the first sets a flag, and routes of later nodes read it. Some of these lead
 * back() to an earlier decision. Each node is counted, which nobody reads, and every other one is an ending that goes on. */
struct oracle_story {
    int32_t to[ORACLE_NODES][2],
        other[ORACLE_NODES];    /* where options lead; where the second does if the flag below is set */
    int32_t flag[ORACLE_NODES]; /* of an earlier node */
    int32_t back[ORACLE_NODES]; /* instead of `other`, if the film came by this node; or -1 */
    GHashTable *seen;           /* of play_all(): what was followed */
    GArray *plays;              /* uint32: the targets of each play that ends */
};

static void make_oracle_story(struct oracle_story *o, bool backs, GRand *random)
{
    *o = (struct oracle_story){0};
    for (int32_t i = 0; i < ORACLE_NODES; i++) {
        for (int32_t k = 0; k < 2; k++)
            o->to[i][k] = g_rand_int_range(random, i + 1, MIN(i + 4, ORACLE_NODES + 1));
        o->other[i] = g_rand_int_range(random, i + 1, ORACLE_NODES + 1);
        o->flag[i] = g_rand_int_range(random, 0, i + 1);
        o->back[i] = backs && g_rand_boolean(random) ? g_rand_int_range(random, 0, i + 1) : -1;
    }
}

/* `path`: two bits for each node that the film came by since it last went back: its first option (1) or its second one (2) was taken. They
 * are all that is remembered. */
static void play_all(struct oracle_story *o, int32_t node, uint32_t path,
                     uint32_t targets) /* NOLINT(misc-no-recursion) */
{
    targets |= UINT32_C(1) << node;
    if (!g_hash_table_add(o->seen, GSIZE_TO_POINTER((gsize)targets << 16 | (gsize)path << 3 | (gsize)node)))
        return;
    if (node == ORACLE_NODES) {
        g_array_append_val(o->plays, targets);
        return;
    }
    const uint32_t option = UINT32_C(1) << (ORACLE_NODES + 1 + 2 * node), here = UINT32_C(1) << 2 * node;
    const int32_t back = o->back[node];
    const bool set = path >> 2 * o->flag[node] & 1, was_there = back >= 0 && (back == node || path >> 2 * back & 3);
    play_all(o, o->to[node][0], path | here, targets | option);
    if (set && was_there) /* everything is as it was when that decision opened */
        play_all(o, back, path & ((UINT32_C(1) << 2 * back) - 1), targets | option << 1);
    else
        play_all(o, set && back < 0 ? o->other[node] : o->to[node][1], path | here << 1, targets | option << 1);
}

/* Drops plays that show nothing but what another one shows. */
static void drop_lesser_plays(GArray *plays)
{
    for (guint i = 0; i < plays->len; i++)
        for (guint k = plays->len; k-- > 0;)
            if (k != i && !(g_array_index(plays, uint32_t, k) & ~g_array_index(plays, uint32_t, i))) {
                g_array_remove_index(plays, k);
                i -= k < i;
            }
}

/* The fewest plays that show what all of them show. */
static int32_t fewest_plays(const struct oracle_story *o, uint32_t left) /* NOLINT(misc-no-recursion) */
{
    int32_t best = left == 0 ? 0 : INT32_MAX;
    for (guint i = 0; i < o->plays->len && left != 0; i++) {
        const uint32_t shown = g_array_index(o->plays, uint32_t, i);
        if (shown & (left & -left)) /* the first that is missing must be shown by some play */
            best = MIN(best, 1 + fewest_plays(o, left & ~shown));
    }
    return best;
}

static struct story *oracle_story_loaded(const struct oracle_story *o)
{
    GString *yaml = g_string_new("frumious: 1\nid: test.x\ntitle: X\nversion: '1'\nstart: n0\nstate: {");
    for (int32_t i = 0; i < ORACLE_NODES; i++)
        g_string_append_printf(yaml, "%sv%d: bool", i ? ", " : "", i);
    g_string_append(yaml, ", plays: {type: int, min: 0, max: 9, keep: viewer}}\nnodes:\n");
    for (int32_t i = 0; i < ORACLE_NODES; i++) {
        g_autofree char *ending = g_strdup_printf("ending: {id: g%d, title: G}, ", i);
        g_string_append_printf(yaml,
                               "  n%d: {%senter: plays += 1, clip: {card: A, for: 9s}, decision: {id: d%d, opens: 1s, "
                               "for: 5s, default: x, "
                               "options: {x: {text: X, do: v%d = true, goto: n%d}, y: {text: Y, goto: r%d}}}}\n",
                               i, i % 2 ? ending : "", i, i, o->to[i][0], i);
    }
    g_string_append_printf(yaml, "  n%d: {clip: {card: E, for: 2s}, ending: {id: e, title: E}}\nroutes:\n",
                           ORACLE_NODES);
    for (int32_t i = 0; i < ORACLE_NODES; i++) {
        g_autofree char *to =
            o->back[i] >= 0 ? g_strdup_printf("back(d%d)", o->back[i]) : g_strdup_printf("n%d", o->other[i]);
        g_string_append_printf(yaml, "  r%d: [{when: v%d, goto: %s}, {goto: n%d}]\n", i, o->flag[i], to, o->to[i][1]);
    }
    struct story *s = story_from_text(yaml->str);
    g_string_free(yaml, TRUE);
    return s;
}

static void test_oracle(uint32_t seed, int32_t rounds)
{
    GRand *random = g_rand_new_with_seed(seed);
    int32_t good = 0, fewest = 0, known = 0, backs = 0;
    for (int32_t i = 0; i < rounds; i++) {
        struct oracle_story o;
        uint32_t all = 0;
        make_oracle_story(&o, i % ORACLE_BACKS > 0, random);
        o.seen = g_hash_table_new(NULL, NULL);
        o.plays = g_array_new(FALSE, FALSE, sizeof(uint32_t));
        play_all(&o, 0, 0, 0);
        drop_lesser_plays(o.plays);
        for (guint k = 0; k < o.plays->len; k++)
            all |= g_array_index(o.plays, uint32_t, k);
        for (int32_t k = 0; k < ORACLE_NODES; k++)
            backs += o.back[k] >= 0 && all >> (ORACLE_NODES + 2 + 2 * k) & 1;
        const int32_t least = fewest_plays(&o, all);
        struct story *s = oracle_story_loaded(&o);
        const struct explore_options options = {.threads = 1};
        struct viewing_cover *p = s ? viewing_cover_new(s, &options) : NULL;
        const int32_t n = p ? (int32_t)p->viewings->len : 0;
        const bool fits =
            p && p->n_nodes + p->n_options == __builtin_popcount(all) && p->at_least <= least && least <= n;
        if (!fits)
            printf("# story %d: %d viewings, at least %d; the fewest are %d\n", i, n, p ? p->at_least : 0, least);
        good += fits;
        fewest += n == least;
        known += p && p->at_least == n;
        viewing_cover_free(p);
        story_free(s);
        g_hash_table_unref(o.seen);
        g_array_unref(o.plays);
    }
    ok(good == rounds, "seed %u: all is shown by %d of %d covers, and the bound is one", seed, good, rounds);
    ok(backs > rounds / 2, "%d options that may lead back() are taken", backs);
    printf("# %d of %d covers are the smallest, %d are known to be\n", fewest, rounds, known);
    g_rand_free(random);
}

int main(int argc, char **argv)
{
    test_frontier();
    test_menus();
    test_long_row();
    test_least();
    test_rounds();
    test_oracle(argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 7, argc > 2 ? atoi(argv[2]) : 90);
    check("stories/at-the-third-stroke/story.yaml", true);
    check("stories/lighthouse/story.yaml", true);
    check_folder("tests/stories/valid");
    test_stop();
    return tap_done();
}

/*
 * The cover of viewings: each of its transcripts replays, from its text, to the end that was said, and together they show exactly
 * what the cover says. Where time and chance do not matter, that is what explore finds.
 */
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
    ok(p->limit == r->limit, "as much was looked at as by explore");
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

/* A row of questions, each of which sets a flag that is read at the end. */
static struct story *row_of_questions(int n)
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
        g_string_append_printf(yaml, " and v%d", i);
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
    struct story *s = row_of_questions(10);
    const struct explore_options options = {.max_states = 40};
    struct viewing_cover *p = s ? viewing_cover_new(s, &options) : NULL;
    ok(p && p->limit == EXPLORE_LIMIT_STATES && p->n_open > 0, "more than it may look at");
    for (guint i = 0; p && i < p->viewings->len; i++)
        ok(g_array_index(p->viewings, struct viewing_cover_item, i).over, "viewing %u comes to its end", i + 1);
    ok(p && p->n_nodes >= 12, "and shows what is there: %d nodes", p ? p->n_nodes : 0);
    viewing_cover_free(p);
    story_free(s);
}

/* So many states that nobody would look at each by playing: 2^17 ways, of which only one leads to an ending. */
static void test_long_row(void)
{
    struct story *s = row_of_questions(17);
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

int main(void)
{
    test_frontier();
    test_long_row();
    test_least();
    check("stories/at-the-third-stroke/story.yaml", true);
    check("stories/lighthouse/story.yaml", true);
    check_folder("tests/stories/valid");
    test_stop();
    return tap_done();
}

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
    struct transcript *made = viewing_cover_transcript(s, v);
    g_autofree char *text = transcript_print(made);
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
    transcript_free(made);
}

static void check(const char *path, bool exact)
{
    struct story *s = story_from_file(path);
    if (!ok(s != NULL, "%s loads", path))
        return;
    struct viewing_cover *p = viewing_cover_new(s, exact ? 0 : 3000, NULL, NULL);
    struct seen seen = {s, g_new0(bool, s->n_nodes + 1), g_new0(bool, s->n_options + 1)};
    const struct explore_options options = {.no_back = true, .max_states = 100000};
    struct explore *e = explore_new(s, &options);
    int32_t nodes = 0, picked = 0;
    for (guint i = 0; i < p->viewings->len; i++)
        replay(s, &g_array_index(p->viewings, struct viewing_cover_item, i), &seen);
    ok(memcmp(seen.nodes, p->nodes, (size_t)s->n_nodes) == 0, "the viewings show these nodes");
    ok(memcmp(seen.options, p->options, (size_t)s->n_options) == 0, "and pick these options");
    ok(p->lower_bound <= (int32_t)p->viewings->len, "%u viewings, at least %d", p->viewings->len, p->lower_bound);
    explore_run(e);
    const struct explore_result *r = explore_result(e);
    for (int32_t i = 0; i < s->n_nodes; i++)
        nodes += r->coverage->nodes[i];
    for (int32_t i = 0; i < s->n_options; i++)
        picked += r->coverage->picked[i];
    if (exact) {
        ok(!p->partial, "all was looked at");
        is_int(p->n_nodes, nodes, "nodes, as explore says");
        is_int(p->n_options, picked, "options, as explore says");
    } else if (r->limit == EXPLORE_LIMIT_NONE)
        ok(p->n_nodes <= nodes && p->n_options <= picked, "no more than explore says");
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

static bool stop(void *user, uint64_t states)
{
    (void)user, (void)states;
    return false;
}

static void test_stop(void)
{
    struct story *s = story_from_file("stories/lighthouse/story.yaml");
    struct viewing_cover *p = s ? viewing_cover_new(s, 0, stop, NULL) : NULL;
    ok(p && p->partial, "stopped, it is partial");
    viewing_cover_free(p);
    story_free(s);
}

/* Ten flags that are read at the end, and a search that stops in the middle: each viewing still comes to its end. */
static void test_frontier(void)
{
    GString *yaml = g_string_new("frumious: 1\nid: test.x\ntitle: X\nversion: '1'\nstart: n0\nstate: {");
    for (int i = 0; i < 10; i++)
        g_string_append_printf(yaml, "%sv%d: bool", i ? ", " : "", i);
    g_string_append(yaml, "}\nnodes:\n");
    for (int i = 0; i < 10; i++)
        g_string_append_printf(yaml,
                               "  n%d: {clip: {card: A, for: 9s}, decision: {id: d%d, opens: 1s, for: 5s, default: x, "
                               "options: {x: X, y: {text: Y, do: v%d = true}}}, next: n%d}\n",
                               i, i, i, i + 1);
    g_string_append(yaml,
                    "  n10: {clip: {card: B, for: 2s}, next: [{when: v0 and v1 and v2 and v3 and v4 and v5 and v6 "
                    "and v7 and v8 and v9, goto: e}, {goto: f}]}\n"
                    "  e: {clip: {card: E, for: 2s}, ending: {id: e, title: E}}\n"
                    "  f: {clip: {card: F, for: 2s}, ending: {id: f, title: F}}\n");
    struct story *s = story_from_text(yaml->str);
    struct viewing_cover *p = s ? viewing_cover_new(s, 40, NULL, NULL) : NULL;
    ok(p && p->partial, "more than it may look at");
    for (guint i = 0; p && i < p->viewings->len; i++)
        ok(g_array_index(p->viewings, struct viewing_cover_item, i).over, "viewing %u comes to its end", i + 1);
    ok(p && p->n_nodes >= 12, "and shows what is there: %d nodes", p ? p->n_nodes : 0);
    viewing_cover_free(p);
    story_free(s);
    g_string_free(yaml, TRUE);
}

int main(void)
{
    test_frontier();
    check("stories/at-the-third-stroke/story.yaml", true);
    check("stories/lighthouse/story.yaml", true);
    check_folder("tests/stories/valid");
    test_stop();
    return tap_done();
}

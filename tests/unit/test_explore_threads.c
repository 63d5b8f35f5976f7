/*
 * explore with several threads says what it says with one: the same states, findings, witnesses and times, and the same
 * part of a story where a limit of states comes first. On stories in which there is enough to do for all. Run from the
 * root of the project; also under ThreadSanitizer.
 */
#include "tests/story_text.h"
#include "tap.h"

#include "explore/explore.h"
#include "explore/explore_report.h"
#include "play/transcript_text.h"

#include <glib/gstdio.h>
#include <string.h>

/* Two counters with any values, which the next decision reads; so many states that every thread gets some. */
#define COUNTERS                                                                                                       \
    "state: {x: {type: int, min: 0, max: 39}, y: {type: int, min: 0, max: 39}, z: {type: int, min: 0, max: 3}}\n"

#define ROUND(node, next)                                                                                              \
    "  " node ": {clip: {card: A, for: 9s}, decision: {id: d" node ", opens: 1s, for: 5s, default: x, options: "       \
    "{x: {text: X, do: x += 1, goto: " next "}, y: {text: Y, do: y += 1, goto: " next                                  \
    "}, z: {text: Z, when: x > y, do: z += 1, goto: " next "}, e: {text: E, when: x + y > 9, goto: r}}}}\n"

#define REST                                                                                                           \
    "  end: {clip: {card: E, for: 2s}, ending: {id: end, title: E}}\n"                                                 \
    "  trap: {clip: {card: T, for: 2s}, next: trap}\n"                                                                 \
    "  other: {clip: {card: O, for: 3s}, ending: {id: other, title: O}}\n"                                             \
    "routes:\n  r: [{when: x == 30 and y == 3, goto: trap}, {when: z == 3 and x > 25, goto: other}, "                  \
    "{when: x < y - 5, goto: end}, {goto: n1}]\n"                                                                      \
    "check: {assert: [not (x == 37 and z == 2), x < 39 or y < 20]}\n"

static const struct {
    const char *name, *yaml;
    uint64_t max_states;
} cases[] = {
    {"counters", COUNTERS "nodes:\n" ROUND("n0", "n1") ROUND("n1", "n0") REST, 0},
    {"the first states of it", COUNTERS "nodes:\n" ROUND("n0", "n1") ROUND("n1", "n0") REST, 6011},
    {"kept values: a round for each",
     "state: {x: {type: int, min: 0, max: 12}, y: {type: int, min: 0, max: 5}, z: {type: int, min: 0, max: 3}, k: "
     "{type: int, min: 0, max: 5, keep: "
     "viewer}}\nnodes:\n" ROUND(
         "n0", "n1") "  n1: {clip: {card: B, for: 2s}, enter: [{do: k += 1, when: x == 7 and y "
                     "== 4}], next: n0}\n"
                     "  end: {clip: {card: E, for: 2s}, ending: {id: end, title: E}}\n"
                     "  trap: {clip: {card: T, for: 2s}, next: trap}\n"
                     "routes: {r: [{when: z == 3 and x > 9, goto: trap}, {when: k > 3, goto: n1}, {goto: end}]}\n",
     0},
};

static struct story *load_text(const char *yaml)
{
    g_autofree char *text = g_strconcat("frumious: 1\nid: test.x\ntitle: X\nversion: '1'\nstart: n0\n", yaml, NULL);
    return story_from_text(text);
}

/* Everything that explore says: its JSON and every witness. To be freed. */
static char *said(const struct story *s, const struct explore *e)
{
    const struct explore_report report = {.story = s, .result = explore_result(e)};
    GString *text = g_string_new(NULL);
    explore_report_json(&report, text);
    for (int32_t i = 0; i < explore_result(e)->n_findings; i++) {
        bool draws;
        struct transcript *t = explore_witness(e, i, &draws);
        g_autofree char *way = t ? transcript_print(t) : g_strdup("none");
        g_string_append_printf(text, "\n%d: %s", i, way);
        transcript_free(t);
    }
    for (int32_t i = 0; i < s->n_endings; i++) {
        bool draws;
        struct transcript *t = explore_shortest_play(e, i, &draws);
        g_autofree char *way = t ? transcript_print(t) : g_strdup("none");
        g_string_append_printf(text, "\nending %d: %s", i, way);
        transcript_free(t);
    }
    return g_string_free(text, FALSE);
}

/* Memory and processor time differ. */
static void forget_costs(char *text)
{
    static const char *const costs[] = {"bytes", "seconds", "cpu"};
    for (char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
        for (size_t i = 0; i < G_N_ELEMENTS(costs); i++) {
            g_autofree char *rest = g_strndup(line, strcspn(line, "\n"));
            if (strstr(rest, costs[i]))
                memset(line, ' ', strlen(rest));
        }
}

static void test_case(size_t i)
{
    struct story *s = load_text(cases[i].yaml);
    g_autofree char *first = NULL;
    if (!ok(s != NULL, "%s: loads", cases[i].name))
        return;
    const struct explore_options many[] = {{.threads = 1}, {.threads = 2}, {.threads = 4}};
    for (size_t k = 0; k < G_N_ELEMENTS(many); k++) {
        struct explore_options o = many[k];
        o.exact = o.no_odds = true;
        o.max_states = cases[i].max_states;
        struct explore *e = explore_new(s, &o);
        explore_run(e);
        char *text = said(s, e);
        forget_costs(text);
        if (k == 0)
            ok(explore_result(e)->n_states > 6000 && (cases[i].max_states || explore_result(e)->n_mistakes > 0),
               "%s: %" G_GUINT64_FORMAT " states, %d mistakes", cases[i].name, explore_result(e)->n_states,
               explore_result(e)->n_mistakes);
        is_int(explore_result(e)->limit, cases[i].max_states ? EXPLORE_LIMIT_STATES : EXPLORE_LIMIT_NONE, "the limit");
        ok(!first || strcmp(first, text) == 0, "%d threads say the same", o.threads);
        if (first && strcmp(first, text) != 0)
            printf("# one thread:\n%s\n# %d threads:\n%s\n", first, o.threads, text);
        if (!first)
            first = g_steal_pointer(&text);
        g_free(text);
        explore_free(e);
    }
    story_free(s);
}

static bool stop_soon(void *user, uint64_t n_states, uint64_t n_open)
{
    (void)n_open;
    return n_states < *(const uint64_t *)user;
}

/* Stops in the middle of the search, and of counting, while all threads work. */
static void test_stopped(void)
{
    struct story *s = load_text(cases[0].yaml);
    const uint64_t soon[] = {4000, 10000};
    for (size_t i = 0; s && i < G_N_ELEMENTS(soon); i++) {
        uint64_t n = soon[i];
        const struct explore_options o = {
            .threads = 3, .exact = true, .no_odds = true, .no_merge = true, .progress = stop_soon, .user = &n};
        struct explore *e = explore_new(s, &o);
        explore_run(e);
        const struct explore_result *r = explore_result(e);
        is_int(r->limit, EXPLORE_LIMIT_STOPPED, "stopped");
        ok(r->n_open > 0 && r->n_exact == 0, "what was not looked at is told");
        explore_free(e);
    }
    story_free(s);
}

int main(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        test_case(i);
    test_stopped();
    return tap_done();
}

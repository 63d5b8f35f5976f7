/* Conditions with what is true and what is not, as a writer reads them. */
#include "play/explain.h"
#include "tests/story_text.h"
#include "tap.h"

#include <glib/gstdio.h>

#define STORY                                                                                                          \
    "frumious: 1\nid: t.why\ntitle: T\nstart: a\nstate:\n  n: {type: int, min: -9, max: 9, initial: 3}\n  b: bool\n"   \
    "  lit: {type: bool, initial: true}\n  e: {type: enum, values: [one, two], initial: two}\n"                        \
    "  f: {type: enum, values: [one, two]}\nnodes:\n  a:\n    enter: [b = false, lit = true, e = two, f = one, n = "   \
    "3]\n"                                                                                                             \
    "    clip: {card: A, for: 9s}\n    decision: {id: d, opens: 1s, for: 2s, default: x, options: {x: X, y: Y}}\n"     \
    "    next:\n%s      - {goto: z}\n  z: {clip: {card: Z, for: 2s}, ending: {id: z, title: Z}}\n"

static const struct {
    const char *when, *want;
} rows[] = {
    {"n > 2", "n > 2 [yes]"},
    {"n > 3", "n > 3 [no: n is 3]"},
    {"b", "b [no]"},
    {"not b", "not b [yes]"},
    {"not lit", "not lit [no]"},
    {"e == one", "e == one [no: e is two]"},
    {"one != e", "one != e [yes]"},
    {"e == f", "e == f [no: e is two, f is one]"},
    {"b == true", "b == true [no: b is false]"},
    {"n == 1 and lit", "n == 1 [no: n is 3] and lit [yes]"},
    {"n == 1 or b and lit", "n == 1 [no: n is 3] or b [no] and lit [yes]"},
    {"(n == 1 or b) and lit", "(n == 1 [no: n is 3] or b [no]) and lit [yes]"},
    {"not (lit and n > 1)", "not (lit [yes] and n > 1 [yes])"},
    {"n + 2 * n > 12 - (n - 1)", "n + 2 * n > 12 - (n - 1) [no: n is 3]"},
    {"(n + 2) * -n < 0", "(n + 2) * -n < 0 [yes]"},
    {"min(n, 2, 7) == 5", "min(min(n, 2), 7) == 5 [no: n is 3]"},
    {"seen(z) or count(a) == 2", "seen(z) [no] or count(a) == 2 [no: count(a) is 1]"},
    {"picked(d, y)", "picked(d, y) [no]"},
    {"(n > 1) == lit", "(n > 1) == lit [yes]"},
};

static struct story *load(void)
{
    g_autoptr(GString) parts = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        g_string_append_printf(parts, "      - {when: \"%s\", goto: z}\n", rows[i].when);
    g_autofree char *yaml = g_strdup_printf(STORY, parts->str);
    return story_from_text(yaml);
}

int main(void)
{
    struct story *s = load();
    if (!ok(s != NULL, "loads"))
        return tap_done();
    int32_t *state = g_new0(int32_t, play_state_slots(s));
    const struct play_input start = {.kind = PLAY_START};
    play_init(s, state);
    play_step(s, state, &start, NULL, NULL);
    const struct story_route *r = &s->routes[s->nodes[s->start].next.index];
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const int32_t when = s->parts[r->parts.first + (int32_t)i].when;
        g_autofree char *why = explain_condition(s, state, when);
        is_str(why, rows[i].want, rows[i].when);
    }
    g_autofree char *always = explain_condition(s, state, -1);
    is_str(always, "always", "no condition");
    g_free(state);
    story_free(s);
    return tap_done();
}

/* How much film comes behind each node: by the shortest way and on average, worked out by hand. */
#include "tap.h"
#include "tests/story_text.h"

#include "player/film_left.h"
#include "story/story.h"

#include <string.h>

#define S US_PER_SECOND

static const char looping_text[] =
    "frumious: 1\n"
    "id: test.left\n"
    "title: Left\n"
    "start: a\n"
    "nodes:\n"
    "  a:\n"
    "    clip: {card: a, for: 10s}\n"
    "    decision: {id: d, prompt: D?, opens: 1s, for: 2s, default: x, options: {x: {text: X, goto: b}, y: {text: Y, "
    "goto:"
    " c}}}\n"
    "  b:\n" /* either way alike: 20 s and the end, or round again */
    "    clip: {card: b, for: 10s}\n"
    "    decision: {id: e, prompt: E?, opens: 1s, for: 2s, default: x, options: {x: {text: X, goto: long}, y: {text: Y,"
    " goto: b}}}\n"
    "  c: {clip: {card: c, for: 5s}, next: short}\n"
    "  long: {clip: {card: l, for: 20s}, ending: {id: l, title: L}}\n"
    "  short: {clip: {card: s, for: 4s}, ending: {id: s, title: S}}\n";

static const struct {
    const char *node;
    int64_t shortest_us, expected_us;
} wanted[] = {
    /* b: e = (20 + (10 + e)) / 2 = 30; a: x leads to 10 + 30, y to 5 + 4 */
    {"a", 9 * S, 24500000}, {"b", 20 * S, 30 * S}, {"c", 4 * S, 4 * S}, {"long", 0, 0}, {"short", 0, 0},
};

/* Who gets to `trap` never sees an ending: nothing is known of its average, nor of what leads there. */
static const char endless_text[] =
    "frumious: 1\n"
    "id: test.endless\n"
    "title: Endless\n"
    "start: a\n"
    "nodes:\n"
    "  a:\n"
    "    clip: {card: a, for: 10s}\n"
    "    decision: {id: d, prompt: D?, opens: 1s, for: 2s, default: x, options: {x: {text: X, goto: trap}, y: {text: Y,"
    " goto: end}}}\n"
    "  trap: {clip: {card: t, for: 10s}, next: trap}\n"
    "  end: {clip: {card: s, for: 4s}, ending: {id: s, title: S}}\n";

static int32_t node_by_name(const struct story *s, const char *name)
{
    for (int32_t i = 0; i < s->n_nodes; i++)
        if (strcmp(s->nodes[i].name, name) == 0)
            return i;
    return -1;
}

int main(void)
{
    struct story *s = story_from_text(looping_text);
    g_autofree struct film_left *left = film_left_of(s);
    for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++) {
        const struct film_left *l = &left[node_by_name(s, wanted[i].node)];
        is_int(l->shortest_us, wanted[i].shortest_us, wanted[i].node);
        ok(ABS(l->expected_us - wanted[i].expected_us) < 10000, "%s: %d ms on average", wanted[i].node,
           (int)(l->expected_us / 1000));
    }
    story_free(s);
    s = story_from_text(endless_text);
    g_autofree struct film_left *endless = film_left_of(s);
    const struct film_left *a = &endless[node_by_name(s, "a")], *trap = &endless[node_by_name(s, "trap")];
    ok(a->shortest_us == 4 * S && a->expected_us == US_NONE, "there is a shortest way, and no average");
    ok(trap->shortest_us == US_NONE && trap->expected_us == US_NONE, "and from a trap neither");
    story_free(s);
    return tap_done();
}

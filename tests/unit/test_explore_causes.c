/*
 * Why something never happens, against brute force: stories of the hard kind (tests/late_story.h) are played by an interpreter that
 * shares nothing with explore, and every set of a condition's terms is tried. What explore gives as the cause must rule the
 * condition out, and no smaller set may.
 * Arguments: how many stories, the first seed.
 */
#include "tests/late_story.h"
#include "tap.h"

#include "explore/explore.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SEED 500
#define STORIES    150

struct tally {
    int conditions, never, unasked, wrong, by_size[LATE_TERMS_MAX + 1];
    int changes; /* of those that never come true: conditions of changes */
    int smaller; /* causes that are smaller than the terms that were false first */
    struct late_kinds kinds;
};

/* Is one of these terms false whenever the condition is asked? */
static bool excludes(const struct late_condition *c, uint32_t terms)
{
    for (uint32_t set = 0; set < UINT32_C(1) << c->n; set++)
        if (c->seen >> set & 1 && !(set & terms))
            return false;
    return true;
}

/* How many terms the smallest cause has; 0: the condition comes true, or is never asked. */
static int smallest(const struct late_condition *c)
{
    int best = 0;
    for (uint32_t terms = 1; terms < UINT32_C(1) << c->n; terms++)
        if (c->seen && excludes(c, terms) && (best == 0 || __builtin_popcount(terms) < best))
            best = __builtin_popcount(terms);
    return best;
}

/* How many of the terms are the first false one in some play. */
static int first_false(const struct late_condition *c)
{
    uint32_t terms = 0;
    for (uint32_t set = 1; set < UINT32_C(1) << c->n; set++)
        terms |= c->seen >> set & 1 ? set & -set : 0;
    return __builtin_popcount(terms);
}

static void compare_condition(const struct late_condition *c, const struct coverage *coverage, int32_t when,
                              uint32_t seed, struct tally *t)
{
    const uint32_t cause = coverage_cause(coverage, when);
    const int size = smallest(c), got = __builtin_popcount(cause);
    const bool right = size == got && (size == 0 || excludes(c, cause));
    if (!right) {
        g_autoptr(GString) text = g_string_new(NULL);
        late_condition_text(c, text);
        printf("# seed %u: of `%s`, %d terms rule it out; explore says %x\n", seed, text->str, size, cause);
    }
    t->wrong += !right;
    t->conditions++;
    t->unasked += c->seen == 0;
    t->never += size > 0;
    t->by_size[size]++;
    t->smaller += size > 0 && size < first_false(c);
}

/* The conditions of its changes. */
static void compare_changes(const struct late_node *n, const struct story *s, int32_t i, int32_t first,
                            const struct coverage *c, uint32_t seed, struct tally *t)
{
    g_autofree char *name = g_strdup_printf("m%d", i);
    const int before = t->never;
    if (n->changes) {
        const struct story_effect *enter = &s->effects[s->nodes[story_find_node(s, name)].enter.first];
        compare_condition(&n->sets, c, enter[0].when, seed, t);
        compare_condition(&n->clears, c, enter[1].when, seed, t);
    }
    for (int32_t k = 0; n->asks && k < n->n; k++)
        compare_condition(&n->picks[k], c, s->effects[s->options[first + k].run.first].when, seed, t);
    t->changes += t->never - before;
}

/* The conditions of a node stand in the story as parts of its route, or as the options behind the first. */
static void compare_node(const struct late_story *l, const struct story *s, int32_t i, const struct coverage *c,
                         uint32_t seed, struct tally *t)
{
    const struct late_node *n = &l->nodes[i];
    g_autofree char *route = g_strdup_printf("r%d", i), *decision = g_strdup_printf("l%d", i);
    int32_t first = -1;
    for (int32_t r = 0; r < s->n_routes; r++)
        if (g_strcmp0(s->routes[r].name, route) == 0)
            first = s->routes[r].parts.first;
    if (n->asks)
        first = s->decisions[story_find_decision(s, decision)].options.first + 1;
    for (int32_t k = 0; k < n->n; k++)
        compare_condition(&n->when[k], c, n->asks ? s->options[first + k].when : s->parts[first + k].when, seed, t);
    compare_changes(n, s, i, first, c, seed, t);
}

static void compare_seed(uint32_t seed, struct tally *t)
{
    struct late_story l = late_story_random(seed, 2 + (int32_t)(seed % (LATE_FLAGS_MAX - 1)));
    g_autofree char *yaml = late_story_yaml(&l);
    struct story *s = story_from_text(yaml);
    if (!s) {
        ok(false, "seed %u: the story loads", seed);
        return;
    }
    const struct explore_options o = {.no_odds = true, .threads = 1, .no_back = seed % 2 == 0};
    struct explore *e = explore_new(s, &o);
    explore_run(e);
    late_story_play(&l);
    t->wrong += explore_result(e)->limit != EXPLORE_LIMIT_NONE;
    for (int32_t i = 0; i < LATE_NODES; i++)
        compare_node(&l, s, i, explore_result(e)->coverage, seed, t);
    late_story_count(&l, &t->kinds);
    explore_free(e);
    story_free(s);
}

int main(int argc, char **argv)
{
    const int32_t n = argc > 1 ? atoi(argv[1]) : STORIES;
    const uint32_t first = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : FIRST_SEED;
    struct tally t = {0};
    for (int32_t i = 0; i < n; i++)
        compare_seed(first + (uint32_t)i, &t);
    is_int(t.wrong, 0, "each cause rules its condition out, and is as small as any that does");
    ok(t.never > n, "%d of %d conditions never come true, %d are never asked", t.never, t.conditions, t.unasked);
    ok(t.changes > n / 4, "%d of them are conditions of changes", t.changes);
    ok(t.by_size[1] > 0 && t.by_size[2] > 0 && t.by_size[3] > 0, "causes of one, two and three terms: %d, %d, %d",
       t.by_size[1], t.by_size[2], t.by_size[3]);
    ok(t.smaller > n / 20, "%d causes are smaller than the terms that are false first", t.smaller);
    ok(late_kinds_all(&t.kinds), "%d counters nobody reads, %d endings that go on, %d back()", t.kinds.counters,
       t.kinds.go_on, t.kinds.backs);
    return tap_done();
}

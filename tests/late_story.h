/*
 * late_story: small random stories of the hard kind, as YAML: decisions in a row that set flags, which are read long after; flags that
 * follow from others, so that some conditions can never be true; changes under conditions, one after the other; a number that nobody
 * reads and that viewers keep; endings that go on; back() from late in the film to its beginning.
 *
 * The same story stands here as a few numbers, so that a test can play it by an interpreter of its own (late_story_play()).
 */
#pragma once

#include "tests/story_text.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define LATE_FLAGS_MAX 5
#define LATE_VARS_MAX  (LATE_FLAGS_MAX + 3) /* and two that follow from them, and one that late nodes change */
#define LATE_NODES     5
#define LATE_TERMS_MAX 4

/* `a`, `not a`, or with b >= 0 `(a or b)`. */
struct late_term {
    int32_t a, b;
    bool not_a, not_b;
};

struct late_condition {
    struct late_term terms[LATE_TERMS_MAX];
    int32_t n;
    uint32_t
        seen; /* by late_story_play(): of each set of terms (a bit each) whether exactly these were false when it was asked */
};

/* A node behind the decisions: a list of conditional ways, or a decision with conditional options; then the way on. */
struct late_node {
    bool asks, ending;
    int32_t n;
    struct late_condition when[2];
    int32_t to[2]; /* LATE_NODES: the end */
    bool changes;  /* entering it may set the last flag, and then clear it; an option that is picked may set it */
    struct late_condition sets, clears, picks[2];
    int32_t back; /* the decision to which a further option leads back, or -1 */
};

struct late_story {
    int32_t n_flags;
    struct late_term derived[2][2]; /* two terms that must hold for each flag that follows */
    struct late_node nodes[LATE_NODES];
    bool counter; /* plays are counted, and nobody reads it */
};

static inline struct late_term late_term_random(GRand *r, int32_t n_vars)
{
    return (struct late_term){g_rand_int_range(r, 0, n_vars),
                              g_rand_int_range(r, 0, 4) == 0 ? g_rand_int_range(r, 0, n_vars) : -1, g_rand_boolean(r),
                              g_rand_boolean(r)};
}

/* The flag that late nodes change. */
static inline int32_t late_last_flag(const struct late_story *l)
{
    return l->n_flags + 2;
}

static inline void late_condition_random(const struct late_story *l, struct late_condition *c, GRand *r)
{
    c->n = g_rand_int_range(r, 1, LATE_TERMS_MAX + 1);
    for (int32_t t = 0; t < c->n; t++)
        c->terms[t] = late_term_random(r, l->n_flags + 3);
}

static inline void late_node_random(struct late_story *l, int32_t i, GRand *r)
{
    struct late_node *n = &l->nodes[i];
    *n = (struct late_node){.asks = g_rand_int_range(r, 0, 3) == 0,
                            .ending = g_rand_int_range(r, 0, 3) == 0,
                            .n = g_rand_int_range(r, 1, 3),
                            .back = -1};
    for (int32_t k = 0; k < n->n; k++) {
        n->to[k] = g_rand_int_range(r, i + 1, LATE_NODES + 1);
        late_condition_random(l, &n->when[k], r);
        late_condition_random(l, &n->picks[k], r);
    }
    n->changes = g_rand_boolean(r);
    late_condition_random(l, &n->sets, r);
    late_condition_random(l, &n->clears, r);
    if (n->asks && g_rand_boolean(r))
        n->back = g_rand_int_range(r, 0, l->n_flags);
}

static inline struct late_story late_story_random(uint32_t seed, int32_t n_flags)
{
    struct late_story l = {.n_flags = n_flags};
    GRand *r = g_rand_new_with_seed(seed);
    for (int32_t i = 0; i < 2; i++)
        for (int32_t k = 0; k < 2; k++) {
            l.derived[i][k] = late_term_random(r, n_flags);
            l.derived[i][k].b = -1;
        }
    l.counter = g_rand_boolean(r);
    for (int32_t i = 0; i < LATE_NODES; i++)
        late_node_random(&l, i, r);
    g_rand_free(r);
    return l;
}

/* ---- as a story ------------------------------------------------------------------------------------------------- */

static inline void late_term_text(const struct late_term *t, GString *out)
{
    if (t->b < 0)
        g_string_append_printf(out, "%sv%d", t->not_a ? "not " : "", t->a);
    else
        g_string_append_printf(out, "(%sv%d or %sv%d)", t->not_a ? "not " : "", t->a, t->not_b ? "not " : "", t->b);
}

static inline void late_condition_text(const struct late_condition *c, GString *out)
{
    for (int32_t i = 0; i < c->n; i++) {
        g_string_append(out, i > 0 ? " and " : "");
        late_term_text(&c->terms[i], out);
    }
}

static inline void late_decisions_text(const struct late_story *l, GString *out)
{
    for (int32_t i = 0; i < l->n_flags; i++) {
        g_string_append_printf(out, "  a%d:\n    clip: {card: A, for: 9s}\n", i);
        g_string_append(out, i == 0 && l->counter ? "    enter: plays += 1\n" : "");
        g_string_append_printf(out,
                               "    decision: {id: d%d, opens: 1s, for: 5s, default: x, options: {x: {text: X, goto: "
                               "%c%d}, y: {text: Y, do: v%d = true, goto: %c%d}}}\n",
                               i, i + 1 < l->n_flags ? 'a' : 'b', i + 1 < l->n_flags ? i + 1 : 0, i,
                               i + 1 < l->n_flags ? 'a' : 'b', i + 1 < l->n_flags ? i + 1 : 0);
    }
    g_string_append(out, "  b0:\n    clip: {card: B, for: 1s}\n    enter: [");
    for (int32_t i = 0; i < 2; i++) {
        g_string_append_printf(out, "%s\"v%d = ", i > 0 ? ", " : "", l->n_flags + i);
        late_term_text(&l->derived[i][0], out);
        g_string_append(out, " and ");
        late_term_text(&l->derived[i][1], out);
        g_string_append_c(out, '"');
    }
    g_string_append(out, "]\n    next: m0\n");
}

/* "{do: v4 = true, when: \"v0 and v1\"}" */
static inline void late_change_text(const struct late_story *l, bool value, const struct late_condition *when,
                                    GString *out)
{
    g_string_append_printf(out, "{do: v%d = %s, when: \"", late_last_flag(l), value ? "true" : "false");
    late_condition_text(when, out);
    g_string_append(out, "\"}");
}

static inline void late_changes_text(const struct late_story *l, const struct late_node *n, GString *out)
{
    if (!n->changes)
        return;
    g_string_append(out, "    enter: [");
    late_change_text(l, true, &n->sets, out);
    g_string_append(out, ", ");
    late_change_text(l, false, &n->clears, out);
    g_string_append(out, "]\n");
}

static inline void late_node_text(const struct late_story *l, int32_t i, GString *out)
{
    const struct late_node *n = &l->nodes[i];
    g_string_append_printf(out, "  m%d:\n    clip: {card: M, for: %ds}\n", i, n->asks ? 9 : 2 + i);
    late_changes_text(l, n, out);
    if (n->ending)
        g_string_append_printf(out, "    ending: {id: e%d, title: E}\n", i);
    g_string_append_printf(out, "    next: %s%d\n", n->asks ? "m" : "r", n->asks ? i + 1 : i);
    if (!n->asks)
        return;
    g_string_append_printf(out,
                           "    decision:\n      id: l%d\n      opens: 1s\n      for: 5s\n      default: z\n"
                           "      options:\n        z: {text: Z}\n",
                           i);
    for (int32_t k = 0; k < n->n; k++) {
        g_string_append_printf(out, "        o%d: {text: O, when: \"", k);
        late_condition_text(&n->when[k], out);
        g_string_append(out, "\", do: [");
        late_change_text(l, true, &n->picks[k], out);
        g_string_append_printf(out, "], goto: m%d}\n", n->to[k]);
    }
    if (n->back >= 0)
        g_string_append_printf(out, "        back: {text: Back, goto: back(d%d)}\n", n->back);
}

static inline void late_routes_text(const struct late_story *l, GString *out)
{
    g_string_append(out, "routes:\n  last: [{goto: end}]\n");
    for (int32_t i = 0; i < LATE_NODES; i++) {
        const struct late_node *n = &l->nodes[i];
        if (n->asks)
            continue;
        g_string_append_printf(out, "  r%d:\n", i);
        for (int32_t k = 0; k < n->n; k++) {
            g_string_append(out, "    - {when: \"");
            late_condition_text(&n->when[k], out);
            g_string_append_printf(out, "\", goto: m%d}\n", n->to[k]);
        }
        g_string_append_printf(out, "    - {goto: m%d}\n", i + 1);
    }
}

/* To be freed. */
static inline char *late_story_yaml(const struct late_story *l)
{
    GString *out = g_string_new("frumious: 1\nid: test.late\ntitle: L\nversion: '1'\nstart: a0\nstate:\n");
    for (int32_t i = 0; i <= late_last_flag(l); i++)
        g_string_append_printf(out, "  v%d: bool\n", i);
    if (l->counter)
        g_string_append(out, "  plays: {type: int, min: 0, max: 1, keep: viewer}\n");
    g_string_append(out, "nodes:\n");
    late_decisions_text(l, out);
    for (int32_t i = 0; i < LATE_NODES; i++)
        late_node_text(l, i, out);
    g_string_append_printf(out, "  m%d: {clip: {card: N, for: 1s}, next: last}\n", LATE_NODES);
    g_string_append(out, "  end: {clip: {card: E, for: 2s}, ending: {id: end, title: E}}\n");
    late_routes_text(l, out);
    return g_string_free(out, FALSE);
}

/* How many stories have what. */
struct late_kinds {
    int counters, go_on, backs;
};

static inline void late_story_count(const struct late_story *l, struct late_kinds *k)
{
    k->counters += l->counter;
    for (int32_t i = 0; i < LATE_NODES; i++) {
        k->go_on += l->nodes[i].ending;
        k->backs += l->nodes[i].back >= 0;
    }
}

static inline bool late_kinds_all(const struct late_kinds *k)
{
    return k->counters > 0 && k->go_on > 0 && k->backs > 0;
}

/* False: it was too large to compare. */
typedef bool (*late_story_compare)(const struct story *s, uint32_t seed, bool no_back, void *tally);

/* Compares the stories of n seeds, with 2 to flags_max flags, and adds up in the tally. What those have that were compared. */
static inline struct late_kinds late_stories_compare(uint32_t first, int32_t n, int32_t flags_max, bool no_back,
                                                     late_story_compare compare, void *tally)
{
    struct late_kinds kinds = {0};
    for (int32_t i = 0; i < n; i++) {
        const struct late_story l = late_story_random(first + (uint32_t)i, 2 + i % (flags_max - 1));
        g_autofree char *yaml = late_story_yaml(&l);
        struct story *s = story_from_text(yaml);
        if (s && compare(s, first + (uint32_t)i, no_back, tally))
            late_story_count(&l, &kinds);
        story_free(s);
    }
    return kinds;
}

/* ---- as it is played -------------------------------------------------------------------------------------------- */

static inline bool late_term_holds(const struct late_term *t, uint32_t vars)
{
    const bool a = (vars >> t->a & 1) != t->not_a;
    return a || (t->b >= 0 && (vars >> t->b & 1) != t->not_b);
}

/* Asks a condition, and notes which of its terms are false. */
static inline bool late_condition_holds(struct late_condition *c, uint32_t vars)
{
    uint32_t set = 0;
    for (int32_t i = 0; i < c->n; i++)
        set |= late_term_holds(&c->terms[i], vars) ? 0 : UINT32_C(1) << i;
    c->seen |= UINT32_C(1) << set;
    return set == 0;
}

/* Everything that can follow behind this node with these flags. */
static inline void late_story_play_from(struct late_story *l, int32_t i, uint32_t vars)
{
    const uint32_t last = UINT32_C(1) << late_last_flag(l);
    bool on = true;
    if (i == LATE_NODES)
        return;
    struct late_node *n = &l->nodes[i];
    if (n->changes) {
        vars |= late_condition_holds(&n->sets, vars) ? last : 0;
        vars &= late_condition_holds(&n->clears, vars) ? ~last : UINT32_MAX;
    }
    for (int32_t k = 0; k < n->n && (n->asks || on); k++)
        if (late_condition_holds(&n->when[k], vars)) {
            const bool sets = n->asks && late_condition_holds(&n->picks[k], vars);
            late_story_play_from(l, n->to[k], vars | (sets ? last : 0));
            on = false; /* of a list, the first that holds counts; in a decision, the viewer may wait */
        }
    if (on || n->asks)
        late_story_play_from(l, i + 1, vars);
}

/* Plays every viewing. Going back leads to flags that another viewing has as well. */
static inline void late_story_play(struct late_story *l)
{
    for (uint32_t flags = 0; flags < UINT32_C(1) << l->n_flags; flags++) {
        uint32_t vars = flags;
        for (int32_t i = 0; i < 2; i++)
            if (late_term_holds(&l->derived[i][0], flags) && late_term_holds(&l->derived[i][1], flags))
                vars |= UINT32_C(1) << (l->n_flags + i);
        late_story_play_from(l, 0, vars);
    }
}

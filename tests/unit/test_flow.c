/*
 * flow: what a drawing says, against what plays do. A table of small stories says how each arrow is drawn. On random stories, brute force
 * (tests/explore_oracle.h) shows that no arrow lies: each step of a play has its arrow, a bold arrow is where the film goes if nobody
 * chooses, and an option without a condition leads where its arrow says. Dominators against their definition; parts are whole and small.
 */
#include "tests/story_text.h"
#include "explore_oracle.h"
#include "tap.h"

#include "explore/dominators.h"
#include "explore/flow_dot.h"

/* `test_flow N SEED` looks at others. */
static uint32_t stories = RANDOM_STORIES(150), first_seed = 9100;

/* ---- a table of arrows ------------------------------------------------------------------------------------------- */

#define HEAD "frumious: 1\nid: test.x\ntitle: X\nversion: '1'\nstart: a\nstate: {k: bool}\n"
#define ENDS                                                                                                           \
    "  e: {clip: {card: E, for: 2s}, ending: {id: e, title: E}}\n  f: {clip: {card: F, for: 2s}, ending: {id: f, "     \
    "title: F}}\n"
#define ASK   "clip: {card: A, for: 9s}, decision: {id: d, opens: 1s, for: 5s, "
#define PLAIN "clip: {card: A, for: 9s}, "

/* `arrows`: of all boxes, each as FROM>TO and then: - without a condition, ? under one, = bold; < leads back. A box has the names of
 * its nodes, and in capitals if it is a bottleneck. */
static const struct {
    const char *name, *nodes, *arrows;
} cases[] = {
    {"the default is bold", "  a: {" ASK "default: x, options: {x: {text: X, goto: e}, y: {text: Y, goto: f}}}}\n",
     "a>e= a>f-"},
    {"an option's `when` is a condition",
     "  a: {" ASK "default: x, options: {x: {text: X, goto: e}, y: {text: Y, when: k, goto: f}}}}\n", "a>e= a>f?"},
    {"a default that may be missing is not where the film goes",
     "  a: {" ASK "default: x, options: {x: {text: X, when: k, goto: e}, y: {text: Y, goto: f}}}, next: f}\n",
     "a>e? a>f-"},
    {"unless all of it leads to the same place",
     "  a: {" ASK
     "default: x, options: {x: {text: X, goto: e}, y: {text: Y, when: k, goto: e}}}, next: e}\n  b: {next: f}\n",
     "a>e= b>f="},
    {"a default that a variant changes is not where the film goes",
     "  a: {" ASK "default: x, variants: [{when: k, default: y}], options: {x: {text: X, goto: e}, y: {text: Y, goto: "
     "f}}}}\n",
     "a>e- a>f-"},
    {"one that all variants share is",
     "  a: {" ASK "default: x, variants: [{when: k, default: x, order: [y, x]}], options: {x: {text: X, goto: e}, y: "
     "{text: Y, goto: f}}}}\n",
     "a>e= a>f-"},
    {"a timeout counts, not the default",
     "  a: {" ASK "default: x, timeout: {goto: f}, options: {x: {text: X, goto: e}, y: {text: Y, goto: f}}}}\n",
     "a>e- a>f="},
    {"a timeout takes an option even if it is not available",
     "  a: {" ASK "default: y, timeout: {as: x}, options: {x: {text: X, when: k, goto: e}, y: {text: Y, goto: f}}}}\n",
     "a>e= a>f-"},
    {"a timeout that leads nowhere leaves it to `next`",
     "  a: {" ASK
     "default: x, timeout: {do: k = true}, options: {x: {text: X, goto: e}, y: {text: Y, goto: e}}}, next: f}\n",
     "a>e- a>f="},
    {"an option without a target leads where `next` does",
     "  a: {" ASK "default: x, options: {x: {text: X, goto: e}, y: Y}}, next: f}\n", "a>e= a>f-"},
    {"a `next` that nothing leads to has no arrow",
     "  a: {" ASK "default: x, options: {x: {text: X, goto: e}, y: {text: Y, goto: f}}}, next: b}\n  b: {next: e}\n",
     "a>e= a>f- b>e="},
    {"what comes first and always holds hides the rest", "  a: {" PLAIN "next: [{goto: e}, {goto: f}]}\n", "a>e="},
    {"a list that leads to one place has no condition",
     "  a: {" PLAIN "next: [{when: k, goto: e}, {goto: e}]}\n  b: {next: f}\n", "a>e= b>f="},
    {"else is a condition", "  a: {" PLAIN "next: [{when: k, goto: e}, {goto: f}]}\n", "a>e? a>f?"},
    {"chance is a condition", "  a: {" PLAIN "next: [{random: [{goto: e}, {goto: f}]}]}\n", "a>e? a>f?"},
    {"behind a decision that cuts, `next` counts",
     "  a: {clip: {card: A, for: 9s}, decisions: [{id: c, opens: 1s, for: 2s, cut: now, default: x, options: {x: X, y: "
     "Y}}, "
     "{id: d, opens: 4s, for: 2s, default: x, options: {x: {text: X, goto: e}, y: {text: Y, goto: f}}}], next: e}\n  "
     "b: {next: f}\n",
     "a>e= b>f="},
    {"behind a decision where picks cut, both count",
     "  a: {clip: {card: A, for: 9s}, decisions: [{id: c, opens: 1s, for: 2s, cut: pick, default: x, options: {x: X, "
     "y: "
     "Y}}, "
     "{id: d, opens: 4s, for: 2s, default: x, options: {x: {text: X, goto: e}, y: {text: Y, goto: f}}}], next: e}\n  "
     "b: {next: f}\n",
     "a>e= a>f- b>f="},
    {"a chain is one box, and a bottleneck",
     "  a: {" ASK "default: x, options: {x: {text: X, goto: b}, y: {text: Y, goto: b}}}}\n  b: {" PLAIN
     "next: c}\n  c: {" PLAIN "next: g}\n  g: {clip: {card: A, for: 9s}, decision: {id: q, opens: 1s, for: 5s, "
     "default: x, options: {x: {text: X, goto: e}, y: "
     "{text: Y, goto: f}}}}\n",
     "a>BCG= BCG>e= BCG>f-"},
    {"an ending ends a chain", "  a: {" PLAIN "next: b}\n  b: {" PLAIN "next: e}\n  c: {next: f}\n", "ab>e= c>f="},
    {"a circle",
     "  a: {" PLAIN "next: b}\n  b: {" ASK
     "default: x, options: {x: {text: X, goto: b}, y: {text: Y, goto: e}}}}\n  c: {next: f}\n",
     "a>B= B>B=< B>e- c>f="},
    {"back()",
     "  a: {" ASK "default: x, options: {x: {text: X, goto: b}, y: {text: Y, goto: e}}}}\n  b: {" PLAIN
     "next: [{when: k, goto: back(d)}, {goto: f}]}\n",
     "a>b= a>e- b>a?< b>f?"},
    {"a route that several use has a box",
     "  a: {" ASK "default: x, options: {x: {text: X, goto: b}, y: {text: Y, goto: c}}}}\n  b: {" PLAIN
     "next: r}\n  c: {" PLAIN
     "next: r}\n  g: {next: e}\nroutes: {r: [{when: k, goto: e}, {when: not k, goto: g}, {goto: f}]}\n",
     "a>b= a>c- b>(r)= c>(r)= g>e= (r)>e? (r)>g? (r)>f?"},
};

static void add_box_name(const struct flow *f, int32_t box, GString *out)
{
    const struct flow_box *b = &f->boxes[box];
    if (b->route >= 0)
        g_string_append_printf(out, "(%s)", f->s->routes[b->route].name);
    for (int32_t node = b->first_node; node >= 0; node = f->next_of[node]) {
        g_autofree char *upper = g_ascii_strup(f->s->nodes[node].name, -1);
        g_string_append(out, b->neck ? upper : f->s->nodes[node].name);
    }
}

static char *list_arrows(const struct flow *f)
{
    GString *out = g_string_new(NULL);
    for (int32_t i = 0; i < f->n_arrows; i++) {
        const struct flow_arrow *a = &f->arrows[i];
        if (i > 0)
            g_string_append_c(out, ' ');
        add_box_name(f, a->from, out);
        g_string_append_c(out, '>');
        add_box_name(f, a->to, out);
        g_string_append(out, !a->sure ? "?" : a->usual ? "=" : "-");
        g_string_append(out, a->returns || a->back ? "<" : "");
    }
    return g_string_free(out, FALSE);
}

static void test_table(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const char *routes = strstr(cases[i].nodes, "routes:");
        const int nodes = (int)(routes ? routes - cases[i].nodes : (ptrdiff_t)strlen(cases[i].nodes));
        g_autofree char *yaml =
            g_strdup_printf(HEAD "nodes:\n%.*s" ENDS "%s", nodes, cases[i].nodes, routes ? routes : "");
        struct story *s = story_from_text(yaml);
        if (!ok(s != NULL, "%s: loads", cases[i].name))
            continue;
        struct flow *f = flow_new(s, NULL);
        g_autofree char *got = list_arrows(f);
        is_str(got, cases[i].arrows, cases[i].name);
        flow_free(f);
        story_free(s);
    }
}

/* ---- no arrow lies ----------------------------------------------------------------------------------------------- */

struct judge {
    const struct flow *f;
    const struct oracle *o;
    uint32_t seed;
    int64_t steps, bold, picks; /* that were judged */
    int wrong;
    int32_t entered; /* by the latest input: the first node, or -1 */
    bool left;
};

static void note_entered(void *user, const struct play_effect *fx)
{
    struct judge *j = user;
    if (fx->kind == PLAY_DID_ENTER && j->entered < 0)
        j->entered = fx->enter.node;
    j->left |= fx->kind == PLAY_DID_LEAVE;
}

static void lie(struct judge *j, const char *what, int32_t from, int32_t to)
{
    if (j->wrong++ < 5)
        printf("# seed %u: %s, from node %d to %d\n", j->seed, what, from, to);
}

/* Does the box show that the node may come next? A route's box is passed through. */
static bool shows(const struct flow *f, int32_t box, int32_t node) /* NOLINT(misc-no-recursion) */
{
    if (box == f->box_of[node])
        return true;
    bool found = false;
    for (int32_t i = f->first[box]; f->boxes[box].route >= 0 && i < f->first[box + 1]; i++)
        found |= shows(f, f->arrows[i].to, node);
    return found;
}

static bool has_arrow(const struct flow *f, int32_t from, int32_t node)
{
    const int32_t box = f->box_of[from];
    bool found = f->next_of[from] == node;
    for (int32_t i = f->first[box]; from == f->boxes[box].last_node && i < f->first[box + 1]; i++)
        found |= shows(f, f->arrows[i].to, node);
    return found;
}

/* Every node that a play enters follows the one before by an arrow, or in its chain. */
static void judge_steps(struct judge *j)
{
    for (guint i = 0; i < j->o->edges->len; i++) {
        const struct oracle_edge *e = &g_array_index(j->o->edges, struct oracle_edge, i);
        const int32_t *st = oracle_state(j->o, e->from);
        int32_t from = st[PLAY_PHASE] == PLAY_RUNNING && !e->back ? st[PLAY_NODE] : -1;
        for (guint k = e->first_step; k < e->first_step + e->n_steps; k++) {
            const int32_t node = g_array_index(j->o->steps, int32_t, k);
            if (node < 0)
                continue;
            j->steps += from >= 0;
            if (from >= 0 && !has_arrow(j->f, from, node))
                lie(j, "no arrow", from, node);
            from = node;
        }
    }
}

/* Goes on from the state, with nobody choosing, until the film leaves the node. */
static void wait_until_left(struct judge *j, int32_t *st)
{
    j->entered = -1;
    j->left = false;
    while (!j->left && st[PLAY_PHASE] == PLAY_RUNNING) {
        const struct schedule_due due = schedule_next(j->o->s, st, schedule_planned_length(j->o->s, st[PLAY_NODE]), -1);
        play_step(j->o->s, st, &due.input, note_entered, j);
    }
}

/* Can the route, or one that it leads on to, go back to an earlier decision? No arrow of its box says so. */
static bool goes_back(const struct story *s, int32_t route) /* NOLINT(misc-no-recursion) */
{
    const struct story_span parts = s->routes[route].parts;
    bool back = false;
    for (int32_t i = parts.first; i < parts.first + parts.n; i++) {
        const struct story_target to = s->parts[i].to;
        back |= to.kind == STORY_TO_BACK || (to.kind == STORY_TO_ROUTE && goes_back(s, to.index));
    }
    return back;
}

/* Did the film go where the box says? */
static bool went_to(const struct judge *j, const int32_t *st, int32_t box)
{
    const int32_t route = j->f->boxes[box].route;
    return j->entered >= 0 ? shows(j->f, box, j->entered)
                           : st[PLAY_PHASE] == PLAY_RUNNING && route >= 0 && goes_back(j->o->s, route);
}

/* Where the film goes if nobody chooses is bold, if anything is. */
static void judge_bold(struct judge *j, const int32_t *state)
{
    const struct flow *f = j->f;
    const int32_t node = state[PLAY_NODE], box = f->box_of[node];
    g_autofree int32_t *st = g_memdup2(state, j->o->bytes);
    wait_until_left(j, st);
    for (int32_t i = f->first[box]; node == f->boxes[box].last_node && i < f->first[box + 1]; i++) {
        if (!f->arrows[i].usual)
            continue;
        j->bold++;
        if (!went_to(j, st, f->arrows[i].to))
            lie(j, "bold, but the film goes elsewhere", node, j->entered);
    }
}

/* A way of an option that has no condition can be picked, and leads there. */
static void judge_way(struct judge *j, const int32_t *state, const struct flow_way *w)
{
    const struct story_decision *d = &j->o->s->decisions[state[PLAY_OPEN]];
    const int32_t option = w->option - d->options.first;
    if (w->option < 0 || w->maybe || option < 0 || option >= d->options.n)
        return;
    g_autofree int32_t *st = g_memdup2(state, j->o->bytes);
    const struct play_input pick = {.kind = PLAY_PICK, .option = option};
    j->picks++;
    if (!play_step(j->o->s, st, &pick, NULL, NULL)) {
        lie(j, "an option without a condition can't be picked", state[PLAY_NODE], option);
        return;
    }
    wait_until_left(j, st);
    if (!went_to(j, st, w->to))
        lie(j, "an option without a condition leads elsewhere", state[PLAY_NODE], j->entered);
}

static void judge_states(struct judge *j)
{
    for (uint32_t i = 0; i < j->o->states->len; i++) {
        const int32_t *st = oracle_state(j->o, i);
        if (st[PLAY_PHASE] != PLAY_RUNNING)
            continue;
        if (st[PLAY_CURSOR] == 0 && st[PLAY_OPEN] < 0)
            judge_bold(j, st);
        const int32_t box = j->f->box_of[st[PLAY_NODE]];
        for (int32_t k = j->f->first[box]; st[PLAY_OPEN] >= 0 && k < j->f->first[box + 1]; k++)
            for (int32_t w = j->f->arrows[k].first; w < j->f->arrows[k].first + j->f->arrows[k].n; w++)
                judge_way(j, st, &j->f->ways[w]);
    }
}

static bool decision_leads(const struct story *s, const struct story_decision *d)
{
    bool leads = d->timeout.to.kind != STORY_NOWHERE;
    for (int32_t i = 0; i < d->options.n; i++)
        leads |= s->options[d->options.first + i].to.kind != STORY_NOWHERE;
    return leads;
}

/* The loader lets only one decision of a node lead somewhere, and a timeout have only one of `goto` and `as`. The model knows no such
 * rules. */
static void make_lawful(const struct story *s)
{
    static const struct story_target nowhere = {STORY_NOWHERE, -1};
    struct story_decision *decisions = (struct story_decision *)s->decisions;
    struct story_option *options = (struct story_option *)s->options;
    for (int32_t i = 0, node = -1; i < s->n_decisions; i++) {
        struct story_decision *d = &decisions[i];
        const bool again = d->node == node; /* one before leads already */
        if (d->timeout.as >= 0 || again)
            d->timeout.to = nowhere;
        for (int32_t k = 0; again && k < d->options.n; k++)
            options[d->options.first + k].to = nowhere;
        if (decision_leads(s, d))
            node = d->node;
    }
}

static void test_no_arrow_lies(void)
{
    struct judge sum = {0};
    for (uint32_t seed = first_seed; seed < first_seed + stories; seed++) {
        struct model *m = model_random(seed);
        make_lawful(m->s);
        struct oracle *o = oracle_new(m->s, false, NULL);
        const struct flow_options options = {.unfolded = seed % 2};
        struct flow *f = flow_new(m->s, &options);
        struct judge j = {.f = f, .o = o, .seed = seed};
        if (!o->too_much) {
            judge_steps(&j);
            judge_states(&j);
        }
        sum.steps += j.steps;
        sum.bold += j.bold;
        sum.picks += j.picks;
        sum.wrong += j.wrong;
        flow_free(f);
        oracle_free(o);
        model_free(m);
    }
    is_int(sum.wrong, 0, "no arrow lies");
    ok(sum.steps > 5 * stories && sum.bold > stories / 2 && sum.picks > stories / 2,
       "which was asked of %d steps, %d bold arrows and %d options", (int)sum.steps, (int)sum.bold, (int)sum.picks);
}

/* ---- dominators -------------------------------------------------------------------------------------------------- */

#define VERTICES 10

/* What is reached from 0 without coming by `avoided`, as bits. */
static unsigned reached(struct dominators_graph g, int32_t avoided)
{
    unsigned met = avoided == 0 ? 0 : 1, before = 0;
    while (met != before) {
        before = met;
        for (int32_t v = 0; v < g.n; v++)
            for (int32_t i = g.first[v]; (met >> v & 1) && i < g.first[v + 1]; i++)
                met |= g.to[i] == avoided ? 0 : 1U << g.to[i];
    }
    return met;
}

static int wrong_dominators(struct dominators_graph g)
{
    const unsigned all = reached(g, -1);
    unsigned without[VERTICES];
    g_autofree int32_t *dom = dominators_of(g, 0);
    int wrong = dom[0] != -1;
    for (int32_t v = 0; v < g.n; v++)
        without[v] = reached(g, v);
    for (int32_t v = 1; v < g.n; v++) {
        if (!(all >> v & 1)) {
            wrong += dom[v] != -1;
            continue;
        }
        for (int32_t u = 0; u < g.n; u++) { /* the nearest one: every other one lies above it */
            const bool dominates = u != v && (all >> u & 1) && !(without[u] >> v & 1);
            const bool above = u == dom[v] || !(without[u] >> dom[v] & 1);
            wrong += dominates ? !above : u == dom[v];
        }
    }
    return wrong;
}

static void test_dominators(void)
{
    int wrong = 0;
    GRand *r = g_rand_new_with_seed(1);
    for (int i = 0; i < 2000; i++) {
        int32_t first[VERTICES + 1], to[3 * VERTICES], n = 0;
        for (int32_t v = 0; v < VERTICES; v++) {
            first[v] = n;
            for (int32_t k = g_rand_int_range(r, 0, 4); k > 0; k--)
                to[n++] = g_rand_int_range(r, 0, VERTICES);
        }
        first[VERTICES] = n;
        wrong += wrong_dominators((struct dominators_graph){VERTICES, first, to});
    }
    g_rand_free(r);
    is_int(wrong, 0, "dominators are what their definition says, in 2000 graphs");
}

/* ---- parts ------------------------------------------------------------------------------------------------------- */

static int wrong_parts(const struct flow *f, int32_t max, bool by_act)
{
    struct flow_parts *p = flow_parts_new(f, max, by_act);
    g_autofree int32_t *n = g_new0(int32_t, p->n + 1);
    int wrong = 0;
    for (int32_t i = 0; i < f->n_boxes; i++) {
        const struct flow_part *part = &p->parts[p->part_of[i]];
        n[p->part_of[i]]++;
        wrong += (by_act && part->act != f->boxes[i].act) || part->lost == f->boxes[i].reached;
    }
    for (int32_t i = 0; i < p->n; i++)
        wrong += n[i] != p->parts[i].n_boxes || n[i] > max || n[i] == 0 || p->part_of[p->parts[i].entry] != i;
    wrong += p->part_of[f->start] != 0 && !by_act;
    flow_parts_free(p);
    return wrong;
}

static void test_parts(void)
{
    int wrong = 0;
    for (uint32_t seed = first_seed; seed < first_seed + stories; seed++) {
        struct model *m = model_random(seed);
        struct flow *f = flow_new(m->s, NULL);
        for (int32_t max = 1; max < 8; max += 3)
            wrong += wrong_parts(f, max, false);
        flow_free(f);
        model_free(m);
    }
    is_int(wrong, 0, "each box is in one part, and no part is too large");
}

/* Two acts, the second one in several pieces; the first node without an act is not reached. */
static void test_acts(void)
{
    g_autoptr(GString) yaml =
        g_string_new(HEAD "acts: {one: The call, two: The sea}\nnodes:\n  a: {act: one, next: n0}\n");
    for (int i = 0; i < 12; i++)
        g_string_append_printf(
            yaml,
            "  n%d: {act: two, clip: {card: A, for: 9s}, decision: {id: d%d, opens: 1s, for: 5s, default: x, "
            "options: {x: {text: X, goto: %s}, y: {text: Y, goto: e}}}}\n",
            i, i, i < 11 ? (char[]){'n', (char)('1' + i % 9), 0} : "e");
    g_string_append(yaml, "  e: {act: two, clip: {card: E, for: 2s}, ending: {id: e, title: E}}\n");
    struct story *s = story_from_text(yaml->str);
    if (!ok(s != NULL, "the story with acts loads"))
        return;
    struct flow *f = flow_new(s, NULL);
    struct flow_parts *p = flow_parts_new(f, 5, true);
    static const struct flowchart_options o;
    const struct flow_drawing d = {f, p, &o};
    g_autofree char *first = flow_words_part_title(&d, 0), *second = flow_words_part_title(&d, 1);
    is_str(first, "1: The call", "an act that is whole has its title");
    is_str(second, "2: The sea (1), from n0", "a piece of one also says where it begins");
    is_int(wrong_parts(f, 5, true), 0, "no part has boxes of two acts");
    flow_parts_free(p);
    flow_free(f);
    story_free(s);
}

int main(int argc, char **argv)
{
    stories = argc > 1 ? (uint32_t)atoi(argv[1]) : stories;
    first_seed = argc > 2 ? (uint32_t)atoi(argv[2]) : first_seed;
    test_table();
    test_no_arrow_lies();
    test_dominators();
    test_parts();
    test_acts();
    return tap_done();
}

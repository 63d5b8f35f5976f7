#include "explore/flow.h"

#include "story/node_edges.h"
#include "explore/dominators.h"

#include <assert.h>
#include <string.h>

/* ---- the ways of one exit ---------------------------------------------------------------------------------------- */

/* While the ways are collected, a place is a node, or n_nodes + a route that has a box. Stamps need not be cleared between exits. */
struct walk {
    const struct story *s;
    GArray *ways;                                    /* struct flow_way, between places */
    const bool *boxed;                               /* route: it has a box */
    const bool *total;                               /* route: some part of it always holds */
    int32_t *place_stamp, *back_stamp, *route_stamp; /* when a place was met last, otherwise and by a back() */
    int32_t stamp;
    struct flow_way way; /* what all ways of this exit have in common */
    bool cut_short;
};

static void add_way(struct walk *w, int32_t place, bool maybe, bool back)
{
    int32_t *met = &(back ? w->back_stamp : w->place_stamp)[place];
    if (*met == w->stamp)
        return;
    *met = w->stamp;
    w->cut_short |= w->ways->len >= NODE_EDGES_MAX;
    if (w->cut_short)
        return;
    struct flow_way way = w->way;
    way.to = place;
    way.maybe = maybe;
    way.back = back;
    g_array_append_val(w->ways, way);
}

static bool holds_always(const bool *total, struct story_target to)
{
    return to.kind == STORY_TO_NODE || (to.kind == STORY_TO_ROUTE && total[to.index]);
}

static void walk_target(struct walk *w, struct story_target to, bool maybe);

/* Parts behind one that always holds are never taken, unless chance decides. */
static void walk_parts(struct walk *w, const struct story_route *r, bool maybe) /* NOLINT(misc-no-recursion) */
{
    const int32_t part = w->way.part;
    bool done = false;
    for (int32_t i = 0; i < r->parts.n && !done; i++) {
        const struct story_part *p = &w->s->parts[r->parts.first + i];
        const bool open = p->when >= 0 || (r->random && r->parts.n > 1);
        w->way.part = r->parts.first + i;
        walk_target(w, p->to, maybe || open || i > 0);
        done = !open && holds_always(w->total, p->to);
    }
    w->way.part = part;
}

/* Recurses as deep as routes are nested: STORY_ROUTE_DEPTH. */
static void walk_target(struct walk *w, struct story_target to, bool maybe) /* NOLINT(misc-no-recursion) */
{
    switch (to.kind) {
    case STORY_NOWHERE:
        break;
    case STORY_TO_NODE:
        add_way(w, to.index, maybe, false);
        break;
    case STORY_TO_BACK:  /* there may be no checkpoint, */
    case STORY_TO_AGAIN: /* or it was not asked yet */
        add_way(w, w->s->decisions[to.index].node, true, true);
        break;
    case STORY_TO_ROUTE:
        if (w->boxed[to.index]) {
            add_way(w, w->s->n_nodes + to.index, maybe || !w->total[to.index], false);
        } else if (w->route_stamp[to.index] != w->stamp) {
            w->route_stamp[to.index] = w->stamp;
            walk_parts(w, &w->s->routes[to.index], maybe);
        }
        break;
    }
}

/* ---- the exits of a node ----------------------------------------------------------------------------------------- */

struct way_out {
    int32_t option; /* story->options, or -1 */
    struct story_target to;
    bool maybe; /* the option has a condition */
    bool usual; /* it is this one if nobody chooses */
};

/* Where the target does not hold, the film goes where `next` leads. If all of it is the same place, there is no doubt. */
static void walk_exit(struct walk *w, int32_t node, struct way_out out)
{
    const struct story_target next = w->s->nodes[node].next;
    const guint before = w->ways->len;
    const bool always = holds_always(w->total, out.to);
    w->stamp++;
    w->way = (struct flow_way){.from = node, .option = out.option, .part = -1};
    walk_target(w, out.to, false);
    if (!always)
        walk_target(w, next, out.to.kind != STORY_NOWHERE);
    const bool certain = w->ways->len == before + 1 && !w->cut_short && (always || holds_always(w->total, next));
    for (guint i = before; i < w->ways->len; i++) {
        struct flow_way *way = &g_array_index(w->ways, struct flow_way, i);
        way->maybe &= !certain;
        way->usual = out.usual && !way->maybe;
        way->maybe |= out.maybe;
    }
}

static bool leads(const struct story *s, const struct story_decision *d)
{
    bool found = d->timeout.to.kind != STORY_NOWHERE;
    for (int32_t i = 0; i < d->options.n; i++)
        found |= s->options[d->options.first + i].to.kind != STORY_NOWHERE;
    return found;
}

/*
 * The decision that says where the node leads; NULL: its `next` does, because no decision leads anywhere, or because one
 * before cuts. *maybe_next: a pick in one before cuts, so that `next` counts as well.
 */
static const struct story_decision *leading_decision(const struct story *s, int32_t node, bool *maybe_next)
{
    *maybe_next = false;
    const struct story_span decisions = s->nodes[node].decisions;
    for (int32_t i = 0; i < decisions.n; i++) {
        const struct story_decision *d = &s->decisions[decisions.first + i];
        if (leads(s, d))
            return d;
        if (d->cut == STORY_CUT_NOW)
            return NULL;
        *maybe_next |= d->cut == STORY_CUT_PICK;
    }
    return NULL;
}

static const struct story_target no_target = {STORY_NOWHERE, -1};

/* Nobody chose, and `option` of the decision (-1: none) is the default, `certain`: whatever was before. One that is not always
 * available may not be taken; then `next` counts. */
static void walk_default(struct walk *w, int32_t node, const struct story_decision *d, int32_t option, bool certain)
{
    const struct story_option *o = option >= 0 ? &w->s->options[d->options.first + option] : NULL;
    const bool taken = !o || o->when < 0;
    walk_exit(w, node,
              (struct way_out){.option = -1,
                               .to = o && taken ? o->to : no_target,
                               .maybe = !taken || !certain,
                               .usual = taken && certain});
}

/* The options that may be the default, as bits: the decision's own, and those of its variants. */
static uint64_t possible_defaults(const struct story *s, const struct story_decision *d)
{
    uint64_t set = d->fallback >= 0 ? UINT64_C(1) << d->fallback : 0;
    for (int32_t i = d->variants.first; i < d->variants.first + d->variants.n; i++)
        if (s->variants[i].fallback >= 0)
            set |= UINT64_C(1) << s->variants[i].fallback;
    return set;
}

static void walk_defaults(struct walk *w, int32_t node, const struct story_decision *d)
{
    const uint64_t set = possible_defaults(w->s, d);
    const bool none = d->fallback < 0, certain = __builtin_popcountll(set) + none == 1;
    if (none)
        walk_default(w, node, d, -1, certain);
    for (int32_t i = 0; i < d->options.n; i++)
        if (set >> i & 1)
            walk_default(w, node, d, i, certain);
}

/* Nobody chose, and the decision says what comes then. */
static void walk_timeout(struct walk *w, int32_t node, const struct story_decision *d)
{
    const struct story_target as = d->timeout.as >= 0 ? w->s->options[d->options.first + d->timeout.as].to : no_target;
    const struct story_target to = d->timeout.to.kind != STORY_NOWHERE ? d->timeout.to : as;
    walk_exit(w, node, (struct way_out){.option = -1, .to = to, .usual = true});
}

static void walk_node(struct walk *w, int32_t node)
{
    bool maybe_next;
    const struct story_decision *d = leading_decision(w->s, node, &maybe_next);
    if (d && maybe_next)
        walk_exit(w, node, (struct way_out){.option = -1, .to = no_target, .maybe = true});
    if (!d) {
        walk_exit(w, node, (struct way_out){.option = -1, .to = no_target, .usual = true});
        return;
    }
    for (int32_t i = 0; i < d->options.n; i++) {
        const int32_t option = d->options.first + i;
        const struct story_option *o = &w->s->options[option];
        walk_exit(w, node, (struct way_out){.option = option, .to = o->to, .maybe = o->when >= 0});
    }
    if (d->timeout.given)
        walk_timeout(w, node, d);
    else
        walk_defaults(w, node, d);
}

/* ---- routes ------------------------------------------------------------------------------------------------------ */

static bool route_total(const struct story *s, int32_t route, char *known) /* NOLINT(misc-no-recursion) */
{
    enum { NEW, ALWAYS, NOT_ALWAYS };
    const struct story_span parts = s->routes[route].parts;
    if (known[route] != NEW)
        return known[route] == ALWAYS;
    bool total = false;
    for (int32_t i = 0; i < parts.n && !total; i++) {
        const struct story_part *p = &s->parts[parts.first + i];
        total = p->when < 0 &&
                (p->to.kind == STORY_TO_NODE || (p->to.kind == STORY_TO_ROUTE && route_total(s, p->to.index, known)));
    }
    known[route] = total ? ALWAYS : NOT_ALWAYS;
    return total;
}

static bool *find_total_routes(const struct story *s)
{
    bool *total = g_new(bool, (gsize)s->n_routes + 1);
    char *known = g_new0(char, (gsize)s->n_routes + 1);
    for (int32_t i = 0; i < s->n_routes; i++)
        total[i] = route_total(s, i, known);
    g_free(known);
    return total;
}

/* How often routes are used: once for each node and each route that names them. */
struct route_uses {
    int32_t *n, *stamp;
    int32_t user;
};

static void count_use(struct route_uses *u, struct story_target to)
{
    if (to.kind != STORY_TO_ROUTE || u->stamp[to.index] == u->user)
        return;
    u->stamp[to.index] = u->user;
    u->n[to.index]++;
}

static void count_uses(const struct story *s, struct route_uses *u)
{
    for (int32_t i = 0; i < s->n_nodes; i++) {
        const struct story_node *n = &s->nodes[i];
        u->user++;
        count_use(u, n->next);
        for (int32_t k = 0; k < n->decisions.n; k++) {
            const struct story_decision *d = &s->decisions[n->decisions.first + k];
            count_use(u, d->timeout.to);
            for (int32_t j = 0; j < d->options.n; j++)
                count_use(u, s->options[d->options.first + j].to);
        }
    }
    for (int32_t i = 0; i < s->n_routes; i++) {
        u->user++;
        for (int32_t k = 0; k < s->routes[i].parts.n; k++)
            count_use(u, s->parts[s->routes[i].parts.first + k].to);
    }
}

/* A route gets a box where that makes fewer arrows. */
static bool *find_boxed_routes(const struct story *s, bool unfolded)
{
    const gsize n = (gsize)s->n_routes + 1;
    struct route_uses u = {g_new0(int32_t, n), g_new0(int32_t, n), 0};
    bool *boxed = g_new0(bool, n);
    if (!unfolded)
        count_uses(s, &u);
    for (int32_t i = 0; i < s->n_routes; i++) {
        const int64_t users = u.n[i], parts = s->routes[i].parts.n;
        boxed[i] = s->routes[i].name && users * parts > users + parts;
    }
    g_free(u.n);
    g_free(u.stamp);
    return boxed;
}

/* ---- chains ------------------------------------------------------------------------------------------------------ */

struct fold {
    struct flow *f;
    const struct flow_options *o;
    const GArray *ways; /* struct flow_way, between places */
    int32_t *way_first; /* place: its first way; n_places + 1 */
    int32_t n_places;
    const bool *boxed;
    int32_t *prev; /* node: the one before it in its chain, or -1 */
    int32_t *box_of_place;
};

static const struct flow_way *way_at(const struct fold *x, int32_t i)
{
    return &g_array_index(x->ways, struct flow_way, i);
}

/* The only place that can follow the node, which has no condition; or -1. */
static int32_t only_follower(const struct fold *x, int32_t node)
{
    const int32_t first = x->way_first[node], end = x->way_first[node + 1];
    const bool one = end == first + 1 && !way_at(x, first)->maybe && !way_at(x, first)->back;
    return one && x->f->s->nodes[node].decisions.n == 0 ? way_at(x, first)->to : -1;
}

static bool stays_apart(const struct fold *x, int32_t node)
{
    return (x->o->apart && x->o->apart[node]) || x->f->s->nodes[node].ending >= 0;
}

/* `n_in`: how many ways lead to each place. */
static void link_chains(struct fold *x, const int32_t *n_in)
{
    const struct story *s = x->f->s;
    for (int32_t i = 0; i < s->n_nodes && !x->o->unfolded; i++) {
        const int32_t to = only_follower(x, i);
        if (to < 0 || to >= s->n_nodes || to == i || to == s->start || n_in[to] != 1 || stays_apart(x, i) ||
            stays_apart(x, to) || s->nodes[i].act != s->nodes[to].act || s->nodes[i].role != s->nodes[to].role)
            continue;
        x->f->next_of[i] = to;
        x->prev[to] = i;
    }
}

static void find_chains(struct fold *x)
{
    int32_t *n_in = g_new0(int32_t, (gsize)x->n_places + 1);
    for (guint i = 0; i < x->ways->len; i++)
        n_in[way_at(x, (int32_t)i)->to]++;
    link_chains(x, n_in);
    g_free(n_in);
}

static void add_chain(struct fold *x, int32_t head)
{
    struct flow *f = x->f;
    struct flow_box *b = &f->boxes[f->n_boxes];
    *b = (struct flow_box){.first_node = head, .route = -1, .act = f->s->nodes[head].act};
    for (int32_t i = head; i >= 0; i = f->next_of[i]) {
        x->box_of_place[i] = f->n_boxes;
        b->last_node = i;
        b->n_nodes++;
    }
    f->n_boxes++;
}

static void make_boxes(struct fold *x)
{
    struct flow *f = x->f;
    f->boxes = g_new0(struct flow_box, x->n_places + 1);
    for (int32_t i = 0; i < f->s->n_nodes; i++)
        if (x->prev[i] < 0)
            add_chain(x, i);
    for (int32_t i = 0; i < f->s->n_nodes; i++)
        if (x->box_of_place[i] < 0) { /* a circle that nothing leads to */
            f->next_of[x->prev[i]] = -1;
            add_chain(x, i);
        }
    for (int32_t i = 0; i < f->s->n_routes; i++)
        if (x->boxed[i]) {
            f->boxes[f->n_boxes] = (struct flow_box){.first_node = -1, .last_node = -1, .route = i, .act = -1};
            x->box_of_place[f->s->n_nodes + i] = f->n_boxes++;
        }
}

/* ---- arrows ------------------------------------------------------------------------------------------------------ */

static void add_way_to_arrow(struct flow_arrow *a, const struct flow_way *w)
{
    a->sure |= !w->maybe;
    a->usual |= w->usual;
    a->back &= w->back;
    a->n++;
}

/* The place by whose ways the box is left. */
static int32_t exit_of(const struct fold *x, int32_t box)
{
    const struct flow_box *b = &x->f->boxes[box];
    return b->route >= 0 ? x->f->s->n_nodes + b->route : b->last_node;
}

/* Puts the ways of a box into the order of its arrows. `at`, `n`: of the ways of its place. */
static void sort_ways(struct fold *x, int32_t begin, const int32_t *arrow_of, int32_t at, int32_t n)
{
    struct flow *f = x->f;
    int32_t next = f->n_ways;
    for (int32_t i = begin; i < f->n_arrows; i++) {
        f->arrows[i].first = next;
        next += f->arrows[i].n;
        f->arrows[i].n = 0;
    }
    for (int32_t i = 0; i < n; i++) {
        struct flow_arrow *a = &f->arrows[arrow_of[i]];
        struct flow_way *w = &f->ways[a->first + a->n++];
        *w = *way_at(x, at + i);
        w->from = a->from;
        w->to = a->to;
    }
    f->n_ways = next;
}

static void make_arrows_of(struct fold *x, int32_t box, int32_t *latest, int32_t *arrow_of)
{
    struct flow *f = x->f;
    const int32_t place = exit_of(x, box), begin = f->n_arrows, first = x->way_first[place],
                  n = x->way_first[place + 1] - first;
    f->first[box] = begin;
    for (int32_t i = 0; i < n; i++) {
        const struct flow_way *w = way_at(x, first + i);
        const int32_t to = x->box_of_place[w->to];
        if (latest[to] < begin) {
            latest[to] = f->n_arrows;
            f->arrows[f->n_arrows++] = (struct flow_arrow){.from = box, .to = to, .back = true};
        }
        arrow_of[i] = latest[to];
        add_way_to_arrow(&f->arrows[latest[to]], w);
    }
    sort_ways(x, begin, arrow_of, first, n);
}

static void make_arrows(struct fold *x)
{
    struct flow *f = x->f;
    int32_t *latest = g_new(int32_t, f->n_boxes + 1), *arrow_of = g_new(int32_t, x->ways->len + 1);
    memset(latest, 0xff, (size_t)f->n_boxes * sizeof *latest);
    f->arrows = g_new(struct flow_arrow, x->ways->len + 1);
    f->ways = g_new(struct flow_way, x->ways->len + 1);
    f->first = g_new0(int32_t, f->n_boxes + 1);
    for (int32_t i = 0; i < f->n_boxes; i++)
        make_arrows_of(x, i, latest, arrow_of);
    f->first[f->n_boxes] = f->n_arrows;
    g_free(latest);
    g_free(arrow_of);
}

/* ---- what the drawing shows at a glance -------------------------------------------------------------------------- */

enum { NEW, OPEN, DONE };

/* Depth first from one box. An arrow to a box that is still open closes a circle. Boxes are added to `order` as they are done. */
static void find_returns_from(struct flow *f, int32_t root, char *state, int32_t *at, GArray *order)
{
    GArray *stack = g_array_new(FALSE, FALSE, sizeof(int32_t));
    for (int32_t next = root; next >= 0 || stack->len > 0;) {
        if (next >= 0) {
            state[next] = OPEN;
            g_array_append_val(stack, next);
            next = -1;
        }
        const int32_t box = g_array_index(stack, int32_t, stack->len - 1);
        if (at[box] == f->first[box + 1]) {
            state[box] = DONE;
            g_array_append_val(order, box);
            g_array_set_size(stack, stack->len - 1);
            continue;
        }
        struct flow_arrow *a = &f->arrows[at[box]++];
        a->returns = state[a->to] == OPEN;
        if (state[a->to] == NEW)
            next = a->to;
    }
    g_array_free(stack, TRUE);
}

/* Ranks follow from the order in which the search was done, read backwards: arrows that do not return lead on in it. */
static void find_ranks(struct flow *f, const GArray *order)
{
    for (guint i = order->len; i-- > 0;) {
        const int32_t box = g_array_index(order, int32_t, i);
        for (int32_t k = f->first[box]; k < f->first[box + 1]; k++) {
            struct flow_box *to = &f->boxes[f->arrows[k].to];
            if (f->arrows[k].returns)
                to->loops++;
            else if (f->boxes[box].reached == to->reached)
                to->rank = MAX(to->rank, f->boxes[box].rank + 1);
            if (to->route >= 0 && to->act < 0) /* it belongs to the first that uses it */
                to->act = f->boxes[box].act;
        }
    }
}

static void find_returns(struct flow *f)
{
    char *state = g_new0(char, f->n_boxes + 1);
    int32_t *at = g_memdup2(f->first, (gsize)f->n_boxes * sizeof *at);
    GArray *order = g_array_new(FALSE, FALSE, sizeof(int32_t));
    find_returns_from(f, f->start, state, at, order);
    for (int32_t i = 0; i < f->n_boxes; i++)
        f->boxes[i].reached = state[i] == DONE;
    for (int32_t i = 0; i < f->n_boxes; i++)
        if (state[i] == NEW)
            find_returns_from(f, i, state, at, order);
    find_ranks(f, order);
    g_array_free(order, TRUE);
    g_free(at);
    g_free(state);
}

/* The bottlenecks: what dominates a place behind all endings. A route is none: nobody sees it. */
static void find_necks(struct flow *f)
{
    const int32_t end = f->n_boxes;
    int32_t *first = g_new(int32_t, f->n_boxes + 2), *to = g_new(int32_t, f->n_arrows + f->s->n_endings + 1), n = 0;
    for (int32_t i = 0; i < f->n_boxes; i++) {
        first[i] = n;
        for (int32_t k = f->first[i]; k < f->first[i + 1]; k++)
            to[n++] = f->arrows[k].to;
        if (flow_ending(f, i) >= 0)
            to[n++] = end;
    }
    first[end] = first[end + 1] = n;
    int32_t *dom = dominators_of((struct dominators_graph){end + 1, first, to}, f->start);
    for (int32_t i = dom[end]; i >= 0; i = dom[i])
        f->boxes[i].neck = i != f->start && f->boxes[i].route < 0 && flow_ending(f, i) < 0;
    g_free(dom);
    g_free(first);
    g_free(to);
}

/* ---- a flow ------------------------------------------------------------------------------------------------------ */

/* The ways of all places, and in way_first[] where those of each begin. */
static GArray *walk_all(struct walk *w, int32_t *way_first)
{
    const struct story *s = w->s;
    for (int32_t i = 0; i < s->n_nodes; i++) {
        way_first[i] = (int32_t)w->ways->len;
        walk_node(w, i);
    }
    for (int32_t i = 0; i < s->n_routes; i++) {
        way_first[s->n_nodes + i] = (int32_t)w->ways->len;
        if (!w->boxed[i])
            continue;
        w->stamp++;
        w->way = (struct flow_way){.from = s->n_nodes + i, .option = -1, .part = -1};
        walk_parts(w, &s->routes[i], false);
    }
    way_first[s->n_nodes + s->n_routes] = (int32_t)w->ways->len;
    return w->ways;
}

static int32_t *nowhere(int32_t n)
{
    int32_t *a = g_new(int32_t, n + 1);
    memset(a, 0xff, (size_t)(n + 1) * sizeof *a); /* -1 each */
    return a;
}

static void build(struct fold *x, struct walk *w)
{
    struct flow *f = x->f;
    x->ways = walk_all(w, x->way_first);
    f->cut_short = w->cut_short;
    find_chains(x);
    make_boxes(x);
    make_arrows(x);
    f->box_of = x->box_of_place;
    f->start = f->box_of[f->s->start];
    find_returns(f);
    find_necks(f);
}

struct flow *flow_new(const struct story *s, const struct flow_options *o)
{
    static const struct flow_options plain;
    const int32_t n = s->n_nodes + s->n_routes;
    struct flow *f = g_new0(struct flow, 1);
    bool *boxed = find_boxed_routes(s, o && o->unfolded), *total = find_total_routes(s);
    struct walk w = {
        .s = s, .ways = g_array_new(FALSE, FALSE, sizeof(struct flow_way)), .boxed = boxed, .total = total};
    struct fold x = {.f = f,
                     .o = o ? o : &plain,
                     .n_places = n,
                     .boxed = boxed,
                     .prev = nowhere(s->n_nodes),
                     .box_of_place = nowhere(n),
                     .way_first = g_new0(int32_t, n + 1)};
    w.place_stamp = g_new0(int32_t, n + 1);
    w.back_stamp = g_new0(int32_t, n + 1);
    w.route_stamp = g_new0(int32_t, s->n_routes + 1);
    f->s = s;
    f->next_of = nowhere(s->n_nodes);
    build(&x, &w);
    void *const scratch[] = {boxed, total, w.place_stamp, w.back_stamp, w.route_stamp, x.prev, x.way_first};
    for (size_t i = 0; i < G_N_ELEMENTS(scratch); i++)
        g_free(scratch[i]);
    g_array_free(w.ways, TRUE);
    return f;
}

void flow_free(struct flow *f)
{
    if (!f)
        return;
    void *const arrays[] = {f->boxes, f->arrows, f->ways, f->first, f->box_of, f->next_of, f};
    for (size_t i = 0; i < G_N_ELEMENTS(arrays); i++)
        g_free(arrays[i]);
}

int32_t flow_ending(const struct flow *f, int32_t box)
{
    const int32_t node = f->boxes[box].last_node;
    return node >= 0 ? f->s->nodes[node].ending : -1;
}

bool flow_decides(const struct flow *f, int32_t box)
{
    const int32_t node = f->boxes[box].last_node;
    return node >= 0 && f->s->nodes[node].decisions.n > 0;
}

enum story_role flow_role(const struct flow *f, int32_t box)
{
    const int32_t node = f->boxes[box].first_node;
    return node >= 0 ? f->s->nodes[node].role : STORY_ROLE_NONE;
}

#include "explore/cover_bound.h"

#include "explore/strong_components.h"
#include "story/node_edges.h"

#include <assert.h>
#include <string.h>

#define NOWHERE UINT32_MAX

/* From target to target; later from group to group. */
struct bound_edge {
    uint32_t from, to;
    uint32_t flow; /* walks that go along it */
};

/* Targets on a circle are one group. Edges stand by the group where they begin, and `into` lists them by the one where they end. */
struct cover_flow {
    const struct cover_bound_input *in;
    uint32_t n_targets, n_groups;
    GArray *edges;        /* bound_edge */
    uint32_t *first;      /* of each group's edges, and the end */
    uint32_t *into;       /* edges by where they end */
    uint32_t *into_first; /* of each group in `into`, and the end */
    uint32_t *group;      /* target */
    uint32_t *through;    /* group: walks that pass it */
    uint32_t *ends;       /* group: walks that end there */
    bool *needed;         /* group: one of its targets is covered */
    uint64_t work;
};

/* ---- the story as a graph of targets ---------------------------------------------------------------------------------- */

static void add_edge(struct cover_flow *f, int32_t from, int32_t to)
{
    const bool *covered = f->in->covered;
    const struct bound_edge e = {(uint32_t)from, (uint32_t)to, 0};
    if (!f->in->all || (covered[from] && covered[to]))
        g_array_append_val(f->edges, e);
}

/* Where an option can lead: by its own target, or by what decides if that is none. */
static void add_option_edges(struct cover_flow *f, int32_t node, int32_t option, const struct node_edge *edges,
                             int32_t n)
{
    const struct story *s = f->in->s;
    const bool one = s->nodes[node].decisions.n == 1;
    for (int32_t i = 0; i < n; i++) {
        const bool other = edges[i].kind == NODE_EDGE_OPTION &&
                           s->decisions[edges[i].decision].options.first + edges[i].option != option;
        if (!one || !other)
            add_edge(f, s->n_nodes + option, edges[i].to);
    }
}

/* A later decision of the node, or one to which the viewer comes again. */
static void add_decision_edges(struct cover_flow *f, int32_t node, struct story_span from)
{
    const struct story *s = f->in->s;
    const struct story_span decisions = s->nodes[node].decisions;
    for (int32_t i = 0; i < decisions.n; i++) {
        const struct story_span to = s->decisions[decisions.first + i].options;
        for (int32_t a = from.first; to.first != from.first && a < from.first + from.n; a++)
            for (int32_t b = to.first; b < to.first + to.n; b++)
                add_edge(f, s->n_nodes + a, s->n_nodes + b);
    }
}

static void add_node_edges(struct cover_flow *f, int32_t node, const struct node_edge *edges, int32_t n)
{
    const struct story *s = f->in->s;
    const struct story_span decisions = s->nodes[node].decisions;
    for (int32_t i = 0; i < n; i++)
        add_edge(f, node, edges[i].to);
    for (int32_t i = 0; i < decisions.n; i++) {
        const struct story_span options = s->decisions[decisions.first + i].options;
        add_decision_edges(f, node, options);
        for (int32_t o = options.first; o < options.first + options.n; o++) {
            add_edge(f, node, s->n_nodes + o);
            add_option_edges(f, node, o, edges, n);
        }
    }
}

static gint by_place(gconstpointer a, gconstpointer b)
{
    const struct bound_edge *x = a, *y = b;
    return x->from != y->from ? (x->from > y->from) - (x->from < y->from) : (x->to > y->to) - (x->to < y->to);
}

/* Sorts the edges, leaves out those that stand there already, and finds where those of each vertex begin. */
static void index_edges(struct cover_flow *f, uint32_t n)
{
    struct bound_edge *e = (struct bound_edge *)(void *)f->edges->data;
    guint kept = 0;
    g_array_sort(f->edges, by_place);
    for (guint i = 0; i < f->edges->len; i++)
        if (i == 0 || by_place(&e[kept - 1], &e[i]) != 0)
            e[kept++] = e[i];
    g_array_set_size(f->edges, kept);
    g_free(f->first);
    f->first = g_new0(uint32_t, (gsize)n + 2);
    for (guint i = 0; i < kept; i++)
        f->first[e[i].from + 1]++;
    for (uint32_t i = 0; i < n; i++)
        f->first[i + 1] += f->first[i];
}

static void list_edges(struct cover_flow *f)
{
    GArray *edges = node_edges_of(f->in->s);
    int32_t *index = node_edges_index(f->in->s, edges);
    for (int32_t i = 0; i < f->in->s->n_nodes; i++)
        add_node_edges(f, i, &g_array_index(edges, struct node_edge, index[i]), index[i + 1] - index[i]);
    g_free(index);
    g_array_unref(edges);
    index_edges(f, f->n_targets);
}

/* ---- groups and flow ---------------------------------------------------------------------------------------------------- */

static const struct bound_edge *edge_at(const struct cover_flow *f, uint32_t i)
{
    return &g_array_index(f->edges, struct bound_edge, i);
}

static uint32_t end_of_edge(const void *user, uint32_t i)
{
    return edge_at(user, i)->to;
}

/* From here on, edges lead from group to group. */
static void join_circles(struct cover_flow *f)
{
    const struct directed_graph g = {f->n_targets, f->n_targets, f->first, end_of_edge, f};
    guint kept = 0;
    f->group = strong_components(&g, NULL);
    for (uint32_t i = 0; i < f->n_targets; i++)
        f->n_groups = MAX(f->n_groups, f->group[i] + 1);
    for (guint i = 0; i < f->edges->len; i++) {
        const struct bound_edge e = {f->group[edge_at(f, i)->from], f->group[edge_at(f, i)->to], 0};
        if (e.from != e.to)
            g_array_index(f->edges, struct bound_edge, kept++) = e;
    }
    g_array_set_size(f->edges, kept);
    index_edges(f, f->n_groups);
}

static void list_incoming(struct cover_flow *f)
{
    f->into = g_new(uint32_t, (gsize)f->edges->len + 1);
    f->into_first = g_new0(uint32_t, (gsize)f->n_groups + 2);
    for (guint i = 0; i < f->edges->len; i++)
        f->into_first[edge_at(f, i)->to + 2]++;
    for (uint32_t i = 2; i < f->n_groups + 2; i++)
        f->into_first[i] += f->into_first[i - 1];
    for (guint i = 0; i < f->edges->len; i++)
        f->into[f->into_first[edge_at(f, i)->to + 1]++] = i;
}

/* The edge between two groups, or NOWHERE. */
static uint32_t find_edge(const struct cover_flow *f, uint32_t from, uint32_t to)
{
    uint32_t low = f->first[from], high = f->first[from + 1];
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (edge_at(f, middle)->to < to)
            low = middle + 1;
        else
            high = middle;
    }
    return low < f->first[from + 1] && edge_at(f, low)->to == to ? low : NOWHERE;
}

/* Sends a unit of flow along the walk. False: it goes where the story's text does not lead. */
static bool add_walk(struct cover_flow *f, const GArray *walk)
{
    uint32_t at = f->group[f->in->s->start];
    f->through[at]++;
    for (guint i = 0; i < walk->len; i++) {
        const uint32_t to = f->group[g_array_index(walk, int32_t, i)];
        if (to == at)
            continue;
        const uint32_t edge = find_edge(f, at, to);
        if (edge == NOWHERE)
            return false;
        g_array_index(f->edges, struct bound_edge, edge).flow++;
        f->through[to]++;
        at = to;
    }
    f->ends[at]++;
    return true;
}

static bool add_walks(struct cover_flow *f)
{
    for (guint i = 0; i < f->in->walks->len; i++)
        if (!add_walk(f, g_ptr_array_index(f->in->walks, i)))
            return false;
    for (uint32_t i = 0; i < f->n_targets; i++)
        f->needed[f->group[i]] |= f->in->covered[i];
    return true;
}

/* ---- taking flow back ----------------------------------------------------------------------------------------------------- */

/*
 * Each group has two sides: walks come in at 2 * group and go out at 2 * group + 1. A unit is taken back along a path from a place
 * where walks end, against the walks and along any edge, to the way in of the start. `by`: how a side was met.
 */
struct taking {
    struct cover_flow *f;
    uint32_t *by; /* side: the side before it; the side itself where the path begins; NOWHERE: not met */
    GArray *queue;
};

static void meet_side(struct taking *t, uint32_t side, uint32_t before)
{
    if (t->by[side] != NOWHERE)
        return;
    t->by[side] = before;
    g_array_append_val(t->queue, side);
}

static void leave_side(struct taking *t, uint32_t side)
{
    struct cover_flow *f = t->f;
    const uint32_t group = side / 2, in = 2 * group, out = in + 1;
    if (side == out) {
        if (f->through[group] > (f->needed[group] ? 1 : 0))
            meet_side(t, in, side);
        for (uint32_t i = f->first[group]; i < f->first[group + 1]; i++, f->work++)
            meet_side(t, 2 * edge_at(f, i)->to, side);
        return;
    }
    meet_side(t, out, side);
    for (uint32_t i = f->into_first[group]; i < f->into_first[group + 1]; i++, f->work++)
        if (edge_at(f, f->into[i])->flow > 0)
            meet_side(t, 2 * edge_at(f, f->into[i])->from + 1, side);
}

/* The path came from `from` to `to`: one unit less against the walks, one more along an edge. */
static void change_flow(struct cover_flow *f, uint32_t from, uint32_t to)
{
    if (from / 2 == to / 2) {
        f->through[from / 2] += from % 2 ? UINT32_MAX : 1;
        return;
    }
    const bool along = from % 2;
    const uint32_t edge = along ? find_edge(f, from / 2, to / 2) : find_edge(f, to / 2, from / 2);
    assert(edge != NOWHERE);
    g_array_index(f->edges, struct bound_edge, edge).flow += along ? 1 : UINT32_MAX;
}

/* False: no unit can be taken back. */
static bool take_back(struct taking *t)
{
    struct cover_flow *f = t->f;
    const uint32_t goal = 2 * f->group[f->in->s->start];
    memset(t->by, 0xff, 2 * (size_t)f->n_groups * sizeof *t->by);
    g_array_set_size(t->queue, 0);
    for (uint32_t i = 0; i < f->n_groups; i++)
        if (f->ends[i] > 0)
            meet_side(t, 2 * i + 1, 2 * i + 1);
    for (guint k = 0; k < t->queue->len && t->by[goal] == NOWHERE; k++)
        leave_side(t, g_array_index(t->queue, uint32_t, k));
    f->work += f->n_groups;
    if (t->by[goal] == NOWHERE)
        return false;
    uint32_t side = goal;
    for (; t->by[side] != side; side = t->by[side])
        change_flow(f, t->by[side], side);
    f->ends[side / 2]--;
    return true;
}

/* The least flow; 0 if that takes too long. */
static int32_t least_flow(struct cover_flow *f)
{
    struct taking t = {f, g_new(uint32_t, 2 * (gsize)f->n_groups + 1), g_array_new(FALSE, FALSE, sizeof(uint32_t))};
    int32_t n = (int32_t)f->in->walks->len;
    bool more = true;
    while (f->work < COVER_BOUND_WORK_MAX && (more = take_back(&t)))
        n--;
    g_array_unref(t.queue);
    g_free(t.by);
    assert(n >= 1);
    return more ? 0 : n;
}

/* ---- all ------------------------------------------------------------------------------------------------------------------ */

/* A viewing ends in at most one of the nodes from which nothing leads on, so all that are covered need a viewing each. */
static int32_t count_dead_ends(const struct cover_bound_input *in)
{
    GArray *edges = node_edges_of(in->s);
    int32_t *index = node_edges_index(in->s, edges), n = 0;
    for (int32_t i = 0; i < in->s->n_nodes; i++)
        n += in->covered[i] && index[i] == index[i + 1];
    g_free(index);
    g_array_unref(edges);
    return MAX(n, 1);
}

int32_t cover_bound(const struct cover_bound_input *in)
{
    struct cover_flow f = {.in = in, .n_targets = (uint32_t)(in->s->n_nodes + in->s->n_options)};
    f.edges = g_array_new(FALSE, FALSE, sizeof(struct bound_edge));
    list_edges(&f);
    join_circles(&f);
    list_incoming(&f);
    f.through = g_new0(uint32_t, (gsize)f.n_groups + 1);
    f.ends = g_new0(uint32_t, (gsize)f.n_groups + 1);
    f.needed = g_new0(bool, (gsize)f.n_groups + 1);
    const int32_t n = add_walks(&f) ? least_flow(&f) : 0;
    g_free(f.needed);
    g_free(f.ends);
    g_free(f.through);
    g_free(f.into_first);
    g_free(f.into);
    g_free(f.group);
    g_free(f.first);
    g_array_unref(f.edges);
    return MAX(n, count_dead_ends(in));
}

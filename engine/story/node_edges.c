#include "story/node_edges.h"

#include <assert.h>

/* A walk from one exit of a node. Stamps say which nodes and routes this walk has met already; they need not be cleared between
 * walks, because each walk has a stamp of its own. */
struct edge_walk {
    const struct story *s;
    GArray *out;
    struct node_edge edge;
    int32_t *node_stamp, *route_stamp;
    int32_t stamp;
};

static void add_node_edge(struct edge_walk *w, int32_t node, bool maybe, bool back)
{
    assert(node >= 0 && node < w->s->n_nodes);
    if (w->node_stamp[node] == w->stamp || w->out->len >= NODE_EDGES_MAX)
        return;
    w->node_stamp[node] = w->stamp;
    struct node_edge e = w->edge;
    e.to = node;
    e.maybe = maybe;
    e.back = back;
    g_array_append_val(w->out, e);
}

static void collect_target_edges(struct edge_walk *w, struct story_target to, bool maybe);

/* Parts behind one that always holds are never taken. */
static void collect_route_edges(struct edge_walk *w, const struct story_route *r, bool maybe)
{
    for (int32_t i = 0; i < r->parts.n; i++) {
        const struct story_part *p = &w->s->parts[r->parts.first + i];
        const bool open = p->when >= 0 || r->random;
        collect_target_edges(w, p->to, maybe || open || i > 0);
        if (!open && p->to.kind == STORY_TO_NODE)
            return;
    }
}

/* Recurses as deep as routes are nested: STORY_ROUTE_DEPTH. */
static void collect_target_edges(struct edge_walk *w, struct story_target to,
                                 bool maybe) /* NOLINT(misc-no-recursion) */
{
    switch (to.kind) {
    case STORY_NOWHERE:
        break;
    case STORY_TO_NODE:
        add_node_edge(w, to.index, maybe, false);
        break;
    case STORY_TO_BACK:
    case STORY_TO_AGAIN:
        add_node_edge(w, w->s->decisions[to.index].node, true, true);
        break;
    case STORY_TO_ROUTE:
        if (w->route_stamp[to.index] != w->stamp) {
            w->route_stamp[to.index] = w->stamp;
            collect_route_edges(w, &w->s->routes[to.index], maybe);
        }
        break;
    }
}

static void collect_edges(struct edge_walk *w, struct node_edge edge, struct story_target to)
{
    w->stamp++;
    w->edge = edge;
    collect_target_edges(w, to, false);
}

static void collect_decision_edges(struct edge_walk *w, int32_t node, int32_t decision)
{
    const struct story_decision *d = &w->s->decisions[decision];
    for (int32_t i = 0; i < d->options.n; i++)
        collect_edges(w, (struct node_edge){.from = node, .kind = NODE_EDGE_OPTION, .decision = decision, .option = i},
                      w->s->options[d->options.first + i].to);
    collect_edges(w, (struct node_edge){.from = node, .kind = NODE_EDGE_TIMEOUT, .decision = decision, .option = -1},
                  d->timeout.to);
}

GArray *node_edges_of(const struct story *s)
{
    struct edge_walk w = {
        .s = s,
        .out = g_array_new(FALSE, FALSE, sizeof(struct node_edge)),
        .node_stamp = g_new0(int32_t, s->n_nodes + 1),
        .route_stamp = g_new0(int32_t, s->n_routes + 1),
    };
    for (int32_t i = 0; i < s->n_nodes; i++) {
        const struct story_node *n = &s->nodes[i];
        for (int32_t k = 0; k < n->decisions.n; k++)
            collect_decision_edges(&w, i, n->decisions.first + k);
        collect_edges(&w, (struct node_edge){.from = i, .kind = NODE_EDGE_NEXT, .decision = -1, .option = -1}, n->next);
    }
    g_free(w.node_stamp);
    g_free(w.route_stamp);
    return w.out;
}

int32_t *node_edges_index(const struct story *s, const GArray *edges)
{
    int32_t *index = g_new0(int32_t, s->n_nodes + 1);
    for (guint i = 0; i < edges->len; i++)
        index[g_array_index(edges, struct node_edge, i).from + 1]++;
    for (int32_t i = 0; i < s->n_nodes; i++)
        index[i + 1] += index[i];
    assert(index[s->n_nodes] == (int32_t)edges->len);
    return index;
}

/* Breadth first. Leaving a silent node costs nothing, so what follows it goes to the front of the queue. */
int32_t *node_edges_depths(const struct story *s, const GArray *edges, const int32_t *index)
{
    int32_t *depth = g_new(int32_t, s->n_nodes);
    bool *done = g_new0(bool, s->n_nodes);
    GQueue queue = G_QUEUE_INIT;
    for (int32_t i = 0; i < s->n_nodes; i++)
        depth[i] = -1;
    depth[s->start] = 0;
    g_queue_push_tail(&queue, GINT_TO_POINTER(s->start));
    while (!g_queue_is_empty(&queue)) {
        const int32_t node = GPOINTER_TO_INT(g_queue_pop_head(&queue));
        const int32_t cost = s->nodes[node].clip.kind != STORY_SILENT;
        if (done[node])
            continue;
        done[node] = true;
        for (int32_t i = index[node]; i < index[node + 1]; i++) {
            const int32_t to = g_array_index(edges, struct node_edge, i).to;
            if (depth[to] >= 0 && depth[to] <= depth[node] + cost)
                continue;
            depth[to] = depth[node] + cost;
            if (cost)
                g_queue_push_tail(&queue, GINT_TO_POINTER(to));
            else
                g_queue_push_head(&queue, GINT_TO_POINTER(to));
        }
    }
    g_free(done);
    return depth;
}

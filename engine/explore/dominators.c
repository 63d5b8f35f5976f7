#include "explore/dominators.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

/* Arrays by vertex, but for `order`. The names are those of the paper (A fast algorithm for finding dominators in a flowgraph, 1979). */
struct search {
    struct dominators_graph g;
    int32_t *order; /* the vertices that were met, depth first */
    int32_t n_met;
    int32_t *parent, *semi; /* semi: a number in `order`, at first its own; -1: not met */
    int32_t *ancestor, *label;
    int32_t *bucket, *next; /* lists of vertices by their semidominator */
    int32_t *dom;
    int32_t *pred_first, *pred;
    int32_t *stack;
};

static int32_t *filled(int32_t n)
{
    int32_t *a = g_new(int32_t, (gsize)n + 1);
    memset(a, 0xff, ((size_t)n + 1) * sizeof *a); /* -1 each */
    return a;
}

static void meet(struct search *x, int32_t v, int32_t parent)
{
    x->parent[v] = parent;
    x->semi[v] = x->n_met;
    x->order[x->n_met++] = v;
}

static void number_vertices(struct search *x, int32_t root)
{
    int32_t depth = 0, *at = g_memdup2(x->g.first, (gsize)x->g.n * sizeof *at);
    meet(x, root, -1);
    x->stack[depth++] = root;
    while (depth > 0) {
        const int32_t v = x->stack[depth - 1];
        if (at[v] == x->g.first[v + 1]) {
            depth--;
            continue;
        }
        const int32_t to = x->g.to[at[v]++];
        if (x->semi[to] >= 0)
            continue;
        meet(x, to, v);
        x->stack[depth++] = to;
    }
    g_free(at);
}

static void find_predecessors(struct search *x)
{
    const int32_t n = x->g.n, edges = x->g.first[n];
    x->pred_first = g_new0(int32_t, (gsize)n + 1);
    x->pred = g_new(int32_t, (gsize)edges + 1);
    for (int32_t i = 0; i < edges; i++)
        x->pred_first[x->g.to[i] + 1]++;
    for (int32_t v = 0; v < n; v++)
        x->pred_first[v + 1] += x->pred_first[v];
    int32_t *at = g_memdup2(x->pred_first, (gsize)n * sizeof *at);
    for (int32_t v = 0; v < n; v++)
        for (int32_t i = x->g.first[v]; i < x->g.first[v + 1]; i++)
            x->pred[at[x->g.to[i]]++] = v;
    g_free(at);
}

/* Shortens the way from v up its tree, so that its label is the least on it. */
static void compress(struct search *x, int32_t v)
{
    int32_t depth = 0;
    for (; x->ancestor[x->ancestor[v]] >= 0; v = x->ancestor[v])
        x->stack[depth++] = v;
    while (depth > 0) {
        const int32_t below = x->stack[--depth], above = x->ancestor[below];
        if (x->semi[x->label[above]] < x->semi[x->label[below]])
            x->label[below] = x->label[above];
        x->ancestor[below] = x->ancestor[above];
    }
}

static int32_t least_on_way(struct search *x, int32_t v)
{
    if (x->ancestor[v] < 0)
        return v;
    compress(x, v);
    return x->label[v];
}

static void find_semidominator(struct search *x, int32_t v)
{
    for (int32_t i = x->pred_first[v]; i < x->pred_first[v + 1]; i++) {
        const int32_t from = x->pred[i];
        if (x->semi[from] >= 0)
            x->semi[v] = MIN(x->semi[v], x->semi[least_on_way(x, from)]);
    }
    const int32_t semi = x->order[x->semi[v]];
    x->next[v] = x->bucket[semi];
    x->bucket[semi] = v;
}

static void find_dominators(struct search *x)
{
    for (int32_t i = x->n_met - 1; i > 0; i--) {
        const int32_t v = x->order[i], parent = x->parent[v];
        find_semidominator(x, v);
        x->ancestor[v] = parent;
        for (int32_t w = x->bucket[parent]; w >= 0; w = x->next[w]) {
            const int32_t least = least_on_way(x, w);
            x->dom[w] = x->semi[least] < x->semi[w] ? least : parent;
        }
        x->bucket[parent] = -1;
    }
    for (int32_t i = 1; i < x->n_met; i++) {
        const int32_t v = x->order[i];
        if (x->dom[v] != x->order[x->semi[v]])
            x->dom[v] = x->dom[x->dom[v]];
    }
}

int32_t *dominators_of(struct dominators_graph g, int32_t root)
{
    const int32_t n = g.n;
    assert(root >= 0 && root < n);
    struct search x = {.g = g, .order = g_new(int32_t, n), .stack = g_new(int32_t, (gsize)n + 1)};
    int32_t **const arrays[] = {&x.parent, &x.semi, &x.ancestor, &x.label, &x.bucket, &x.next, &x.dom};
    for (size_t i = 0; i < G_N_ELEMENTS(arrays); i++)
        *arrays[i] = filled(n);
    for (int32_t v = 0; v < n; v++)
        x.label[v] = v;
    number_vertices(&x, root);
    find_predecessors(&x);
    find_dominators(&x);
    for (size_t i = 0; i + 1 < G_N_ELEMENTS(arrays); i++) /* dom is the caller's */
        g_free(*arrays[i]);
    g_free(x.pred_first);
    g_free(x.pred);
    g_free(x.order);
    g_free(x.stack);
    return x.dom;
}

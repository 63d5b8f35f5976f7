#include "check/clip_joins.h"

#include "story/node_edges.h"

#include <assert.h>

struct join_walk {
    const struct story *s;
    const GArray *edges;
    const int32_t *index;
    int32_t *stamp; /* for each node: the last `from` that reached it, + 1; 0: none yet */
    GArray *stack;
};

static void visit_from(struct join_walk *j, int32_t from, clip_joins_visit visit, void *user)
{
    assert(j->s->nodes[from].clip.kind != STORY_SILENT);
    g_array_set_size(j->stack, 0);
    g_array_append_val(j->stack, from);
    while (j->stack->len > 0) {
        const int32_t at = g_array_index(j->stack, int32_t, j->stack->len - 1);
        g_array_set_size(j->stack, j->stack->len - 1);
        for (int32_t i = j->index[at]; i < j->index[at + 1]; i++) {
            const int32_t to = g_array_index(j->edges, struct node_edge, i).to;
            assert(to >= 0 && to < j->s->n_nodes);
            if (j->stamp[to] == from + 1)
                continue;
            j->stamp[to] = from + 1;
            if (j->s->nodes[to].clip.kind == STORY_SILENT)
                g_array_append_val(j->stack, to);
            else
                visit(user, from, to);
        }
    }
}

void clip_joins_each(const struct story *s, const bool *wanted, clip_joins_visit visit, void *user)
{
    GArray *edges = node_edges_of(s);
    int32_t *index = node_edges_index(s, edges), *stamp = g_new0(int32_t, s->n_nodes);
    struct join_walk j = {s, edges, index, stamp, g_array_new(FALSE, FALSE, sizeof(int32_t))};
    for (int32_t i = 0; i < s->n_nodes; i++)
        if (s->nodes[i].clip.kind != STORY_SILENT && (!wanted || wanted[i]))
            visit_from(&j, i, visit, user);
    g_array_free(j.stack, TRUE);
    g_free(stamp);
    g_free(index);
    g_array_unref(edges);
}

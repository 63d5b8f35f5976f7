#include "explore/strong_components.h"

#include <assert.h>
#include <glib.h>

/* A vertex that is being looked at, and the next of its edges. */
struct component_frame {
    uint32_t vertex, edge;
    bool root; /* nothing that was met before it can be reached from it */
};

/* `mark`: 0 for a vertex that was not met; while it is open, the least index that can be reached from it; then its component,
 * counted down from n. Indices stay below those. */
struct component_search {
    const struct directed_graph *g;
    uint32_t *mark;
    uint32_t index, component;
    GArray *frames; /* component_frame */
    GArray *open;   /* uint32: vertices that are left, and whose component is not known */
};

static void push_frame(struct component_search *c, uint32_t vertex)
{
    const bool listed = vertex < c->g->n_listed;
    const struct component_frame f = {vertex, listed ? c->g->first[vertex] : 0, true};
    c->mark[vertex] = c->index++;
    g_array_append_val(c->frames, f);
}

static void close_component(struct component_search *c, uint32_t root)
{
    c->index--;
    while (c->open->len > 0) {
        const uint32_t vertex = g_array_index(c->open, uint32_t, c->open->len - 1);
        if (c->mark[vertex] < c->mark[root])
            break;
        c->mark[vertex] = c->component;
        c->index--;
        g_array_set_size(c->open, c->open->len - 1);
    }
    c->mark[root] = c->component--;
    assert(c->index <= c->component + 1);
}

/* What can be reached from `to` can be reached from the frame's vertex. */
static void note_reached(struct component_search *c, struct component_frame *f, uint32_t to)
{
    if (c->mark[to] < c->mark[f->vertex]) {
        c->mark[f->vertex] = c->mark[to];
        f->root = false;
    }
}

static void leave_frame(struct component_search *c)
{
    const struct component_frame f = g_array_index(c->frames, struct component_frame, c->frames->len - 1);
    g_array_set_size(c->frames, c->frames->len - 1);
    if (f.root)
        close_component(c, f.vertex);
    else
        g_array_append_val(c->open, f.vertex);
    if (c->frames->len > 0)
        note_reached(c, &g_array_index(c->frames, struct component_frame, c->frames->len - 1), f.vertex);
}

static void search_from(struct component_search *c, uint32_t root, struct patience *patience)
{
    push_frame(c, root);
    for (uint64_t round = 0; c->frames->len > 0 && !patience_ends_at(patience, round); round++) {
        struct component_frame *f = &g_array_index(c->frames, struct component_frame, c->frames->len - 1);
        const uint32_t end = f->vertex < c->g->n_listed ? c->g->first[f->vertex + 1] : 0;
        if (f->edge == end) {
            leave_frame(c);
            continue;
        }
        const uint32_t to = c->g->to(c->g->user, f->edge++);
        if (to == DIRECTED_NO_EDGE)
            continue;
        if (c->mark[to] == 0)
            push_frame(c, to);
        else
            note_reached(c, f, to);
    }
}

uint32_t *strong_components(const struct directed_graph *g, struct patience *patience)
{
    struct component_search c = {.g = g,
                                 .mark = g_new0(uint32_t, (gsize)g->n + 1),
                                 .index = 1,
                                 .component = g->n,
                                 .frames = g_array_new(FALSE, FALSE, sizeof(struct component_frame)),
                                 .open = g_array_new(FALSE, FALSE, sizeof(uint32_t))};
    for (uint32_t i = 0; i < g->n && !patience_ends_at(patience, i); i++)
        if (c.mark[i] == 0)
            search_from(&c, i, patience);
    for (uint32_t i = 0; i < g->n; i++)
        c.mark[i] = g->n - c.mark[i];
    g_array_unref(c.frames);
    g_array_unref(c.open);
    return c.mark;
}

uint32_t *strong_components_sorted(const uint32_t *component, uint32_t n)
{
    uint32_t *before =
        g_new0(uint32_t, (gsize)n + 2); /* vertices of lower components, then also those that were placed */
    uint32_t *sorted = g_new(uint32_t, (gsize)n + 1);
    for (uint32_t i = 0; i < n; i++)
        before[component[i] + 1]++;
    for (uint32_t i = 0; i < n; i++)
        before[i + 1] += before[i];
    for (uint32_t i = 0; i < n; i++)
        sorted[n - 1 - before[component[i]]++] = i;
    g_free(before);
    return sorted;
}

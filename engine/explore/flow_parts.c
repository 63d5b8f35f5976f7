#include "explore/flow_parts.h"

#include "explore/dominators.h"

#include <assert.h>
#include <string.h>

/* Boxes of which each can be reached only by the one that dominates it make a tree. It is cut from its leaves: a box keeps so many of the
 * trees below it as fit into a part together with it, in the order of the film; the others become parts. Vertex 0 is a root above all boxes that
 * are entered from outside; vertex i + 1 is boxes[i]. Arrows that return don't count. */
struct group {
    const struct flow *f;
    const bool *entered;  /* box: it is entered from outside of its group, or first of it */
    const int32_t *boxes; /* by rank */
    int32_t n, max;
    int32_t *vertex_of;    /* box: its vertex, or 0; of all groups, one after the other */
    int32_t *dom, *weight; /* vertex; weight: boxes that are with it */
    int32_t *part;         /* vertex: its part, or -1: that of its dominator */
    GArray *parts;         /* struct flow_part: of all groups */
    int32_t filling;       /* the part that was begun last, or -1 */
};

/* ---- groups ------------------------------------------------------------------------------------------------------ */

static int32_t group_of(const struct flow *f, int32_t box, bool by_act)
{
    const int32_t act = f->boxes[box].act;
    if (!f->boxes[box].reached)
        return by_act ? f->s->n_acts + 2 : 1;
    if (!by_act || (act < 0 && f->boxes[f->start].act < 0))
        return 0;
    return act < 0 ? f->s->n_acts + 1 : act + 1; /* what has no act comes last, unless the film begins with it */
}

static bool *find_entered(const struct flow *f, bool by_act)
{
    bool *entered = g_new(bool, f->n_boxes + 1), *within = g_new0(bool, f->n_boxes + 1);
    memset(entered, false, (size_t)f->n_boxes * sizeof *entered);
    for (int32_t i = 0; i < f->n_arrows; i++) {
        const struct flow_arrow *a = &f->arrows[i];
        if (a->returns || f->boxes[a->from].reached != f->boxes[a->to].reached)
            continue;
        const bool same = group_of(f, a->from, by_act) == group_of(f, a->to, by_act);
        within[a->to] |= same;
        entered[a->to] |= !same;
    }
    for (int32_t i = 0; i < f->n_boxes; i++)
        entered[i] |= !within[i];
    g_free(within);
    return entered;
}

/* All boxes, sorted by their group; within it by rank, so that arrows that don't return lead on. */
static int32_t *sort_boxes(const struct flow *f, bool by_act)
{
    const int32_t groups = by_act ? f->s->n_acts + 3 : 2;
    int32_t *order = g_new(int32_t, f->n_boxes + 1), *other = g_new(int32_t, f->n_boxes + 1);
    int32_t *at = g_new0(int32_t, MAX(f->n_boxes, groups) + 2);
    for (int32_t i = 0; i < f->n_boxes; i++) /* two counting sorts: each keeps the order of what is equal */
        at[f->boxes[i].rank + 1]++;
    for (int32_t i = 0; i < f->n_boxes; i++)
        at[i + 1] += at[i];
    for (int32_t i = 0; i < f->n_boxes; i++)
        other[at[f->boxes[i].rank]++] = i;
    memset(at, 0, (size_t)(MAX(f->n_boxes, groups) + 2) * sizeof *at);
    for (int32_t i = 0; i < f->n_boxes; i++)
        at[group_of(f, i, by_act) + 1]++;
    for (int32_t i = 0; i < groups; i++)
        at[i + 1] += at[i];
    for (int32_t i = 0; i < f->n_boxes; i++)
        order[at[group_of(f, other[i], by_act)]++] = other[i];
    g_free(other);
    g_free(at);
    return order;
}

/* ---- one group --------------------------------------------------------------------------------------------------- */

static void find_dominators(struct group *g)
{
    int32_t *first = g_new(int32_t, g->n + 2), n = 0;
    GArray *to = g_array_new(FALSE, FALSE, sizeof(int32_t));
    first[n++] = 0;
    for (int32_t i = 0; i < g->n; i++)
        if (g->entered[g->boxes[i]])
            g_array_append_val(to, g->vertex_of[g->boxes[i]]);
    for (int32_t i = 0; i < g->n; i++) {
        first[n++] = (int32_t)to->len;
        for (int32_t k = g->f->first[g->boxes[i]]; k < g->f->first[g->boxes[i] + 1]; k++) {
            const struct flow_arrow *a = &g->f->arrows[k];
            if (!a->returns && g->vertex_of[a->to] > 0)
                g_array_append_val(to, g->vertex_of[a->to]);
        }
    }
    first[n] = (int32_t)to->len;
    g->dom = dominators_of((struct dominators_graph){n, first, (const int32_t *)to->data}, 0);
    g_array_free(to, TRUE);
    g_free(first);
}

/* The tree below v becomes a part, or goes to the part that was begun last. */
static void cut_off(struct group *g, int32_t v)
{
    struct flow_part *last = g->filling >= 0 ? &g_array_index(g->parts, struct flow_part, g->filling) : NULL;
    if (!last || last->n_boxes + g->weight[v] > g->max) {
        const struct flow_part fresh = {0};
        g->filling = (int32_t)g->parts->len;
        g_array_append_val(g->parts, fresh);
        last = &g_array_index(g->parts, struct flow_part, g->filling);
    }
    last->n_boxes += g->weight[v];
    g->part[v] = g->filling;
}

/* Children come after their parent, and in their order: vertices are sorted by rank. */
static void cut_tree(struct group *g)
{
    int32_t *child_first = g_new0(int32_t, g->n + 2), *child = g_new(int32_t, g->n + 1);
    for (int32_t v = 1; v <= g->n; v++)
        child_first[g->dom[v] + 1]++;
    for (int32_t v = 0; v <= g->n; v++)
        child_first[v + 1] += child_first[v];
    int32_t *at = g_memdup2(child_first, ((gsize)g->n + 1) * sizeof *at);
    for (int32_t v = 1; v <= g->n; v++)
        child[at[g->dom[v]]++] = v;
    for (int32_t v = g->n; v >= 0; v--) {
        g->weight[v] = v > 0;
        g->filling = -1;
        for (int32_t i = child_first[v]; i < child_first[v + 1]; i++) {
            if (g->weight[v] + g->weight[child[i]] <= g->max)
                g->weight[v] += g->weight[child[i]];
            else
                cut_off(g, child[i]);
        }
    }
    g->filling = -1; /* the root's own part is none of those below it */
    cut_off(g, 0);
    g_free(at);
    g_free(child);
    g_free(child_first);
}

static void divide_group(struct group *g, struct flow_parts *p)
{
    const int32_t pieces = (g->n + g->max - 1) / g->max;
    g->max = (g->n + pieces - 1) / pieces; /* of about the same size */
    for (int32_t i = 0; i < g->n; i++)
        g->vertex_of[g->boxes[i]] = i + 1;
    g->weight = g_new0(int32_t, g->n + 1);
    g->part = g_new(int32_t, g->n + 1);
    memset(g->part, 0xff, ((size_t)g->n + 1) * sizeof *g->part); /* -1 each */
    find_dominators(g);
    cut_tree(g);
    for (int32_t v = 1; v <= g->n; v++) {
        if (g->part[v] < 0)
            g->part[v] = g->part[g->dom[v]];
        p->part_of[g->boxes[v - 1]] = g->part[v];
    }
    for (int32_t i = 0; i < g->n; i++)
        g->vertex_of[g->boxes[i]] = 0;
    g_free(g->dom);
    g_free(g->weight);
    g_free(g->part);
}

/* ---- all parts --------------------------------------------------------------------------------------------------- */

static void renumber(const struct flow *f, struct flow_parts *p, const int32_t *number)
{
    for (int32_t i = 0; i < f->n_boxes; i++)
        p->part_of[i] = number[p->part_of[i]];
}

/* Numbers the parts in the order in which the sorted boxes meet them. */
static void number_parts(const struct flow *f, struct flow_parts *p, const int32_t *boxes, bool by_act)
{
    int32_t *number = g_new(int32_t, f->n_boxes + 1);
    memset(number, 0xff, ((size_t)f->n_boxes + 1) * sizeof *number); /* -1 each */
    p->parts = g_new0(struct flow_part, f->n_boxes + 1);
    for (int32_t i = 0; i < f->n_boxes; i++) {
        const int32_t box = boxes[i], part = p->part_of[box];
        if (number[part] < 0) {
            p->parts[p->n] = (struct flow_part){
                .act = by_act ? f->boxes[box].act : -1, .entry = box, .lost = !f->boxes[box].reached};
            number[part] = p->n++;
        }
        p->parts[number[part]].n_boxes++;
    }
    renumber(f, p, number);
    g_free(number);
}

static bool same_group(const struct flow_part *a, const struct flow_part *b)
{
    return a->act == b->act && a->lost == b->lost;
}

/* Two neighbours of the same act that fit into one part become one. */
static void join_neighbours(const struct flow *f, struct flow_parts *p, int32_t max)
{
    int32_t *number = g_new(int32_t, p->n + 1), n = 0;
    for (int32_t i = 0; i < p->n; i++) {
        struct flow_part *last = &p->parts[MAX(n - 1, 0)];
        if (n > 0 && same_group(last, &p->parts[i]) && last->n_boxes + p->parts[i].n_boxes <= max)
            last->n_boxes += p->parts[i].n_boxes;
        else
            p->parts[n++] = p->parts[i];
        number[i] = n - 1;
    }
    p->n = n;
    renumber(f, p, number);
    g_free(number);
}

static void number_pieces(struct flow_parts *p)
{
    for (int32_t i = 0, of_act = 0; i < p->n; i++) {
        of_act = i > 0 && same_group(&p->parts[i - 1], &p->parts[i]) ? of_act + 1 : 1;
        const bool more = i + 1 < p->n && same_group(&p->parts[i + 1], &p->parts[i]);
        p->parts[i].piece = of_act > 1 || more ? of_act : 0;
    }
}

struct flow_parts *flow_parts_new(const struct flow *f, int32_t max, bool by_act)
{
    assert(max > 0);
    struct flow_parts *p = g_new0(struct flow_parts, 1);
    bool *entered = find_entered(f, by_act);
    int32_t *boxes = sort_boxes(f, by_act);
    struct group g = {.f = f, .entered = entered, .parts = g_array_new(FALSE, FALSE, sizeof(struct flow_part))};
    g.vertex_of = g_new0(int32_t, f->n_boxes + 1);
    p->part_of = g_new0(int32_t, f->n_boxes + 1);
    for (int32_t i = 0, end; i < f->n_boxes; i = end) {
        for (end = i; end < f->n_boxes && group_of(f, boxes[end], by_act) == group_of(f, boxes[i], by_act);)
            end++;
        g.boxes = boxes + i;
        g.n = end - i;
        g.max = max;
        divide_group(&g, p);
    }
    number_parts(f, p, boxes, by_act);
    join_neighbours(f, p, max);
    number_pieces(p);
    g_array_free(g.parts, TRUE);
    g_free(g.vertex_of);
    g_free(boxes);
    g_free(entered);
    return p;
}

void flow_parts_free(struct flow_parts *p)
{
    if (!p)
        return;
    g_free(p->parts);
    g_free(p->part_of);
    g_free(p);
}

#include "explore/refinement.h"

#include <assert.h>
#include <glib.h>
#include <stdbool.h>

/* A partition whose sets are split again and again. The members of a set stand together, those that are marked first. */
struct partition {
    uint32_t n_sets;
    uint32_t *members, *place;    /* the places of all members; place: of each in `members` */
    uint32_t *set_of;             /* member */
    uint32_t *first, *end;        /* of each set in `members` */
    uint32_t *n_marked;           /* set */
    uint32_t *touched, n_touched; /* sets with marked members */
};

static struct partition partition_new(uint32_t n)
{
    const gsize size = (gsize)n + 1;
    struct partition p = {.members = g_new(uint32_t, size),
                          .place = g_new(uint32_t, size),
                          .set_of = g_new0(uint32_t, size),
                          .first = g_new0(uint32_t, size),
                          .end = g_new0(uint32_t, size),
                          .n_marked = g_new0(uint32_t, size),
                          .touched = g_new(uint32_t, size)};
    for (uint32_t i = 0; i < n; i++)
        p.members[i] = p.place[i] = i;
    p.n_sets = n > 0;
    p.end[0] = n;
    return p;
}

static void partition_clear(struct partition *p)
{
    g_free(p->members);
    g_free(p->place);
    g_free(p->set_of);
    g_free(p->first);
    g_free(p->end);
    g_free(p->n_marked);
    g_free(p->touched);
}

/* Each member is marked once before the next split. */
static void mark(struct partition *p, uint32_t member)
{
    const uint32_t set = p->set_of[member], from = p->place[member], to = p->first[set] + p->n_marked[set];
    const uint32_t other = p->members[to];
    p->members[from] = other;
    p->place[other] = from;
    p->members[to] = member;
    p->place[member] = to;
    if (p->n_marked[set]++ == 0)
        p->touched[p->n_touched++] = set;
}

/* Of each touched set, the smaller part becomes a set of its own. */
static void split(struct partition *p)
{
    while (p->n_touched > 0) {
        const uint32_t set = p->touched[--p->n_touched], middle = p->first[set] + p->n_marked[set];
        if (middle < p->end[set]) {
            const uint32_t fresh = p->n_sets++;
            const bool small = middle - p->first[set] <= p->end[set] - middle;
            p->first[fresh] = small ? p->first[set] : middle;
            p->end[fresh] = small ? middle : p->end[set];
            *(small ? &p->first[set] : &p->end[set]) = middle;
            for (uint32_t i = p->first[fresh]; i < p->end[fresh]; i++)
                p->set_of[p->members[i]] = fresh;
        }
        p->n_marked[set] = 0;
    }
}

/* Splits the one set that there is by a number of each member, below `limit`. */
static void split_by(struct partition *p, const uint32_t *number, uint32_t n, uint32_t limit)
{
    uint32_t *first = g_new0(uint32_t, (gsize)limit + 1), *sorted = g_new(uint32_t, (gsize)n + 1);
    for (uint32_t i = 0; i < n; i++)
        first[number[i] + 1]++;
    for (uint32_t i = 0; i < limit; i++)
        first[i + 1] += first[i];
    for (uint32_t i = 0; i < n; i++)
        sorted[first[number[i]]++] = i; /* now first[k] is the end of k, and the first of k + 1 */
    for (uint32_t k = 1; k < limit; k++) {
        for (uint32_t i = first[k - 1]; i < first[k]; i++)
            mark(p, sorted[i]);
        split(p);
    }
    g_free(sorted);
    g_free(first);
}

struct refinement {
    const struct refinement_input *in;
    struct partition vertices, edges;
    uint32_t *from;              /* edge: where it begins */
    uint32_t *into, *into_first; /* edges by where they end, and the first of each vertex */
};

/* The number of each edge among those of its vertex. Returns the most that one has. */
static uint32_t list_edges(struct refinement *r, uint32_t *number)
{
    const struct refinement_input *in = r->in;
    uint32_t most = 0;
    r->into_first = g_new0(uint32_t, (gsize)in->n + 2);
    for (uint32_t v = 0; v < in->n; v++)
        for (uint32_t e = in->first[v]; e < in->first[v + 1]; e++) {
            r->from[e] = v;
            number[e] = e - in->first[v];
            most = MAX(most, number[e] + 1);
            r->into_first[in->to[e] + 2]++;
        }
    for (uint32_t v = 0; v <= in->n; v++)
        r->into_first[v + 1] += r->into_first[v];
    for (uint32_t e = 0; e < in->first[in->n]; e++)
        r->into[r->into_first[in->to[e] + 1]++] = e;
    return most;
}

/* Vertices from which an edge of this set leads belong apart from those from which none does. */
static void split_vertices(struct refinement *r, uint32_t set)
{
    for (uint32_t i = r->edges.first[set]; i < r->edges.end[set]; i++)
        mark(&r->vertices, r->from[r->edges.members[i]]);
    split(&r->vertices);
}

/* Edges to this set of vertices are told apart from those to others. */
static void split_edges(struct refinement *r, uint32_t set)
{
    for (uint32_t i = r->vertices.first[set]; i < r->vertices.end[set]; i++) {
        const uint32_t v = r->vertices.members[i];
        for (uint32_t k = r->into_first[v]; k < r->into_first[v + 1]; k++)
            mark(&r->edges, r->into[k]);
    }
    split(&r->edges);
}

uint32_t *refinement_coarsest(const struct refinement_input *in, uint32_t *n_groups)
{
    const uint32_t n_edges = in->first[in->n];
    struct refinement r = {in, partition_new(in->n), partition_new(n_edges), g_new(uint32_t, (gsize)n_edges + 1),
                           .into = g_new(uint32_t, (gsize)n_edges + 1)};
    uint32_t *number = g_new(uint32_t, (gsize)n_edges + 1), groups = 0, done = 1;
    const uint32_t most = list_edges(&r, number);
    for (uint32_t v = 0; v < in->n; v++)
        groups = MAX(groups, in->group[v] + 1);
    split_by(&r.vertices, in->group, in->n, groups);
    split_by(&r.edges, number, n_edges, most);
    for (uint32_t set = 0; set < r.edges.n_sets; set++) {
        split_vertices(&r, set);
        for (; done < r.vertices.n_sets; done++)
            split_edges(&r, done);
    }
    assert(in->n == 0 || done == r.vertices.n_sets);
    uint32_t *out = r.vertices.set_of;
    *n_groups = r.vertices.n_sets;
    r.vertices.set_of = NULL;
    g_free(number);
    g_free(r.into);
    g_free(r.into_first);
    g_free(r.from);
    partition_clear(&r.edges);
    partition_clear(&r.vertices);
    return out;
}

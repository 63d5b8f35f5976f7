/*
 * refinement against the plain way: groups are split by where their edges lead, again and again, until nothing changes.
 * Arguments: how many graphs, the first seed.
 */
#include "tap.h"

#include "explore/refinement.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#define GRAPHS     3000
#define FIRST_SEED 1
#define N_MAX      40

struct graph {
    uint32_t n, kinds;
    uint32_t first[N_MAX + 1], to[3 * N_MAX], group[N_MAX];
};

/* A kind of vertices says how many edges they have. Edges lead to near vertices, so that many look alike. */
static void make_graph(struct graph *g, GRand *r)
{
    g->n = (uint32_t)g_rand_int_range(r, 1, N_MAX + 1);
    g->kinds = (uint32_t)g_rand_int_range(r, 1, 5);
    const int32_t far = g_rand_int_range(r, 1, 8);
    g->first[0] = 0;
    for (uint32_t v = 0; v < g->n; v++) {
        g->group[v] = (uint32_t)g_rand_int_range(r, 0, (gint32)g->kinds);
        const uint32_t n_edges = g->group[v] % 4;
        for (uint32_t i = 0; i < n_edges; i++)
            g->to[g->first[v] + i] = (v + (uint32_t)g_rand_int_range(r, 0, far) * (i + 1)) % g->n;
        g->first[v + 1] = g->first[v] + n_edges;
    }
}

static bool same_ways(const struct graph *g, const uint32_t *group, uint32_t a, uint32_t b)
{
    if (group[a] != group[b])
        return false;
    for (uint32_t i = 0; i < g->first[a + 1] - g->first[a]; i++)
        if (group[g->to[g->first[a] + i]] != group[g->to[g->first[b] + i]])
            return false;
    return true;
}

/* How many groups there are in the end; their numbers in `group`. */
static uint32_t refine_plainly(const struct graph *g, uint32_t *group)
{
    uint32_t n = 0, before;
    memcpy(group, g->group, sizeof g->group);
    do {
        uint32_t next[N_MAX];
        before = n;
        n = 0;
        for (uint32_t v = 0; v < g->n; v++) {
            uint32_t like = 0;
            while (like < v && !same_ways(g, group, like, v))
                like++;
            next[v] = like < v ? next[like] : n++;
        }
        memcpy(group, next, sizeof next);
    } while (n != before);
    return n;
}

int main(int argc, char **argv)
{
    const int32_t n = argc > 1 ? atoi(argv[1]) : GRAPHS;
    GRand *r = g_rand_new_with_seed(argc > 2 ? (guint32)strtoul(argv[2], NULL, 10) : FIRST_SEED);
    int wrong = 0, joined = 0, split = 0;
    for (int32_t i = 0; i < n; i++) {
        struct graph g;
        uint32_t group[N_MAX], n_groups;
        make_graph(&g, r);
        const struct refinement_input in = {g.n, g.first, g.to, g.group};
        uint32_t *got = refinement_coarsest(&in, &n_groups);
        const uint32_t want = refine_plainly(&g, group);
        bool good = n_groups == want;
        for (uint32_t v = 0; v < g.n; v++)
            for (uint32_t w = 0; w < v; w++)
                good = good && (got[v] == got[w]) == (group[v] == group[w]);
        for (uint32_t v = 0; v < g.n; v++)
            good = good && got[v] < n_groups;
        wrong += !good;
        joined += want < g.n;
        split += want > g.kinds;
        g_free(got);
    }
    is_int(wrong, 0, "vertices belong together if they can't be told apart");
    ok(joined > n / 10 && split > n / 4,
       "%d of %d graphs have such vertices, in %d some are told apart by what follows", joined, n, split);
    g_rand_free(r);
    return tap_done();
}

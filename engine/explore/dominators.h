/*
 * dominators: which vertices of a graph lie on every way from its root to another vertex.
 *
 * Pure; any thread. O(edges × log vertices), by Lengauer and Tarjan, without recursion.
 */
#pragma once

#include <stdint.h>

/* A graph of n vertices: the successors of v are to[first[v]] … to[first[v + 1] - 1]. */
struct dominators_graph {
    int32_t n;
    const int32_t *first, *to;
};

/* For each vertex the nearest other vertex that lies on every way to it from `root`; -1 for the root itself and for what it does not
 * reach. Free with g_free(). */
int32_t *dominators_of(struct dominators_graph g, int32_t root);

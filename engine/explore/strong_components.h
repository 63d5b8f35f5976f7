/*
 * strong_components: which vertices of a directed graph lie on circles together. Pearce's algorithm, without recursion: 8 bytes for
 * each vertex, and 8 more for each on the longest path that it follows.
 *
 * Pure; one thread. O(vertices + edges).
 */
#pragma once

#include "explore/patience.h"

struct directed_graph {
    uint32_t n;            /* vertices */
    uint32_t n_listed;     /* the edges of the i-th of these are first[i] .. first[i + 1] - 1; the others have none */
    const uint32_t *first; /* n_listed + 1 */
    uint32_t (*to)(const void *user, uint32_t edge); /* where an edge ends, or DIRECTED_NO_EDGE: it does not count */
    const void *user;
};
#define DIRECTED_NO_EDGE UINT32_MAX

/* The component of each vertex: no edge leads to a component with a higher number. Of no use if the patience was over. Free with
 * g_free(). */
uint32_t *strong_components(const struct directed_graph *g, struct patience *patience);

/* The n vertices, sorted by their components, the highest number first: no edge leads to a component that comes before. Free with
 * g_free(). */
uint32_t *strong_components_sorted(const uint32_t *component, uint32_t n);

/*
 * refinement: which vertices of a graph can't be told apart. Two belong together if they did so before, and their edges, one by one in
 * their order, lead to vertices that belong together. This is the minimization of a deterministic automaton, whose letters are the
 * places of the edges; by Valmari's algorithm (Fast brief practical DFA minimization, 2012).
 *
 * Pure; one thread. O(vertices + edges * log vertices); 32 bytes for each vertex and 44 for each edge.
 */
#pragma once

#include <stdint.h>

struct refinement_input {
    uint32_t n;            /* vertices */
    const uint32_t *first; /* the edges of the i-th are first[i] .. first[i + 1] - 1; n + 1 */
    const uint32_t *to;    /* where each edge ends */
    const uint32_t *group; /* to which each vertex belongs before; those of a group have as many edges */
};

/* To which group each vertex belongs: as few as possible, numbered from 0; *n_groups of them. Free with g_free(). */
uint32_t *refinement_coarsest(const struct refinement_input *in, uint32_t *n_groups);

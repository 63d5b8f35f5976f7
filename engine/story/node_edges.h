/*
 * node_edges: the story as a graph of its nodes: which node can follow which, whether or not a condition ever holds. `check`,
 * `graph` and `simulate` use it; `explore` knows more, but has to search for it.
 *
 * Pure; any thread. O(exits of all nodes, where each exit counts the parts of the routes that it names).
 */
#pragma once

#include "story/story.h"

#include <glib.h>

enum node_edge_kind {
    NODE_EDGE_NEXT,    /* by the node's own `next` */
    NODE_EDGE_OPTION,  /* by an option of a decision */
    NODE_EDGE_TIMEOUT, /* by a decision's own timeout */
};

struct node_edge {
    int32_t from, to; /* nodes */
    enum node_edge_kind kind;
    int32_t decision, option; /* option: index in the decision; both -1 where there is none */
    bool maybe;               /* taken only under a condition, or by chance */
    bool back;                /* a back(): `to` is the node of its decision */
};

/* A hostile story could have more edges than anybody could look at. Further ones are left out. */
#define NODE_EDGES_MAX 4000000

/* All edges as struct node_edge, each (from, to, kind, decision, option) once, in the order of the story. Free with
 * g_array_unref(). */
GArray *node_edges_of(const struct story *s);

/* Where the edges of each node begin: n_nodes + 1 indices into `edges`. Free with g_free(). */
int32_t *node_edges_index(const struct story *s, const GArray *edges);

/* For each node, the least number of nodes with a clip on a path to it from the start; -1 where none leads there. Free with
 * g_free(). */
int32_t *node_edges_depths(const struct story *s, const GArray *edges, const int32_t *index);

/*
 * edges: the story as a picture shows it: which node can follow which, without asking whether a condition holds.
 *
 * What `check` and `graph` look at; `explore` knows more, but must search for it. Pure, any thread. O(ways out of all
 * nodes, each route's parts once for each way that names it).
 */
#pragma once

#include "story/story.h"

#include <glib.h>

enum node_edge_kind {
    NODE_EDGE_NEXT,    /* the node's own `next` */
    NODE_EDGE_OPTION,  /* decision, option */
    NODE_EDGE_TIMEOUT, /* decision; the timeout's own way */
};

struct node_edge {
    int32_t from, to; /* nodes */
    enum node_edge_kind kind;
    int32_t decision, option; /* option: index in the decision; -1 where there is none */
    bool maybe;               /* under a condition, or by chance */
    bool back;                /* a back(): `to` is the node of its decision */
};

/* A story of strangers could have more than anybody can look at; the rest is left out. */
#define NODE_EDGES_MAX 4000000

/* All of them as struct node_edge, each (from, to, kind, decision, option) once, in the order of the story. Free with
 * g_array_unref(). */
GArray *node_edges_of(const struct story *s);

/*
 * Where each node's edges begin: n_nodes + 1 indices into `edges`, to be freed with g_free().
 */
int32_t *node_edges_index(const struct story *s, const GArray *edges);

/* How many nodes with a clip come before each node at least, from the start; -1 where no way leads. To be freed. */
int32_t *node_edges_depths(const struct story *s, const GArray *edges, const int32_t *index);

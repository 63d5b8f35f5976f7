/*
 * flow: a story as boxes and arrows, as a drawing shows it: what can stand in one box stands in one box, and all ways from one box
 * to another are one arrow.
 *
 * A box is a node, or a chain of nodes of which each can only be followed by the next. A named route that several places use, and that
 * leads to several, is a box of its own: twelve nodes that use a route of nine parts have 21 arrows in place of 108. An arrow never
 * says more than is true of all its ways (struct flow_arrow). What the state will be is not considered: `explore` knows more.
 *
 * flow_new(), look at the arrays, flow_free(). Pure; any thread. Time and memory: those of the story's ways.
 */
#pragma once

#include "story/story.h"

#include <glib.h>
#include <stdbool.h>

/* A way from a node or a route to the next. */
struct flow_way {
    int32_t from, to; /* boxes */
    int32_t option;   /* story->options: whose outcome it is; -1: none */
    int32_t part;     /* story->parts: under whose condition; -1: none */
    bool maybe;       /* an option or a part of a route has a condition, or chance decides */
    bool usual;       /* nobody chose, and then it leads here, whatever was before */
    bool back;        /* a back() */
};

struct flow_arrow {
    int32_t from, to; /* boxes */
    int32_t first, n; /* of its ways */
    bool sure;        /* one of its ways has no condition */
    bool usual;       /* if nobody chooses, the film goes here, whatever was before */
    bool back;        /* each of its ways is a back() */
    bool returns;     /* it leads back: with the arrows that don't, it closes a circle */
};

struct flow_box {
    int32_t first_node, last_node; /* of the chain; -1: a route */
    int32_t n_nodes;
    int32_t route; /* -1: nodes */
    int32_t act;   /* story->acts, or -1 */
    int32_t rank;  /* the most arrows on a way to it, but for those that return and those from what is not reached */
    int32_t loops; /* arrows that return to it */
    bool neck;     /* every way from the start to an ending goes by it, and it is neither */
    bool reached;  /* some way leads to it from the start */
};

struct flow {
    const struct story *s;
    struct flow_box *boxes;
    int32_t n_boxes;
    struct flow_arrow *arrows; /* by their box */
    int32_t n_arrows;
    struct flow_way *ways; /* by their arrow */
    int32_t n_ways;
    int32_t *first;   /* box: its first arrow; n_boxes + 1 */
    int32_t *box_of;  /* node: its box */
    int32_t *next_of; /* node: the next one in its chain, or -1 */
    int32_t start;    /* box */
    bool cut_short;   /* there are more ways than NODE_EDGES_MAX (story/node_edges.h): the rest is left out */
};

struct flow_options {
    bool unfolded;     /* each node has its own box, and no route has one */
    const bool *apart; /* node: it has its own box; NULL: none */
};

/* `o` may be NULL. The story is borrowed. */
struct flow *flow_new(const struct story *s, const struct flow_options *o);
void flow_free(struct flow *f); /* accepts NULL */

/* The ending of the box, or -1. */
int32_t flow_ending(const struct flow *f, int32_t box);

/* Does somebody choose in the box? */
bool flow_decides(const struct flow *f, int32_t box);

/* The role that all nodes of the box have. */
enum story_role flow_role(const struct flow *f, int32_t box);

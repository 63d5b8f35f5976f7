/*
 * state_quotient: states from which exactly the same can happen, as one. Two states are of one class if the film stops in both
 * in the same way, or if their transitions have the same labels, one by one, and lead to states of the same classes. Whatever
 * the labels tell (times, chances, nodes, options) is then the same behind both. A story that remembers much may have fifty
 * times as many states as classes, because little of what it remembers makes a difference in the end.
 *
 * There are as few classes as possible, unless the film goes in circles of millions of classes. One thread. O(transitions), of those
 * on circles with a factor of log(states); 4 bytes for each state, and the graph of the classes.
 */
#pragma once

#include "explore/state_graph.h"

#include <glib.h>

struct state_quotient {
    struct state_graph *graph; /* of the classes. Its labels are those of the other graph, and the i-th transition of a
                                       class is the i-th of each of its states */
    struct state_graph_order order; /* of the classes, from the starts */
    uint32_t *class_of;             /* state */
    uint32_t *example, *size;       /* class: one of its states; how many there are */
};

struct state_quotient_input {
    const struct state_graph *graph;       /* no transition of it begins with the viewer's going back */
    const struct state_graph_order *order; /* of all its states */
    const uint32_t *starts;                /* n_starts states where plays begin; all others are met from there */
    guint n_starts;
    int32_t (*kind)(const void *user, uint32_t state); /* of one without transitions: how the film stops there */
    const void *user;
};

/* NULL: the patience of the graph was over. */
struct state_quotient *state_quotient_new(const struct state_quotient_input *in);
void state_quotient_free(struct state_quotient *q); /* accepts NULL */

/*
 * entry_values: which values the variables can have when the film comes into a node, by where it comes from. For people who
 * shoot scenes out of order: is the coat wet?
 *
 * All first plays are followed (explore/successors.h) in which nobody goes back. States are not merged, since a value that no
 * condition reads may be one that the camera sees; so the search is smaller than explore's, and ends at a limit where a film
 * has more. Values are those before the node's own `enter` effects.
 */
#pragma once

#include "explore/patience.h"
#include "story/story.h"

#include <glib.h>

/* All that a variable was seen to be. `mask`: bit i stands for min + i of its declared range; 0 if that has more than 64 values. */
struct entry_range {
    int32_t least, most;
    uint64_t mask;
};

struct entry_way {
    int32_t node;
    int32_t from;               /* the node with a clip that the film showed before; -1: it begins here */
    struct entry_range *values; /* of each variable */
};

struct entry_values {
    GPtrArray *ways; /* struct entry_way, by node, then in the order in which they were met */
    bool complete;   /* nothing else can happen */
    uint64_t n_states;
};

/* At most so many states are followed. */
#define ENTRY_STATES_MAX 400000
/* And so many values are kept: ways times variables. */
#define ENTRY_VALUES_MAX 4000000

/* `patience` may be NULL. */
struct entry_values *entry_values_new(const struct story *s, struct patience *patience);
void entry_values_free(struct entry_values *e); /* accepts NULL */

/* Appends "true", "1 to 3", "calm or afraid". */
void entry_range_print(const struct story *s, int32_t var, const struct entry_range *r, GString *out);

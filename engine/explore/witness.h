/*
 * witness: a play that consists of given ways (explore/successors.h), as a transcript. Used by explore.c only.
 */
#pragma once

#include "explore/pack.h"
#include "explore/state_table.h"
#include "explore/successors.h"

struct transcript;

/* A way that begins in this state; the ordinal's first n_steps inputs, all of them if n_steps is -1. */
struct witness_transition {
    uint32_t state;
    int32_t ordinal, n_steps;
};

/* `explored` is the story of the states, `s` the same story with all its checkpoints. */
struct witness_source {
    const struct story *s, *explored;
    const struct pack *pack;
    const struct state_table *table;
    bool backs;
    int32_t n_seeds;
};

/*
 * The play along these ways, each of which begins where the one before ends; the first begins in an idle state. *draws: random
 * routes are drawn by lines, as none of `n_seeds` seeds draws the same. To be freed with transcript_free().
 */
struct transcript *witness_make(const struct witness_source *of, const struct witness_transition *ways, uint32_t n_ways,
                                bool *draws);

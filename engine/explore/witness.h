/*
 * witness: a play that consists of given ways (explore/ways.h), as a transcript. Used by explore.c only.
 */
#pragma once

#include "explore/pack.h"
#include "explore/table.h"
#include "explore/ways.h"

struct transcript;

/* A way that begins in this state; the ordinal's first n_steps inputs, all of them if n_steps is -1. */
struct witness_way {
    uint32_t state;
    int32_t ordinal, n_steps;
};

/* `explored` is the story of the states, `s` the same story with all its checkpoints. */
struct witness_of {
    const struct story *s, *explored;
    const struct pack *pack;
    const struct table *table;
    bool backs;
    int32_t n_seeds;
};

/*
 * The play along these ways, each of which begins where the one before ends; the first begins in an idle state. *draws: random
 * routes are drawn by lines, as none of `n_seeds` seeds draws the same. To be freed with transcript_free().
 */
struct transcript *witness_make(const struct witness_of *of, const struct witness_way *ways, uint32_t n_ways,
                                bool *draws);

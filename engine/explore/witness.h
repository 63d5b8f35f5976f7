/*
 * witness: a play that goes along given transitions (explore/successors.h), as a transcript that can be replayed. Used by
 * explore.c only. One thread.
 */
#pragma once

#include "explore/pack.h"
#include "explore/state_table.h"
#include "explore/successors.h"

struct transcript;

/* The transition of `state` that has this ordinal: its first n_steps inputs, or all of them if n_steps is -1. */
struct witness_transition {
    uint32_t state;
    int32_t ordinal, n_steps;
};

/* `explored` is the story whose states are in the table; `s` is the same story with all its checkpoints. */
struct witness_source {
    const struct story *s, *explored;
    const struct pack *pack;
    const struct state_table *table;
    bool backs; /* as for successors_new() */
    bool
        soonest; /* picks that cut at once come as soon as they can, else in the middle of the time that they may come */
    int32_t n_seeds; /* to be tried: 0, 1, …; 0 always is */
    int32_t
        go_on; /* inputs that follow at most, from a viewer who never chooses; 0: the play is left where the transitions end */
    struct patience *patience; /* or NULL; when it is over, no more seeds are tried */
};

/*
 * The play along these transitions. Each begins where the one before it ends, and the first one begins in an idle state. If none
 * of the seeds draws as these transitions do, *draws is set, and the transcript prescribes its draws by `draw` lines. Free with
 * transcript_free().
 */
struct transcript *witness_make(const struct witness_source *of, const struct witness_transition *transitions,
                                uint32_t n_transitions, bool *draws);

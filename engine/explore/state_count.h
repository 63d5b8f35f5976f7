/*
 * state_count: how many states a story has when none are merged, counted on all cores. Every state belongs to one worker, by
 * its hash, and only that worker looks up whether it was met before. The workers take turns together: first each follows the
 * transitions of some of its states (explore/memo.h) and sorts the states found by the worker that they belong to; then each
 * adds what the others found for it.
 *
 * States are followed in no particular order, because the order does not change the count: the last ones first, while they are
 * still in the cache. The count does not depend on the number of workers.
 */
#pragma once

#include "explore/pack.h"
#include "explore/patience.h"

#include <stdbool.h>

struct state_count_input {
    const struct story *s; /* borrowed, as is the pack */
    const struct pack *pack;
    bool backs;             /* the viewer may go back */
    int32_t threads;        /* 0: as many as there are cores */
    const uint64_t *starts; /* n_starts packed states to begin with, one behind the other */
    size_t n_starts;
    struct patience *patience; /* or NULL; when it is over, the count is not complete */
};

/* Called once every turn, on the thread that called state_count_run(). `n_open`: states whose transitions were not followed
 * yet. `bytes`: memory in use. Return false to stop. */
typedef bool (*state_count_progress)(void *user, uint64_t n_states, uint64_t n_open, size_t bytes);

struct state_count_result {
    uint64_t n_states;
    bool complete; /* false: it was stopped, or some states have more draws than are followed (explore/successors.h) */
    size_t bytes;  /* memory in use at the end */
};

/* Blocks until all states are counted, or `progress` stops it. */
struct state_count_result state_count_run(const struct state_count_input *in, state_count_progress progress,
                                          void *user);

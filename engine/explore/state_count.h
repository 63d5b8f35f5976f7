/*
 * count: how many states there are when none are merged, on all cores. Every state belongs to one worker, by its hash, which
 * alone looks whether it was met. In turns all workers follow the ways of some of their states (explore/memo.h), sorting
 * where they lead by whom they belong to; then each takes what the others found for it.
 *
 * In no order, as nobody asks for one: the states that were met last are looked at first, while they are still close. How
 * many there are does not depend on the number of workers.
 */
#pragma once

#include "explore/pack.h"

#include <stdbool.h>

/* What to begin with: n packed states. */
struct state_count_input {
    const struct story *s;
    const struct pack *pack;
    bool backs;
    int32_t threads; /* 0: as many as there are cores */
    const uint64_t *starts;
    size_t n_starts;
};

/* Asked again and again by the thread that called; false stops. `open`: states that were not looked at yet. */
typedef bool (*state_count_progress)(void *user, uint64_t n_states, uint64_t n_open, size_t bytes);

struct state_count_result {
    uint64_t n_states;
    bool complete; /* else it was stopped, or more draws follow each other than are followed (explore/successors.h) */
    size_t bytes;  /* that it held */
};

struct state_count_result state_count_run(const struct state_count_input *in, state_count_progress progress,
                                          void *user);

/*
 * simulate: many viewers who choose by chance, and what they meet; over play_step(), the function that plays the film, and
 * what is remembered of it (explore/path_cache.h).
 *
 * For what explore can't say: how often. Each viewing is that of a new viewer (`keep: viewer` variables have their
 * initial values) who never goes back. Times are as planned (schedule_planned_length).
 *
 * simulate_run() blocks, with a thread for each core; all counts are the same for a seed whatever the number of
 * threads, unless it was stopped. Free with simulate_free(). About 40 ns a decision and core
 * along trails, 100 ns by play_step().
 */
#pragma once

#include "explore/node_edges.h"
#include "explore/simulate_model.h"
#include "explore/simulate_result.h"

#include <stdbool.h>
#include <stdint.h>

/* Called on the calling thread every tenth of a second; false stops. */
typedef bool (*simulate_progress)(void *user, uint64_t done, uint64_t runs);

struct simulate_options {
    uint64_t runs, seed;
    const struct simulate_model *model; /* NULL: the first */
    int32_t threads;                    /* 0: as many as there are cores */
    simulate_progress progress;         /* or NULL */
    void *user;
    int64_t
        cache_bytes; /* what a thread may remember (explore/path_cache.h); 0: the usual, -1: nothing, all by play_step() */
};

/* Free the result with simulate_result_free(). */
struct simulate_result *simulate_run(const struct story *s, const struct simulate_options *o);

/*
 * simulate: many viewers who choose by chance, and what they meet. It answers what explore cannot: how often. Viewers watch by
 * play_step(), the function that plays the film, and along paths that are remembered of it (explore/path_cache.h).
 *
 * Every viewing is that of a new viewer, for whom the `keep: viewer` variables have their initial values, and who never goes back.
 * Times are planned (schedule_planned_length).
 *
 * simulate_run() blocks and uses a thread for each core. All counts follow from the seed, whatever the number of threads, unless
 * it was stopped. A decision costs about 40 ns of one core along paths, 100 ns by play_step().
 */
#pragma once

#include "story/node_edges.h"
#include "explore/simulate_model.h"
#include "explore/simulate_result.h"

#include <stdbool.h>
#include <stdint.h>

/* Called on the calling thread every tenth of a second. Return false to stop. */
typedef bool (*simulate_progress)(void *user, uint64_t done, uint64_t runs);

struct simulate_options {
    uint64_t runs, seed;                /* how many viewings; what all of them follow from */
    const struct simulate_model *model; /* NULL: the first one of simulate_models() */
    int32_t threads;                    /* 0: as many as there are cores */
    simulate_progress progress;         /* or NULL */
    void *user;
    int64_t cache_bytes; /* what the path cache of each thread may hold; 0: PATH_CACHE_BYTES_MAX, -1: no cache */
};

/* Free the result with simulate_result_free(). */
struct simulate_result *simulate_run(const struct story *s, const struct simulate_options *o);

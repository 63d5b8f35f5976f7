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

#include <stdbool.h>
#include <stdint.h>

/* How a viewer chooses. A row of simulate_models(), which ends with a name of NULL. */
struct simulate_model {
    const char *name, *title;
    int32_t waits_percent; /* lets the time run out so often */
    bool first;            /* takes the first option that is offered; else any of them, alike */
    bool at_once;          /* where a pick cuts at once, picks when the decision opens; else at any moment */
};
const struct simulate_model *simulate_models(void);
const struct simulate_model *simulate_model_find(const char *name); /* NULL: none */

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

/* A viewing that is longer is given up, and counted in `endless`. */
#define SIMULATE_NODES_MAX 20000

/* Lengths are counted by the second; those beyond the last go into the last. */
#define SIMULATE_SECONDS 21600

struct simulate_result {
    uint64_t runs; /* done */
    bool stopped;
    uint64_t decisions;    /* that opened, over all */
    uint64_t from_cache;   /* of them, those that explore/path_cache.h remembered; all else is the same without it */
    uint64_t *nodes;       /* viewings that entered it at least once */
    uint64_t *visits;      /* how often it was entered, over all */
    uint64_t *offered;     /* option: how often it was there to choose */
    uint64_t *picked;      /* option */
    uint64_t *opened;      /* decision */
    uint64_t *waited;      /* decision: how often its time ran out */
    uint64_t *edge_counts; /* of `edges`, how often gone; of those between the same two nodes the first counts */
    uint64_t *endings;     /* viewings whose last ending it was, when the film was over */
    uint64_t no_ending, stuck, endless;
    int64_t min_us, max_us; /* of viewings that came to their end; US_NONE if none did */
    uint64_t *seconds;      /* SIMULATE_SECONDS + 1 */
    uint64_t finished;      /* how many these are */
    GArray *edges;          /* node_edges_of() the story */
};

struct simulate_result *simulate_run(const struct story *s, const struct simulate_options *o);
void simulate_free(struct simulate_result *r); /* accepts NULL */

/* The length that `percent` of the finished viewings do not exceed, to the second; US_NONE if there are none. */
int64_t simulate_length_us(const struct simulate_result *r, int32_t percent);

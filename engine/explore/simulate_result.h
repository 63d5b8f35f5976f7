/*
 * simulate_result: what a number of simulated viewings met, as counts. Each thread of a simulation fills a result of its
 * own; simulate_result_add() sums them up.
 *
 * The arrays are indexed like the story's and belong to the result. One thread.
 */
#pragma once

#include "story/story.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* A viewing that enters more nodes than this is given up and counted in `endless`. */
#define SIMULATE_NODES_MAX 20000

/* Lengths are counted by the second, up to six hours; longer viewings go into the last slot. */
#define SIMULATE_SECONDS 21600

struct simulate_result {
    uint64_t runs;       /* viewings that came to some end */
    bool stopped;        /* fewer than were asked for */
    uint64_t decisions;  /* that opened, over all viewings */
    uint64_t from_cache; /* of these decisions, how many explore/path_cache.h answered; no other count depends on it */
    uint64_t *nodes;     /* node: viewings that entered it at least once */
    uint64_t *visits;    /* node: how often it was entered, over all viewings */
    uint64_t *offered;   /* option: how often it was on offer */
    uint64_t *picked;    /* option: how often it was picked */
    uint64_t *opened;    /* decision: how often it opened */
    uint64_t *waited;    /* decision: how often its time ran out */
    uint64_t *edge_counts;  /* edge: how often it was taken; parallel edges between two nodes all count for the first */
    uint64_t *endings;      /* ending: finished viewings whose last ending it was */
    uint64_t no_ending;     /* finished viewings that reached no ending */
    uint64_t stuck;         /* viewings in which the film got stuck */
    uint64_t endless;       /* viewings that were given up */
    int64_t min_us, max_us; /* planned length of the finished viewings; US_NONE if none finished */
    uint64_t *seconds;      /* SIMULATE_SECONDS + 1 slots: finished viewings by their length in seconds */
    uint64_t finished;      /* viewings that came to the film's end */
    GArray *edges;          /* node_edges_of() the story: what edge_counts counts; NULL in the result of one thread */
    guint n_edges;
};

/* All counts 0. */
struct simulate_result *simulate_result_new(const struct story *s, guint n_edges);
void simulate_result_free(struct simulate_result *r); /* accepts NULL */

/* Adds the counts of `from` to `to`. Both are of the same story. */
void simulate_result_add(const struct story *s, struct simulate_result *to, const struct simulate_result *from);

/* The length, to the second, that `percent` of the finished viewings do not exceed; US_NONE if none finished. */
int64_t simulate_result_length_us(const struct simulate_result *r, int32_t percent);

/* Do the counts agree with each other: is each viewing counted in exactly one way to end, each finished one in one slot of
 * its length? True, or an assertion fails. O(SIMULATE_SECONDS). */
bool simulate_result_check(const struct story *s, const struct simulate_result *r);

/*
 * committer: groups what arrives within a short time into one commit of the destination, in a thread of its own. Every item gets its answer,
 * and only then: what is answered as taken is there for good.
 *
 * One commit at a time: what comes meanwhile is the next group. Two at once would each be half as large, and a distributed engine takes as
 * long for a small one as for a large one (telemetry/central/README.md).
 *
 * Calls come from any thread. `done` is called by the committer's thread, or by the caller where the queue is full.
 */
#pragma once

#include "telemetry/collect/destination.h"

struct committer;

/* One request that waits. The caller owns it, and what it points to, until `done` was called. */
struct commit_request {
    struct collect_item item;
    int64_t since_us; /* when it was put here, by the monotonic clock; the committer's */
    bool later;       /* the destination can't keep anything now, or too many wait; *item says nothing */
    void (*done)(struct commit_request *r, void *data);
    void *data;
};

/* What was committed so far. */
struct commit_counts {
    uint64_t groups, failures, batches, events, erasures;
    uint64_t group_us; /* time spent in commits */
    guint waiting;
    bool healthy; /* the latest commit was done, and the destination is in its place */
};

struct committer_options {
    guint group_ms;               /* how long the first of a group waits for others, at least; 0: not at all */
    guint group_max, waiting_max; /* requests in a group; that wait */
    guint group_events;           /* a group ends with the batch that brings it to so many events; 0: none does */
};

/* Starts the thread, and gives the destination to it. */
struct committer *committer_new(struct destination *destination, const struct committer_options *o);

void committer_put(struct committer *c, struct commit_request *r);

/* A copy; healthy is asked anew. *problem (may be NULL; caller frees) says why it is not, or is NULL. */
void committer_read(struct committer *c, struct commit_counts *counts, char **problem);

/* Commits what waits, ends the thread and frees the destination. Nobody puts anything any more. Accepts NULL. */
void committer_free(struct committer *c);

/*
 * search: breadth first over packed states. Each state has a number, in the order in which the states are met, and is expanded
 * once. Workers on all cores expand pieces of the queue ahead of time; the thread that calls reports what they found in the order
 * of the states. So the numbers and all reports are the same for any number of threads.
 *
 * Order of calls: search_new(), search_start() for each state to begin with, search_step() until it returns false; then more starts
 * and steps, if there are any; search_free(). One thread calls, and the hooks run on it.
 */
#pragma once

#include "explore/search_worker.h"
#include "explore/state_table.h"

/* For each state in turn: `seen` if the worker has something new, `transition` for each of its transitions (and right before that
 * `met` if the state where it ends is new), then `expanded`. */
struct search_hooks {
    /* A new state. `transition`: how it was met from its parent, as the parent's `ordinal`-th; NULL: by search_start(). */
    void (*met)(void *user, uint32_t number, uint32_t parent, int32_t ordinal,
                const struct memo_transition *transition);
    void (*transition)(void *user, uint32_t from, uint32_t to, struct memo_transition *transition);
    void (*seen)(void *user, uint32_t from, const struct search_worker_report *report);
    /* `complete`: all of its transitions were followed; see successors_expand(). */
    void (*expanded)(void *user, uint32_t number, bool complete);
    void *user;
};

/* The parent of a start. */
#define SEARCH_NO_PARENT UINT32_MAX

struct search_options {
    const struct story *s; /* borrowed, as is the pack */
    const struct pack *pack;
    bool backs;
    const struct liveness *live; /* these three as for search_worker_new() */
    const struct choice_model_shares *measure;
    struct patience *patience; /* or NULL; when it is over, states are reported that are not complete */
    int32_t threads;           /* 0: as many as there are cores */
    uint64_t max_states;       /* when there are more states, no further one is expanded */
};

struct search;

struct search *search_new(const struct search_options *o, const struct search_hooks *hooks);
void search_free(struct search *s); /* accepts NULL */

/* Adds a state to begin with, unless it was met already. */
void search_start(struct search *s, const uint64_t *words);

/* Reports the next few states. False: all states were expanded, or there are too many. */
bool search_step(struct search *s);

/* The first state that was not reported yet. */
uint32_t search_next(const struct search *s);

/* Are there more than max_states? */
bool search_full(const struct search *s);

/* All is done: frees what only further steps would need. */
void search_seal(struct search *s);

const struct state_table *search_table(const struct search *s);

/* Bytes that the table and the caller's worker hold. */
size_t search_bytes(const struct search *s);

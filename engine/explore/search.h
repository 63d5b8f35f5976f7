/*
 * search: breadth first over packed states. Each is met once and gets a number in the order of meeting; each is looked
 * at once, in the order of the numbers. Scouts on all cores look at pieces of what waits, ahead of the one who tells; what
 * they found is told in the order of the states, by the thread that calls. So numbers, and all that is told, are the same
 * for any number of threads.
 *
 * Order of calls: search_new(), search_start() for each state to begin with, search_step() until it returns false; then
 * more starts and steps, if there are; search_free(). One thread calls.
 */
#pragma once

#include "explore/search_worker.h"
#include "explore/state_table.h"

/* `about` is NULL for a start. */
struct search_hooks {
    void (*met)(void *user, uint32_t number, uint32_t parent, int32_t ordinal,
                const struct memo_transition *transition);
    void (*way)(void *user, uint32_t from, uint32_t to, struct memo_transition *transition);
    void (*seen)(void *user, uint32_t from,
                 const struct search_worker_report *report);       /* before the ways of that state */
    void (*looked_at)(void *user, uint32_t number, bool complete); /* its ways are all told */
    void *user;
};

struct search_options {
    const struct story *s; /* borrowed, as the pack */
    const struct pack *pack;
    bool backs, merge;                         /* as for search_worker_new(), */
    const struct choice_model_shares *measure; /* as is this */
    int32_t threads;                           /* 0: as many as there are cores */
    uint64_t max_states;                       /* when there are more, no further state is looked at */
};

struct search;

struct search *search_new(const struct search_options *o, const struct search_hooks *hooks);
void search_free(struct search *s); /* accepts NULL */

void search_start(struct search *s, const uint64_t *words);

/* Tells the next few states; false: all that were met have been looked at, or there are too many. */
bool search_step(struct search *s);

/* The first state that was not told yet. */
uint32_t search_next(const struct search *s);
bool search_full(const struct search *s); /* there are more than max_states */
const struct state_table *search_table(const struct search *s);
size_t search_bytes(const struct search *s); /* that the table holds, and what waits */

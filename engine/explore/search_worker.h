/*
 * scout: one thread's part in explore's search. It remembers ways of its own (explore/memo.h), and what it saw on them that it
 * had not seen before; whoever puts the scouts' reports together, in the order of the states, knows what all of them saw
 * first, and it does not matter which scout looked at which state.
 *
 * search_worker_new(), search_worker_expand() for any state, in the order of their numbers; search_worker_free(). One thread each; the story and
 * the pack are only read.
 */
#pragma once

#include "explore/coverage.h"
#include "explore/memo.h"

#include <glib.h>

struct search_worker;

/* Something that a way shows when it is seen first. The way: `ordinal` of the state's, after n_steps inputs. */
struct search_worker_event {
    enum coverage_event event;
    int32_t subject, ordinal, n_steps;
};

/* What is new of a state, to this scout. */
struct search_worker_report {
    GArray *events;  /* search_worker_event, in the order in which they came */
    GPtrArray *kept; /* GBytes: values that the viewer keeps, as some quiet moment leaves them behind */
    bool *flags;     /* all of the scout's cover; see coverage_add() */
};
void search_worker_report_free(struct search_worker_report *r); /* accepts NULL */

/* merge: states that differ only in what nobody will look at become the same. measure: as for memo_new(). */
struct search_worker *search_worker_new(const struct story *s, const struct pack *pack, bool backs, bool merge,
                                        const struct choice_model_shares *measure);
void search_worker_free(struct search_worker *s); /* accepts NULL */

/* The ways of a packed state, borrowed until the next call; *report is the caller's, or NULL. */
struct memo_transitions search_worker_expand(struct search_worker *s, const uint64_t *words,
                                             struct search_worker_report **report);

size_t search_worker_bytes(const struct search_worker *s);

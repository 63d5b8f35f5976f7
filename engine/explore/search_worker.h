/*
 * search_worker: one thread's part of the search (explore/search.h). A worker has a memo of its own (explore/memo.h) and reports
 * what it saw that it had not seen before. Whoever combines the reports of all workers, in the order of the states, knows what was
 * seen first, and it does not matter which worker expanded which state.
 *
 * Order of calls: search_worker_new(), search_worker_expand() for states in the order of their numbers, search_worker_free().
 * One thread each; the story and the pack are only read.
 */
#pragma once

#include "explore/coverage.h"
#include "explore/memo.h"

#include <glib.h>

struct search_worker;

/* Something that this worker saw for the first time, on the transition `ordinal` of the state, after n_steps inputs. */
struct search_worker_event {
    enum coverage_event event;
    int32_t subject, ordinal, n_steps;
};

/* What a state showed that is new to this worker. */
struct search_worker_report {
    GArray *events;  /* search_worker_event, in the order in which they came */
    GPtrArray *kept; /* GBytes: kept_values_bytes() as some quiet moment leaves them behind */
    GArray *fresh;   /* what its coverage ticked off since the last report, for coverage_add() */
};
void search_worker_report_free(struct search_worker_report *r); /* accepts NULL */

/* `live`: states that differ in dead values alone become one; NULL: they do not. It is shared, not used itself. `measure`: as for
 * memo_new(). */
struct search_worker *search_worker_new(const struct story *story, const struct pack *pack, bool backs,
                                        const struct liveness *live, const struct choice_model_shares *measure);
void search_worker_free(struct search_worker *w); /* accepts NULL */

/* When this is over, states have no transitions but those that are known, and are not complete. */
void search_worker_set_patience(struct search_worker *w, struct patience *patience);

/* The transitions of a packed state, borrowed until the next call. *report is the caller's to free, or NULL if nothing is new. */
struct memo_transitions search_worker_expand(struct search_worker *w, const uint64_t *words,
                                             struct search_worker_report **report);

/* Bytes that its memo holds. */
size_t search_worker_bytes(const struct search_worker *w);

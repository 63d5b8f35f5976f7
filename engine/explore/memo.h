/*
 * memo: the ways from packed states (explore/pack.h), remembered. What successors_of_input() told for one state is told again for
 * every other that agrees with it in what the ways looked at (explore/read_set.h), so that play_step() runs once for each
 * such case and not for each state: the answer is a few look-ups and a mask for each way. Where all of a state matters,
 * and when there is no more room, play_step() runs each time.
 *
 * The watch (explore/successors.h) hears of a case when it is new, and of nothing when it is repeated: enough for all that
 * depends on the case alone (what has happened at all, which assertions fail, what is left in the kept values).
 *
 * memo_new(), memo_expand() for any state that successors_expand() takes, memo_free(). One thread; several memos of one story
 * may be used at once. Memory: MEMO_BYTES_MAX at most.
 */
#pragma once

#include "explore/state_graph.h"
#include "explore/liveness.h"
#include "explore/pack.h"
#include "explore/successors.h"

#include <glib.h>

#define MEMO_BYTES_MAX ((size_t)64 << 20)

/* What is the same about all ways of a case. */
struct memo_transition {
    struct state_graph_label label; /* the numbers of its film and course are the memo's own */
    int32_t node, ending;
    enum play_phase phase;                 /* of the state where it ends, as node and ending */
    GBytes *node_sequence, *step_sequence; /* the rows (explore/sequences.h); live as long as the memo */
    uint32_t number; /* for who puts the ways of several memos together; MEMO_UNNUMBERED at first */
};
#define MEMO_UNNUMBERED UINT32_MAX

/* The ways from a state, in their order: the i-th one has the ordinal i. */
struct memo_transitions {
    int32_t n;
    const uint64_t *words;                      /* pack_words() of each */
    struct memo_transition *const *transitions; /* each; these live as long as the memo */
    bool complete;                              /* as successors_expand() */
};

struct memo;

/* All are borrowed; `live` may be NULL: then states are not merged; so may `measure`: state_graph_label.measured is its chance. */
struct memo *memo_new(const struct story *s, const struct pack *pack, const struct successors_watch *watch, bool backs,
                      struct liveness *live, const struct choice_model_shares *measure);
void memo_free(struct memo *m); /* accepts NULL */

/* Borrowed until the next call. Dead values (explore/liveness.h) of the states where the ways lead are the lowest they can
 * have. */
struct memo_transitions memo_expand(struct memo *m, const uint64_t *words);

/* Where the ways from n states lead, for who does not ask how: as memo_expand(), but inputs that are known to lead where an
 * earlier one does are left out, and ordinals mean nothing. */
struct memo_transitions memo_reach(struct memo *m, const uint64_t *states, size_t n);

size_t memo_bytes(const struct memo *m);

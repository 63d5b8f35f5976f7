/*
 * memo: the transitions from packed states (explore/pack.h), remembered. play_step() runs once for each case instead of once
 * for each state: two states are one case of an input if they agree in everything that the input looked at
 * (explore/read_set.h). For a known case the answer costs a few tests of bits, and two operations on each word of the state
 * for each transition. Where an input depends on the whole state (there are checkpoints), and when MEMO_BYTES_MAX is used
 * up, play_step() runs each time.
 *
 * The watch (explore/successors.h) is called when a case is new, and not when it is repeated. That is enough for all that
 * depends on the case alone: what has happened at all, which assertions fail, which kept values remain.
 *
 * Order of calls: memo_new(), memo_expand() or memo_reach() for any state that successors_expand() takes, memo_free(). One
 * thread; several memos of one story may be used at once.
 */
#pragma once

#include "explore/choice_model.h"
#include "explore/liveness.h"
#include "explore/pack.h"
#include "explore/state_graph.h"
#include "explore/successors.h"

#include <glib.h>

#define MEMO_BYTES_MAX ((size_t)64 << 20)

/* What all transitions of a case have in common. Few differ, so each exists once in a memo. */
struct memo_transition {
    struct state_graph_label label; /* its sequences are numbers of this memo's own; see below */
    int32_t node, ending;           /* of the state where it ends, as is the phase */
    enum play_phase phase;
    GBytes *node_sequence, *step_sequence; /* the sequences themselves (explore/sequences.h); owned by the memo */
    uint32_t number; /* for the caller, who puts the transitions of several memos together; MEMO_UNNUMBERED at first */
};
#define MEMO_UNNUMBERED UINT32_MAX

/* Transitions in their order: the i-th one has the ordinal i. */
struct memo_transitions {
    int32_t n;
    const uint64_t *words;                      /* where each leads: pack_words() words of each */
    struct memo_transition *const *transitions; /* n pointers; what they point to lives as long as the memo */
    bool complete;                              /* as successors_expand() says */
};

struct memo;

/* All arguments are borrowed. `watch` may be NULL. `live` NULL: states are not merged. `measure` NULL: the label's
 * `measured` is its `chance`. */
struct memo *memo_new(const struct story *s, const struct pack *pack, const struct successors_watch *watch, bool backs,
                      struct liveness *live, const struct choice_model_shares *measure);
void memo_free(struct memo *m); /* accepts NULL */

/* When this is over, no further case is played: what is found then is not complete. */
void memo_set_patience(struct memo *m, struct patience *patience);

/* The transitions from a state, borrowed until the next call. With `live`, dead values of the states where they lead are
 * their lowest ones, so that states that differ in dead values alone become one. */
struct memo_transitions memo_expand(struct memo *m, const uint64_t *words);

/* Where the transitions from n states lead, for a caller that only wants to meet every state. An input that is known to lead
 * where an earlier one does is left out, and ordinals mean nothing. Borrowed until the next call. */
struct memo_transitions memo_reach(struct memo *m, const uint64_t *states, size_t n);

/* Bytes that it holds. O(1). */
size_t memo_bytes(const struct memo *m);

/* True, or an assertion fails. O(1). */
bool memo_check(const struct memo *m);

/*
 * liveness: which values of a state are live, that is, may still be looked at before they are set again. Two states that differ
 * in dead values alone have the same future in everything that explore reports, so the search merges them.
 *
 * A backward data-flow analysis of the story, which is not played for it. A value is live where some path leads to an expression
 * that reads it, or to a change of a number that may be clamped, without an unconditional `x = …` before that. What an assert
 * reads is always live, and so is what the viewer keeps, or keeps while going back, if anything ever reads it.
 *
 * A variable that nothing reads is never live, not even a number that may be clamped. Neither conditions nor asserts nor words in
 * the picture ask for it, at most effects on other variables that nothing reads.
 *
 * A checkpoint keeps values, too. Those of them are live that are live right before its decision opens; going back restores
 * them, so what was set since then need not live on.
 *
 * liveness_new() costs O(size of the story), a few times over; liveness_at() costs O(events of the node). One thread: the analysis
 * does not change, but liveness_at() uses scratch memory. Other threads share the analysis by liveness_share().
 */
#pragma once

#include "explore/patience.h"
#include "story/story.h"

struct liveness;

/* The story is borrowed. `patience` may be NULL; if it is over before the analysis is, that is of no use. */
struct liveness *liveness_new(const struct story *s, struct patience *patience);
void liveness_free(struct liveness *l); /* accepts NULL */

/* The same analysis for another thread, which frees it before the original is freed. NULL for NULL. */
struct liveness *liveness_share(const struct liveness *l);

/* Does anything read this variable? If not, it is never live. */
bool liveness_is_read(const struct liveness *l, int32_t var);

/* For each value of this state (0: the one at PLAY_VALUES), whether it is live. In an idle state all are. Borrowed until the
 * next call. */
const bool *liveness_at(struct liveness *l, const int32_t *state);

/* The same for the values in the i-th checkpoint of the state. */
const bool *liveness_at_checkpoint(struct liveness *l, const int32_t *state, int32_t i);

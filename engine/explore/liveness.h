/*
 * liveness: which values of a state are live, that is, may still be looked at before they are set again. Two states that differ
 * in dead values alone have the same future in everything that explore reports, so the search merges them.
 *
 * A backward data-flow analysis of the story, which is not played for it. A value is live where some path leads to an expression
 * that reads it, or to a change of a number that may be clamped, without an unconditional `x = …` before that. What the viewer
 * keeps and what an assert reads is always live. In a story with checkpoints everything is, because a checkpoint keeps all
 * values.
 *
 * liveness_new() costs O(size of the story) for each of a few rounds; liveness_at() costs O(events of the node). One thread: the
 * analysis does not change, but liveness_at() uses scratch memory.
 */
#pragma once

#include "story/story.h"

struct liveness;

struct liveness *liveness_new(const struct story *s); /* the story is borrowed */
void liveness_free(struct liveness *l);               /* accepts NULL */

/* For each value of this state (0: the one at PLAY_VALUES), whether it is live. In an idle state all are. Borrowed until the
 * next call. */
const bool *liveness_at(struct liveness *l, const int32_t *state);

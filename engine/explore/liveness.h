/*
 * live: which values of a state can still be looked at before they are set again. Two states that differ only in others
 * have the same future in all that this module reports, so that the search takes them for one.
 *
 * Found by looking backwards through the story, without playing it: a value is live where some way leads to an
 * expression that asks for it, or to a change of a number that may be clamped, without an unconditional `x = …`
 * in between. What the viewer keeps and what an assert asks is live always. Where checkpoints can be made everything is,
 * as a checkpoint keeps all values.
 *
 * liveness_new() costs O(nodes * what they say * a few rounds). Immutable then; any thread, but for liveness_at().
 */
#pragma once

#include "story/story.h"

struct liveness;

struct liveness *liveness_new(const struct story *s);
void liveness_free(struct liveness *l); /* accepts NULL */

/* For each value of this state (the first one behind PLAY_VALUES is 0): is it live? Borrowed until the next call. An
 * idle state has no dead values. */
const bool *liveness_at(struct liveness *l, const int32_t *state);

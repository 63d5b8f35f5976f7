/*
 * reads: which values of a state a way looked at (explore/successors.h). Two states that agree in those, and in all slots that
 * are no values, have the same way: what play_step() does with one, it does with the other. It follows what the step
 * told, and works out which conditions must have been asked on the way there; a condition is taken apart, so that of
 * `a and b` only `a` is read where that is false.
 *
 * Order of calls: read_set_begin() for an input; then for each of its ways what the successors_watch is told; then read_set_values().
 * Owned by its maker; one thread.
 */
#pragma once

#include "explore/successors.h"

struct read_set;

/* The story is borrowed. `apart`: the caller keeps the values of checkpoints, ends a way where the film goes back to one, and
 * knows itself what that brings back. */
struct read_set *read_set_new(const struct story *s, bool apart);
void read_set_free(struct read_set *r); /* accepts NULL */

/* An input is tried. */
void read_set_begin(struct read_set *r);

/* Of a successors_watch. `quiet`: successors_quiet() of the state where the way begins. */
void read_set_begin_transition(struct read_set *r, bool quiet);
void read_set_step(struct read_set *r, const int32_t *state, const struct play_input *in);
void read_set_effect(struct read_set *r, const struct play_effect *fx);
void read_set_settled(struct read_set *r, const int32_t *state);

/*
 * The values that were read (0: the first one behind PLAY_VALUES), in the order of the first look at each, so that the
 * next one follows from what the ones before are. Borrowed until the next read_set_begin(). NULL if all of the state matters:
 * the input makes or uses a checkpoint, and the caller does not keep them apart.
 */
const int32_t *read_set_values(struct read_set *r, int32_t *n);

/* For each draw of a random route on the way that was told last: how many of the read_set_values() tell which parts of the
 * route hold. Borrowed until the next read_set_begin_transition(). */
const int32_t *read_set_draws(const struct read_set *r, int32_t *n);

/* Was this value set on the way that was told last, or may have been? In the same way from another state it gets the same
 * then. */
bool read_set_was_set(const struct read_set *r, int32_t value);

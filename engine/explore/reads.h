/*
 * reads: which values of a state a way looked at (explore/ways.h). Two states that agree in those, and in all slots that
 * are no values, have the same way: what play_step() does with one, it does with the other. It follows what the step
 * told, and works out which conditions must have been asked on the way there; a condition is taken apart, so that of
 * `a and b` only `a` is read where that is false.
 *
 * Order of calls: reads_begin() for an input; then for each of its ways what the ways_watch is told; then reads_slots().
 * Owned by its maker; one thread.
 */
#pragma once

#include "explore/ways.h"

struct reads;

/* The story is borrowed. `apart`: the caller keeps the values of checkpoints, ends a way where the film goes back to one, and
 * knows itself what that brings back. */
struct reads *reads_new(const struct story *s, bool apart);
void reads_free(struct reads *r); /* accepts NULL */

/* An input is tried. */
void reads_begin(struct reads *r);

/* Of a ways_watch. `quiet`: ways_quiet() of the state where the way begins. */
void reads_way(struct reads *r, bool quiet);
void reads_step(struct reads *r, const int32_t *state, const struct play_input *in);
void reads_effect(struct reads *r, const struct play_effect *fx);
void reads_settled(struct reads *r, const int32_t *state);

/*
 * The values that were read (0: the first one behind PLAY_VALUES), in the order of the first look at each, so that the
 * next one follows from what the ones before are. Borrowed until the next reads_begin(). NULL if all of the state matters:
 * the input makes or uses a checkpoint, and the caller does not keep them apart.
 */
const int32_t *reads_slots(struct reads *r, int32_t *n);

/* For each draw of a random route on the way that was told last: how many of the reads_slots() tell which parts of the
 * route hold. Borrowed until the next reads_way(). */
const int32_t *reads_draws(const struct reads *r, int32_t *n);

/* Was this value set on the way that was told last, or may have been? In the same way from another state it gets the same
 * then. */
bool reads_was_set(const struct reads *r, int32_t value);

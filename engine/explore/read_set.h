/*
 * read_set: which values of a state an input looked at. Two states that agree in these values, and in all slots that are no
 * values, have the same transitions (explore/successors.h) for this input: play_step() does with one what it does with the
 * other.
 *
 * It is found without a hook in play_step(): from the effects that a step told follows which expressions must have been
 * evaluated. Expressions are taken apart, so that of `a and b` only `a` is read where `a` is false.
 *
 * Order of calls: read_set_begin() for an input; then, for each of its transitions, what a successors_watch is told; then
 * read_set_values(). One thread.
 */
#pragma once

#include "explore/successors.h"

struct read_set;

/* The story is borrowed. `apart`: the caller keeps the values of checkpoints apart from the state, ends a transition where the
 * film goes back to one, and restores them itself. */
struct read_set *read_set_new(const struct story *s, bool apart);
void read_set_free(struct read_set *r); /* accepts NULL */

/* Begins an input: nothing was read. */
void read_set_begin(struct read_set *r);

/* As in struct successors_watch: a transition begins, a step begins, a step tells an effect, a step has ended. `quiet`:
 * successors_quiet() of the state where the transition begins. */
void read_set_begin_transition(struct read_set *r, bool quiet);
void read_set_step(struct read_set *r, const int32_t *state, const struct play_input *in);
void read_set_effect(struct read_set *r, const struct play_effect *fx);
void read_set_settled(struct read_set *r, const int32_t *state);

/*
 * The values that were read (0: the one at PLAY_VALUES), in the order of the first look at each; so which value comes next
 * depends only on the ones before. Ends the transition. Borrowed until the next read_set_begin(). NULL if the whole state
 * matters: the input makes or uses a checkpoint, and the caller does not keep checkpoints apart.
 */
const int32_t *read_set_values(struct read_set *r, int32_t *n);

/* For each draw on the last transition: how many of the values had been read when it was known which parts of the route hold.
 * Borrowed until the next read_set_begin_transition(). */
const int32_t *read_set_draws(const struct read_set *r, int32_t *n);

/* Was this value set on the last transition, or may it have been? If it was, the same transition gives it the same value from
 * another state, too. */
bool read_set_was_set(const struct read_set *r, int32_t value);

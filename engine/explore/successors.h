/*
 * successors: where the film can go from a state. Each input that can come is followed to the next moment at which somebody or
 * something chooses; that is a transition. Everything happens by play_step() and schedule_next(), the functions that play the
 * film. This module only decides which inputs can come at all:
 * - In a decision that cuts at the end, a pick becomes final when the window closes, so it comes right before that. In one that
 *   cuts at once, it can come at any moment of the window: between any two events of the timetable that are not due at the same
 *   time.
 * - The viewer can go back (unless that is left out) at any such moment, and when the film is over or stuck.
 * - Otherwise time brings what is due.
 * - A random route draws each part that holds, and so does every further one on the transition. The film's generator plays no
 *   role: it is 0 in every state here. A chain of silent nodes whose draws lead back to where it was is followed once.
 *
 * A state from which only one thing can happen is passed over. A transition ends where the viewer can pick or go back, where
 * chance is next, where the film is over or stuck, or when none of this came for SUCCESSORS_STEPS_MAX inputs.
 *
 * Order of calls: successors_new(), then successors_expand() for any state that play_step() can reach with a generator of 0, or
 * for an idle one, in which the values that the viewer keeps are free. One thread. The transitions of a state always come in the
 * same order, so an ordinal names a transition for good.
 */
#pragma once

#include "explore/patience.h"
#include "play/play.h"

struct successors;

/* How one state leads to another. Times are media time that passes, as planned (schedule_planned_length). */
struct transition {
    int32_t ordinal;        /* 0, 1, … among those of the state */
    int64_t min_us, max_us; /* they differ where a pick cuts at once: if it comes as soon, or as late, as it can */
    bool back;              /* begins with the viewer's going back */
    bool merged; /* chance was asked on it at a place whose other draws were followed on another transition */
};

/*
 * Told while a transition is followed; each function may be NULL. `state` is borrowed and shows the state as it is: in step()
 * before the input, in effect() in the middle of it, in settled() behind it. `quiet` is false if more is due at this very
 * moment, so that no viewer sees the film like this. Where an input may come at any moment of a window, step() is told its middle;
 * with `soonest` its beginning.
 */
struct successors_watch {
    void (*begin)(void *user, const int32_t *state, int32_t ordinal);
    void (*step)(void *user, const int32_t *state, const struct play_input *in, int64_t at_us);
    void (*effect)(void *user, const int32_t *state, const struct play_effect *fx);
    void (*settled)(void *user, const int32_t *state, const struct play_input *in, bool quiet);
    bool soonest;
    void *user;
};

/* Called for each transition, with the state where it ends; both are borrowed for the call. */
typedef void (*successors_found)(void *user, const int32_t *state, const struct transition *transition);

/* The story is borrowed; the watch is copied and may be NULL. `backs`: the viewer may go back. */
struct successors *successors_new(const struct story *s, const struct successors_watch *watch, bool backs);
void successors_free(struct successors *w); /* accepts NULL */

/* When this is over, nothing more is followed: what successors_expand() tells then is not complete. */
void successors_set_patience(struct successors *w, struct patience *patience);

/* Inputs on one transition; a film without decisions may go on forever. */
#define SUCCESSORS_STEPS_MAX 256

/* Calls `found` for every transition from `state`, which must not be the state that `found` was called with. False: more than
 * SUCCESSORS_DRAWS_MAX combinations of draws follow one input, or together they take more than SUCCESSORS_EFFECTS_MAX effects, a
 * second's work, or the patience was over; the rest was left out. */
#define SUCCESSORS_DRAWS_MAX   50000
#define SUCCESSORS_EFFECTS_MAX 4000000
bool successors_expand(struct successors *w, const int32_t *state, successors_found found, void *user);

/* The same in two steps, for a caller that remembers what came of an input (explore/memo.h). */

/* An input that can come in a state, at some media time from `from_us` to `to_us` in the node. */
struct successors_input {
    struct play_input in;
    int64_t from_us, to_us;
};

/* All inputs that can come in a state, in the order of their transitions. They do not depend on the state's values, but for those
 * in checkpoints. Borrowed until the next call. */
const struct successors_input *successors_inputs(struct successors *w, const int32_t *state, int32_t *n);

/* Calls `found` for every transition of one of these inputs. *ordinal is that of the first transition, and afterwards the next
 * free one. A PLAY_START keeps the values of `state`. False as for successors_expand(). */
bool successors_of_input(struct successors *w, const int32_t *state, const struct successors_input *input,
                         int32_t *ordinal, successors_found found, void *user);

/* The media time in the node at which a running state came about, that is, of what happened last. */
int64_t successors_since_us(const struct story *s, const int32_t *state);

/* Does time pass in this state before anything else happens, so that a viewer sees the film like this? */
bool successors_quiet(const struct story *s, const int32_t *state);

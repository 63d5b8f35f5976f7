/*
 * ways: where the film can go from a state: every choice that the viewer has there, each of them followed to the next
 * moment at which somebody or something chooses. All of it by play_step() and schedule_next(), the functions that play the
 * film; what is decided here is only which inputs can come at all:
 * - In a decision that cuts at the end a pick becomes final when the window closes, so it happens right before that. In
 *   one that cuts at once it can happen at every moment of the window: between any two events of the timetable that
 *   are not due at the same time.
 * - Going back (unless left out) is possible at any such moment, and when the film is over or stuck.
 * - Else time does what is due.
 * - A random route draws each part that holds; so does each further one on the way. The generator plays no role: its
 *   slots are 0 in every state here. A chain of silent nodes whose draws lead back to where it was is followed once.
 *
 * A state from which only one thing can happen is passed over; a way ends where the viewer can pick or go
 * back, chance is next, the film is over or stuck, or nothing of that came for long.
 *
 * Order of calls: successors_new(), then successors_expand() for any state that play_step() can reach with a generator of 0, or an
 * idle one, in which the variables that the viewer keeps may have any value. One thread. The order of the ways of a
 * state is always the same, so an ordinal names a way for good.
 */
#pragma once

#include "play/play.h"

struct successors;

/* A way from one state to the next. Times are media time that passes, as planned (schedule_planned_length). */
struct transition {
    int32_t ordinal;        /* 0, 1, ... in the order in which successors_expand() tells them */
    int64_t min_us, max_us; /* differ where a pick cuts at once, as soon or as late as it can */
    bool back;              /* begins with the viewer's going back */
    bool merged;            /* from where chance was asked on it, other draws were followed on another way only */
};

/*
 * Told while a way is gone; each may be NULL. `state` is borrowed and shows the state as it is: in step() before the
 * input, in effect() in the middle of it, in settled() between two inputs. `quiet` false: more is due at this very
 * moment, so nobody sees the film like this.
 */
struct successors_watch {
    void (*begin)(void *user, const int32_t *state, int32_t ordinal);
    void (*step)(void *user, const int32_t *state, const struct play_input *in, int64_t at_us);
    void (*effect)(void *user, const int32_t *state, const struct play_effect *fx);
    void (*settled)(void *user, const int32_t *state, const struct play_input *in, bool quiet);
    void *user;
};

/* The state where the way ends, borrowed for the call. */
typedef void (*successors_found)(void *user, const int32_t *state, const struct transition *edge);

/* Story and watch are borrowed. `backs`: the viewer's going back is among the ways. */
struct successors *successors_new(const struct story *s, const struct successors_watch *watch, bool backs);
void successors_free(struct successors *w); /* accepts NULL */

/* Tells every way from `state`. `state` must not be the one that is told. False: there were more than
 * SUCCESSORS_DRAWS_MAX combinations of draws behind one input, the rest was left out. */
#define SUCCESSORS_DRAWS_MAX 50000
bool successors_expand(struct successors *w, const int32_t *state, successors_found found, void *user);

/* The same in two steps, for who remembers what came of an input (explore/memo.h). An input that can come in a state, at
 * some media time from `from_us` to `to_us` in the node. */
struct successors_input {
    struct play_input in;
    int64_t from_us, to_us;
};

/* Every input that can come there, in the order of their ways. Which ones follows from all slots but the values (those
 * of checkpoints included). Borrowed until the next call. */
const struct successors_input *successors_inputs(struct successors *w, const int32_t *state, int32_t *n);

/* Tells the ways of one of them; *ordinal is that of the first, and then that of the way behind the last. False as for
 * successors_expand(). The kept values of a PLAY_START are those of `state`. */
bool successors_of_input(struct successors *w, const int32_t *state, const struct successors_input *input,
                         int32_t *ordinal, successors_found found, void *user);

/* Media time in the node at which a running state on these ways came about: that of what happened last. */
int64_t successors_since_us(const struct story *s, const int32_t *state);

/* Does time pass in this state before anything else happens, so that somebody sees the film like this? */
bool successors_quiet(const struct story *s, const int32_t *state);

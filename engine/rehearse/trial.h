/*
 * trial: a play in which nobody waits: what was done is kept as a list of inputs to play_step(), so that it can be taken
 * back, done again and saved as a transcript.
 *
 * A moment is where the viewer has to decide, or the film is over: trial_begin() and everything that acts goes on to the
 * next one, by the story's own timetable with planned lengths (play/sched.h). Single-threaded; the story is borrowed.
 */
#pragma once

#include "play/transcript.h"

struct trial;

/* Told while acting, effect by effect. */
typedef void (*trial_watch)(void *user, const struct play_effect *fx);

/* Acting may go on for so many inputs until somebody is asked; a film that comes back to the same state stops before. */
#define TRIAL_INPUTS_MAX 10000

struct trial *trial_new(const struct story *s, uint64_t seed, trial_watch watch, void *user);
void trial_free(struct trial *t); /* accepts NULL */

/* From the start to the first moment; or along `from` (may be NULL), as far as it goes, and to a moment from there. May be
 * called again: then everything starts anew. False and *error: the transcript does not fit, or has no end. */
bool trial_begin(struct trial *t, const struct transcript *from, GError **error);

const int32_t *trial_state(const struct trial *t);
/* The open decision, or -1. */
int32_t trial_decision(const struct trial *t);
/* The last input was not followed by a moment: the film runs round without asking. */
bool trial_is_endless(const struct trial *t);

/* The viewer picks an available option; lets the time run out; goes back. False: that can't happen now. */
bool trial_pick(struct trial *t, int32_t option);
bool trial_wait(struct trial *t);
bool trial_back(struct trial *t, int32_t decision);

/* Takes the last of these back, as if it had not been. False: there is none. */
bool trial_undo(struct trial *t);

/* The state in which the way of an available option of the open decision is settled: when its window closes (at once with
 * `cut: now`), after its `do`, before its `after`. In `out`, of trial_state()'s size. */
void trial_suppose(const struct trial *t, int32_t option, int32_t *out);

/* The play so far, the caller's. */
struct transcript *trial_transcript(const struct trial *t);

/*
 * trial: a play in which nobody waits: what was done is kept as a list of inputs to play_step(), so that it can be taken
 * back, done again and saved as a transcript.
 *
 * A moment is where the viewer has to decide, or the film is over: rehearsal_begin() and everything that acts goes on to the
 * next one, by the story's own timetable with planned lengths (play/schedule.h). Single-threaded; the story is borrowed.
 */
#pragma once

#include "play/transcript.h"

struct rehearsal;

/* Told while acting, effect by effect. */
typedef void (*rehearsal_watch)(void *user, const struct play_effect *fx);

/* Acting may go on for so many inputs until somebody is asked; a film that comes back to the same state stops before. */
#define REHEARSAL_INPUTS_MAX 10000

struct rehearsal *rehearsal_new(const struct story *s, uint64_t seed, rehearsal_watch watch, void *user);
void rehearsal_free(struct rehearsal *t); /* accepts NULL */

/* From the start to the first moment; or along `from` (may be NULL), as far as it goes, and to a moment from there. May be
 * called again: then everything starts anew. False and *error: the transcript does not fit, or has no end. */
bool rehearsal_begin(struct rehearsal *t, const struct transcript *from, GError **error);

const int32_t *rehearsal_state(const struct rehearsal *t);
/* The open decision, or -1. */
int32_t rehearsal_decision(const struct rehearsal *t);
/* The last input was not followed by a moment: the film runs round without asking. */
bool rehearsal_is_endless(const struct rehearsal *t);

/* The viewer picks an available option; lets the time run out; goes back. False: that can't happen now. */
bool rehearsal_pick(struct rehearsal *t, int32_t option);
bool rehearsal_wait(struct rehearsal *t);
bool rehearsal_back(struct rehearsal *t, int32_t decision);

/* Takes the last of these back, as if it had not been. False: there is none. */
bool rehearsal_undo(struct rehearsal *t);

/* The state in which the way of an available option of the open decision is settled: when its window closes (at once with
 * `cut: now`), after its `do`, before its `after`. In `out`, of rehearsal_state()'s size. */
void rehearsal_preview_pick(const struct rehearsal *t, int32_t option, int32_t *out);

/* The play so far, the caller's. */
struct transcript *rehearsal_transcript(const struct rehearsal *t);

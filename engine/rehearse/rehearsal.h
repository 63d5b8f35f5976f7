/*
 * rehearsal: a play without a film, in which nobody waits. Its inputs to play_step() are kept as a list, so that they can be
 * undone and saved as a transcript.
 *
 * Call rehearsal_new(), rehearsal_begin(), then pick, wait, go back and undo in any order; rehearsal_free() at the end. Each
 * of these plays on to the next stop, by the story's timetable with planned lengths (play/schedule.h). A stop is an open
 * decision or the end of the film. The story is borrowed. One thread.
 */
#pragma once

#include "play/transcript.h"

struct rehearsal;

/* Called for each effect while the film plays on; not while inputs are repeated after an undo. */
typedef void (*rehearsal_watch)(void *user, const struct play_effect *fx);

/* The most inputs between two stops. A film that comes back to the same state is noticed earlier. */
#define REHEARSAL_INPUTS_MAX 10000

/* `watch` may be NULL. */
struct rehearsal *rehearsal_new(const struct story *s, uint64_t seed, rehearsal_watch watch, void *user);
void rehearsal_free(struct rehearsal *r); /* accepts NULL */

/* From the start to the first stop; or along `from` (NULL: none) to its end, and on to the next stop. Called again, it starts
 * all over. False and *error: the transcript does not fit the story, or never ends; only rehearsal_begin() and
 * rehearsal_free() may follow. */
bool rehearsal_begin(struct rehearsal *r, const struct transcript *from, GError **error);

/* Borrowed until the next call that plays on. */
const int32_t *rehearsal_state(const struct rehearsal *r);
/* The open decision, or -1. */
int32_t rehearsal_decision(const struct rehearsal *r);
/* There was no next stop: the film runs in a circle without asking anything. */
bool rehearsal_is_endless(const struct rehearsal *r);

/* The viewer picks an option of the open decision, lets its time run out, or goes back to an earlier decision. False: that
 * is not possible now, and nothing happened. */
bool rehearsal_pick(struct rehearsal *r, int32_t option);
bool rehearsal_wait(struct rehearsal *r);
bool rehearsal_back(struct rehearsal *r, int32_t decision);

/* Undoes the last of these. False: there is none. */
bool rehearsal_undo(struct rehearsal *r);

/* The play so far; the caller frees it. */
struct transcript *rehearsal_transcript(const struct rehearsal *r);

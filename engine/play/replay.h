/*
 * replay: plays a transcript again: says which input falls due when, the viewer's included.
 *
 * Order of calls: replay_new(); then, from an idle state, replay_due() and replay_step() in turn, like schedule_next()
 * and play_step() in a play, until replay_due() says that nothing more is due; replay_free(). transcript_replay() is
 * that whole loop, for callers to whom time does not matter. Story and transcript are borrowed and must outlive it; the
 * state is the caller's. One thread.
 */
#pragma once

#include "play/schedule.h"
#include "play/transcript.h"

/* How many inputs may follow each other without a line of the transcript: a film may loop without decisions. */
#define REPLAY_STEPS_MAX 100000

struct replay;

/*
 * Is it a transcript of this story, which begins where the transcript does? One with `from` or `set` lines needs the
 * variant of the story that begins so (play/recorded_start.h). What a replay's first replay_due() asks.
 */
bool replay_can_begin(const struct story *s, const struct transcript *t, GError **error);

/* The input of a line of kind TRANSCRIPT_CHANGE. False and *error (may be NULL): the story has no such variable or value. */
bool replay_change(const struct story *s, const struct transcript_line *line, struct play_input *in, GError **error);

struct replay *replay_new(const struct story *s, const struct transcript *t);
void replay_free(struct replay *r); /* accepts NULL */

/*
 * The next input, and the media time of the node at which it is due: START first (at 0), then those that time brings
 * and the viewer's, in order. `length_us` as in schedule_next(). at_us is US_NONE when nothing is due: while the length
 * is unknown, or when the transcript is at its end. Behind its last line the film goes on until the viewer would have
 * to decide, or until it is over. False and *error (TRANSCRIPT_ERROR_MISMATCH) where the transcript does not fit the
 * story; the message names the line, what it wants and what would be possible. The state is not changed.
 */
bool replay_due(struct replay *r, const int32_t *state, int64_t length_us, struct schedule_due *due, GError **error);

/* Passes what replay_due() told to play_step(). False and *error if a `draw` line could not be obeyed; the step has
 * happened all the same. */
bool replay_step(struct replay *r, int32_t *state, const struct play_input *in, play_sink sink, void *user,
                 GError **error);

/* Called before each input of transcript_replay(). */
typedef void (*replay_input)(void *user, const int32_t *state, const struct play_input *in, int64_t at_us);

struct replay_watch {
    play_sink sink;     /* or NULL */
    replay_input input; /* or NULL */
    void *user;
};

/*
 * The whole replay, with planned lengths (schedule_planned_length()), from the idle state, which it makes, to the end
 * of the transcript or to the line that does not fit. `watch` may be NULL.
 */
bool transcript_replay(const struct story *s, const struct transcript *t, int32_t *state,
                       const struct replay_watch *watch, GError **error);

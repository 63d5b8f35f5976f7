/*
 * viewing_facts: what this viewing has been so far, for the film itself to tell: which option was taken where, how long
 * the viewer took, how often they did not choose. The fields of inscriptions (stories/README.md) read it.
 *
 * These are the numbers that the recorder hands to telemetry, but kept apart from it: a viewer who does not want to be
 * recorded sees them as well, and they are gone when the play ends. One struct is one viewing; going back does not undo
 * what it counted. Main thread.
 */
#pragma once

#include "player/past_choices.h"
#include "play/transcript.h"
#include "player/viewing.h"

struct viewing_facts;

/* Both are borrowed. `past_choices` may be NULL: nothing is known of earlier viewings. */
struct viewing_facts *viewing_facts_new(const struct story *s, const struct past_choice *past_choices);
void viewing_facts_free(struct viewing_facts *a); /* accepts NULL */

/* Takes the effects of play_step() in the order in which they come. `before`: the state before that step, in which the
 * viewer read the options. */
void viewing_facts_note(struct viewing_facts *a, const struct play_effect *fx, const struct viewing_moment *m,
                        const int32_t *before);

/* The same for what led here in a play that goes on: what its transcript tells, with the times that stand in it. */
void viewing_facts_learn(struct viewing_facts *a, const struct transcript *t);

/* The decisions that were answered, int32_t, in the order of their latest answers. Borrowed until the next one. */
const GArray *viewing_facts_path(const struct viewing_facts *a);

/* The option (index in the decision) that was taken in this decision the last time, by the viewer or by the clock; -1: none. */
int32_t viewing_facts_option(const struct viewing_facts *a, int32_t decision, bool *picked);

/* The words of the option that was taken in this decision the last time, as an index for story_text(); -1: none, or not known.
 * *picked: the viewer took it, not the clock. */
int32_t viewing_facts_taken(const struct viewing_facts *a, int32_t decision, bool *picked);

/* An inscription's text with its fields (story/text_field.h) filled in, in `language` (NULL: the story's own). Never
 * NULL; g_free() it. `state`: for the variables' values. `watched_us`: how long the viewing has run. What has not
 * happened is written as a dash. */
char *viewing_facts_fill(const struct viewing_facts *a, const char *text, const int32_t *state, int64_t watched_us,
                         const char *language);

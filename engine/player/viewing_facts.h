/*
 * account: what this viewing has been so far, for the film itself to tell: which option was taken where, how long it
 * took, how often nobody chose. Inscriptions (stories/README.md) read it.
 *
 * The same numbers that the recorder hands to telemetry, but kept apart from it: a viewer who does not want to be
 * recorded sees them too, and they end with the play. Main thread. One account is one viewing; going back does not
 * unmake what was done.
 */
#pragma once

#include "player/past_choices.h"
#include "play/play.h"
#include "player/viewing.h"

struct viewing_facts;

/* Story and `earlier` (or NULL: nothing is known of earlier viewings) are borrowed. */
struct viewing_facts *viewing_facts_new(const struct story *s, const struct past_choice *past_choices);
void viewing_facts_free(struct viewing_facts *a); /* accepts NULL */

/* One effect of play_step(), in the order in which they come. */
void viewing_facts_note(struct viewing_facts *a, const struct play_effect *fx, const struct viewing_moment *m);

/* An inscription's text with its fields filled in (story/text_field.h), in `language` (NULL: the story's own); never NULL,
 * g_free it. `state`: the variables now. `watched_us`: how long the viewing has run. What has not happened is a dash. */
char *viewing_facts_fill(const struct viewing_facts *a, const char *text, const int32_t *state, int64_t watched_us,
                         const char *language);

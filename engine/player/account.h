/*
 * account: what this viewing has been so far, for the film itself to tell: which option was taken where, how long it
 * took, how often nobody chose. Inscriptions (stories/README.md) read it.
 *
 * The same numbers that the recorder hands to telemetry, but kept apart from it: a viewer who does not want to be
 * recorded sees them too, and they end with the play. Main thread. One account is one viewing; going back does not
 * unmake what was done.
 */
#pragma once

#include "player/earlier.h"
#include "player/recorder.h"

struct account;

/* Story and `earlier` (or NULL: nothing is known of earlier viewings) are borrowed. */
struct account *account_new(const struct story *s, const struct earlier *earlier);
void account_free(struct account *a); /* accepts NULL */

/* One effect of play_step(), in the order in which they come. */
void account_effect(struct account *a, const struct play_effect *fx, const struct recorder_moment *m);

/* An inscription's text with its fields filled in (story/fields.h), in `language` (NULL: the story's own); never NULL,
 * g_free it. `state`: the variables now. `watched_us`: how long the viewing has run. What has not happened is a dash. */
char *account_write(const struct account *a, const char *text, const int32_t *state, int64_t watched_us,
                    const char *language);

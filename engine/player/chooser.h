/*
 * chooser: decides in a viewer's place: nobody (every default happens), the first option, a random one, or what a
 * transcript says. For headless plays, tests and demonstrations; deterministic for a seed. Main thread.
 */
#pragma once

#include "player/film.h"
#include "play/transcript.h"

#include <glib.h>

struct chooser;

/* Is it one of the words, so not the path of a transcript? */
bool chooser_is_word(const char *how);

/*
 * `how`: "default", "first", "random", or the path of a transcript. NULL and *error: no such transcript, or it is
 * not one, or one of another story.
 */
struct chooser *chooser_new(const char *how, const struct story *s, uint64_t seed, GError **error);
void chooser_free(struct chooser *c); /* accepts NULL */

/* TEL_CHOOSER_…, as telemetry names it. */
int32_t chooser_code(const struct chooser *c);

/* The transcript's, where there is one: what the play must start with. NULL otherwise. */
const struct transcript *chooser_transcript(const struct chooser *c);

/* The transcript says that the play was left here, and nothing is left to do. */
bool chooser_finished(struct chooser *c, const struct film *f);

/* After every film_tick(): acts if the time has come. False and *error when the transcript does not fit the film. */
bool chooser_act(struct chooser *c, struct film *f, GError **error);

/* The position in the node at which it will act next, US_NONE if that is not known. To be exact, tick the film at it. */
int64_t chooser_next_us(const struct chooser *c, const struct film *f);

/*
 * chooser: decides in a viewer's place: nobody (every default happens), the first option, a random one, or what a
 * transcript says. For headless plays, tests and demonstrations; deterministic for a seed. Main thread.
 */
#pragma once

#include "player/film.h"
#include "play/transcript.h"

#include <glib.h>

struct autopilot;

/* Is it one of the words, so not the path of a transcript? */
bool autopilot_is_keyword(const char *how);

/*
 * `how`: "default", "first", "random", or the path of a transcript. NULL and *error: no such transcript, or it is
 * not one, or one of another story.
 */
struct autopilot *autopilot_new(const char *how, const struct story *s, uint64_t seed, GError **error);
void autopilot_free(struct autopilot *c); /* accepts NULL */

/* How it decides; never VIEWING_PERSON. */
enum viewing_chooser autopilot_kind(const struct autopilot *c);

/* The transcript's, where there is one: what the play must start with. NULL otherwise. */
const struct transcript *autopilot_transcript(const struct autopilot *c);

/* The transcript says that the play was left here, and nothing is left to do. */
bool autopilot_finished(struct autopilot *c, const struct film *f);

/* After every film_tick(): acts if the time has come. False and *error when the transcript does not fit the film. */
bool autopilot_act(struct autopilot *c, struct film *f, GError **error);

/* The position in the node at which it will act next, US_NONE if that is not known. To be exact, tick the film at it. */
int64_t autopilot_next_us(const struct autopilot *c, const struct film *f);

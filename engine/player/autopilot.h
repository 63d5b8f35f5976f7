/*
 * autopilot: decides in the viewer's place: not at all (every default happens), by the first option, by a random one,
 * or by a transcript. For headless plays, tests and demonstrations. The same seed decides the same. Main thread.
 */
#pragma once

#include "player/film.h"
#include "play/transcript.h"

#include <glib.h>

struct autopilot;

/* Is it "default", "first" or "random"? Else it is the path of a transcript. */
bool autopilot_is_keyword(const char *how);

/*
 * `how`: one of these keywords; or, with a transcript, its path, for messages. Story and transcript are borrowed. NULL and
 * *error: the transcript is of another story, or of one that begins elsewhere (play/recorded_start.h).
 */
struct autopilot *autopilot_new(const char *how, const struct transcript *t, const struct story *s, uint64_t seed,
                                GError **error);
void autopilot_free(struct autopilot *a); /* accepts NULL */

/* How it decides; never VIEWING_PERSON. */
enum viewing_chooser autopilot_kind(const struct autopilot *a);

/* The transcript that it follows, with whose seed and kept values the play must start; NULL: it follows none. */
const struct transcript *autopilot_transcript(const struct autopilot *a);

/* Has it come to where the transcript says that the play was left? */
bool autopilot_finished(struct autopilot *a, const struct film *f);

/* Call it after every film_tick(): it acts if the time has come. False and *error if the transcript does not fit. */
bool autopilot_act(struct autopilot *a, struct film *f, GError **error);

/* The position in the node at which it will act next, US_NONE: not known. A caller that ticks the film at that very
 * position makes it act exactly then. `leaps`: also where it has to be asked, so that a film that goes on by much at once
 * leaves out no decision. */
int64_t autopilot_next_us(const struct autopilot *a, const struct film *f, bool leaps);

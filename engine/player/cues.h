/*
 * cues: the short sounds that decisions open with, those on the clock of their windows, and the beds that are heard while the
 * film waits for the viewer (player/extra_time.h).
 *
 * The latter begin at the very sample of the film that the story says, counted back from where the window closes: they are
 * handed to the mixer a second before. Where the film leaves the node sooner, what did not begin yet is taken back. A
 * bed is looped; it comes as the film comes to stand, and goes when it goes on.
 *
 * A sound is decoded by a thread of its own when the film enters its node, long before it is needed, and
 * kept for the rest of the play. Main thread; never waits. A sound that can't be read is silence: the checker has
 * said so.
 */
#pragma once

#include "player/film.h"

struct cues;

/* Both are borrowed. */
struct cues *cues_new(const struct story *s, struct mixer *m);
/* After the last mixer_render(). Accepts NULL. */
void cues_free(struct cues *c);

/* Has all been read that the film asked for until now? What was not read in time is not heard. */
bool cues_loaded(const struct cues *c);

/* After every film_tick(). */
void cues_follow(struct cues *c, struct film *f);

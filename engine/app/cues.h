/*
 * cues: the short sounds that decisions open with.
 *
 * A decision's sound is decoded by a thread of its own when the film enters its node, long before it is needed, and
 * kept for the rest of the play. Main thread; never waits. A sound that can't be read is silence: the checker has
 * said so.
 */
#pragma once

#include "app/film.h"

struct cues;

/* Both are borrowed. */
struct cues *cues_new(const struct story *s, struct mixer *m);
/* After the last mixer_render(). Accepts NULL. */
void cues_free(struct cues *c);

/* After every film_tick(). */
void cues_follow(struct cues *c, struct film *f);

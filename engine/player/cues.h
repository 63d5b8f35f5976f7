/*
 * cues: the sounds around a decision: the one that it opens with, those that are timed by the end of its window, and
 * the bed that is heard while the film waits for the viewer (player/extra_time.h).
 *
 * A timed cue begins at the very sample of the film that the story names, counted back from where the window closes: it
 * is handed to the mixer a second before. If the film leaves the node sooner, what has not begun is taken back. A bed
 * loops; it fades in as the film comes to a stand, and out when it goes on.
 *
 * A thread of its own decodes a sound when the film enters its node, long before the sound is needed; it is kept for
 * the rest of the play. Main thread; never waits. A sound that cannot be read is silence; `frumious check` reports it.
 */
#pragma once

#include "player/film.h"

struct cues;

/* All are borrowed until cues_free(). */
struct cues *cues_new(const struct story *s, struct media *media, struct mixer *m);
/* After the last mixer_render(). Accepts NULL; never waits. */
void cues_free(struct cues *c);

/* Are all sounds decoded that the film has come near until now? A sound that is not decoded in time is not heard. */
bool cues_loaded(const struct cues *c);

/* After every film_tick(). */
void cues_follow(struct cues *c, struct film *f);

/*
 * moments: a small picture of each decision of this viewing: what the film showed when it opened. The menu shows them on the
 * way back to an earlier decision.
 *
 * In memory alone, and of the latest MOMENTS_MAX decisions: a decision that came before the program started, or that a card
 * asks, has none. Main thread.
 */
#pragma once

#include "player/film.h"

#define MOMENTS_MAX 64 /* 225 KiB each, at most */

struct moments;

struct moments *moments_new(void);
void moments_free(struct moments *m); /* accepts NULL */

/* Call it for each picture that is shown: the first one of an open decision is kept. */
void moments_follow(struct moments *m, const struct film *f);

/* Borrowed until moments_follow(); NULL: there is none. */
const struct frame *moments_picture(const struct moments *m, int32_t decision);
/* Is there any? */
bool moments_any(const struct moments *m);

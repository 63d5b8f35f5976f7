/*
 * past_choices: what people chose in earlier viewings of a story on this machine, for the film itself to tell:
 * {share()} of inscriptions (stories/README.md), and for the page after an ending.
 *
 * It is read before the film starts, only for a story with such a field, and again when the film is over; so
 * the running film never reads the store. It counts people's viewings, first ones and replays, of decisions that have
 * not changed since. Any thread.
 */
#pragma once

#include "story/story.h"

#include <stdint.h>

struct past_choice {
    int64_t picks, of; /* viewings that picked it, of those in which it could be picked (struct read_share) */
};

/* Does the story tell of earlier viewings? */
bool past_choices_wanted(const struct story *s);

/*
 * One for each of the story's options; g_free() it. `path`: of the store, NULL: the default one. NULL if nothing
 * can be read, which is no failure: the film then shows a dash.
 */
struct past_choice *past_choices_read(const struct story *s, const char *path);

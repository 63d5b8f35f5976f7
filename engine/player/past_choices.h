/*
 * earlier: what people took in earlier viewings of a story on this machine, for the film itself to tell ({share()} of
 * inscriptions, stories/README.md).
 *
 * Read once, before the film starts, and only for a story that asks for it: a story that does not costs nothing, and
 * the playing loop never reads the store. Counted are people's viewings, first ones and replays, of decisions that have
 * not changed since. Any thread.
 */
#pragma once

#include "story/story.h"

#include <stdint.h>

struct past_choice {
    int64_t picks, of; /* viewings that picked it, of those in which it could be picked (struct read_share) */
};

/*
 * One for each of the story's options, g_free it. `path`: of the store, NULL for the default one. NULL where the story does not
 * ask, or nothing can be read: that is no failure, the film then tells a dash.
 */
struct past_choice *past_choices_read(const struct story *s, const char *path);

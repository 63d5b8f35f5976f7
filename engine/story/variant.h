/*
 * variant: the same story, begun at another node or with other values, for `--from` and `--set`.
 *
 * It shares everything else with the story, which must outlive it. play_step() plays it like any other story. But it
 * is not the story that other viewers see, so its plays must not be recorded or saved. One thread.
 */
#pragma once

#include "story/story.h"

#include <glib.h>

struct variant;

/*
 * `from`: the name of the node to begin with, or NULL. `sets`: texts like "trust=3", ended by NULL; or NULL. Returns
 * NULL and sets *error if a name or value is wrong; the message says what would be right.
 */
struct variant *variant_new(const struct story *s, const char *from, char *const *sets, GError **error);
void variant_free(struct variant *v); /* accepts NULL */

/* Borrowed until variant_free(); never pass it to story_free(). */
const struct story *variant_story(const struct variant *v);

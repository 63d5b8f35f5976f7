/*
 * variant: the same story, begun elsewhere and with other values: what `--from` and `--set` ask for.
 *
 * It shares everything else with the story, which must outlive it. Whoever plays it needs to know nothing: play_step() is
 * given a story like any other. It is not that story for others: its plays belong into no record. One thread.
 */
#pragma once

#include "story/story.h"

#include <glib.h>

struct variant;

/*
 * `from`: the name of the node to begin with, or NULL; `sets`: "name=value" each, NULL-terminated, or NULL. NULL with
 * *error: the message names what is wrong and what would be right.
 */
struct variant *variant_new(const struct story *s, const char *from, char *const *sets, GError **error);
void variant_free(struct variant *v); /* accepts NULL */

/* Borrowed; never story_free() it. */
const struct story *variant_story(const struct variant *v);

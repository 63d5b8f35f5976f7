/*
 * seen_scenes: how much of each node of a story this viewer has seen, so that it can be skipped.
 *
 * Of each node it keeps how far it was seen from its start on, without a gap: what was skipped was not seen. It is kept
 * beside the saved place (player/viewer_file.h), in the names of nodes and in milliseconds: no time of day, no way that led
 * there. Main thread. Order: seen_scenes_new(); seen_scenes_watch() as time passes; seen_scenes_save() now and then, when
 * nothing plays; seen_scenes_free().
 */
#pragma once

#include "story/story.h"

#include <glib.h>

struct seen_scenes;

/* `kept`: it goes on from what was saved, and is saved; else it is of this play alone. `s` is borrowed. */
struct seen_scenes *seen_scenes_new(const struct story *s, bool kept);
void seen_scenes_free(struct seen_scenes *seen); /* accepts NULL */

/* The film is at this position of this node. `length_us`: of the node, US_NONE while unknown. */
void seen_scenes_watch(struct seen_scenes *seen, int32_t node, int64_t pos_us, int64_t length_us);

/* Of each node, as film_skip() takes it; borrowed, and it changes with seen_scenes_watch(). */
const int64_t *seen_scenes_us(const struct seen_scenes *seen);

/* Writes down what is new. False and *error: it could not be saved. */
bool seen_scenes_save(struct seen_scenes *seen, GError **error);

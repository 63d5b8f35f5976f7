/*
 * found_endings: which endings of a story have been reached on this machine, for the page after an ending to count.
 *
 * A file beside the saved place (paths_save()) holds their names and nothing else: no time, no way that led there, and
 * nobody's name. Like the saved place it belongs to the viewer and is kept whether decisions are recorded or not; it is
 * never part of the record. After the story was edited, endings that are gone do not count. Main thread.
 */
#pragma once

#include "story/story.h"

#include <glib.h>

/* One for each of the story's endings; g_free() it. A file that can't be read counts as empty. */
bool *found_endings_load(const struct story *s);

/* Adds an ending. False and *error: it could not be saved. */
bool found_endings_add(const struct story *s, int32_t ending, GError **error);

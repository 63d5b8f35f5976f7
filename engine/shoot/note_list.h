/*
 * note_list: every `todo` and `note` of a story, as text for a terminal. Pure; any thread.
 */
#pragma once

#include "story/story.h"

#include <glib.h>

/* Appends them with their places, in the order of the files: "story.yaml:12:5: todo: (NODE) …". */
void note_list(const struct story *s, GString *out);

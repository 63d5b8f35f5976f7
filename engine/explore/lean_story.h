/*
 * lean_story: a story as it plays when the viewer never goes back. Its decisions keep no checkpoint for the viewer, so its
 * states are smaller, fewer of them differ, and a step costs about half.
 *
 * A shallow copy: it borrows all but its decisions from the original, which must outlive it. Checkpoints that a back() of
 * the story itself names stay.
 */
#pragma once

#include "story/story.h"

/* The caller may change the copy's own fields, such as the number of asserts, before anybody plays it. */
struct story *lean_story_new(const struct story *s);
void lean_story_free(struct story *lean); /* accepts NULL */

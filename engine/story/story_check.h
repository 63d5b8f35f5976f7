/*
 * story_check: what whoever plays a story may rely on, as assertions.
 *
 * The loader calls it once for each story that it hands out, so that players, searches and reports need not look
 * again: every index and span lies in its array, nothing is pending, every expression leaves one value on a stack that
 * is large enough, every node's timetable is in order. O(the story).
 */
#pragma once

#include "story/story.h"

/* True, or fails an assertion. */
bool story_check(const struct story *s);

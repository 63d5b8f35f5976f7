/*
 * story_check: asserts what everything that uses a story relies on.
 *
 * The loader calls it once for each story that it returns, so that players, searches and reports need not check again:
 * every index and span lies within its array, no target is pending, every expression leaves one value on a stack that is
 * large enough, and every node's timetable is in order. O(the story).
 */
#pragma once

#include "story/story.h"

/* True, or fails an assertion. */
bool story_check(const struct story *s);

/*
 * menu: an open decision as the viewer meets it: which options are on the panel.
 *
 * Pure functions of a story and a state; any thread.
 */
#pragma once

#include "story/limits.h"
#include "story/story.h"

/* Which options are on the panel when those of `available` (bit i: option i) can be taken: these, and the locked ones that
 * show a reason. Returns how many. */
int32_t menu_shown(const struct story *s, int32_t decision, uint64_t available, int32_t shown[STORY_OPTIONS_MAX]);

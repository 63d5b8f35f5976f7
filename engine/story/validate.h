/*
 * validate: finds what is wrong with a story as a whole, though each of its parts is well formed. Internal to story/.
 *
 * A table of rules that look at the resolved story and report what they find. Rules that need sound targets or
 * expressions are skipped if some could not be resolved: they would only report the same mistake again. O(nodes +
 * routes + parts).
 */
#pragma once

#include "story/builder.h"

/* Call once, after everything was resolved. Returns what was skipped: bits of enum story_left_out (story/story_parts.h). */
unsigned validate_story(struct builder *b);

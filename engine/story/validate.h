/*
 * check: what is wrong with a story as a whole, though each of its parts is well formed. Internal to story/.
 *
 * A table of rules that look at the resolved story and report. Rules that need a sound graph are left out where names
 * could not be resolved: they would only repeat that.
 */
#pragma once

#include "story/builder.h"

void validate_story(struct builder *b);

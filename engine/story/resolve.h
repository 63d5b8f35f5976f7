/*
 * resolve: turns names into indices and texts of expressions into code, when all files have been read. Internal to
 * story/. Call both once, names first; what can't be resolved is reported and becomes STORY_NOWHERE or -1.
 */
#pragma once

#include "story/build.h"

void resolve_names(struct build *b);
void resolve_expressions(struct build *b);

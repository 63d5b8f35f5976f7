/*
 * resolve: turns names into indices and texts of expressions into code, when all files have been read. Internal to
 * story/. Call each once, in this order; what can't be resolved is reported and becomes STORY_NOWHERE or -1.
 */
#pragma once

#include "story/build.h"

void resolve_names(struct build *b);
void resolve_expressions(struct build *b);
void resolve_inscriptions(struct build *b);

/* The fields of one text, or of its translation, which stands at `mark`. */
void resolve_fields(struct build *b, const char *text, struct story_mark mark, uint32_t width);

/*
 * resolve: turns names into indices and texts of expressions into code, when all files have been read. Internal to
 * story/. Call each once, in this order; what can't be resolved is reported and becomes STORY_NOWHERE or -1.
 */
#pragma once

#include "story/builder.h"

void resolve_names(struct builder *b);
void resolve_expressions(struct builder *b);
void resolve_inscriptions(struct builder *b);

/* The fields of one text, or of its translation, which stands at `mark`. */
void resolve_fields(struct builder *b, const char *text, struct story_mark mark, uint32_t width);

/*
 * resolve: turns names into indices, and the texts of expressions into code. Internal to story/.
 *
 * When all files have been read, call the first three functions once each, in this order. A name that cannot be
 * resolved is reported; its target becomes STORY_NOWHERE and its index -1.
 */
#pragma once

#include "story/builder.h"

void resolve_names(struct builder *b);
void resolve_expressions(struct builder *b);
void resolve_inscriptions(struct builder *b);

/*
 * Checks the fields of one inscription's text, or of its translation. Problems are reported at `mark`, `width`
 * characters wide.
 */
void resolve_fields(struct builder *b, const char *text, struct story_mark mark, uint32_t width);

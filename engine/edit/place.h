/*
 * place: where in the structure of a story a place of its text lies, while it is being typed.
 *
 * Only the lines that the place is indented under are read, and its own line up to the place: what stands elsewhere may be broken. Pure;
 * any thread.
 */
#pragma once

#include "story/yml_place.h"

/* The caller frees it with yml_place_free(). NULL: nothing of a story can be here. *first: nothing but the word stands in its line
 * yet, so that it may become a key or a value. `from`: where the word begins that is being typed. */
struct yml_place *place_find(const char *text, gsize len, gsize from, bool *first);

/* Where the line of a byte begins, and how many blanks it begins with. */
gsize place_line_begin(const char *text, gsize offset);
gsize place_indent(const char *text, gsize len, gsize line_begin);

/* The keys (char *) that stand in the same block as the line at `offset`, one below the other, above and below it; to be freed. */
GPtrArray *place_neighbours(const char *text, gsize len, gsize offset);

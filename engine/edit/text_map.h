/*
 * text_map: places in a text, between byte offsets and what editors count: lines from 0, and UTF-16 code units in them.
 *
 * Lines end with LF, CR LF or CR, as the Language Server Protocol has it, and not where YAML ends them as well. Every place is
 * accepted: one beyond a line's or the text's end is that end, one within a character or a CR LF is its beginning. The text is
 * borrowed, and is valid UTF-8. O(1) per line, O(length of the line) per place.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

struct text_place {
    guint32 line, unit;
};

struct text_map;

struct text_map *text_map_new(const char *text, gsize len);
void text_map_free(struct text_map *m); /* accepts NULL */

gsize text_map_offset(const struct text_map *m, struct text_place place);
struct text_place text_map_place(const struct text_map *m, gsize offset);

/*
 * label: texts in drawings of a story. Pure.
 */
#pragma once

#include <glib.h>

/* Appends `text` in lines of at most `chars` characters, at most `lines` of them, broken at blanks where there are some. */
void graphviz_wrap(GString *out, const char *text, glong chars, int lines);

/* Appends a quoted DOT text. Graphviz reads entities in labels even where they are meant as they stand: they are escaped. */
void graphviz_quote(GString *out, const char *text);

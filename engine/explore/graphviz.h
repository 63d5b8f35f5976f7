/*
 * graphviz: drawings in Graphviz's DOT language: texts for labels, and the layout as SVG. The only file that calls
 * Graphviz.
 *
 * Pure: from text to text. One thread at a time, because Graphviz has global state. graphviz_svg() is expensive: a second
 * for some hundred boxes.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Appends `text` in at most `lines` lines of at most `chars` (> 1) characters each, broken at blanks. A word that is too
 * long for a line is cut; an ellipsis stands for what is cut and for what does not fit. */
void graphviz_wrap(GString *out, const char *text, glong chars, int lines);

/* Lays out the DOT document and appends the SVG document. False with *error, and nothing appended, if Graphviz cannot. */
bool graphviz_svg(const char *dot, GString *out, GError **error);

/*
 * flow_page: a flow as one picture (SVG) of a given shape: a sheet of paper on a wall, or at most a screen; a small story takes no more of
 * that than it needs.
 *
 * A long film is as long as it is narrow, so it is drawn in parts, side by side like the columns of a newspaper; as many as make its
 * text largest. Above them stand its title and what it has, below them what shapes and lines mean. One thread at a time; expensive:
 * Graphviz lays every part out, several times over.
 */
#pragma once

#include "explore/flow_dot.h"

/* "screen", "a0" … "a4", in the order of the enum, and NULL. */
extern const char *const flow_page_names[FLOW_PAGE_SIZES + 1];

/* With more boxes or arrows than these, no sheet would be large enough to read, and Graphviz would take minutes. */
#define FLOW_PAGE_BOXES_MAX  1000
#define FLOW_PAGE_ARROWS_MAX 5000

/* Can each box be drawn? */
bool flow_page_fits(const struct flow *f);

/* Appends an SVG document with a line end, and says in *text how large the text of boxes is: in pixels of a screen of 1920 × 1080, or in
 * points on paper. False with *error if Graphviz cannot lay it out. A flow that doesn't fit is drawn as an overview. */
bool flow_page_svg(const struct flow *f, const struct flowchart_options *o, GString *out, double *text, GError **error);

/*
 * flowchart: the story as a drawing: DOT, SVG (laid out by Graphviz), Mermaid; and the same as JSON.
 *
 * From a story to text. Boxes and arrows are those of explore/flow.h; the SVG fills a page (explore/flow_page.h). What the story
 * says is data: it is escaped everywhere. One thread at a time; flowchart_svg() is expensive (some hundred boxes take a second or two).
 */
#pragma once

#include "explore/flow_page.h"

/* Each appends a document with a line end. `o` may be NULL. */
void flowchart_dot(const struct story *s, const struct flowchart_options *o, GString *out);
void flowchart_mermaid(const struct story *s, const struct flowchart_options *o, GString *out);
void flowchart_json(const struct story *s, const struct flowchart_options *o, GString *out);

/* What was drawn. */
struct flowchart_drawn {
    bool overview; /* the parts only: asked for, or because there are too many boxes or arrows */
    int32_t boxes, arrows;
    double text; /* how large the text is: in pixels of a screen of 1920 × 1080, or in points on paper */
};

/* False with *error if Graphviz cannot lay it out. */
bool flowchart_svg(const struct story *s, const struct flowchart_options *o, GString *out,
                   struct flowchart_drawn *drawn, GError **error);

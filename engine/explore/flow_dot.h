/*
 * flow_dot: boxes and arrows in Graphviz's DOT language: a whole flow, one of its parts, its parts as boxes, and the legend.
 *
 * From a flow to text. What the story says is data: it is escaped everywhere. Pure; any thread.
 *
 * A look never rests on colour alone: endings are octagons, bottlenecks hexagons, arrows that lead back are double lines.
 */
#pragma once

#include "explore/flow_parts.h"

/* What is marked at a node. */
struct flowchart_mark {
    const char *text; /* one or more lines; NULL: nothing */
    bool mistake;     /* else a note */
};

enum flow_page_size { FLOW_SCREEN, FLOW_A0, FLOW_A1, FLOW_A2, FLOW_A3, FLOW_A4, FLOW_PAGE_SIZES };

struct flowchart_options {
    const char *language;               /* of titles and texts; NULL: the story's own */
    const struct flowchart_mark *marks; /* of each node; NULL: none */
    bool unfolded;                      /* a box for each node */
    bool overview;                      /* a box for each part */
    enum flow_page_size page;           /* of the SVG */
};

/* All borrowed. */
struct flow_drawing {
    const struct flow *f;
    const struct flow_parts *parts;
    const struct flowchart_options *o;
};

/* Appends a DOT document with a line end. */
void flow_dot_whole(const struct flow_drawing *d, GString *out);

/* One part alone; what leads to another one ends at a label with the number of that part. `across`: from left to right. */
void flow_dot_part(const struct flow_drawing *d, int32_t part, bool across, GString *out);

/* A box for each part, with how much it holds, and one for each ending if they are not too many. */
void flow_dot_overview(const struct flow_drawing *d, bool across, GString *out);

/* What the shapes and lines mean. `overview`: those of the overview. */
void flow_dot_legend(bool overview, GString *out);

/* How many arrows lead from one part to another. */
int32_t flow_dot_crossings(const struct flow_drawing *d);

/* What a part is called: its act's title, or where it begins. To be freed. */
char *flow_dot_part_title(const struct flow_drawing *d, int32_t part);

/* What a box says, a line each: its titles, questions and findings. To be freed. */
char *flow_dot_box_label(const struct flow_drawing *d, int32_t box);

/* The texts of the arrow's options and the conditions of its routes, a line each; at most `lines` of them, and then how many more there are.
 * To be freed. */
char *flow_dot_arrow_label(const struct flow_drawing *d, const struct flow_arrow *a, int32_t lines);

/* What is marked at a box, or NULL. Borrowed. */
const struct flowchart_mark *flow_dot_mark(const struct flow_drawing *d, int32_t box);

/* The title of a node: its own, that of its ending, or its name. Borrowed. */
const char *flow_dot_title(const struct flow_drawing *d, int32_t node);

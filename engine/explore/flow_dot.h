/*
 * flow_dot: boxes and arrows in Graphviz's DOT language: a whole flow, one of its parts, its parts as boxes, and the legend.
 *
 * From a flow to text. What the story says is data: it is escaped everywhere. Pure; any thread.
 *
 * A look never rests on colour alone: endings are octagons, bottlenecks hexagons, arrows that lead back are double lines.
 */
#pragma once

#include "explore/flow_words.h"

/* Appends a DOT document with a line end. */
void flow_dot_whole(const struct flow_drawing *d, GString *out);

/* One part alone; what leads to another one ends at a label with the number of that part. `across`: from left to right. */
void flow_dot_part(const struct flow_drawing *d, int32_t part, bool across, GString *out);

/* A box for each part, with how much it holds, and one for each ending if they are not too many. */
void flow_dot_overview(const struct flow_drawing *d, bool across, GString *out);

/* What the shapes and lines mean. `overview`: those of the overview. `roles`: also what comes behind the endings. */
void flow_dot_legend(bool overview, bool roles, GString *out);

/* How many arrows lead from one part to another. */
int32_t flow_dot_crossings(const struct flow_drawing *d);

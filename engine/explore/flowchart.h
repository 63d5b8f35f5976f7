/*
 * chart: the story as a drawing: DOT, SVG (laid out by Graphviz), Mermaid, JSON.
 *
 * Pure: from a story to text. A box for each node with its title, an arrow for each pair of nodes with the options that
 * lead there. What a story says is data: it is escaped everywhere. One thread; flowchart_svg() is expensive (Graphviz's
 * layout: a second for some hundred nodes).
 */
#pragma once

#include "story/story.h"

#include <glib.h>
#include <stdbool.h>

/* What is marked at a node. */
struct flowchart_mark {
    const char *text; /* one or more lines; NULL: nothing */
    bool mistake;     /* else a note */
};

struct flowchart_options {
    const char *language;               /* of titles and texts; NULL: the story's own */
    const struct flowchart_mark *marks; /* of each node; NULL: none */
    const bool *unreached;              /* of each node: drawn pale; NULL: none */
};

/* Beyond so many nodes a drawing helps nobody, and its layout would take hours. */
#define FLOWCHART_SVG_NODES_MAX 2000

void flowchart_dot(const struct story *s, const struct flowchart_options *o, GString *out);
void flowchart_mermaid(const struct story *s, const struct flowchart_options *o, GString *out);
void flowchart_json(const struct story *s, const struct flowchart_options *o, GString *out);

/* False with *error where there are too many nodes, or Graphviz can't. */
bool flowchart_svg(const struct story *s, const struct flowchart_options *o, GString *out, GError **error);

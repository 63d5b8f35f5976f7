/*
 * flowchart: the story as a drawing: DOT, SVG (laid out by Graphviz), Mermaid; and the same as JSON.
 *
 * From a story to text. A box for each node with its title, an arrow for each pair of nodes with the options that lead from one to
 * the other. What the story says is data: it is escaped everywhere. One thread at a time; flowchart_svg() is expensive (Graphviz
 * takes a second for some hundred nodes).
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
    const bool *unreached;              /* node: drawn pale; NULL: none */
};

/* A drawing of more nodes is of no use, and its layout would take hours. */
#define FLOWCHART_SVG_NODES_MAX 2000

/* Each appends a document with a line end. `o` may be NULL. */
void flowchart_dot(const struct story *s, const struct flowchart_options *o, GString *out);
void flowchart_mermaid(const struct story *s, const struct flowchart_options *o, GString *out);
void flowchart_json(const struct story *s, const struct flowchart_options *o, GString *out);

/* False with *error if there are too many nodes, or Graphviz cannot lay them out. */
bool flowchart_svg(const struct story *s, const struct flowchart_options *o, GString *out, GError **error);

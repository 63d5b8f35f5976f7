/*
 * traffic: how an audience moved through a film, as a drawing: SVG, laid out by Graphviz.
 *
 * From boxes and arrows to text. Ranks run downwards from the start, endings stand last, and arrows that lead back do not affect
 * the layout. The width of an arrow shows its traffic. Titles are data: they are escaped. One thread at a time; expensive
 * (Graphviz takes a second for some hundred boxes).
 *
 * What is drawn can be found by its id: the i-th box is a group with the id PREFIX-node-i and the classes "node" and the kind's
 * name; the i-th arrow is a group with the id PREFIX-edge-i. Colours are presentation attributes, so a style sheet can change
 * them.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum traffic_kind { TRAFFIC_PLAIN, TRAFFIC_DECISION, TRAFFIC_ENDING };

struct traffic_box {
    const char *title; /* borrowed, as are all strings */
    const char *note;  /* a line below the title, or NULL */
    enum traffic_kind kind;
    bool start;
    int64_t visits; /* 0: drawn pale */
};

struct traffic_arrow {
    int32_t from, to; /* boxes */
    int64_t times;
};

struct traffic {
    const char *prefix; /* of ids: letters and digits */
    const char *label;  /* describes the whole drawing to viewers who cannot see it */
    const struct traffic_box *boxes;
    const struct traffic_arrow *arrows; /* at most one for each pair of boxes */
    int32_t n_boxes, n_arrows;
};

/* A drawing with more boxes is of no use. */
#define TRAFFIC_BOXES_MAX 800

/* Appends an <svg> element. False with *error if there are too many boxes, or Graphviz cannot lay them out. */
bool traffic_svg(const struct traffic *t, GString *out, GError **error);

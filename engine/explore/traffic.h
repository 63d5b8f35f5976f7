/*
 * traffic: an audience's ways through a film as a drawing: SVG, laid out by Graphviz.
 *
 * Pure: from boxes and arrows to text. Ranks run from the start downwards, endings stand last, arrows that lead back do
 * not pull at the layout; an arrow is as wide as its traffic. Titles are data: they are escaped. One thread; expensive
 * (Graphviz's layout: a second for some hundred boxes).
 *
 * What is drawn can be found again by its id: the i-th box is a group with the id PREFIX-node-i and the classes "node"
 * and the kind's name, the i-th arrow one with the id PREFIX-edge-i. Colours are presentation attributes, so that a
 * style sheet can change them.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum traffic_kind { TRAFFIC_PLAIN, TRAFFIC_DECISION, TRAFFIC_ENDING };

struct traffic_box {
    const char *title; /* borrowed, as all strings */
    const char *note;  /* a line below it, or NULL */
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
    const char *label;  /* of the whole, for those who can't see it */
    const struct traffic_box *boxes;
    const struct traffic_arrow *arrows; /* one for each pair at most */
    int32_t n_boxes, n_arrows;
};

/* Beyond so many boxes a drawing helps nobody. */
#define TRAFFIC_BOXES_MAX 800

/* Appends an <svg> element. False with *error where there are too many boxes, or Graphviz can't. */
bool traffic_svg(const struct traffic *t, GString *out, GError **error);

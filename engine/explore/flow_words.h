/*
 * flow_words: what boxes, arrows and parts of a drawing say, and how it is drawn.
 *
 * From a flow to texts, in the language of the options. Pure; any thread. The texts are not escaped: that is for whoever writes them.
 */
#pragma once

#include "explore/flow_parts.h"

/* How many lines of how many characters each text of a box has. */
#define FLOW_WORDS_CHARS 24
#define FLOW_WORDS_LINES 3

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
    bool portrait;                      /* it stands upright */
};

/* All borrowed. */
struct flow_drawing {
    const struct flow *f;
    const struct flow_parts *parts;
    const struct flowchart_options *o;
};

/* What a part is called: its act's title, or where it begins. To be freed. */
char *flow_words_part_title(const struct flow_drawing *d, int32_t part);

/* What a box says, a line each: its titles, questions and findings. To be freed. */
char *flow_words_box_label(const struct flow_drawing *d, int32_t box);

/* The texts of the arrow's options and the conditions of its routes, a line each; at most `lines` of them, and then how many more there are.
 * To be freed. */
char *flow_words_arrow_label(const struct flow_drawing *d, const struct flow_arrow *a, int32_t lines);

/* What is marked at a box, or NULL. Borrowed. */
const struct flowchart_mark *flow_words_mark(const struct flow_drawing *d, int32_t box);

/* The title of a box: its first node's, or the name of its route. Borrowed. */
const char *flow_words_box_title(const struct flow_drawing *d, int32_t box);

/* The title of a node: its own, that of its ending, or its name. Borrowed. */
const char *flow_words_title(const struct flow_drawing *d, int32_t node);

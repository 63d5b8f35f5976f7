/*
 * page_layout: where everything on a page of things to do stands (struct view_page). Pure, like layout.h: the size of a
 * window, the page, and a way to measure texts go in, and rectangles come out. No state, no drawing, any thread.
 *
 * One column on the left, or across a narrow window: title, words, the items, and below them the pinned ones. Texts
 * wrap. What is too high for the window is set closer, then smaller as long as it is easy to read, and then scrolls.
 */
#pragma once

#include "present/layout.h"

struct layout_item {
    struct rect row;               /* what the pointer hits; empty: the item is scrolled out of sight */
    struct rect text, value, note; /* empty: not shown */
    struct rect image;             /* of a pictured action */
    struct rect less, more;        /* a setting's arrows: what the pointer hits */
    struct rect gauge; /* at its full length; of what stands on a map: its place, also where it is out of sight */
};

struct layout_page {
    struct rect column; /* everything that is read stands in it */
    struct rect label, title, text, list;
    struct rect beside; /* for the picture of the item that has the focus, large; empty: there is no room for it */
    struct text_style label_style, title_style, text_style, item_style, value_style, note_style;
    struct text_style tile_style, tile_note_style; /* on a map */
    struct layout_item item[VIEW_ITEMS_MAX];
    int count;       /* of them */
    int first, last; /* the item at the top of the list, and the first one from which the rest fits; last 0: all fit */
    bool cut;        /* a text ends in an ellipsis, or a word is broken */
};

struct layout_page_request {
    int w, h; /* the window in pixels, both > 0 */
    const struct view_page *page;
    float text_scale; /* 0: 1.0 */
    layout_measure measure;
    void *user;
};
void layout_page(const struct layout_page_request *rq, struct layout_page *out);

/* The item at x, y, or -1. *step: -1 or 1 on one of its arrows, else 0. */
int layout_item_at(const struct layout_page *l, int x, int y, int *step);

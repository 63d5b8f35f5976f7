/*
 * page: a page of things to do and to set: its items, which of them has the focus, and what the viewer asks of it by keys,
 * pad, mouse or touch.
 *
 * A page does nothing by itself. The caller fills it, shows page_view(), hands the viewer's events to page_input(), does
 * what the answer asks, and fills the page anew: the focus stays with the item of the same id. Main thread; texts are
 * copied.
 */
#pragma once

#include "present/input.h"
#include "present/view.h"
#include "present/window.h"

struct page;

struct page *page_new(void);
void page_free(struct page *p); /* accepts NULL */

/* Begins to fill it: no items. `label`, `text` may be NULL. */
void page_begin(struct page *p, const char *label, const char *title, const char *text);

/* What an item is, in terms of view.h; it is known by `id`, which is not 0 and differs from the page's other ones. */
struct page_item {
    int id;
    enum view_item_kind kind;
    const char *text, *value, *note;
    bool less, more;
    bool gauge; /* `level` counts */
    int level;
    int column, row;
    bool pictured;             /* has room for a picture, */
    const struct frame *image; /* for this one, which is borrowed until the page is filled anew; NULL: none (yet) */
};
/* One more. False: there is no room for it. */
bool page_add(struct page *p, const struct page_item *item);
/* The items until now form a map, with these links; they are copied. */
void page_map(struct page *p, const struct view_link *links, int count);
/* The items from the latest one on stay below while the others scroll. */
void page_pin(struct page *p);
/* It is filled. The focus is with the item that had it before, else with the first one that can have it. */
void page_end(struct page *p);

/* Another page is shown in its place from now on: nothing of the focus and of the place in the list stays. */
void page_turn(struct page *p, int64_t now_us);
void page_focus(struct page *p, int id);

/* What is to be drawn, borrowed until the page changes. */
const struct view_page *page_view(struct page *p, int64_t now_us);
/* The window has drawn it. */
void page_drawn(struct page *p, const struct window *w);

enum page_asks {
    PAGE_NOTHING, /* the event means nothing here */
    PAGE_MOVED,   /* it only moved the focus or the list */
    PAGE_TAKE,    /* do it */
    PAGE_STEP,    /* change the setting by `step`; 0: to the next value, from the last one to the first */
    PAGE_BACK     /* leave the page; step: the value of INPUT_BACK */
};
struct page_answer {
    enum page_asks asks;
    int id;
    int step;
};
/* `hit`: what is at the event's place. Whether a press counts is the caller's to know. */
struct page_answer page_input(struct page *p, const struct input_event *ev, const struct window_hit *hit);

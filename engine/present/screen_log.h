/*
 * screen_log: writes what the window shows, in words and with its places, to the file that FRUMIOUS_SCREEN_LOG names: a line
 * of JSON each time when that has changed. For tests that press what a viewer would press, and wait until it is there.
 *
 * Main thread. The file is opened before the player gives up its rights (base/confine.h), and appended to. Without the
 * variable nothing is done.
 */
#pragma once

#include "present/layout.h"
#include "present/page_layout.h"
#include "present/view.h"

struct screen_log;

/* What can be pressed, and where; all borrowed for the call. */
struct screen_places {
    int w, h; /* of the window */
    const struct layout_panel *panel;
    const struct layout_page *page;
    struct rect link, skip, bar;
};

struct screen_log *screen_log_open(void);    /* NULL: nobody asked for it, or the file can't be written */
void screen_log_close(struct screen_log *l); /* accepts NULL */

/* This view was drawn. Accepts NULL. */
void screen_log_view(struct screen_log *l, const struct view *v, const struct screen_places *places);

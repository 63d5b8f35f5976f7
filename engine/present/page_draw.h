/*
 * page_draw: draws a page of things to do (struct view_page) over everything else, where page_layout.h puts it.
 *
 * The film stays visible beside the column, darkened so far that every word has a contrast of 4.5:1 over any picture.
 * Main thread, because of the text.
 */
#pragma once

#include "present/overlay.h"
#include "present/page_layout.h"

/* Places the view's page in the window. */
void page_place(const struct overlay *o, struct layout_page *out);
/* Draws it there. */
void page_draw(const struct overlay *o, const struct layout_page *l);

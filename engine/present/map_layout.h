/*
 * map_layout: where the tiles of a page's map stand (struct view_page). Pure, no state, any thread.
 *
 * All of it, made larger where there is room, or smaller down to a size that can be read; what is larger than that scrolls,
 * with the item `first` in the middle.
 */
#pragma once

#include "present/rect.h"
#include "present/view.h"

struct map_layout {
    int px;                           /* the size of ordinary text, made larger or smaller like everything */
    int first, last;                  /* as in struct layout_page */
    int note_h;                       /* the room above a tile for its note; it is as wide as the tile */
    struct rect tile[VIEW_ITEMS_MAX]; /* of each item but the pinned ones; it may lie outside the area */
};

/* `px`: the size of ordinary text on the page. */
void map_layout(const struct view_page *v, struct rect area, int px, struct map_layout *out);

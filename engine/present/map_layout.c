#include "present/map_layout.h"

#include <glib.h>

/* Of a tile and the gap behind it, in hundredths of the letters' size. */
enum { TILE_W = 950, TILE_H = 300, GAP_W = 300, GAP_H = 110 };
enum { LARGEST = 130, SMALLEST = 70, STEP = 5 }; /* per cent of the page's letters */
enum { READABLE_PX = 14 };                       /* what a tile says is three quarters of it */

struct grid {
    struct rect area;
    int px;
    int tile_w, tile_h, step_w, step_h;
    bool headed; /* a note may stand above the first row */
    int x, y;    /* of the tile in the first column and row */
};

static void scale_grid(struct grid *g, int px, int per_cent)
{
    g->px = px * per_cent / 100;
    g->tile_w = g->px * TILE_W / 100;
    g->tile_h = g->px * TILE_H / 100;
    g->step_w = g->tile_w + g->px * GAP_W / 100;
    g->step_h = g->tile_h + g->px * GAP_H / 100;
}

/* The extent of so many columns, or rows; beside the first column the start stands, as wide as a gap. */
static int extent(int n, int tile, int step)
{
    return n * step - (step - tile);
}

/* Above the first row. */
static int head(const struct grid *g)
{
    return g->headed ? g->step_h - g->tile_h : 0;
}

static bool fits(const struct grid *g, int columns, int rows)
{
    return extent(columns, g->tile_w, g->step_w) + g->step_w - g->tile_w <= g->area.w &&
           head(g) + extent(rows, g->tile_h, g->step_h) <= g->area.h;
}

/* Until so much of it fits, or it is at its smallest. */
static bool shrink(struct grid *g, int px, int largest, int columns, int rows)
{
    int size = largest;
    for (scale_grid(g, px, size); size > SMALLEST && !fits(g, columns, rows); scale_grid(g, px, size)) {
        if (px * (size - STEP) / 100 < MIN(px, READABLE_PX))
            break;
        size -= STEP;
    }
    return fits(g, columns, rows);
}

/* So that the middle of what is there, or of the item that is wanted, is the middle of the area; no further than needed. */
static int origin(int from, int room, int all, int wanted)
{
    if (all <= room)
        return from + (room - all) / 2;
    return from + CLAMP(room / 2 - wanted, room - all, 0);
}

static void place_grid(struct grid *g, const struct view_page *v, int first)
{
    const int lead = g->step_w - g->tile_w, all_w = lead + extent(v->columns, g->tile_w, g->step_w);
    const struct view_item *i = &v->items[first];
    g->x =
        lead + (all_w <= g->area.w ? g->area.x
                                   : origin(g->area.x, g->area.w, all_w, lead + i->column * g->step_w + g->tile_w / 2));
    const int all_h = head(g) + extent(v->rows, g->tile_h, g->step_h);
    g->y = head(g) + origin(g->area.y, g->area.h, all_h, head(g) + i->row * g->step_h + g->tile_h / 2);
}

void map_layout(const struct view_page *v, struct rect area, int px, struct map_layout *out)
{
    const int n = v->count - v->pinned;
    struct grid g = {.area = area};
    for (int i = 0; i < n; i++)
        g.headed |= v->items[i].note != NULL;
    /* What scrolls all the same does so at a size that is easy to read, with three tiles beside each other, or two. */
    const bool whole = shrink(&g, px, LARGEST, v->columns, v->rows);
    if (!whole && !shrink(&g, px, 100, MIN(v->columns, 3), 1))
        shrink(&g, px, 100, MIN(v->columns, 2), 1);
    const int middle = v->follow && v->focus >= 0 && v->focus < n ? v->focus : CLAMP(v->first, 0, MAX(n - 1, 0));
    out->px = g.px;
    out->note_h = g.step_h - g.tile_h;
    out->last = n > 0 && !whole ? n - 1 : 0;
    out->first = MIN(middle, out->last);
    if (n > 0)
        place_grid(&g, v, middle);
    for (int i = 0; i < n; i++)
        out->tile[i] =
            (struct rect){g.x + v->items[i].column * g.step_w, g.y + v->items[i].row * g.step_h, g.tile_w, g.tile_h};
}

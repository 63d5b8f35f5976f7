#include "present/page_draw.h"
#include <assert.h>
#include <glib.h>
#include "present/anim.h"
#include "present/frame_picture.h"
#include "present/panel.h"

#define COLUMN_SHADE 0.90f /* behind the words; measured by tests/unit/test_page.c */
#define BESIDE_SHADE 0.45f /* at the far edge of the window */
#define BESIDE_MIN   5     /* a film that shows beside the column has at least this part of the window */
#define COLOUR_PLATE 0x131a1d
#define COLOUR_LINE  0x837c6c /* between the tiles of a map: opaque, because lines share parts of their way */

static struct text_extent measure_block(void *user, const struct text_style *style, const char *text, int width)
{
    return text_size(text_get(user, style, text, width));
}

void page_place(const struct overlay *o, struct layout_page *out)
{
    const struct layout_page_request rq = {.w = o->canvas->w,
                                           .h = o->canvas->h,
                                           .page = o->view->page,
                                           .text_scale = o->view->text_scale,
                                           .measure = measure_block,
                                           .user = o->text};
    assert(o->view->page);
    layout_page(&rq, out);
}

struct page_brush {
    const struct overlay *o;
    const struct layout_page *l;
    float alpha;
};

static uint32_t ink_of(const struct page_brush *b, uint32_t rgb)
{
    return b->o->view->high_contrast ? 0xffffff : rgb;
}

static void put_text(const struct page_brush *b, const struct text_style *style, const char *s, struct rect r,
                     struct text_ink ink)
{
    if (rect_empty(r) || !s)
        return;
    struct text_block *block = text_get(b->o->text, style, s, r.w);
    const int room = r.w - text_size(block).w;
    const int in = style->align == TEXT_CENTRE ? room / 2 : style->align == TEXT_RIGHT ? room : 0;
    ink.rgb = ink_of(b, ink.rgb);
    ink.alpha = (b->o->view->high_contrast ? 1 : ink.alpha) * b->alpha;
    text_draw(b->o->text, block, b->o->canvas, r.x + in, r.y, ink);
}

/* Dark behind the column; towards the other edge the film shows. Where the picture has an edge behind the words, or hardly
 * any of it would show, all of it is covered. */
static void draw_shade(const struct page_brush *b)
{
    struct canvas *c = b->o->canvas;
    const bool map = b->o->view->page->columns > 0;
    const int edge = map ? c->w : MIN(b->l->column.x * 2 + b->l->column.w, c->w);
    const bool solid = b->o->view->high_contrast || !rect_inside((struct rect){0, 0, edge, c->h}, b->o->picture);
    const bool narrow = b->o->view->high_contrast || (c->w - edge) * BESIDE_MIN < c->w;
    const float full = (solid ? 1.0f : COLUMN_SHADE) * b->alpha, beside = (narrow ? full : BESIDE_SHADE * b->alpha);
    paint_fill(c, (struct rect){0, 0, edge, c->h}, COLOUR_SHADE, full);
    paint_gradient_across(c, (struct rect){edge, 0, c->w - edge, c->h}, COLOUR_SHADE, full, beside);
}

/* A thin angle that points to the left or to the right (`dx`), or up or down (`dy`), in the middle of `r`. */
static void draw_angle(const struct page_brush *b, struct rect r, int dx, int dy, float alpha)
{
    const int half = MAX(b->l->item_style.px / 4, 3), thick = MAX(b->l->item_style.px / 12, 1);
    const int x = r.x + r.w / 2 - dx * half / 2, y = r.y + r.h / 2 - dy * half / 2;
    for (int i = -half; i <= half; i++) {
        const int tip = half - ABS(i);
        const struct rect dot =
            dx ? (struct rect){x + dx * tip, y + i, thick + 1, 1} : (struct rect){x + i, y + dy * tip, 1, thick + 1};
        paint_fill(b->o->canvas, dot, ink_of(b, COLOUR_INK), alpha * b->alpha);
    }
}

static void draw_arrow(const struct page_brush *b, struct rect r, int way, float alpha)
{
    draw_angle(b, r, way, 0, alpha);
}

static void draw_gauge(const struct page_brush *b, struct rect r, int level, float ink)
{
    if (rect_empty(r))
        return;
    paint_fill(b->o->canvas, r, ink_of(b, COLOUR_INK), 0.22f * b->alpha);
    r.w = r.w * CLAMP(level, 0, 100) / 100;
    paint_fill(b->o->canvas, r, ink_of(b, COLOUR_LIGHT), ink * b->alpha);
}

/* The item that has the focus stands in a pool of light, with a bar before it. */
static void draw_light(const struct page_brush *b, struct rect r)
{
    const int px = b->l->item_style.px, thick = MAX(px / 8, 2), high = MIN(r.h, px * 3 / 2);
    paint_glow(b->o->canvas, (struct rect){r.x - r.w / 6, r.y - r.h / 3, r.w, r.h * 5 / 3}, COLOUR_LIGHT,
               0.20f * b->alpha);
    paint_fill(b->o->canvas, (struct rect){r.x - thick / 2, r.y + (r.h - high) / 2, thick, high},
               ink_of(b, COLOUR_LIGHT), b->alpha);
}

/* ---- the map ---- */

static struct rect clip_to(struct rect r, struct rect to)
{
    const int x = MAX(r.x, to.x), y = MAX(r.y, to.y);
    return (struct rect){x, y, MIN(r.x + r.w, to.x + to.w) - x, MIN(r.y + r.h, to.y + to.h) - y};
}

static void map_stroke(const struct page_brush *b, struct rect r, float alpha)
{
    const struct rect in = clip_to(r, b->l->list);
    if (!rect_empty(in))
        paint_fill(b->o->canvas, in, ink_of(b, COLOUR_LINE), alpha * b->alpha);
}

/* Where nobody knows what comes, three dots that fade; where a line would run through others, a ring. */
static void draw_open_link(const struct page_brush *b, int x, bool far, int y, int thick)
{
    const int gap = MAX(b->l->tile_style.px / 3, 3);
    if (!rect_inside((struct rect){x, y, 4 * gap, thick}, b->l->list))
        return;
    for (int i = 1; !far && i <= 3; i++)
        map_stroke(b, (struct rect){x + i * gap, y - thick / 2, 2 * thick, 2 * thick}, 1 - 0.22f * (float)(i - 1));
    if (!far)
        return;
    map_stroke(b, (struct rect){x, y, gap, thick}, 1);
    const struct paint_ring ring = {(float)(x + 2 * gap), (float)y, (float)gap * 0.8f, (float)thick, 0, 1};
    paint_ring(b->o->canvas, &ring, ink_of(b, COLOUR_LINE), b->alpha);
}

/* A line leaves its tile at the height of what it leads to, if that is beside the tile; else it turns half-way. */
static void draw_link(const struct page_brush *b, const struct view_link *link)
{
    const struct layout_item *items = b->l->item;
    const struct rect to = items[link->to].gauge;
    const int thick = MAX(b->l->tile_style.px / 9, 1), half = b->l->tile_style.px * 3 / 2;
    const struct rect from =
        link->from >= 0 ? items[link->from].gauge : (struct rect){to.x - 2 * half, to.y, half, to.h};
    const int y0 = from.y + from.h / 2, y1 = to.y + to.h / 2, x0 = from.x + from.w, x1 = x0 + half;
    if (link->far) {
        draw_open_link(b, from.x + from.w, true, y0 + from.h / 3, thick);
        return;
    }
    map_stroke(b, (struct rect){x0, y0, x1 - x0, thick}, 1);
    map_stroke(b, (struct rect){x1, MIN(y0, y1), thick, ABS(y1 - y0) + thick}, 1);
    if (b->o->view->page->items[link->to].kind == VIEW_ITEM_STUB) {
        draw_open_link(b, x1, false, y1, thick);
        return;
    }
    map_stroke(b, (struct rect){x1, y1, to.x - x1, thick}, 1);
}

static void draw_frame(const struct page_brush *b, struct rect r, int thin, bool lit)
{
    const struct rect sides[] = {{r.x, r.y, r.w, thin},
                                 {r.x, r.y + r.h - thin, r.w, thin},
                                 {r.x, r.y, thin, r.h},
                                 {r.x + r.w - thin, r.y, thin, r.h}};
    for (size_t i = 0; i < G_N_ELEMENTS(sides); i++)
        paint_fill(b->o->canvas, sides[i], ink_of(b, lit ? COLOUR_LIGHT : COLOUR_QUIET), (lit ? 1 : 0.45f) * b->alpha);
}

/* A decision is a framed tile, an ending a plate with a light below it. */
static void draw_tile(const struct page_brush *b, int index)
{
    const struct layout_item *l = &b->l->item[index];
    const struct rect r = l->row;
    const bool lit = index == b->o->view->page->focus, ending = b->o->view->page->items[index].kind == VIEW_ITEM_PLATE;
    const int thin = MAX(b->l->tile_style.px / 10, 1) * (lit ? 2 : 1);
    struct canvas *c = b->o->canvas;
    if (lit)
        paint_glow(c, rect_inset(r, -r.w / 5, -r.h / 2), COLOUR_LIGHT, 0.22f * b->alpha);
    paint_fill(c, r, ending ? 0x2a2118 : COLOUR_PLATE, b->alpha);
    if (ending)
        paint_fill(c, (struct rect){r.x, r.y + r.h - 2 * thin, r.w, 2 * thin}, COLOUR_LIGHT, 0.9f * b->alpha);
    if (!ending)
        draw_frame(b, r, thin, lit);
    put_text(b, &b->l->tile_style, b->o->view->page->items[index].text, l->text,
             (struct text_ink){ending ? COLOUR_LIGHT : COLOUR_INK, lit ? 1 : 0.9f, 0});
    put_text(b, &b->l->tile_note_style, b->o->view->page->items[index].note, l->note,
             (struct text_ink){COLOUR_LIGHT, 0.9f, 0});
}

/* On a plate, which stays empty where there is no picture. */
static void draw_picture(const struct page_brush *b, const struct frame *f, struct rect r, bool lit)
{
    struct frame_picture p = {0};
    if (rect_empty(r))
        return;
    paint_fill(b->o->canvas, r, COLOUR_PLATE, b->alpha);
    if (f) {
        frame_picture_fit(&p, f, r.w, r.h);
        frame_picture_draw(&p, b->o->canvas, r, b->alpha);
        frame_picture_drop(&p);
    }
    draw_frame(b, r, MAX(b->l->item_style.px / 14, 1) * (lit ? 2 : 1), lit);
}

/* Over no film, the picture of the item that has the focus stands beside the column, large, in the shape that it has. */
static void draw_beside(const struct page_brush *b)
{
    const struct view_page *v = b->o->view->page;
    const struct frame *f = v->focus >= 0 && v->focus < v->count ? v->items[v->focus].image : NULL;
    const struct rect room = b->l->beside;
    struct frame_picture p = {0};
    if (!f || b->o->view->frame || rect_empty(room))
        return;
    frame_picture_fit(&p, f, room.w, room.h);
    frame_picture_draw(&p, b->o->canvas, room, b->alpha);
    const struct rect at = {room.x + (room.w - p.w) / 2, room.y + (room.h - p.h) / 2, p.w, p.h};
    frame_picture_drop(&p);
    draw_frame(b, at, MAX(b->l->item_style.px / 14, 1), false);
}

static bool is_on_map(const struct view_item *i)
{
    return i->kind == VIEW_ITEM_TILE || i->kind == VIEW_ITEM_PLATE;
}

static void draw_item(const struct page_brush *b, int index)
{
    const struct view_item *i = &b->o->view->page->items[index];
    const struct layout_item *l = &b->l->item[index];
    const bool lit = index == b->o->view->page->focus, head = i->kind == VIEW_ITEM_HEAD;
    const bool words = i->kind == VIEW_ITEM_WORDS || head;
    const float ink = lit ? 1.0f : words ? 0.86f : 0.78f;
    if (rect_empty(l->row))
        return;
    if (is_on_map(i)) {
        draw_tile(b, index);
        return;
    }
    if (lit)
        draw_light(b, l->row);
    draw_picture(b, i->image, l->image, lit);
    struct text_style value = b->l->value_style;
    value.align = words ? TEXT_RIGHT : TEXT_CENTRE;
    put_text(b, words ? &b->l->text_style : &b->l->item_style, i->text, l->text,
             (struct text_ink){head ? COLOUR_LIGHT : COLOUR_INK, ink, 0});
    put_text(b, &value, i->value, l->value, (struct text_ink){COLOUR_QUIET, ink, 0});
    put_text(b, &b->l->note_style, i->note, l->note, (struct text_ink){COLOUR_QUIET, 0.72f, 0});
    if (i->kind != VIEW_ITEM_SETTING)
        return;
    draw_gauge(b, l->gauge, i->level, ink);
    draw_arrow(b, l->less, -1, i->less ? ink : 0.16f);
    draw_arrow(b, l->more, 1, i->more ? ink : 0.16f);
}

/* At each edge of the map behind which more of it lies. */
static void draw_more_of_map(const struct page_brush *b)
{
    const struct layout_page *l = b->l;
    const struct rect list = l->list;
    const int px = l->item_style.px;
    struct rect all = list;
    for (int i = 0; i < l->count - b->o->view->page->pinned; i++)
        all = rect_union(all, l->item[i].gauge);
    const int left = list.x - all.x, up = list.y - all.y;
    const struct rect sides[] = {{list.x - px, list.y, px, list.h},
                                 {list.x + list.w, list.y, px, list.h},
                                 {list.x, list.y - px, list.w, px},
                                 {list.x, list.y + list.h, list.w, px}};
    const bool more[] = {left > 0, all.w > list.w + left, up > 0, all.h > list.h + up};
    for (int i = 0; i < 4; i++)
        if (more[i])
            draw_angle(b, sides[i], i < 2 ? 2 * i - 1 : 0, i < 2 ? 0 : 2 * i - 5, 0.8f);
}

/* Shows which part of the list is visible. */
static void draw_scroll_bar(const struct page_brush *b)
{
    const struct layout_page *l = b->l;
    const int n = b->o->view->page->count - b->o->view->page->pinned, thin = MAX(l->item_style.px / 10, 2);
    if (l->last == 0 || n <= 0)
        return;
    const int x = MIN(l->column.x + l->column.w + l->item_style.px, b->o->canvas->w - thin);
    const int h = MAX(l->list.h * (n - l->last) / n, MIN(l->item_style.px, l->list.h));
    const int y = l->list.y + (l->list.h - h) * l->first / l->last;
    paint_fill(b->o->canvas, (struct rect){x, l->list.y, thin, l->list.h}, COLOUR_INK, 0.14f * b->alpha);
    paint_fill(b->o->canvas, (struct rect){x, y, thin, h}, COLOUR_INK, 0.62f * b->alpha);
}

void page_draw(const struct overlay *o, const struct layout_page *l)
{
    const struct view_page *v = o->view->page;
    const struct page_brush b = {o, l, anim_ease_inout((float)v->open_us / (float)ANIM_PAGE_US)};
    draw_shade(&b);
    draw_beside(&b);
    put_text(&b, &l->label_style, v->label, l->label, (struct text_ink){COLOUR_QUIET, 0.72f, 0});
    put_text(&b, &l->title_style, v->title, l->title, (struct text_ink){COLOUR_QUIET, 1, 0});
    put_text(&b, &l->text_style, v->text, l->text, (struct text_ink){COLOUR_INK, 0.9f, 0});
    for (int i = 0; i < v->link_count; i++)
        draw_link(&b, &v->links[i]);
    for (int i = 0; i < l->count; i++)
        draw_item(&b, i);
    if (v->columns > 0)
        draw_more_of_map(&b);
    else
        draw_scroll_bar(&b);
}

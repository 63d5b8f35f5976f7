#include "present/page_draw.h"
#include <assert.h>
#include <glib.h>
#include "present/anim.h"
#include "present/panel.h"

#define COLUMN_SHADE 0.90f /* behind the words; measured by tests/unit/test_page.c */
#define BESIDE_SHADE 0.45f /* at the far edge of the window */

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

/* Dark behind the column; towards the other edge the film shows. */
static void draw_shade(const struct page_brush *b)
{
    struct canvas *c = b->o->canvas;
    const bool solid = b->o->view->high_contrast;
    const float full = (solid ? 1.0f : COLUMN_SHADE) * b->alpha, beside = (solid ? 1.0f : BESIDE_SHADE) * b->alpha;
    const int edge = MIN(b->l->column.x * 2 + b->l->column.w, c->w);
    paint_fill(c, (struct rect){0, 0, edge, c->h}, COLOUR_SHADE, full);
    paint_gradient_across(c, (struct rect){edge, 0, c->w - edge, c->h}, COLOUR_SHADE, full, beside);
}

/* A thin angle that points to the left or to the right, in the middle of `r`. */
static void draw_arrow(const struct page_brush *b, struct rect r, int way, float alpha)
{
    const int half = MAX(b->l->item_style.px / 4, 3), thick = MAX(b->l->item_style.px / 12, 1);
    const int x = r.x + r.w / 2 - way * half / 2, y = r.y + r.h / 2;
    for (int i = -half; i <= half; i++)
        paint_fill(b->o->canvas, (struct rect){x + way * (half - ABS(i)), y + i, thick + 1, 1}, ink_of(b, COLOUR_INK),
                   alpha * b->alpha);
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

static void draw_item(const struct page_brush *b, int index)
{
    const struct view_item *i = &b->o->view->page->items[index];
    const struct layout_item *l = &b->l->item[index];
    const bool lit = index == b->o->view->page->focus, head = i->kind == VIEW_ITEM_HEAD;
    const bool words = i->kind == VIEW_ITEM_WORDS || head;
    const float ink = lit ? 1.0f : words ? 0.86f : 0.78f;
    if (rect_empty(l->row))
        return;
    if (lit)
        draw_light(b, l->row);
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
    put_text(&b, &l->label_style, v->label, l->label, (struct text_ink){COLOUR_QUIET, 0.72f, 0});
    put_text(&b, &l->title_style, v->title, l->title, (struct text_ink){COLOUR_QUIET, 1, 0});
    put_text(&b, &l->text_style, v->text, l->text, (struct text_ink){COLOUR_INK, 0.9f, 0});
    for (int i = 0; i < l->count; i++)
        draw_item(&b, i);
    draw_scroll_bar(&b);
}

#include "present/bar.h"

#include "present/anim.h"
#include "present/layout.h"
#include "present/panel.h"

#include <glib.h>

#define LINE_ALPHA  0.30f /* of film that comes */
#define REACH_ALPHA 0.55f /* of that part of it to which the viewer may go */

static bool is_shown(const struct view *v)
{
    return v->bar && v->panel.phase == VIEW_HIDDEN && !v->page;
}

static int text_px(const struct view *v, int w, int h)
{
    return layout_text_px(w, h, v->text_scale) * 8 / 10;
}

/* The line itself. */
static struct rect line_of(const struct view *v, int w, int h)
{
    const int px = text_px(v, w, h), margin = MIN(px * 2, w / 12), thick = MAX(px / 5, 3);
    return (struct rect){margin, h - px * 3 / 2 - thick, w - 2 * margin, thick};
}

struct rect bar_room(const struct view *v, int w, int h)
{
    const int px = text_px(v, w, h), top = line_of(v, w, h).y - px * 9 / 4;
    return (struct rect){0, top, w, h - top};
}

struct rect bar_place(const struct view *v, int w, int h)
{
    return is_shown(v) ? bar_room(v, w, h) : (struct rect){0};
}

float bar_alpha(const struct view *v)
{
    return v->bar->stays ? 1 : anim_fade(v->bar->asked_us, ANIM_BAR_US);
}

struct rect bar_line(const struct view *v, int w, int h)
{
    return is_shown(v) ? line_of(v, w, h) : (struct rect){0};
}

bool bar_hit(struct rect line, int x, int y, float *part)
{
    const int around = line.h * 5;
    if (rect_empty(line) || !rect_has(rect_inset(line, -around, -around), x, y))
        return false;
    *part = CLAMP((float)(x - line.x) / (float)line.w, 0.0f, 1.0f);
    return true;
}

static int along(struct rect line, float part)
{
    return line.x + (int)((float)line.w * CLAMP(part, 0.0f, 1.0f));
}

/* A square on its corner: a decision. */
static void draw_diamond(struct canvas *c, int x, int y, int half, float alpha)
{
    for (int i = -half; i <= half; i++)
        paint_fill(c, (struct rect){x - (half - ABS(i)), y + i, 2 * (half - ABS(i)) + 1, 1}, COLOUR_INK, alpha);
}

/* What comes at the end of the line: a decision, the end of the film, or something whose length nobody knows. */
static void draw_then(struct canvas *c, enum view_bar_then then, struct rect line, float alpha)
{
    const int x = line.x + line.w, y = line.y + line.h / 2, half = line.h * 2;
    if (then == VIEW_BAR_CHOICE)
        draw_diamond(c, x, y, half, alpha);
    else if (then == VIEW_BAR_END)
        paint_fill(c, (struct rect){x - line.h / 2, y - half, line.h, 2 * half + 1}, COLOUR_INK, alpha);
    for (int i = 1; then == VIEW_BAR_OPEN && i <= 3; i++)
        paint_fill(c, (struct rect){x + i * 2 * line.h, line.y, line.h, line.h}, COLOUR_INK,
                   (0.75f - 0.2f * (float)i) * alpha);
}

/* A dark edge keeps the line to be seen on a picture of its own brightness. */
static void draw_line(const struct overlay *o, struct rect line, float alpha)
{
    const struct view_bar *b = o->view->bar;
    struct canvas *c = o->canvas;
    const int played = along(line, b->played), reach = MAX(along(line, b->reach), played), edge = MAX(line.h / 3, 1);
    const float y = (float)line.y + (float)line.h / 2, radius = (float)line.h * 1.5f;
    paint_fill(c, rect_inset(line, -edge, -edge), COLOUR_SHADE, 0.55f * alpha);
    paint_fill(c, (struct rect){played, line.y, reach - played, line.h}, COLOUR_INK, REACH_ALPHA * alpha);
    paint_fill(c, (struct rect){reach, line.y, line.x + line.w - reach, line.h}, COLOUR_INK, LINE_ALPHA * alpha);
    paint_fill(c, (struct rect){line.x, line.y, played - line.x, line.h}, COLOUR_LIGHT, alpha);
    draw_then(c, b->then, line, alpha);
    paint_ring(c, &(struct paint_ring){(float)played, y, radius / 2, radius, 0, 1}, COLOUR_LIGHT, alpha);
}

static void draw_words(const struct overlay *o, const char *words, enum text_align align, struct rect box, float alpha)
{
    const struct text_style style = {TEXT_BODY, box.h, 1, align};
    struct text_block *b = text_get(o->text, &style, words, box.w);
    const struct text_extent e = text_size(b);
    const int room = box.w - e.w, in = align == TEXT_CENTRE ? room / 2 : align == TEXT_RIGHT ? room : 0;
    text_draw(o->text, b, o->canvas, box.x + in, box.y + (box.h - e.h) / 2,
              (struct text_ink){o->view->high_contrast ? 0xffffff : COLOUR_INK, alpha, 0.9f});
}

void bar_draw(const struct overlay *o)
{
    const struct view *v = o->view;
    const int w = o->canvas->w, h = o->canvas->h;
    const struct rect place = bar_place(v, w, h);
    if (rect_empty(place))
        return;
    const float alpha = bar_alpha(v);
    const struct rect line = line_of(v, w, h);
    const int px = text_px(v, w, h), y = line.y - px * 7 / 4;
    const int above = MIN(px * 3, place.y);
    paint_gradient(o->canvas, (struct rect){0, place.y - above, w, h - place.y + above}, COLOUR_SHADE, 0,
                   (v->high_contrast ? 1.0f : 0.86f) * alpha);
    draw_line(o, line, alpha);
    const bool narrow = w < px * 40;
    draw_words(o, v->bar->time, TEXT_START, (struct rect){line.x, y, line.w / 4, px}, alpha);
    if (v->bar->hint && !narrow)
        draw_words(o, v->bar->hint, TEXT_CENTRE, (struct rect){line.x + line.w / 4, y, line.w / 2, px}, alpha);
    draw_words(o, v->bar->comes, TEXT_RIGHT,
               (struct rect){line.x + line.w * (narrow ? 1 : 3) / 4, y, line.w * (narrow ? 3 : 1) / 4, px}, alpha);
}

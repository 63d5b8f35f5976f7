#include "present/overlay.h"
#include <glib.h>
#include <math.h>
#include <string.h>
#include "base/units.h"
#include "media/frame.h"
#include "media/subs.h"
#include "present/anim.h"
#include "present/layout.h"
#include "present/panel.h"

static int base_px(const struct overlay *o)
{
    return layout_text_px(o->canvas->w, o->canvas->h, o->view->text_scale);
}

/* Draws a text with its top at box.y, aligned in the width of the box as the style says; returns its height. */
static int put_text(const struct overlay *o, const struct text_style *style, const char *s, struct rect box,
                    struct text_ink ink)
{
    struct text_block *b = text_get(o->text, style, s, MAX(box.w, 1));
    const struct text_extent e = text_size(b);
    const int room = box.w - e.w;
    const int x = style->align == TEXT_CENTRE ? room / 2 : style->align == TEXT_RIGHT ? room : 0;
    text_draw(o->text, b, o->canvas, box.x + x, box.y, ink);
    return e.h;
}

static int text_height(const struct overlay *o, const struct text_style *style, const char *s, int width)
{
    return s && *s ? text_size(text_get(o->text, style, s, MAX(width, 1))).h : 0;
}

static struct text_style notice_style(const struct overlay *o)
{
    return (struct text_style){TEXT_BODY, base_px(o) * 8 / 10, 3, TEXT_START};
}

/* From the window's upper edge down to the end of a notice of one line, and what keeps it apart. */
static int notice_room(const struct overlay *o)
{
    const struct text_style style = notice_style(o);
    return style.px * 5 / 2 + text_height(o, &style, "X", o->canvas->w);
}

/* ---- cards ---- */

/* The largest size, from `px` down, at which the text fits into w x h. */
static struct text_style fit_text(const struct overlay *o, struct text_style style, const char *s, int w, int h)
{
    while (style.px > 9) {
        const struct text_extent e = text_size(text_get(o->text, &style, s, MAX(w, 1)));
        if (e.h <= h && !e.cut)
            break;
        style.px = style.px * 9 / 10;
    }
    style.max_lines = MAX(h / MAX(style.px * 13 / 10, 1), 1);
    return style;
}

static float card_ink(const struct view *v)
{
    const struct view_card *c = v->card;
    const float in = anim_ease_inout((float)c->at_us / 900000.0f);
    const float out = c->dur_us > 2 * US_PER_SECOND ? anim_ease_inout((float)(c->dur_us - c->at_us) / 500000.0f) : 1;
    return MIN(in, out);
}

static void draw_text_card(const struct overlay *o, bool ending)
{
    const struct view_card *c = o->view->card;
    const struct rect p = o->picture;
    const int base = MAX(MIN(p.h / 22, p.w / 30), 10), w = MIN(p.w * 84 / 100, base * 34);
    const bool alone = !c->body || !*c->body;
    struct text_style title = {TEXT_TITLE, base * (ending ? 24 : 20) / 10, 0, TEXT_CENTRE},
                      label = {TEXT_CARD, base * 9 / 10, 1, TEXT_CENTRE};
    struct text_style body = {TEXT_CARD, base * (c->title && *c->title ? 11 : 14) / 10, 0, TEXT_CENTRE};
    title = fit_text(o, title, c->title, w, p.h * (alone ? 60 : 35) / 100);
    body = fit_text(o, body, c->body, w, p.h * 45 / 100);
    const int gap = base * 6 / 5, th = text_height(o, &title, c->title, w), bh = text_height(o, &body, c->body, w),
              lh = text_height(o, &label, c->label, w);
    const int sum = lh + (lh ? gap : 0) + th + (th && bh ? gap : 0) + bh;
    const float ink = card_ink(o->view);
    struct rect box = {p.x + (p.w - w) / 2, p.y + (p.h - sum) / 2 - (alone ? 0 : base / 2), w, 0};
    box.y += put_text(o, &label, c->label, box, (struct text_ink){COLOUR_QUIET, 0.6f * ink, 0}) + (lh ? gap : 0);
    box.y += put_text(o, &title, c->title, box, (struct text_ink){COLOUR_QUIET, ink, 0}) + (th && bh ? gap : 0);
    box.y += put_text(o, &body, c->body, box, (struct text_ink){COLOUR_QUIET, (th ? 0.86f : 1) * ink, 0});
    box.y = p.y + p.h - base * 2;
    put_text(o, &label, c->note, box, (struct text_ink){COLOUR_QUIET, 0.55f * ink, 0});
}

/* A film leader: a cross of hairlines, two rings, a hand that turns once a second, and the seconds that are left. */
static void draw_leader(const struct overlay *o, float x, float y, float radius)
{
    const struct view_card *c = o->view->card;
    struct canvas *to = o->canvas;
    const struct rect p = o->picture;
    const int hair = MAX(p.h / 640, 1);
    paint_fill(to, (struct rect){p.x, (int)y, p.w, hair}, COLOUR_QUIET, 0.10f);
    paint_fill(to, (struct rect){(int)x, p.y, hair, p.h}, COLOUR_QUIET, 0.10f);
    const float thin = MAX(radius / 60, 1.2f);
    paint_ring(to, &(struct paint_ring){x, y, radius, thin, 0, 1}, COLOUR_QUIET, 0.5f);
    paint_ring(to, &(struct paint_ring){x, y, radius * 0.86f, thin, 0, 1}, COLOUR_QUIET, 0.25f);
    const float turn = (float)(MAX(c->at_us, 0) % US_PER_SECOND) / (float)US_PER_SECOND;
    if (!o->view->reduced_motion)
        paint_ring(to, &(struct paint_ring){x, y, radius * 0.43f, radius * 0.84f, 0, turn}, COLOUR_QUIET, 0.07f);
    if (c->dur_us <= 0)
        return;
    char left[32];
    g_snprintf(left, sizeof left, "%" G_GINT64_FORMAT,
               MAX((c->dur_us - c->at_us + US_PER_SECOND - 1) / US_PER_SECOND, 0));
    const struct text_style style = {TEXT_TITLE, MAX((int)(radius * (strlen(left) > 2 ? 0.6f : 0.85f)), 6), 1,
                                     TEXT_CENTRE};
    const int h = text_height(o, &style, left, (int)radius * 2);
    put_text(o, &style, left, (struct rect){(int)(x - radius) + style.px / 14, (int)y - h / 2, (int)radius * 2, h},
             (struct text_ink){COLOUR_QUIET, 0.75f, 0});
}

static void draw_slate_card(const struct overlay *o)
{
    const struct view_card *c = o->view->card;
    const struct rect p = o->picture;
    /* Where the picture is small in a tall window, larger than the picture alone would have it. */
    const int small = MAX(MIN(p.h / 26, p.w / 40), 9), base = MAX(small, MIN(base_px(o) * 6 / 10, p.h / 18)),
              margin = base * 2;
    paint_fill(o->canvas, p, 0x101514, 1);
    paint_gradient(o->canvas, p, 0x000000, 0, 0.45f);
    const bool tall = p.h > p.w;
    const float radius = (float)MIN(p.h, p.w) * (tall ? 0.16f : 0.25f);
    draw_leader(o, tall ? (float)(p.x + p.w / 2) : (float)(p.x + p.w - margin) - radius * 1.15f,
                tall ? (float)(p.y + margin) + radius * 1.2f : (float)p.y + (float)p.h * 0.5f, radius);
    /* A notice, which often says why the slate is here, lies over none of its words. */
    const int w = tall ? p.w - 2 * margin : p.w - 3 * margin - (int)(radius * 2.4f),
              top = MAX(p.y + (tall ? margin + (int)(radius * 2.6f) : margin), notice_room(o));
    struct rect box = {p.x + margin, top, w, 0};
    const struct text_style label = {TEXT_MONO, base, 1, TEXT_LEFT};
    struct text_style title = {TEXT_TITLE, base * 19 / 10, 0, TEXT_START};
    title = fit_text(o, title, c->title, w, p.h / 5);
    const int foot = c->note && *c->note ? base * 5 / 2 : 0;
    box.y += put_text(o, &label, c->label, box, (struct text_ink){COLOUR_QUIET, 0.62f, 0}) + base;
    box.y += put_text(o, &title, c->title, box, (struct text_ink){COLOUR_INK, 1, 0});
    paint_line(o->canvas, (struct rect){box.x, box.y + base / 2, w, MAX(base / 14, 1)}, 0, COLOUR_QUIET, 0.3f);
    box.y += base * 3 / 2;
    const int room = p.y + p.h - margin - foot - box.y;
    if (room > base) {
        struct text_style body = {TEXT_CARD, base * 21 / 20, 0, TEXT_START};
        body = fit_text(o, body, c->body, w, room);
        put_text(o, &body, c->body, box, (struct text_ink){COLOUR_QUIET, 0.9f, 0});
    }
    const struct text_style note = {TEXT_MONO, base * 9 / 10, 1, TEXT_LEFT};
    box.y = p.y + p.h - margin - base;
    put_text(o, &note, c->note, box, (struct text_ink){COLOUR_ALERT, 0.9f, 0});
}

void overlay_card(const struct overlay *o)
{
    if (!o->view->card)
        return;
    switch (o->view->card->look) {
    case VIEW_CARD_TEXT:
        draw_text_card(o, false);
        break;
    case VIEW_CARD_SLATE:
        draw_slate_card(o);
        break;
    case VIEW_CARD_ENDING:
        draw_text_card(o, true);
        break;
    }
}

/* ---- words in the picture ---- */

static void draw_inscription(const struct overlay *o, const struct view_inscription *in)
{
    static const enum text_role roles[] = {[VIEW_TERMINAL] = TEXT_MONO,
                                           [VIEW_TYPEWRITER] = TEXT_CARD,
                                           [VIEW_TITLE] = TEXT_TITLE,
                                           [VIEW_PLAIN] = TEXT_CAPTION};
    static const enum text_align aligns[] = {
        [VIEW_ALIGN_START] = TEXT_START, [VIEW_ALIGN_CENTER] = TEXT_CENTRE, [VIEW_ALIGN_END] = TEXT_RIGHT};
    const struct rect p = o->picture;
    const struct rect box = {p.x + p.w * in->left / 1000, p.y + p.h * in->top / 1000, p.w * in->width / 1000,
                             p.h * in->height / 1000};
    const struct text_style style = {roles[in->look], MAX(p.h * in->size / 1000, 1), 0, aligns[in->align]};
    const struct text_style fitting = fit_text(o, style, in->text, box.w, box.h);
    put_text(o, &fitting, in->text, box, (struct text_ink){in->rgb, 1, 0});
}

void overlay_inscriptions(const struct overlay *o)
{
    for (int i = 0; i < MIN(o->view->inscription_count, VIEW_INSCRIPTIONS_MAX); i++)
        if (o->view->inscriptions[i].look != VIEW_CREDITS)
            draw_inscription(o, &o->view->inscriptions[i]);
}

/* ---- the small picture ---- */

struct rect overlay_inset(const struct overlay *o)
{
    const struct frame *f = o->view->inset;
    if (!f || o->view->inset_share <= 0)
        return (struct rect){0};
    const int h = MAX((int)lroundf((float)o->picture.h * o->view->inset_share), 1), edge = o->picture.h / 40;
    const struct rect fit = layout_picture(o->picture.w / 2, h, f->width, f->height, f->sar_num, f->sar_den);
    const int low = MIN(o->picture.y + o->picture.h, o->floor) - edge - fit.h;
    return (struct rect){o->picture.x + o->picture.w - edge - fit.w,
                         o->view->inset_low ? MAX(low, o->picture.y) : o->picture.y + edge, fit.w, fit.h};
}

/* ---- subtitles ---- */

/* How far the lines in the lower half must move up to stand above the floor. */
static int subs_lift(const struct overlay *o)
{
    int bottom = 0;
    for (int i = 0; i < o->view->sub_count; i++) {
        const struct subs_image *s = &o->view->subs[i];
        if (s->y + s->h / 2 > o->picture.h / 2)
            bottom = MAX(bottom, o->picture.y + s->y + s->h);
    }
    return MAX(bottom - o->floor, 0);
}

void overlay_subs(const struct overlay *o)
{
    const struct view *v = o->view;
    const int up = subs_lift(o);
    for (int i = 0; i < v->sub_count; i++) {
        const struct subs_image *s = &v->subs[i];
        const struct paint_mask m = {s->alpha, s->w, s->h, s->stride};
        const int y = s->y + s->h / 2 > o->picture.h / 2 ? s->y - up : s->y;
        paint_mask(o->canvas, &m, o->picture.x + s->x, o->picture.y + y, s->rgba >> 8, (float)(s->rgba & 255) / 255);
    }
}

/* ---- the player's own words ---- */

/* Beside a page's column where that leaves enough room, else over it. */
static int notice_width(const struct overlay *o, int base, int column_end)
{
    const int whole = o->canvas->w - 4 * base, beside = o->canvas->w - column_end - 4 * base;
    return MIN(column_end > 0 && beside >= base * 12 ? beside : whole, base * 44);
}

void overlay_notice(const struct overlay *o, int column_end)
{
    const float a = anim_fade(o->view->notice_us, ANIM_NOTICE_US);
    if (!o->view->notice || !*o->view->notice || a <= 0)
        return;
    const struct text_style style = notice_style(o);
    const int base = style.px;
    struct text_block *b = text_get(o->text, &style, o->view->notice, MAX(notice_width(o, base, column_end), 1));
    const struct text_extent e = text_size(b);
    const int top = o->view->stat_count > 0 ? o->canvas->h / 2 : base; /* the statistics are at the top */
    struct rect plate = {base, top, e.w + base * 2, e.h + base};
    if (column_end > 0)
        plate.x = o->canvas->w - base - plate.w;
    paint_fill(o->canvas, plate, COLOUR_SHADE, (column_end > 0 ? 0.94f : 0.72f) * a);
    paint_fill(o->canvas, (struct rect){plate.x, plate.y, MAX(base / 8, 2), plate.h}, COLOUR_LIGHT, 0.8f * a);
    text_draw(o->text, b, o->canvas, plate.x + base, plate.y + base / 2, (struct text_ink){COLOUR_INK, a, 0});
}

/* Paused: the picture is a little darker, with two thin strokes in its middle. */
static void draw_pause(const struct overlay *o)
{
    if (!o->view->paused)
        return;
    const float a = anim_ease_out((float)o->view->paused_us / 200000.0f);
    const struct rect p = o->picture;
    const int h = MAX(p.h / 11, 12), w = MAX(h / 6, 3), x = p.x + p.w / 2, y = p.y + p.h / 2 - h / 2;
    paint_fill(o->canvas, p, 0x000000, 0.32f * a);
    paint_glow(o->canvas, (struct rect){x - h * 2, y - h * 3 / 2, h * 4, h * 4}, 0x000000, 0.5f * a);
    paint_fill(o->canvas, (struct rect){x - w * 2, y, w, h}, COLOUR_INK, 0.92f * a);
    paint_fill(o->canvas, (struct rect){x + w, y, w, h}, COLOUR_INK, 0.92f * a);
}

/* Below the strokes: something to click, for viewers without a keyboard. */
static struct text_style link_style(const struct overlay *o)
{
    return (struct text_style){TEXT_BODY, base_px(o) * 8 / 10, 1, TEXT_CENTRE};
}

struct rect overlay_link(const struct overlay *o)
{
    const struct view *v = o->view;
    if (!v->paused || !v->paused_link || v->page)
        return (struct rect){0};
    const struct text_style style = link_style(o);
    const struct text_extent e = text_size(text_get(o->text, &style, v->paused_link, o->canvas->w));
    const struct rect p = o->picture;
    return (struct rect){p.x + (p.w - e.w) / 2 - style.px, p.y + p.h * 62 / 100, e.w + 2 * style.px, e.h + style.px};
}

static void draw_pause_link(const struct overlay *o)
{
    const struct rect r = overlay_link(o);
    if (rect_empty(r))
        return;
    const struct text_style style = link_style(o);
    const float a = anim_ease_out((float)o->view->paused_us / 200000.0f);
    put_text(o, &style, o->view->paused_link, (struct rect){r.x, r.y + style.px / 2, r.w, r.h},
             (struct text_ink){COLOUR_INK, 0.85f * a, 0.9f});
}

static void draw_volume(const struct overlay *o)
{
    const struct view *v = o->view;
    const float a = v->volume_shown ? anim_fade(v->volume_us + ANIM_FADE_US, ANIM_VOLUME_US) : 0;
    if (a <= 0)
        return;
    const int base = base_px(o) * 8 / 10, w = base * 9, x = o->canvas->w - base * 2 - w, y = base * 3 / 2;
    const int level = CLAMP(v->volume, 0, 100), line = MAX(base / 8, 2);
    char text[32];
    g_snprintf(text, sizeof text, "%d %%", v->volume);
    const char *said = !v->muted ? text : v->muted_word ? v->muted_word : "muted";
    const struct text_style style = {TEXT_BODY, base, 1, TEXT_RIGHT};
    paint_glow(o->canvas, (struct rect){x - w / 2, y - base * 3, w * 2, base * 8}, 0x000000, 0.55f * a);
    const int h = put_text(o, &style, said, (struct rect){x, y, w, 0}, (struct text_ink){COLOUR_INK, a, 0.9f});
    paint_fill(o->canvas, (struct rect){x, y + h + base / 4, w, line}, COLOUR_INK, 0.25f * a);
    paint_fill(o->canvas, (struct rect){x, y + h + base / 4, w * level / 100, line}, COLOUR_INK,
               (v->muted ? 0.3f : 0.95f) * a);
}

static void draw_stats(const struct overlay *o)
{
    const struct view *v = o->view;
    if (v->stat_count <= 0)
        return;
    const int n = MIN(v->stat_count, 60),
              px = CLAMP(MIN(base_px(o) * 64 / 100, (o->canvas->h - 20) * 10 / (13 * n)), 7, 48);
    const struct text_style style = {TEXT_MONO, px, 1, TEXT_LEFT};
    int w = 0, h = 0;
    for (int i = 0; i < n; i++) {
        const struct text_extent e = text_size(text_get(o->text, &style, v->stats[i], o->canvas->w - 4 * px));
        w = MAX(w, e.w);
        h += MAX(e.h, px);
    }
    struct rect box = {px, px, w + 2 * px, h + px};
    paint_fill(o->canvas, box, 0x04140a, 0.84f);
    box = rect_inset(box, px, px / 2);
    for (int i = 0; i < n; i++)
        box.y += MAX(put_text(o, &style, v->stats[i], box, (struct text_ink){0x9dffb9, 1, 0}), px);
}

void overlay_top(const struct overlay *o)
{
    draw_pause(o);
    draw_volume(o);
    if (!o->view->page)
        overlay_notice(o, 0);
    draw_stats(o);
    draw_pause_link(o);
}

#include "present/panel.h"
#include <assert.h>
#include <math.h>
#include <string.h>
#include "present/anim.h"
#include "present/frame_picture.h"

struct panel {
    struct text *text;
    char *key; /* what the layout was made from */
    struct layout_panel layout;
    struct frame_picture thumb[VIEW_OPTIONS_MAX];
};

struct panel *panel_new(struct text *text)
{
    struct panel *p = g_new0(struct panel, 1);
    p->text = text;
    return p;
}

static bool panel_check(const struct panel *p)
{
    const struct layout_panel *l = &p->layout;
    assert(p->text);
    assert(p->key || l->count == 0);
    assert(l->count >= 0 && l->count <= VIEW_OPTIONS_MAX);
    assert(l->pad_count >= 0 && l->pad_count <= LAYOUT_PADS);
    for (int i = 0; i < VIEW_OPTIONS_MAX; i++)
        assert(!p->thumb[i].px == !p->thumb[i].of);
    return true;
}

static void drop_thumbs(struct panel *p)
{
    for (int i = 0; i < VIEW_OPTIONS_MAX; i++)
        frame_picture_drop(&p->thumb[i]);
}

void panel_free(struct panel *p)
{
    if (!p)
        return;
    drop_thumbs(p);
    g_free(p->key);
    g_free(p);
}

static struct text_extent measure_block(void *user, const struct text_style *style, const char *text, int width)
{
    return text_size(text_get(user, style, text, width));
}

/* Everything that layout_panel() looks at, as one string. */
static char *layout_key(const struct view *v, int w, int h, struct rect pic)
{
    const struct view_panel *p = &v->panel;
    GString *k = g_string_new(NULL);
    g_string_printf(k, "%d %d %d %d %d %d %d %d %d %d %d %g|%s|%s", w, h, pic.x, pic.y, pic.w, pic.h, p->layout,
                    p->lifts ? p->lift : -1, p->count, p->code_letters, p->from_right, (double)v->text_scale,
                    v->face ? v->face : "", p->prompt ? p->prompt : "");
    for (int i = 0; i < MIN(p->count, VIEW_OPTIONS_MAX); i++) {
        const struct view_option *o = &p->options[i];
        g_string_append_printf(k, "|%s\1%s\1%s\1%s\1%p\1%d", o->text ? o->text : "", o->sub ? o->sub : "",
                               o->key ? o->key : "", o->reason ? o->reason : "", (const void *)o->image, o->locked);
    }
    return g_string_free(k, FALSE);
}

const struct layout_panel *panel_place(struct panel *p, const struct view *v, int w, int h, struct rect picture)
{
    char *key = layout_key(v, w, h, picture);
    if (p->key && g_str_equal(key, p->key)) {
        g_free(key);
        return &p->layout;
    }
    g_free(p->key);
    p->key = key;
    drop_thumbs(p);
    const struct layout_request rq = {.w = w,
                                      .h = h,
                                      .picture = picture,
                                      .panel = &v->panel,
                                      .text_scale = v->text_scale,
                                      .measure = measure_block,
                                      .user = p->text};
    layout_panel(&rq, &p->layout);
    assert(panel_check(p));
    return &p->layout;
}

/* ---- drawing ---- */

struct panel_brush {
    struct panel *p;
    const struct view *v;
    struct canvas *c;
    struct anim_panel anim;
    int drop; /* how many pixels everything is below its place */
};

static void draw_shade(const struct panel_brush *b)
{
    const struct layout_panel *l = &b->p->layout;
    const float full = (b->v->high_contrast ? 1.0f : PANEL_OPACITY) * b->anim.alpha;
    paint_gradient(b->c, (struct rect){0, l->shade_y, b->c->w, l->solid_y - l->shade_y}, COLOUR_SHADE, 0, full);
    paint_fill(b->c, (struct rect){0, l->solid_y, b->c->w, b->c->h - l->solid_y}, COLOUR_SHADE, full);
    paint_fill(b->c, (struct rect){0, 0, b->c->w, l->top_solid_y}, COLOUR_SHADE, full);
    paint_gradient(b->c, (struct rect){0, l->top_solid_y, b->c->w, l->top_shade_y - l->top_solid_y}, COLOUR_SHADE, full,
                   0);
}

/* The bar shrinks towards its centre and leaves a trace where it was. */
static void draw_bar(const struct panel_brush *b)
{
    const struct view_panel *v = &b->v->panel;
    const struct rect r = b->p->layout.bar;
    if (v->left < 0 || b->anim.bar <= 0)
        return;
    const double left = CLAMP(v->left, 0.0, 1.0);
    const int w = (int)lround(r.w * left * (v->phase == VIEW_IN && !b->v->reduced_motion ? (double)b->anim.bar : 1.0));
    paint_line(b->c, r, r.w / 8, COLOUR_BAR, 0.14f * b->anim.bar * b->anim.alpha);
    paint_line(b->c, (struct rect){r.x + (r.w - w) / 2, r.y, w, r.h}, r.h, COLOUR_BAR,
               0.95f * b->anim.bar * b->anim.alpha);
}

static void draw_text(const struct panel_brush *b, const struct text_style *style, const char *s, struct rect r,
                      struct text_ink ink)
{
    if (rect_empty(r))
        return;
    struct text_block *block = text_get(b->p->text, style, s, r.w);
    ink.alpha *= b->anim.alpha;
    text_draw(b->p->text, block, b->c, r.x + (r.w - text_size(block).w) / 2, r.y + b->drop, ink);
}

/* A line around what has the rectangle `r`. */
static void draw_frame(const struct panel_brush *b, struct rect r, int thick, float ink)
{
    const struct rect sides[] = {{r.x - thick, r.y - thick, r.w + 2 * thick, thick},
                                 {r.x - thick, r.y + r.h, r.w + 2 * thick, thick},
                                 {r.x - thick, r.y, thick, r.h},
                                 {r.x + r.w, r.y, thick, r.h}};
    for (size_t i = 0; i < G_N_ELEMENTS(sides); i++)
        paint_fill(b->c, sides[i], COLOUR_QUIET, 0.5f * ink * b->anim.alpha);
}

static void draw_image(const struct panel_brush *b, int i, const struct frame *f, struct rect r, float ink)
{
    if (rect_empty(r) || !f)
        return;
    struct frame_picture *t = &b->p->thumb[i];
    frame_picture_fit(t, f, r.w, r.h);
    r.y += b->drop;
    paint_fill(b->c, r, 0x000000,
               ink * b->anim.alpha); /* pictures of another shape stand in a frame of the same size */
    frame_picture_draw(t, b->c, r, ink * b->anim.alpha);
    draw_frame(b, r, MAX(b->p->layout.option[i].text_style.px / 12, 1), ink);
}

/* In high contrast the words of an option at rest are white, and those of a locked one nearly. */
#define HIGH_REST   1.25f
#define HIGH_LOCKED 1.22f

/* The light is a flat pool behind the words, and wider than they are. */
static void draw_light(const struct panel_brush *b, const struct layout_option *l, float light)
{
    const int px = l->text_style.px;
    struct rect r = rect_union(l->text, l->image);
    r = rect_inset(r, -px * 5 / 2, -px);
    r.y += b->drop;
    paint_glow(b->c, r, COLOUR_LIGHT, 0.17f * light * b->anim.alpha);
}

static struct rect aside_of(struct rect r, int aside)
{
    r.x += aside;
    return r;
}

static void draw_panel_option(const struct panel_brush *b, int i)
{
    const struct view_option *o = &b->v->panel.options[i];
    const struct layout_option *l = &b->p->layout.option[i];
    const struct anim_option a = anim_option(&b->v->panel, i, b->v->reduced_motion);
    const float shadow = 0.75f;
    const int aside = b->v->reduced_motion ? 0 : (int)lroundf(a.shake * (float)l->text_style.px / 3);
    draw_light(b, l, a.light);
    draw_image(b, i, o->image, l->image, a.ink);
    const bool high = b->v->high_contrast;
    const uint32_t rgb = high ? 0xffffff : COLOUR_INK, quiet = high ? 0xffffff : COLOUR_QUIET;
    const float ink = high ? MIN(a.ink * (o->locked ? HIGH_LOCKED : HIGH_REST), 1) : a.ink;
    draw_text(b, &l->text_style, o->text, aside_of(l->text, aside), (struct text_ink){rgb, ink, shadow});
    /* small letters are thin, and have less of their colour */
    draw_text(b, &l->sub_style, layout_second_line(o), aside_of(l->sub, aside), (struct text_ink){quiet, ink, shadow});
    if (!o->locked)
        draw_text(b, &l->key_style, o->key, l->key, (struct text_ink){quiet, ink, shadow});
    const int w = (int)lroundf((float)l->line.w * a.line);
    const struct rect line = {l->line.x + (l->line.w - w) / 2, l->line.y + b->drop, w, l->line.h};
    paint_line(b->c, line, l->text_style.px / 2, COLOUR_INK, 0.9f * a.ink * b->anim.alpha);
}

/* What was entered so far, then the places that are still empty: "4 7 _ _". */
static char *code_line(const struct view_panel *v)
{
    GString *s = g_string_new(NULL);
    const char *code = v->code ? v->code : "";
    const long have = g_utf8_validate(code, -1, NULL) ? g_utf8_strlen(code, -1) : 0;
    for (long i = 0; i < have && i < 32; i++) {
        g_string_append(s, i ? " " : "");
        g_string_append_unichar(s, g_utf8_get_char(g_utf8_offset_to_pointer(code, i)));
    }
    for (long i = have; i < MIN(v->code_length, 32); i++)
        g_string_append(s, i ? " _" : "_");
    if (v->code_length <= 0 && v->phase == VIEW_OPEN)
        g_string_append(s, have ? " _" : "_");
    return g_string_free(s, FALSE);
}

/* How far what was not taken has faded, since the window closed. */
static float gone_of(const struct view_panel *v)
{
    const int64_t us = v->phase == VIEW_OUT ? v->closed_us : v->phase == VIEW_CLOSED ? v->phase_us : 0;
    return anim_ease_out((float)us / (float)ANIM_CLOSE_US);
}

static void draw_code(const struct panel_brush *b)
{
    const struct view_panel *v = &b->v->panel;
    const struct layout_panel *l = &b->p->layout;
    const bool over = v->phase == VIEW_CLOSED || v->phase == VIEW_OUT;
    const float gone = gone_of(v);
    char *line = code_line(v);
    const bool taken = v->selected >= 0 || v->taken >= 0;
    const uint32_t rgb = over && v->code_wrong ? COLOUR_ALERT : taken ? COLOUR_LIGHT : COLOUR_INK;
    draw_text(b, &l->code_style, line, l->code, (struct text_ink){rgb, 1, 0.75f});
    if (taken)
        paint_line(b->c,
                   (struct rect){l->code.x, l->code.y + l->code.h + b->drop, l->code.w, MAX(l->code_style.px / 14, 1)},
                   l->code_style.px / 2, rgb, 0.9f * b->anim.alpha);
    g_free(line);
    const struct text_style style = {TEXT_OPTION, MAX(l->code_style.px * 6 / 10, 1), 1, TEXT_CENTRE};
    for (int i = 0; i < l->pad_count; i++) {
        const struct layout_pad *pad = &l->pad[i];
        char name[8] = {(char)pad->code, 0};
        const float lit = b->v->reduced_motion ? i == v->focus : anim_lit(v, i);
        const char *s = pad->code == '\b' ? "\u2190" : pad->code == '\r' ? "OK" : name;
        const int h = text_size(text_get(b->p->text, &style, s, pad->cell.w)).h;
        const float ink = 0.8f + 0.2f * lit;
        if (lit > 0)
            paint_glow(b->c, rect_inset(pad->cell, -pad->cell.w / 4, -pad->cell.h / 8), COLOUR_LIGHT,
                       0.24f * lit * (1 - gone) * b->anim.alpha);
        draw_text(b, &style, s, (struct rect){pad->cell.x, pad->cell.y + (pad->cell.h - h) / 2, pad->cell.w, h},
                  (struct text_ink){COLOUR_INK, ink + (0.2f - ink) * gone, 0.6f});
    }
}

void panel_draw(struct panel *p, const struct view *v, struct canvas *c)
{
    struct panel_brush b = {.p = p, .v = v, .c = c, .anim = anim_panel(&v->panel, v->reduced_motion)};
    if (v->panel.phase == VIEW_HIDDEN || b.anim.alpha <= 0)
        return;
    const struct layout_panel *l = &p->layout;
    assert(panel_check(p) && p->key); /* panel_place() was called first */
    b.drop = (int)lroundf((1 - b.anim.rise) * (float)layout_text_px(c->w, c->h, v->text_scale) * 0.9f);
    draw_shade(&b);
    draw_bar(&b);
    const float prompt = 0.92f - 0.68f * gone_of(&v->panel); /* it fades once: the way out goes on from there */
    draw_text(&b, &l->prompt_style, v->panel.prompt, l->prompt, (struct text_ink){COLOUR_QUIET, prompt, 0.8f});
    for (int i = 0; i < l->count; i++)
        draw_panel_option(&b, i);
    if (v->panel.layout == VIEW_CODE)
        draw_code(&b);
}

#include "present/paint.h"
#include <assert.h>
#include <glib.h>
#include <math.h>

/* x / 255, rounded; exact for products of two bytes. */
static inline uint32_t div255(uint32_t x)
{
    x += 128;
    return (x + (x >> 8)) >> 8;
}

/* Blends src (premultiplied) over *d; red and blue, and alpha and green, are computed in pairs. */
static inline void blend_over(uint32_t *d, uint32_t src)
{
    const uint32_t inv = 255 - (src >> 24);
    uint32_t rb = (*d & 0xff00ff) * inv + 0x800080, ag = ((*d >> 8) & 0xff00ff) * inv + 0x800080;
    rb = ((rb + ((rb >> 8) & 0xff00ff)) >> 8) & 0xff00ff;
    ag = (ag + ((ag >> 8) & 0xff00ff)) & 0xff00ff00;
    *d = src + (rb | ag);
}

static inline uint32_t premultiply(uint32_t rgb, uint32_t a)
{
    return a << 24 | div255((rgb >> 16 & 255) * a) << 16 | div255((rgb >> 8 & 255) * a) << 8 | div255((rgb & 255) * a);
}

static inline uint32_t scale(uint32_t src, uint32_t a)
{
    return div255((src >> 24) * a) << 24 | div255((src >> 16 & 255) * a) << 16 | div255((src >> 8 & 255) * a) << 8 |
           div255((src & 255) * a);
}

static uint32_t opacity_byte(float alpha)
{
    return alpha <= 0 ? 0 : alpha >= 1 ? 255 : (uint32_t)(alpha * 255 + 0.5f);
}

static bool canvas_check(const struct canvas *c)
{
    assert(c->px && c->w > 0 && c->h > 0 && c->stride >= c->w);
    assert(rect_empty(c->dirty) || rect_inside(c->dirty, (struct rect){0, 0, c->w, c->h}));
    return true;
}

/* Cuts r to the canvas and adds it to c->dirty. False: nothing of it is on the canvas. */
static bool clip_to_canvas(struct canvas *c, struct rect *r)
{
    assert(canvas_check(c));
    const int x0 = MAX(r->x, 0), y0 = MAX(r->y, 0), x1 = MIN(r->x + r->w, c->w), y1 = MIN(r->y + r->h, c->h);
    if (x0 >= x1 || y0 >= y1)
        return false;
    *r = (struct rect){x0, y0, x1 - x0, y1 - y0};
    c->dirty = rect_union(c->dirty, *r);
    return true;
}

/* Blends a row with shades that repeat every four pixels. Wide strokes spend their time here, so the compiler is told
 * to use vectors, which -O2 does not do for loops of unknown length. */
__attribute__((optimize("O3"))) static void blend_row(uint32_t *restrict row, int n, const uint32_t shade[4])
{
    const uint32_t s0 = shade[0], s1 = shade[1], s2 = shade[2], s3 = shade[3];
    int x = 0;
    for (; x + 4 <= n; x += 4) {
        blend_over(row + x, s0);
        blend_over(row + x + 1, s1);
        blend_over(row + x + 2, s2);
        blend_over(row + x + 3, s3);
    }
    for (; x < n; x++)
        blend_over(row + x, shade[x & 3]);
}

void paint_fill(struct canvas *c, struct rect r, uint32_t rgb, float alpha)
{
    const uint32_t a = opacity_byte(alpha);
    if (a == 0 || !clip_to_canvas(c, &r))
        return;
    const uint32_t src = premultiply(rgb, a), shade[4] = {src, src, src, src};
    for (int y = r.y; y < r.y + r.h; y++)
        blend_row(c->px + (size_t)y * c->stride + r.x, r.w, shade);
}

/* 4x4 ordered dither, in 16ths of one step of alpha. */
static const uint8_t bayer[4][4] = {{0, 8, 2, 10}, {12, 4, 14, 6}, {3, 11, 1, 9}, {15, 7, 13, 5}};

void paint_gradient(struct canvas *c, struct rect r, uint32_t rgb, float a0, float a1)
{
    const struct rect whole = r;
    if (whole.h <= 0 || !clip_to_canvas(c, &r))
        return;
    for (int y = r.y; y < r.y + r.h; y++) {
        const float t = ((float)(y - whole.y) + 0.5f) / (float)whole.h;
        const float a = (a0 + (a1 - a0) * t * t * (3 - 2 * t)) * 255;
        uint32_t shade[4];
        for (int i = 0; i < 4; i++)
            shade[i] = premultiply(rgb, (uint32_t)CLAMP((int)(a + (float)bayer[y & 3][i] / 16), 0, 255));
        blend_row(c->px + (size_t)y * c->stride + r.x, r.w, shade);
    }
}

void paint_glow(struct canvas *c, struct rect r, uint32_t rgb, float alpha)
{
    const struct rect whole = r;
    if (alpha <= 0 || whole.w <= 0 || whole.h <= 0 || !clip_to_canvas(c, &r))
        return;
    for (int y = r.y; y < r.y + r.h; y++) {
        const float v = ((float)(y - whole.y) + 0.5f) * 2 / (float)whole.h - 1;
        uint32_t *row = c->px + (size_t)y * c->stride;
        for (int x = r.x; x < r.x + r.w; x++) {
            const float u = ((float)(x - whole.x) + 0.5f) * 2 / (float)whole.w - 1;
            const float d = 1 - (u * u + v * v);
            if (d > 0)
                blend_over(row + x,
                           premultiply(rgb, (uint32_t)(d * d * alpha * 255 + (float)bayer[y & 3][x & 3] / 16)));
        }
    }
}

void paint_line(struct canvas *c, struct rect r, int soft, uint32_t rgb, float alpha)
{
    const struct rect whole = r;
    if (alpha <= 0 || !clip_to_canvas(c, &r))
        return;
    for (int x = r.x; x < r.x + r.w; x++) {
        const int edge = MIN(x - whole.x + 1, whole.x + whole.w - x);
        const float fade = soft > 0 && edge < soft ? (float)edge / (float)soft : 1;
        const uint32_t src = premultiply(rgb, opacity_byte(alpha * fade));
        for (int y = r.y; y < r.y + r.h; y++)
            blend_over(c->px + (size_t)y * c->stride + x, src);
    }
}

void paint_ring(struct canvas *c, const struct paint_ring *g, uint32_t rgb, float alpha)
{
    const float outer = g->radius + g->width / 2 + 1;
    struct rect r = {(int)(g->x - outer), (int)(g->y - outer), (int)(2 * outer) + 2, (int)(2 * outer) + 2};
    if (alpha <= 0 || !clip_to_canvas(c, &r))
        return;
    for (int y = r.y; y < r.y + r.h; y++) {
        for (int x = r.x; x < r.x + r.w; x++) {
            const float dx = (float)x + 0.5f - g->x, dy = (float)y + 0.5f - g->y;
            const float cover = g->width / 2 + 0.5f - fabsf(sqrtf(dx * dx + dy * dy) - g->radius);
            if (cover <= 0)
                continue;
            float turn = atan2f(dx, -dy) / (2 * (float)G_PI);
            turn += turn < 0 ? 1 : 0;
            if (turn >= g->from && turn <= g->to)
                blend_over(c->px + (size_t)y * c->stride + x, premultiply(rgb, opacity_byte(MIN(cover, 1) * alpha)));
        }
    }
}

void paint_mask(struct canvas *c, const struct paint_mask *m, int px, int py, uint32_t rgb, float alpha)
{
    const uint32_t a = opacity_byte(alpha);
    struct rect r = {px, py, m->w, m->h};
    assert(m->stride >= m->w);
    if (a == 0 || !m->alpha || !clip_to_canvas(c, &r))
        return;
    for (int y = r.y; y < r.y + r.h; y++) {
        const uint8_t *in = m->alpha + (size_t)(y - py) * m->stride + (r.x - px);
        uint32_t *row = c->px + (size_t)y * c->stride + r.x;
        for (int x = 0; x < r.w; x++)
            if (in[x])
                blend_over(row + x, premultiply(rgb, div255(in[x] * a)));
    }
}

void paint_image(struct canvas *c, const struct paint_image *m, int px, int py, float alpha)
{
    const uint32_t a = opacity_byte(alpha);
    struct rect r = {px, py, m->w, m->h};
    assert(m->stride >= m->w);
    if (a == 0 || !m->px || !clip_to_canvas(c, &r))
        return;
    for (int y = r.y; y < r.y + r.h; y++) {
        const uint32_t *in = m->px + (size_t)(y - py) * m->stride + (r.x - px);
        uint32_t *row = c->px + (size_t)y * c->stride + r.x;
        for (int x = 0; x < r.w; x++)
            if (in[x] >> 24)
                blend_over(row + x, a == 255 ? in[x] : scale(in[x], a));
    }
}

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
    uint32_t rb = (rgb & 0xff00ff) * a + 0x800080, g = ((rgb >> 8) & 0xff) * a + 0x80;
    rb = ((rb + ((rb >> 8) & 0xff00ff)) >> 8) & 0xff00ff;
    g = (g + (g >> 8)) & 0xff00;
    return a << 24 | rb | g;
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

/* ---- rows ---- */

/* Wide strokes spend their time in the loops below. There is no branch in them, so that the compiler can use vectors,
 * which -O2 does not do for loops of unknown length. */
#define INLINE static inline __attribute__((always_inline))
enum { SPAN = 64 };

INLINE void blend_pixels(uint32_t *restrict row, const uint32_t *restrict src, int n)
{
    for (int x = 0; x < n; x++)
        blend_over(row + x, src[x]);
}

/* Shades that repeat every four pixels. */
struct pattern {
    uint32_t shade[SPAN];
};

static struct pattern repeat(const uint32_t shade[4])
{
    struct pattern p;
    for (int i = 0; i < SPAN; i++)
        p.shade[i] = shade[i % 4];
    return p;
}

INLINE void blend_pattern(uint32_t *row, int n, const struct pattern *p)
{
    for (int x = 0; x < n; x += SPAN)
        blend_pixels(row + x, p->shade, MIN(n - x, SPAN));
}

/* One row of a glow: how far a pixel is from the middle, in halves of the ellipse's height and width. */
struct glow {
    uint32_t rgb;
    float alpha, v2; /* v2: the square of the distance across rows */
    float x, w;      /* where the row begins in the ellipse, and the width of that */
    float dither[4];
};

INLINE void blend_glow(uint32_t *row, int n, const struct glow *g)
{
    const struct glow same = *g;
    uint32_t src[SPAN];
    float dither[SPAN];
    for (int i = 0; i < SPAN; i++)
        dither[i] = same.dither[i % 4];
    for (int x = 0; x < n; x += SPAN) {
        const int many = MIN(n - x, SPAN);
        for (int i = 0; i < many; i++) {
            const float u = (same.x + (float)(x + i) + 0.5f) * 2 / same.w - 1, d = 1 - (u * u + same.v2);
            const float in = (d + fabsf(d)) / 2; /* 0 outside */
            src[i] = premultiply(same.rgb, (uint32_t)(int32_t)(in * in * same.alpha * 255 + dither[i]));
        }
        blend_pixels(row + x, src, many);
    }
}

struct ink {
    uint32_t rgb, a;
};

INLINE void blend_mask(uint32_t *restrict row, int n, const uint8_t *restrict in, const struct ink *ink)
{
    const struct ink same = *ink;
    for (int x = 0; x < n; x++)
        blend_over(row + x, premultiply(same.rgb, div255(in[x] * same.a)));
}

/* One of the four, as the pointers say. */
struct stroke {
    const struct pattern *pattern;
    const struct glow *glow;
    const struct ink *ink;
    const uint8_t *mask;
};

INLINE void blend_stroke(uint32_t *row, int n, const struct stroke *s)
{
    if (s->pattern)
        blend_pattern(row, n, s->pattern);
    else if (s->glow)
        blend_glow(row, n, s->glow);
    else
        blend_mask(row, n, s->mask, s->ink);
}

__attribute__((optimize("O3"))) static void stroke_anywhere(uint32_t *row, int n, const struct stroke *s)
{
    blend_stroke(row, n, s);
}

#ifdef __x86_64__
__attribute__((optimize("O3"), target("avx2"))) static void stroke_avx2(uint32_t *row, int n, const struct stroke *s)
{
    blend_stroke(row, n, s);
}
#endif

static void stroke_row(uint32_t *row, int n, const struct stroke *s)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2")) {
        stroke_avx2(row, n, s);
        return;
    }
#endif
    stroke_anywhere(row, n, s);
}

/* ---- strokes ---- */

void paint_fill(struct canvas *c, struct rect r, uint32_t rgb, float alpha)
{
    const uint32_t a = opacity_byte(alpha);
    if (a == 0 || !clip_to_canvas(c, &r))
        return;
    const uint32_t src = premultiply(rgb, a);
    const struct pattern p = repeat((const uint32_t[]){src, src, src, src});
    for (int y = r.y; y < r.y + r.h; y++)
        stroke_row(c->px + (size_t)y * c->stride + r.x, r.w, &(struct stroke){.pattern = &p});
}

/* 4x4 ordered dither, in 16ths of one step of alpha. */
static const uint8_t bayer[4][4] = {{0, 8, 2, 10}, {12, 4, 14, 6}, {3, 11, 1, 9}, {15, 7, 13, 5}};

static uint32_t dithered(uint32_t rgb, float alpha, int x, int y)
{
    return premultiply(rgb, (uint32_t)CLAMP((int)(alpha * 255 + (float)bayer[y & 3][x & 3] / 16), 0, 255));
}

/* The opacity at `t`, 0..1, of the way from a0 to a1. */
static float soft_between(float a0, float a1, float t)
{
    return a0 + (a1 - a0) * t * t * (3 - 2 * t);
}

void paint_gradient(struct canvas *c, struct rect r, uint32_t rgb, float a0, float a1)
{
    const struct rect whole = r;
    if (whole.h <= 0 || !clip_to_canvas(c, &r))
        return;
    for (int y = r.y; y < r.y + r.h; y++) {
        const float t = ((float)(y - whole.y) + 0.5f) / (float)whole.h;
        const float a = soft_between(a0, a1, t);
        uint32_t shade[4];
        for (int i = 0; i < 4; i++)
            shade[i] = dithered(rgb, a, i, y);
        const struct pattern p = repeat(shade);
        stroke_row(c->px + (size_t)y * c->stride + r.x, r.w, &(struct stroke){.pattern = &p});
    }
}

void paint_gradient_across(struct canvas *c, struct rect r, uint32_t rgb, float a0, float a1)
{
    const struct rect whole = r;
    if (whole.w <= 0 || !clip_to_canvas(c, &r))
        return;
    for (int x = r.x; x < r.x + r.w; x++) {
        const float a = soft_between(a0, a1, ((float)(x - whole.x) + 0.5f) / (float)whole.w);
        uint32_t shade[4];
        for (int i = 0; i < 4; i++)
            shade[i] = dithered(rgb, a, x, i);
        for (int y = r.y; y < r.y + r.h; y++)
            blend_over(c->px + (size_t)y * c->stride + x, shade[y & 3]);
    }
}

void paint_glow(struct canvas *c, struct rect r, uint32_t rgb, float alpha)
{
    const struct rect whole = r;
    if (alpha <= 0 || whole.w <= 0 || whole.h <= 0 || !clip_to_canvas(c, &r))
        return;
    for (int y = r.y; y < r.y + r.h; y++) {
        const float v = ((float)(y - whole.y) + 0.5f) * 2 / (float)whole.h - 1;
        struct glow g = {rgb, alpha, v * v, (float)(r.x - whole.x), (float)whole.w, {0}};
        for (int i = 0; i < 4; i++)
            g.dither[i] = (float)bayer[y & 3][(r.x + i) & 3] / 16;
        stroke_row(c->px + (size_t)y * c->stride + r.x, r.w, &(struct stroke){.glow = &g});
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
    const struct ink ink = {rgb, a};
    struct rect r = {px, py, m->w, m->h};
    assert(m->stride >= m->w);
    if (a == 0 || !m->alpha || !clip_to_canvas(c, &r))
        return;
    for (int y = r.y; y < r.y + r.h; y++) {
        const uint8_t *in = m->alpha + (size_t)(y - py) * m->stride + (r.x - px);
        stroke_row(c->px + (size_t)y * c->stride + r.x, r.w, &(struct stroke){.mask = in, .ink = &ink});
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

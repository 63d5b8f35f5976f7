/*
 * paint: the few strokes that overlays are made of, on 32-bit pixels in memory.
 *
 * A canvas is borrowed memory of premultiplied 0xAARRGGBB words (BGRX or BGRA bytes on little-endian machines). Every
 * stroke is blended "over", alpha included, so the same strokes work on an opaque picture and on an empty,
 * transparent layer. All coordinates are pixels, and all strokes are clipped. Any thread, no allocation. The cost is
 * the pixels touched; the canvas remembers their bounding box in `dirty`.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "present/rect.h"

struct canvas {
    uint32_t *px;
    int w, h;          /* both > 0 */
    int stride;        /* words a row, at least w */
    struct rect dirty; /* what was touched since the caller last emptied it */
};

/* Colours are 0xRRGGBB; their opacity is given separately, 0..1. */
void paint_fill(struct canvas *c, struct rect r, uint32_t rgb, float alpha);

/* Opacity runs from a0 at the top to a1 at the bottom along a soft S-curve, dithered so that no bands show. */
void paint_gradient(struct canvas *c, struct rect r, uint32_t rgb, float a0, float a1);

/* The same from a0 on the left to a1 on the right. */
void paint_gradient_across(struct canvas *c, struct rect r, uint32_t rgb, float a0, float a1);

/* Light: an ellipse around the middle of `r` that fades to nothing at its edge. */
void paint_glow(struct canvas *c, struct rect r, uint32_t rgb, float alpha);

/* A horizontal line whose ends fade out over `soft` pixels. */
void paint_line(struct canvas *c, struct rect r, int soft, uint32_t rgb, float alpha);

/* The outline of a circle, `width` pixels wide, between two angles: in turns, clockwise from the top; 0..1 is all of
 * it. */
struct paint_ring {
    float x, y, radius, width, from, to;
};
void paint_ring(struct canvas *c, const struct paint_ring *ring, uint32_t rgb, float alpha);

/* 8-bit coverage of w x h pixels, `stride` bytes a row (at least w), drawn in one colour. */
struct paint_mask {
    const uint8_t *alpha;
    int w, h, stride;
};
void paint_mask(struct canvas *c, const struct paint_mask *m, int x, int y, uint32_t rgb, float alpha);

/* Premultiplied BGRA pixels. */
struct paint_image {
    const uint32_t *px;
    int w, h, stride; /* stride in words, at least w */
};
void paint_image(struct canvas *c, const struct paint_image *m, int x, int y, float alpha);

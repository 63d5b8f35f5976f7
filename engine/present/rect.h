/*
 * rect: rectangles of whole pixels. Pure arithmetic; a rect with w or h <= 0 is empty.
 */
#pragma once

#include <stdbool.h>

struct rect {
    int x, y, w, h;
};

static inline bool rect_empty(struct rect a)
{
    return a.w <= 0 || a.h <= 0;
}

static inline bool rect_has(struct rect a, int x, int y)
{
    return x >= a.x && x < a.x + a.w && y >= a.y && y < a.y + a.h;
}

static inline bool rect_meet(struct rect a, struct rect b)
{
    return !rect_empty(a) && !rect_empty(b) && a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

static inline bool rect_inside(struct rect in, struct rect out)
{
    return in.x >= out.x && in.y >= out.y && in.x + in.w <= out.x + out.w && in.y + in.h <= out.y + out.h;
}

static inline bool rect_equal(struct rect a, struct rect b)
{
    return a.x == b.x && a.y == b.y && a.w == b.w && a.h == b.h;
}

/* The smallest rectangle that holds both; an empty one adds nothing. */
static inline struct rect rect_union(struct rect a, struct rect b)
{
    if (rect_empty(a))
        return b;
    if (rect_empty(b))
        return a;
    const int x = a.x < b.x ? a.x : b.x, y = a.y < b.y ? a.y : b.y;
    const int r = a.x + a.w > b.x + b.w ? a.x + a.w : b.x + b.w, u = a.y + a.h > b.y + b.h ? a.y + a.h : b.y + b.h;
    return (struct rect){x, y, r - x, u - y};
}

static inline struct rect rect_inset(struct rect a, int dx, int dy)
{
    return (struct rect){a.x + dx, a.y + dy, a.w - 2 * dx, a.h - 2 * dy};
}

/*
 * frame_picture: a small picture on a panel or a page: a frame, scaled once into the room that it has.
 *
 * Main thread. It keeps the scaled pixels, and looks at the frame only while frame_picture_fit() runs.
 */
#pragma once

#include "present/paint.h"
#include "present/rect.h"

struct frame;

/* Zeroed: nothing. */
struct frame_picture {
    const struct frame *of; /* what it was made from; only compared */
    int w, h;               /* pixels */
    uint32_t *px;           /* opaque BGRA, owned; NULL: nothing */
};

/* The largest picture of the frame that w x h pixels have room for. Does nothing if it is that already. */
void frame_picture_fit(struct frame_picture *p, const struct frame *f, int w, int h);
/* In the middle of `room`. */
void frame_picture_draw(const struct frame_picture *p, struct canvas *c, struct rect room, float alpha);
void frame_picture_drop(struct frame_picture *p);

/*
 * subs_painter: libass draws what a track shows at a moment. Private to media.
 *
 * One thread. The first picture asks fontconfig for the fonts, which can take a second; a picture can take as long as
 * its events are heavy (media/subs_cost.h), and cannot be interrupted.
 */
#pragma once

#include "media/subs_track.h"

struct subs_painter;

/* The track is borrowed until subs_painter_free(). NULL: libass does not start. */
struct subs_painter *subs_painter_new(struct subs_track *t);
void subs_painter_free(struct subs_painter *p); /* accepts NULL */

/* What is shown during a moment; or, if that is animated, at one time of it. Immutable, so any thread may read it. */
struct subs_picture {
    gatomicrefcount refs;
    struct subs_view view;
    struct subs_moment moment;
    int64_t at_ms;
    GArray *images; /* struct subs_image; their bitmaps are in `bits` */
    uint8_t *bits;
};

/* Events that took too long are hidden from then on and counted. The caller's; subs_picture_unref() it. */
struct subs_picture *subs_painter_paint(struct subs_painter *p, int64_t ms, const struct subs_view *view);
struct subs_picture *subs_picture_ref(struct subs_picture *p);
void subs_picture_unref(struct subs_picture *p); /* accepts NULL */

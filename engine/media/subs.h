/*
 * subs: subtitles of one file (WebVTT, SRT, ASS/SSA), drawn by libass into bitmaps that present puts on the
 * picture.
 *
 * One thread at a time. Loading reads the whole file; subs_render() is cheap while the text does not change.
 * Fonts are found by fontconfig, the first rendering may take a while for that (do it before the film
 * starts).
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct subs;

/* NULL with *error set (the text names the file). Markup in SRT and WebVTT becomes italics, bold or nothing;
 * ASS files keep their own styles. */
struct subs *subs_load(const char *path, GError **error);
void subs_free(struct subs *s); /* accepts NULL */

/* One bitmap: draw rgba's colour through `alpha` (0..255, w x h, `stride` bytes a row) with its top left at
 * x, y. */
struct subs_image {
    int32_t x, y, w, h, stride;
    uint32_t rgba; /* 0xRRGGBBAA; AA is opacity, 255 opaque */
    const uint8_t *alpha;
};

struct subs_view {
    int w, h;     /* picture area in pixels; images lie inside it */
    int raise_px; /* move lines at the bottom up by this much (the panel's height) */
    float scale;  /* text size, 0: 1.0 */
};

/* The bitmaps to draw at `t_us` (media time of the node, back to front), valid until the next call on `s`. *n
 * is their number, 0 for none. *changed (may be NULL): false if they are the same as last time. */
const struct subs_image *subs_render(struct subs *s, int64_t t_us, const struct subs_view *view, int *n, bool *changed);

/* One event, in the file's order; i < subs_count(). */
struct subs_event {
    int64_t from_us, to_us; /* media time of the node */
    bool placed;            /* has a place of its own (\\pos, \\move): a raised panel does not move it */
};
struct subs_event subs_event_at(const struct subs *s, int i);

/* Number of events. */
int subs_count(const struct subs *s);

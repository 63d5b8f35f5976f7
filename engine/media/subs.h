/*
 * subs: the subtitles of one file (WebVTT, SRT, ASS/SSA), drawn by libass into bitmaps that present puts on the
 * picture.
 *
 * One thread at a time. Loading reads the whole file; subs_render() is cheap while the text does not change.
 * fontconfig finds the fonts, which can make the first rendering slow: do it before the film starts.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct subs;

/* NULL with *error set (the text names the file). Markup in SRT and WebVTT becomes italics or bold, or is dropped;
 * ASS files keep their own styles. Files that are not UTF-8 are read as Windows-1252. */
struct subs *subs_load(const char *path, GError **error);
void subs_free(struct subs *s); /* accepts NULL */

/* One bitmap: the colour of `rgba` is drawn through `alpha` (0..255, w x h, `stride` bytes a row) with its top left
 * corner at x, y of the view. */
struct subs_image {
    int32_t x, y, w, h, stride;
    uint32_t rgba; /* 0xRRGGBBAA; AA is the opacity, 255 is opaque */
    const uint8_t *alpha;
};

struct subs_view {
    int w, h;     /* area of the picture in pixels; images lie inside it */
    int raise_px; /* move lines in the lower half up by this much (the panel's height) */
    float scale;  /* of the text; 0: 1.0 */
};

/* The bitmaps to draw at media time `t_us` of the node, back to front, *n of them; valid until the next call on `s`.
 * *changed (may be NULL): false if they are the same as last time. */
const struct subs_image *subs_render(struct subs *s, int64_t t_us, const struct subs_view *view, int *n, bool *changed);

/* How many events the file has, and event i of them, in the file's order. */
int subs_count(const struct subs *s);
struct subs_event {
    int64_t from_us, to_us; /* media time of the node */
    bool placed;            /* it has a place of its own (\\pos, \\move), so a raised panel does not move it */
};
struct subs_event subs_event_at(const struct subs *s, int i);

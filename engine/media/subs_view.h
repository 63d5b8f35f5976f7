/*
 * subs_view: plain values about subtitles: how they are wanted, what is drawn, when they are shown.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* One bitmap: the colour of `rgba` is drawn through `alpha` (0..255, w x h, `stride` bytes a row) with its top left
 * corner at x, y of the view. It lies inside the view. */
struct subs_image {
    int32_t x, y, w, h, stride;
    uint32_t rgba; /* 0xRRGGBBAA; AA is the opacity, 255 is opaque */
    const uint8_t *alpha;
};

#define SUBS_SIDE_MAX 16384

/* How high the text of files without styles of their own is, as a part of the picture's height. */
#define SUBS_TEXT_SHARE (15.5 / 288)

/* How text is to look where the file says nothing of it. Zero: as this program would have it. */
enum subs_place {
    SUBS_BOTTOM,
    SUBS_HIGHER, /* above the lower fifth, where captions of the film's own stand */
    SUBS_TOP
};
enum subs_background { SUBS_OUTLINE, SUBS_BOX, SUBS_NO_BACKGROUND };

struct subs_look {
    const char *face; /* a family of fonts, interned (g_intern_string()); NULL: the system's sans-serif */
    enum subs_place place;
    enum subs_background background;
    bool over; /* in place of a file's own styles, too; what stands at a place of its own (signs) keeps them */
};

struct subs_view {
    int w, h;    /* area of the picture in pixels, at most SUBS_SIDE_MAX; images lie inside it */
    float scale; /* of text that `look` is for; 0: 1.0 */
    struct subs_look look;
};

bool subs_look_equal(const struct subs_look *a, const struct subs_look *b);
bool subs_view_equal(const struct subs_view *a, const struct subs_view *b);

struct subs_event {
    int64_t from_us, to_us; /* on the file's clock */
    bool placed;            /* it has a place of its own (\\pos, \\move), so a raised panel does not move it */
};

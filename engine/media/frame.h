/*
 * frame: one decoded picture on its way from a clip's thread to the screen.
 *
 * Move-only: whoever holds the pointer owns it, and passes it on or calls frame_free(). The planes belong to the
 * frame and live as long as it does; a row is `stride` bytes, which may be more than its pixels need. A frame may be
 * handed from thread to thread, one owner at a time, but never shared.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "media/orientation.h"

/* The clip's thread reduces every format that decoders have to one of these; 8 bits a sample. */
enum frame_format {
    FRAME_I420, /* planes Y, U, V; chroma has half the size in both directions */
    FRAME_NV12, /* planes Y and UV interleaved; chroma as above */
    FRAME_BGRA, /* one plane, premultiplied alpha: stills in full colour, or with transparency */
};

enum frame_matrix { FRAME_BT601, FRAME_BT709, FRAME_BT2020 };

struct frame {
    enum frame_format format;
    enum frame_matrix matrix;
    bool full_range;          /* 0..255 instead of 16..235 */
    struct orientation turn;  /* what makes the stored planes stand upright */
    int32_t width, height;    /* pixels, upright: after a quarter turn the planes are `height` wide and `width` high */
    int32_t sar_num, sar_den; /* sample aspect ratio, upright, both > 0; 1/1 for square pixels */
    const uint8_t *plane[3];
    int32_t stride[3]; /* bytes */
    int64_t index;     /* number of this frame in its segment, from 0 */
    int64_t at_smp;    /* when it is shown, in samples from the start of its segment */
    int64_t dur_smp;   /* how long it lasts as far as the file says, > 0; it stays until the next one comes */
    void *priv;        /* the owner of the planes; for media alone */
};

/* Accepts NULL. */
void frame_free(struct frame *f);

/* For asserts: there are as many planes as the format has, and a row holds the width of the picture. */
bool frame_check(const struct frame *f);

/* Size of the planes as they are stored, in pixels. */
void frame_stored_size(const struct frame *f, int32_t *width, int32_t *height);

/* Bytes that the planes occupy, which the deck's budget counts. */
int64_t frame_bytes(const struct frame *f);

/*
 * Turns, converts and scales the picture into `dst`: w x h pixels, upright, at `pitch` bytes a row, in memory order B, G, R, X
 * (SDL_PIXELFORMAT_RGB888 on little-endian machines). Scaling is bilinear; colours are exact but for rounding. `cache`
 * keeps memory between calls: start with a NULL pointer, use one per thread, end with frame_blitter_free(). Any thread.
 * False: w, h or pitch make no sense, or the conversion failed.
 */
struct frame_blitter;
bool frame_blit(struct frame_blitter **cache, const struct frame *f, uint8_t *dst, int w, int h, int pitch);
void frame_blitter_free(struct frame_blitter *cache); /* accepts NULL */

/* A copy with square pixels that fits into w x h pixels and is no larger than the frame: FRAME_BGRA, opaque, upright. The
 * caller frees it. NULL: the conversion failed. Any thread. */
struct frame *frame_small(const struct frame *f, int w, int h);

/* A copy of such pixels, without gaps between rows: FRAME_BGRA with square pixels. The caller frees it. NULL: no memory. */
struct frame *frame_of_pixels(const uint8_t *bgra, int w, int h);

/* Writes such pixels as a PNG file. False with the reason in *why (a static string). */
bool frame_write_png(const char *path, const uint8_t *bgrx, int w, int h, int pitch, const char **why);

/* Such pixels as a small JPEG file. The caller frees it. NULL: they cannot be encoded. */
GBytes *frame_jpeg(const uint8_t *bgrx, int w, int h, int pitch);

/* The pixels of a PNG with 8 bits a channel and transparency: rows of w x h pixels, in memory order R, G, B, A. The caller frees
 * them (g_free). NULL: it is another picture. Any thread. */
uint8_t *frame_png_pixels(const void *png, size_t size, int *w, int *h);

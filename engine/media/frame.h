/*
 * frame: one decoded picture on its way from a clip's thread to the screen.
 *
 * Move-only: whoever holds the pointer owns it, passes it on or calls frame_free(). Planes are borrowed from the
 * frame and live as long as it does; they may be hardware-aligned, so a row is `stride` bytes, not width. A frame
 * can be handed from thread to thread (one owner at a time), never shared.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* What the decoder's formats are reduced to before they leave the clip's thread; 8 bits a sample. */
enum frame_format {
    FRAME_I420, /* planes Y, U, V; chroma half in both directions */
    FRAME_NV12, /* planes Y, UV interleaved */
    FRAME_BGRA, /* one plane, premultiplied alpha; stills with transparency */
};

enum frame_matrix { FRAME_BT601, FRAME_BT709, FRAME_BT2020 };

struct frame {
    enum frame_format format;
    enum frame_matrix matrix;
    bool full_range;
    int32_t width, height;    /* pixels stored */
    int32_t sar_num, sar_den; /* sample aspect ratio, both > 0; 1/1 for square pixels */
    const uint8_t *plane[3];
    int32_t stride[3]; /* bytes */
    int64_t index;     /* number of this frame in its segment, from 0 */
    int64_t at_smp;    /* when it is shown, in samples from the start of its segment */
    int64_t dur_smp;   /* how long it is shown */
    void *priv;        /* the owner of the planes; media only */
};

/* Accepts NULL. */
void frame_free(struct frame *f);

/* Bytes that the planes occupy; what the deck's budget counts. */
int64_t frame_bytes(const struct frame *f);

/*
 * Converts and scales the picture into `dst`, a BGRX surface (SDL_PIXELFORMAT_RGB888 / ARGB8888 in memory order
 * B,G,R,X on little-endian) of w x h pixels at `pitch` bytes a row, bilinear where scaling is needed, colours exact but for
 * rounding. `cache` keeps memory between calls: start with a NULL pointer and
 * give it back to frame_blitter_free(). Any thread, one cache per thread. False: out of memory or an impossible size;
 * nothing was written.
 */
struct frame_blitter;
bool frame_blit(struct frame_blitter **cache, const struct frame *f, uint8_t *dst, int w, int h, int pitch);
void frame_blitter_free(struct frame_blitter *cache);

/* Writes BGRX pixels (see frame_blit) as a PNG file. False with errno-like text in *why (static string). */
bool frame_write_png(const char *path, const uint8_t *bgrx, int w, int h, int pitch, const char **why);

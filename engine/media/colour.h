/*
 * colour: what the numbers of a picture mean, as its file says it, and as mpv guesses where it says nothing.
 *
 * Plain values, and functions of their arguments alone; any thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "media/frame.h"

enum colour_transfer { COLOUR_STANDARD, COLOUR_PQ, COLOUR_HLG };
enum colour_gamut { COLOUR_BT709, COLOUR_BT2020, COLOUR_P3, COLOUR_ADOBE, COLOUR_PROPHOTO };

/* Primaries for which FFmpeg has no number, in the place of one (AVFrame's color_primaries). */
#define COLOUR_PRIMARIES_ADOBE    200
#define COLOUR_PRIMARIES_PROPHOTO 201 /* or ROMM RGB (ISO 22028-2), with its own curve */

struct colour {
    enum colour_transfer transfer;
    enum colour_gamut gamut;
    enum frame_matrix matrix; /* unknown: BT.709 from 1280 pixels of width or 577 of height on, else BT.601 */
    bool full_range;          /* unknown: limited, except in formats that are full by definition */
    int32_t peak_nits;        /* PQ: how bright the film gets, in cd/m², in steps of 100; 0: the file does not tell */
};

/* Of a decoded picture; `container_nits`: what the container says of its peak, where the picture says nothing. */
struct AVFrame;
struct colour colour_of_frame(const struct AVFrame *f, int32_t container_nits);

/* Of a stream, as far as its container tells. */
struct AVStream;
struct colour colour_of_stream(const struct AVStream *st);

/* Colours that no table of ours brings to the screen: they come out wrong, and `check` says so. */
enum colour_problem {
    COLOUR_FINE,
    COLOUR_DOLBY_VISION, /* profile 5 or 4: only a decoder of Dolby's can read it, no other picture is inside */
    COLOUR_ODD_MATRIX,   /* ICtCp, YCgCo, constant luminance … */
    COLOUR_ODD_PROFILE,  /* a still's profile, of a gamut or a curve that is far from all above, or of ink */
};
enum colour_problem colour_problem(const struct AVStream *st);

/* Is it shown by way of a tone_map? */
bool colour_needs_map(const struct colour *c);
bool colour_equal(const struct colour *a, const struct colour *b);

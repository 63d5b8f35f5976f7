/* frame_av: turns FFmpeg's pictures into frames. Private to media; the clip's thread. */
#pragma once

#include <libavutil/frame.h>
#include <stdbool.h>
#include <stdint.h>

#include "media/orientation.h"

struct frame;
struct tone_maps;

/* What conversions keep from one picture to the next. `maps` (may be NULL) must outlive it; `peak_nits`: what the container
 * says of the picture's peak, 0: nothing. */
struct frame_maker;
struct frame_maker *frame_maker_new(struct tone_maps *maps, int32_t peak_nits);
void frame_maker_free(struct frame_maker *k); /* accepts NULL */

/* Brings `f` into one of the formats of frame.h, without copying if it has one already. On the way two fields become one
 * moment (deinterlace.h), and high dynamic range and wide colours become BT.709 (tone_map.h). It is shown after `turn`.
 * Takes the content of `f`, also on failure. NULL: out of memory, or the format cannot be converted. The caller fills in
 * index, at_smp and dur_smp. */
struct frame *frame_maker_make(struct frame_maker *k, AVFrame *f, bool still, struct orientation turn);

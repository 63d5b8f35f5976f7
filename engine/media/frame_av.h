/* frame_av: turns FFmpeg's AVFrame into a frame. Private to media; the clip's thread. */
#pragma once

#include <libavutil/frame.h>
#include <stdbool.h>

#include "media/orientation.h"

struct frame;
struct SwsContext;

/* Reduces `f` to one of the formats of frame.h: without copying if it has one already, else with *sws, which is kept
 * for the next call and at the end given to sws_freeContext(). It is shown after `turn`. Takes the content of `f`, also
 * on failure. NULL: out of memory, or the format cannot be converted. The caller fills in index, at_smp and dur_smp. */
struct frame *frame_from_av(AVFrame *f, bool still, struct orientation turn, struct SwsContext **sws);

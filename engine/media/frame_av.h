/* frame_av: AVFrame to frame. Private to media; the clip's thread. */
#pragma once

#include <libavutil/frame.h>
#include <stdbool.h>

struct frame;
struct SwsContext;

/* Reduces `f` to one of frame.h's formats: without copying where it is one, else through *sws, which is kept for the
 * next call (sws_freeContext() it at the end). Takes f's content, also on failure (NULL: out of memory, or a format
 * that cannot be converted). index, at_smp, dur_smp are left 0. */
struct frame *frame_from_av(AVFrame *f, bool still, struct SwsContext **sws);

/* av_versions: what the versions of FFmpeg call differently, from 5.1, which Debian 12 has. Private to media. */
#pragma once

#include <libavutil/frame.h>
#include <libavutil/version.h>
#include <stdbool.h>
#include <stdint.h>

/* How long the file says that the frame lasts, in its time base; 0: it does not say. */
static inline int64_t av_versions_duration(const AVFrame *f)
{
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(57, 30, 100)
    return f->duration;
#else
    return f->pkt_duration;
#endif
}

/* Is it made of two fields, and is the upper one the earlier? */
static inline bool av_versions_interlaced(const AVFrame *f)
{
#ifdef AV_FRAME_FLAG_INTERLACED
    return (f->flags & AV_FRAME_FLAG_INTERLACED) != 0;
#else
    return f->interlaced_frame != 0;
#endif
}

static inline bool av_versions_top_first(const AVFrame *f)
{
#ifdef AV_FRAME_FLAG_TOP_FIELD_FIRST
    return (f->flags & AV_FRAME_FLAG_TOP_FIELD_FIRST) != 0;
#else
    return f->top_field_first != 0;
#endif
}

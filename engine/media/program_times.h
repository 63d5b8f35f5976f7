/*
 * program_times: when the pictures of an MPEG program stream are decoded, behind a seek. Private to media; any thread, one at
 * a time.
 *
 * Such a stream tells the time of only some pictures, which are those whose packets have a position (AVPacket's `pos`). FFmpeg
 * counts on from them. Behind a seek it goes wrong: the rest of a picture that began before comes first, takes the time
 * that was told for the next one, and all that follow are up to some pictures off until a time is told again.
 */
#pragma once

#include <libavcodec/packet.h>
#include <stdbool.h>
#include <stdint.h>

/* Plain value; zero: FFmpeg's own times are right. */
struct program_times {
    bool counts, first; /* behind a seek; the next packet is the first there */
    bool told;          /* the two below belong to the next packet, as the file says */
    int64_t dts, pts;   /* of the next packet; AV_NOPTS_VALUE: not known */
};

/* A seek: the next packet may be the rest of a picture. */
void program_times_seek(struct program_times *t);

/* Gives the packet, the next one of MPEG-1 or MPEG-2 video, its time. False: it holds no picture. */
bool program_times_settle(struct program_times *t, AVPacket *p);

/* film_packets: what film_writer asks of film_copy. Private to media. */
#pragma once

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <stdbool.h>

struct film_copy;

/* Of the stream that all parts together make; borrowed. */
const AVCodecParameters *film_copy_parameters(const struct film_copy *c);
AVRational film_copy_rate(const struct film_copy *c);

/* Begins to read a part. False: its file cannot be read any more. */
bool film_copy_begin(struct film_copy *c, int part);
/* The part's next packet in the order of decoding, the caller's; its times, in samples at FILM_RATE from the part's beginning, in
 * pts, dts and duration. NULL: that was all. */
AVPacket *film_copy_next(struct film_copy *c);

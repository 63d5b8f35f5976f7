/*
 * picture: one video stream or still, decoded to the frames of one segment. Private to media; the clip's thread.
 *
 * Frames come in order, cut to the range, numbered and timed from the segment's start (see clip.h "Timeline").
 */
#pragma once

#include <glib.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct frame;
struct hardware;
struct picture_decoder;
struct source;

struct picture_decoder_range {
    int64_t from_us, to_us; /* see clip_spec; <= 0: none */
    int64_t length_smp;     /* given by for_us; US_NONE: take it from the range */
    int64_t start_smp;
};

/* NULL with *error. `src` and `hw` (may be NULL) must outlive the picture; `stop` ends decoding early. */
struct picture_decoder *picture_decoder_open(struct source *src, int stream, const struct picture_decoder_range *range,
                                             struct hardware *hw, const atomic_bool *stop, GError **error);
void picture_decoder_close(struct picture_decoder *p); /* accepts NULL */

/* The file's own clock, in us, at which the first wanted frame is shown: where to seek to. */
int64_t picture_decoder_target_us(const struct picture_decoder *p);

/* The same of the file's first picture (time 0 of the file), and where the segment starts after it, in samples. */
int64_t picture_decoder_zero_smp(const struct picture_decoder *p);
int64_t picture_decoder_from_smp(const struct picture_decoder *p);

/* Call after seeking and before the first picture_decoder_next(): skips what need not be decoded. */
void picture_decoder_begin(struct picture_decoder *p);

/* Next frame, the caller's; NULL: the end (or stopped). One call decodes until one frame is there. */
struct frame *picture_decoder_next(struct picture_decoder *p);

/* US_NONE while unknown. */
int64_t picture_decoder_length_smp(const struct picture_decoder *p);

struct picture_decoder_facts {
    int32_t width, height;
    int64_t decoded, discarded, damaged;
    int64_t shown_end_smp; /* end of the last frame given out */
    int64_t decoder_bytes; /* estimate */
    bool hardware;         /* the last frame came from the device */
};
void picture_decoder_facts(const struct picture_decoder *p, struct picture_decoder_facts *out);

/* Frames a second as the segment counts them; 0/1: off every grid. For probe. */
struct AVStream;
bool picture_decoder_rate(const struct AVStream *st, int32_t *num, int32_t *den);

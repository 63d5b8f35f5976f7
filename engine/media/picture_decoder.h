/*
 * picture_decoder: decodes one video stream or still to the frames of one segment. Private to media; the clip's thread.
 *
 * Order: picture_decoder_open(), seek the source to picture_decoder_target_us(), picture_decoder_begin(), then
 * picture_decoder_next() until it returns NULL. Frames come in order, cut to the range, numbered and timed from the
 * segment's start (see clip.h, "Timeline").
 */
#pragma once

#include <glib.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "media/orientation.h"

struct frame;
struct media;
struct picture_decoder;
struct source;

struct picture_decoder_range {
    int64_t from_us, to_us; /* see clip_spec; <= 0: none */
    int64_t length_smp;     /* as clip_spec.for_us gives it; US_NONE: take it from the range */
    int64_t start_smp;
    int64_t lead_smp; /* how much later than the file's beginning its first picture is shown */
};

/* NULL with *error. `src` and `m` (may be NULL) must outlive the decoder. Decoding ends early once *stop is true. */
struct picture_decoder *picture_decoder_open(struct source *src, int stream, const struct picture_decoder_range *range,
                                             const struct media *m, const atomic_bool *stop, GError **error);
void picture_decoder_close(struct picture_decoder *p); /* accepts NULL */

/* Where to seek to: the time of the first wanted frame, in us of the file's own clock. INT64_MIN: to the start. */
int64_t picture_decoder_target_us(const struct picture_decoder *p);

/* When the file's first picture is shown, in samples of the file's own clock; and how much later than the file's
 * beginning the segment starts. */
int64_t picture_decoder_first_smp(const struct picture_decoder *p);
int64_t picture_decoder_from_smp(const struct picture_decoder *p);

/* Call after seeking and before the first picture_decoder_next(): skips packets that need not be decoded. */
void picture_decoder_begin(struct picture_decoder *p);

/* The next frame, which the caller owns. Decodes until one is complete. NULL: the end, or *stop. */
struct frame *picture_decoder_next(struct picture_decoder *p);

/* Length of the segment as the range declares it; US_NONE: it goes on to the end of the file. */
int64_t picture_decoder_length_smp(const struct picture_decoder *p);

/* Position in the segment at which the file's last picture ends; US_NONE until all packets have been read. A picture
 * whose end the file does not tell lasts one period of the nominal rate. May be negative. */
int64_t picture_decoder_end_smp(const struct picture_decoder *p);

struct picture_decoder_facts {
    int32_t width, height;
    int64_t decoded, discarded, damaged;
    int64_t missing;      /* frames whose packets were there, between frames that were decoded */
    int64_t last_end_smp; /* position at which the last frame that was given out ends, if it lasts as long as it says */
    bool complete;        /* that is the last frame of the segment or of the file: it stays until the segment ends */
    int64_t decoder_bytes; /* estimate */
    bool hardware;         /* the last frame came from the device */
    const char *refused;   /* why a picture was left out; NULL: none was, see media_limits.h */
};
void picture_decoder_facts(const struct picture_decoder *p, struct picture_decoder_facts *out);

/* The stream's frames per second, num/den. False: they do not lie on a grid of that rate. */
struct AVStream;
bool picture_decoder_rate(const struct AVStream *st, int32_t *num, int32_t *den);

/* The turn that the container asks for. *exact (may be NULL): false if that is no multiple of a quarter turn. */
struct orientation picture_decoder_turn(const struct AVStream *st, bool *exact);

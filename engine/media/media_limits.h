/*
 * media_limits: how much a file from a stranger may take, before and while FFmpeg's code works on it. Private to media;
 * any thread.
 *
 * The size of a picture is looked at before anything is decoded: in the container's header, in a still's own
 * (still_size.h), and by every decoder, also by those that FFmpeg opens itself to find out what a stream holds. Those
 * work one beside the other in many threads, so what they may decode at once is counted over the whole process, as
 * memory is the process's, too. A message about a limit names the file, the limit and the remedy.
 */
#pragma once

#include <glib.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define MEDIA_MAX_PIXELS      ((int64_t)8192 * 4608)     /* of one picture */
#define MEDIA_MAX_DECODED     (MEDIA_MAX_PIXELS / 8 * 9) /* the same with what decoders round up */
#define MEDIA_MAX_SCANS       500                        /* of a JPEG; programs write ten, some of them a hundred */
#define MEDIA_MAX_SAMPLES     (INT64_C(1) << 20)         /* of one packet of sound, in each channel */
#define MEDIA_MAX_ALLOC_BYTES (UINT64_C(320) << 20) /* of one piece of FFmpeg's memory: such a picture in 16 bits */
#define MEDIA_MAX_OPEN_BYTES  (INT64_C(256) << 20)  /* read until a file is open; five hours of MP4 take 50 MB */
#define MEDIA_MAX_STILL_BYTES (INT64_C(128) << 20)  /* of a picture's file, which is read whole, and copied twice */
#define MEDIA_MAX_OPEN_US     (INT64_C(20) * 1000 * 1000) /* of processor time until then; those take 0.2 s */
#define MEDIA_MAX_EDITS       1000                        /* of a track of MP4; a film that was cut has some ten */
#define MEDIA_MAX_INDEX       INT64_C(10000000)           /* packets in a file's tables, 24 bytes each; a day of film */
#define MEDIA_MAX_AT_ONCE     (4 * MEDIA_MAX_DECODED)     /* of pictures in files that are being opened, or analysed */

/* Limits FFmpeg's memory. Call it before a file is opened; calling it again costs nothing. */
void media_limits_begin(void);

/* False with *error if a picture of that size is too large. */
bool media_limits_picture(const char *name, int64_t width, int64_t height, GError **error);

/* For a decoder that we open. */
void media_limits_decoder(AVCodecContext *dec);

/* Why a decoder, opened with `par`, has refused a picture in the stream: it is too large. NULL: not for that. Ask after it has
 * failed. Static, as is what follows. */
const char *media_limits_refused(const AVCodecContext *dec, const AVCodecParameters *par);

/* Why a packet must not reach that decoder; NULL: it may. Compressed texts in a PNG, of which 1 MB unpacks to 1 GB, are hidden
 * from the decoder, which keeps them all. */
const char *media_limits_packet(const AVCodecContext *dec, AVPacket *pkt);

/* Hides the same in the headers of all streams. Before a decoder is opened. */
void media_limits_headers(const AVFormatContext *fmt);

/* For the decoders that avformat_find_stream_info() opens: an array of a dictionary for each stream that `fmt` has now.
 * The stream `film` (-1: none) may decode the largest picture, all others together as much again. `still`: pixels of a
 * still, as its own header tells them, or 0. *pixels: what all may decode. */
AVDictionary **media_limits_streams(const AVFormatContext *fmt, int film, int64_t still, int64_t *pixels);
void media_limits_streams_free(AVDictionary **options, unsigned n);

/* Waits until so many more pixels may be decoded in this process; what is too large for that waits until it is alone.
 * False: *stop became true (may be NULL), and nothing is to be given back. */
bool media_limits_enter(int64_t pixels, const atomic_bool *stop);
void media_limits_leave(int64_t pixels);

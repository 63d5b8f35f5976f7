/*
 * source: the packets that one clip reads from one file, in one queue per stream. Private to media.
 *
 * One thread at a time uses it, the clip's. It has a demuxer from `media`, which it can lend to other clips while it
 * needs no packets (source_lend()). When it reads again it borrows one, and goes on behind the last packet that it
 * has read.
 */
#pragma once

#include <glib.h>
#include <libavformat/avformat.h>
#include <stdbool.h>
#include <stdint.h>

#include "media/demuxer.h"
#include "media/media_pool.h"
#include "media/orientation.h"
#include "media/stream_choice.h"

struct source;

/* How many bytes may wait undecoded while packets of the other stream are looked for. Beyond that the other stream
 * counts as ended: a file whose sound lies that far from its picture is broken. */
#define SOURCE_MAX_BYTES (INT64_C(64) << 20)

/* `path` may be one of base/beneath.h. With an idle demuxer of the same unchanged file from `m`, or with one that is opened now (always if `m` is NULL).
 * `user` is copied; what it points to must live until source_close(). NULL with *error; the text names the file. */
struct source *source_open(struct media *m, const char *path, const struct media_user *user, GError **error);

/* Gives the demuxer back for reuse if it is fit for that. Accepts NULL. */
void source_close(struct source *s);

/* If opening this file again would be costly, lends the demuxer to others until the next packet is read; until then
 * source_format() must not be called. */
void source_lend(struct source *s);

/* For messages: without the mark of base/beneath.h. Valid until source_close(). */
const char *source_path(const struct source *s);

AVFormatContext *source_format(const struct source *s); /* NULL: the file could not be opened again */
bool source_is_still(const struct source *s);

/* How a still is turned, as its own bytes say; `p` is its packet. */
struct orientation source_still_turn(const struct source *s, const AVPacket *p);

/* All streams, *n of them; g_free() it. */
struct stream_facts *source_facts(const struct source *s, int *n);
/* The streams of the picture, of the sound, and of the text to show where that sound is heard, or -1: see stream_choice.h.
 * The sound's `wish` may be NULL. */
int source_picture(const struct source *s);
int source_sound(const struct source *s, const struct stream_wish *wish);
int source_text(const struct source *s, const struct stream_wish *wish, bool full);

/* Which streams are read; packets of all others are skipped while demuxing, and those already read are dropped. -1 for
 * none. */
void source_choose(struct source *s, int picture, int sound);

/* What was chosen. False: the demuxer is lent or lost, so source_format() must not be called. */
bool source_chosen(const struct source *s, int *picture, int *sound);

/* The time stamp in the file, in the stream's time base, of the first picture that is shown, or of the first packet of
 * sound, and in *skip (may be NULL) the samples to skip there: priming, and what an edit list leaves out. The stream is
 * chosen. May read the first packets, so call it before anything else is read. AV_NOPTS_VALUE: there are no packets. */
int64_t source_first_pts(struct source *s, int stream, int64_t *skip);

/* How much later than the file's beginning the first picture is shown, in samples at FILM_RATE. A file begins with the
 * first of what it shows and sounds; both streams are chosen. Sound that leads by no more than SOURCE_APART_US is
 * priming, or a muxer's rounding: then the file begins with the picture. -1 for a stream that is not there. */
#define SOURCE_APART_US 100000
int64_t source_lead_smp(struct source *s, int picture, int sound);

/* The file is shorter than its structure or its tables say; the streams that are read are chosen. */
bool source_lacks_end(const struct source *s);
/* It does not say where it ends. */
bool source_ends_untold(const struct source *s);

/* The file is made of parts, each with a clock of its own; they are read as one film. Reads some of it and leaves it anywhere:
 * seek before reading on. */
bool source_restarts(struct source *s);

/* How much longer than its headers say the file is, in us. */
int64_t source_untold_us(const struct source *s);

/* MP4: it has an edit list, which is followed. */
bool source_is_edited(const struct source *s);

/* The times in its tables can't be true; packets get even ones. The streams that are read are chosen. */
bool source_times_lie(const struct source *s);

/* The demuxer has been used before and does not stand at the start of the file: seek before reading. */
bool source_must_seek(const struct source *s);

/* Goes to the last point from which every chosen stream can be decoded by time `at_us` of the file's own clock, the
 * sound `preroll_us` earlier. To the very start if at_us is INT64_MIN. False: the file cannot be read any more. */
bool source_seek(struct source *s, int64_t at_us, int64_t preroll_us);

/* Drops the picture's packets before the last key frame from which the picture on show at `pts` can be decoded. Returns
 * that picture's time stamp; AV_NOPTS_VALUE: none of the packets that follow is shown by then. */
int64_t source_skip_to_key(struct source *s, int stream, int64_t pts);

/* The next packet of a chosen stream, which the caller owns; NULL: the end, or *stop. */
AVPacket *source_next(struct source *s, int stream);

/* The same of whichever chosen stream has one; about in the order of the file. */
AVPacket *source_next_any(struct source *s);

/* Reads ahead until one more packet is in its queue. Time stamps that lie (packet_clock.h) have been mended there, and
 * the source counts as damaged. False: the end, or *stop. */
bool source_read_ahead(struct source *s);

bool source_at_eof(const struct source *s);
bool source_damaged(const struct source *s);
int64_t source_bytes(const struct source *s); /* waiting in the queues */

/* The greatest time stamp seen so far in a stream, of what is shown or heard, and that packet's duration; at the end of
 * the file these are its last. source_told_end() is where the file itself says that the stream ends, or
 * AV_NOPTS_VALUE. */
int64_t source_last_pts(const struct source *s, int stream, int64_t *duration);
int64_t source_told_end(const struct source *s, int stream);

/*
 * source: what one clip reads of one file: packets, sorted into lanes by stream. Private to media.
 *
 * Used by one thread at a time (the clip's). It has a demuxer from `media`, which it can lend to other clips while it needs no
 * packets (source_lend); then it takes one when it reads on, and goes on behind the last packet that it read.
 */
#pragma once

#include <glib.h>
#include <libavformat/avformat.h>
#include <stdbool.h>
#include <stdint.h>

#include "media/demuxer.h"
#include "media/media_pool.h"

struct source;

/* What waits undecoded while the other stream is looked for; beyond it a stream counts as ended (a file whose sound
 * lies that far from its picture is broken). */
#define SOURCE_MAX_BYTES (INT64_C(64) << 20)

/* With a parked demuxer of the same unchanged file from `m`, or one opened now (always if `m` is NULL). `user` is copied; what
 * it points to must live until source_close(). NULL with *error: the text names the file. */
struct source *source_open(struct media *m, const char *path, const struct media_user *user, GError **error);

/* Gives the demuxer back for reuse where that is sound. Accepts NULL. */
void source_close(struct source *s);

/* Lends the demuxer to others until the next packet is read, if opening this file again would be dear. While it is lent,
 * source_format() must not be called. */
void source_lend(struct source *s);

const char *source_path(const struct source *s);
AVFormatContext *source_format(const struct source *s);
bool source_is_still(const struct source *s);

/* Stream of the picture, or -1; cover art does not count. */
int source_picture(const struct source *s);

/* Stream of the sound in language `lang` (NULL or none such: the default track), or -1. */
int source_sound(const struct source *s, const char *lang);

/* Which lanes fill; all others are skipped while demuxing. -1 for none. */
void source_choose(struct source *s, int picture, int sound);

/* First time stamp of a chosen stream in the file, and samples to skip there (priming). Reads the first packets, so
 * call it before anything else is read. AV_NOPTS_VALUE: there are no packets. */
int64_t source_first_pts(struct source *s, int stream, int64_t *skip);

/* The demuxer does not stand at the start of the file (it was parked): seek before reading. */
bool source_must_seek(const struct source *s);

/* Goes to the last point from which every chosen stream can be decoded by time `at_us` of the file's own clock, and
 * `preroll_us` earlier for the sound. From the very start if at_us is INT64_MIN. */
bool source_seek(struct source *s, int64_t at_us, int64_t preroll_us);

/* Drops the picture's packets before the last key frame that is shown no later than `pts`. */
void source_skip_to_key(struct source *s, int stream, int64_t pts);

/* Next packet of a lane, owned by the caller; NULL: the end. */
AVPacket *source_next(struct source *s, int stream);

/* Reads one packet ahead into its lane. False: the end. */
bool source_read_ahead(struct source *s);

bool source_at_eof(const struct source *s);
bool source_damaged(const struct source *s);
int64_t source_bytes(const struct source *s); /* waiting in lanes */

/* Greatest time stamp and that packet's duration seen so far in a lane; the file's last at EOF. */
int64_t source_last_pts(const struct source *s, int stream, int64_t *duration);

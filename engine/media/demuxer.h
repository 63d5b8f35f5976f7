/*
 * demuxer: one regular file, opened, with FFmpeg's context for it. Private to media.
 *
 * One thread at a time uses it. Between clips it lies idle in `media` (media_pool.h), because opening a long file
 * again is expensive. We open the file ourselves and hand its bytes to FFmpeg, so no protocol, playlist or other file
 * can be reached through it.
 */
#pragma once

#include <glib.h>
#include <libavformat/avformat.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/beneath.h"
#include "base/units.h"
#include "media/media_error.h"

/* Where a stream begins, as its first packets say. */
struct demuxer_stream_start {
    int64_t pts;  /* in the stream's time base; AV_NOPTS_VALUE: nobody has looked yet */
    int64_t skip; /* samples of priming to skip there */
    bool cut;     /* MP4: the stream's table names bytes that are not in the file; known from the beginning */
};

struct demuxer;

/* `path` may be one of base/beneath.h. NULL with *error; the text names the file. Reading ends early once *stop is true; it must live until
 * demuxer_set_stop() names another flag. */
struct demuxer *demuxer_open(const char *path, const atomic_bool *stop, GError **error);
void demuxer_free(struct demuxer *d); /* accepts NULL */

/* A new user and its flag; NULL: nobody uses it, it lies idle. Forgets that an earlier read was interrupted. */
void demuxer_set_stop(struct demuxer *d, const atomic_bool *stop);

/* The open file as it was when it was opened, to be read by beneath_read(). It is closed with the demuxer. */
const struct beneath_file *demuxer_file(const struct demuxer *d);

/* Borrowed; demuxer_reopen() makes a new one, so ask again after it. */
AVFormatContext *demuxer_format(const struct demuxer *d);

/* How many streams there were when the file was opened; streams that appear later are ignored. */
int demuxer_stream_count(const struct demuxer *d);

/* Kept here for all users of the file: whoever finds out where a stream begins writes it. 0 <= stream < count. */
struct demuxer_stream_start *demuxer_stream_start(struct demuxer *d, int stream);

/* Starts again from the first byte. False: the file has changed, and the demuxer is of no use any more. */
bool demuxer_reopen(struct demuxer *d);

/* Does its format belong to this family ("mov", "matroska")? */
bool demuxer_is_format(const struct demuxer *d, const char *family);

/* It is one picture, and no film of one: the formats of stills, and AVIF and HEIC without a sequence of pictures. */
bool demuxer_is_still(const struct demuxer *d);

/* Can every stream be decoded from what the container's header says? */
bool demuxer_knows_streams(const struct demuxer *d);

/* Where the file says that this stream ends, in the stream's time base on the file's own clock; AV_NOPTS_VALUE if it
 * does not say. Only Matroska needs it: other formats give each packet its length. */
int64_t demuxer_told_end(const struct demuxer *d, int stream);

/* How much longer than its headers say the file is, in us: that of ASF may leave out what FFmpeg expects in it. */
int64_t demuxer_untold_us(const struct demuxer *d);

/* The file ends earlier than its own structure says (file_end.h). */
bool demuxer_is_truncated(const struct demuxer *d);
/* Does it say where it ends? If not, nobody can tell whether something is missing there. */
bool demuxer_tells_end(const struct demuxer *d);

/* MP4: it has an edit list, which is followed. */
bool demuxer_is_edited(const struct demuxer *d);

/* MP4: the table of times of some stream can't be true. Its edit list is not followed, then. */
bool demuxer_times_lie(const struct demuxer *d);

/* Is it of a format whose files can be put one behind the other, so that the clock starts again between them? And does it
 * seem to do so, at some places of the file? Looks once, reads some megabytes, and leaves the file at any place. */
#define DEMUXER_BACK_US                                                                                                \
    (US_PER_SECOND / 5) /* a clock that goes back by more has started again; decoders' times never do */
bool demuxer_may_restart(const struct demuxer *d);
bool demuxer_restarts(struct demuxer *d);

/* Its index is so large that opening the file again takes some 10 ms and 5 MB: too much to do for every candidate. */
bool demuxer_is_costly(const struct demuxer *d);

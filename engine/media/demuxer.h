/*
 * demuxer: one regular file, opened, with FFmpeg's context for it. Private to media.
 *
 * Used by one thread at a time; between clips it is parked in `media` (media_parked.h), as opening a long file again is dear.
 * The file is opened by us and handed to FFmpeg as bytes: no protocol, no playlist and no other file can be reached through
 * it.
 */
#pragma once

#include <glib.h>
#include <libavformat/avformat.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#define MEDIA_ERROR (g_quark_from_static_string("frumious-media"))

/* Where a stream begins, as its first packets tell; AV_NOPTS_VALUE: nobody has looked yet. Samples of priming to skip there. */
struct demuxer_stream_start {
    int64_t pts, skip;
};

struct demuxer;

/* NULL with *error: the text names the file. Reading ends early once *stop is true; it must live until demuxer_set_stop() names
 * another one. */
struct demuxer *demuxer_open(const char *path, const atomic_bool *stop, GError **error);
void demuxer_free(struct demuxer *d); /* accepts NULL */

/* Whose it is now. NULL: nobody's, it is parked. */
void demuxer_set_stop(struct demuxer *d, const atomic_bool *stop);

/* Opened anew by demuxer_reopen(): ask again. */
AVFormatContext *demuxer_format(const struct demuxer *d);

/* Streams there were at opening; later ones are ignored. */
int demuxer_stream_count(const struct demuxer *d);
struct demuxer_stream_start *demuxer_stream_start(struct demuxer *d, int stream);

/* From the first byte on. False: the file has changed under us. */
bool demuxer_reopen(struct demuxer *d);

/* Is its format one of a family ("mov", "matroska")? */
bool demuxer_is_format(const struct demuxer *d, const char *family);

/* Can every stream be decoded from what the container's header says alone? */
bool demuxer_knows_streams(const struct demuxer *d);

/* The file as it was when it was opened; is it the same, unchanged since? */
void demuxer_stat(const struct demuxer *d, struct stat *out);
bool demuxer_is_file(const struct demuxer *d, const struct stat *st);

/* Its index is so large that opening the file again would cost what can't be afforded for every candidate: 10 ms, 5 MB. */
bool demuxer_is_costly(const struct demuxer *d);

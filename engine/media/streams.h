/*
 * streams: the picture and the sound of one segment, opened in their files and brought to where they begin. Private to
 * media; one thread at a time (the clip's).
 *
 * Both may come from one file, or each from its own; either may be missing. Order: streams_open(), then
 * picture_decoder_next() and sound_decoder_read() on the two decoders, then streams_close(), which accepts whatever
 * streams_open() has left behind.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "media/clip_spec.h"
#include "media/media_pool.h"

struct media;
struct picture_decoder;
struct sound_decoder;
struct source;

/* A plain value; zero: nothing is open. */
struct streams {
    struct source *files[3]; /* the picture's, the sound's if it is another file, the other sound's; NULL: none */
    struct picture_decoder *picture; /* NULL: none */
    struct sound_decoder *sound;     /* NULL: none */
    struct sound_decoder *over;      /* mixed over it; NULL: none */
    struct stream_facts *facts;      /* of the picture's file: all its streams; until streams_close() */
    int n_facts;
    bool forced_text; /* the picture's file holds forced subtitles for this viewer */
    bool lacks;       /* a file could not be opened for want of what the machine did not give (MEDIA_ERROR_LACK) */
    int64_t sound_from_smp; /* where the segment begins, on the clock of the sound's file */
};

/* Opens the segment that `spec` describes into `s`, which is zero. `m` may be NULL: then files are opened anew, and
 * software decodes them. `user` is copied. If there is a picture but its sound cannot be had, *warning says why (the
 * caller frees it). False: the segment cannot be opened, with *error, or without one if it was stopped. */
bool streams_open(struct streams *s, struct media *m, const struct clip_spec *spec, const struct media_user *user,
                  char **warning, GError **error);
void streams_close(struct streams *s);

/* Length of the segment: what the spec says, else up to where the last of what the file shows and sounds ends. Sound
 * that outlasts the picture by no more than SOURCE_APART_US is the rest of a codec's packet, and does not count. US_NONE:
 * only reading on will tell; with sound that outlasts the picture, reading it to its end. Once known, it stays. */
int64_t streams_length_smp(const struct streams *s, const struct clip_spec *spec);

/* The same as the file's header tells it: known at once, always the same, and only as right as that. US_NONE: it does not
 * tell. */
int64_t streams_told_length_smp(const struct streams *s, const struct clip_spec *spec);

/* Where what the file shows and sounds ends, as a position in the segment, whatever the spec says; it may be a packet too
 * late while the sound is not yet read to its end. US_NONE: unknown. There is a picture, and it is no still. */
int64_t streams_file_end_smp(const struct streams *s);

/* The picture is a still: one frame without a length of its own. */
bool streams_is_still(const struct streams *s);

/* The picture's file, or the sound's where that is all there is, ends before its header says, or times in it are wrong,
 * as far as it has been read. */
bool streams_unsound(const struct streams *s);

/* Writes up to n samples (2n floats) of the segment's sound in order, the sound over it mixed in; returns how many. `whole`: n ends
 * with the segment at the latest, so the sound over it may last longer than the other one. 0: the end, or it was stopped. */
int64_t streams_read_sound(struct streams *s, float *out, int64_t n, bool whole);

/* Bytes that are read and not yet decoded. */
int64_t streams_packet_bytes(const struct streams *s);

/* Lends the demuxers to other clips until something is read again; see source_lend(). */
void streams_lend(struct streams *s);

/*
 * streams: the picture and the sound of one segment, opened in their files and brought to where they begin. Private to
 * media; one thread at a time (the clip's).
 *
 * Both may come from one file, each from its own, or be missing. Order: streams_open(), then picture_decoder_next() and
 * sound_decoder_read(), which this hands out; streams_close(), which accepts whatever streams_open() left behind.
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
    struct source *files[2];         /* picture's, and the sound's if it is another; NULL: none */
    struct picture_decoder *picture; /* NULL: none */
    struct sound_decoder *sound;     /* NULL: none */
};

/* Opens the segment that `spec` tells of; `user` is copied. `m` may be NULL: files are opened anew, and decoded in software. *warning, the caller's, where the sound can't be had but the
 * picture can. False: it can't be opened, with *error, or without one where it was stopped. */
bool streams_open(struct streams *s, struct media *m, const struct clip_spec *spec, const struct media_user *user,
                  char **warning, GError **error);
void streams_close(struct streams *s);

/* Length of the segment as far as the spec and the files' headers tell it; US_NONE: reading on will. */
int64_t streams_length_smp(const struct streams *s, const struct clip_spec *spec);

/* The picture is a still: one frame without a length. */
bool streams_is_still(const struct streams *s);

/* What is read and not yet decoded. */
int64_t streams_packet_bytes(const struct streams *s);

/* Leaves the demuxers to others until something is read again: source_lend(). */
void streams_lend(struct streams *s);

/*
 * sound: a short sound, decoded as a whole into memory: cues, and music that loops while the film waits.
 *
 * Immutable once loaded, so any thread may read it. Loading reads and decodes the file on the calling thread.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

struct sound {
    int64_t length_smp; /* > 0 */
    float *data;        /* 2 * length_smp floats, interleaved stereo at FILM_RATE */
};

#define SOUND_MAX_SECONDS 120 /* a longer file is cut there */

/* The caller owns the result. NULL with *error set (the text names the file): no sound can be read from it. */
struct sound *sound_load(const char *path, GError **error);

void sound_free(struct sound *s); /* accepts NULL */

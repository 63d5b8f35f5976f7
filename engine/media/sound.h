/*
 * sound: a short sound, decoded as a whole into memory: cues, and music that loops while the film waits.
 *
 * Immutable once loaded, so any thread may read it. Loading reads and decodes the file on the calling thread.
 */
#pragma once

#include <glib.h>
#include <stdatomic.h>
#include <stdint.h>

struct sound {
    int64_t length_smp; /* > 0 */
    float *data;        /* 2 * length_smp floats, interleaved stereo at FILM_RATE */
};

#define SOUND_MAX_SECONDS 120 /* a longer file is cut there */

/* The caller owns the result. NULL with *error set (the text names the file): no sound can be read from it. *stop ends reading
 * early, with what was read so far; NULL: nothing does. */
struct sound *sound_load(const char *path, const atomic_bool *stop, GError **error);

void sound_free(struct sound *s); /* accepts NULL */

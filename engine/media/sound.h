/*
 * sound: a short sound, decoded whole into memory: cues, and beds that loop under a wait.
 *
 * Immutable once loaded; any thread may read it. Loading reads and decodes the file on the calling thread.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

struct sound {
    int64_t length_smp; /* > 0 */
    float *data;        /* 2 * length_smp floats, interleaved stereo at FILM_RATE */
};

#define SOUND_MAX_SECONDS 120 /* longer files are cut there */

/* NULL with *error set (the text names the file): not a readable sound. The caller owns the result. */
struct sound *sound_load(const char *path, GError **error);

void sound_free(struct sound *s); /* accepts NULL */

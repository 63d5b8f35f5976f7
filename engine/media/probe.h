/*
 * probe: what a file is, without playing it; for the lint and for planned times.
 *
 * Opens, reads and closes the file on the calling thread (tens of milliseconds). Any thread. Where the header does not
 * tell the pixel format, the first picture is decoded.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define PROBE_TRACKS 16

struct probe_track {
    char codec[24];
    char lang[8]; /* ISO 639-2 as the file says, or "" */
    int32_t rate, channels;
    int64_t duration_us; /* US_NONE: unknown */
};

struct probe {
    char format[64];     /* FFmpeg's name of the container */
    int64_t duration_us; /* of the picture if there is one, else of the sound; US_NONE: unknown, or a still */
    bool has_picture, is_still;
    char video_codec[24], pixel_format[24]; /* format "": unknown */
    int32_t width, height, sar_num, sar_den;
    int32_t fps_num, fps_den; /* 0/1: unknown */
    int64_t frames;           /* -1: unknown without decoding */
    int32_t rotation;         /* degrees that the file asks for and the player ignores */
    int32_t n_audio;
    struct probe_track audio[PROBE_TRACKS]; /* the first PROBE_TRACKS of n_audio */
};

/* False with *error set; the text names the file and the cause. */
bool probe_file(const char *path, struct probe *out, GError **error);

/* Length as a clip of the whole file will have it, or US_NONE: see clip.h "Timeline". From the container
 * alone, so only as right as its header. */
int64_t probe_length_smp(const struct probe *p);

/* Times of key frames of the picture, in ascending order from 0, for the lint (ranges that start between them
 * cost pre-roll). Reads the file's index, or all its packets where it has none. Free with g_array_unref; NULL
 * on error. */
GArray *probe_keyframes_us(const char *path, GError **error);

/*
 * How far apart in time picture and sound lie in the file: at worst, so much of one stands before what belongs to the
 * other, and must be read first and kept. 0 where one of them is missing; US_NONE on error, or where it is not known:
 * only MP4 has a table that tells it; others are read whole, and only if `whole` says so.
 */
int64_t probe_interleave_us(const char *path, bool whole);

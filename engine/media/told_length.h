/*
 * told_length: how long a file plays as its headers tell it, for checks and for the planned lengths of telemetry. Private to
 * media; the thread that reads the source.
 *
 * streams_length_smp() is how long it really plays, which only reading shows. Both follow the same rules: the file begins
 * with the first of what it shows and sounds; sound that outlasts the picture counts from SOURCE_APART_US on.
 */
#pragma once

#include <stdint.h>

struct AVRational;
struct source;

/* Where the file begins, its first picture and its first real sound, in us of the file's own clock. */
struct told_start {
    int64_t file_us, picture_us, sound_us;
};

/* Streams as source_choose() takes them, which it does here; what was read of others is dropped. Reads the first packets, unless
 * somebody has looked where the streams begin. */
struct told_start told_start_find(struct source *src, int picture, int sound);

/* Where a stream that begins at `start_us` ends, in us of the file's own clock; US_NONE: unknown. */
int64_t told_end_us(const struct source *src, int stream, int64_t start_us);

struct told_length {
    int64_t us;     /* US_NONE: unknown, or a still */
    int64_t frames; /* that are shown, at the picture's constant rate; -1: unknown without decoding */
};
struct told_length told_length_of(struct source *src, int picture, int sound, const struct told_start *start);

/* In samples: of whole frames at fps_num/fps_den, as far as the length in us can tell that it is. fps_num 0: no such rate. */
int64_t told_length_smp(int64_t us, int32_t fps_num, int32_t fps_den);

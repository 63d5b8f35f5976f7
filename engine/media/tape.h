/*
 * tape: one sound stream, decoded to stereo at FILM_RATE from an exact sample on. Private to media; the clip's thread.
 *
 * Positions are samples at FILM_RATE on the file's own clock (its time stamp 0). What comes out equals a linear
 * decode of the whole file cut at that sample: priming and padding are removed as the container says, rounded time
 * stamps (Matroska) are put back on the grid of packets, the resampler starts in the phase that a linear run has.
 */
#pragma once

#include <glib.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct source;
struct tape;

/* NULL with *error. `src` must outlive the tape, and the stream be chosen in it. */
struct tape *tape_open(struct source *src, int stream, const atomic_bool *stop, GError **error);
void tape_close(struct tape *t); /* accepts NULL */

/* Where the stream's first real sample lies. */
int64_t tape_content_smp(const struct tape *t);

/* `at_smp`, where the picture begins, put right for what muxers do to the beginnings of streams. */
int64_t tape_align(const struct tape *t, int64_t at_smp);

/* How much earlier packets must be decoded for the first sample to be right. */
int64_t tape_preroll_us(const struct tape *t);

/* The position of the first sample wanted, >= tape_content_smp() or not (silence before it). Before tape_read(). */
void tape_begin(struct tape *t, int64_t from_smp);

/* Up to n samples (2n floats), in order, gaps filled with silence; 0: the end (or stopped). */
int64_t tape_read(struct tape *t, float *out, int64_t n);

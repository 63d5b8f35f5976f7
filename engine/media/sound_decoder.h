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
struct sound_decoder;

/* NULL with *error. `src` must outlive the tape, and the stream be chosen in it. */
struct sound_decoder *sound_decoder_open(struct source *src, int stream, const atomic_bool *stop, GError **error);
void sound_decoder_close(struct sound_decoder *t); /* accepts NULL */

/* Where the stream's first real sample lies. */
int64_t sound_decoder_content_smp(const struct sound_decoder *t);

/* `at_smp`, where the picture begins, put right for what muxers do to the beginnings of streams. */
int64_t sound_decoder_align(const struct sound_decoder *t, int64_t at_smp);

/* How much earlier packets must be decoded for the first sample to be right. */
int64_t sound_decoder_preroll_us(const struct sound_decoder *t);

/* The position of the first sample wanted, >= sound_decoder_content_smp() or not (silence before it). Before sound_decoder_read(). */
void sound_decoder_begin(struct sound_decoder *t, int64_t from_smp);

/* Up to n samples (2n floats), in order, gaps filled with silence; 0: the end (or stopped). */
int64_t sound_decoder_read(struct sound_decoder *t, float *out, int64_t n);

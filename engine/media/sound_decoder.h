/*
 * sound_decoder: decodes one sound stream to stereo at FILM_RATE, starting at an exact sample. Private to media; the
 * clip's thread.
 *
 * Positions are samples at FILM_RATE on the file's own clock (its time stamp 0). The result equals a decode of the
 * whole file from its start, cut at that sample: priming and padding are removed as the container says, rounded time
 * stamps (Matroska) are put back on the grid of packets, and the resampler starts in the phase that it would have
 * had.
 *
 * Order: sound_decoder_open(), sound_decoder_begin() with the position wanted, seek the source there less the
 * pre-roll, then sound_decoder_read() until it returns 0.
 */
#pragma once

#include <glib.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct source;
struct sound_decoder;

/* NULL with *error. `src` must outlive the decoder, and the stream must be chosen in it. Decoding ends early once
 * *stop is true. */
struct sound_decoder *sound_decoder_open(struct source *src, int stream, const atomic_bool *stop, GError **error);
void sound_decoder_close(struct sound_decoder *t); /* accepts NULL */

/* The position of the stream's first real sample. */
int64_t sound_decoder_content_smp(const struct sound_decoder *t);

/* `at_smp` is where the picture begins. Returns where the sound that belongs to it begins: muxers move the beginnings
 * of streams by the priming and round them. */
int64_t sound_decoder_align(const struct sound_decoder *t, int64_t at_smp);

/* How much earlier decoding must begin for the first sample to be right. */
int64_t sound_decoder_preroll_us(const struct sound_decoder *t);

/* The position of the first sample wanted; before sound_decoder_content_smp() there is silence. */
void sound_decoder_begin(struct sound_decoder *t, int64_t from_smp);

/* The position at which the sound ends. Until it has been read to its end, that is what the packets say, which may be a
 * packet too late; *exact (may be NULL) is false then. US_NONE: not even all packets have been read. */
int64_t sound_decoder_end_smp(const struct sound_decoder *t, bool *exact);

/* Writes up to n samples (2n floats) in order, with silence in gaps; returns how many. 0: the end, or *stop. */
int64_t sound_decoder_read(struct sound_decoder *t, float *out, int64_t n);

/*
 * film_writer: writes a film into one file: pictures, sound, subtitles, chapters.
 *
 * Times are samples at FILM_RATE from the film's beginning. Pictures and sound are encoded, or the packets of pictures are taken
 * over from other files as they are (media/film_copy.h). The file gets its name in film_writer_finish() alone, so a program that
 * ends before leaves no half of a film (base/fresh_file.h), and what stands there already is never replaced.
 *
 * Order: film_writer_open(); pictures and sound in order of time, side by side; film_writer_finish() or film_writer_drop(). One
 * thread; encoders start more of their own. Errors carry sentences that name the file.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "media/film_formats.h"

struct film_copy;
struct film_writer;
struct frame;

struct film_writer_spec {
    const char *path;
    enum film_container container;
    enum film_picture picture;
    enum film_sound sound;
    int32_t width, height; /* of pictures that are encoded: even numbers */
    int32_t rate_num,
        rate_den;      /* how many pictures a second the film has as a rule; each has a time of its own all the same */
    int32_t quality;   /* of H.264 and H.265, 1 (the best) to 51; 0: the usual one */
    const char *title; /* or NULL */
    const char *const *texts; /* languages (BCP 47) of the tracks of subtitles */
    int32_t n_texts;
    struct film_copy *copy; /* pictures are copied from these parts; NULL: they are encoded */
};

/* Borrows the spec's copy until the writer ends. NULL with *error: the file can't be made, or FFmpeg has no such encoder. */
struct film_writer *film_writer_open(const struct film_writer_spec *spec, GError **error);

/* The picture from `at_smp` on, until the next one: composed pixels as those of frame_blit(), of the spec's size. */
bool film_writer_pixels(struct film_writer *w, const uint8_t *bgrx, int pitch, int64_t at_smp, GError **error);
/* The same of a frame whose planes can be encoded as they are; does not take it. *taken is false, and nothing is written, if they
 * can't, because of their size or colours. */
bool film_writer_frame(struct film_writer *w, const struct frame *f, int64_t at_smp, bool *taken, GError **error);

/* The pictures of part `part` of the copy, which begins at `at_smp`. */
bool film_writer_copy(struct film_writer *w, int part, int64_t at_smp, GError **error);

/* n more samples of stereo sound. */
bool film_writer_sound(struct film_writer *w, const float *stereo, int64_t n, GError **error);
int64_t film_writer_sound_smp(const struct film_writer *w); /* how many so far */

/* Words in track `text`, with ASS's own marks and `\N` between lines; in order of time, without overlaps in a track. */
bool film_writer_text(struct film_writer *w, int text, const char *ass, int64_t from_smp, int64_t to_smp,
                      GError **error);

/* A chapter begins; returns its number. Its name may follow later. */
int film_writer_chapter(struct film_writer *w, const char *title, int64_t at_smp);
void film_writer_name_chapter(struct film_writer *w, int chapter, const char *title);

/* The film is as long as its sound. False with *error: nothing is left. Frees the writer. */
bool film_writer_finish(struct film_writer *w, GError **error);
/* Leaves nothing. Accepts NULL. */
void film_writer_drop(struct film_writer *w);

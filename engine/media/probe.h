/*
 * probe: what a file holds, without playing it; for the check of a story and for planned times.
 *
 * Opens, reads and closes the file on the calling thread (tens of milliseconds). Any thread. If the header does not
 * tell the pixel format, as in MP4, the first picture is decoded.
 */
#pragma once

#include <glib.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "media/colour.h"
#include "media/orientation.h"
#include "media/stream_choice.h"

#define PROBE_TRACKS 16

struct probe_track {
    char codec[24];
    char lang[8]; /* ISO 639-2 as the file says, or "" */
    int32_t rate, channels;
    bool undecodable; /* there is no decoder for it */
    int64_t end_us;   /* when it ends, on the timeline of the file; US_NONE: unknown */
};

struct probe {
    char format[64];     /* FFmpeg's name of the container */
    int64_t duration_us; /* until the last of its picture and its default sound ends; US_NONE: unknown, or a still */
    bool has_picture, is_still;
    char video_codec[24], pixel_format[24];  /* pixel_format "": unknown */
    int32_t width, height, sar_num, sar_den; /* as shown, upright */
    int32_t fps_num, fps_den;                /* 0/1: unknown, or no constant rate */
    int64_t frames;                          /* that are shown, at that rate; -1: unknown without decoding */
    struct orientation turn;                 /* from what is stored to what is shown */
    bool turn_exact;                         /* false: the file asks for an angle between quarter turns */
    struct colour colour;                    /* as far as header and first picture tell */
    enum colour_problem colour_problem;
    bool loses_alpha; /* it is transparent in parts, and is shown without that */
    bool interlaced;  /* each picture is made of two fields */
    bool restarts;    /* it is made of parts with clocks of their own; the length is not known then */
    bool wrong_times; /* its tables lie about when its pictures or sounds come */
    bool cut_off;     /* its end is missing, as its own structure tells */
    bool ends_untold; /* its structure does not tell where it ends */
    int32_t n_audio;
    struct probe_track audio[PROBE_TRACKS]; /* first the one that is heard, then others in the order of the file */
    int32_t n_streams;
    struct stream_facts streams[STREAMS_MAX]; /* for stream_choice.h: all that the file has when it is opened */
};

/* `wish` (may be NULL) says which of several sounds is the one that is heard. False with *error set; the text names the
 * file and the cause. */
bool probe_file(const char *path, const struct stream_wish *wish, struct probe *out, GError **error);

/* The length that a clip of the whole file will have (see clip.h, "Timeline"), or US_NONE. It comes from the
 * container's header and is only as right as that. */
int64_t probe_length_smp(const struct probe *p);

/* The times of the picture's key frames in us, ascending, on the timeline of the file (a range that starts between two
 * of them takes longer to open). What an edit list leaves out of the beginning lies before 0. Reads the file's index, or all its packets if it has none; ends early, with
 * some of them, once *stop is true (NULL: never). g_array_unref() it; NULL with *error. */
GArray *probe_keyframes_us(const char *path, const atomic_bool *stop, GError **error);

/*
 * How far picture and sound that belong together lie apart in the file, in us: at worst so much of one stream must be
 * read and kept before the other comes. 0 if one of them is missing. US_NONE on error, or if it is not known: only
 * MP4 has a table that tells it; any other file must be read as a whole, which this does only if `whole` is true.
 * Ends early once *stop is true (NULL: never).
 */
int64_t probe_interleave_us(const char *path, bool whole, const atomic_bool *stop);

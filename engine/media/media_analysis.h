/*
 * assay: what only decoding tells of a piece of film: how loud it is, whether it flashes, whether it is whole.
 *
 * One call decodes the whole piece, in software, on the calling thread: some seconds for a minute of film. Any thread;
 * several may run at once. What is measured is what the player plays: sound in stereo at FILM_RATE, cut to the piece as
 * a clip cuts it, pictures as the decoder gives them.
 *
 * Loudness is that of EBU R128 / ITU-R BS.1770 (libebur128): the integrated, gated loudness of the piece, and its true
 * peak.
 */
#pragma once

#include "media/flash.h"

#include <glib.h>
#include <stdatomic.h>

struct media_analysis_spec {
    const char *path;       /* film, or sound alone */
    int64_t from_us, to_us; /* range of it; US_NONE: from its start, to its end */
    bool no_sound;          /* only the pictures */
    int64_t for_us;         /* > 0: sound is heard for so long only, where no picture says it */
};

/* Looked at and written to by the assay while it runs; both belong to the caller. */
struct media_analysis_watch {
    const atomic_bool *stop; /* ends it early */
    atomic_llong *done_us;   /* what has been decoded is added here */
};

struct media_analysis {
    bool has_picture, has_sound;
    int64_t picture_us; /* how much picture there is, as decoded */
    int64_t wanted_us;  /* how much there should be; US_NONE: as much as there is */
    int64_t frames, missing, damaged;
    struct flash_report flash; /* times from the beginning of the piece */
    int64_t sound_us;          /* how much sound there is, as decoded */
    double lufs;               /* integrated loudness; -HUGE_VAL: silence, or too short to tell (0.4 s) */
    double peak_db;            /* true peak, dBTP */
};

/* False with *error set (the text names the file), also when it was stopped. */
bool media_analysis_run(const struct media_analysis_spec *spec, const struct media_analysis_watch *watch,
                        struct media_analysis *out, GError **error);

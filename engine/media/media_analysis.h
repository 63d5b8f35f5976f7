/*
 * media_analysis: what only decoding can tell about a piece of film: how loud it is, whether it flashes, whether it
 * is complete.
 *
 * One call decodes the whole piece in software on the calling thread, which takes some seconds for a minute of film.
 * Any thread; several may run at once. It measures what the player would play: sound in stereo at FILM_RATE, cut to
 * the piece as a clip cuts it, and pictures as the decoder gives them.
 *
 * Loudness is the integrated, gated loudness of EBU R128 / ITU-R BS.1770 (computed by libebur128), and the true peak.
 */
#pragma once

#include "media/flash.h"

#include <glib.h>
#include <stdatomic.h>

struct media_analysis_spec {
    const char *path;       /* a film, or sound alone */
    int64_t from_us, to_us; /* range of it; US_NONE: from its start, to its end */
    bool no_sound;          /* measure the pictures only */
    bool still;             /* it is one picture */
    const char *audio_lang; /* as clip_spec's: which of several sounds */
    int64_t for_us;         /* > 0: measure only this much of the sound, whatever the length of the picture. A still
                               needs it, and is shown for so long */
};

/* How the caller follows the analysis, and stops it, from another thread; both belong to the caller. */
struct media_analysis_watch {
    const atomic_bool *stop; /* ends it early */
    atomic_llong *done_us;   /* the length of what has been decoded is added here */
};

struct media_analysis {
    bool has_picture, has_sound;
    int64_t
        picture_us; /* until when a picture is shown: the last one stays until the piece ends, unless others behind it
                           cannot be decoded */
    int64_t wanted_us; /* length it should have; US_NONE: whatever there is */
    int64_t frames, missing, damaged;
    bool unsound; /* a file ends before its header says, or times in it are wrong: what the player warns of, too */
    struct flash_report flash; /* times from the beginning of the piece */
    int64_t sound_us;          /* length of the sound, as decoded */
    double lufs;               /* integrated loudness; -HUGE_VAL: silence, or too short to tell (0.4 s) */
    double peak_db;            /* true peak, dBTP */
};

/* False with *error set (the text names the file), also when it was stopped. */
bool media_analysis_run(const struct media_analysis_spec *spec, const struct media_analysis_watch *watch,
                        struct media_analysis *out, GError **error);

/*
 * clip_spec: what a clip is to open: which files, which range of them, how long.
 *
 * A plain value; the zero value of each field is its default. A spec borrows its strings unless clip_spec_copy() made
 * it. Paths are plain file names, never URLs, and may say where they have to stay (base/beneath.h); anything but
 * a regular file is refused when the clip opens.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "media/stream_choice.h"

struct clip_spec {
    const char *path;       /* picture, and sound unless sound_path is set; video, still or sound. NULL: no picture */
    int64_t from_us, to_us; /* range of `path`; 0 (or US_NONE): from its start / to its end */
    const char *sound_path; /* take the sound from this file instead, from sound_from_us on */
    int64_t sound_from_us;
    const char *over_path; /* mix the sound of this file over it, from over_from_us on */
    int64_t over_from_us;
    const char *audio_lang;      /* which of several sounds a file plays (stream_wish): the viewer's language, */
    enum stream_purpose purpose; /* what it is for, */
    const char *sound_title;     /* and the title of a commentary */
    bool no_sound;
    int64_t for_us;      /* > 0: the length. Needed for stills and blanks without sound */
    int64_t at_least_us; /* > 0: a shorter segment is lengthened to this with its last frame and silence. A choice may
                            stay open longer than its clip, whose length is only known once it is open */
    int64_t start_smp;   /* position in the segment where frames and sound begin; length and positions do not change */
    int standby_frames;  /* as clip_set_standby_frames(), from the start; 0: CLIP_STANDBY_FRAMES */
    bool at_once;        /* somebody waits for this clip: it does not open at low priority */
};

/* A copy that owns its strings; clip_spec_clear() it. */
struct clip_spec clip_spec_copy(const struct clip_spec *spec);
void clip_spec_clear(struct clip_spec *copy);

/* Do both describe the same segment? How it is prepared (standby_frames, at_once) does not count. */
bool clip_spec_equal(const struct clip_spec *a, const struct clip_spec *b);

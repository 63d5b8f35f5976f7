/*
 * segment: which clip plays a node: its files, and the sound track and subtitles for the viewer's language.
 *
 * Translates the story's words into media's. What can't play (a file that is not there, or `broken`) becomes a slate:
 * no picture, the planned length, its own sound where that exists. Main thread; looks at the disk (stat) only.
 */
#pragma once

#include "media/clip.h"
#include "play/play.h"

struct segment {
    struct clip_spec spec;          /* borrows the strings below */
    char *key;                      /* equal for equal specs: names the clip in the deck */
    char *path, *sound, *subtitles; /* absolute; NULL where there is none */
    bool slate;
    char *missing; /* slate: the file that is not there, relative; else NULL */
};

struct segment_options {
    const char *language; /* BCP 47 tag, or NULL */
    bool broken;          /* its picture failed to open: make a slate of it */
    int64_t from_us;      /* > 0: the play is resumed here in the node, SEGMENT_REWIND_LEAD_US earlier like a rewind */
};

/* After going back, the film resumes this long before the decision opens, so that the viewer sees what leads up. */
#define SEGMENT_REWIND_LEAD_US (US_PER_SECOND * 3 / 2)

/*
 * For the node of `state`, which has just been entered (it plays from its start) or come back to (it plays from
 * SEGMENT_REWIND_LEAD_US before the next event). Free with segment_clear().
 */
void segment_make(struct segment *g, const struct story *s, const int32_t *state, const struct segment_options *o);
void segment_clear(struct segment *g);

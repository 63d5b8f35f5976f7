/*
 * segment: which clip plays a node: its files, and the sound track and subtitles for the viewer's language.
 *
 * Translates the story's terms into those of media. A picture that cannot play, because its file is missing or broken,
 * becomes a slate: no picture, the planned length, its own sound where there is one. Main thread; asks the disk only
 * whether files exist.
 */
#pragma once

#include "media/clip.h"
#include "play/play.h"

struct segment {
    struct clip_spec spec;                 /* borrows the strings below */
    char *key;                             /* equal for equal specs: names the clip in the deck */
    char *path, *sound, *over, *subtitles; /* beneath the story's folder (base/beneath.h); NULL where there is none */
    int64_t subtitles_from_us;             /* where on the clock of their file the node begins */
    char *signs;                           /* a film of somebody who signs; NULL: none, or it is not wanted */
    int64_t signs_from_us;                 /* where on its clock the node begins */
    bool slate;                            /* stands in for a picture that cannot play */
    char *missing;                         /* the file of that picture, relative to the story; NULL: no slate */
};

/* Which of a film's sounds and subtitles the viewer wants; a language of NULL or "" is the story's first. */
struct segment_tracks {
    struct stream_wish sound, text; /* borrowed strings */
    bool signs;                     /* somebody who signs is to be seen, in the language of the text */
    bool text_asked; /* the viewer has chosen them: also those of a clip's file that the story does not name */
};

struct segment_options {
    struct segment_tracks tracks;
    bool broken;     /* its picture failed to open: make a slate of it */
    int64_t from_us; /* > 0: the play resumes at this position in the node, less SEGMENT_REWIND_LEAD_US */
    bool sought;     /* from_us, which may be 0, is exactly where it plays from */
};

/* After going back, the film resumes this long before the decision, so that the viewer sees what leads up to it. */
#define SEGMENT_REWIND_LEAD_US (US_PER_SECOND * 3 / 2)

/*
 * Makes the segment of the node that `state` is in, and which has just been entered, so that it plays from its start,
 * or come back to, so that it plays from SEGMENT_REWIND_LEAD_US before the next event. Free it with segment_clear().
 */
void segment_make(struct segment *g, const struct story *s, const int32_t *state, const struct segment_options *o);
/* Others are wanted: what subtitles the segment of this state has now. */
void segment_speak(struct segment *g, const struct story *s, const int32_t *state, const struct segment_tracks *tracks);

void segment_clear(struct segment *g);

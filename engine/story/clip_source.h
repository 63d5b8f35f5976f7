/*
 * clip_source: one file of a story, in which what it says of clips is changed and nothing else: comments, quotes, the order of
 * keys and the lines around stay as they were written.
 *
 * clip_source_open(), clip_source_change() for each clip, clip_source_text(), clip_source_close(). One thread.
 */
#pragma once

#include "story/story.h"

#include <stddef.h>

/* What a clip is to say from now on. */
struct clip_source_change {
    struct story_mark mark;         /* story_clip.mark: of the key `clip` */
    const char *file;               /* NULL: as it is */
    int64_t from_us, to_us, for_us; /* US_NONE: as it is */
};

struct clip_source;

/* NULL: it can't be read any more. */
struct clip_source *clip_source_open(const char *path);
void clip_source_close(struct clip_source *c); /* accepts NULL */

/* Each clip once. NULL: it is noted. Else why it can't be made there, as the end of a sentence; static. */
const char *clip_source_change(struct clip_source *c, const struct clip_source_change *change);

/* The file as it was read; borrowed. */
const char *clip_source_old(const struct clip_source *c, size_t *len);

/* The file with all that was noted. The caller frees it. */
char *clip_source_text(struct clip_source *c);

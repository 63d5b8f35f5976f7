/*
 * recut: what a picture editor has changed in a timeline of OpenTimelineIO (shoot/otio.h), in terms of the story.
 *
 * Clips are known by the node in their metadata, or by their name. Whatever is in the timeline that a story cannot say is listed.
 * One thread.
 */
#pragma once

#include "shoot/footage.h"

#include <glib.h>

#define RECUT_BYTES_MAX (64 * 1024 * 1024) /* of a file */

struct recut_change {
    int32_t node;
    char *file;                     /* in the story's folder; NULL: as it was */
    int64_t from_us, to_us, for_us; /* US_NONE: as it was */
};

struct recut {
    GArray *changes;     /* struct recut_change, one for each node */
    GPtrArray *left_out; /* sentences, one for each thing that cannot be taken over */
    int32_t n_same;      /* clips that are as the story has them */
};

/* `f` is of the story. NULL and *error: the text is no timeline. */
struct recut *recut_read(const struct story *s, struct footage *f, const char *text, gsize len, GError **error);
void recut_free(struct recut *r); /* accepts NULL */

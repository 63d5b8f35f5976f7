/*
 * footage: what a story's files are, as far as an edit needs it: frame rate, length, picture, sound.
 *
 * Each file is opened once, when it is asked for first. One thread.
 */
#pragma once

#include "story/story.h"

#include <stdbool.h>
#include <stdint.h>

/* What a story plays at whose films tell no constant rate, in frames a second. */
#define FOOTAGE_USUAL_RATE 25

struct footage_rate {
    int32_t num, den; /* frames a second; both > 0 */
};

struct footage_fact {
    bool readable;
    bool has_picture, has_sound;
    int32_t width, height;    /* of the picture, upright, in square pixels; 0: it has none */
    int64_t length_us;        /* US_NONE: unknown, or a still */
    struct footage_rate rate; /* the footage's usual one where the file has none of its own */
};

struct footage;

/* Looks for the usual rate, which is that of the first film in the story that tells one. Borrows the story. */
struct footage *footage_new(const struct story *s);
void footage_free(struct footage *f); /* accepts NULL */

struct footage_rate footage_usual_rate(const struct footage *f);

/* `path` as in the story. Borrowed. */
const struct footage_fact *footage_of(struct footage *f, const char *path);

/* How much there is of a clip, from its beginning: US_NONE where neither the story nor the file tells. */
int64_t footage_clip_length(struct footage *f, const struct story_clip *c);

/* How long the node plays (play/schedule.h), as the story plans it where the file cannot tell. */
int64_t footage_node_length(struct footage *f, int32_t node);

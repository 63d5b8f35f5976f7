/*
 * moments_import: a published interactive film, told by its two JSON documents (adopt/moments_read.h), becomes a story.
 *
 * Each segment becomes a node that plays a part of the one video file; scenes become decisions, groups of segments routes, impressions
 * effects. What has no word in a story is listed by kind, with the first place and how often it comes, and stands in the notes. Pure;
 * any thread.
 */
#pragma once

#include "adopt/moments_read.h"

struct moments_story {
    GString *yaml;     /* in the layout of `frumious fmt`; empty: there is no segment */
    GPtrArray *missed; /* char *: one line each, of the documents' own words */
    int segments, decisions, options, variables;
};

/* `map` or `moments` may be NULL, but not both. `video`: the file, as the story names it. Borrows them while it runs. */
struct moments_story *moments_story_make(JsonObject *map, JsonObject *moments, const char *video);
void moments_story_free(struct moments_story *s); /* accepts NULL */

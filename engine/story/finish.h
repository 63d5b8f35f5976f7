/*
 * finish: turns what the builder has collected into a story. Internal to story/.
 *
 * Every array is copied to its exact size into the story's arena, so the story needs nothing of the builder afterwards.
 */
#pragma once

#include "story/builder.h"
#include "story/story_parts.h"

/*
 * Call once, when everything is resolved and no error was reported. Takes over b->arena and empties the builder's
 * arrays; the caller still frees the builder. `path`: the main file, as given.
 */
struct story *finish_story(struct builder *b, const char *path);

/* The same for a story with errors, which may have been read in part. */
void finish_parts(struct builder *b, const char *path, struct story_parts *parts);

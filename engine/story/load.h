/*
 * load: reads a story from YAML, checks it and builds the model.
 *
 * Any thread; blocks on the disk. One pass over each file, about a second for 100,000 nodes. The files are untrusted:
 * story/limits.h bounds what they can cost.
 */
#pragma once

#include "story/diag.h"
#include "story/story.h"
#include "story/story_parts.h"

/*
 * `path`: the main file, a folder with a `story.yaml`, a pack (base/packed_folder.h), or a link to one of them (story/main_file.h). Every problem of the story goes into `diags` (owned by the caller, never NULL), errors and
 * warnings together, sorted. NULL if there was at least one error, also if a file could not be read; nothing of the
 * story is left then. The caller frees the story with story_free().
 */
struct story *story_load(const char *path, struct diags *diags);

/* The same, but files that are open in an editor are read from `buffers` (story/source_text.h; NULL: none). The main file is on the
 * disk, too. */
struct source_buffers;
struct story *story_load_from(const char *path, const struct source_buffers *buffers, struct diags *diags);

/* The same; `parts` is filled in. */
struct story *story_load_parts(const char *path, const struct source_buffers *buffers, struct diags *diags,
                               struct story_parts *parts);

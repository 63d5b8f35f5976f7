/*
 * load: reads a story from YAML, checks it, builds the model. One pass over libyaml's events per file.
 *
 * Any thread; blocks on the disk. The file is untrusted: see story/limits.h. Every problem of the story goes
 * into `diags` (owned by the caller, not NULL), errors and warnings together, sorted. NULL is returned when
 * there was at least one error; then nothing of the story is left. Also NULL, with one diagnostic, when the
 * file can't be read.
 */
#pragma once

#include "story/diag.h"
#include "story/story.h"

struct story *story_load(const char *path, struct diags *diags);

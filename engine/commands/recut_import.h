/*
 * recut_import: a timeline of OpenTimelineIO comes back into a story's YAML (shoot/recut.h, story/clip_source.h). Main thread.
 */
#pragma once

#include "story/story.h"

#include <stdbool.h>

/* Says what changes and what is left out. The files are written unless it is a `dry_run`, and put back if the story would no
 * longer load, or would say anything else than was asked for. Returns an exit code: EXIT_PROBLEM also where something was left out. */
int recut_import(const struct story *s, const char *file, bool dry_run);

/*
 * story_watch: sees that the story's files were saved, and loads them again while the film plays, for `play --watch`.
 *
 * A story with mistakes is told and left alone: the last good one plays on. Of a good one, story_watch_take() hands out the
 * new version; all versions live until story_watch_free(), since what plays may still point into an old one.
 *
 * Watches the folders of the story's files, not the files, because most editors put a new file into the old one's place;
 * and waits until they have been quiet for a moment, because a save can be several steps. Main thread; while a story is
 * loaded, which takes 0.2 s for 10,000 nodes, the film waits.
 */
#pragma once

#include "story/story.h"

#include <stdbool.h>

struct story_watch;

/* `story` was loaded from its path; `from` and `sets` (both may be NULL) are those of story/variant.h, for each version. All
 * is borrowed until story_watch_free(). */
struct story_watch *story_watch_new(const struct story *story, const char *from, char *const *sets);
void story_watch_free(struct story_watch *w); /* accepts NULL */

/* Looks whether something was saved, and loads it. True: a new version can be taken. */
bool story_watch_ready(struct story_watch *w);

/* The new version, after story_watch_ready(). *changes: what is different in it; borrowed until the next version. */
const struct story *story_watch_take(struct story_watch *w, const char **changes);

/* What to tell the writer about a version with mistakes, in a line; NULL: nothing new. To be freed. All of its mistakes are on
 * standard error already. */
char *story_watch_take_problem(struct story_watch *w);

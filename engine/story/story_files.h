/*
 * story_files: which files a story plays: films, stills, sounds, subtitles, pictures of options, its poster.
 *
 * Any thread.
 */
#pragma once

#include "story/story.h"

#include <stdbool.h>

/* `path`: relative to the story's folder; it need not be there. `clip`: whose picture it is, or NULL. `subtitles`: it is read as
 * such. The same path may come several times. */
typedef void (*story_files_visit)(void *user, const char *path, const struct story_clip *clip, bool subtitles);
void story_files_each(const struct story *s, story_files_visit visit, void *user);

/* The name of the picture beside the story; static. NULL: there is none. Looks at the disk. */
const char *story_files_poster(const struct story *s);

/*
 * track_choice: which of a clip's sounds or subtitles belongs to a play, by its state and the viewer's language.
 *
 * Pure; any thread.
 */
#pragma once

#include "story/story.h"

#include <stdbool.h>
#include <stdint.h>

/* Is it in this language, apart from region and script? A track in "de" serves a viewer who wants "de-AT". */
bool track_speaks(const struct story_track *t, const char *language);

/*
 * The first track in the viewer's language whose condition holds; else the first for any language; else the first that
 * holds at all; NULL: none holds. `language`: a tag, or NULL. Borrowed from the story.
 */
const struct story_track *track_choice(const struct story *s, const int32_t *state, struct story_span tracks,
                                       const char *language);

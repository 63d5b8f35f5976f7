/* recorded_start: the story as a transcript begins it, which is what has to play for the transcript to fit. Any thread. */
#pragma once

#include "play/transcript.h"
#include "story/variant.h"

/*
 * variant_new(), with what the transcript says (its `from` and `set` lines; NULL: no transcript) where `from` and `sets`
 * say nothing. A transcript of another story changes nothing: replay_can_begin() refuses it. NULL and *error as there.
 */
struct variant *recorded_start(const struct story *s, const struct transcript *t, const char *from, char *const *sets,
                               GError **error);

/*
 * finding_words: what a finding says and where it stands. Pure; any thread.
 */
#pragma once

#include "explore/explore.h"

/* A finding as a sentence without a capital letter at its beginning and a full stop at its end. To be freed. */
char *finding_sentence(const struct story *s, const struct explore_finding *f);

/* "part 2 of route \"r\"", or "… of this route" where the route has no name. To be freed. */
char *finding_part_place(const struct story *s, int32_t part);

/* Where the subject of a finding stands in the story's source; line 0 if nowhere. */
struct story_mark finding_mark(const struct story *s, const struct explore_finding *f);

/* The piece of source that the finding is about, for an editor to underline: a name, or the condition that never holds. `len`:
 * characters; 0: the piece that begins there (source_text_piece()). */
struct finding_span {
    struct story_mark mark;
    int64_t len;
};
struct finding_span finding_span(const struct story *s, const struct explore_finding *f);

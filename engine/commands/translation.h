/*
 * translation: what commands ask of arguments that name a language, or the format of its texts. Mistakes are reported.
 */
#pragma once

#include "story/story.h"

#include <stdbool.h>

enum translation_format { TRANSLATION_PO, TRANSLATION_CSV };

/* `named`: by --format, or NULL: as `file` ends, which may be NULL. */
bool translation_format(const char *named, const char *file, enum translation_format *format);

/* One of the story's languages but the first; `named` may be NULL where there is only one. NULL: there is no such language.
 * Borrowed from the story. */
const char *translation_language(const struct story *s, const char *named);

/* Has the story texts in this language, or in a variety of it (de for de-AT)? */
bool translation_has_texts(const struct story *s, const char *language);

/* Says it where there are none in the language that was asked for, which may be NULL, and in which they are shown. */
void translation_tell_shown(const struct story *s, const char *asked);

/*
 * translation: what `export strings` and `import strings` both ask of their arguments. Mistakes are reported.
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

/*
 * lint_texts: texts that are too long for their place, in every language (W705). The panel is laid out as the player does
 * it, in a window of LINT_WINDOW_W x LINT_WINDOW_H that the picture fills, with all options of a decision shown at once;
 * what then is cut or left out is said.
 *
 * Pure but for the measuring. Decisions with a handful of short texts are passed over: they fit.
 */
#pragma once

#include "present/layout.h"
#include "story/diag.h"
#include "story/story.h"

#define LINT_WINDOW_W 1280
#define LINT_WINDOW_H 720

/* Where nothing measures (no font is there), and for titles: room in characters. */
#define LINT_PROMPT_CHARS 120
#define LINT_OPTION_CHARS 60
#define LINT_SUB_CHARS    90
#define LINT_TITLE_CHARS  80

/* Is there a text that only measuring can judge? Looking for fonts takes a while. */
bool lint_texts_wants_measure(const struct story *s);

/* `measure`: of the text module (present/text.h); NULL: characters are counted. */
void lint_texts(const struct story *s, layout_measure measure, void *user, struct diags *diags);

/*
 * lint_texts: texts that are too long for their place, in every language (W705).
 *
 * Each decision's panel is laid out as the player does it, in a small window (854x480) and in a common one (1280x720),
 * which the picture fills, with all options shown at once. A text that is then cut off or left out is reported. Decisions with a few short texts
 * are skipped: they always fit. Pure but for `measure`.
 */
#pragma once

#include "present/layout.h"
#include "story/diag.h"
#include "story/story.h"

/* The room in characters, for titles, and for all texts where no font can be measured. */
#define LINT_PROMPT_CHARS 120
#define LINT_OPTION_CHARS 60
#define LINT_SUB_CHARS    90
#define LINT_TITLE_CHARS  80

/* Does some text need measuring? Looking for fonts takes a while, so ask first. */
bool lint_texts_wants_measure(const struct story *s);

/* `measure`: measures with `user`, a struct text (present/text.h); NULL: characters are counted instead. */
void lint_texts(const struct story *s, layout_measure measure, void *user, struct diags *diags);

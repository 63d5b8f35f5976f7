/*
 * pseudo: texts that look like a translation before there is one, to see how a film stands longer words and another direction.
 *
 * Pure; any thread.
 */
#pragma once

#include "translate/strings.h"

enum pseudo_kind {
    PSEUDO_LONG, /* accented, in brackets, and a third to twice as long: what is not in brackets is no text of the story */
    PSEUDO_RTL, /* in Hebrew letters, so that it reads from right to left */
};

/* The text so changed, which the caller frees. What stands in {braces} stays, and so does a text that would get too long for a
 * story (STORY_TEXT_BYTES_MAX). */
char *pseudo_text(const char *text, enum pseudo_kind kind);

/* Every text of the table gets such a translation, made from the text as it is now. */
void pseudo_fill(struct strings *t, enum pseudo_kind kind);

/*
 * spoken_words: what is to be said of a view, compared with the view before: see speech.h. Pure, but for the struct spoken
 * that remembers. Sentences end in a full stop, where a voice pauses.
 */
#pragma once

#include "present/view.h"

struct spoken;

struct spoken *spoken_new(void);
void spoken_free(struct spoken *s); /* accepts NULL */

/* What is new. g_free() it. NULL: nothing. */
char *spoken_words(struct spoken *s, const struct view *v, const char *language);

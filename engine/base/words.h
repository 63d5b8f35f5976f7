/*
 * words: what viewers read in the player, in their own language.
 *
 * The code has the English words; german.def has the German ones beside them, sentence by sentence, also as formats with the
 * same arguments in the same order. What is not in it stays English: names, messages of the system, statistics.
 * tests/words holds the list against the code: every word has its line, no line is left over.
 */
#pragma once

#include <glib.h>

/* Marks words in tables, which are given to words_in() later. */
#define WORDS(english) english

/* `language` is a tag (de, de-AT, en, …), or NULL for English. What comes back is static, or `english` itself. */
const char *words_in(const char *language, const char *english) G_GNUC_FORMAT(2);

/*
 * words: what viewers read in the player, in their own language.
 *
 * The code holds the English words. german.def translates them sentence by sentence; a format's translation takes the
 * same arguments in the same order. What is not in german.def stays English: names, messages of the system,
 * statistics. tests/words compares the list with the code: every word has a line, and every line is used. Any thread.
 */
#pragma once

#include <glib.h>

/* Marks words in a table whose rows are passed to words_in() later. */
#define WORDS(english) english

/* The words in `language`: a tag such as de, de-AT or en, or NULL for English. Static, or `english` itself. */
const char *words_in(const char *language, const char *english) G_GNUC_FORMAT(2);

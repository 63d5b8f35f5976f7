/*
 * words: what viewers read in the player, in their own language.
 *
 * The code holds the English words. assets/languages/ has a gettext file for each other language, which becomes part of the
 * program. We look the words up ourselves: gettext asks the system's locale, and a viewer may want a language that
 * their system does not have, or change it while the film plays. A format's translation takes the same arguments in
 * the same order. What is not translated stays English: names, messages of the system, statistics. tests/words compares
 * the files with the code: every word has a line, and every line is used. Any thread.
 */
#pragma once

#include <glib.h>

/* Marks words in a table whose rows are passed to words_in() later. */
#define WORDS(english) english

/* The words in `language`: a tag such as de, de-AT or pt_BR, or NULL for English. The file of the whole tag comes first, then
   those of its beginnings. Static, or `english` itself. */
const char *words_in(const char *language, const char *english) G_GNUC_FORMAT(2);

/* ---- made from the files by engine/po.awk; both lists end with a row of NULL -------------------------------------- */

struct words_line {
    const char *english, *words;
};
struct words_language {
    const char *tag;
    const struct words_line *lines;
};
extern const struct words_language words_languages[];

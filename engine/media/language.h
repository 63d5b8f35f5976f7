/*
 * language: is what a file calls a language what a viewer calls it? Files say "ger", "deu", "de" or "de-AT", and a viewer
 * wants "de". Any thread.
 */
#pragma once

#include <stdbool.h>

enum language_match {
    LANGUAGE_OTHER,
    LANGUAGE_SAME,  /* the same language, of any region or script */
    LANGUAGE_EXACT, /* and the same region or script, where both name one */
};

/* Both are codes of ISO 639-1, -2 or -3, perhaps with the rest of a BCP 47 tag behind. What is no code matches
 * nothing. */
enum language_match language_match(const char *track, const char *wanted);

/* The tag as the three letters that files want: ISO 639-2/B, which QuickTime and Matroska know; "und" where there are none. */
#define LANGUAGE_THREE_BYTES 4
void language_three(const char *tag, char out[LANGUAGE_THREE_BYTES]);

/* Does the file say which language it is? Not if it says "und", "mul" (several) or "zxx" (no words), or is NULL. */
bool language_is_known(const char *track);

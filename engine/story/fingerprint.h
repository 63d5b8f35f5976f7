/*
 * fingerprint: eight digits that stand for a text. A translation carries the fingerprint of the text that it was made
 * from, so that a later change of that text is noticed.
 */
#pragma once

#include <stdbool.h>

#define FINGERPRINT_BYTES 9 /* eight digits and a NUL */

/* Is this text a fingerprint, as it is written in files? */
bool fingerprint_is(const char *text);

/* The first eight hexadecimal digits of the text's SHA-256. Two texts of a story share them once in four thousand
 * million pairs; then a change between just these two goes unnoticed. */
void fingerprint_text(const char *text, char out[FINGERPRINT_BYTES]);

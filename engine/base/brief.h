/*
 * brief: a text of unknown length inside a message: whole where it is short, else shortened where a reader expects it,
 * between two words, with `…` behind it. Never in the middle of a character, and in the middle of a word only where
 * that word alone is too long.
 *
 * Any thread. Bytes that are not UTF-8 count as one character each and stay what they are.
 */
#pragma once

#include <stddef.h>

#define BRIEF_CHARS 80 /* of a name, a key, a value */
#define BRIEF_PATH  400

/* The first characters of `text`, at most `max_chars` with the `…`. The caller frees it. */
char *brief(const char *text, size_t max_chars);

/* The same for a fixed place of `size` bytes, at least 4, the final zero included. */
void brief_copy(char *to, size_t size, const char *text);

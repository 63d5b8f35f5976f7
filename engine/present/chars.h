/*
 * chars: what single characters mean to whoever sets text: which of them are allowed, where a line may end, which
 * script they belong to.
 *
 * Pure functions of code points. Text comes from stories and may be hostile.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The characters of a string, *n of them, which the caller frees with g_free(). The string may be NULL, or broken
 * UTF-8. Left out are characters that disguise what is read, and all but the first few marks on one letter; all line
 * ends become '\n'. More than `max` characters are cut there and end in an ellipsis. */
uint32_t *chars_clean(const char *utf8, int max, int *n);

/* May a line of these n characters end before character i, 0 < i < n? A number stays with the unit behind it: "7,7 s", "40 %". */
bool chars_may_break(const uint32_t *c, int n, int i);

/* Writes the ISO 15924 name of the character's script. Leaves `script` alone if the character belongs to whatever
 * stands beside it. */
void chars_script(uint32_t c, char script[5]);

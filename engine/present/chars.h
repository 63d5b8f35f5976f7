/*
 * chars: what single characters are to whoever sets text: which of them are let in, where a line may end, which script.
 *
 * Pure functions of code points. Text comes from stories and may be hostile.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The characters of a string that may be broken UTF-8, or NULL: without those that lie about what is read, with one kind of
 * line end, without piles of marks; after `max` of them an ellipsis. g_free() it. */
uint32_t *chars_clean(const char *utf8, int max, int *n);

/* May a line end before character i, i > 0? */
bool chars_may_break(const uint32_t *c, int i);

/* Writes the script's ISO 15924 name; leaves it as it is where the character belongs to whatever stands beside it. */
void chars_script(uint32_t c, char script[5]);

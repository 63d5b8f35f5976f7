/*
 * fold: lays out a text for a terminal of a fixed width. Any thread.
 */
#pragma once

#include <glib.h>

#define FOLD_TERMINAL 80 /* columns that every terminal has */

/*
 * Appends `text` (UTF-8), no line of it longer than `columns` characters unless a word is. Lines that begin with no blank
 * and follow each other are one paragraph, which is filled anew. A line that begins with blanks stays a line of its own. What
 * doesn't fit goes below its last column, the text behind the last two blanks, as in a list of options; where there is no such
 * column, below its first word.
 */
void fold_text(GString *out, const char *text, int columns);

/* The same, but each line stays a line of its own, and what doesn't fit of one that begins with no blank is indented by two. */
void fold_lines(GString *out, const char *text, int columns);

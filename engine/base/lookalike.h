/*
 * lookalike: names that a person takes for the same although they differ: in capital letters, in the Unicode normal
 * form (`é` as one character or as two), in blanks at the end, in dashes, quotes and invisible characters.
 *
 * For messages: what was asked for is not there, but something is that looks like it. Any thread. Only
 * lookalike_path() looks at the disk: one folder for each part of the path, up to LOOKALIKE_ENTRIES names in each.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define LOOKALIKE_ENTRIES 20000

/* What names that look alike have in common: equal keys, equal looks. With lookalike_form(), capital letters count. The
 * caller frees it. */
char *lookalike_key(const char *name);
char *lookalike_form(const char *name);

/* Is it a blank other than those of the space bar and the Tab key, or a character that nobody sees? */
bool lookalike_is_blank(gunichar c);

/* Is it a quotation mark of print, single or double: ‘ “ „ « …? */
bool lookalike_is_quote(gunichar c);

/* "U+00A0 NO-BREAK SPACE", for a message that must name what the eye can't tell. The caller frees it. */
char *lookalike_name(gunichar c);

/* The first character of `word` that passes for another letter or can't be seen: one that is in none of Latin's scripts
 * while the word begins or goes on in Latin, a blank as above, a quote or dash of print. NULL: there is none. */
const char *lookalike_stranger(const char *word);

/*
 * How `there` differs from `asked`, which has the same key, if the eye can't see it: "in another Unicode form", "with a
 * blank at its end", …; static. NULL: the difference can be seen (capital letters), or there is none.
 */
const char *lookalike_hidden(const char *asked, const char *there);

/*
 * The path below the folder `dir` that is there and looks like `path`; NULL: none, or `path` itself is there. Of
 * several, the first in the order of bytes. The caller frees it.
 */
char *lookalike_path(const char *dir, const char *path);

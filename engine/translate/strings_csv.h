/*
 * strings_csv: translations as a table for spreadsheets (RFC 4180): key, context, source, translation, of, state. A line
 * end within a text is written \n, a backslash \\, another control character \uXXXX.
 */
#pragma once

#include "translate/strings.h"

void strings_csv_write(const struct strings *t, GString *out);

/* The answers (struct strings_answer) of the table; its first row names the columns, in any order: at least key and translation,
 * and of or source. Commas, semicolons or tabs part them, in all rows the same as in the first. NULL with *error: as po_read().
 * Reads at most 64 MiB, and STRINGS_ANSWERS_MAX answers. */
GArray *strings_csv_read(const char *path, GError **error);

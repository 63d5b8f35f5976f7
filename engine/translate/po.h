/*
 * po: translations as PO files, which Poedit, Weblate and other tools of translators read and write (GNU gettext's manual,
 * "The Format of PO Files"). The key of a text is its msgctxt, the text itself its msgid; a translation of an earlier text
 * is fuzzy. gettext's own library is not used: its licence (GPL) would become the program's, it knows one reader at a time,
 * and it writes what steers a terminal as it is. Pure; any thread.
 */
#pragma once

#include "translate/strings.h"

/* `version` is the program's own. */
void po_write(const struct strings *t, const char *version, GString *out);

/* The answers (struct strings_answer) of the file, in any encoding that its header names. Obsolete entries and entries
 * without msgctxt are left out. NULL with *error (G_FILE_ERROR, or G_CONVERT_ERROR with the line): it can't be read. Reads at
 * most 64 MiB, and STRINGS_ANSWERS_MAX answers. */
GArray *po_read(const char *path, GError **error);

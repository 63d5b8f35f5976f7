/*
 * lint_files: the facts that check/lint wants, from the files that a story names.
 *
 * Headers, tables and subtitles only: nothing is decoded; some milliseconds a file, on all cores. `whole`: films without a
 * table of their packets are read from end to end, too, so that what only the packets tell is known. Files that are not
 * there get no fact: the loader has said so.
 */
#pragma once

#include "check/lint.h"

#include <stdbool.h>

/* Called on the calling thread between files; false stops. */
typedef bool (*lint_files_progress)(void *user, unsigned done, unsigned n);

/* From path to struct lint_fact; free with g_hash_table_unref(). NULL if `progress` (may be NULL) stopped it. */
GHashTable *lint_files(const struct story *s, bool whole, lint_files_progress progress, void *user);

/*
 * lint_files: gathers the facts that check/lint.h wants from the files that a story names.
 *
 * It reads headers, tables of packets and subtitles, and decodes nothing: some milliseconds a file, on all cores; more for
 * a text track in a container without a table of its packets. Blocks.
 */
#pragma once

#include "check/lint.h"

#include <stdbool.h>

/* Called on the calling thread between files; false stops. */
typedef bool (*lint_files_progress)(void *user, unsigned done, unsigned n);

/*
 * `known` (may be NULL): such a table of an earlier run; what is still true of a file is moved out of it, and the file is not read.
 *
 * From each path to its struct lint_fact; free with g_hash_table_unref(). A file that is missing gets no fact: the loader has
 * reported it. `whole`: a film without a table of its packets is read to its end, so that its key frames are known as well.
 * Where `progress` (may be NULL) stopped it, files that were not read by then get none either. A disk may hang; so a thread may
 * still be reading one of them, and the program must end by _exit().
 */
GHashTable *lint_files(const struct story *s, GHashTable *known, bool whole, lint_files_progress progress, void *user);

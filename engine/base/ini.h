/*
 * ini: a file in sections (GKeyFile) that may be damaged, and its values, without a word of GLib's on the terminal.
 *
 * A line that can't be understood takes away neither those before it nor those behind it, but for those of a section whose name is
 * such a line. Whoever then writes the file anew keeps what was there beside it (base/set_aside.h).
 *
 * A value that holds an escape which is none, and ends in a backslash, has two faults. GLib reports the second one over the first,
 * and warns of itself on standard error. Such a value counts as missing here. Any thread, as long as one at a time uses the file.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* What the file says, never NULL, to be freed with g_key_file_unref(). One that is not there is empty. *error: it can't be read
 * (G_FILE_ERROR; it has more than `max` bytes: G_FILE_ERROR_NOMEM), and is empty; or not all of it can be understood
 * (G_KEY_FILE_ERROR), and the rest is there. */
GKeyFile *ini_read(const char *path, size_t max, GKeyFileFlags flags, GError **error);

/* Replaces the file in one go (files_replace()), and makes its folder. What stands there and can't be read or understood is set aside
 * first. False and *error: it is as it was, also because it would have more than `max` bytes, which ini_read() refuses. What stands there is
 * read for that, also where the caller has just read it: somebody may have written meanwhile. With a hundred values it takes some 30 us,
 * a fiftieth of what writing them durably does. */
bool ini_write(const char *path, size_t max, GKeyFile *file, bool durable, GError **error);

/* NULL: it is missing, or ends within an escape. One that is none stays as it is. To be freed. */
char *ini_text(GKeyFile *file, const char *group, const char *key);

/* The same of a list, where an escape that is none makes it missing. To be freed with g_strfreev(). */
char **ini_list(GKeyFile *file, const char *group, const char *key);

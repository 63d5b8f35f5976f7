/*
 * ini: values of a file in sections (GKeyFile) that may be damaged, without a word of GLib's on the terminal.
 *
 * A value that holds an escape which is none, and ends in a backslash, has two faults. GLib reports the second one over the first,
 * and warns of itself on standard error. Such a value counts as missing here. Any thread, as long as one at a time uses the file.
 */
#pragma once

#include <glib.h>

/* NULL: it is missing, or ends within an escape. One that is none stays as it is. To be freed. */
char *ini_text(GKeyFile *file, const char *group, const char *key);

/* The same of a list, where an escape that is none makes it missing. To be freed with g_strfreev(). */
char **ini_list(GKeyFile *file, const char *group, const char *key);

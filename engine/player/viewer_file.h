/*
 * viewer_file: a small file that keeps something for the viewer of a story, beside the saved place (paths_save()).
 *
 * Key files of GLib. They are the viewer's, are kept whether decisions are recorded or not, and are never part of the
 * record. Whoever writes one starts from what was read, so what another version of the story wrote stays in it. Main
 * thread; both wait for the disk.
 */
#pragma once

#include "story/story.h"

#include <glib.h>

/* `name`: such as "endings.ini". What is not there or can't be read is empty; of a damaged one, what can be understood is there. Free
 * it with g_key_file_unref(). */
GKeyFile *viewer_file_read(const struct story *s, const char *name);

/* Replaces it in one go; a damaged one is set aside first. False and *error: the old one is still there, as it is if the new one had
 * more than 16 MiB. */
bool viewer_file_write(const struct story *s, const char *name, GKeyFile *file, GError **error);

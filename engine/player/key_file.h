/*
 * key_file: the viewer's own keys, from a text file (paths_keys()): in each line a key and what it does, as in mpv's
 * input.conf; "#" begins a comment.
 *
 * Main thread. A line that says nothing sensible changes nothing.
 */
#pragma once

#include "present/input.h"

#include <glib.h>

/* Binds the keys of the file, if there is one. The problems, each a sentence that names file, line and key, and how many more there
 * are; g_ptr_array_unref() them. */
GPtrArray *key_file_bind(struct input *in);

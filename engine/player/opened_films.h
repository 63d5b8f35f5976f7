/*
 * opened_films: which films were opened in a window before, the latest first; the one that came with the program is among
 * them.
 *
 * They stand in a text file, one path a line (paths_shelf()). It is the viewer's, like the saved places, and no part of the
 * record. Main thread.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* So many stay on the list, because each is loaded before it is shown. */
#define OPENED_FILMS_MAX 40

/* The film was opened: it comes first from now on. False and *error: that could not be saved. */
bool opened_films_remember(const char *path, GError **error);

/* The paths of those that are there, at most OPENED_FILMS_MAX + 1: g_strfreev() it. */
char **opened_films_paths(void);

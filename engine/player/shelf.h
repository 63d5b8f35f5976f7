/*
 * shelf: the films that can be watched: the one that came with the program, and those that were opened in a window before,
 * the latest first, with their posters (player/posters.h); to choose from where no film was named. A story that is dropped on
 * the window is a choice as well.
 *
 * Which films were opened stands in a text file, one path a line (paths_shelf()). It is the viewer's, like the saved places,
 * and no part of the record. Main thread.
 */
#pragma once

#include "player/settings.h"

/* So many films that were opened stay on the shelf, because each is loaded before it is shown. */
#define SHELF_OPENED_MAX 40

/* The film was opened: it comes first from now on. False and *error: that could not be saved. */
bool shelf_remember(const char *path, GError **error);

/* The paths of the films that are there: g_strfreev() it. */
char **shelf_paths(void);

/* Opens a window with the shelf, and closes it. The path that the viewer chose, g_free() it; NULL: they left, or *error: there is
 * no window. */
char *shelf_choose(struct settings *settings, GError **error);

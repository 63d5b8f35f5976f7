/*
 * shelf: the films that can be watched: the one that came with the program, and those that were opened in a window before,
 * the latest first (player/opened_films.h), with their posters (player/posters.h); to choose from where no film was named. A story that is dropped on
 * the window is a choice as well.
 *
 * Main thread.
 */
#pragma once

#include "player/settings.h"

#include <stdbool.h>

/* Opens a window with the shelf, and closes it. The path that the viewer chose, g_free() it. NULL: they left; or somebody else
 * watches, *viewer (player/profiles.h; g_free() it), and the shelf is theirs next; or *error: there is no window. */
char *shelf_choose(struct settings *settings, char **viewer, GError **error);

/* Why a viewer cannot play that, in a sentence of `language`, which the caller frees; NULL: it is a story that plays. Reads it. */
char *shelf_refusal(const char *path, const char *language);

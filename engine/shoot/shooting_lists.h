/*
 * shooting_lists: tables (CSV) for those who shoot and record a story.
 *
 * They look at the story's folder for what exists already, and at nothing within the files. Any thread.
 */
#pragma once

#include "shoot/scenes.h"

#include <glib.h>

/* Both return how many rows there are below the heads of the columns. */

/* One row for each scene: what is to be shot or drawn, how long it is, what is in it, which of its files exist. */
guint shooting_list_shots(const struct scenes *sc, GString *out);

/* One row for each line that somebody speaks, by speaker, then in the order of the scenes: where it belongs, and a name for
 * the recording that stays the same while scenes are moved. */
guint shooting_list_lines(const struct scenes *sc, GString *out);

/*
 * display: SDL's video, started and stopped for whoever opens a window or asks what there is. Main thread.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Each success wants a display_stop(). False with *error: there is no display that shows anything. */
bool display_start(GError **error);
void display_stop(void);

/* While it is started: "x11, 1920 x 1080 at 60 Hz". The caller frees it. */
char *display_describe(void);

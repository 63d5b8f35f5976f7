/*
 * equipment: what this machine has to present a film with, for people who want to know why something is missing.
 *
 * Main thread, while no film plays: each function starts what it asks and stops it again. Texts are the caller's (g_free).
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* "x11, 1920 x 1080 at 60 Hz". NULL with *error: there is no display. */
char *equipment_display(GError **error);

/* "pulseaudio, Built-in Audio". NULL with *error: there is no sound device. */
char *equipment_sound(GError **error);

/* The names of the game pads; those that SDL knows no buttons of say so. NULL: none is connected. */
char *equipment_pads(void);

/* The scripts that fonts are there for: "Latin, Greek". *lacking: those for which there are none (NULL: none is lacking), and
 * *packages: what Debian calls the packages that have them, set together with it. */
char *equipment_scripts(char **lacking, char **packages);

/*
 * player: plays a story in a window, or off-screen, from its first frame to an ending.
 *
 * It owns everything that a play needs: window, sound, film, telemetry. Main thread; player_run() returns when the film
 * is over or the viewer leaves; if a decoder does not come back then, it ends the program. It reports on standard error what fails.
 */
#pragma once

#include "player/player_options.h"

/* Returns the exit code (base/console.h). Everything that `o` points to is borrowed until then. */
int player_run(const struct player_options *o);

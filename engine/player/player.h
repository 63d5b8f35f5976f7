/*
 * player: plays a story in a window, or off-screen, from its first frame to an ending.
 *
 * Owns everything that a play needs: window, sound, film, telemetry. Main thread; player_run() returns when the film
 * is over or the viewer leaves.
 */
#pragma once

#include "player/player_options.h"

/* A cmd_exit code. */
int player_run(const struct player_options *o);

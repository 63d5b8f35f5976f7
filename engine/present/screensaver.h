/*
 * screensaver: keeps the screen saver away while a film plays.
 *
 * Where the session's bus answers (desktop_bus.h), the desktop is asked there, by messages whose answers nothing waits for: a bus
 * that hangs holds nothing up. Where there is no bus, or nobody on it who knows of screen savers, or a sandbox is around
 * us, SDL does it, once the bus that there is has answered. The desktop forgets what was asked when the connection ends. Main thread; SDL's video is started, with
 * SDL_HINT_VIDEO_ALLOW_SCREENSAVER set, so that SDL asks nobody by itself.
 */
#pragma once

#include <stdbool.h>

struct screensaver;

/* The screen saver may come. Never NULL. */
struct screensaver *screensaver_new(void);
void screensaver_free(struct screensaver *s); /* accepts NULL */

void screensaver_keep_away(struct screensaver *s, bool away);

/* Takes in what the desktop has answered. To be called now and then. */
void screensaver_poll(struct screensaver *s);

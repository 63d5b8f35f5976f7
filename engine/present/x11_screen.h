/*
 * x11_screen: what SDL does not do on an X screen. It fills one on which nobody manages windows, tells where the pointer is, and keeps
 * an event that comes too late from ending the program.
 *
 * To fill the screen, SDL asks the window manager, and believes that it has done so. Where there is none, as on a kiosk or
 * in a bare X session, nothing happens, and the picture is larger than its window. Then the window has to be placed by
 * its program.
 *
 * Main thread. Xlib is loaded when it is first needed; SDL uses it anyway. Under Wayland and other systems, these
 * functions do nothing.
 */
#pragma once

#include <stdbool.h>

struct SDL_Window;

/* SDL ends a wait of its own by an event to the window, on a second connection. The server may read that one after the window
 * was closed, and Xlib ends the program for it. From `on` to `!on` such an error does nothing; others are what they were. Call it
 * before SDL's video starts and after it has stopped. */
void x11_screen_forgive(bool on);

/* Is the window on an X screen without a window manager that could make it fill the screen (EWMH)? Asks the server. */
bool x11_screen_is_bare(struct SDL_Window *w);

/* Places the window over the whole of its display, where SDL believes it to be. It does not give it back its size: SDL
 * takes the display's for that of the window, so the caller has to remember it. */
void x11_screen_fill(struct SDL_Window *w);

/* Where the pointer is on the screen, by the server: SDL's own answer is not true after a program has moved it. False: it is on
 * another screen, or this is no X screen. */
bool x11_screen_pointer(struct SDL_Window *w, int *x, int *y);

/*
 * late_event: opens the player's window twice, and each time has the X server find an event that is for a window which was closed
 * before, on a connection of its own, as SDL's may be when a key closes its window. For the end-to-end tests: prints "open" for each
 * window that was there after it; without the player's guard Xlib ends the program at the first.
 */
#include "present/window.h"

#include <SDL2/SDL.h>
#include <SDL2/SDL_syswm.h>
#include <stdio.h>

static bool send_late(void)
{
    static const char *const names[] = {"XOpenDisplay", "XSendEvent", "XCloseDisplay"};
    void *library = SDL_LoadObject("libX11.so.6"), *found[G_N_ELEMENTS(names)] = {NULL};
    for (size_t i = 0; library && i < G_N_ELEMENTS(names); i++)
        found[i] = SDL_LoadFunction(library, names[i]);
    if (!found[0] || !found[1] || !found[2])
        return false;
    Display *display = ((Display * (*)(const char *)) found[0])(NULL);
    XEvent e = {.xclient = {.type = ClientMessage, .display = display, .format = 8}};
    if (!display)
        return false;
    const Window closed = 0x1fffff; /* nobody has one of this number */
    ((Status(*)(Display *, Window, Bool, long, XEvent *))found[1])(display, closed, False, NoEventMask, &e);
    ((int (*)(Display *))found[2])(display); /* which waits for the server's answer */
    return true;
}

int main(void)
{
    for (int i = 0; i < 2; i++) {
        g_autoptr(GError) error = NULL;
        struct window *w = window_open(&(struct window_options){.width = 320, .height = 180}, &error);
        if (!w) {
            fprintf(stderr, "%s\n", error->message);
            return 1;
        }
        if (!send_late())
            return 1;
        puts("open");
        fflush(stdout);
        window_close(w);
    }
    return 0;
}

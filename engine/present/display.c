#include "present/display.h"

#include "base/interrupt.h"
#include "base/units.h"
#include "present/desktop_bus.h"
#include "present/x11_screen.h"

#include <assert.h>
#include <dlfcn.h>
#include <gio/gio.h>
#include <stdarg.h>
#include <string.h>
#include <SDL2/SDL.h>

/* Docks find the icon of a window by the name of its desktop entry. SDL takes it from the environment only. */
#define DESKTOP_ID "org.frumious.Frumious"
#define BUS_US     US_PER_SECOND /* for each bus to answer */

/* Without a display SDL falls back on a driver that shows nothing. If such a driver was asked for by name, that is
 * fine. */
static bool is_blind(void)
{
    const char *driver = SDL_GetCurrentVideoDriver();
    return !SDL_GetHint(SDL_HINT_VIDEODRIVER) && driver &&
           (strcmp(driver, "offscreen") == 0 || strcmp(driver, "dummy") == 0);
}

typedef void (*wayland_log)(const char *format, va_list values);

static void say_nothing(const char *format, va_list values)
{
    (void)format, (void)values;
}

/* Where Wayland has no folder for its sockets, its library writes a line to the terminal when SDL looks for a display; what is
 * wrong we say in our own words. SDL will find the library loaded. */
static void silence_wayland(void)
{
    void (*set)(wayland_log handler) = NULL;
    void *library = g_getenv("XDG_RUNTIME_DIR") ? NULL : dlopen("libwayland-client.so.0", RTLD_LAZY);
    void *found = library ? dlsym(library, "wl_log_set_handler_client") : NULL;
    static_assert(sizeof set == sizeof found, "POSIX lets a pointer to data hold one to a function");
    memcpy(&set, &found, sizeof set);
    if (set)
        set(say_nothing); /* the library stays: its handler would be gone with it */
}

/*
 * No input method is asked: letters are commands, the characters of a code are keys, and of a sign we want what the key types. SDL
 * would ask one over D-Bus for each key and wait for it, a third of a second if it hangs; and one that composes words keeps the letters.
 * Xlib's own method stays, for dead keys.
 */
static void leave_out_input_methods(void)
{
    g_setenv("XMODIFIERS", "@im=none", TRUE);
    g_setenv("SDL_IM_MODULE", "none", TRUE);     /* not fcitx */
    g_setenv("IBUS_ADDRESS", "/dev/null", TRUE); /* the file in which SDL looks for the address of IBus */
}

bool display_start(GError **error)
{
    leave_out_input_methods();
    silence_wayland();
    desktop_bus_open(interrupt_patience_us(BUS_US));
    SDL_SetHint(SDL_HINT_APP_NAME, "Frumious");
    SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1"); /* until a film plays: screensaver.h */
    SDL_setenv("SDL_VIDEO_X11_WMCLASS", DESKTOP_ID, 0);
    SDL_setenv("SDL_VIDEO_WAYLAND_WMCLASS", DESKTOP_ID, 0);
    x11_screen_forgive(true);
    if (SDL_InitSubSystem(SDL_INIT_VIDEO) < 0) {
        x11_screen_forgive(false);
        desktop_bus_close();
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "no display: %s", SDL_GetError());
        return false;
    }
    if (is_blind()) {
        display_stop();
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_FAILED,
                            "no display: neither DISPLAY nor WAYLAND_DISPLAY leads to one");
        return false;
    }
    return true;
}

void display_stop(void)
{
    SDL_QuitSubSystem(SDL_INIT_VIDEO);
    if (!SDL_WasInit(SDL_INIT_VIDEO))
        x11_screen_forgive(false);
    desktop_bus_close();
}

char *display_describe(void)
{
    SDL_DisplayMode mode;
    if (SDL_GetDesktopDisplayMode(0, &mode) < 0)
        return g_strdup(SDL_GetCurrentVideoDriver());
    GString *out = g_string_new(NULL);
    g_string_printf(out, "%s, %d x %d", SDL_GetCurrentVideoDriver(), mode.w, mode.h);
    if (mode.refresh_rate > 0)
        g_string_append_printf(out, " at %d Hz", mode.refresh_rate);
    return g_string_free(out, FALSE);
}

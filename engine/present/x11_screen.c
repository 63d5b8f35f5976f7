#include "present/x11_screen.h"

#include <SDL2/SDL.h>
#include <SDL2/SDL_syswm.h>

#ifdef SDL_VIDEO_DRIVER_X11

#define SEND_EVENT 25 /* X_SendEvent of the core protocol */

/* Xlib's handler has no place for a pointer of ours. NULL: ours is not installed. */
static XErrorHandler before;

static int forgive(Display *display, XErrorEvent *e)
{
    return e->error_code == BadWindow && e->request_code == SEND_EVENT ? 0 : before(display, e);
}

void x11_screen_forgive(bool on)
{
    void *library = on != !!before ? SDL_LoadObject("libX11.so.6") : NULL; /* it stays, as the handler does in it */
    XErrorHandler (*set)(XErrorHandler) = NULL;
    if (library)
        *(void **)&set = SDL_LoadFunction(library, "XSetErrorHandler");
    if (!set)
        return;
    XErrorHandler was = set(on ? forgive : before);
    before = on ? was : NULL;
}

/* What is needed of Xlib. */
struct xlib {
    void *library;
    Atom (*intern)(Display *, const char *, Bool);
    Window (*root)(Display *);
    int (*property)(Display *, Window, Atom, long, long, Bool, Atom, Atom *, int *, unsigned long *, unsigned long *,
                    unsigned char **);
    int (*place)(Display *, Window, int, int, unsigned, unsigned);
    Bool (*pointer)(Display *, Window, Window *, Window *, int *, int *, int *, int *, unsigned *);
    int (*free)(void *);
};

static bool load_xlib(struct xlib *x)
{
    *x = (struct xlib){.library = SDL_LoadObject("libX11.so.6")};
    if (!x->library)
        return false;
    *(void **)&x->intern = SDL_LoadFunction(x->library, "XInternAtom");
    *(void **)&x->root = SDL_LoadFunction(x->library, "XDefaultRootWindow");
    *(void **)&x->property = SDL_LoadFunction(x->library, "XGetWindowProperty");
    *(void **)&x->place = SDL_LoadFunction(x->library, "XMoveResizeWindow");
    *(void **)&x->pointer = SDL_LoadFunction(x->library, "XQueryPointer");
    *(void **)&x->free = SDL_LoadFunction(x->library, "XFree");
    if (x->intern && x->root && x->property && x->place && x->pointer && x->free)
        return true;
    SDL_UnloadObject(x->library);
    return false;
}

/* False: it is no window of an X server. */
static bool window_of(SDL_Window *w, Display **display, Window *window)
{
    SDL_SysWMinfo info;
    SDL_VERSION(&info.version);
    if (!w || !SDL_GetWindowWMInfo(w, &info) || info.subsystem != SDL_SYSWM_X11)
        return false;
    *display = info.info.x11.display;
    *window = info.info.x11.window;
    return true;
}

/* A window manager that follows EWMH names a window of its own in this property of the root window. */
static bool has_manager(const struct xlib *x, Display *display)
{
    const Atom check = x->intern(display, "_NET_SUPPORTING_WM_CHECK", True);
    Atom type = None;
    int format = 0;
    unsigned long n = 0, left = 0;
    unsigned char *value = NULL;
    if (check == None || x->property(display, x->root(display), check, 0, 1, False, AnyPropertyType, &type, &format, &n,
                                     &left, &value) != Success)
        return false;
    if (value)
        x->free(value);
    return n == 1;
}

bool x11_screen_is_bare(SDL_Window *w)
{
    struct xlib x;
    Display *display;
    Window window;
    if (!window_of(w, &display, &window) || !load_xlib(&x))
        return false;
    const bool bare = !has_manager(&x, display);
    SDL_UnloadObject(x.library);
    return bare;
}

void x11_screen_fill(SDL_Window *w)
{
    struct xlib x;
    Display *display;
    Window window;
    SDL_Rect at;
    if (!window_of(w, &display, &window) || !load_xlib(&x))
        return;
    if (SDL_GetDisplayBounds(SDL_GetWindowDisplayIndex(w), &at) == 0)
        x.place(display, window, at.x, at.y, (unsigned)SDL_max(at.w, 1), (unsigned)SDL_max(at.h, 1));
    SDL_UnloadObject(x.library);
}

bool x11_screen_pointer(SDL_Window *w, int *x, int *y)
{
    struct xlib lib;
    Display *display;
    Window window, root, child;
    int in_x, in_y;
    unsigned mask;
    if (!window_of(w, &display, &window) || !load_xlib(&lib))
        return false;
    const bool found = lib.pointer(display, lib.root(display), &root, &child, x, y, &in_x, &in_y,
                                   &mask); /* false: on another screen */
    SDL_UnloadObject(lib.library);
    return found;
}

#else

void x11_screen_forgive(bool on)
{
    (void)on;
}

bool x11_screen_is_bare(SDL_Window *w)
{
    (void)w;
    return false;
}

void x11_screen_fill(SDL_Window *w)
{
    (void)w;
}

bool x11_screen_pointer(SDL_Window *w, int *x, int *y)
{
    (void)w, (void)x, (void)y;
    return false;
}

#endif

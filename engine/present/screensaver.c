#include "present/screensaver.h"

#include "present/desktop_bus.h"

#include <gio/gio.h>
#include <SDL2/SDL.h>

#define NAME "org.freedesktop.ScreenSaver"
#define PATH "/org/freedesktop/ScreenSaver"

struct screensaver {
    GMainContext *context; /* answers come here, and only when we look */
    GCancellable *cancel;
    GDBusConnection *bus; /* NULL: there is none */
    bool by_sdl;          /* there is one, and SDL does it */
    bool away;            /* what is wanted */
    bool asked;           /* the bus has not answered yet */
    bool kept;            /* the screen saver is kept away, */
    guint32 cookie;       /* by the desktop under this number */
};

static void call_sdl(bool away)
{
    if (away)
        SDL_DisableScreenSaver();
    else
        SDL_EnableScreenSaver();
}

static void settle(struct screensaver *s);

static void on_answer(GObject *bus, GAsyncResult *result, void *screensaver)
{
    struct screensaver *s = screensaver;
    g_autoptr(GVariant) answer = g_dbus_connection_call_finish(G_DBUS_CONNECTION(bus), result, NULL);
    s->asked = false;
    if (g_cancellable_is_cancelled(s->cancel))
        return;
    s->by_sdl |= !answer;
    s->kept = s->by_sdl ? s->away : true;
    if (s->by_sdl)
        call_sdl(s->away);
    else
        g_variant_get(answer, "(u)", &s->cookie);
    settle(s);
}

static void call(struct screensaver *s, const char *method, GVariant *arguments, const char *answer,
                 GAsyncReadyCallback answered)
{
    g_dbus_connection_call(s->bus, NAME, PATH, NAME, method, arguments, answer ? G_VARIANT_TYPE(answer) : NULL,
                           G_DBUS_CALL_FLAGS_NONE, G_MAXINT, s->cancel, answered, s);
}

/* SDL asks the bus, too, and waits for its answer; so it is called once the bus has shown that it answers. */
static void call_bus(struct screensaver *s)
{
    g_dbus_connection_call(s->bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus.Peer", "Ping",
                           NULL, NULL, G_DBUS_CALL_FLAGS_NONE, G_MAXINT, s->cancel, on_answer, s);
}

/* Does what is wanted, unless an answer is awaited: that comes back here. */
static void settle(struct screensaver *s)
{
    if (s->asked || s->away == s->kept)
        return;
    s->asked = s->by_sdl || s->away;
    g_main_context_push_thread_default(s->context);
    if (s->by_sdl)
        call_bus(s);
    else if (s->away)
        call(s, "Inhibit", g_variant_new("(ss)", "Frumious", "A film plays"), "(u)", on_answer);
    else
        call(s, "UnInhibit", g_variant_new("(u)", s->cookie), NULL, NULL);
    s->kept &= s->asked;
    g_main_context_pop_thread_default(s->context);
}

/* Behind the walls of Flatpak and Snap, the desktop is asked through portals, which SDL knows. */
static bool is_in_sandbox(void)
{
    return g_file_test("/.flatpak-info", G_FILE_TEST_EXISTS) || g_getenv("SNAP");
}

struct screensaver *screensaver_new(void)
{
    struct screensaver *s = g_new0(struct screensaver, 1);
    s->context = g_main_context_new();
    s->cancel = g_cancellable_new();
    if (desktop_bus())
        s->bus = g_object_ref(desktop_bus());
    s->by_sdl = s->bus && is_in_sandbox();
    return s;
}

void screensaver_free(struct screensaver *s)
{
    if (!s)
        return;
    g_cancellable_cancel(s->cancel);
    while (s->asked) /* GDBus answers a cancelled call by itself */
        g_main_context_iteration(s->context, TRUE);
    g_clear_object(&s->bus);
    g_object_unref(s->cancel);
    g_main_context_unref(s->context);
    g_free(s);
}

void screensaver_keep_away(struct screensaver *s, bool away)
{
    s->away = away;
    if (s->bus)
        settle(s);
    else
        call_sdl(away);
}

void screensaver_poll(struct screensaver *s)
{
    while (s->asked && g_main_context_iteration(s->context, FALSE))
        continue;
}

/*
 * The desktop's bus. A bus of this test's own answers in its own thread, and calls the player as a desktop does; other
 * ones hang, each at another step of the connection.
 */
#include "tap.h"

#include "base/units.h"
#include "player/mpris.h"
#include "present/desktop_bus.h"
#include "present/screensaver.h"

#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <SDL2/SDL.h>

#define PATH     "/org/mpris/MediaPlayer2"
#define PLAYER   "org.mpris.MediaPlayer2.Player"
#define LONG     (60 * US_PER_SECOND) /* until something that must happen counts as not happening */
#define PATIENCE US_PER_SECOND        /* of the player with its bus */

static const char bus_interface[] =
    "<node><interface name='org.freedesktop.DBus'>"
    "<method name='Hello'><arg direction='out' type='s'/></method>"
    "<method name='RequestName'><arg direction='in' type='s'/><arg direction='in' type='u'/>"
    "<arg direction='out' type='u'/></method></interface>"
    "<interface name='org.freedesktop.ScreenSaver'>"
    "<method name='Inhibit'><arg direction='in' type='s'/><arg direction='in' type='s'/>"
    "<arg direction='out' type='u'/></method>"
    "<method name='UnInhibit'><arg direction='in' type='u'/></method></interface></node>";

/* The bus: one connection, which is the player's. */
struct bus {
    char *dir;
    GDBusServer *server;
    GDBusConnection *player;
    guint objects[2];     /* that answer the player; 0: none */
    char *name;           /* that the player has asked for */
    GString *screensaver; /* what the player has asked of it; NULL: there is none */
};

static void on_bus_call(GDBusConnection *c, const char *sender, const char *path, const char *interface,
                        const char *method, GVariant *arguments, GDBusMethodInvocation *invocation, void *bus)
{
    struct bus *b = bus;
    (void)c, (void)sender, (void)path, (void)interface;
    if (g_str_equal(method, "Hello")) {
        g_dbus_method_invocation_return_value(invocation, g_variant_new("(s)", ":1.7"));
        return;
    }
    g_free(b->name);
    g_variant_get_child(arguments, 0, "s", &b->name);
    g_dbus_method_invocation_return_value(invocation, g_variant_new("(u)", 1u));
}

/* Inhibitions are numbered from 1. */
static void on_screensaver_call(GDBusConnection *c, const char *sender, const char *path, const char *interface,
                                const char *method, GVariant *arguments, GDBusMethodInvocation *invocation, void *bus)
{
    struct bus *b = bus;
    guint32 cookie = 1;
    (void)c, (void)sender, (void)path, (void)interface;
    for (const char *p = b->screensaver->str; *p; p++)
        cookie += *p == '+';
    if (g_str_equal(method, "Inhibit")) {
        g_string_append_printf(b->screensaver, "+%u", cookie);
        g_dbus_method_invocation_return_value(invocation, g_variant_new("(u)", cookie));
        return;
    }
    g_variant_get(arguments, "(u)", &cookie);
    g_string_append_printf(b->screensaver, "-%u", cookie);
    g_dbus_method_invocation_return_value(invocation, NULL);
}

static gboolean on_player(GDBusServer *server, GDBusConnection *player, void *bus)
{
    static const GDBusInterfaceVTable table = {on_bus_call, NULL, NULL, {0}};
    static const GDBusInterfaceVTable screensaver = {on_screensaver_call, NULL, NULL, {0}};
    struct bus *b = bus;
    GDBusNodeInfo *info = g_dbus_node_info_new_for_xml(bus_interface, NULL);
    (void)server;
    b->objects[0] =
        g_dbus_connection_register_object(player, "/org/freedesktop/DBus", info->interfaces[0], &table, b, NULL, NULL);
    if (b->screensaver)
        b->objects[1] = g_dbus_connection_register_object(player, "/org/freedesktop/ScreenSaver", info->interfaces[1],
                                                          &screensaver, b, NULL, NULL);
    g_dbus_node_info_unref(info);
    b->player = g_object_ref(player);
    return TRUE;
}

static char *socket_of(const char *dir)
{
    return g_build_filename(dir, "bus", NULL);
}

static void point_at(const char *dir)
{
    g_autofree char *path = socket_of(dir), *address = g_strconcat("unix:path=", path, NULL);
    g_setenv("DBUS_SESSION_BUS_ADDRESS", address, TRUE);
}

static void bus_start(struct bus *b, GString *screensaver)
{
    *b = (struct bus){.dir = g_dir_make_tmp("mpris-XXXXXX", NULL), .screensaver = screensaver};
    g_autofree char *path = socket_of(b->dir), *address = g_strconcat("unix:path=", path, NULL),
                    *guid = g_dbus_generate_guid();
    b->server = g_dbus_server_new_sync(address, G_DBUS_SERVER_FLAGS_NONE, guid, NULL, NULL, NULL);
    g_signal_connect(b->server, "new-connection", G_CALLBACK(on_player), b);
    g_dbus_server_start(b->server);
    point_at(b->dir);
}

static void remove_dir(char *dir)
{
    g_autofree char *path = socket_of(dir);
    g_unlink(path);
    g_rmdir(dir);
    g_free(dir);
}

/* What the player has asked last may still wait to be answered here. */
static void bus_stop(struct bus *b)
{
    for (size_t i = 0; i < G_N_ELEMENTS(b->objects); i++)
        if (b->objects[i] != 0)
            g_dbus_connection_unregister_object(b->player, b->objects[i]);
    g_dbus_server_stop(b->server);
    g_object_unref(b->server);
    g_clear_object(&b->player);
    g_free(b->name);
    remove_dir(b->dir);
}

/* ---- a desktop that answers -------------------------------------------------------------------------------------- */

/* Both sides' turns. */
static bool turn(struct mpris *m, struct input_event *out)
{
    g_main_context_iteration(NULL, FALSE);
    return mpris_next(m, out);
}

static void on_reply(GObject *player, GAsyncResult *result, void *replied)
{
    g_autoptr(GVariant) reply = g_dbus_connection_call_finish(G_DBUS_CONNECTION(player), result, NULL);
    *(int *)replied = reply ? 1 : -1;
}

/* Calls the player as a desktop does, until it has answered. The seconds by which the film is to move; 0: not at all. */
static int seconds_asked(struct bus *b, struct mpris *m, const char *method, GVariant *arguments)
{
    int replied = 0, seconds = 0;
    struct input_event ev;
    const int64_t until_us = g_get_monotonic_time() + LONG;
    g_dbus_connection_call(b->player, NULL, PATH, PLAYER, method, arguments, NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL,
                           on_reply, &replied);
    while (!replied && g_get_monotonic_time() < until_us)
        if (turn(m, &ev))
            seconds += ev.action == INPUT_SEEK ? ev.value : 0;
        else
            g_usleep(100);
    ok(replied == 1, "%s is answered", method);
    return seconds;
}

static GVariant *place(const char *track, int64_t us)
{
    return g_variant_new("(ox)", track, us);
}

static void *try_bus(void *tried)
{
    desktop_bus_open(LONG);
    g_atomic_int_set((int *)tried, 1);
    return NULL;
}

/* The bus is served here meanwhile. */
static void connect_to_bus(void)
{
    int tried = 0;
    GThread *thread = g_thread_new("film", try_bus, &tried);
    while (!g_atomic_int_get(&tried))
        if (!g_main_context_iteration(NULL, FALSE))
            g_usleep(100);
    g_thread_join(thread);
}

static void test_desktop(void)
{
    struct bus b;
    struct input_event ev;
    bus_start(&b, NULL);
    connect_to_bus();
    ok(!desktop_bus_problem(), "the bus answers");
    struct mpris *m = mpris_open(desktop_bus(), "Night & Day", NULL);
    ok(m != NULL, "the film is on the bus");
    const int64_t until_us = g_get_monotonic_time() + LONG;
    while (!b.name && g_get_monotonic_time() < until_us)
        turn(m, &ev);
    ok(b.name && g_str_has_prefix(b.name, "org.mpris.MediaPlayer2.frumious.instance"), "it asks for a name: %s",
       b.name ? b.name : "no");
    const struct mpris_state at = {
        .volume = 100, .pos_us = 5 * US_PER_SECOND, .length_us = 100 * US_PER_SECOND, .node = 3};
    mpris_show(m, &at);
    static const struct {
        const char *what, *track;
        int64_t us;
        int seconds;
    } cases[] = {
        {"a place in this scene", "/org/frumious/scene/3", 30 * US_PER_SECOND, 25},
        {"a place before", "/org/frumious/scene/3", 0, -5},
        {"the end", "/org/frumious/scene/3", 100 * US_PER_SECOND, 95},
        {"a place in a scene that is over", "/org/frumious/scene/2", 30 * US_PER_SECOND, 0},
        {"a place in nothing", "/org/mpris/MediaPlayer2/TrackList/NoTrack", 30 * US_PER_SECOND, 0},
        {"a place beyond the end", "/org/frumious/scene/3", 101 * US_PER_SECOND, 0},
        {"a place before the beginning", "/org/frumious/scene/3", -1, 0},
        {"a place beyond numbers", "/org/frumious/scene/3", INT64_MAX, 0},
        {"a place below numbers", "/org/frumious/scene/3", INT64_MIN, 0},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        is_int(seconds_asked(&b, m, "SetPosition", place(cases[i].track, cases[i].us)), cases[i].seconds,
               cases[i].what);
    is_int(seconds_asked(&b, m, "Seek", g_variant_new("(x)", INT64_MIN)), -G_MAXINT16, "Seek below numbers");
    struct mpris_state next = at;
    next.node = 4;
    next.length_us = US_NONE;
    mpris_show(m, &next);
    is_int(seconds_asked(&b, m, "SetPosition", place("/org/frumious/scene/3", 9 * US_PER_SECOND)), 0,
           "what was meant for the scene before is ignored");
    is_int(seconds_asked(&b, m, "SetPosition", place("/org/frumious/scene/4", 9 * US_PER_SECOND)), 4,
           "where no length is known, every place is one");
    mpris_close(m);
    desktop_bus_close();
    bus_stop(&b);
}

/* ---- the screen saver ---------------------------------------------------------------------------------------------- */

/* The bus is served, and answers are taken in, until the desktop was asked for this. */
static void becomes(struct bus *b, struct screensaver *s, const char *asked, const char *what)
{
    const int64_t until_us = g_get_monotonic_time() + LONG;
    while (!g_str_equal(b->screensaver->str, asked) && g_get_monotonic_time() < until_us) {
        screensaver_poll(s);
        if (!g_main_context_iteration(NULL, FALSE))
            g_usleep(100);
    }
    is_str(b->screensaver->str, asked, what);
}

/* The bus is served by this thread, which would wait for ever if the player waited for an answer. */
static void test_screensaver(void)
{
    struct bus b;
    g_autoptr(GString) asked = g_string_new("");
    bus_start(&b, asked);
    connect_to_bus();
    struct screensaver *s = screensaver_new();
    screensaver_keep_away(s, true);
    screensaver_keep_away(s, true);
    becomes(&b, s, "+1", "a film that plays keeps the screen saver away");
    screensaver_keep_away(s, false);
    screensaver_keep_away(s, true);
    screensaver_keep_away(s, false);
    becomes(&b, s, "+1-1", "one that is paused before the desktop has answered lets it come when it has");
    screensaver_keep_away(s, true);
    becomes(&b, s, "+1-1+2", "when it goes on, the desktop is asked again");
    screensaver_keep_away(s, false);
    becomes(&b, s, "+1-1+2-2", "and told when it is paused");
    ok(SDL_IsScreenSaverEnabled(), "SDL was not asked");
    screensaver_keep_away(s, true);
    screensaver_free(s);
    desktop_bus_close();
    bus_stop(&b);
}

/* Answers are taken in, until SDL keeps the screen saver away, or lets it come. */
static bool sdl_keeps(struct screensaver *s, bool away)
{
    const int64_t until_us = g_get_monotonic_time() + LONG;
    while (SDL_IsScreenSaverEnabled() == (SDL_bool)away && g_get_monotonic_time() < until_us) {
        screensaver_poll(s);
        g_main_context_iteration(NULL, FALSE);
    }
    return SDL_IsScreenSaverEnabled() != (SDL_bool)away;
}

/* A desktop without such a service, or no desktop: SDL does what it can. */
static void test_left_to_sdl(bool bus)
{
    struct bus b;
    if (bus) {
        bus_start(&b, NULL);
        connect_to_bus();
    }
    struct screensaver *s = screensaver_new();
    screensaver_keep_away(s, true);
    ok(sdl_keeps(s, true), "%s: SDL keeps it away", bus ? "a desktop that knows no screen saver" : "no desktop");
    screensaver_keep_away(s, false);
    is_int(SDL_IsScreenSaverEnabled(), !bus,
           bus ? "SDL waits for a bus that is silent; we do not" : "nothing is asked");
    ok(sdl_keeps(s, false), "and lets it come");
    screensaver_keep_away(s, true);
    screensaver_free(s);
    desktop_bus_close();
    if (bus)
        bus_stop(&b);
}

static void test_screensavers(void)
{
    SDL_SetHint(SDL_HINT_VIDEODRIVER, "dummy");
    SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1");
    if (!ok(SDL_InitSubSystem(SDL_INIT_VIDEO) == 0, "SDL shows nothing"))
        return;
    test_screensaver();
    test_left_to_sdl(true);
    test_left_to_sdl(false);
    SDL_QuitSubSystem(SDL_INIT_VIDEO);
}

/* ---- a bus that hangs -------------------------------------------------------------------------------------------- */

/* How far it comes before it never says anything again. */
enum deafness { NEVER_ACCEPTS, ACCEPTS, SIGNS_IN };

/* What a bus says as somebody signs in. NULL: they are in. */
static const char *answer(const char *said)
{
    return strstr(said, "BEGIN")           ? NULL
           : strstr(said, "AUTH EXTERNAL") ? "OK 0123456789abcdef0123456789abcdef\r\n"
           : strstr(said, "AUTH")          ? "REJECTED EXTERNAL\r\n"
                                           : "ERROR\r\n";
}

/* The next that the player says, from its first letter on: before that comes a zero, by itself or not. */
static bool hear(GSocket *player, char said[256])
{
    gssize n = 0;
    do {
        char bytes[256] = "";
        n = g_socket_receive(player, bytes, sizeof bytes - 1, NULL, NULL);
        g_strlcpy(said, bytes + (n > 0 && bytes[0] == 0), 256);
    } while (n == 1 && !said[0]);
    return n > 0;
}

struct deaf_bus {
    GSocket *listener, *player;
    enum deafness how;
    bool reached; /* the player has come to where the bus hangs */
};

static void *be_deaf(void *bus)
{
    struct deaf_bus *d = bus;
    char said[256];
    d->player = d->how == NEVER_ACCEPTS ? NULL : g_socket_accept(d->listener, NULL, NULL);
    d->reached = !d->player || hear(d->player, said);
    for (const char *line; d->reached && d->how == SIGNS_IN && (line = answer(said));)
        d->reached = g_socket_send(d->player, line, strlen(line), NULL, NULL) > 0 && hear(d->player, said);
    return NULL;
}

static void test_deaf(enum deafness how)
{
    char *dir = g_dir_make_tmp("mpris-XXXXXX", NULL);
    g_autofree char *path = socket_of(dir);
    g_autoptr(GSocketAddress) address = g_unix_socket_address_new(path);
    struct deaf_bus d = {.listener =
                             g_socket_new(G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, NULL),
                         .how = how};
    ok(g_socket_bind(d.listener, address, TRUE, NULL) && g_socket_listen(d.listener, NULL), "a bus");
    point_at(dir);
    GThread *thread = g_thread_new("deaf", be_deaf, &d);
    desktop_bus_open(PATIENCE);
    g_thread_join(thread);
    ok(d.reached, "it hangs at step %d, and the player has come there", (int)how);
    ok(!desktop_bus() && desktop_bus_problem(), "the film goes on without it, and says so");
    is_str(g_getenv("DBUS_SESSION_BUS_ADDRESS"), "disabled:", "and no library asks it again");
    desktop_bus_close();
    desktop_bus_open(PATIENCE);
    ok(!desktop_bus() && !desktop_bus_problem(), "nor do we");
    desktop_bus_close();
    g_clear_object(&d.player);
    g_clear_object(&d.listener);
    remove_dir(dir);
}

int main(void)
{
    g_setenv("DBUS_SYSTEM_BUS_ADDRESS", "disabled:", TRUE);
    test_desktop();
    test_screensavers();
    test_deaf(NEVER_ACCEPTS);
    test_deaf(ACCEPTS);
    test_deaf(SIGNS_IN);
    g_setenv("DBUS_SESSION_BUS_ADDRESS", "autolaunch:", TRUE);
    desktop_bus_open(PATIENCE);
    ok(!mpris_open(desktop_bus(), "None", NULL), "no bus is started for a film");
    is_str(g_getenv("DBUS_SESSION_BUS_ADDRESS"), "disabled:", "not by a library, either");
    return tap_done();
}

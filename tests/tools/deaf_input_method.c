/*
 * deaf_input_method: fcitx and IBus in one, on the session's bus, that let programs in and then hang. For the end-to-end tests:
 * prints "there" once it has both names, then the name of each method that is called; only new input contexts are answered.
 * With the argument "ask", it is instead a program like any other that uses SDL: opens a display, and ends.
 */
#include <gio/gio.h>
#include <SDL2/SDL.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char *const names[] = {"org.freedesktop.portal.Fcitx", "org.freedesktop.IBus"};

static void let_in(GDBusConnection *bus, GDBusMessage *call)
{
    GDBusMessage *answer = g_dbus_message_new_method_reply(call);
    const bool fcitx = g_str_has_prefix(g_dbus_message_get_interface(call), "org.fcitx.");
    g_dbus_message_set_body(answer, fcitx ? g_variant_new("(o@ay)", "/context", g_variant_new_bytestring("context"))
                                          : g_variant_new("(o)", "/context"));
    (void)g_dbus_connection_send_message(bus, answer, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL);
    g_object_unref(answer);
}

/* In a thread of GDBus. */
static GDBusMessage *hear(GDBusConnection *bus, GDBusMessage *message, gboolean incoming, void *data)
{
    (void)data;
    if (!incoming || g_dbus_message_get_message_type(message) != G_DBUS_MESSAGE_TYPE_METHOD_CALL)
        return message;
    const char *member = g_dbus_message_get_member(message);
    printf("%s\n", member);
    fflush(stdout);
    if (strcmp(member, "CreateInputContext") == 0)
        let_in(bus, message);
    g_object_unref(message);
    return NULL;
}

static void count_names(GDBusConnection *bus, const char *name, void *data)
{
    (void)bus, (void)name;
    if (++*(size_t *)data < G_N_ELEMENTS(names))
        return;
    printf("there\n");
    fflush(stdout);
}

static void lose(GDBusConnection *bus, const char *name, void *data)
{
    (void)bus, (void)data;
    fprintf(stderr, "%s cannot be had\n", name);
    exit(1);
}

int main(int argc, char **argv)
{
    size_t owned = 0;
    if (argc > 1 && strcmp(argv[1], "ask") == 0) {
        const bool opened = SDL_Init(SDL_INIT_VIDEO) == 0;
        SDL_Quit();
        return opened ? 0 : 1;
    }
    g_autoptr(GError) error = NULL;
    GDBusConnection *bus = g_bus_get_sync(G_BUS_TYPE_SESSION, NULL, &error);
    if (!bus) {
        fprintf(stderr, "%s\n", error->message);
        return 1;
    }
    g_dbus_connection_add_filter(bus, hear, NULL, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        g_bus_own_name_on_connection(bus, names[i], G_BUS_NAME_OWNER_FLAGS_NONE, count_names, lose, &owned, NULL);
    g_main_loop_run(g_main_loop_new(NULL, FALSE));
    return 0;
}

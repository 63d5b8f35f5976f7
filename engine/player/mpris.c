#include "player/mpris.h"

#include "base/units.h"
#include "media/pace.h"

#include <assert.h>
#include <gio/gio.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#define CALLS_MAX 64 /* that are answered before the film goes on, whatever the desktop asks */

#define PATH   "/org/mpris/MediaPlayer2"
#define ROOT   "org.mpris.MediaPlayer2"
#define PLAYER "org.mpris.MediaPlayer2.Player"

static const char interfaces[] =
    "<node>"
    "<interface name='" ROOT "'>"
    "<method name='Raise'/><method name='Quit'/>"
    "<property name='CanQuit' type='b' access='read'/>"
    "<property name='CanRaise' type='b' access='read'/>"
    "<property name='HasTrackList' type='b' access='read'/>"
    "<property name='Identity' type='s' access='read'/>"
    "<property name='DesktopEntry' type='s' access='read'/>"
    "<property name='SupportedUriSchemes' type='as' access='read'/>"
    "<property name='SupportedMimeTypes' type='as' access='read'/>"
    "</interface>"
    "<interface name='" PLAYER "'>"
    "<method name='Next'/><method name='Previous'/><method name='Pause'/><method name='PlayPause'/>"
    "<method name='Stop'/><method name='Play'/>"
    "<method name='Seek'><arg direction='in' name='Offset' type='x'/></method>"
    "<method name='SetPosition'><arg direction='in' name='TrackId' type='o'/>"
    "<arg direction='in' name='Position' type='x'/></method>"
    "<method name='OpenUri'><arg direction='in' name='Uri' type='s'/></method>"
    "<signal name='Seeked'><arg name='Position' type='x'/></signal>"
    "<property name='PlaybackStatus' type='s' access='read'/>"
    "<property name='Rate' type='d' access='readwrite'/>"
    "<property name='MinimumRate' type='d' access='read'/>"
    "<property name='MaximumRate' type='d' access='read'/>"
    "<property name='Metadata' type='a{sv}' access='read'/>"
    "<property name='Volume' type='d' access='readwrite'/>"
    "<property name='Position' type='x' access='read'/>"
    "<property name='CanGoNext' type='b' access='read'/>"
    "<property name='CanGoPrevious' type='b' access='read'/>"
    "<property name='CanPlay' type='b' access='read'/>"
    "<property name='CanPause' type='b' access='read'/>"
    "<property name='CanSeek' type='b' access='read'/>"
    "<property name='CanControl' type='b' access='read'/>"
    "</interface>"
    "</node>";

/* The properties that are told as they change; Position is only asked for. */
static const char *const told[] = {"PlaybackStatus", "Metadata", "Volume", "Rate", "CanGoNext", "CanGoPrevious"};

struct mpris {
    GMainContext *context; /* its calls come here, and only when we look */
    GDBusConnection *bus;
    GDBusNodeInfo *info;
    guint objects[2];
    char *title, *art;
    GQueue asked; /* struct input_event * */
    struct mpris_state state;
    int64_t shown_us;                   /* when that was the state, monotonic */
    GVariant *last[G_N_ELEMENTS(told)]; /* as the desktop knows them; NULL: never told */
};

/* ---- what the desktop asks --------------------------------------------------------------------------------------- */

static void ask(struct mpris *m, enum input_action action, int value)
{
    const struct input_event ev = {
        .action = action, .device = INPUT_SYSTEM, .value = value, .at_us = g_get_monotonic_time()};
    g_queue_push_tail(&m->asked, g_memdup2(&ev, sizeof ev));
}

/* The state is the one that follows from what was asked already. */
static void set_paused(struct mpris *m, bool paused)
{
    if (m->state.paused == paused)
        return;
    m->state.paused = paused;
    ask(m, INPUT_PAUSE, 0);
}

static void set_volume(struct mpris *m, double volume)
{
    const int percent = isnan(volume) ? m->state.volume : (int)lround(CLAMP(volume, 0.0, 1.0) * 100);
    if (percent != m->state.volume)
        ask(m, INPUT_VOLUME, percent - m->state.volume);
    m->state.volume = percent;
}

/* A rate of 0 asks for a pause. */
static void set_speed(struct mpris *m, double rate)
{
    if (isnan(rate) || rate <= 0) {
        set_paused(m, true);
        return;
    }
    const int percent = (int)lround(CLAMP(rate * 100, (double)PACE_LEAST, (double)PACE_MOST));
    if (percent != m->state.speed)
        ask(m, INPUT_SPEED, percent);
    m->state.speed = percent;
}

static char *track_id(const struct mpris *m)
{
    return g_strdup_printf("/org/frumious/scene/%d", MAX(m->state.node, 0));
}

/* By whole seconds, as keys do. */
static void seek(struct mpris *m, int64_t by_us)
{
    const int64_t seconds = CLAMP(by_us / US_PER_SECOND, -G_MAXINT16, G_MAXINT16);
    if (seconds != 0)
        ask(m, INPUT_SEEK, (int)seconds);
}

/* What was meant for a scene that is over, or lies outside of this one, is ignored: MPRIS wants that. */
static void set_position(struct mpris *m, const char *track, int64_t us)
{
    g_autofree char *now = track_id(m);
    if (g_str_equal(track, now) && us >= 0 && (m->state.length_us == US_NONE || us <= m->state.length_us))
        seek(m, MIN(us, US_PER_SECOND * G_MAXINT16) - m->state.pos_us);
}

static void call(struct mpris *m, const char *method, GVariant *arguments)
{
    int64_t us;
    const char *track;
    if (g_str_equal(method, "Quit"))
        ask(m, INPUT_QUIT, 0);
    else if (g_str_equal(method, "Play"))
        set_paused(m, false);
    else if (g_str_equal(method, "Pause") || g_str_equal(method, "Stop"))
        set_paused(m, true);
    else if (g_str_equal(method, "PlayPause"))
        set_paused(m, !m->state.paused);
    else if (g_str_equal(method, "Previous") && m->state.can_previous)
        ask(m, INPUT_REWIND, 0);
    else if (g_str_equal(method, "Next") && m->state.can_next)
        ask(m, INPUT_SKIP, 0);
    else if (g_str_equal(method, "Seek")) {
        g_variant_get(arguments, "(x)", &us);
        seek(m, CLAMP(us, -US_PER_SECOND * G_MAXINT16, US_PER_SECOND * G_MAXINT16));
    } else if (g_str_equal(method, "SetPosition")) {
        g_variant_get(arguments, "(&ox)", &track, &us);
        set_position(m, track, us);
    }
}

static void on_call(GDBusConnection *bus, const char *sender, const char *path, const char *interface,
                    const char *method, GVariant *arguments, GDBusMethodInvocation *invocation, void *mpris)
{
    (void)bus, (void)sender, (void)path, (void)interface;
    call(mpris, method, arguments);
    g_dbus_method_invocation_return_value(invocation, NULL);
}

/* ---- what the desktop reads -------------------------------------------------------------------------------------- */

static GVariant *metadata(const struct mpris *m)
{
    GVariantBuilder b;
    g_autofree char *track = track_id(m);
    g_variant_builder_init(&b, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&b, "{sv}", "mpris:trackid", g_variant_new_object_path(track));
    g_variant_builder_add(&b, "{sv}", "xesam:title", g_variant_new_string(m->title));
    if (m->state.length_us != US_NONE)
        g_variant_builder_add(&b, "{sv}", "mpris:length", g_variant_new_int64(m->state.length_us));
    if (m->art)
        g_variant_builder_add(&b, "{sv}", "mpris:artUrl", g_variant_new_string(m->art));
    return g_variant_builder_end(&b);
}

static GVariant *property(const struct mpris *m, const char *name)
{
    static const char *const nothing[] = {NULL};
    static const char *const yes[] = {"CanQuit", "CanPlay", "CanPause", "CanSeek", "CanControl", NULL};
    if (g_str_equal(name, "Identity"))
        return g_variant_new_string("Frumious");
    if (g_str_equal(name, "DesktopEntry"))
        return g_variant_new_string("org.frumious.Frumious");
    if (g_str_has_prefix(name, "Supported"))
        return g_variant_new_strv(nothing, -1);
    if (g_str_equal(name, "PlaybackStatus"))
        return g_variant_new_string(m->state.over ? "Stopped" : m->state.paused ? "Paused" : "Playing");
    if (g_str_equal(name, "Rate"))
        return g_variant_new_double(m->state.speed / 100.0);
    if (g_str_has_suffix(name, "Rate"))
        return g_variant_new_double((g_str_equal(name, "MinimumRate") ? PACE_LEAST : PACE_MOST) / 100.0);
    if (g_str_equal(name, "Metadata"))
        return metadata(m);
    if (g_str_equal(name, "Volume"))
        return g_variant_new_double(m->state.volume / 100.0);
    if (g_str_equal(name, "Position"))
        return g_variant_new_int64(m->state.pos_us);
    if (g_str_equal(name, "CanGoPrevious"))
        return g_variant_new_boolean(m->state.can_previous);
    if (g_str_equal(name, "CanGoNext"))
        return g_variant_new_boolean(m->state.can_next);
    return g_variant_new_boolean(g_strv_contains(yes, name));
}

static GVariant *on_get(GDBusConnection *bus, const char *sender, const char *path, const char *interface,
                        const char *name, GError **error, void *mpris)
{
    (void)bus, (void)sender, (void)path, (void)interface, (void)error;
    return property(mpris, name);
}

static gboolean on_set(GDBusConnection *bus, const char *sender, const char *path, const char *interface,
                       const char *name, GVariant *value, GError **error, void *mpris)
{
    (void)bus, (void)sender, (void)path, (void)interface, (void)error;
    if (g_str_equal(name, "Volume"))
        set_volume(mpris, g_variant_get_double(value));
    if (g_str_equal(name, "Rate"))
        set_speed(mpris, g_variant_get_double(value));
    return TRUE;
}

/* ---- the connection ---------------------------------------------------------------------------------------------- */

/* Players have names of their own: several may run. Nobody waits for the answer: without the name, nobody finds us. */
static void ask_for_name(struct mpris *m)
{
    g_autofree char *name = g_strdup_printf("%s.frumious.instance%d", ROOT, (int)getpid());
    g_dbus_connection_call(m->bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                           "RequestName", g_variant_new("(su)", name, 4u /* do not queue */), NULL,
                           G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL, NULL);
}

static void serve(struct mpris *m)
{
    static const GDBusInterfaceVTable table = {on_call, on_get, on_set, {0}};
    g_main_context_push_thread_default(m->context); /* calls of what is registered come there */
    for (size_t i = 0; i < G_N_ELEMENTS(m->objects); i++)
        m->objects[i] = g_dbus_connection_register_object(m->bus, PATH, m->info->interfaces[i], &table, m, NULL, NULL);
    ask_for_name(m);
    g_main_context_pop_thread_default(m->context);
}

struct mpris *mpris_open(GDBusConnection *bus, const char *title, const char *art)
{
    if (!bus)
        return NULL;
    struct mpris *m = g_new0(struct mpris, 1);
    g_autofree char *path = art ? g_canonicalize_filename(art, NULL) : NULL;
    g_queue_init(&m->asked);
    m->bus = g_object_ref(bus);
    m->title = g_utf8_make_valid(title ? title : "Frumious", -1);
    m->art = path ? g_filename_to_uri(path, NULL, NULL) : NULL;
    m->state = (struct mpris_state){.volume = 100, .speed = PACE_NORMAL, .length_us = US_NONE};
    m->info = g_dbus_node_info_new_for_xml(interfaces, NULL);
    m->context = g_main_context_new();
    assert(m->info);
    serve(m);
    return m;
}

/* The bus is not flushed: one that does not read would hold us up. */
void mpris_close(struct mpris *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(m->objects); i++)
        if (m->objects[i])
            g_dbus_connection_unregister_object(m->bus, m->objects[i]);
    g_object_unref(m->bus);
    for (size_t i = 0; i < G_N_ELEMENTS(told); i++)
        g_clear_pointer(&m->last[i], g_variant_unref);
    while (g_main_context_iteration(m->context, FALSE))
        ; /* what was under way */
    g_main_context_unref(m->context);
    g_dbus_node_info_unref(m->info);
    g_queue_clear_full(&m->asked, g_free);
    g_free(m->title);
    g_free(m->art);
    g_free(m);
}

/* ---- the player's side ------------------------------------------------------------------------------------------- */

static bool same_state(const struct mpris_state *a, const struct mpris_state *b)
{
    return a->paused == b->paused && a->over == b->over && a->can_previous == b->can_previous &&
           a->can_next == b->can_next && a->volume == b->volume && a->speed == b->speed &&
           a->length_us == b->length_us && a->node == b->node;
}

#define JUMP_US US_PER_SECOND

/* Readers count on from the position that they know, so one that is elsewhere is told. */
static void tell_jump(struct mpris *m, const struct mpris_state *state)
{
    const int64_t now_us = g_get_monotonic_time(),
                  since_us = m->state.paused ? 0 : (now_us - m->shown_us) * m->state.speed / 100;
    const int64_t off_us = state->pos_us - m->state.pos_us - since_us;
    m->shown_us = now_us;
    if (ABS(off_us) > JUMP_US)
        g_dbus_connection_emit_signal(m->bus, NULL, PATH, PLAYER, "Seeked", g_variant_new("(x)", state->pos_us), NULL);
}

void mpris_show(struct mpris *m, const struct mpris_state *state)
{
    if (m->asked.length > 0) /* what was asked has not happened yet */
        return;
    const bool same = m->last[0] && same_state(&m->state, state);
    tell_jump(m, state);
    m->state = *state;
    if (same)
        return;
    GVariantBuilder changed;
    g_variant_builder_init(&changed, G_VARIANT_TYPE_VARDICT);
    for (size_t i = 0; i < G_N_ELEMENTS(told); i++) {
        g_autoptr(GVariant) now = g_variant_ref_sink(property(m, told[i]));
        if (m->last[i] && g_variant_equal(m->last[i], now))
            continue;
        g_variant_builder_add(&changed, "{sv}", told[i], now);
        g_clear_pointer(&m->last[i], g_variant_unref);
        m->last[i] = g_steal_pointer(&now);
    }
    g_dbus_connection_emit_signal(
        m->bus, NULL, PATH, "org.freedesktop.DBus.Properties", "PropertiesChanged",
        g_variant_new("(s@a{sv}@as)", PLAYER, g_variant_builder_end(&changed), g_variant_new_strv(NULL, 0)), NULL);
}

bool mpris_next(void *mpris, struct input_event *out)
{
    struct mpris *m = mpris;
    for (int i = 0; i < CALLS_MAX && g_queue_is_empty(&m->asked) && g_main_context_iteration(m->context, FALSE); i++)
        ;
    g_autofree struct input_event *ev = g_queue_pop_head(&m->asked);
    if (ev)
        *out = *ev;
    return ev != NULL;
}

#include "present/desktop_bus.h"

#include <stdbool.h>

#define SESSION_ADDRESS "DBUS_SESSION_BUS_ADDRESS"
#define SYSTEM_ADDRESS  "DBUS_SYSTEM_BUS_ADDRESS"
#define NONE            "disabled:" /* libraries give up at once */

static GDBusConnection *session;
static const char *problem;

/* One try, which a thread makes; whoever is the last to need it frees it. */
struct attempt {
    gatomicrefcount references;
    char *address;
    GCancellable *cancel;
    GMutex lock;
    GCond over;
    bool is_over;
    GDBusConnection *bus; /* NULL: it could not be reached */
};

static void release(struct attempt *a)
{
    if (!g_atomic_ref_count_dec(&a->references))
        return;
    g_clear_object(&a->bus);
    g_object_unref(a->cancel);
    g_mutex_clear(&a->lock);
    g_cond_clear(&a->over);
    g_free(a->address);
    g_free(a);
}

static void *connect_to(void *attempt)
{
    struct attempt *a = attempt;
    const GDBusConnectionFlags flags =
        G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION;
    GDBusConnection *bus = g_dbus_connection_new_for_address_sync(a->address, flags, NULL, a->cancel, NULL);
    g_mutex_lock(&a->lock);
    a->bus = bus;
    a->is_over = true;
    g_cond_signal(&a->over);
    g_mutex_unlock(&a->lock);
    release(a);
    return NULL;
}

static bool wait_for(struct attempt *a, int64_t patience_us)
{
    const int64_t until_us = g_get_monotonic_time() + patience_us;
    g_mutex_lock(&a->lock);
    while (!a->is_over && g_cond_wait_until(&a->over, &a->lock, until_us))
        continue;
    const bool is_over = a->is_over;
    g_mutex_unlock(&a->lock);
    return is_over;
}

/* False: it does not answer. *bus: the connection, or NULL where there is no bus; the caller's. */
static bool try_address(const char *address, int64_t patience_us, GDBusConnection **bus)
{
    struct attempt *a = g_new0(struct attempt, 1);
    g_atomic_ref_count_init(&a->references);
    a->address = g_strdup(address);
    a->cancel = g_cancellable_new();
    g_mutex_init(&a->lock);
    g_cond_init(&a->over);
    g_atomic_ref_count_inc(&a->references);
    g_thread_unref(g_thread_new("bus", connect_to, a));
    const bool answers = wait_for(a, patience_us);
    *bus = answers ? g_steal_pointer(&a->bus) : NULL;
    g_cancellable_cancel(a->cancel);
    release(a);
    return answers;
}

/* The session's bus, where one runs: none is started for us. NULL: there is none. */
static char *session_address(void)
{
    const char *address = g_getenv(SESSION_ADDRESS);
    g_autofree char *socket = g_build_filename(g_get_user_runtime_dir(), "bus", NULL);
    if (address && *address)
        return g_str_has_prefix(address, "autolaunch:") || g_str_has_prefix(address, NONE) ? NULL : g_strdup(address);
    return g_file_test(socket, G_FILE_TEST_EXISTS) ? g_strdup_printf("unix:path=%s", socket) : NULL;
}

void desktop_bus_open(int64_t patience_us)
{
    if (session)
        return;
    problem = NULL;
    g_autofree char *address = session_address(),
                    *system = g_dbus_address_get_for_bus_sync(G_BUS_TYPE_SYSTEM, NULL, NULL);
    GDBusConnection *other = NULL;
    if (address && !try_address(address, patience_us, &session))
        problem = "the desktop's bus (D-Bus) does not answer; the film plays without it";
    if (!address || problem) /* where there is no bus, SDL's library would start one */
        g_setenv(SESSION_ADDRESS, NONE, TRUE);
    if (system && !try_address(system, patience_us, &other)) {
        g_setenv(SYSTEM_ADDRESS, NONE, TRUE);
        problem = problem ? problem : "the system's bus (D-Bus) does not answer; the film plays without it";
    }
    g_clear_object(&other);
}

void desktop_bus_close(void)
{
    if (session)
        g_dbus_connection_close(session, NULL, NULL, NULL);
    g_clear_object(&session);
}

GDBusConnection *desktop_bus(void)
{
    return session;
}

const char *desktop_bus_problem(void)
{
    return problem;
}

/* frumious collect: takes in, over the network, what viewers share. A part of frumious-network. */

#include "base/interrupt.h"
#include "commands/command.h"
#include "telemetry/collect/server.h"
#include "telemetry/keep/retention.h"

#include <poll.h>
#include <string.h>

static void wait_for_end(void)
{
    struct pollfd end = {.fd = interrupt_fd(), .events = POLLIN};
    while (!interrupt_requested())
        (void)poll(&end, 1, -1);
}

/* Until a signal asks it to end. */
static int serve(const char *listen)
{
    g_autoptr(GError) error = NULL;
    interrupt_listen();
    struct server *server = server_start(listen, &error);
    if (!server) {
        console_say("%s", error->message);
        return EXIT_ENVIRONMENT;
    }
    console_print("listens at http://%s\n", server_address(server));
    console_flush();
    wait_for_end();
    server_stop(server);
    return EXIT_OK;
}

int cmd_collect(int argc, char **argv)
{
    g_autofree char *listen = NULL, *path = NULL;
    const GOptionEntry options[] = {
        {"store", 0, 0, G_OPTION_ARG_STRING, &path,
         "Where what comes in is kept: sqlite:FILE, which is made if it is not there", "STORE"},
        {"listen", 0, 0, G_OPTION_ARG_STRING, &listen, "Where to listen (127.0.0.1:8471; port 0 chooses one)",
         "ADDRESS:PORT"},
        G_OPTION_ENTRY_NULL,
    };
    int code;
    if (!command_options(&argc, &argv, options, "--store sqlite:FILE [OPTION…]",
                         "Takes in what viewers share of their own will, until it is asked to end (SIGTERM).", &code))
        return code;
    if (argc > 1) {
        console_say("collect takes options alone, not '%s'; see `frumious collect --help`", argv[1]);
        return EXIT_USAGE;
    }
    if (!path || !g_str_has_prefix(path, "sqlite:")) {
        console_say("name the store: frumious collect --store sqlite:FILE");
        return EXIT_USAGE;
    }
    g_autoptr(GError) error = NULL;
    const struct store_options o = {.path = path + strlen("sqlite:"), .keep_damaged = true};
    g_autofree char *told = NULL;
    struct store *store = retention_open(&o, &told, &error);
    if (!store) {
        console_say("%s", error->message);
        return EXIT_ENVIRONMENT;
    }
    code = serve(listen ? listen : "127.0.0.1:8471");
    retention_close(store);
    return code;
}

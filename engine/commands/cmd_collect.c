/* frumious collect: takes in, over the network, what viewers share. A part of frumious-network. */

#include "base/interrupt.h"
#include "base/units.h"
#include "commands/command.h"
#include "player/story_record.h"
#include "telemetry/central/destination_clickhouse.h"
#include "telemetry/central/engine.h"
#include "telemetry/collect/destination_sqlite.h"
#include "telemetry/collect/erasure_list.h"
#include "telemetry/collect/server.h"
#include "telemetry/wire/wire_schema.h"

#include <assert.h>
#include <poll.h>
#include <string.h>

enum {
    TEND_MS = 250,
    PATIENCE_MS = 1500, /* with what is still coming, when it is asked to end */
    GROUP_MS = 20,
    GROUP_MAX = 4096,
    GROUP_EVENTS = 50000, /* some seconds of work, and some ten megabytes */
    CONNECTIONS = 1024,
    CONNECTIONS_OF_ONE = 64,
    REQUEST_S = 20,
    RATE = 20,
    THREADS_MAX = 8,
};

/* What the command line asks for. */
struct request {
    char *store, *listen, *token_file, *erasures;
    char **stories;
    gint connections, connections_of_one, rate, request_s, group_ms;
    gboolean proxied, schema;
};

static void add_story(const struct tel_story *t, void *catalogue)
{
    if (!wire_catalogue_add(catalogue, t))
        console_say("version '%s' of %s is there twice; the first one counts", t->version ? t->version : "", t->name);
}

static bool load_stories(struct wire_catalogue *catalogue, char *const *paths, int *code)
{
    for (int i = 0; paths[i]; i++) {
        struct story *story = command_load_story(paths[i], "collected for", NULL, code);
        if (!story)
            return false;
        story_record(story, add_story, catalogue);
        story_free(story);
    }
    return true;
}

static bool has_tokens(const struct tokens *tokens, const struct wire_catalogue *catalogue, const char *path)
{
    for (guint i = 0; i < wire_catalogue_size(catalogue); i++)
        if (!tokens_has(tokens, wire_catalogue_at(catalogue, i)->name)) {
            console_say("%s has no token for %s; add a line with the story's id and a token", path,
                        wire_catalogue_at(catalogue, i)->name);
            return false;
        }
    return true;
}

/* Says when it begins and ceases to be healthy: once each. */
static void tell_health(struct committer *committer, bool *was_healthy)
{
    struct commit_counts counts;
    g_autofree char *problem = NULL;
    committer_read(committer, &counts, &problem);
    if (counts.healthy != *was_healthy && counts.healthy)
        console_say("what comes in is kept again");
    else if (counts.healthy != *was_healthy)
        console_say("nothing can be kept, and senders are asked to come again later: %s", problem ? problem : "");
    *was_healthy = counts.healthy;
}

static int serve(const struct request *q, const struct wire_catalogue *catalogue, const struct tokens *tokens,
                 struct committer *committer)
{
    const struct server_options o = {.listen = q->listen ? q->listen : "127.0.0.1:8471",
                                     .threads = CLAMP(g_get_num_processors(), 2, THREADS_MAX),
                                     .connections = (guint)q->connections,
                                     .connections_of_one = (guint)q->connections_of_one,
                                     .request_ms = (guint)q->request_s * 1000,
                                     .rate = q->rate,
                                     .burst = q->rate * 10,
                                     .proxied = q->proxied};
    g_autoptr(GError) error = NULL;
    struct server *server = server_start(&o, catalogue, tokens, committer, &error);
    bool healthy = true;
    if (!server) {
        console_say("%s", error->message);
        return EXIT_ENVIRONMENT;
    }
    console_print("listens at http://%s\n", server_address(server));
    console_flush();
    while (!interrupt_requested()) {
        struct pollfd end = {.fd = interrupt_fd(), .events = POLLIN};
        (void)poll(&end, 1, TEND_MS);
        server_tend(server);
        tell_health(committer, &healthy);
    }
    server_stop(server, PATIENCE_MS);
    return EXIT_OK;
}

#define SQLITE_PREFIX "sqlite:"

static struct destination *open_store(const char *store, const struct wire_catalogue *catalogue, GError **error)
{
    const struct store_options o = {.path = store + strlen(SQLITE_PREFIX), .keep_damaged = true};
    return g_str_has_prefix(store, ENGINE_PREFIX) ? destination_clickhouse_open(store, catalogue, error)
                                                  : destination_sqlite_open(&o, catalogue, error);
}

/* What is erased goes through the list, which may be NULL. */
static struct destination *open_destination(const struct request *q, struct erasure_list *list,
                                            const struct wire_catalogue *catalogue, GError **error)
{
    guint again = 0;
    struct destination *d = open_store(q->store, catalogue, error);
    if (!d || !list)
        return d;
    if (!erasure_list_catch_up(list, d, &again, error)) {
        d->free(d);
        return NULL;
    }
    if (again == 1)
        console_say("%s does not know the last erasure of %s, as if it was restored: it was done again", q->store,
                    q->erasures);
    else if (again > 1)
        console_say("%s does not know the last erasure of %s, as if it was restored: all %u of them were done again",
                    q->store, q->erasures, again);
    return erasure_list_before(list, d);
}

static int collect_into(const struct request *q, struct erasure_list *list, const struct wire_catalogue *catalogue,
                        const struct tokens *tokens)
{
    g_autoptr(GError) error = NULL;
    struct destination *destination = open_destination(q, list, catalogue, &error);
    if (!destination) {
        console_say("%s", error->message);
        return EXIT_ENVIRONMENT;
    }
    const struct committer_options o = {.group_ms = (guint)q->group_ms,
                                        .group_max = GROUP_MAX,
                                        .waiting_max = (guint)q->connections,
                                        .group_events = GROUP_EVENTS};
    struct committer *committer = committer_new(destination, &o);
    const int code = serve(q, catalogue, tokens, committer);
    committer_free(committer);
    return code;
}

static int collect(const struct request *q, const struct wire_catalogue *catalogue)
{
    g_autoptr(GError) error = NULL;
    struct tokens *tokens = tokens_read(q->token_file, &error);
    struct erasure_list *list = tokens && q->erasures ? erasure_list_open(q->erasures, &error) : NULL;
    int code = EXIT_ENVIRONMENT;
    if (error)
        console_say("%s", error->message);
    else if (has_tokens(tokens, catalogue, q->token_file))
        code = collect_into(q, list, catalogue, tokens);
    erasure_list_free(list);
    tokens_free(tokens);
    return code;
}

static int load_and_collect(const struct request *q)
{
    int code = EXIT_OK;
    struct wire_catalogue *catalogue = wire_catalogue_new();
    interrupt_defer();
    if (load_stories(catalogue, q->stories, &code))
        code = collect(q, catalogue);
    wire_catalogue_free(catalogue);
    return code;
}

static int print_schema(void)
{
    g_autofree char *schema = wire_schema();
    g_autoptr(GString) text = g_string_new(schema);
    console_write(text);
    return EXIT_OK;
}

/* The number of an option, which has its usual value where nothing was asked for. */
static bool in_range(const char *option, gint n, gint least, gint most)
{
    if (n >= least && n <= most)
        return true;
    console_say("%s wants a number from %d to %d, not %d", option, least, most, n);
    return false;
}

static bool is_sound(const struct request *q)
{
    if (!q->store || !(g_str_has_prefix(q->store, SQLITE_PREFIX) || g_str_has_prefix(q->store, ENGINE_PREFIX)) ||
        !q->stories || !q->token_file) {
        console_say("name the store, the stories and the tokens: frumious collect --store sqlite:FILE --story FILE "
                    "--token-file FILE");
        return false;
    }
    return in_range("--connections", q->connections, THREADS_MAX, 100000) &&
           in_range("--connections-of-one", q->connections_of_one, 1, 100000) &&
           in_range("--rate", q->rate, 0, 1000000) && in_range("--request-seconds", q->request_s, 1, 600) &&
           in_range("--group-ms", q->group_ms, 0, 1000);
}

static int run(int argc, char **argv, struct request *q)
{
    const GOptionEntry options[] = {
        {"store", 0, 0, G_OPTION_ARG_STRING, &q->store,
         "Keep what comes in in sqlite:FILE, which is made if it is not there, or in a distributed engine "
         "(clickhouse:…; see `central`)",
         "STORE"},
        {"story", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &q->stories,
         "Take in viewings of this story; once for each story and version", "FILE"},
        {"token-file", 0, 0, G_OPTION_ARG_FILENAME, &q->token_file,
         "Who may send: in each line a story's id and its token", "FILE"},
        {"erasures", 0, 0, G_OPTION_ARG_FILENAME, &q->erasures,
         "Also note in this file what is erased, and erase it again in a store that was restored", "FILE"},
        {"listen", 0, 0, G_OPTION_ARG_STRING, &q->listen, "Where to listen (127.0.0.1:8471; port 0 chooses one)",
         "ADDRESS:PORT"},
        {"behind-proxy", 0, 0, G_OPTION_ARG_NONE, &q->proxied,
         "A proxy is in front, and the last address in X-Forwarded-For is the client's", NULL},
        {"rate", 0, 0, G_OPTION_ARG_INT, &q->rate,
         "Requests of one client in a second (20, ten times as many at once; 0: any)", "N"},
        {"connections", 0, 0, G_OPTION_ARG_INT, &q->connections, "Connections at once (1024)", "N"},
        {"connections-of-one", 0, 0, G_OPTION_ARG_INT, &q->connections_of_one,
         "Connections of one address, unless behind a proxy (64)", "N"},
        {"request-seconds", 0, 0, G_OPTION_ARG_INT, &q->request_s, "How long a request may take to come (20)", "N"},
        {"group-ms", 0, 0, G_OPTION_ARG_INT, &q->group_ms,
         "What arrives within so many milliseconds is committed together (20)", "N"},
        {"schema", 0, 0, G_OPTION_ARG_NONE, &q->schema, "Print the JSON Schema of what is sent", NULL},
        G_OPTION_ENTRY_NULL,
    };
    int code;
    if (!command_options(&argc, &argv, options, "--store STORE --story FILE --token-file FILE [OPTION…]",
                         "Takes in what viewers share of their own will, until it is asked to end (SIGTERM).", &code))
        return code;
    if (argc > 1) {
        console_say("collect takes options alone, not '%s'; see `frumious collect --help`", argv[1]);
        return EXIT_USAGE;
    }
    if (q->schema)
        return print_schema();
    return is_sound(q) ? load_and_collect(q) : EXIT_USAGE;
}

int cmd_collect(int argc, char **argv)
{
    struct request q = {.connections = CONNECTIONS,
                        .connections_of_one = CONNECTIONS_OF_ONE,
                        .rate = RATE,
                        .request_s = REQUEST_S,
                        .group_ms = GROUP_MS};
    const int code = run(argc, argv, &q);
    g_free(q.store);
    g_free(q.listen);
    g_free(q.token_file);
    g_free(q.erasures);
    g_strfreev(q.stories);
    return code;
}

/* frumious telemetry: what is recorded on this machine, told to the person it is about. */

#include "app/cmd.h"
#include "app/settings.h"
#include "telemetry/show.h"

#include <stdio.h>
#include <string.h>

struct request {
    const char *store; /* path, or NULL for the default one */
    const char *what;  /* argument of the verb, or NULL */
    gint limit;
};

struct verb {
    const char *name;
    int (*run)(const struct request *r);
    bool wants_viewing;
    const char *title;
};

/* Opens the store for reading; a store that does not exist yet is an answer, not an error. */
static struct store *open_store(const struct request *r, int *code)
{
    g_autoptr(GError) error = NULL;
    const struct store_options o = {.path = r->store, .read_only = true};
    struct store *store = store_open(&o, &error);
    if (store)
        return store;
    if (g_error_matches(error, STORE_ERROR, STORE_ERROR_NOT_FOUND) && !r->store) {
        puts("Nothing is recorded on this machine.");
        *code = CMD_OK;
        return NULL;
    }
    cmd_say("%s", error->message);
    *code = CMD_ENVIRONMENT;
    return NULL;
}

static int print_and_close(struct store *store, bool shown, GString *text, GError *error)
{
    if (shown)
        fputs(text->str, stdout);
    else
        cmd_say("%s", error->message);
    store_close(store);
    return shown ? CMD_OK : CMD_PROBLEM;
}

static int run_show(const struct request *r)
{
    int code;
    struct store *store = open_store(r, &code);
    if (!store)
        return code;
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    const bool shown = show_viewing(store, r->what ? r->what : "last", text, &error);
    return print_and_close(store, shown, text, error);
}

static int run_list(const struct request *r)
{
    int code;
    struct store *store = open_store(r, &code);
    if (!store)
        return code;
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    const bool shown = show_list(store, (uint32_t)MAX(r->limit, 0), text, &error);
    return print_and_close(store, shown, text, error);
}

static int run_path(const struct request *r)
{
    g_autofree char *path = r->store ? g_strdup(r->store) : store_default_path();
    puts(path);
    return CMD_OK;
}

/* on, off: may decisions be recorded? The same answer as the one asked for before the first film. */
static int set_record(enum settings_record record, const char *said)
{
    g_autoptr(GError) error = NULL;
    struct settings *settings = settings_load();
    settings->record = record;
    const bool saved = settings_save(settings, &error);
    settings_free(settings);
    if (!saved) {
        cmd_say("%s", error->message);
        return CMD_ENVIRONMENT;
    }
    puts(said);
    return CMD_OK;
}

static int run_on(const struct request *r)
{
    (void)r;
    return set_record(SETTINGS_YES, "Decisions are recorded on this machine from now on. They are never sent.");
}

static int run_off(const struct request *r)
{
    (void)r;
    return set_record(SETTINGS_NO, "Decisions are not recorded from now on. What is recorded already stays.");
}

static const struct verb verbs[] = {
    {"show", run_show, true, "one viewing, as a person reads it: an id, its beginning, or 'last' (default)"},
    {"list", run_list, false, "all viewings, newest first"},
    {"path", run_path, false, "where the store is"},
    {"on", run_on, false, "record decisions from now on"},
    {"off", run_off, false, "don't"},
};

static const struct verb *find_verb(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++)
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    return NULL;
}

int cmd_telemetry(int argc, char **argv)
{
    g_autofree char *path = NULL;
    struct request r = {0};
    const GOptionEntry options[] = {
        {"store", 0, 0, G_OPTION_ARG_FILENAME, &path, "The store to read", "FILE"},
        {"limit", 'n', 0, G_OPTION_ARG_INT, &r.limit, "list: at most N viewings", "N"},
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GString) text = g_string_new("Verbs:\n");
    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++)
        g_string_append_printf(text, "  %-8s%s\n", verbs[i].name, verbs[i].title);
    g_string_append(text, "\nEverything recorded stays on this machine; nothing is ever sent.");

    int code;
    if (!cmd_options(&argc, &argv, options, "VERB [OPTION…] [VIEWING]", text->str, &code))
        return code;
    const struct verb *verb = argc > 1 ? find_verb(argv[1]) : NULL;
    if (!verb) {
        if (argc > 1)
            cmd_say("telemetry has no verb '%s'; `frumious telemetry --help` lists them", argv[1]);
        else
            cmd_say("say what: frumious telemetry show|list|path|on|off");
        return CMD_USAGE;
    }
    if (argc > (verb->wants_viewing ? 3 : 2) || r.limit < 0) {
        cmd_say("%s; see `frumious telemetry --help`",
                r.limit < 0 ? "--limit wants a number from 0 on" : "too many arguments");
        return CMD_USAGE;
    }
    if (path && path[0] == '\0') {
        cmd_say("--store wants a file");
        return CMD_USAGE;
    }
    r.store = path;
    r.what = argc > 2 ? argv[2] : NULL;
    return verb->run(&r);
}

/* frumious telemetry: what is recorded on this machine, told to the person it is about. */

#include "commands/telemetry_held.h"
#include "commands/telemetry_keep.h"
#include "commands/telemetry_note.h"

#include "base/fold.h"
#include "base/safe.h"
#include "player/profiles.h"
#include "player/settings.h"
#include "telemetry/read/anonymous.h"
#include "telemetry/dictionary.h"
#include "telemetry/read/show.h"
#include "telemetry/keep/status.h"
#include "telemetry/write/spool_recovery.h"
#include "telemetry/store/store_file.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static int print_and_close(struct store *store, bool shown, GString *text, GError *error)
{
    if (shown)
        console_write(text);
    telemetry_request_close(store);
    return shown ? EXIT_OK : telemetry_failed(error);
}

/* ---- in words ---------------------------------------------------------------------------------------------------- */

static bool show_each(struct store *store, const GArray *viewings, GError **error)
{
    for (guint i = 0; i < viewings->len; i++) {
        g_autoptr(GString) text = g_string_new(i ? "\n" : NULL);
        g_autoptr(GError) gone = NULL;
        if (show_viewing_by_number(store, g_array_index(viewings, int64_t, i), text, &gone)) {
            g_autoptr(GString) folded = g_string_new(NULL);
            fold_lines(folded, text->str, FOLD_TERMINAL);
            console_write(folded);
        } else if (!g_error_matches(gone, STORE_ERROR, STORE_ERROR_NOT_FOUND)) {
            g_propagate_error(error, g_steal_pointer(&gone));
            return false;
        }
    }
    return true;
}

static int run_show(const struct telemetry_request *given)
{
    int code;
    struct telemetry_request r = *given;
    struct store *store = telemetry_request_open(&r, TELEMETRY_READ, &code);
    if (!store)
        return code;
    const bool any = !r.what && !r.story && !r.viewer;
    if (any)
        r.what = "last";
    struct read_filter which;
    g_autofree char *owned = NULL;
    g_autoptr(GError) error = NULL;
    telemetry_request_filter(&r, &which, &owned);
    g_autoptr(GArray) viewings = read_matching_ids(store, &which, &error);
    const bool none = any && g_error_matches(error, STORE_ERROR, STORE_ERROR_NOT_FOUND);
    const bool shown = none || (viewings && show_each(store, viewings, &error));
    if (none || (viewings && viewings->len == 0))
        console_print("No viewing was recorded yet.\n");
    telemetry_request_close(store);
    return shown ? EXIT_OK : telemetry_failed(error);
}

static int run_list(const struct telemetry_request *r)
{
    int code;
    struct store *store = telemetry_request_open(r, TELEMETRY_READ, &code);
    if (!store)
        return code;
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    const bool shown = show_list(store, (uint32_t)r->limit, text, &error);
    return print_and_close(store, shown, text, error);
}

static int run_explain(const struct telemetry_request *r)
{
    g_autoptr(GString) text = g_string_new(NULL);
    if (!dictionary_explain(r->what, text)) {
        console_say("'%s' is not recorded; `frumious telemetry explain` lists what is", r->what);
        return EXIT_USAGE;
    }
    console_write(text);
    return EXIT_OK;
}

static void print_setting(void)
{
    static const char *const words[] = {[SETTINGS_ASK] = "not decided; the first film asks",
                                        [SETTINGS_YES] = "on",
                                        [SETTINGS_NO] = "off",
                                        [SETTINGS_COUNT] = "off; only how many viewings there were is counted"};
    struct settings *settings = settings_load();
    console_print("%-12s %s\n", "recording", words[settings->record]);
    console_print("%-12s %s\n", "viewer's id", settings->viewer[0] ? "on" : "off");
    settings_free(settings);
}

static int run_status(const struct telemetry_request *r)
{
    int code;
    g_autofree char *path = r->store ? g_strdup(r->store) : store_default_path();
    g_autoptr(GString) waiting = g_string_new(NULL);
    print_setting();
    spool_tell_waiting(path, waiting);
    console_write(waiting);
    struct store *store = telemetry_request_open(r, TELEMETRY_READ, &code);
    if (!store)
        return code;
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    const bool shown = status_text(store, text, &error);
    return print_and_close(store, shown, text, error);
}

static int run_path(const struct telemetry_request *r)
{
    g_autofree char *path = r->store ? g_strdup(r->store) : store_default_path();
    if (!safe_is_exact(path)) {
        console_say("'%s' can't be printed exactly: it holds control characters, or is not UTF-8; move the store",
                    path);
        return EXIT_ENVIRONMENT;
    }
    console_print("%s\n", path);
    return EXIT_OK;
}

/* ---- for other programs ------------------------------------------------------------------------------------------ */

static bool print_chunk(const char *text, void *data)
{
    (void)data;
    g_autoptr(GString) chunk = g_string_new(text);
    return console_write(chunk);
}

static bool parse_format(const char *name, enum export_format *format)
{
    static const char *const names[] = {[EXPORT_JSONL] = "jsonl", [EXPORT_CSV] = "csv", NULL};
    const int found = command_choice("--format", name, names, EXPORT_JSONL);
    *format = found < 0 ? EXPORT_JSONL : (enum export_format)found;
    return found >= 0;
}

static int print_schema(void)
{
    g_autofree char *schema = export_schema();
    (void)print_chunk(schema, NULL);
    return EXIT_OK;
}

/* An anonymous export keeps in the store what it told. */
static enum telemetry_access export_access(const struct telemetry_request *r)
{
    g_autofree char *path = r->store ? g_strdup(r->store) : store_default_path();
    g_autofree char *real = store_file_resolve(path);
    const bool can_write = r->anonymous && g_access(real, W_OK) == 0 && store_file_is_own(real);
    return can_write ? TELEMETRY_WRITE : TELEMETRY_READ;
}

static int run_anonymous(struct store *store, const struct telemetry_request *r, enum export_format format)
{
    g_autoptr(GError) error = NULL;
    const struct anonymous_options o = {.k = r->k, .story = r->story, .now_ms = g_get_real_time() / 1000};
    if (store->read_only)
        console_say(
            "%s cannot be written, so it does not keep what this export tells: do not export from it again after "
            "viewings were erased or added",
            store->path);
    if (anonymous_export(store, &o, format, print_chunk, NULL, &error))
        console_say("months are UTC's. What several exports tell together is bounded for this store: do not export as "
                    "well from "
                    "copies or parts of it, or from a merge of it");
    telemetry_request_close(store);
    return error ? telemetry_failed(error) : EXIT_OK;
}

static int run_export(const struct telemetry_request *given)
{
    int code;
    struct telemetry_request with = *given, *const r = &with;
    with.document = true;
    enum export_format format;
    g_autoptr(GError) error = NULL;
    if (!parse_format(r->format, &format))
        return EXIT_USAGE;
    if (r->anonymous && (r->what || r->viewer || r->superseded)) {
        console_say("--anonymous counts all viewings together; only --story can narrow it");
        return EXIT_USAGE;
    }
    if (r->schema)
        return print_schema();
    struct store *store = telemetry_request_open(r, export_access(r), &code);
    if (!store)
        return code;
    if (r->anonymous)
        return run_anonymous(store, r, format);
    struct read_filter which;
    g_autofree char *owned = NULL;
    telemetry_request_filter(r, &which, &owned);
    const struct export_options o = {.format = format, .superseded = r->superseded};
    export_viewings(store, &which, &o, print_chunk, NULL, &error);
    telemetry_request_close(store);
    return error ? telemetry_failed(error) : EXIT_OK; /* main() reports output that could not be written */
}

/* ---- verbs ------------------------------------------------------------------------------------------------------- */

static const struct telemetry_verb {
    const char *name;
    int (*run)(const struct telemetry_request *r);
    const char *argument; /* NULL: takes none */
    const char *title;
} verbs[] = {
    {"show", run_show, "VIEWING", "viewings in plain words: an id or its beginning, 'last' (default) or 'all'"},
    {"list", run_list, NULL, "all viewings, newest first"},
    {"status", run_status, NULL, "the whole store: sizes, counts, losses, viewers, how long viewings are kept"},
    {"explain", run_explain, "NAME",
     "what is recorded and why; all, an event (outcome) or a value (outcome.latency_us)"},
    {"export", run_export, "VIEWING",
     "viewings as JSON Lines or CSV; with --anonymous, numbers that may leave this machine"},
    {"erase", telemetry_erase, "VIEWING",
     "viewings: an id, 'last', 'all', --story or --viewer; 'leftovers': what could not be erased before"},
    {"held", telemetry_held, "KEY",
     "in a collector's store, all that it holds of a viewing (its id) or of a viewer (their link there)"},
    {"pause", telemetry_pause, NULL, "record nothing from now on, also in films that are playing"},
    {"resume", telemetry_resume, NULL, "record again"},
    {"retention", telemetry_retention, "DAYS",
     "how long viewings are kept: a number of days, or 'forever'; what is due, and when it goes"},
    {"viewer", telemetry_viewer, "HOW",
     "the id that links your own viewings, on this machine only: 'on', 'off', 'new'"},
    {"note", telemetry_note, "TEXT",
     "what happened on a day, to stand beside the report's numbers (--date, --story); without TEXT: a list"},
    {"path", run_path, NULL, "print where the store is"},
    {"on", telemetry_resume, NULL, "the same as resume"},
    {"off", telemetry_pause, NULL, "the same as pause"},
};

static const struct telemetry_verb *parse_verb(int argc, char **argv)
{
    if (argc < 2) {
        console_say(
            "name a verb: frumious telemetry show|list|status|explain|export|erase|held|pause|resume|retention|note");
        return NULL;
    }
    const int verb = command_verb("telemetry", argv[1], verbs, G_N_ELEMENTS(verbs), sizeof verbs[0]);
    if (verb >= 0 && argc > (verbs[verb].argument ? 3 : 2)) {
        console_say("too many arguments; `frumious telemetry --help` shows what each verb takes");
        return NULL;
    }
    return verb >= 0 ? &verbs[verb] : NULL;
}

/* As they were given, or COMMAND_NOT_GIVEN. */
static bool are_in_range(gint limit, gint k, gint remove)
{
    if (limit != COMMAND_NOT_GIVEN && limit < 1)
        console_say("--limit wants a number of at least 1");
    else if (k != COMMAND_NOT_GIVEN && k < 2)
        console_say("--k wants a number of at least 2");
    else if (remove != COMMAND_NOT_GIVEN && remove < 1)
        console_say("--remove wants the number of a note");
    else
        return true;
    return false;
}

static bool fit_together(const struct telemetry_request *r)
{
    if (r->store && r->store[0] == '\0')
        console_say("--store wants a file");
    else if (r->k != 0 && !r->anonymous)
        console_say("--k goes with --anonymous; without it, every viewing would be told");
    else if (r->what && r->remove)
        console_say("--remove wants the number of a note, and no text");
    else
        return true;
    return false;
}

static char *verbs_text(void)
{
    GString *text = g_string_new("Verbs:\n");
    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++) {
        g_autofree char *head =
            g_strdup_printf("%s%s%s%s", verbs[i].name, verbs[i].argument ? " [" : "",
                            verbs[i].argument ? verbs[i].argument : "", verbs[i].argument ? "]" : "");
        g_string_append_printf(text, "  %-17s %s\n", head, verbs[i].title);
    }
    g_string_append(text, "\nEverything recorded stays on this machine, unless you share it (`frumious share`).");
    return g_string_free(text, FALSE);
}

int cmd_telemetry(int argc, char **argv)
{
    g_autofree char *path = NULL, *story = NULL, *viewer = NULL, *profile = NULL, *format = NULL, *date = NULL,
                    *text = verbs_text();
    gint limit = COMMAND_NOT_GIVEN, k = COMMAND_NOT_GIVEN, number = COMMAND_NOT_GIVEN;
    gboolean anonymous = FALSE, superseded = FALSE, schema = FALSE, trust = FALSE, now = FALSE, dry_run = FALSE;
    const GOptionEntry options[] = {
        {"store", 0, 0, G_OPTION_ARG_FILENAME, &path, "Use this store", "FILE"},
        {"limit", 'n', 0, G_OPTION_ARG_INT, &limit, "list: at most N viewings", "N"},
        {"story", 0, 0, G_OPTION_ARG_STRING, &story,
         "show, export, erase: viewings of this story, by its id; note: of this story", "ID"},
        {"viewer", 0, 0, G_OPTION_ARG_STRING, &viewer, "show, export, erase: viewings of this viewer, or 'me'", "ID"},
        {"profile", 0, 0, G_OPTION_ARG_STRING, &profile,
         "show, export, erase, status, pause, resume, off, on, viewer: of whoever watches under this name", "NAME"},
        {"format", 0, 0, G_OPTION_ARG_STRING, &format, "export: jsonl (default) or csv; held: text (default) or json",
         "FORMAT"},
        {"anonymous", 0, 0, G_OPTION_ARG_NONE, &anonymous, "export: only numbers, and none about fewer than K viewers",
         NULL},
        {"superseded", 0, 0, G_OPTION_ARG_NONE, &superseded,
         "export: also what does not count any more, because the film went on from before", NULL},
        {"trust-store", 0, 0, G_OPTION_ARG_NONE, &trust,
         "Write into the store although another user owns it, or it holds more than this program makes", NULL},
        {"now", 0, 0, G_OPTION_ARG_NONE, &now,
         "retention: erase at once, by the date that each viewing carries and this machine's clock", NULL},
        {"dry-run", 0, 0, G_OPTION_ARG_NONE, &dry_run, "retention --now: only say what would be erased", NULL},
        {"k", 0, 0, G_OPTION_ARG_INT, &k, "export --anonymous: K, 10 by default", "K"},
        {"date", 0, 0, G_OPTION_ARG_STRING, &date, "note: the day that it is about; today, if not given", "YYYY-MM-DD"},
        {"remove", 0, 0, G_OPTION_ARG_INT, &number, "note: remove the one with this number", "N"},
        {"schema", 0, 0, G_OPTION_ARG_NONE, &schema, "export: print the JSON Schema of a line instead", NULL},
        G_OPTION_ENTRY_NULL,
    };
    int code;
    if (!command_options(&argc, &argv, options, "VERB [OPTION…] [ARGUMENT]", text, &code))
        return code;
    const struct telemetry_request r = {
        .store = path,
        .what = argc > 2 ? argv[2] : NULL,
        .story = story,
        .viewer = viewer,
        .format = format,
        .limit = limit == COMMAND_NOT_GIVEN ? G_MAXINT : limit,
        .k = k == COMMAND_NOT_GIVEN ? 0 : k,
        .anonymous = anonymous,
        .superseded = superseded,
        .schema = schema,
        .trust_store = trust,
        .now = now,
        .dry_run = dry_run,
        .date = date,
        .remove = number == COMMAND_NOT_GIVEN ? 0 : number,
    };
    const struct telemetry_verb *verb = parse_verb(argc, argv);
    g_autoptr(GError) error = NULL;
    static const struct command_clash clashes[] = {
        {"remove", "date", "a note is removed by its number alone; leave one out"},
        {"remove", "story", "a note is removed by its number alone; leave one out"},
    };
    if (!verb || !command_verb_options(verb->name, options) ||
        !command_go_together(options, clashes, G_N_ELEMENTS(clashes)) || !are_in_range(limit, k, number) ||
        !fit_together(&r))
        return EXIT_USAGE;
    if (profile && !profiles_use(profile, &error)) {
        console_say("%s", error->message);
        return EXIT_USAGE;
    }
    return verb->run(&r);
}

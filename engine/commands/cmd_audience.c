/* frumious audience: writes a made-up audience into a store, to try reports on. */

#include "base/units.h"
#include "telemetry/audience/audience.h"
#include "telemetry/audience/audience_truth.h"
#include "commands/command.h"
#include "telemetry/count/aggregate.h"

static int write_audience(const char *path, const struct audience_options *o)
{
    g_autoptr(GError) error = NULL;
    const struct writer_options options = {.path = path};
    struct writer *w = writer_open(&options, &error);
    if (!w) {
        console_say("%s", error->message);
        return EXIT_ENVIRONMENT;
    }
    const uint64_t events = audience_write(w, o);
    struct writer_status status;
    writer_status(w, &status);
    const uint64_t lost = writer_close(w, status.error[0] == '\0' ? 60 * US_PER_SECOND : 0);
    if (lost > 0 || status.error[0] != '\0') {
        console_say("%s (%" G_GUINT64_FORMAT " event%s lost)", status.error, lost, lost == 1 ? " was" : "s were");
        return EXIT_ENVIRONMENT;
    }
    const struct store_options so = {.path = path};
    struct store *s = store_open(&so, &error);
    const bool summed = s && aggregate_catch_up(s, &error);
    store_close(s);
    if (!summed) {
        console_say("%s", error->message);
        return EXIT_ENVIRONMENT;
    }
    console_print("%" G_GINT64_FORMAT " viewing%s, %" G_GUINT64_FORMAT " event%s\n", o->viewings, units_s(o->viewings),
                  events, units_s((int64_t)events));
    return EXIT_OK;
}

int cmd_audience(int argc, char **argv)
{
    g_autofree char *path = NULL;
    gboolean truth = FALSE;
    gint64 viewings = 1000, seed = 1;
    gint levels = 0, days = 0;
    const GOptionEntry options[] = {
        {"store", 0, 0, G_OPTION_ARG_FILENAME, &path, "Write into this store, which is made if there is none", "FILE"},
        {"viewings", 0, 0, G_OPTION_ARG_INT64, &viewings, "Number of viewings (default 1000)", "N"},
        {"seed", 0, 0, G_OPTION_ARG_INT64, &seed, "The same seed makes the same audience (default 1)", "N"},
        {"levels", 0, 0, G_OPTION_ARG_INT, &levels, "Decisions on the way through the film (default 8)", "N"},
        {"days", 0, 0, G_OPTION_ARG_INT, &days, "Days over which the viewings are spread (default 30)", "N"},
        {"truth", 0, 0, G_OPTION_ARG_NONE, &truth, "Write nothing; print what a report should find, as JSON", NULL},
        G_OPTION_ENTRY_NULL,
    };
    int code;
    if (!command_options(&argc, &argv, options, "--store FILE [OPTION…]",
                         "Writes the viewings of made-up people into a store, so that reports can be tried.\n"
                         "Keep them out of a store with real viewings: only the film's name marks them.",
                         &code))
        return code;
    static const struct command_clash clashes[] = {{"truth", "store", "--truth writes no store; leave one out"}};
    if (!command_go_together(options, clashes, G_N_ELEMENTS(clashes)))
        return EXIT_USAGE;
    if (argc > 1 || (!truth && (!path || !*path))) {
        console_say("name the store, and nothing else: frumious audience --store FILE");
        return EXIT_USAGE;
    }
    if (viewings < 0 || seed < 0 || seed > G_MAXUINT32 || levels < 0 || levels > AUDIENCE_LEVELS_MAX || days < 0) {
        console_say("audience wants numbers from 0 on, --levels at most %d; see `frumious audience --help`",
                    AUDIENCE_LEVELS_MAX);
        return EXIT_USAGE;
    }
    const struct audience_options o = {viewings, (uint32_t)seed, levels, days};
    if (!truth)
        return write_audience(path, &o);
    g_autoptr(GString) json = g_string_new(NULL);
    audience_truth(&o, json);
    console_write(json);
    return EXIT_OK;
}

/* frumious simulate: many viewers who choose by chance. */

#include "base/interrupt.h"
#include "base/units.h"
#include "commands/command.h"
#include "explore/simulate_report.h"

#include <assert.h>
#include <string.h>

#define RUNS_DEFAULT 10000
#define RUNS_MAX     UINT64_C(1000000000000)
#define THREADS_MAX  256

enum simulate_format { FORMAT_TEXT, FORMAT_JSON };
static const char *const formats[] = {[FORMAT_TEXT] = "text", [FORMAT_JSON] = "json", NULL};
static_assert(G_N_ELEMENTS(formats) == FORMAT_JSON + 2, "a word for each, and the end");

static bool on_simulate_progress(void *user, uint64_t done, uint64_t runs)
{
    (void)user;
    console_progress("%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " viewing%s ", done, runs, units_s((int64_t)runs));
    return !interrupt_requested();
}

/* ---- the command ------------------------------------------------------------------------------------------------ */

static int simulate(struct story *s, const struct simulate_options *how, enum simulate_format format)
{
    g_autoptr(GString) out = g_string_new(NULL);
    struct simulate_options o = *how;
    o.progress = on_simulate_progress;
    interrupt_listen();
    struct simulate_result *r = simulate_run(s, &o);
    console_progress_end();
    if (format == FORMAT_JSON)
        simulate_report_json(out, s, r, &o);
    else
        simulate_report_text(out, s, r, &o);
    console_write(out);
    simulate_result_free(r);
    return interrupt_requested() ? EXIT_INTERRUPTED : EXIT_OK;
}

static char *model_help(void)
{
    GString *out = g_string_new("How viewers choose:\n");
    for (const struct simulate_model *m = simulate_models(); m->name; m++)
        g_string_append_printf(out, "  %-12s%s\n", m->name, m->title);
    g_string_append(out, "Each viewer is new and never goes back. The same seed gives the same numbers.\n"
                         "`simulate --store FILE` is `audience`: it writes a made-up audience, to try reports on.");
    return g_string_free(out, FALSE);
}

/* With --store or --truth, `simulate` is `audience`. */
static bool wants_store(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (g_str_has_prefix(argv[i], "--store") || strcmp(argv[i], "--truth") == 0)
            return true;
    return false;
}

int cmd_simulate(int argc, char **argv)
{
    if (wants_store(argc, argv))
        return cmd_audience(argc, argv);
    g_autofree char *runs = NULL, *seed = NULL, *model = NULL, *format = NULL, *threads = NULL, *help = model_help();
    const GOptionEntry options[] = {
        {"runs", 0, 0, G_OPTION_ARG_STRING, &runs, "Number of viewings (default 10000)", "N"},
        {"seed", 0, 0, G_OPTION_ARG_STRING, &seed, "Another seed draws other viewers (default 1)", "N"},
        {"model", 0, 0, G_OPTION_ARG_STRING, &model, "How viewers choose (default uniform), see below", "MODEL"},
        {"threads", 'j', 0, G_OPTION_ARG_STRING, &threads, "Number of threads (default: one for each core)", "N"},
        {"format", 0, 0, G_OPTION_ARG_STRING, &format, "text (the default) or json", "FORMAT"},
        G_OPTION_ENTRY_NULL,
    };
    struct simulate_options o = {.runs = RUNS_DEFAULT, .seed = 1};
    uint64_t n_threads = 0;
    int code;
    if (!command_options(&argc, &argv, options, "[OPTION…] STORY", help, &code))
        return code;
    o.model = model ? simulate_model_find(model) : simulate_models();
    const int format_index = command_choice("--format", format, formats, FORMAT_TEXT);
    if (format_index < 0 || !command_number("--runs", runs, 1, RUNS_MAX, &o.runs) ||
        !command_number("--seed", seed, 0, UINT64_MAX, &o.seed) ||
        !command_number("--threads", threads, 1, THREADS_MAX, &n_threads))
        return EXIT_USAGE;
    if (argc != 2)
        console_say("name one story: frumious simulate STORY");
    else if (!o.model)
        console_say("there is no model '%s'; `frumious simulate --help` lists them", model);
    else {
        o.threads = (int32_t)n_threads;
        struct story *s = command_load_story(argv[1], "simulated", NULL, &code);
        if (s)
            code = simulate(s, &o, (enum simulate_format)format_index);
        story_free(s);
        return code;
    }
    return EXIT_USAGE;
}

/* frumious simulate: many viewers who choose by chance. */

#include "commands/command.h"
#include "base/interrupt.h"
#include "base/json.h"
#include "base/units.h"
#include "explore/simulate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define RUNS_DEFAULT 10000
#define RUNS_MAX     UINT64_C(1000000000000)
#define THREADS_MAX  256

static bool on_simulate_progress(void *user, uint64_t done, uint64_t runs)
{
    if (*(const bool *)user)
        fprintf(stderr, "\r%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " viewings \033[K", done, runs);
    return !interrupt_requested();
}

/* "1:23:45", "2:05"; to be freed. */
static char *clock_time(int64_t us)
{
    const int64_t s = (us + US_PER_SECOND / 2) / US_PER_SECOND;
    if (us == US_NONE)
        return g_strdup("-");
    return s >= 3600 ? g_strdup_printf("%d:%02d:%02d", (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60))
                     : g_strdup_printf("%d:%02d", (int)(s / 60), (int)(s % 60));
}

static double percent(uint64_t part, uint64_t whole)
{
    return whole > 0 ? 100 * (double)part / (double)whole : 0;
}

/* Wilson's interval: where the true share lies, 19 times of 20. In per cent. */
static void interval(uint64_t part, uint64_t whole, double *low, double *high)
{
    const double n = (double)whole, p = whole > 0 ? (double)part / n : 0, z = 1.959964;
    *low = 0, *high = 100;
    if (whole == 0)
        return;
    const double middle = p + z * z / (2 * n), width = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    *low = part == 0 ? 0 : 100 * (middle - width) / (1 + z * z / n);
    *high = part == whole ? 100 : 100 * (middle + width) / (1 + z * z / n);
}

/* ---- text ------------------------------------------------------------------------------------------------------- */

static void text_line(GString *out, const char *what, uint64_t n, uint64_t runs)
{
    double low, high;
    interval(n, runs, &low, &high);
    g_string_append_printf(out, "  %6.2f %%  (%.2f to %.2f)  %s\n", percent(n, runs), low, high, what);
}

static void text_endings(GString *out, const struct story *s, const struct simulate_result *r)
{
    g_string_append(out, "\nEndings (in brackets: where the true share lies, 19 times of 20)\n");
    for (int32_t i = 0; i < s->n_endings; i++)
        text_line(out, story_text(s, s->endings[i].title, NULL), r->endings[i], r->runs);
    const struct {
        const char *what;
        uint64_t n;
    } others[] = {{"over without an ending", r->no_ending},
                  {"stuck: `frumious explore` shows how", r->stuck},
                  {"given up, it would not end", r->endless}};
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
        if (others[i].n > 0)
            text_line(out, others[i].what, others[i].n, r->runs);
}

static void text_lengths(GString *out, const struct simulate_result *r)
{
    g_autofree char *min = clock_time(r->min_us), *p10 = clock_time(simulate_result_length_us(r, 10)),
                    *p50 = clock_time(simulate_result_length_us(r, 50)),
                    *p90 = clock_time(simulate_result_length_us(r, 90)), *max = clock_time(r->max_us);
    g_string_append_printf(out,
                           "\nLength: shortest %s, a tenth up to %s, half up to %s, nine tenths up to %s, longest %s\n",
                           min, p10, p50, p90, max);
}

static void text_decision(GString *out, const struct story *s, const struct simulate_result *r, int32_t decision)
{
    const struct story_decision *d = &s->decisions[decision];
    g_string_append_printf(out, "  %s: opened %" G_GUINT64_FORMAT " times\n", d->name, r->opened[decision]);
    for (int32_t i = 0; i < d->options.n; i++) {
        const int32_t o = d->options.first + i;
        const char *text = story_text(s, s->options[o].text, NULL);
        g_string_append_printf(out, "    %6.2f %%  %s%s%s", percent(r->picked[o], r->opened[decision]),
                               s->options[o].name, text ? ": " : "", text ? text : "");
        if (r->offered[o] < r->opened[decision])
            g_string_append_printf(out, " (offered %.2f %%)", percent(r->offered[o], r->opened[decision]));
        g_string_append_c(out, '\n');
    }
    if (r->waited[decision] > 0)
        g_string_append_printf(out, "    %6.2f %%  (time ran out)\n",
                               percent(r->waited[decision], r->opened[decision]));
}

static void text_nodes(GString *out, const struct story *s, const struct simulate_result *r)
{
    g_string_append(out, "\nNodes: in how many viewings, and how often in all\n");
    for (int32_t i = 0; i < s->n_nodes; i++)
        g_string_append_printf(out, "  %6.2f %%  %" G_GUINT64_FORMAT "  %s\n", percent(r->nodes[i], r->runs),
                               r->visits[i], s->nodes[i].name);
}

static void text_ways(GString *out, const struct story *s, const struct simulate_result *r)
{
    g_string_append(out, "\nWays that nobody went\n");
    int32_t shown = 0, last_from = -1, last_to = -1;
    for (guint i = 0; i < r->edges->len; i++) {
        const struct node_edge *e = &g_array_index(r->edges, struct node_edge, i);
        bool gone = false; /* by the first edge between the two */
        for (guint k = i + 1; k-- > 0 && g_array_index(r->edges, struct node_edge, k).from == e->from && !gone;)
            gone = g_array_index(r->edges, struct node_edge, k).to == e->to && r->edge_counts[k] > 0;
        if (gone || (e->from == last_from && e->to == last_to))
            continue;
        last_from = e->from, last_to = e->to;
        g_string_append_printf(out, "  %s → %s\n", s->nodes[e->from].name, s->nodes[e->to].name);
        shown++;
    }
    if (shown == 0)
        g_string_append(out, "  none\n");
}

static void print_text(GString *out, const struct story *s, const struct simulate_result *r,
                       const struct simulate_options *o)
{
    g_string_append_printf(out,
                           "%" G_GUINT64_FORMAT " viewings, %" G_GUINT64_FORMAT " decisions, seed %" G_GUINT64_FORMAT
                           "; each viewer %s%s\n",
                           r->runs, r->decisions, o->seed, o->model->title, r->stopped ? " (stopped)" : "");
    text_endings(out, s, r);
    text_lengths(out, r);
    g_string_append(out, "\nDecisions\n");
    for (int32_t i = 0; i < s->n_decisions; i++)
        text_decision(out, s, r, i);
    text_nodes(out, s, r);
    text_ways(out, s, r);
}

/* ---- JSON ------------------------------------------------------------------------------------------------------- */

static void put_endings(JsonBuilder *b, const struct story *s, const struct simulate_result *r)
{
    json_put_array(b, "endings");
    for (int32_t i = 0; i < s->n_endings; i++) {
        json_builder_begin_object(b);
        json_put_text(b, "ending", s->endings[i].name);
        json_put_int(b, "viewings", r->endings[i]);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
    json_put_int(b, "no_ending", r->no_ending);
    json_put_int(b, "stuck", r->stuck);
    json_put_int(b, "endless", r->endless);
}

static void put_lengths(JsonBuilder *b, const struct simulate_result *r)
{
    static const struct {
        const char *key;
        int32_t percent;
    } quantiles[] = {{"p10_us", 10}, {"p50_us", 50}, {"p90_us", 90}};
    if (r->finished == 0)
        return;
    json_put_int(b, "min_us", r->min_us);
    for (size_t i = 0; i < G_N_ELEMENTS(quantiles); i++)
        json_put_int(b, quantiles[i].key, simulate_result_length_us(r, quantiles[i].percent));
    json_put_int(b, "max_us", r->max_us);
}

static void put_decisions(JsonBuilder *b, const struct story *s, const struct simulate_result *r)
{
    json_put_array(b, "decisions");
    for (int32_t i = 0; i < s->n_decisions; i++) {
        const struct story_span options = s->decisions[i].options;
        json_builder_begin_object(b);
        json_put_text(b, "decision", s->decisions[i].name);
        json_put_int(b, "opened", r->opened[i]);
        json_put_int(b, "waited", r->waited[i]);
        json_put_array(b, "options");
        for (int32_t k = options.first; k < options.first + options.n; k++) {
            json_builder_begin_object(b);
            json_put_text(b, "option", s->options[k].name);
            json_put_int(b, "offered", r->offered[k]);
            json_put_int(b, "picked", r->picked[k]);
            json_builder_end_object(b);
        }
        json_builder_end_array(b);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

static void put_nodes(JsonBuilder *b, const struct story *s, const struct simulate_result *r)
{
    json_put_array(b, "nodes");
    for (int32_t i = 0; i < s->n_nodes; i++) {
        json_builder_begin_object(b);
        json_put_text(b, "node", s->nodes[i].name);
        json_put_int(b, "viewings", r->nodes[i]);
        json_put_int(b, "visits", r->visits[i]);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

static void put_ways(JsonBuilder *b, const struct story *s, const struct simulate_result *r)
{
    json_put_array(b, "ways");
    for (guint i = 0; i < r->edges->len; i++) {
        const struct node_edge *e = &g_array_index(r->edges, struct node_edge, i);
        if (r->edge_counts[i] == 0)
            continue;
        json_builder_begin_object(b);
        json_put_text(b, "from", s->nodes[e->from].name);
        json_put_text(b, "to", s->nodes[e->to].name);
        json_put_int(b, "times", r->edge_counts[i]);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

static void print_json(GString *out, const struct story *s, const struct simulate_result *r,
                       const struct simulate_options *o)
{
    g_autoptr(JsonBuilder) b = json_builder_new();
    json_builder_begin_object(b);
    json_put_int(b, "format", 1);
    json_put_text(b, "story", s->id);
    json_put_text(b, "model", o->model->name);
    g_autofree char *seed = g_strdup_printf("%" G_GUINT64_FORMAT, o->seed);
    json_put_text(b, "seed", seed); /* more than a JSON number holds */
    json_put_int(b, "viewings", r->runs);
    json_put_int(b, "decisions_opened", r->decisions);
    put_endings(b, s, r);
    put_lengths(b, r);
    put_decisions(b, s, r);
    put_nodes(b, s, r);
    put_ways(b, s, r);
    json_builder_end_object(b);
    json_put_document(b, true, out);
}

/* ---- the command ------------------------------------------------------------------------------------------------ */

static int simulate(struct story *s, const struct simulate_options *how, bool json)
{
    bool shown = isatty(STDERR_FILENO);
    g_autoptr(GString) out = g_string_new(NULL);
    struct simulate_options o = *how;
    o.progress = on_simulate_progress;
    o.user = &shown;
    interrupt_listen();
    struct simulate_result *r = simulate_run(s, &o);
    if (shown)
        fputs("\r\033[K", stderr);
    if (json)
        print_json(out, s, r, &o);
    else
        print_text(out, s, r, &o);
    fwrite(out->str, 1, out->len, stdout);
    simulate_result_free(r);
    return interrupt_requested() ? EXIT_INTERRUPTED : EXIT_OK;
}

static char *model_help(void)
{
    GString *out = g_string_new("How viewers choose:\n");
    for (const struct simulate_model *m = simulate_models(); m->name; m++)
        g_string_append_printf(out, "  %-12s%s\n", m->name, m->title);
    g_string_append(out,
                    "Each is a new viewer who never goes back. The same seed gives the same numbers.\n"
                    "`simulate --store FILE` is `audience`: it writes a made-up audience for reports to be tried on.");
    return g_string_free(out, FALSE);
}

/* With a store to write to, it is the made-up audience that is asked for: a film of its own. */
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
        {"runs", 0, 0, G_OPTION_ARG_STRING, &runs, "So many viewings (default 10000)", "N"},
        {"seed", 0, 0, G_OPTION_ARG_STRING, &seed, "Other seeds are other viewers (default 1)", "N"},
        {"model", 0, 0, G_OPTION_ARG_STRING, &model, "How viewers choose (default uniform), see below", "MODEL"},
        {"threads", 'j', 0, G_OPTION_ARG_STRING, &threads, "With so many threads (default: as many as cores)", "N"},
        {"format", 0, 0, G_OPTION_ARG_STRING, &format, "text (the default) or json", "FORMAT"},
        G_OPTION_ENTRY_NULL,
    };
    struct simulate_options o = {.runs = RUNS_DEFAULT, .seed = 1};
    uint64_t n_threads = 0;
    int code;
    if (!command_options(&argc, &argv, options, "[OPTION…] STORY", help, &code))
        return code;
    o.model = model ? simulate_model_find(model) : simulate_models();
    if (argc != 2)
        console_say("name one story: frumious simulate STORY");
    else if (runs && !g_ascii_string_to_unsigned(runs, 10, 1, RUNS_MAX, &o.runs, NULL))
        console_say("--runs wants a number above 0");
    else if (seed && !g_ascii_string_to_unsigned(seed, 10, 0, UINT64_MAX, &o.seed, NULL))
        console_say("--seed wants a number");
    else if (threads && !g_ascii_string_to_unsigned(threads, 10, 1, THREADS_MAX, &n_threads, NULL))
        console_say("--threads wants a number from 1 to %d", THREADS_MAX);
    else if (!o.model)
        console_say("there is no model '%s'; `frumious simulate --help` lists them", model);
    else if (format && strcmp(format, "text") != 0 && strcmp(format, "json") != 0)
        console_say("--format wants text or json");
    else {
        o.threads = (int32_t)n_threads;
        struct story *s = command_load_story(argv[1], "simulated", &code);
        if (s)
            code = simulate(s, &o, g_strcmp0(format, "json") == 0);
        story_free(s);
        return code;
    }
    return EXIT_USAGE;
}

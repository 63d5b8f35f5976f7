#include "explore/simulate_report.h"

#include "base/brief.h"
#include "base/json.h"
#include "base/safe.h"
#include "base/stats.h"
#include "base/units.h"

#include <assert.h>

/* Of an option's words, so that a line stays on a terminal. */
#define OPTION_CHARS 36

static double percent(uint64_t part, uint64_t whole)
{
    assert(part <= whole);
    return whole > 0 ? 100 * (double)part / (double)whole : 0;
}

/* ---- text ------------------------------------------------------------------------------------------------------- */

static void append_share(GString *out, const char *what, uint64_t n, uint64_t runs)
{
    const struct stats_interval share = stats_wilson((int64_t)n, (int64_t)runs, STATS_Z95);
    safe_printf(out, "  %6.2f %%  (%.2f to %.2f)  %s\n", percent(n, runs), 100 * share.low, 100 * share.high, what);
}

static void append_endings(GString *out, const struct story *s, const struct simulate_result *r)
{
    g_string_append(out, "\nEndings (in brackets: the 95 % confidence interval of the share)\n");
    for (int32_t i = 0; i < s->n_endings; i++)
        append_share(out, story_text(s, s->endings[i].title, NULL), r->endings[i], r->runs);
    const struct {
        const char *what;
        uint64_t n;
    } others[] = {{"over without an ending", r->no_ending},
                  {"stuck: `frumious explore` shows how", r->stuck},
                  {"given up: not over after " G_STRINGIFY(SIMULATE_NODES_MAX) " nodes", r->endless}};
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
        if (others[i].n > 0)
            append_share(out, others[i].what, others[i].n, r->runs);
}

static void append_lengths(GString *out, const struct simulate_result *r)
{
    g_autofree char *min = units_clock_time(r->min_us), *p10 = units_clock_time(simulate_result_length_us(r, 10)),
                    *p50 = units_clock_time(simulate_result_length_us(r, 50)),
                    *p90 = units_clock_time(simulate_result_length_us(r, 90)), *max = units_clock_time(r->max_us);
    safe_printf(out, "\nLength: shortest %s, longest %s\n  10 %% up to %s, 50 %% up to %s, 90 %% up to %s\n", min, max,
                p10, p50, p90);
}

static void append_decision(GString *out, const struct story *s, const struct simulate_result *r, int32_t decision)
{
    const struct story_decision *d = &s->decisions[decision];
    safe_printf(out, "  %s: opened %" G_GUINT64_FORMAT " time%s\n", d->name, r->opened[decision],
                units_s((int64_t)r->opened[decision]));
    for (int32_t i = 0; i < d->options.n; i++) {
        const int32_t o = d->options.first + i;
        const char *whole = story_text(s, s->options[o].text, NULL);
        g_autofree char *text = whole ? brief(whole, OPTION_CHARS) : NULL;
        safe_printf(out, "    %6.2f %%  %s%s%s", percent(r->picked[o], r->opened[decision]), s->options[o].name,
                    text ? ": " : "", text ? text : "");
        if (r->offered[o] < r->opened[decision])
            safe_printf(out, " (offered %.2f %%)", percent(r->offered[o], r->opened[decision]));
        g_string_append_c(out, '\n');
    }
    if (r->waited[decision] > 0)
        safe_printf(out, "    %6.2f %%  (time ran out)\n", percent(r->waited[decision], r->opened[decision]));
}

static void append_nodes(GString *out, const struct story *s, const struct simulate_result *r)
{
    g_string_append(out, "\nNodes: share of viewings, and visits in all\n");
    for (int32_t i = 0; i < s->n_nodes; i++)
        safe_printf(out, "  %6.2f %%  %" G_GUINT64_FORMAT "  %s\n", percent(r->nodes[i], r->runs), r->visits[i],
                    s->nodes[i].name);
}

static void append_unused_edges(GString *out, const struct story *s, const struct simulate_result *r)
{
    g_string_append(out, "\nWays that no viewer took\n");
    int32_t shown = 0, last_from = -1, last_to = -1;
    for (guint i = 0; i < r->edges->len; i++) {
        const struct node_edge *e = &g_array_index(r->edges, struct node_edge, i);
        bool gone = false; /* by the first edge between the two */
        for (guint k = i + 1; k-- > 0 && g_array_index(r->edges, struct node_edge, k).from == e->from && !gone;)
            gone = g_array_index(r->edges, struct node_edge, k).to == e->to && r->edge_counts[k] > 0;
        if (gone || (e->from == last_from && e->to == last_to))
            continue;
        last_from = e->from, last_to = e->to;
        safe_printf(out, "  %s → %s\n", s->nodes[e->from].name, s->nodes[e->to].name);
        shown++;
    }
    if (shown == 0)
        g_string_append(out, "  none\n");
}

void simulate_report_text(GString *out, const struct story *s, const struct simulate_result *r,
                          const struct simulate_options *o)
{
    assert(r->edges && r->runs <= o->runs);
    safe_printf(out,
                "%" G_GUINT64_FORMAT " viewing%s, %" G_GUINT64_FORMAT " decision%s, seed %" G_GUINT64_FORMAT
                "\neach viewer %s%s\n",
                r->runs, units_s((int64_t)r->runs), r->decisions, units_s((int64_t)r->decisions), o->seed,
                o->model->title, r->stopped ? " (stopped)" : "");
    append_endings(out, s, r);
    append_lengths(out, r);
    g_string_append(out, "\nDecisions\n");
    for (int32_t i = 0; i < s->n_decisions; i++)
        append_decision(out, s, r, i);
    append_nodes(out, s, r);
    append_unused_edges(out, s, r);
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

static void put_edges(JsonBuilder *b, const struct story *s, const struct simulate_result *r)
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

void simulate_report_json(GString *out, const struct story *s, const struct simulate_result *r,
                          const struct simulate_options *o)
{
    g_autoptr(JsonBuilder) b = json_builder_new();
    json_builder_begin_object(b);
    json_put_int(b, "format", 1);
    json_put_text(b, "story", s->id);
    json_put_text(b, "model", o->model->name);
    g_autofree char *seed = g_strdup_printf("%" G_GUINT64_FORMAT, o->seed);
    json_put_text(b, "seed", seed); /* it may be larger than a JSON number holds exactly */
    json_put_int(b, "viewings", r->runs);
    json_put_int(b, "decisions_opened", r->decisions);
    put_endings(b, s, r);
    put_lengths(b, r);
    put_decisions(b, s, r);
    put_nodes(b, s, r);
    put_edges(b, s, r);
    json_builder_end_object(b);
    json_put_document(b, true, out);
}

/* The statistics and chart rules of C against the table of cases that the page's script is held to, too
 * (tests/page/cases.json). */
#include "tap.h"

#include "base/stats.h"
#include "report/chart_rules.h"
#include "report/share_rows.h"

#include <json-glib/json-glib.h>
#include <math.h>

/* The answers to a case, one number or text behind the other. */
struct answer {
    GArray *numbers; /* double */
    const char *text;
    char buffer[SHARE_NUMBER_BYTES];
};

static void answer_number(struct answer *a, double value)
{
    g_array_append_val(a->numbers, value);
}

static void answer_interval(struct answer *a, struct stats_interval range)
{
    answer_number(a, range.low);
    answer_number(a, range.high);
}

static double number_at(JsonArray *in, guint i)
{
    return json_array_get_null_element(in, i) ? NAN : json_array_get_double_element(in, i);
}

/* ---- one function for each kind of case -------------------------------------------------------------------------- */

static void ask_wilson(JsonNode *in, struct answer *a)
{
    JsonArray *counts = json_node_get_array(in);
    answer_interval(
        a, stats_wilson(json_array_get_int_element(counts, 0), json_array_get_int_element(counts, 1), STATS_Z95));
}

static void ask_clusters(JsonNode *in, struct answer *a)
{
    int64_t n[6];
    for (guint i = 0; i < 6; i++)
        n[i] = json_array_get_int_element(json_node_get_array(in), i);
    const struct stats_clusters c = {n[0], n[1], n[2], n[3], n[4], n[5]};
    answer_interval(a, stats_cluster_interval(&c, STATS_Z95));
}

static void ask_bounds(JsonNode *in, struct answer *a)
{
    int64_t n[3];
    for (guint i = 0; i < 3; i++)
        n[i] = json_array_get_int_element(json_node_get_array(in), i);
    answer_interval(a, stats_bounds(n[0], n[1], n[2]));
}

static void ask_difference(JsonNode *in, struct answer *a)
{
    int64_t n[4];
    for (guint i = 0; i < 4; i++)
        n[i] = json_array_get_int_element(json_node_get_array(in), i);
    answer_interval(a, stats_difference(n[0], n[1], n[2], n[3], STATS_Z95));
}

static void ask_class_ms(JsonNode *in, struct answer *a)
{
    answer_number(a, stats_class_ms((int)json_node_get_int(in)));
}

#define MOMENTS_MAX 16

static size_t read_moments(JsonArray *rows, struct stats_moment *moments)
{
    const guint n = json_array_get_length(rows);
    g_assert_cmpuint(n, <=, MOMENTS_MAX);
    for (guint i = 0; i < n; i++) {
        JsonArray *row = json_array_get_array_element(rows, i);
        moments[i] = (struct stats_moment){.time = json_array_get_double_element(row, 0),
                                           .events = json_array_get_int_element(row, 1),
                                           .censored = json_array_get_int_element(row, 2)};
    }
    return n;
}

static void ask_survival(JsonNode *in, struct answer *a)
{
    struct stats_moment moments[MOMENTS_MAX];
    struct stats_survival curve[MOMENTS_MAX];
    const size_t n = read_moments(json_node_get_array(in), moments);
    stats_survive(moments, n, STATS_Z95, curve);
    for (size_t i = 0; i < n; i++) {
        answer_number(a, curve[i].time);
        answer_number(a, curve[i].share);
        answer_interval(a, curve[i].interval);
    }
}

static void ask_time_at(JsonNode *in, struct answer *a)
{
    struct stats_moment moments[MOMENTS_MAX];
    struct stats_survival curve[MOMENTS_MAX];
    JsonArray *both = json_node_get_array(in);
    const size_t n = read_moments(json_array_get_array_element(both, 0), moments);
    stats_survive(moments, n, STATS_Z95, curve);
    const struct stats_time t = stats_time_at(curve, n, json_array_get_double_element(both, 1));
    answer_number(a, t.value);
    answer_interval(a, t.interval);
}

static void ask_quantile(JsonNode *in, struct answer *a)
{
    struct stats_moment moments[MOMENTS_MAX];
    JsonArray *both = json_node_get_array(in);
    const size_t n = read_moments(json_array_get_array_element(both, 0), moments);
    answer_number(a, stats_quantile(moments, n, json_array_get_double_element(both, 1)));
}

static void ask_association(JsonNode *in, struct answer *a)
{
    int64_t table[64];
    JsonArray *rows = json_node_get_array(in);
    const guint n_rows = json_array_get_length(rows),
                columns = json_array_get_length(json_array_get_array_element(rows, 0));
    g_assert_cmpuint(n_rows * columns, <=, G_N_ELEMENTS(table));
    for (guint i = 0; i < n_rows * columns; i++)
        table[i] = json_array_get_int_element(json_array_get_array_element(rows, i / columns), i % columns);
    const struct stats_association s = stats_association(table, (int)n_rows, (int)columns);
    answer_number(a, s.bits);
    answer_number(a, s.p_value);
}

static void ask_heterogeneity(JsonNode *in, struct answer *a)
{
    struct stats_part parts[8];
    JsonArray *groups = json_node_get_array(in);
    const guint n = json_array_get_length(groups);
    g_assert_cmpuint(n, <=, G_N_ELEMENTS(parts));
    for (guint i = 0; i < n; i++) {
        JsonArray *group = json_array_get_array_element(groups, i);
        parts[i] = (struct stats_part){json_array_get_int_element(group, 0), json_array_get_int_element(group, 1)};
    }
    answer_number(a, stats_heterogeneity(parts, n, NULL));
}

static void ask_pooled(JsonNode *in, struct answer *a)
{
    struct stats_pair pairs[8];
    JsonArray *strata = json_node_get_array(in);
    const guint n = json_array_get_length(strata);
    g_assert_cmpuint(n, <=, G_N_ELEMENTS(pairs));
    for (guint i = 0; i < n; i++) {
        int64_t counts[4];
        for (guint k = 0; k < 4; k++)
            counts[k] = json_array_get_int_element(json_array_get_array_element(strata, i), k);
        pairs[i] = (struct stats_pair){counts[0], counts[1], counts[2], counts[3]};
    }
    const struct stats_pooled pooled = stats_mantel_haenszel(pairs, n, STATS_Z95);
    answer_number(a, pooled.difference);
    answer_interval(a, pooled.interval);
    answer_number(a, pooled.p_value);
    answer_number(a, pooled.heterogeneity);
}

static void ask_discoveries(JsonNode *in, struct answer *a)
{
    struct stats_discovery all[8];
    JsonArray *p = json_node_get_array(in);
    const guint n = json_array_get_length(p);
    g_assert_cmpuint(n, <=, G_N_ELEMENTS(all));
    for (guint i = 0; i < n; i++)
        all[i].p = number_at(p, i);
    stats_false_discovery(all, n);
    for (guint i = 0; i < n; i++)
        answer_number(a, all[i].q);
}

static void ask_decimal(JsonNode *in, struct answer *a)
{
    JsonArray *both = json_node_get_array(in);
    a->text =
        share_row_number(a->buffer, json_array_get_double_element(both, 0), (int)json_array_get_int_element(both, 1));
}

static void ask_curve_axis(JsonNode *in, struct answer *a)
{
    const struct chart_axis axis = chart_axis_until(json_node_get_double(in));
    answer_number(a, axis.end_ms);
    answer_number(a, axis.step_ms);
}

static void ask_lean_bins(JsonNode *in, struct answer *a)
{
    int64_t leans[CHART_LEANS], bins[CHART_BINS];
    for (guint i = 0; i < CHART_LEANS; i++)
        leans[i] = json_array_get_int_element(json_node_get_array(in), i);
    chart_count_bins(leans, bins);
    for (size_t i = 0; i < CHART_BINS; i++)
        answer_number(a, (double)bins[i]);
}

static void ask_mean(JsonNode *in, struct answer *a)
{
    int64_t leans[CHART_LEANS];
    for (guint i = 0; i < CHART_LEANS; i++)
        leans[i] = json_array_get_int_element(json_node_get_array(in), i);
    const struct stats_mean m = stats_mean(leans, CHART_LEANS, STATS_Z95);
    answer_number(a, m.value);
    answer_interval(a, m.interval);
}

static struct stats_time time_of(JsonArray *in)
{
    return (struct stats_time){number_at(in, 0), {number_at(in, 1), number_at(in, 2)}};
}

static void ask_usual_time(JsonNode *in, struct answer *a)
{
    struct stats_time times[16];
    JsonArray *all = json_node_get_array(in);
    for (guint i = 0; i < json_array_get_length(all); i++)
        times[i] = time_of(json_array_get_array_element(all, i));
    const struct stats_time usual = chart_usual_time(times, json_array_get_length(all));
    answer_number(a, usual.value);
    answer_interval(a, usual.interval);
}

static void ask_verdict(JsonNode *in, struct answer *a)
{
    static const char *const names[] = {[CHART_USUAL] = "usual",
                                        [CHART_UNNOTICED] = "unnoticed",
                                        [CHART_AGONISES] = "agonises",
                                        [CHART_ILLUSION] = "illusion",
                                        [CHART_PERHAPS_UNNOTICED] = "perhaps unnoticed",
                                        [CHART_PERHAPS_AGONISES] = "perhaps agonises"};
    JsonArray *all = json_node_get_array(in);
    a->text = names[chart_verdict(number_at(all, 0), json_array_get_boolean_element(all, 1),
                                  time_of(json_array_get_array_element(all, 2)),
                                  time_of(json_array_get_array_element(all, 3)))];
}

static const struct {
    const char *name;
    void (*ask)(JsonNode *in, struct answer *a);
} questions[] = {
    {"wilson", ask_wilson},           {"clusters", ask_clusters},
    {"bounds", ask_bounds},           {"difference", ask_difference},
    {"class_ms", ask_class_ms},       {"survival", ask_survival},
    {"time_at", ask_time_at},         {"quantile", ask_quantile},
    {"association", ask_association}, {"heterogeneity", ask_heterogeneity},
    {"pooled", ask_pooled},           {"discoveries", ask_discoveries},
    {"decimal", ask_decimal},         {"curve_axis", ask_curve_axis},
    {"lean_bins", ask_lean_bins},     {"mean", ask_mean},
    {"usual_time", ask_usual_time},   {"verdict", ask_verdict},
};

/* ---- the table --------------------------------------------------------------------------------------------------- */

/* Takes numbers of `want`, however deep, one after the other. */
static bool same(const struct answer *a, JsonNode *want, guint *at)
{
    if (JSON_NODE_HOLDS_ARRAY(want)) {
        bool good = true;
        JsonArray *all = json_node_get_array(want);
        for (guint i = 0; i < json_array_get_length(all); i++)
            good = same(a, json_array_get_element(all, i), at) && good;
        return good;
    }
    if (JSON_NODE_HOLDS_VALUE(want) && json_node_get_value_type(want) == G_TYPE_STRING)
        return a->text && strcmp(a->text, json_node_get_string(want)) == 0;
    if (*at >= a->numbers->len)
        return false;
    const double got = g_array_index(a->numbers, double, (*at)++);
    if (JSON_NODE_HOLDS_NULL(want))
        return isnan(got);
    const double number = json_node_get_double(want);
    return fabs(got - number) <= 1e-9 * fmax(1, fabs(number));
}

static void check_case(JsonObject *row, size_t question)
{
    struct answer a = {.numbers = g_array_new(FALSE, FALSE, sizeof(double))};
    guint at = 0;
    questions[question].ask(json_object_get_member(row, "in"), &a);
    const bool good = same(&a, json_object_get_member(row, "out"), &at) && at == a.numbers->len;
    g_autofree char *in = json_to_string(json_object_get_member(row, "in"), FALSE);
    ok(good, "%s of %.60s", questions[question].name, in);
    for (guint i = 0; i < a.numbers->len && !good; i++)
        printf("#      got: %.12g\n", g_array_index(a.numbers, double, i));
    g_array_unref(a.numbers);
}

int main(void)
{
    g_autoptr(JsonParser) parser = json_parser_new();
    g_autoptr(GError) error = NULL;
    if (!ok(json_parser_load_from_file(parser, "tests/page/cases.json", &error), "the table can be read"))
        return tap_done();
    JsonObject *all = json_node_get_object(json_parser_get_root(parser));
    is_int(json_object_get_size(all), G_N_ELEMENTS(questions) + 1, "each kind of case has a question");
    for (size_t q = 0; q < G_N_ELEMENTS(questions); q++) {
        JsonArray *rows = json_object_get_array_member(all, questions[q].name);
        for (guint i = 0; i < json_array_get_length(rows); i++)
            check_case(json_array_get_object_element(rows, i), q);
    }
    return tap_done();
}

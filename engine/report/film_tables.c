#include "report/film_tables.h"

#include "base/json.h"
#include "base/units.h"

/* ---- what is counted --------------------------------------------------------------------------------------------- */

/* The count over all versions. */
static int64_t total(const struct film_section *s, int count)
{
    int64_t sum = 0;
    for (guint v = 0; v < s->film->versions->len; v++)
        sum += s->counts.x[s->layout->version[v] + (guint)count];
    return sum;
}

/* Viewings of all versions that are not there: erased by choice or by age, or not recorded. */
struct missing_viewings {
    int64_t erased, aged, unrecorded;
};

static struct missing_viewings total_missing(const struct film_section *s)
{
    struct missing_viewings sum = {0};
    for (guint v = 0; v < s->film->versions->len; v++) {
        const struct survey_version *version = s->film->versions->pdata[v];
        sum.erased += version->erased;
        sum.aged += version->aged;
        sum.unrecorded += version->unrecorded;
    }
    return sum;
}

static void put_key_bounds(JsonBuilder *b, const struct film_section *s, int64_t k, int64_t n)
{
    char low[SHARE_NUMBER_BYTES], high[SHARE_NUMBER_BYTES];
    const struct stats_interval i = stats_bounds(k, n, total_missing(s).erased);
    if (!s->counts.bounded)
        return;
    g_autofree char *text =
        g_strdup_printf("%s to %s", share_row_number(low, i.low * 100, 1), share_row_number(high, i.high * 100, 1));
    json_put_text(b, "bounds", text);
}

/* What is in no share: viewings that still play, that were erased, and that were not recorded. */
static void put_uncounted(JsonBuilder *b, const struct film_section *s)
{
    const struct missing_viewings missing = total_missing(s);
    json_put_int(b, "running", total(s, COUNT_RUNNING));
    json_put_int(b, "running_place", COUNT_RUNNING);
    json_put_bool(b, "bounded", s->counts.bounded);
    if (missing.unrecorded > 0)
        json_put_int(b, "unrecorded", missing.unrecorded);
    if (missing.erased + missing.aged == 0)
        return;
    json_put_object(b, "erased");
    json_put_int(b, "by_choice", missing.erased);
    json_put_int(b, "by_age", missing.aged);
    json_builder_end_object(b);
}

static void put_key_figures(JsonBuilder *b, const struct film_section *s)
{
    static const struct {
        const char *label;
        int k, n;
    } keys[] = {{"Reached an ending", COUNT_REACHED_ENDING, COUNT_VIEWINGS},
                {"Watched two minutes", COUNT_TWO_MINUTES, COUNT_VIEWINGS},
                {"Watched 70 % of their path", COUNT_SEVENTY_PERCENT, COUNT_LENGTH_KNOWN},
                {"The same, left by the expected way", COUNT_EXPECTED_SEVENTY, COUNT_EXPECTED_KNOWN},
                {"Left before the end", COUNT_LEFT, COUNT_VIEWINGS}};
    json_put_int(b, "viewings", total(s, COUNT_VIEWINGS));
    json_put_int(b, "viewings_place", COUNT_VIEWINGS);
    put_uncounted(b, s);
    json_put_array(b, "keys");
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        json_builder_begin_object(b);
        json_put_text(b, "label", keys[i].label);
        json_put_int(b, "k_place", keys[i].k);
        json_put_int(b, "n_place", keys[i].n);
        put_key_bounds(b, s, total(s, keys[i].k), total(s, keys[i].n));
        share_row_put_members(b, s->counts.floor, total(s, keys[i].k), total(s, keys[i].n));
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

static void put_viewer_group(JsonBuilder *b, const struct film_section *s, const struct survey_group *g)
{
    static const char *const places[] = {
        [AGGREGATE_UNKNOWN] = "unknown", [AGGREGATE_FIRST] = "first", [AGGREGATE_REPLAY] = "replay"};
    const struct survey_version *v = s->chosen->versions->pdata[g->version];
    g_autofree char *key = g_strdup_printf("%d,%d,%d,%d", g->version, g->machine, g->nth, g->time);
    g_autofree char *time = g->time == 0 ? g_strdup("no limit") : g_strdup_printf("%d ×", g->time);
    json_builder_begin_object(b);
    json_put_text(b, "key", key);
    json_put_text(b, "version", units_or_dash(v->version));
    json_put_text(b, "who", g->machine ? "a machine" : "a person");
    json_put_text(b, "viewings", places[(gsize)g->nth % G_N_ELEMENTS(places)]);
    json_put_text(b, "time", time);
    json_put_int(b, "n", g->viewings);
    json_put_text(b, "counted", g->selected ? "yes" : "no");
    json_builder_end_object(b);
}

/* What wrong clocks said of when viewings began. */
static void put_undated(JsonBuilder *b, const struct survey_film *f)
{
    json_put_array(b, "undated");
    for (guint i = 0; i < f->undated->len; i++) {
        const struct count_undated *u = &g_array_index(f->undated, struct count_undated, i);
        g_autofree char *date = count_date(u->day);
        json_builder_begin_object(b);
        json_put_text(b, "day", date);
        json_put_int(b, "n", u->viewings);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
    if (f->redated > 0)
        json_put_int(b, "redated", f->redated);
}

static void put_viewer_groups(JsonBuilder *b, const struct film_section *s)
{
    json_put_array(b, "groups");
    for (guint i = 0; i < s->chosen->groups->len; i++)
        put_viewer_group(b, s, &g_array_index(s->chosen->groups, struct survey_group, i));
    json_builder_end_array(b);
}

/* ---- endings, nodes, paths --------------------------------------------------------------------------------------- */

static void put_endings(JsonBuilder *b, const struct film_section *s)
{
    json_put_array(b, "endings");
    for (guint v = 0; v < s->film->versions->len; v++) {
        json_builder_begin_object(b);
        film_section_put_version(b, s, v);
        json_put_bool(b, "bounded", s->counts.bounded);
        json_put_array(b, "rows");
        for (guint i = 0; i < s->film->endings->len; i++) {
            const struct survey_ending *e = s->film->endings->pdata[i];
            if (e->version == (int32_t)v)
                share_row_put(b, &s->counts, film_section_label(e->title, e->name), s->layout->ending[i],
                              s->layout->version[v] + COUNT_VIEWINGS);
        }
        json_builder_end_array(b);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

static void put_dwell(JsonBuilder *b, const struct film_section *s, guint node)
{
    static const struct {
        guint sum, of;
    } means[] = {{COUNT_PLAYING_US, COUNT_VISITS},
                 {COUNT_PAUSED_US, COUNT_VISITS},
                 {COUNT_HIDDEN_US, COUNT_VISITS},
                 {COUNT_PLANNED_US, COUNT_PLANNED_VISITS}};
    const struct survey_node *n = s->film->nodes->pdata[node];
    const guint at = s->layout->node[node];
    json_builder_begin_object(b);
    json_put_text(b, "label", film_section_title(n->title, n->name));
    json_put_text(b, "id", n->name);
    json_put_bool(b, "hidden", s->counts.x[at + COUNT_VISITS] == 0);
    json_put_int(b, "visits", s->counts.x[at + COUNT_VISITS]);
    json_put_int(b, "visits_place", at + COUNT_VISITS);
    json_put_int(b, "quits", s->counts.x[at + COUNT_QUITS]);
    json_put_int(b, "quits_place", at + COUNT_QUITS);
    json_put_array(b, "times");
    for (size_t i = 0; i < G_N_ELEMENTS(means); i++)
        share_row_put_mean(b, &s->counts, at + means[i].sum, at + means[i].of);
    json_builder_end_array(b);
    json_builder_end_object(b);
}

/* Nodes that nobody reached have no rows: their names stand apart. */
static void put_unvisited(JsonBuilder *b, const struct film_section *s)
{
    g_autoptr(GString) names = g_string_new(NULL);
    int64_t n = 0;
    for (guint i = 0; i < s->film->nodes->len; i++) {
        const struct survey_node *node = s->film->nodes->pdata[i];
        if (s->counts.x[s->layout->node[i] + COUNT_NODE_VIEWINGS] > 0)
            continue;
        g_string_append_printf(names, "%s%s", n++ > 0 ? ", " : "", film_section_title(node->title, node->name));
    }
    json_put_bool(b, "all_visited", n == 0);
    json_put_int(b, "n_unvisited", n);
    json_put_text(b, "unvisited", names->str);
}

static void put_nodes(JsonBuilder *b, const struct film_section *s)
{
    const struct survey_film *f = s->film;
    put_unvisited(b, s);
    json_put_array(b, "reach");
    for (guint i = 0; i < f->nodes->len; i++) {
        const struct survey_node *n = f->nodes->pdata[i];
        const guint at = s->layout->node[i];
        share_row_put_if_any(b, &s->counts, film_section_label(n->title, n->name), at + COUNT_NODE_VIEWINGS,
                             at + COUNT_NODE_POSSIBLE);
    }
    json_builder_end_array(b);
    json_put_array(b, "drop_off");
    for (guint i = 0; i < f->nodes->len; i++) {
        const struct survey_node *n = f->nodes->pdata[i];
        const guint at = s->layout->node[i];
        share_row_put_if_any(b, &s->counts, film_section_label(n->title, n->name), at + COUNT_QUITS,
                             at + COUNT_NODE_VIEWINGS);
    }
    json_builder_end_array(b);
    json_put_array(b, "dwell");
    for (guint i = 0; i < f->nodes->len; i++)
        put_dwell(b, s, i);
    json_builder_end_array(b);
}

static void put_path_rows(JsonBuilder *b, const struct film_section *s, const struct survey_version *version)
{
    const int64_t floor = s->counts.floor;
    int64_t rest = version->whole_paths;
    for (guint i = 0; version->paths && i < version->paths->len; i++) {
        const struct survey_path *p = version->paths->pdata[i];
        if (!p->words)
            continue;
        g_autofree char *words = g_strjoinv(" › ", p->words);
        share_row_put_fixed(b, floor, (struct share_label){.title = words}, p->viewings, version->viewings);
        rest -= p->viewings;
    }
    share_row_put_fixed(b, floor, (struct share_label){.title = "all other whole paths"}, MAX(rest, 0),
                        version->viewings);
    share_row_put_fixed(b, floor, (struct share_label){.title = "no whole path"},
                        version->viewings - version->whole_paths, version->viewings);
}

static void put_paths(JsonBuilder *b, const struct film_section *s)
{
    json_put_array(b, "paths");
    for (guint v = 0; v < s->chosen->versions->len; v++) {
        const struct survey_version *version = s->chosen->versions->pdata[v];
        json_builder_begin_object(b);
        json_put_int(b, "version", v);
        json_put_text(b, "name", units_or_dash(version->version));
        json_put_int(b, "distinct", version->distinct_paths);
        json_put_bool(b, "hidden", version->viewings == 0);
        json_put_array(b, "rows");
        put_path_rows(b, s, version);
        json_builder_end_array(b);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

void film_tables_put(JsonBuilder *b, const struct film_section *s)
{
    put_key_figures(b, s);
    put_viewer_groups(b, s);
    put_undated(b, s->chosen);
    put_paths(b, s);
    put_endings(b, s);
    put_nodes(b, s);
}

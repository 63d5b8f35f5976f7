#include "report/seconds_section.h"

#include "base/json.h"
#include "base/units.h"
#include "report/film_stills.h"

#include <assert.h>

#define NODES_MAX 30 /* those in which most left */
#define NODES_TOP 3  /* of these, those that stand apart */
#define ROWS_MAX  8  /* seconds of a node */

/* ---- which nodes ------------------------------------------------------------------------------------------------- */

struct ranked_node {
    guint at; /* in film->nodes */
    int64_t left;
};

static int by_left(const void *a, const void *b)
{
    const struct ranked_node *x = a, *y = b;
    return x->left != y->left ? (x->left > y->left ? -1 : 1) : (int)x->at - (int)y->at;
}

static const struct survey_node *node_at(const struct survey_film *f, guint i)
{
    assert(i < f->nodes->len);
    return f->nodes->pdata[i];
}

/* The nodes in which anybody left, as struct ranked_node, those with most first. */
static GArray *rank_nodes(const struct film_section *s)
{
    GArray *ranked = g_array_new(FALSE, FALSE, sizeof(struct ranked_node));
    for (guint i = 0; i < s->film->nodes->len; i++) {
        const struct ranked_node one = {i, drop_off_left(node_at(s->film, i)->seconds)};
        if (one.left > 0)
            g_array_append_val(ranked, one);
    }
    g_array_sort(ranked, by_left);
    return ranked;
}

static const struct ranked_node *ranked_at(const GArray *ranked, guint i)
{
    return &g_array_index(ranked, struct ranked_node, i);
}

/* ---- a node ------------------------------------------------------------------------------------------------------ */

static void put_row(JsonBuilder *b, const struct film_section *s, const struct survey_node *n,
                    const struct drop_off_second *second)
{
    g_autofree char *clock = units_clock_time(second->second * US_PER_SECOND);
    json_builder_begin_object(b);
    json_put_text(b, "clock", clock);
    json_put_int(b, "second", second->second);
    json_put_bool(b, "stands_out", drop_off_stands_out(second));
    json_put_text(b, "picture", film_stills_at(s->stills, n, second->second));
    share_row_put_members(b, s->counts.floor, second->left, second->at_risk);
    json_builder_end_object(b);
}

/* "12 of 210 left, most at 0:14" */
static char *gist_of(const GArray *seconds, const GPtrArray *worst)
{
    if (worst->len == 0)
        return g_strdup("nobody left");
    const struct drop_off_second *most = worst->pdata[0];
    g_autofree char *clock = units_clock_time(most->second * US_PER_SECOND);
    return g_strdup_printf("%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " visits left, most at %s",
                           drop_off_left(seconds), drop_off_visits(seconds), clock);
}

static void put_node(JsonBuilder *b, const struct film_section *s, guint at)
{
    const struct survey_node *n = node_at(s->chosen, at);
    g_autoptr(GPtrArray) worst = drop_off_worst(n->seconds, ROWS_MAX);
    g_autofree char *gist = gist_of(n->seconds, worst);
    json_builder_begin_object(b);
    json_put_int(b, "node", at);
    json_put_text(b, "title", film_section_title(n->title, n->name));
    json_put_text(b, "gist", gist);
    json_put_bool(b, "hidden", worst->len == 0);
    json_put_array(b, "rows");
    for (guint i = 0; i < worst->len; i++)
        put_row(b, s, n, worst->pdata[i]);
    json_builder_end_array(b);
    json_builder_end_object(b);
}

static void put_nodes(JsonBuilder *b, const struct film_section *s, const GArray *ranked, guint from, guint to)
{
    for (guint i = from; i < MIN(to, ranked->len); i++)
        put_node(b, s, ranked_at(ranked, i)->at);
}

static void put_pictures_note(JsonBuilder *b, const struct film_section *s)
{
    g_autofree char *note = s->stills ? film_stills_note(s->stills) : NULL;
    json_put_text(b, "pictures_note", note ? note : s->stills_lack);
}

void seconds_section_put(JsonBuilder *b, const struct film_section *s)
{
    g_autoptr(GArray) ranked = rank_nodes(s);
    if (ranked->len == 0)
        return;
    json_put_object(b, "seconds");
    json_put_int(b, "film", s->film_index);
    put_pictures_note(b, s);
    json_put_array(b, "nodes");
    put_nodes(b, s, ranked, 0, NODES_TOP);
    json_builder_end_array(b);
    if (ranked->len > NODES_TOP) {
        json_put_object(b, "more");
        json_put_int(b, "n", MIN(ranked->len, NODES_MAX) - NODES_TOP);
        json_put_array(b, "nodes");
        put_nodes(b, s, ranked, NODES_TOP, NODES_MAX);
        json_builder_end_array(b);
        json_builder_end_object(b);
    }
    if (ranked->len > NODES_MAX)
        json_put_int(b, "left_out", ranked->len - NODES_MAX);
    json_builder_end_object(b);
}

/* ---- for the script ---------------------------------------------------------------------------------------------- */

static bool is_shown(const GPtrArray *worst, int32_t second)
{
    for (guint i = 0; i < worst->len; i++)
        if (((const struct drop_off_second *)worst->pdata[i])->second == second)
            return true;
    return false;
}

static void put_other_pictures(GString *out, const struct film_section *s, guint at)
{
    const struct survey_node *n = node_at(s->film, at);
    g_autoptr(GPtrArray) shown = drop_off_worst(node_at(s->chosen, at)->seconds, ROWS_MAX);
    const char *comma = "";
    for (guint i = 0; i < n->seconds->len; i++) {
        const int32_t second = g_array_index(n->seconds, struct drop_off_second, i).second;
        const char *picture = is_shown(shown, second) ? NULL : film_stills_at(s->stills, n, second);
        if (picture)
            g_string_append_printf(out, "%s[%d,\"%s\"]", comma, second, picture);
        comma = picture ? "," : comma;
    }
}

/* Where the stays of each node begin; behind them, where the last ones end. */
static guint *first_stays(const struct count_layout *l)
{
    guint *first = g_new0(guint, l->film->nodes->len + 1), node = 0;
    for (guint i = 0; i < l->stays->len; i++)
        for (const guint of = g_array_index(l->stays, struct count_stay, i).node; node <= of; node++)
            first[node] = i;
    for (; node <= l->film->nodes->len; node++)
        first[node] = l->stays->len;
    return first;
}

static void put_stays(GString *out, const struct count_layout *l, guint from, guint to)
{
    for (guint i = from; i < to; i++) {
        const struct count_stay *stay = &g_array_index(l->stays, struct count_stay, i);
        g_string_append_printf(out, "%s[%d,%d,%u]", i > from ? "," : "", stay->second, (int)stay->how, stay->place);
    }
}

void seconds_section_put_data(GString *out, const struct film_section *s)
{
    g_autoptr(GArray) ranked = rank_nodes(s);
    g_autofree guint *first = first_stays(s->layout);
    g_string_append(out, "\"seconds\":[");
    for (guint i = 0; i < ranked->len; i++) {
        const guint at = ranked_at(ranked, i)->at;
        g_string_append_printf(out, "%s\n[%u,[", i ? "," : "", at);
        put_stays(out, s->layout, first[at], first[at + 1]);
        g_string_append(out, "],[");
        if (i < NODES_MAX)
            put_other_pictures(out, s, at);
        g_string_append(out, "]]");
    }
    g_string_append(out, "],\n");
}

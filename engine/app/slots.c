#include "app/slots.h"

#include "telemetry/record.h"

#include <string.h>

/* ---- what is the same in two selections --------------------------------------------------------------------------- */

static char *version_key(const struct survey_version *v)
{
    return g_strdup_printf("v/%s/%" G_GINT64_MODIFIER "x", v->version, (guint64)v->hash);
}

static char *node_key(const struct survey_node *n)
{
    return g_strdup_printf("n/%" G_GINT64_MODIFIER "x/%s", (guint64)n->hash, n->name);
}

static char *decision_key(const struct survey_decision *d)
{
    return g_strdup_printf("d/%" G_GINT64_MODIFIER "x/%s", (guint64)d->hash, d->name);
}

static char *option_key(const struct survey_decision *d, const struct survey_option *o)
{
    return g_strdup_printf("o/%" G_GINT64_MODIFIER "x/%s/%s", (guint64)d->hash, d->name, o->name);
}

static char *ending_key(const struct survey_film *f, const struct survey_ending *e)
{
    g_autofree char *version = version_key(f->versions->pdata[e->version]);
    return g_strdup_printf("e/%s/%s", version, e->name);
}

static char *edge_key(const struct survey_film *f, const struct survey_edge *e)
{
    g_autofree char *from = e->from < 0 ? g_strdup("start") : node_key(f->nodes->pdata[e->from]);
    g_autofree char *to = e->ending ? ending_key(f, f->endings->pdata[e->to]) : node_key(f->nodes->pdata[e->to]);
    return g_strdup_printf("f/%s/%s", from, to);
}

/* Takes the key. */
static guint reserve(struct slots *s, char *key, guint items)
{
    const guint at = s->n;
    g_hash_table_insert(s->keys, key, GUINT_TO_POINTER(at + 1));
    s->n += items;
    return at;
}

/* Takes the key; false where there is no place. */
static bool find(const struct slots *s, char *key, guint *at)
{
    const guint found = GPOINTER_TO_UINT(g_hash_table_lookup(s->keys, key));
    g_free(key);
    *at = found - 1;
    return found > 0;
}

static void reserve_decision(struct slots *s, guint i)
{
    const struct survey_decision *d = s->film->decisions->pdata[i];
    s->decision[i] = reserve(s, decision_key(d), SLOTS_OPTIONS);
    for (guint o = 0; o < d->options->len; o++)
        reserve(s, option_key(d, survey_option_of(d, o)), SLOTS_OF_OPTION);
}

struct slots *slots_new(const struct survey_film *film)
{
    struct slots *s = g_new0(struct slots, 1);
    s->film = film;
    s->keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    s->version = g_new(guint, film->versions->len + 1);
    s->node = g_new(guint, film->nodes->len + 1);
    s->decision = g_new(guint, film->decisions->len + 1);
    s->ending = g_new(guint, film->endings->len + 1);
    s->edge = g_new(guint, film->edges->len + 1);
    for (guint i = 0; i < film->versions->len; i++)
        s->version[i] = reserve(s, version_key(film->versions->pdata[i]), SLOTS_OF_VERSION);
    for (guint i = 0; i < film->nodes->len; i++)
        s->node[i] = reserve(s, node_key(film->nodes->pdata[i]), SLOTS_OF_NODE);
    for (guint i = 0; i < film->decisions->len; i++)
        reserve_decision(s, i);
    for (guint i = 0; i < film->endings->len; i++)
        s->ending[i] = reserve(s, ending_key(film, film->endings->pdata[i]), 1);
    for (guint i = 0; i < film->edges->len; i++)
        s->edge[i] = reserve(s, edge_key(film, &g_array_index(film->edges, struct survey_edge, i)), 1);
    return s;
}

void slots_free(struct slots *s)
{
    if (!s)
        return;
    guint *const places[] = {s->version, s->node, s->decision, s->ending, s->edge};
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++)
        g_free(places[i]);
    g_hash_table_unref(s->keys);
    g_free(s);
}

guint slots_option(const struct slots *s, guint decision, guint option)
{
    return s->decision[decision] + SLOTS_OPTIONS + option * SLOTS_OF_OPTION;
}

/* ---- counts ------------------------------------------------------------------------------------------------------- */

static int64_t left(const int64_t *reasons)
{
    return reasons[TEL_REASON_LEFT + 1] + reasons[TEL_REASON_RESTARTED + 1] + reasons[TEL_REASON_KILLED + 1];
}

static void fill_version(const struct survey_version *v, int64_t *x)
{
    x[SLOTS_VIEWINGS] += v->viewings;
    x[SLOTS_TWO_MINUTES] += v->two_minutes;
    x[SLOTS_REACHED] += v->reached;
    for (int i = 0; i < SURVEY_PERCENTS; i++) {
        x[SLOTS_KNOWN] += v->completion[i];
        x[SLOTS_SEVENTY] += i >= 70 ? v->completion[i] : 0;
    }
    x[SLOTS_WHOLE] += v->whole_paths;
    x[SLOTS_LOST] += v->lost_events;
    x[SLOTS_LEFT] += left(v->reasons);
}

static void fill_node(const struct survey_node *n, int64_t *x)
{
    const int64_t counts[SLOTS_OF_NODE] = {n->of,        n->viewings,  n->visits,     left(n->last),    n->playing_us,
                                           n->paused_us, n->hidden_us, n->planned_us, n->planned_visits};
    for (int i = 0; i < SLOTS_OF_NODE; i++)
        x[i] += counts[i];
}

static void add_ratio(int64_t *x, struct survey_ratio r)
{
    x[0] += r.k;
    x[1] += r.n;
}

static void fill_option(const struct survey_option *o, int64_t *x)
{
    x[SLOTS_PICKS] += o->picks;
    x[SLOTS_AVAILABLE] += o->available;
    add_ratio(x + SLOTS_FIRST, o->first);
    add_ratio(x + SLOTS_LATER, o->later);
    add_ratio(x + SLOTS_LIT, o->lit);
    add_ratio(x + SLOTS_UNLIT, o->unlit);
}

static void fill_decision(const struct slots *s, const struct survey_decision *d, int64_t *x)
{
    guint at;
    if (!find(s, decision_key(d), &at))
        return;
    x[at + SLOTS_EXPOSURES] += d->exposures;
    x[at + SLOTS_TIMEOUT] += d->what[TEL_WHAT_TIMEOUT];
    x[at + SLOTS_GONE] += d->exposures - d->what[TEL_WHAT_PICK] - d->what[TEL_WHAT_TIMEOUT];
    x[at + SLOTS_OUTCOMES] += d->outcomes;
    x[at + SLOTS_CHANGED] += d->changed;
    for (guint c = 0; c < STATS_CLASSES; c++) {
        x[at + SLOTS_PICKED_AT + c] += d->picked_at ? d->picked_at[c] : 0;
        x[at + SLOTS_CENSORED_AT + c] += d->censored_at ? d->censored_at[c] : 0;
    }
    for (guint i = 0; i < d->options->len; i++)
        if (find(s, option_key(d, survey_option_of(d, i)), &at))
            fill_option(survey_option_of(d, i), x + at);
}

void slots_fill(const struct slots *s, const struct survey_film *film, int64_t *x)
{
    guint at;
    for (guint i = 0; i < film->versions->len; i++)
        if (find(s, version_key(film->versions->pdata[i]), &at))
            fill_version(film->versions->pdata[i], x + at);
    for (guint i = 0; i < film->nodes->len; i++)
        if (find(s, node_key(film->nodes->pdata[i]), &at))
            fill_node(film->nodes->pdata[i], x + at);
    for (guint i = 0; i < film->decisions->len; i++)
        fill_decision(s, film->decisions->pdata[i], x);
    for (guint i = 0; i < film->endings->len; i++) {
        const struct survey_ending *e = film->endings->pdata[i];
        if (find(s, ending_key(film, e), &at))
            x[at] += e->viewings;
    }
    for (guint i = 0; i < film->edges->len; i++) {
        const struct survey_edge *e = &g_array_index(film->edges, struct survey_edge, i);
        if (find(s, edge_key(film, e), &at))
            x[at] += e->times;
    }
}

#include "report/slots.h"

#include "telemetry/record.h"

#include <string.h>

/* ---- places ------------------------------------------------------------------------------------------------------- */

static int64_t edge_key(const struct survey_edge *e)
{
    return ((int64_t)e->from + 1) << 32 | (int64_t)e->to << 1 | e->ending;
}

/* Hashes of whole paths differ between versions too, as good as always; two that don't would add up. */
static int64_t path_key(guint version, const struct survey_path *p)
{
    return (int64_t)(p->hash * 31 + version);
}

static void remember(GHashTable *table, int64_t key, guint at)
{
    g_hash_table_insert(table, g_memdup2(&key, sizeof key), GUINT_TO_POINTER(at + 1));
}

static bool recall(GHashTable *table, int64_t key, guint *at)
{
    const guint found = GPOINTER_TO_UINT(g_hash_table_lookup(table, &key));
    *at = found - 1;
    return found > 0;
}

static guint reserve(struct slots *s, guint items)
{
    const guint at = s->n;
    s->n += items;
    return at;
}

static void reserve_paths(struct slots *s, guint version)
{
    const GPtrArray *paths = ((const struct survey_version *)s->film->versions->pdata[version])->paths;
    s->path[version] = g_new(guint, paths->len + 1);
    for (guint i = 0; i < paths->len; i++) {
        s->path[version][i] = reserve(s, 1);
        remember(s->paths, path_key(version, paths->pdata[i]), s->path[version][i]);
    }
}

static int64_t pair_key(guint one, guint other)
{
    return (int64_t)one << 32 | other;
}

/* A decision's place in the film; a trait's tells know it by its address only. */
static guint decision_at(const struct survey_film *f, const struct survey_decision *d)
{
    guint at = 0;
    g_ptr_array_find(f->decisions, d, &at);
    return at;
}

static void reserve_trait(struct slots *s, guint i)
{
    const struct survey_trait *t = s->film->traits->pdata[i];
    s->trait[i] = reserve(s, SLOTS_TELLS);
    s->tell[i] = g_new(guint, t->tells->len + 1);
    for (guint k = 0; k < t->tells->len; k++) {
        const struct survey_tell *tell = t->tells->pdata[k];
        s->tell[i][k] = reserve(s, tell->decision->options->len * SURVEY_LEVELS);
        remember(s->tells, pair_key(i, decision_at(s->film, tell->decision)), s->tell[i][k]);
    }
}

static void reserve_prop(struct slots *s, guint i)
{
    const GArray *rivals = ((const struct survey_prop *)s->film->props->pdata[i])->rivals;
    s->prop[i] = reserve(s, SLOTS_RIVALS);
    s->rival[i] = s->n;
    for (guint k = 0; k < rivals->len; k++)
        remember(s->rivals, pair_key(i, (guint)g_array_index(rivals, struct survey_rival, k).prop), reserve(s, 2));
}

static GHashTable *places(void)
{
    return g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
}

struct slots *slots_new(const struct survey_film *film)
{
    struct slots *s = g_new0(struct slots, 1);
    s->film = film;
    s->edges = places();
    s->paths = places();
    s->tells = places();
    s->rivals = places();
    s->version = g_new(guint, film->versions->len + 1);
    s->path = g_new0(guint *, film->versions->len + 1);
    s->node = g_new(guint, film->nodes->len + 1);
    s->decision = g_new(guint, film->decisions->len + 1);
    s->ending = g_new(guint, film->endings->len + 1);
    s->edge = g_new(guint, film->edges->len + 1);
    s->trait = g_new(guint, film->traits->len + 1);
    s->tell = g_new0(guint *, film->traits->len + 1);
    s->prop = g_new(guint, film->props->len + 1);
    s->rival = g_new(guint, film->props->len + 1);
    for (guint i = 0; i < film->versions->len; i++)
        s->version[i] = reserve(s, SLOTS_OF_VERSION);
    for (guint i = 0; i < film->nodes->len; i++)
        s->node[i] = reserve(s, SLOTS_OF_NODE);
    for (guint i = 0; i < film->decisions->len; i++) {
        const struct survey_decision *d = film->decisions->pdata[i];
        s->decision[i] = reserve(s, SLOTS_OPTIONS + d->options->len * SLOTS_OF_OPTION);
    }
    for (guint i = 0; i < film->endings->len; i++)
        s->ending[i] = reserve(s, 1);
    for (guint i = 0; i < film->edges->len; i++) {
        s->edge[i] = reserve(s, 1);
        remember(s->edges, edge_key(&g_array_index(film->edges, struct survey_edge, i)), s->edge[i]);
    }
    for (guint i = 0; i < film->versions->len; i++)
        reserve_paths(s, i);
    for (guint i = 0; i < film->traits->len; i++)
        reserve_trait(s, i);
    for (guint i = 0; i < film->props->len; i++)
        reserve_prop(s, i);
    return s;
}

void slots_free(struct slots *s)
{
    if (!s)
        return;
    for (guint i = 0; i < s->film->versions->len; i++)
        g_free(s->path[i]);
    for (guint i = 0; i < s->film->traits->len; i++)
        g_free(s->tell[i]);
    guint *const rows[] = {s->version, s->node, s->decision, s->ending, s->edge, s->trait, s->prop, s->rival};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        g_free(rows[i]);
    g_free(s->path);
    g_free(s->tell);
    GHashTable *const tables[] = {s->edges, s->paths, s->tells, s->rivals};
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
        g_hash_table_unref(tables[i]);
    g_free(s);
}

guint slots_option(const struct slots *s, guint decision, guint option)
{
    return s->decision[decision] + SLOTS_OPTIONS + option * SLOTS_OF_OPTION;
}

/* ---- counts ------------------------------------------------------------------------------------------------------- */

static void put(GArray *out, guint place, int64_t n)
{
    const struct slots_count c = {place, n};
    if (n != 0)
        g_array_append_val(out, c);
}

/* Takes n counts of a struct for as many places from `at`. */
static void put_all(GArray *out, guint at, int64_t *const *counts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        put(out, at + (guint)i, *counts[i]);
        *counts[i] = 0;
    }
}

static int64_t left(const int64_t *reasons)
{
    return reasons[TEL_REASON_LEFT + 1] + reasons[TEL_REASON_RESTARTED + 1] + reasons[TEL_REASON_KILLED + 1];
}

static void drain_version(const struct slots *s, guint i, struct survey_version *v, GArray *out)
{
    int64_t known = 0, seventy = 0, gone = left(v->reasons);
    for (int percent = 0; percent < SURVEY_PERCENTS; percent++) {
        known += v->completion[percent];
        seventy += percent >= 70 ? v->completion[percent] : 0;
    }
    int64_t *const counts[SLOTS_OF_VERSION] = {&v->viewings, &v->two_minutes, &v->reached,     &known,
                                               &seventy,     &v->whole_paths, &v->lost_events, &gone};
    put_all(out, s->version[i], counts, SLOTS_OF_VERSION);
    memset(v->reasons, 0, sizeof v->reasons);
    memset(v->completion, 0, sizeof v->completion);
    for (guint j = 0; j < v->paths->len; j++) {
        struct survey_path *p = v->paths->pdata[j];
        guint at;
        if (p->viewings > 0 && recall(s->paths, path_key(i, p), &at))
            put(out, at, p->viewings);
        p->viewings = 0;
    }
}

static void drain_node(guint at, struct survey_node *n, GArray *out)
{
    int64_t none = 0, quits = left(n->last);
    int64_t *const counts[SLOTS_OF_NODE] = {&none,         &n->viewings,   &n->visits,
                                            &quits,        &n->playing_us, &n->paused_us,
                                            &n->hidden_us, &n->planned_us, &n->planned_visits};
    put_all(out, at, counts, SLOTS_OF_NODE);
    memset(n->last, 0, sizeof n->last);
}

static void drain_classes(guint at, int64_t **classes, int64_t *less, GArray *out)
{
    for (guint c = 0; *classes && c < STATS_CLASSES; c++) {
        put(out, at + c, (*classes)[c]);
        if (less)
            less[c] -= (*classes)[c];
    }
    g_clear_pointer(classes, g_free);
}

static void drain_option(guint at, struct survey_decision *d, struct survey_option *o, GArray *out)
{
    int64_t *const counts[SLOTS_TOOK] = {&o->picks,   &o->available, &o->first.k, &o->first.n, &o->later.k,
                                         &o->later.n, &o->lit.k,     &o->lit.n,   &o->unlit.k, &o->unlit.n};
    put_all(out, at, counts, SLOTS_TOOK);
    drain_classes(at + SLOTS_TOOK, &o->picked_at, d->picked_at, out);
}

static void drain_decision(const struct slots *s, guint i, struct survey_decision *d, GArray *out)
{
    const guint at = s->decision[i];
    int64_t gone = d->exposures - d->what[TEL_WHAT_PICK] - d->what[TEL_WHAT_TIMEOUT];
    int64_t *const counts[SLOTS_PICKED_AT] = {&d->exposures, &d->what[TEL_WHAT_TIMEOUT], &gone, &d->outcomes,
                                              &d->changed};
    const struct survey_decision *known = s->film->decisions->pdata[i];
    put_all(out, at, counts, SLOTS_PICKED_AT);
    for (guint o = 0; o < MIN(d->options->len, known->options->len); o++)
        drain_option(slots_option(s, i, o), d, survey_option_of(d, o), out);
    drain_classes(at + SLOTS_PICKED_AT, &d->picked_at, NULL, out);
    drain_classes(at + SLOTS_CENSORED_AT, &d->censored_at, NULL, out);
    memset(d->what, 0, sizeof d->what);
}

static void drain_trait(const struct slots *s, guint i, const struct survey_film *film, GArray *out)
{
    struct survey_trait *t = film->traits->pdata[i];
    for (guint k = 0; k < SURVEY_LEANS; k++)
        put(out, s->trait[i] + SLOTS_LEANS + k, t->leans[k]);
    for (guint k = 0; k < SURVEY_LEVELS; k++)
        put(out, s->trait[i] + SLOTS_SURE + k, t->sure[k]);
    put(out, s->trait[i] + SLOTS_ASKED, t->none);
    memset(t->leans, 0, sizeof t->leans);
    memset(t->sure, 0, sizeof t->sure);
    t->none = 0;
    for (guint k = 0; k < t->tells->len; k++) {
        struct survey_tell *tell = t->tells->pdata[k];
        guint at;
        if (tell->n > 0 && recall(s->tells, pair_key(i, decision_at(film, tell->decision)), &at))
            for (guint cell = 0; cell < tell->rows * SURVEY_LEVELS; cell++)
                put(out, at + cell, tell->table[cell]);
        memset(tell->table, 0, tell->rows * SURVEY_LEVELS * sizeof *tell->table);
        tell->n = 0;
    }
}

static void drain_prop(const struct slots *s, guint i, struct survey_prop *p, GArray *out)
{
    int64_t *const counts[SLOTS_RIVALS] = {&p->picks.k, &p->picks.n, &p->again.k, &p->again.n};
    put_all(out, s->prop[i], counts, SLOTS_RIVALS);
    for (guint k = 0; k < p->rivals->len; k++) {
        struct survey_rival *r = &g_array_index(p->rivals, struct survey_rival, k);
        int64_t *const ratio[] = {&r->picks.k, &r->picks.n};
        guint at;
        if (recall(s->rivals, pair_key(i, (guint)r->prop), &at))
            put_all(out, at, ratio, G_N_ELEMENTS(ratio));
        r->picks.k = r->picks.n = 0;
    }
}

void slots_drain(const struct slots *s, struct survey_film *film, GArray *out)
{
    for (guint i = 0; i < MIN(film->versions->len, s->film->versions->len); i++)
        drain_version(s, i, film->versions->pdata[i], out);
    for (guint i = 0; i < MIN(film->nodes->len, s->film->nodes->len); i++)
        drain_node(s->node[i], film->nodes->pdata[i], out);
    for (guint i = 0; i < MIN(film->decisions->len, s->film->decisions->len); i++)
        drain_decision(s, i, film->decisions->pdata[i], out);
    for (guint i = 0; i < MIN(film->endings->len, s->film->endings->len); i++) {
        struct survey_ending *e = film->endings->pdata[i];
        put(out, s->ending[i], e->viewings);
        e->viewings = 0;
    }
    for (guint i = 0; i < MIN(film->traits->len, s->film->traits->len); i++)
        drain_trait(s, i, film, out);
    for (guint i = 0; i < MIN(film->props->len, s->film->props->len); i++)
        drain_prop(s, i, film->props->pdata[i], out);
    for (guint i = 0; i < film->edges->len; i++) {
        struct survey_edge *e = &g_array_index(film->edges, struct survey_edge, i);
        guint at;
        if (e->times > 0 && recall(s->edges, edge_key(e), &at))
            put(out, at, e->times);
        e->times = 0;
    }
}

void slots_complete(const struct slots *s, int64_t *x)
{
    for (guint i = 0; i < s->film->nodes->len; i++) {
        const GArray *versions = ((const struct survey_node *)s->film->nodes->pdata[i])->versions;
        for (guint v = 0; v < versions->len; v++)
            x[s->node[i] + SLOTS_OF] += x[s->version[g_array_index(versions, int32_t, v)] + SLOTS_VIEWINGS];
    }
    for (guint i = 0; i < s->film->decisions->len; i++) {
        const struct survey_decision *d = s->film->decisions->pdata[i];
        for (guint o = 0; o < d->options->len; o++)
            for (guint c = 0; c < STATS_CLASSES; c++)
                x[s->decision[i] + SLOTS_PICKED_AT + c] += x[slots_option(s, i, o) + SLOTS_TOOK + c];
    }
    for (guint i = 0; i < s->film->traits->len; i++) {
        int64_t *trait = x + s->trait[i];
        for (guint level = 0; level < SURVEY_LEVELS; level++)
            trait[SLOTS_PROFILES] += trait[SLOTS_SURE + level];
        trait[SLOTS_ASKED] += trait[SLOTS_PROFILES];
    }
}

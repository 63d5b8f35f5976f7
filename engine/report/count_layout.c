#include "report/count_layout.h"

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

static void set_place(GHashTable *table, int64_t key, guint at)
{
    g_hash_table_insert(table, g_memdup2(&key, sizeof key), GUINT_TO_POINTER(at + 1));
}

static bool find_place(GHashTable *table, int64_t key, guint *at)
{
    const guint found = GPOINTER_TO_UINT(g_hash_table_lookup(table, &key));
    *at = found - 1;
    return found > 0;
}

static guint reserve_places(struct count_layout *s, guint items)
{
    const guint at = s->n;
    s->n += items;
    return at;
}

static void reserve_paths(struct count_layout *s, guint version)
{
    const GPtrArray *paths = ((const struct survey_version *)s->film->versions->pdata[version])->paths;
    s->path[version] = g_new(guint, paths->len + 1);
    for (guint i = 0; i < paths->len; i++) {
        s->path[version][i] = reserve_places(s, 1);
        set_place(s->paths, path_key(version, paths->pdata[i]), s->path[version][i]);
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

static void reserve_trait(struct count_layout *s, guint i)
{
    const struct survey_trait *t = s->film->traits->pdata[i];
    s->trait[i] = reserve_places(s, COUNT_ASSOCIATIONS);
    s->association[i] = g_new(guint, t->associations->len + 1);
    for (guint k = 0; k < t->associations->len; k++) {
        const struct survey_association *association = t->associations->pdata[k];
        s->association[i][k] = reserve_places(s, association->decision->options->len * SURVEY_LEVELS);
        set_place(s->associations, pair_key(i, decision_at(s->film, association->decision)), s->association[i][k]);
    }
}

static void reserve_prop(struct count_layout *s, guint i)
{
    const GArray *rivals = ((const struct survey_prop *)s->film->props->pdata[i])->rivals;
    s->prop[i] = reserve_places(s, COUNT_RIVALS);
    s->rival[i] = s->n;
    for (guint k = 0; k < rivals->len; k++)
        set_place(s->rivals, pair_key(i, (guint)g_array_index(rivals, struct survey_rival, k).prop),
                  reserve_places(s, 2));
}

static GHashTable *place_table(void)
{
    return g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
}

struct count_layout *count_layout_new(const struct survey_film *film)
{
    struct count_layout *s = g_new0(struct count_layout, 1);
    s->film = film;
    s->edges = place_table();
    s->paths = place_table();
    s->associations = place_table();
    s->rivals = place_table();
    s->version = g_new(guint, film->versions->len + 1);
    s->path = g_new0(guint *, film->versions->len + 1);
    s->node = g_new(guint, film->nodes->len + 1);
    s->decision = g_new(guint, film->decisions->len + 1);
    s->ending = g_new(guint, film->endings->len + 1);
    s->edge = g_new(guint, film->edges->len + 1);
    s->trait = g_new(guint, film->traits->len + 1);
    s->association = g_new0(guint *, film->traits->len + 1);
    s->prop = g_new(guint, film->props->len + 1);
    s->rival = g_new(guint, film->props->len + 1);
    for (guint i = 0; i < film->versions->len; i++)
        s->version[i] = reserve_places(s, COUNTS_PER_VERSION);
    for (guint i = 0; i < film->nodes->len; i++)
        s->node[i] = reserve_places(s, COUNTS_PER_NODE);
    for (guint i = 0; i < film->decisions->len; i++) {
        const struct survey_decision *d = film->decisions->pdata[i];
        s->decision[i] = reserve_places(s, COUNT_OPTIONS + d->options->len * COUNTS_PER_OPTION);
    }
    for (guint i = 0; i < film->endings->len; i++)
        s->ending[i] = reserve_places(s, 1);
    for (guint i = 0; i < film->edges->len; i++) {
        s->edge[i] = reserve_places(s, 1);
        set_place(s->edges, edge_key(&g_array_index(film->edges, struct survey_edge, i)), s->edge[i]);
    }
    for (guint i = 0; i < film->versions->len; i++)
        reserve_paths(s, i);
    for (guint i = 0; i < film->traits->len; i++)
        reserve_trait(s, i);
    for (guint i = 0; i < film->props->len; i++)
        reserve_prop(s, i);
    return s;
}

void count_layout_free(struct count_layout *s)
{
    if (!s)
        return;
    for (guint i = 0; i < s->film->versions->len; i++)
        g_free(s->path[i]);
    for (guint i = 0; i < s->film->traits->len; i++)
        g_free(s->association[i]);
    guint *const rows[] = {s->version, s->node, s->decision, s->ending, s->edge, s->trait, s->prop, s->rival};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        g_free(rows[i]);
    g_free(s->path);
    g_free(s->association);
    GHashTable *const tables[] = {s->edges, s->paths, s->associations, s->rivals};
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
        g_hash_table_unref(tables[i]);
    g_free(s);
}

guint count_layout_option(const struct count_layout *s, guint decision, guint option)
{
    return s->decision[decision] + COUNT_OPTIONS + option * COUNTS_PER_OPTION;
}

/* ---- counts ------------------------------------------------------------------------------------------------------- */

static void add_count(GArray *out, guint place, int64_t n)
{
    const struct layout_count c = {place, n};
    if (n != 0)
        g_array_append_val(out, c);
}

/* Takes n counts of a struct for as many places from `at`. */
static void add_counts(GArray *out, guint at, int64_t *const *counts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        add_count(out, at + (guint)i, *counts[i]);
        *counts[i] = 0;
    }
}

static int64_t count_left(const int64_t *reasons)
{
    return reasons[TEL_REASON_LEFT + 1] + reasons[TEL_REASON_RESTARTED + 1] + reasons[TEL_REASON_KILLED + 1];
}

static void drain_version(const struct count_layout *s, guint i, struct survey_version *v, GArray *out)
{
    int64_t known = 0, seventy = 0, gone = count_left(v->reasons);
    for (int percent = 0; percent < SURVEY_PERCENTS; percent++) {
        known += v->completion[percent];
        seventy += percent >= 70 ? v->completion[percent] : 0;
    }
    int64_t *const counts[COUNTS_PER_VERSION] = {&v->viewings, &v->two_minutes, &v->reached,     &known,
                                                 &seventy,     &v->whole_paths, &v->lost_events, &gone};
    add_counts(out, s->version[i], counts, COUNTS_PER_VERSION);
    memset(v->reasons, 0, sizeof v->reasons);
    memset(v->completion, 0, sizeof v->completion);
    for (guint j = 0; j < v->paths->len; j++) {
        struct survey_path *p = v->paths->pdata[j];
        guint at;
        if (p->viewings > 0 && find_place(s->paths, path_key(i, p), &at))
            add_count(out, at, p->viewings);
        p->viewings = 0;
    }
}

static void drain_node(guint at, struct survey_node *n, GArray *out)
{
    int64_t none = 0, quits = count_left(n->last);
    int64_t *const counts[COUNTS_PER_NODE] = {&none,         &n->viewings,   &n->visits,
                                              &quits,        &n->playing_us, &n->paused_us,
                                              &n->hidden_us, &n->planned_us, &n->planned_visits};
    add_counts(out, at, counts, COUNTS_PER_NODE);
    memset(n->last, 0, sizeof n->last);
}

static void drain_classes(guint at, int64_t **classes, int64_t *less, GArray *out)
{
    for (guint c = 0; *classes && c < STATS_CLASSES; c++) {
        add_count(out, at + c, (*classes)[c]);
        if (less)
            less[c] -= (*classes)[c];
    }
    g_clear_pointer(classes, g_free);
}

static void drain_option(guint at, struct survey_decision *d, struct survey_option *o, GArray *out)
{
    int64_t *const counts[COUNT_OPTION_PICKED_AT] = {&o->picks,       &o->available,  &o->first.k,   &o->first.n,
                                                     &o->later.k,     &o->later.n,    &o->focused.k, &o->focused.n,
                                                     &o->unfocused.k, &o->unfocused.n};
    add_counts(out, at, counts, COUNT_OPTION_PICKED_AT);
    drain_classes(at + COUNT_OPTION_PICKED_AT, &o->picked_at, d->picked_at, out);
}

static void drain_decision(const struct count_layout *s, guint i, struct survey_decision *d, GArray *out)
{
    const guint at = s->decision[i];
    int64_t gone = d->exposures - d->what[TEL_WHAT_PICK] - d->what[TEL_WHAT_TIMEOUT];
    int64_t *const counts[COUNT_PICKED_AT] = {&d->exposures, &d->what[TEL_WHAT_TIMEOUT], &gone, &d->outcomes,
                                              &d->changed};
    const struct survey_decision *known = s->film->decisions->pdata[i];
    add_counts(out, at, counts, COUNT_PICKED_AT);
    for (guint o = 0; o < MIN(d->options->len, known->options->len); o++)
        drain_option(count_layout_option(s, i, o), d, survey_option_of(d, o), out);
    drain_classes(at + COUNT_PICKED_AT, &d->picked_at, NULL, out);
    drain_classes(at + COUNT_CENSORED_AT, &d->censored_at, NULL, out);
    memset(d->what, 0, sizeof d->what);
}

static void drain_trait(const struct count_layout *s, guint i, const struct survey_film *film, GArray *out)
{
    struct survey_trait *t = film->traits->pdata[i];
    for (guint k = 0; k < SURVEY_LEANS; k++)
        add_count(out, s->trait[i] + COUNT_LEANS + k, t->leans[k]);
    for (guint k = 0; k < SURVEY_LEVELS; k++)
        add_count(out, s->trait[i] + COUNT_SURE + k, t->sure[k]);
    add_count(out, s->trait[i] + COUNT_TRAIT_VIEWINGS, t->none);
    memset(t->leans, 0, sizeof t->leans);
    memset(t->sure, 0, sizeof t->sure);
    t->none = 0;
    for (guint k = 0; k < t->associations->len; k++) {
        struct survey_association *association = t->associations->pdata[k];
        guint at;
        if (association->n > 0 &&
            find_place(s->associations, pair_key(i, decision_at(film, association->decision)), &at))
            for (guint cell = 0; cell < association->rows * SURVEY_LEVELS; cell++)
                add_count(out, at + cell, association->table[cell]);
        memset(association->table, 0, association->rows * SURVEY_LEVELS * sizeof *association->table);
        association->n = 0;
    }
}

static void drain_prop(const struct count_layout *s, guint i, struct survey_prop *p, GArray *out)
{
    int64_t *const counts[COUNT_RIVALS] = {&p->picks.k, &p->picks.n, &p->again.k, &p->again.n};
    add_counts(out, s->prop[i], counts, COUNT_RIVALS);
    for (guint k = 0; k < p->rivals->len; k++) {
        struct survey_rival *r = &g_array_index(p->rivals, struct survey_rival, k);
        int64_t *const ratio[] = {&r->picks.k, &r->picks.n};
        guint at;
        if (find_place(s->rivals, pair_key(i, (guint)r->prop), &at))
            add_counts(out, at, ratio, G_N_ELEMENTS(ratio));
        r->picks.k = r->picks.n = 0;
    }
}

void count_layout_drain(const struct count_layout *s, struct survey_film *film, GArray *out)
{
    for (guint i = 0; i < MIN(film->versions->len, s->film->versions->len); i++)
        drain_version(s, i, film->versions->pdata[i], out);
    for (guint i = 0; i < MIN(film->nodes->len, s->film->nodes->len); i++)
        drain_node(s->node[i], film->nodes->pdata[i], out);
    for (guint i = 0; i < MIN(film->decisions->len, s->film->decisions->len); i++)
        drain_decision(s, i, film->decisions->pdata[i], out);
    for (guint i = 0; i < MIN(film->endings->len, s->film->endings->len); i++) {
        struct survey_ending *e = film->endings->pdata[i];
        add_count(out, s->ending[i], e->viewings);
        e->viewings = 0;
    }
    for (guint i = 0; i < MIN(film->traits->len, s->film->traits->len); i++)
        drain_trait(s, i, film, out);
    for (guint i = 0; i < MIN(film->props->len, s->film->props->len); i++)
        drain_prop(s, i, film->props->pdata[i], out);
    for (guint i = 0; i < film->edges->len; i++) {
        struct survey_edge *e = &g_array_index(film->edges, struct survey_edge, i);
        guint at;
        if (e->times > 0 && find_place(s->edges, edge_key(e), &at))
            add_count(out, at, e->times);
        e->times = 0;
    }
}

void count_layout_complete(const struct count_layout *s, int64_t *x)
{
    for (guint i = 0; i < s->film->nodes->len; i++) {
        const GArray *versions = ((const struct survey_node *)s->film->nodes->pdata[i])->versions;
        for (guint v = 0; v < versions->len; v++)
            x[s->node[i] + COUNT_NODE_POSSIBLE] += x[s->version[g_array_index(versions, int32_t, v)] + COUNT_VIEWINGS];
    }
    for (guint i = 0; i < s->film->decisions->len; i++) {
        const struct survey_decision *d = s->film->decisions->pdata[i];
        for (guint o = 0; o < d->options->len; o++)
            for (guint c = 0; c < STATS_CLASSES; c++)
                x[s->decision[i] + COUNT_PICKED_AT + c] += x[count_layout_option(s, i, o) + COUNT_OPTION_PICKED_AT + c];
    }
    for (guint i = 0; i < s->film->traits->len; i++) {
        int64_t *trait = x + s->trait[i];
        for (guint level = 0; level < SURVEY_LEVELS; level++)
            trait[COUNT_PROFILES] += trait[COUNT_SURE + level];
        trait[COUNT_TRAIT_VIEWINGS] += trait[COUNT_PROFILES];
    }
}

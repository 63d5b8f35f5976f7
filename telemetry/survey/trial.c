#include "telemetry/survey/trial.h"

#include "base/embedded.h"
#include "telemetry/store/query.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define ALPHA 0.05

static struct query begin(struct store *s, const char *name)
{
    return query_begin(s, embedded_part("telemetry/survey/trial.sql", name), "cannot be counted");
}

/* The names that a query of trial.sql has in its first column, each once. `experiment`: NULL for a query of all. */
static GPtrArray *names_of(struct store *const *stores, guint n, const char *sql, const char *experiment,
                           GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < n; i++) {
        struct query q = begin(stores[i], sql);
        if (experiment)
            query_bind_text(&q, experiment);
        while (query_next(&q)) {
            g_autofree char *name = query_copy_name(&q, 0);
            if (!g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
                g_ptr_array_add(names, g_steal_pointer(&name));
        }
        if (!query_end(&q, error))
            return NULL;
    }
    return g_steal_pointer(&names);
}

GPtrArray *trial_names(struct store *const *stores, guint n, GError **error)
{
    return names_of(stores, n, "experiments", NULL, error);
}

/* ---- are the arms as large as they should be? ---------------------------------------------------------------------- */

static struct trial_version *version_named(const struct trial *t, const char *film, const char *version)
{
    for (guint i = 0; i < t->cross->n_films; i++) {
        GArray *versions = t->films[i].versions;
        for (guint v = 0; strcmp(t->cross->films[i].film->name, film) == 0 && v < versions->len; v++)
            if (strcmp(g_array_index(versions, struct trial_version, v).version, version) == 0)
                return &g_array_index(versions, struct trial_version, v);
    }
    return NULL;
}

static void take_weight(const struct trial *t, const struct query *q)
{
    g_autofree char *film = query_copy_name(q, 0), *version = query_copy_name(q, 1), *arm = query_copy_name(q, 2);
    struct trial_version *v = version_named(t, film, version);
    for (guint i = 0; v && i < t->cross->n_parts; i++)
        if (strcmp(t->cross->parts[i].value, arm) == 0)
            v->weights[i] = query_number_in(q, 3, 1, INT32_MAX, 1);
    if (v && !v->outcome && !query_is_null(q, 4))
        v->outcome = query_copy_name(q, 4);
}

static bool read_weights(const struct trial *t, struct store *const *stores, guint n, GError **error)
{
    bool done = true;
    for (guint i = 0; done && i < n; i++) {
        struct query q = begin(stores[i], "weights");
        query_bind_text(&q, t->experiment);
        while (query_next(&q))
            take_weight(t, &q);
        done = query_end(&q, error);
    }
    return done;
}

/* Pearson's test of the viewings against the weights. */
static double mismatch(const struct trial_version *v, guint n)
{
    double all = 0, weights = 0, x = 0;
    int arms = 0;
    bool enough = true;
    for (guint i = 0; i < n; i++) {
        all += (double)v->viewings[i];
        weights += (double)v->weights[i];
    }
    for (guint i = 0; i < n; i++) {
        const double expected = weights > 0 ? all * (double)v->weights[i] / weights : 0;
        if (v->weights[i] == 0)
            continue;
        arms++;
        enough &= expected >= 5;
        x += ((double)v->viewings[i] - expected) * ((double)v->viewings[i] - expected) / MAX(expected, 1e-9);
    }
    return arms > 1 && enough ? stats_chi_square_above(x, arms - 1) : NAN;
}

static void add_versions(struct trial *t, guint film)
{
    const struct cross *c = t->cross;
    const GPtrArray *versions = c->films[film].film->versions;
    for (guint v = 0; v < versions->len; v++) {
        struct trial_version one = {.version = ((const struct survey_version *)versions->pdata[v])->version,
                                    .viewings = g_new0(int64_t, c->n_parts),
                                    .weights = g_new0(int64_t, c->n_parts),
                                    .p = NAN};
        for (guint i = 0; i < c->n_parts; i++) {
            const struct survey_film *f = c->parts[i].survey->films->pdata[film];
            one.viewings[i] = ((const struct survey_version *)f->versions->pdata[v])->viewings;
        }
        g_array_append_val(t->films[film].versions, one);
    }
}

static void clear_version(void *version)
{
    g_free(((struct trial_version *)version)->viewings);
    g_free(((struct trial_version *)version)->weights);
    g_free(((struct trial_version *)version)->outcome);
}

/* ---- differences --------------------------------------------------------------------------------------------------- */

static int by_evidence(const void *a, const void *b)
{
    const double x = (*(struct trial_difference *const *)a)->s.evidence,
                 y = (*(struct trial_difference *const *)b)->s.evidence;
    return (x < y) - (x > y);
}

/* e-BH over the rows that are told from `from` to before `to`. */
static void mark(const struct trial *t, guint film, guint from, guint to)
{
    const struct trial_film *f = &t->films[film];
    const guint arms = t->cross->n_parts;
    g_autofree struct trial_difference **sorted = g_new(struct trial_difference *, (gsize)(to - from) * arms + 1);
    guint m = 0, marked = 0;
    for (guint i = from; i < to; i++)
        for (guint arm = 0; arm < arms; arm++)
            if (f->differences[f->order[i] * arms + arm].enough)
                sorted[m++] = &f->differences[f->order[i] * arms + arm];
    qsort(sorted, m, sizeof *sorted, by_evidence);
    for (guint k = 1; k <= m; k++)
        if (sorted[k - 1]->s.evidence >= m / (ALPHA * k))
            marked = k;
    for (guint k = 0; k < marked; k++)
        sorted[k]->marked = true;
}

/* Whether this is the row of a version's outcome. Rows of nodes and options are of all versions that have them. */
static bool is_about(const struct cross_row *r, const struct trial_version *v)
{
    g_autofree char *words = strcmp(r->kind, "film") == 0 && strcmp(r->id, "reached an ending") == 0
                                 ? g_strdup("ending")
                             : strcmp(r->kind, "ending") == 0 ? g_strconcat("ending=", r->id, NULL)
                             : strcmp(r->kind, "reach") == 0  ? g_strconcat("node=", r->id, NULL)
                             : strcmp(r->kind, "option") == 0 ? g_strconcat("took=", r->id, ":", r->option, NULL)
                                                              : NULL;
    return g_strcmp0(words, v->outcome) == 0 && words && (!r->version || strcmp(r->version, v->version) == 0);
}

static bool is_primary(const struct trial *t, guint film, guint row)
{
    bool primary = false;
    for (guint v = 0; v < t->films[film].versions->len; v++)
        primary = primary || is_about(&g_array_index(t->cross->films[film].rows, struct cross_row, row),
                                      &g_array_index(t->films[film].versions, struct trial_version, v));
    return primary;
}

static void order_rows(struct trial *t, guint film)
{
    struct trial_film *f = &t->films[film];
    const guint n = t->cross->films[film].rows->len;
    guint told = 0;
    f->order = g_new(guint, n + 1);
    for (int others = 0; others < 2; others++)
        for (guint r = 0; r < n; r++) {
            const bool primary = is_primary(t, film, r);
            f->n_primary += primary && !others;
            if (primary != others)
                f->order[told++] = r;
        }
    assert(told == n);
}

static void compare_arms(struct trial *t, guint film)
{
    const struct cross *c = t->cross;
    const GArray *rows = c->films[film].rows;
    struct trial_difference *d = g_new0(struct trial_difference, (gsize)rows->len * c->n_parts + 1);
    t->films[film].differences = d;
    for (guint r = 0; r < rows->len; r++)
        for (guint i = 1; i < c->n_parts; i++) {
            const struct survey_ratio *s = g_array_index(rows, struct cross_row, r).shares;
            const int64_t floor = c->parts[i].survey->options.floor;
            struct trial_difference *one = &d[r * c->n_parts + i];
            one->enough = survey_is_enough(s[0].n, floor) && survey_is_enough(s[i].n, floor);
            if (one->enough)
                one->s = stats_sequential(&(struct stats_pair){s[i].k, s[i].n, s[0].k, s[0].n}, ALPHA);
        }
    mark(t, film, 0, t->films[film].n_primary);
    mark(t, film, t->films[film].n_primary, rows->len);
}

static void look_for(struct trial *t, guint film)
{
    for (guint v = 0; v < t->films[film].versions->len; v++)
        for (guint i = 0; i < t->cross->n_parts; i++)
            t->films[film].has |= g_array_index(t->films[film].versions, struct trial_version, v).weights[i] > 0;
}

/* The survey of those who had one arm. */
static struct survey *survey_arm(const struct trial *t, guint arm, struct store *const *stores, guint n,
                                 const struct survey_options *o, GError **error)
{
    const struct segment one = segment_arm(t->experiment, t->parts[arm].value);
    g_autoptr(GArray) only = g_array_new(FALSE, FALSE, sizeof one);
    struct survey_options all = *o;
    if (o->n_only > 0)
        g_array_append_vals(only, o->only, o->n_only);
    g_array_append_val(only, one);
    all.only = (const struct segment *)(void *)only->data;
    all.n_only = only->len;
    return survey_new(stores, n, &all, error);
}

static bool survey_arms(struct trial *t, struct store *const *stores, guint n, const struct survey_options *o,
                        GError **error)
{
    t->parts = g_new0(struct cross_part, t->arms->len + 1);
    for (guint i = 0; i < t->arms->len; i++) {
        t->parts[i].value = t->arms->pdata[i];
        t->parts[i].survey = survey_arm(t, i, stores, n, o, error);
        if (!t->parts[i].survey)
            return false;
    }
    t->cross = cross_new("arm", t->parts, t->arms->len);
    return true;
}

static bool weigh(struct trial *t, struct store *const *stores, guint n, GError **error)
{
    const struct cross *c = t->cross;
    t->films = g_new0(struct trial_film, c->n_films + 1);
    for (guint i = 0; i < c->n_films; i++) {
        t->films[i].versions = g_array_new(FALSE, FALSE, sizeof(struct trial_version));
        g_array_set_clear_func(t->films[i].versions, clear_version);
        add_versions(t, i);
    }
    if (!read_weights(t, stores, n, error))
        return false;
    for (guint i = 0; i < c->n_films; i++) {
        look_for(t, i);
        order_rows(t, i);
        compare_arms(t, i);
        for (guint v = 0; v < t->films[i].versions->len; v++) {
            struct trial_version *one = &g_array_index(t->films[i].versions, struct trial_version, v);
            one->p = mismatch(one, c->n_parts);
        }
    }
    return true;
}

struct trial *trial_new(struct store *const *stores, guint n, const struct survey_options *o, const char *experiment,
                        GError **error)
{
    GPtrArray *arms = names_of(stores, n, "arms", experiment, error);
    if (!arms)
        return NULL;
    struct trial *t = g_new0(struct trial, 1);
    *t = (struct trial){.experiment = g_strdup(experiment), .arms = arms};
    if (arms->len > 0 && survey_arms(t, stores, n, o, error) && weigh(t, stores, n, error))
        return t;
    trial_free(t);
    return NULL;
}

const struct trial_difference *trial_difference_at(const struct trial *t, guint film, guint row, guint arm)
{
    return &t->films[film].differences[row * t->cross->n_parts + arm];
}

void trial_free(struct trial *t)
{
    if (!t)
        return;
    for (guint i = 0; t->films && i < t->cross->n_films; i++) {
        g_array_unref(t->films[i].versions);
        g_free(t->films[i].differences);
        g_free(t->films[i].order);
    }
    g_free(t->films);
    cross_free(t->cross);
    for (guint i = 0; t->parts && i < t->arms->len; i++)
        survey_free((struct survey *)(uintptr_t)t->parts[i].survey);
    g_free(t->parts);
    g_ptr_array_unref(t->arms);
    g_free(t->experiment);
    g_free(t);
}

#include "telemetry/survey/survey_internal.h"

#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

/* ---- the order of things ---------------------------------------------------------------------------------------- */

static int by_times(const void *a, const void *b)
{
    const struct survey_edge *x = a, *y = b;
    if (x->times != y->times)
        return x->times > y->times ? -1 : 1;
    return x->from != y->from ? x->from - y->from : x->to - y->to;
}

static int by_viewings(const void *a, const void *b)
{
    const struct survey_path *x = *(struct survey_path *const *)a, *y = *(struct survey_path *const *)b;
    if (x->viewings != y->viewings)
        return x->viewings > y->viewings ? -1 : 1;
    return x->hash < y->hash ? -1 : x->hash > y->hash;
}

static int by_group(const void *a, const void *b)
{
    const struct survey_group *x = a, *y = b;
    const int order[] = {x->version - y->version, x->machine - y->machine, x->nth - y->nth, x->time - y->time};
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++)
        if (order[i] != 0)
            return order[i];
    return 0;
}

static bool name_path(struct store *s, struct survey_path *p, GError **error)
{
    static const char sql[] = "SELECT coalesce(n.title, n.name) FROM visit i JOIN node n ON n.id = i.node"
                              " WHERE i.viewing = ?1 ORDER BY i.seq";
    sqlite3_stmt *st = NULL;
    GPtrArray *nodes = g_ptr_array_new();
    int rc = sqlite3_prepare_v2(s->db, sql, -1, &st, NULL);
    if (rc == SQLITE_OK) {
        sqlite3_bind_int64(st, 1, p->example);
        while ((rc = sqlite3_step(st)) == SQLITE_ROW)
            g_ptr_array_add(nodes, survey_column_text(st, 0));
    }
    sqlite3_finalize(st);
    g_ptr_array_add(nodes, NULL);
    p->nodes = (char **)g_ptr_array_free(nodes, FALSE);
    return rc == SQLITE_DONE || store_fail(s, "cannot be read", error);
}

/* Keeps the commonest, with their nodes' titles from the example's visits. */
static bool name_paths(struct store *const *stores, struct survey_version *v, guint named, GError **error)
{
    g_clear_pointer(&v->by_hash, g_hash_table_unref);
    v->distinct_paths = v->paths->len;
    g_ptr_array_sort(v->paths, by_viewings);
    if (v->paths->len > named)
        g_ptr_array_remove_range(v->paths, named, v->paths->len - named);
    for (guint i = 0; i < v->paths->len; i++) {
        struct survey_path *p = v->paths->pdata[i];
        if (!name_path(stores[p->store], p, error))
            return false;
    }
    return true;
}

static bool put_in_order(struct survey_film *f, struct store *const *stores, guint named, GError **error)
{
    for (guint i = 0; i < f->nodes->len; i++) {
        struct survey_node *n = f->nodes->pdata[i];
        for (guint j = 0; j < n->versions->len; j++)
            n->of += ((struct survey_version *)f->versions->pdata[g_array_index(n->versions, int32_t, j)])->viewings;
    }
    survey_finish_traits(f);
    if (f->edges->len > 0)
        qsort(f->edges->data, f->edges->len, sizeof(struct survey_edge), by_times);
    if (f->groups->len > 0)
        qsort(f->groups->data, f->groups->len, sizeof(struct survey_group), by_group);
    for (guint i = 0; i < f->versions->len; i++)
        if (!name_paths(stores, f->versions->pdata[i], named, error))
            return false;
    return true;
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static bool load_store(struct survey *r, struct store *s, int32_t index, GError **error)
{
    struct survey_loader l = {.r = r, .store = s, .index = index};
    const struct aggregate_reader reader = {r->options.recount, survey_wants_cohort, survey_add_cohort, &l};
    const bool done = survey_load_names(&l, error) && aggregate_read(s, &reader, error);
    survey_loader_clear(&l);
    return done;
}

static bool begin(struct store *s, GError **error)
{
    return sqlite3_exec(s->db, "BEGIN", NULL, NULL, NULL) == SQLITE_OK || store_fail(s, "cannot be read", error);
}

/* Looks for the smaller store's viewings in the greater; each is one look-up. */
static bool have_common(struct store *a, struct store *b, bool *common, GError **error)
{
    sqlite3_stmt *each = NULL, *find = NULL;
    int rc = SQLITE_ERROR;
    *common = false;
    if (sqlite3_prepare_v2(a->db, "SELECT uuid FROM viewing", -1, &each, NULL) != SQLITE_OK)
        store_fail(a, "cannot be read", error);
    else if (sqlite3_prepare_v2(b->db, "SELECT 1 FROM viewing WHERE uuid = ?1", -1, &find, NULL) != SQLITE_OK)
        store_fail(b, "cannot be read", error);
    else {
        while ((rc = sqlite3_step(each)) == SQLITE_ROW && !*common) {
            sqlite3_bind_blob(find, 1, sqlite3_column_blob(each, 0), sqlite3_column_bytes(each, 0), SQLITE_STATIC);
            *common = sqlite3_step(find) == SQLITE_ROW;
            sqlite3_reset(find);
        }
        if (rc != SQLITE_DONE && rc != SQLITE_ROW)
            store_fail(a, "cannot be read", error);
    }
    sqlite3_finalize(each);
    sqlite3_finalize(find);
    return rc == SQLITE_DONE || rc == SQLITE_ROW;
}

static bool are_apart(struct store *const *stores, int n, GError **error)
{
    for (int i = 0; i < n; i++)
        for (int j = i + 1; j < n; j++) {
            bool common;
            if (!have_common(stores[i], stores[j], &common, error))
                return false;
            if (common) {
                g_set_error(error, STORE_ERROR, STORE_ERROR_SQL,
                            "%s and %s hold the same viewing, which must not count twice. Join them first: "
                            "frumious merge NEW %s %s",
                            stores[i]->path, stores[j]->path, stores[i]->path, stores[j]->path);
                return false;
            }
        }
    return true;
}

struct survey *survey_new(struct store *const *stores, int n_stores, const struct survey_options *o, GError **error)
{
    struct survey *r = g_new0(struct survey, 1);
    r->options = *o;
    r->films = g_ptr_array_new_with_free_func(survey_free_film);
    int begun = 0;
    bool done = true;
    for (; done && begun < n_stores; begun += done)
        done = begin(stores[begun], error);
    done = done && are_apart(stores, n_stores, error);
    for (int i = 0; done && i < n_stores; i++)
        done = load_store(r, stores[i], i, error);
    for (guint i = 0; done && i < r->films->len; i++)
        done = put_in_order(r->films->pdata[i], stores, o->paths ? o->paths : SURVEY_PATHS_DEFAULT, error);
    for (int i = 0; i < begun; i++)
        sqlite3_exec(stores[i]->db, "ROLLBACK", NULL, NULL, NULL);
    if (done)
        return r;
    survey_free(r);
    return NULL;
}

void survey_free(struct survey *r)
{
    if (!r)
        return;
    g_ptr_array_unref(r->films);
    g_free(r);
}

/* ---- what writers ask ------------------------------------------------------------------------------------------- */

int64_t survey_selected(const struct survey_film *film)
{
    int64_t n = 0;
    for (guint i = 0; i < film->versions->len; i++)
        n += ((const struct survey_version *)film->versions->pdata[i])->viewings;
    return n;
}

bool survey_is_associated(const struct survey_trait *t, const struct survey_association *association, int64_t floor)
{
    const double p_value = 0.05;
    int asked = 0;
    for (guint i = 0; i < t->associations->len; i++)
        asked += ((const struct survey_association *)t->associations->pdata[i])->n >= MAX(floor, 1);
    return association->n >= MAX(floor, 1) && association->p_value * asked <= p_value; /* Bonferroni */
}

int64_t survey_profiles(const struct survey_trait *t)
{
    return t->sure[0] + t->sure[1] + t->sure[2];
}

struct survey_option *survey_option_of(const struct survey_decision *d, guint i)
{
    return d->options->pdata[i];
}

/* Classes in which something happened, as moments in seconds' thousandths. */
static struct stats_moment *moments_of(const int64_t *events, const int64_t *censored, size_t *n)
{
    struct stats_moment *moments = g_new(struct stats_moment, STATS_CLASSES);
    *n = 0;
    for (int c = 0; c < STATS_CLASSES; c++) {
        const struct stats_moment m = {stats_class_ms(c), events ? events[c] : 0, censored ? censored[c] : 0};
        if (m.events + m.censored > 0)
            moments[(*n)++] = m;
    }
    return moments;
}

struct stats_survival *survey_curve(const struct survey_decision *d, size_t *n)
{
    g_autofree struct stats_moment *moments = moments_of(d->picked_at, d->censored_at, n);
    struct stats_survival *curve = g_new(struct stats_survival, *n + 1);
    stats_survive(moments, *n, STATS_Z95, curve);
    return curve;
}

double survey_pick_ms(const struct survey_option *o, double q)
{
    size_t n;
    g_autofree struct stats_moment *moments = moments_of(o->picked_at, NULL, &n);
    return stats_quantile(moments, n, q);
}

char *survey_versions(const struct survey_film *film, const GArray *versions)
{
    GString *all = g_string_new(NULL);
    for (guint i = 0; i < versions->len; i++) {
        const struct survey_version *v = film->versions->pdata[g_array_index(versions, int32_t, i)];
        g_string_append_printf(all, "%s%s", i ? ", " : "", v->version);
    }
    return g_string_free(all, FALSE);
}

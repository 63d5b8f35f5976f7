#include "telemetry/survey/compare.h"

#include "base/json.h"
#include "base/safe.h"
#include "base/units.h"
#include "telemetry/record.h"
#include "telemetry/survey/survey_share.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define WIDE 24

struct comparison_row {
    const char *kind, *name, *option, *title; /* borrowed from the surveys; option: NULL for none */
    const char *version;                      /* of the film's and endings' rows: the first side's; else NULL */
    int64_t hash;                             /* the first side's */
    bool changed;
    struct survey_ratio first, second;
    guint at, other_at; /* the thing's place in the array of its film, on both sides */
    guint option_at;    /* the option's in its decision */
    GArray *strata;     /* struct comparison_stratum; NULL: there are not two that count */
    struct stats_pooled pooled;
    double q, strata_q; /* pooled.p_value, pooled.heterogeneity after correction */
};

struct comparison_stratum {
    const char *version;
    struct stats_pair pair;
};

/* A thing of one side that the other side may have, too. */
struct comparable {
    const char *name;
    int64_t hash;
    const void *what;
    guint at; /* in the array of its film */
};

/* The other side's thing of the same name: the one with the same hash, else the only one on both sides. Else NULL. */
static const struct comparable *counterpart(const struct comparable *t, const GArray *mine, const GArray *others)
{
    const struct comparable *named = NULL;
    guint n_named = 0, n_mine = 0;
    for (guint i = 0; i < others->len; i++) {
        const struct comparable *o = &g_array_index(others, struct comparable, i);
        if (strcmp(o->name, t->name) != 0)
            continue;
        if (o->hash == t->hash)
            return o;
        named = o;
        n_named++;
    }
    for (guint i = 0; i < mine->len; i++)
        n_mine += strcmp(g_array_index(mine, struct comparable, i).name, t->name) == 0;
    return n_named == 1 && n_mine == 1 ? named : NULL;
}

static GArray *comparables_new(void)
{
    return g_array_new(FALSE, FALSE, sizeof(struct comparable));
}

/* ---- the rows of each kind -------------------------------------------------------------------------------------- */

static void add_comparison(GArray *rows, struct comparison_row row)
{
    assert(row.kind && row.name && (row.title || row.option));
    g_array_append_val(rows, row);
}

static void versions_of(const struct survey_film *f, GArray *comparables)
{
    for (guint i = 0; i < f->versions->len; i++) {
        const struct survey_version *v = f->versions->pdata[i];
        const struct comparable t = {"", v->hash, v, i};
        if (v->viewings > 0)
            g_array_append_val(comparables, t);
    }
}

static void compare_versions(const void *a, const void *b, struct comparison_row r, GArray *rows)
{
    const struct survey_version *x = a, *y = b;
    r.kind = "film", r.version = x->version;
    r.name = "reached an ending", r.title = r.name;
    r.first = (struct survey_ratio){x->reached, x->viewings, 0},
    r.second = (struct survey_ratio){y->reached, y->viewings, 0};
    add_comparison(rows, r);
    r.name = "watched 2 minutes", r.title = r.name;
    r.first.k = x->two_minutes, r.second.k = y->two_minutes;
    add_comparison(rows, r);
}

static void endings_of(const struct survey_film *f, GArray *comparables)
{
    for (guint i = 0; i < f->endings->len; i++) {
        const struct survey_ending *e = f->endings->pdata[i];
        const struct survey_version *v = f->versions->pdata[e->version];
        const struct comparable t = {e->name, v->hash, e, i};
        if (v->viewings > 0)
            g_array_append_val(comparables, t);
    }
}

static void compare_decisions(const void *a, const void *b, struct comparison_row r, GArray *rows)
{
    const struct survey_decision *x = a, *y = b;
    r.kind = "option", r.name = x->name;
    for (guint i = 0; i < x->options->len; i++)
        for (guint j = 0; j < y->options->len; j++) {
            const struct survey_option *p = survey_option_of(x, i), *q = survey_option_of(y, j);
            if (strcmp(p->name, q->name) != 0)
                continue;
            r.option = p->name, r.title = p->title, r.option_at = i;
            r.first = (struct survey_ratio){p->picks, p->available, 0};
            r.second = (struct survey_ratio){q->picks, q->available, 0};
            add_comparison(rows, r);
        }
    r.kind = "timeout", r.option = NULL, r.title = "– nobody chose in time";
    r.first = (struct survey_ratio){x->what[TEL_WHAT_TIMEOUT], x->exposures, 0};
    r.second = (struct survey_ratio){y->what[TEL_WHAT_TIMEOUT], y->exposures, 0};
    add_comparison(rows, r);
}

static void decisions_of(const struct survey_film *f, GArray *comparables)
{
    for (guint i = 0; i < f->decisions->len; i++) {
        const struct survey_decision *d = f->decisions->pdata[i];
        const struct comparable t = {d->name, d->hash, d, i};
        if (d->exposures > 0)
            g_array_append_val(comparables, t);
    }
}

static struct survey_ratio drop_off(const struct survey_node *n)
{
    return (struct survey_ratio){n->quits, n->viewings, 0};
}

static void compare_nodes(const void *a, const void *b, struct comparison_row r, GArray *rows)
{
    const struct survey_node *x = a, *y = b;
    r.kind = "drop-off", r.name = x->name, r.title = x->title ? x->title : x->name;
    r.first = drop_off(x), r.second = drop_off(y);
    add_comparison(rows, r);
}

static void nodes_of(const struct survey_film *f, GArray *comparables)
{
    for (guint i = 0; i < f->nodes->len; i++) {
        const struct survey_node *n = f->nodes->pdata[i];
        const struct comparable t = {n->name, n->hash, n, i};
        if (n->viewings > 0)
            g_array_append_val(comparables, t);
    }
}

static const struct {
    void (*list)(const struct survey_film *f, GArray *comparables);
    void (*compare)(const void *a, const void *b, struct comparison_row r, GArray *rows);
} kinds[] = {{versions_of, compare_versions}, {decisions_of, compare_decisions}, {nodes_of, compare_nodes}};

/* An ending belongs to a version, and its hash is the version's. */
static void compare_endings(const struct survey_film *a, const struct survey_film *b, GArray *rows)
{
    g_autoptr(GArray) mine = comparables_new(), others = comparables_new();
    endings_of(a, mine);
    endings_of(b, others);
    for (guint i = 0; i < mine->len; i++) {
        const struct comparable *t = &g_array_index(mine, struct comparable, i), *o = counterpart(t, mine, others);
        if (!o)
            continue;
        const struct survey_ending *x = t->what, *y = o->what;
        const struct survey_version *v = a->versions->pdata[x->version], *w = b->versions->pdata[y->version];
        add_comparison(rows, (struct comparison_row){.kind = "ending",
                                                     .name = x->name,
                                                     .title = x->title ? x->title : x->name,
                                                     .version = v->version,
                                                     .hash = t->hash,
                                                     .first = {x->viewings, v->viewings, 0},
                                                     .second = {y->viewings, w->viewings, 0}});
    }
}

static void clear_row(void *data)
{
    g_clear_pointer(&((struct comparison_row *)data)->strata, g_array_unref);
}

static GArray *rows_of(const struct survey_film *a, const struct survey_film *b)
{
    GArray *rows = g_array_new(FALSE, FALSE, sizeof(struct comparison_row));
    g_array_set_clear_func(rows, clear_row);
    for (size_t k = 0; k < G_N_ELEMENTS(kinds); k++) {
        g_autoptr(GArray) mine = comparables_new(), others = comparables_new();
        kinds[k].list(a, mine);
        kinds[k].list(b, others);
        for (guint i = 0; i < mine->len; i++) {
            const struct comparable *t = &g_array_index(mine, struct comparable, i), *o = counterpart(t, mine, others);
            if (o)
                kinds[k].compare(
                    t->what, o->what,
                    (struct comparison_row){
                        .hash = t->hash, .at = t->at, .other_at = o->at, .changed = k > 0 && t->hash != o->hash},
                    rows);
        }
        if (k == 0)
            compare_endings(a, b, rows);
    }
    return rows;
}

static const struct survey_film *film_by_name(const struct survey *r, const char *name)
{
    for (guint i = 0; i < r->films->len; i++) {
        const struct survey_film *f = r->films->pdata[i];
        if (strcmp(f->name, name) == 0)
            return f;
    }
    return NULL;
}

static bool is_wanted(const struct comparison_row *r, const struct survey_options *o)
{
    return !o->decision ||
           ((strcmp(r->kind, "option") == 0 || strcmp(r->kind, "timeout") == 0) && strcmp(r->name, o->decision) == 0);
}

static bool is_enough(const struct comparison_row *r, const struct survey_options *o)
{
    return survey_is_enough(MIN(r->first.n, r->second.n), o->floor);
}

/* ---- strata, and chance ------------------------------------------------------------------------------------------- */

/* What a row of this kind counts of a film. Rows of versions and of endings have one version. */
static struct survey_ratio count_in(const struct survey_film *f, const struct comparison_row *r)
{
    if (strcmp(r->kind, "drop-off") == 0)
        return drop_off(f->nodes->pdata[r->at]);
    const struct survey_decision *d = f->decisions->pdata[r->at];
    if (strcmp(r->kind, "timeout") == 0)
        return (struct survey_ratio){d->what[TEL_WHAT_TIMEOUT], d->exposures, 0};
    const struct survey_option *o = survey_option_of(d, r->option_at);
    return (struct survey_ratio){o->picks, o->available, 0};
}

/* Numbers the strata of a film by its versions; `film` is its place in every survey of one cube. */
static void add_strata(struct comparison_row *r, const struct compare_side *a, const struct compare_side *b, guint film)
{
    g_autoptr(GArray) strata = g_array_new(FALSE, FALSE, sizeof(struct comparison_stratum));
    const struct survey_film *f = a->all->films->pdata[film];
    for (guint i = 0; i < a->strata->len && i < f->versions->len; i++) {
        const struct survey *x = a->strata->pdata[i], *y = b->strata->pdata[i];
        const struct survey_ratio p = count_in(x->films->pdata[film], r), q = count_in(y->films->pdata[film], r);
        const struct comparison_stratum one = {((const struct survey_version *)f->versions->pdata[i])->version,
                                               {p.k, p.n, q.k, q.n}};
        if (p.n > 0 && q.n > 0)
            g_array_append_val(strata, one);
    }
    if (strata->len > 1)
        r->strata = g_steal_pointer(&strata);
}

static bool may_have_strata(const struct comparison_row *r, const struct compare_side *a)
{
    return a->strata && r->at == r->other_at && !r->changed && strcmp(r->kind, "film") != 0 &&
           strcmp(r->kind, "ending") != 0;
}

static void pool_row(struct comparison_row *r)
{
    const struct stats_pair all = {r->first.k, r->first.n, r->second.k, r->second.n};
    const guint n = r->strata ? r->strata->len : 0;
    g_autofree struct stats_pair *pairs = g_new(struct stats_pair, n + 1);
    for (guint i = 0; i < n; i++)
        pairs[i] = g_array_index(r->strata, struct comparison_stratum, i).pair;
    r->pooled = n > 0 ? stats_mantel_haenszel(pairs, n, STATS_Z95) : stats_mantel_haenszel(&all, 1, STATS_Z95);
    if (n == 0)
        r->pooled.interval = stats_difference(all.k1, all.n1, all.k2, all.n2, STATS_Z95);
}

/* Corrects for the rows that say something. */
static void correct_rows(GArray *rows, const struct survey_options *o)
{
    g_autofree struct stats_discovery *all = g_new0(struct stats_discovery, rows->len + 1);
    g_autofree struct stats_discovery *strata = g_new0(struct stats_discovery, rows->len + 1);
    for (guint i = 0; i < rows->len; i++) {
        const struct comparison_row *r = &g_array_index(rows, struct comparison_row, i);
        const bool says = is_enough(r, o) && is_wanted(r, o);
        all[i].p = says ? r->pooled.p_value : NAN;
        strata[i].p = says && r->strata ? r->pooled.heterogeneity : NAN;
    }
    stats_false_discovery(all, rows->len);
    stats_false_discovery(strata, rows->len);
    for (guint i = 0; i < rows->len; i++) {
        struct comparison_row *r = &g_array_index(rows, struct comparison_row, i);
        r->q = all[i].q;
        r->strata_q = strata[i].q;
    }
}

/* The rows of a film of `a`; NULL: the other side does not have it. */
static GArray *compared_rows(const struct compare_side *a, const struct compare_side *b, guint film)
{
    const struct survey_film *f = a->all->films->pdata[film], *g = film_by_name(b->all, f->name);
    GArray *rows = g ? rows_of(f, g) : NULL;
    for (guint i = 0; rows && i < rows->len; i++) {
        struct comparison_row *r = &g_array_index(rows, struct comparison_row, i);
        if (may_have_strata(r, a))
            add_strata(r, a, b, film);
        pool_row(r);
    }
    if (rows)
        correct_rows(rows, &a->all->options);
    return rows;
}

/* ---- text ------------------------------------------------------------------------------------------------------- */

static void append_number(GString *out, const char *format, double value, int width)
{
    char text[32];
    safe_printf(out, "%*s", width, g_ascii_formatd(text, sizeof text, format, value * 100));
}

static void append_shares(GString *out, struct stats_pair p)
{
    append_number(out, "%.1f", stats_share(p.k1, p.n1), 6);
    append_number(out, "%.1f", stats_share(p.k2, p.n2), 7);
}

/* Each version beside itself, of which the row above is made. */
static void append_strata(GString *out, const struct comparison_row *r)
{
    for (guint i = 0; r->strata && i < r->strata->len; i++) {
        const struct comparison_stratum *s = &g_array_index(r->strata, struct comparison_stratum, i);
        g_autofree char *name = g_strdup_printf("  version %s", units_or_dash(s->version));
        g_string_append(out, "  ");
        survey_append_padded(out, name, WIDE);
        append_shares(out, s->pair);
        append_number(out, "%+.1f", stats_share(s->pair.k1, s->pair.n1) - stats_share(s->pair.k2, s->pair.n2), 8);
        safe_printf(out,
                    "  %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT "\n",
                    s->pair.k1, s->pair.n1, s->pair.k2, s->pair.n2);
    }
    if (r->strata && r->strata_q <= STATS_DISCOVERIES)
        g_string_append(out, "    The versions differ more than chance allows: look at each, not at the row above.\n");
}

static void append_comparison(GString *out, const struct comparison_row *r, const struct survey_options *o)
{
    const struct stats_pair all = {r->first.k, r->first.n, r->second.k, r->second.n};
    g_string_append(out, "  ");
    survey_append_padded(out, r->title ? r->title : r->option, WIDE);
    if (!is_enough(r, o)) {
        safe_printf(out,
                    " too few to say (%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT
                    " of %" G_GINT64_FORMAT ")\n",
                    all.k1, all.n1, all.k2, all.n2);
        return;
    }
    if (r->strata)
        safe_printf(out, "%6s%7s", "", "");
    else
        append_shares(out, all);
    append_number(out, "%+.1f", r->pooled.difference, 8);
    append_number(out, "%+.1f", r->pooled.interval.low, 8);
    g_string_append(out, " to");
    append_number(out, "%+.1f", r->pooled.interval.high, 7);
    safe_printf(out, "  %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT "%s\n", all.n1, all.n2,
                r->q <= STATS_DISCOVERIES ? "  *" : "");
    append_strata(out, r);
}

static void append_film(GString *out, const struct survey_film *f, const GArray *rows, const struct survey_options *o)
{
    const char *last = "";
    int64_t hash = 0;
    survey_append_padded(out, f->title ? f->title : f->name, 0);
    g_string_append_c(out, '\n');
    for (guint i = 0; i < rows->len; i++) {
        const struct comparison_row *r = &g_array_index(rows, struct comparison_row, i);
        const bool decision = strcmp(r->kind, "option") == 0 || strcmp(r->kind, "timeout") == 0;
        if (!is_wanted(r, o))
            continue;
        const char *heading = decision ? r->name : r->kind;
        if (strcmp(heading, last) != 0 || (hash != r->hash && (decision || r->version))) {
            g_string_append_c(out, '\n');
            survey_append_padded(out, heading, 0);
            if (r->version) {
                g_string_append(out, ", version ");
                survey_append_padded(out, units_or_dash(r->version), 0);
            }
            g_string_append(out, r->changed && decision ? "  (changed between the two)\n" : "\n");
        }
        last = heading;
        hash = r->hash;
        append_comparison(out, r, o);
    }
}

void compare_text(const struct compare_side *a, const struct compare_side *b, GString *out)
{
    assert(a->name && b->name && !a->strata == !b->strata);
    safe_printf(out, "First: %s. Second: %s.\n", a->name, b->name);
    g_string_append(out, "Per cent of the first, of the second; the first less the second, in points, with\n"
                         "its 95 % interval; how many cases each has; * where chance alone would hardly\n"
                         "show as much, after correction for the number of rows. Where several versions\n"
                         "have a thing, each is compared with itself: the row puts these together, and\n"
                         "they stand below it.\n\n");
    for (guint i = 0; i < a->all->films->len; i++) {
        g_autoptr(GArray) rows = compared_rows(a, b, i);
        if (rows)
            append_film(out, a->all->films->pdata[i], rows, &a->all->options);
    }
}

/* ---- JSON ------------------------------------------------------------------------------------------------------- */

static void put_pair(JsonBuilder *b, struct stats_pair p)
{
    json_put_int(b, "k1", p.k1);
    json_put_int(b, "n1", p.n1);
    json_put_int(b, "k2", p.k2);
    json_put_int(b, "n2", p.n2);
}

static void put_strata(JsonBuilder *b, const struct comparison_row *r)
{
    json_put_array(b, "strata");
    for (guint i = 0; r->strata && i < r->strata->len; i++) {
        const struct comparison_stratum *s = &g_array_index(r->strata, struct comparison_stratum, i);
        json_builder_begin_object(b);
        json_put_text(b, "version", s->version);
        put_pair(b, s->pair);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

static void put_difference(JsonBuilder *b, const struct comparison_row *r, bool known)
{
    json_put_text(b, "method", r->strata ? "mantel-haenszel" : "newcombe");
    json_put_rounded(b, "difference", r->pooled.difference, known);
    json_put_rounded(b, "low", r->pooled.interval.low, known);
    json_put_rounded(b, "high", r->pooled.interval.high, known);
    json_put_rounded(b, "p", r->pooled.p_value, known);
    json_put_rounded(b, "q", r->q, known);
    put_strata(b, r);
    json_put_rounded(b, "strata_p", r->pooled.heterogeneity, known && r->strata);
    json_put_rounded(b, "strata_q", r->strata_q, known && r->strata);
}

static void put_comparison(JsonBuilder *b, const struct comparison_row *r, const struct survey_options *o)
{
    json_builder_begin_object(b);
    json_put_text(b, "kind", r->kind);
    json_put_text(b, "id", r->name);
    json_put_text(b, "option", r->option);
    json_put_text(b, "title", r->title);
    json_put_text(b, "version", r->version);
    g_autofree char *hash = g_strdup_printf("%016" G_GINT64_MODIFIER "x", (uint64_t)r->hash);
    json_put_text(b, "hash", hash);
    json_builder_set_member_name(b, "changed");
    json_builder_add_boolean_value(b, r->changed);
    put_pair(b, (struct stats_pair){r->first.k, r->first.n, r->second.k, r->second.n});
    put_difference(b, r, is_enough(r, o) && is_wanted(r, o));
    json_builder_end_object(b);
}

void compare_json(const struct compare_side *first, const struct compare_side *second, GString *out)
{
    const struct survey_options *o = &first->all->options;
    assert(first->name && second->name && !first->strata == !second->strata);
    g_autoptr(JsonBuilder) j = json_builder_new();
    json_builder_begin_object(j);
    json_put_text(j, "format", "frumious-comparison");
    json_put_text(j, "first", first->name);
    json_put_text(j, "second", second->name);
    json_put_array(j, "films");
    for (guint i = 0; i < first->all->films->len; i++) {
        g_autoptr(GArray) rows = compared_rows(first, second, i);
        if (!rows)
            continue;
        json_builder_begin_object(j);
        json_put_text(j, "id", ((const struct survey_film *)first->all->films->pdata[i])->name);
        json_put_array(j, "rows");
        for (guint k = 0; k < rows->len; k++)
            if (is_wanted(&g_array_index(rows, struct comparison_row, k), o))
                put_comparison(j, &g_array_index(rows, struct comparison_row, k), o);
        json_builder_end_array(j);
        json_builder_end_object(j);
    }
    json_builder_end_array(j);
    json_builder_end_object(j);
    json_put_document(j, false, out);
}

/* ---- CSV --------------------------------------------------------------------------------------------------------- */

struct csv_place {
    const struct survey_film *film;
    const struct survey_options *options;
};

static void append_csv_pair(GString *out, const struct csv_place *at, const struct comparison_row *r,
                            const char *version, struct stats_pair p)
{
    const char *const fields[] = {at->film->name, r->kind, r->name, r->option, r->title, version};
    safe_csv_fields(out, fields, G_N_ELEMENTS(fields));
    safe_printf(out, ",%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT, p.k1, p.n1,
                p.k2, p.n2);
}

/* The row, and below it the versions that it puts together. */
static void append_csv(GString *out, const struct csv_place *at, const struct comparison_row *r)
{
    const struct stats_pair all = {r->first.k, r->first.n, r->second.k, r->second.n};
    const bool known = is_enough(r, at->options);
    const double numbers[] = {
        r->pooled.difference,         r->pooled.interval.low, r->pooled.interval.high, r->pooled.p_value, r->q,
        r->strata ? r->strata_q : NAN};
    append_csv_pair(out, at, r, r->version, all);
    g_string_append(out, r->strata ? ",mantel-haenszel" : ",newcombe");
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
        survey_share_csv_number(out, known ? numbers[i] : NAN);
    g_string_append(out, "\r\n");
    for (guint i = 0; r->strata && i < r->strata->len; i++) {
        const struct comparison_stratum *s = &g_array_index(r->strata, struct comparison_stratum, i);
        append_csv_pair(out, at, r, s->version, s->pair);
        g_string_append(out, ",stratum,,,,,,\r\n");
    }
}

void compare_csv(const struct compare_side *first, const struct compare_side *second, GString *out)
{
    const struct survey_options *o = &first->all->options;
    assert(first->name && second->name && !first->strata == !second->strata);
    g_string_append(out, "story,kind,id,option,title,version,k1,n1,k2,n2,method,difference,low,high,p,q,strata_q\r\n");
    for (guint i = 0; i < first->all->films->len; i++) {
        g_autoptr(GArray) rows = compared_rows(first, second, i);
        const struct csv_place at = {first->all->films->pdata[i], o};
        for (guint k = 0; rows && k < rows->len; k++)
            if (is_wanted(&g_array_index(rows, struct comparison_row, k), o))
                append_csv(out, &at, &g_array_index(rows, struct comparison_row, k));
    }
}

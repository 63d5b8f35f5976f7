#include "telemetry/survey/compare.h"

#include "base/json.h"
#include "base/safe.h"
#include "telemetry/record.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define WIDE 36

struct comparison_row {
    const char *kind, *name, *option, *title; /* borrowed from the surveys; option: NULL for none */
    const char *version;                      /* of the film's and endings' rows: the first side's; else NULL */
    int64_t hash;                             /* the first side's */
    bool changed;
    struct survey_ratio first, second;
};

/* A thing of one side that the other side may have, too. */
struct comparable {
    const char *name;
    int64_t hash;
    const void *what;
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
        const struct comparable t = {"", v->hash, v};
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
        const struct comparable t = {e->name, v->hash, e};
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
            r.option = p->name, r.title = p->title;
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
        const struct comparable t = {d->name, d->hash, d};
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
        const struct comparable t = {n->name, n->hash, n};
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

static GArray *rows_of(const struct survey_film *a, const struct survey_film *b)
{
    GArray *rows = g_array_new(FALSE, FALSE, sizeof(struct comparison_row));
    for (size_t k = 0; k < G_N_ELEMENTS(kinds); k++) {
        g_autoptr(GArray) mine = comparables_new(), others = comparables_new();
        kinds[k].list(a, mine);
        kinds[k].list(b, others);
        for (guint i = 0; i < mine->len; i++) {
            const struct comparable *t = &g_array_index(mine, struct comparable, i), *o = counterpart(t, mine, others);
            if (o)
                kinds[k].compare(t->what, o->what,
                                 (struct comparison_row){.hash = t->hash, .changed = k > 0 && t->hash != o->hash},
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

static double row_difference(const struct comparison_row *r)
{
    return stats_share(r->first.k, r->first.n) - stats_share(r->second.k, r->second.n);
}

static struct stats_interval row_interval(const struct comparison_row *r)
{
    return stats_difference(r->first.k, r->first.n, r->second.k, r->second.n, STATS_Z95);
}

/* ---- text ------------------------------------------------------------------------------------------------------- */

static void append_number(GString *out, const char *format, double value, int width)
{
    char text[32];
    safe_printf(out, "%*s", width, g_ascii_formatd(text, sizeof text, format, value * 100));
}

static void append_comparison(GString *out, const struct comparison_row *r, const struct survey_options *o)
{
    const struct stats_interval d = row_interval(r);
    g_string_append(out, "  ");
    survey_append_padded(out, r->title ? r->title : r->option, WIDE);
    if (!is_enough(r, o)) {
        safe_printf(out,
                    " too few to say (%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT
                    " of %" G_GINT64_FORMAT ")\n",
                    r->first.k, r->first.n, r->second.k, r->second.n);
        return;
    }
    append_number(out, "%.1f", stats_share(r->first.k, r->first.n), 6);
    append_number(out, "%.1f", stats_share(r->second.k, r->second.n), 8);
    append_number(out, "%+.1f", row_difference(r), 9);
    append_number(out, "%+.1f", d.low, 9);
    g_string_append(out, " to");
    append_number(out, "%+.1f", d.high, 7);
    g_string_append(out, d.low > 0 || d.high < 0 ? "  *\n" : "\n");
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
                survey_append_padded(out, r->version, 0);
            }
            g_string_append(out, r->changed && decision ? "  (changed between the two)\n" : "\n");
        }
        last = heading;
        hash = r->hash;
        append_comparison(out, r, o);
    }
}

void compare_text(const struct survey *a, const struct survey *b, const struct compare_names *names, GString *out)
{
    assert(names->first && names->second);
    safe_printf(out, "First: %s. Second: %s.\n", names->first, names->second);
    g_string_append(out, "Per cent of the first, of the second; the first less the second, in points, with its 95 % "
                         "interval;\n* where that does not hold 0.\n\n");
    for (guint i = 0; i < a->films->len; i++) {
        const struct survey_film *f = a->films->pdata[i], *g = film_by_name(b, f->name);
        g_autoptr(GArray) rows = g ? rows_of(f, g) : NULL;
        if (rows)
            append_film(out, f, rows, &a->options);
    }
}

/* ---- JSON ------------------------------------------------------------------------------------------------------- */

static void put_number_if(JsonBuilder *b, const char *key, double value, bool known)
{
    json_builder_set_member_name(b, key);
    if (known)
        json_builder_add_double_value(b, round(value * 1e6) / 1e6);
    else
        json_builder_add_null_value(b);
}

static void put_comparison(JsonBuilder *b, const struct comparison_row *r, const struct survey_options *o)
{
    const struct stats_interval d = row_interval(r);
    json_builder_begin_object(b);
    json_put_text(b, "kind", r->kind);
    json_put_text(b, "id", r->name);
    json_put_text(b, "option", r->option);
    json_put_text(b, "version", r->version);
    g_autofree char *hash = g_strdup_printf("%016" G_GINT64_MODIFIER "x", (uint64_t)r->hash);
    json_put_text(b, "hash", hash);
    json_builder_set_member_name(b, "changed");
    json_builder_add_boolean_value(b, r->changed);
    json_put_int(b, "k1", r->first.k);
    json_put_int(b, "n1", r->first.n);
    json_put_int(b, "k2", r->second.k);
    json_put_int(b, "n2", r->second.n);
    put_number_if(b, "difference", row_difference(r), is_enough(r, o));
    put_number_if(b, "low", d.low, is_enough(r, o));
    put_number_if(b, "high", d.high, is_enough(r, o));
    json_builder_end_object(b);
}

void compare_json(const struct survey *a, const struct survey *b, const struct compare_names *names, GString *out)
{
    assert(names->first && names->second);
    g_autoptr(JsonBuilder) j = json_builder_new();
    json_builder_begin_object(j);
    json_put_text(j, "format", "frumious-comparison");
    json_put_text(j, "first", names->first);
    json_put_text(j, "second", names->second);
    json_put_array(j, "films");
    for (guint i = 0; i < a->films->len; i++) {
        const struct survey_film *f = a->films->pdata[i], *g = film_by_name(b, f->name);
        g_autoptr(GArray) rows = g ? rows_of(f, g) : NULL;
        if (!rows)
            continue;
        json_builder_begin_object(j);
        json_put_text(j, "id", f->name);
        json_put_array(j, "rows");
        for (guint k = 0; k < rows->len; k++)
            if (is_wanted(&g_array_index(rows, struct comparison_row, k), &a->options))
                put_comparison(j, &g_array_index(rows, struct comparison_row, k), &a->options);
        json_builder_end_array(j);
        json_builder_end_object(j);
    }
    json_builder_end_array(j);
    json_builder_end_object(j);
    json_put_document(j, false, out);
}

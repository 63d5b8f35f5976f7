/* trial_data: the arms of an experiment, as JSON and as CSV. */

#include "base/json.h"
#include "base/safe.h"
#include "telemetry/survey/cross_json.h"
#include "telemetry/survey/survey_share.h"
#include "telemetry/survey/trial.h"

#include <math.h>

/* ---- JSON ------------------------------------------------------------------------------------------------------------ */

static void put_counts(JsonBuilder *b, const char *name, const int64_t *counts, guint n)
{
    json_put_array(b, name);
    for (guint i = 0; i < n; i++)
        json_builder_add_int_value(b, counts[i]);
    json_builder_end_array(b);
}

static void put_versions(JsonBuilder *b, const struct trial *t, guint film)
{
    json_put_array(b, "versions");
    for (guint v = 0; v < t->films[film].versions->len; v++) {
        const struct trial_version *one = &g_array_index(t->films[film].versions, struct trial_version, v);
        json_builder_begin_object(b);
        json_put_text(b, "version", one->version);
        json_put_text(b, "outcome", one->outcome);
        put_counts(b, "viewings", one->viewings, t->cross->n_parts);
        put_counts(b, "weights", one->weights, t->cross->n_parts);
        json_put_rounded(b, "mismatch_p", one->p, isfinite(one->p));
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

static void put_arm(JsonBuilder *b, const struct trial *t, guint film, guint row, guint arm)
{
    const struct cross_row *r = &g_array_index(t->cross->films[film].rows, struct cross_row, row);
    const struct trial_difference *d = trial_difference_at(t, film, row, arm);
    json_builder_begin_object(b);
    survey_share_json(b, r->shares[arm], t->cross->parts[arm].survey->options.floor);
    json_put_rounded(b, "difference", d->s.difference, d->enough);
    json_put_rounded(b, "from", d->s.interval.low, d->enough);
    json_put_rounded(b, "to", d->s.interval.high, d->enough);
    json_put_rounded(b, "evidence", d->s.evidence, d->enough);
    json_put_bool(b, "marked", d->marked);
    json_builder_end_object(b);
}

static void put_rows(JsonBuilder *b, const struct trial *t, guint film)
{
    const GArray *rows = t->cross->films[film].rows;
    json_put_array(b, "rows");
    for (guint told = 0; told < rows->len; told++) {
        const guint i = t->films[film].order[told];
        json_builder_begin_object(b);
        cross_json_row(b, &g_array_index(rows, struct cross_row, i));
        json_put_bool(b, "primary", told < t->films[film].n_primary);
        json_put_array(b, "arms");
        for (guint arm = 0; arm < t->cross->n_parts; arm++)
            put_arm(b, t, film, i, arm);
        json_builder_end_array(b);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

void trial_json(const struct trial *t, GString *out)
{
    g_autoptr(JsonBuilder) b = json_builder_new();
    json_builder_begin_object(b);
    json_put_text(b, "format", "frumious-experiment");
    json_put_text(b, "experiment", t->experiment);
    cross_json_values(b, "arms", t->cross);
    json_put_array(b, "films");
    for (guint i = 0; i < t->cross->n_films; i++) {
        if (!t->films[i].has)
            continue;
        json_builder_begin_object(b);
        cross_json_film(b, &t->cross->films[i]);
        put_versions(b, t, i);
        put_rows(b, t, i);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
    json_builder_end_object(b);
    json_put_document(b, false, out);
}

/* ---- CSV ------------------------------------------------------------------------------------------------------------- */

static void append_csv(GString *out, const struct trial *t, guint film, guint told, guint arm)
{
    const guint row = t->films[film].order[told];
    const struct cross_row *r = &g_array_index(t->cross->films[film].rows, struct cross_row, row);
    const struct trial_difference *d = trial_difference_at(t, film, row, arm);
    const struct survey_ratio s = r->shares[arm];
    const char *const fields[] = {t->cross->films[film].film->name,
                                  t->experiment,
                                  t->cross->parts[arm].value,
                                  r->kind,
                                  r->version,
                                  r->id,
                                  r->option,
                                  r->title};
    safe_csv_fields(out, fields, G_N_ELEMENTS(fields));
    g_string_append_printf(out, ",%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT, s.k, s.n);
    survey_share_csv(out, s, t->cross->parts[arm].survey->options.floor);
    survey_share_csv_number(out, d->enough ? d->s.difference : NAN);
    survey_share_csv_number(out, d->enough ? d->s.interval.low : NAN);
    survey_share_csv_number(out, d->enough ? d->s.interval.high : NAN);
    survey_share_csv_number(out, d->enough ? d->s.evidence : NAN);
    g_string_append_printf(out, ",%d,%d\r\n", d->marked, told < t->films[film].n_primary);
}

void trial_csv(const struct trial *t, GString *out)
{
    g_string_append(out,
                    "story,experiment,arm,kind,version,id,option,title,k,n,share,low,high,difference,from,to,evidence,"
                    "marked,primary\r\n");
    for (guint i = 0; i < t->cross->n_films; i++)
        for (guint r = 0; t->films[i].has && r < t->cross->films[i].rows->len; r++)
            for (guint arm = 0; arm < t->cross->n_parts; arm++)
                append_csv(out, t, i, r, arm);
}

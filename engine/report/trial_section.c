#include "report/trial_section.h"

#include "base/json.h"
#include "report/share_rows.h"

#include <math.h>
#include <string.h>

static void put_probability(JsonBuilder *b, double p)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    json_put_text(b, "p", isfinite(p) ? g_ascii_formatd(text, sizeof text, "%.2g", p) : "–");
    json_put_bool(b, "mismatch", p < TRIAL_MISMATCH);
    json_put_bool(b, "match", p >= TRIAL_MISMATCH);
    json_put_bool(b, "few", isnan(p));
}

static void put_version(JsonBuilder *b, const struct trial *t, const struct trial_version *v)
{
    json_builder_begin_object(b);
    json_put_text(b, "version", v->version);
    put_probability(b, v->p);
    json_put_array(b, "arms");
    for (guint i = 0; i < t->cross->n_parts; i++) {
        json_builder_begin_object(b);
        json_put_text(b, "arm", t->cross->parts[i].value);
        json_put_int(b, "viewings", v->viewings[i]);
        json_put_int(b, "weight", v->weights[i]);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
    json_builder_end_object(b);
}

static void put_difference(JsonBuilder *b, const struct trial_difference *d)
{
    char difference[SHARE_NUMBER_BYTES], low[SHARE_NUMBER_BYTES], high[SHARE_NUMBER_BYTES];
    if (!d->enough)
        return;
    g_autofree char *range = g_strdup_printf("%s to %s", share_row_number(low, d->s.interval.low * 100, 1),
                                             share_row_number(high, d->s.interval.high * 100, 1));
    json_put_text(b, "difference", share_row_number(difference, d->s.difference * 100, 1));
    json_put_text(b, "range", range);
    json_put_text(b, "mark", d->marked ? "*" : "");
}

static void put_arm(JsonBuilder *b, const struct trial *t, const struct cross_row *r, guint arm,
                    const struct trial_difference *d)
{
    const struct survey_ratio s = r->shares[arm];
    json_builder_begin_object(b);
    json_put_text(b, "arm", t->cross->parts[arm].value);
    share_row_put_members(b, t->cross->parts[arm].survey->options.floor, s.k, s.n);
    put_difference(b, d);
    json_builder_end_object(b);
}

static void put_row(JsonBuilder *b, const struct trial *t, guint film, guint told)
{
    const guint row = t->films[film].order[told];
    const struct cross_row *r = &g_array_index(t->cross->films[film].rows, struct cross_row, row);
    const bool whole = strcmp(r->kind, "film") == 0;
    const char *title = r->title ? r->title : r->option ? r->option : r->id;
    g_autofree char *label = g_strconcat(whole ? "" : r->id, whole ? "" : ": ", title, r->version ? ", version " : "",
                                         r->version ? r->version : "", NULL);
    json_builder_begin_object(b);
    json_put_text(b, "label", label);
    json_put_bool(b, "primary", told < t->films[film].n_primary);
    json_put_array(b, "arms");
    for (guint arm = 0; arm < t->cross->n_parts; arm++)
        put_arm(b, t, r, arm, trial_difference_at(t, film, row, arm));
    json_builder_end_array(b);
    json_builder_end_object(b);
}

/* What a closed experiment says: the difference in its primary outcome. */
static void put_gist(JsonBuilder *b, const struct trial *t, guint film)
{
    const struct trial_film *f = &t->films[film];
    g_autoptr(GString) gist = g_string_new(NULL);
    for (guint arm = 1; f->n_primary > 0 && arm < t->cross->n_parts; arm++) {
        const struct trial_difference *d = trial_difference_at(t, film, f->order[0], arm);
        char number[SHARE_NUMBER_BYTES], low[SHARE_NUMBER_BYTES], high[SHARE_NUMBER_BYTES];
        g_string_append_printf(gist, "%s%s: ", arm > 1 ? "; " : "", t->cross->parts[arm].value);
        if (d->enough)
            g_string_append_printf(gist, "%s points (%s to %s)%s", share_row_number(number, d->s.difference * 100, 1),
                                   share_row_number(low, d->s.interval.low * 100, 1),
                                   share_row_number(high, d->s.interval.high * 100, 1), d->marked ? " *" : "");
        else
            g_string_append(gist, SHARE_TOO_FEW);
    }
    json_put_text(b, "gist", gist->str);
}

void trial_section_put_film(JsonBuilder *b, const struct trial *t, guint film)
{
    const struct trial_film *f = &t->films[film];
    json_put_text(b, "experiment", t->experiment);
    json_put_bool(b, "no_outcome", f->n_primary == 0);
    put_gist(b, t, film);
    json_put_array(b, "versions");
    for (guint v = 0; v < f->versions->len; v++)
        put_version(b, t, &g_array_index(f->versions, struct trial_version, v));
    json_builder_end_array(b);
    json_put_array(b, "rows");
    for (guint r = 0; r < t->cross->films[film].rows->len; r++)
        put_row(b, t, film, r);
    json_builder_end_array(b);
}

static int film_named(const struct trial *t, const char *name)
{
    for (guint i = 0; i < t->cross->n_films; i++)
        if (t->films[i].has && strcmp(t->cross->films[i].film->name, name) == 0)
            return (int)i;
    return -1;
}

void trial_section_put(JsonBuilder *b, const struct film_section *s)
{
    bool any = false;
    json_put_array(b, "trials");
    for (guint i = 0; s->trials && i < s->trials->len; i++) {
        const struct trial *t = s->trials->pdata[i];
        const int film = film_named(t, s->film->name);
        if (film < 0)
            continue;
        any = true;
        json_builder_begin_object(b);
        trial_section_put_film(b, t, (guint)film);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
    json_put_bool(b, "has_trials", any);
    json_put_bool(b, "no_trials", !s->trials);
}

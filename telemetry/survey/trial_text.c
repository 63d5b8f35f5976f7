/* trial_text: the arms of an experiment, as tables for a terminal. */

#include "base/safe.h"
#include "base/units.h"
#include "telemetry/survey/survey_share.h"
#include "telemetry/survey/trial.h"

#include <math.h>
#include <string.h>

#define NAME_COLUMNS 24

static void append_version(GString *out, const struct trial *t, const struct trial_version *v)
{
    char p[16];
    safe_printf(out, "\nVersion %s\n", units_or_dash(v->version));
    for (guint i = 0; i < t->cross->n_parts; i++) {
        g_string_append(out, "    ");
        survey_append_padded(out, t->cross->parts[i].value, NAME_COLUMNS);
        safe_printf(out, "%" G_GINT64_FORMAT " viewings, weight %" G_GINT64_FORMAT "\n", v->viewings[i], v->weights[i]);
    }
    if (!isfinite(v->p))
        g_string_append(out, "    too few to say whether the arms are as large as their weights\n");
    else if (v->p < TRIAL_MISMATCH)
        safe_printf(
            out,
            "    WARNING: the arms are not as large as their weights (p = %s). Something takes viewings away from an\n"
            "    arm: one that fails, erases or loads too long. Don't believe a difference before that is found.\n",
            g_ascii_formatd(p, sizeof p, "%.2g", v->p));
    else
        safe_printf(out, "    as large as their weights, as far as chance goes (p = %s)\n",
                    g_ascii_formatd(p, sizeof p, "%.2g", v->p));
}

static void append_difference(GString *out, const struct trial_difference *d)
{
    char difference[16], low[16], high[16];
    if (!d->enough)
        return;
    safe_printf(out, "  %5s (%5s to %5s)%s",
                g_ascii_formatd(difference, sizeof difference, "%+.1f", d->s.difference * 100),
                g_ascii_formatd(low, sizeof low, "%+.1f", d->s.interval.low * 100),
                g_ascii_formatd(high, sizeof high, "%+.1f", d->s.interval.high * 100), d->marked ? "  *" : "");
}

static void append_row(GString *out, const struct trial *t, guint film, guint row)
{
    const struct cross_row *r = &g_array_index(t->cross->films[film].rows, struct cross_row, row);
    g_string_append_c(out, '\n');
    safe_printf(out, "  %s%s%s%s%s\n", strcmp(r->kind, "film") == 0 ? "" : r->id,
                strcmp(r->kind, "film") == 0 ? "" : ": ",
                r->title    ? r->title
                : r->option ? r->option
                            : r->id,
                r->version ? ", version " : "", r->version ? units_or_dash(r->version) : "");
    for (guint i = 0; i < t->cross->n_parts; i++) {
        g_string_append(out, "    ");
        survey_append_padded(out, t->cross->parts[i].value, NAME_COLUMNS);
        survey_share_text(out, r->shares[i], t->cross->parts[i].survey->options.floor);
        append_difference(out, trial_difference_at(t, film, row, i));
        g_string_append_c(out, '\n');
    }
}

static void append_rows(GString *out, const struct trial *t, guint film)
{
    const struct trial_film *f = &t->films[film];
    g_string_append(out,
                    f->n_primary > 0
                        ? "\nWhat it is about, as the story said beforehand (the primary outcome)\n"
                        : "\nThe story named no `outcome` of this experiment beforehand, so all rows are corrected "
                          "for one another.\n");
    for (guint told = 0; told < t->cross->films[film].rows->len; told++) {
        if (told > 0 && told == f->n_primary)
            g_string_append(out, "\nAll other outcomes\n");
        append_row(out, t, film, f->order[told]);
    }
}

void trial_text(const struct trial *t, GString *out)
{
    g_string_append(
        out,
        "Shares with their 95 % intervals; behind them each arm minus the first, in points. The interval of a "
        "difference\nholds however often it is looked at, so it is wider than that of a single look. * more "
        "than chance, at any\nnumber of looks: the primary outcome by itself, the others corrected for one another.\n");
    for (guint i = 0; i < t->cross->n_films; i++) {
        const struct cross_film *f = &t->cross->films[i];
        if (!t->films[i].has)
            continue;
        safe_printf(out, "\n%s, experiment %s\n", f->film->title ? f->film->title : f->film->name, t->experiment);
        for (guint v = 0; v < t->films[i].versions->len; v++)
            append_version(out, t, &g_array_index(t->films[i].versions, struct trial_version, v));
        append_rows(out, t, i);
    }
}

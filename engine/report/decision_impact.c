#include "report/decision_impact.h"

#include "base/safe.h"
#include "base/units.h"
#include "explore/explore.h"
#include "report/chart_rules.h"
#include "telemetry/record.h"

#include <assert.h>
#include <gio/gio.h>
#include <math.h>

struct decision_impact {
    struct survey_consequences consequences; /* its film is G_MAXUINT where the survey does not have it */
    guint n_decisions;                       /* of the film in the survey */
    GArray *rows;
    guint changed;
    char *measured;
};

/* How viewers decided, by the story's options and decisions. NAN: too few to say. */
struct measured_shares {
    double *picks, *timeouts;
    bool *uniform; /* by decision: too little is known of one of its options */
    guint known;   /* decisions of which enough is known */
};

static struct stats_time median_decision_time(const struct survey_decision *d, bool enough)
{
    size_t n = 0;
    g_autofree struct stats_survival *curve = survey_curve(d, &n);
    if (enough && n > 0)
        return stats_time_at(curve, n, 0.5);
    return (struct stats_time){NAN, {NAN, NAN}};
}

static char *variable_names(const struct story *s, const bool *vars)
{
    GString *names = g_string_new(NULL);
    for (int32_t i = 0; i < s->n_vars && vars; i++)
        if (vars[i])
            safe_printf(names, "%s%s", names->len ? ", " : "", s->vars[i].name);
    return g_string_free(names, FALSE);
}

static struct survey_consequence *consequence_of(const struct story *s, const struct consequence *c)
{
    const struct survey_consequence film = {
        .shift = c->shift,
        .measured = c->compared ? c->measured : NAN,
        .compared = c->compared,
        .illusion = c->illusion,
        .exclusive_us = c->exclusive_known ? c->exclusive_us : 0,
        .divergence_us =
            c->compared && c->divergence_known && c->divergence_us != CONSEQUENCE_FOR_GOOD ? c->divergence_us : US_NONE,
        .diverges_for_good = c->compared && c->divergence_us == CONSEQUENCE_FOR_GOOD,
        .differs = variable_names(s, c->vars),
    };
    return g_memdup2(&film, sizeof film);
}

static void add_impact_row(struct decision_impact *w, const struct survey_film *f, guint i, int64_t floor)
{
    const struct survey_decision *d = f->decisions->pdata[i];
    const bool enough = survey_is_enough(d->exposures, floor);
    const struct decision_impact_row row = {
        .decision = i,
        .title = d->title && *d->title ? d->title : d->name,
        .film = w->consequences.by_decision[i],
        .median = median_decision_time(d, enough),
        .exposures = d->exposures,
        .enough = enough,
    };
    g_array_append_val(w->rows, row);
}

/* The place of the survey's decision in the story. -1: it is not there any more, or has changed. */
static int32_t find_decision(const struct story *s, const struct survey *r, const struct survey_decision *d)
{
    const int32_t at = story_find_decision(s, d->name);
    return at >= 0 && (r->options.pool || (int64_t)s->decisions[at].hash == d->hash) ? at : -1;
}

static double share_of(const struct survey_decision *d, const char *name, int64_t floor)
{
    for (guint i = 0; i < d->options->len; i++) {
        const struct survey_option *o = survey_option_of(d, i);
        if (g_str_equal(o->name, name))
            return survey_is_enough(o->available, floor) ? stats_share(o->picks, o->available) : NAN;
    }
    return NAN;
}

static void measure_decision(struct measured_shares *m, const struct story *s, int32_t at,
                             const struct survey_decision *d, int64_t floor)
{
    const struct story_span options = s->decisions[at].options;
    m->uniform[at] = false;
    for (int32_t i = options.first; i < options.first + options.n; i++) {
        m->picks[i] = share_of(d, s->options[i].name, floor);
        m->uniform[at] |= isnan(m->picks[i]);
    }
    m->timeouts[at] = d->exposures > 0 ? stats_share(d->what[TEL_WHAT_TIMEOUT], d->exposures) : 0;
    m->known += !m->uniform[at];
}

static struct measured_shares measure(const struct story *s, const struct survey *r, guint film)
{
    struct measured_shares m = {g_new(double, (gsize)s->n_options + 1), g_new0(double, (gsize)s->n_decisions + 1),
                                g_new(bool, (gsize)s->n_decisions + 1), 0};
    const struct survey_film *f = film < r->films->len ? r->films->pdata[film] : NULL;
    for (int32_t i = 0; i < s->n_options; i++)
        m.picks[i] = NAN;
    for (int32_t i = 0; i < s->n_decisions; i++)
        m.uniform[i] = true;
    for (guint i = 0; f && i < f->decisions->len; i++) {
        const int32_t at = find_decision(s, r, f->decisions->pdata[i]);
        if (at >= 0)
            measure_decision(&m, s, at, f->decisions->pdata[i], r->options.floor);
    }
    return m;
}

static char *describe_measured(const struct story *s, const struct measured_shares *m)
{
    if (m->known == 0)
        return g_strdup("As measured: too few to say, of every decision.");
    assert(m->known <= (guint)s->n_decisions);
    const guint rest = (guint)s->n_decisions - m->known;
    g_autofree char *uniform =
        g_strdup_printf("; %u of %d with too few cases to say: any option alike there", rest, s->n_decisions);
    return g_strdup_printf("As measured: where viewers decide as those counted here%s.", rest > 0 ? uniform : "");
}

static void add_decisions(struct decision_impact *w, const struct story *s, const struct survey *r,
                          const struct consequence *all, const struct measured_shares *m)
{
    const struct survey_film *f = r->films->pdata[w->consequences.film];
    w->n_decisions = f->decisions->len;
    w->consequences.by_decision = g_new0(struct survey_consequence *, w->n_decisions + 1);
    for (guint i = 0; i < f->decisions->len; i++) {
        const struct survey_decision *d = f->decisions->pdata[i];
        const int32_t at = find_decision(s, r, d);
        if (at < 0) {
            w->changed++;
            continue;
        }
        w->consequences.by_decision[i] = consequence_of(s, &all[at]);
        w->consequences.by_decision[i]->uniform = m->uniform[at];
        add_impact_row(w, f, i, r->options.floor);
    }
}

static const char *const verdict_words[] = {
    [CHART_USUAL] = "",
    [CHART_UNNOTICED] = "matters, goes by unnoticed",
    [CHART_AGONISES] = "agonises, changes little",
    [CHART_ILLUSION] = "changes nothing",
    [CHART_PERHAPS_UNNOTICED] = "perhaps: matters, goes by unnoticed",
    [CHART_PERHAPS_AGONISES] = "perhaps: agonises, changes little",
};

/* What stands out about each decision, beside all others. */
static void judge(struct decision_impact *w)
{
    g_autofree struct stats_time *medians = g_new(struct stats_time, w->rows->len + 1);
    for (guint i = 0; i < w->rows->len; i++)
        medians[i] = g_array_index(w->rows, struct decision_impact_row, i).median;
    const struct stats_time usual = chart_usual_time(medians, w->rows->len);
    for (guint i = 0; i < w->rows->len; i++) {
        const struct decision_impact_row *r = &g_array_index(w->rows, struct decision_impact_row, i);
        struct survey_consequence *c = w->consequences.by_decision[r->decision];
        c->verdict = verdict_words[chart_verdict(c->compared ? c->shift : NAN, c->illusion, r->median, usual)];
    }
}

static guint find_film(const struct story *s, const struct survey *r)
{
    for (guint i = 0; i < r->films->len; i++)
        if (g_str_equal(((const struct survey_film *)r->films->pdata[i])->name, s->id))
            return i;
    return G_MAXUINT;
}

static struct decision_impact *impact_from_survey(const struct story *s, const struct survey *r,
                                                  const struct consequence *all, const struct measured_shares *m)
{
    struct decision_impact *w = g_new0(struct decision_impact, 1);
    w->rows = g_array_new(FALSE, FALSE, sizeof(struct decision_impact_row));
    w->consequences.film = find_film(s, r);
    w->measured = describe_measured(s, m);
    if (w->consequences.film != G_MAXUINT)
        add_decisions(w, s, r, all, m);
    judge(w);
    assert(decision_impact_check(w));
    return w;
}

struct decision_impact *decision_impact_new(const struct story *s, const struct survey *r, size_t max_memory,
                                            GError **error)
{
    struct measured_shares m = measure(s, r, find_film(s, r));
    const struct choice_model_shares how = {m.picks, m.timeouts};
    const struct explore_options o = {.max_memory = max_memory, .measure = m.known > 0 ? &how : NULL};
    struct explore *e = explore_new(s, &o);
    explore_run(e);
    const struct explore_result *result = explore_result(e);
    struct decision_impact *w = NULL;
    if (result->consequences)
        w = impact_from_survey(s, r, result->consequences, &m);
    else
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED,
                    "%s has more plays than can be looked at: what its decisions change is not known", s->id);
    explore_free(e);
    g_free(m.picks);
    g_free(m.timeouts);
    g_free(m.uniform);
    return w;
}

bool decision_impact_check(const struct decision_impact *w)
{
    guint known = 0;
    for (guint i = 0; i < w->n_decisions; i++)
        known += w->consequences.by_decision[i] != NULL;
    assert(known == w->rows->len && known + w->changed == w->n_decisions);
    for (guint i = 0; i < w->rows->len; i++) {
        const struct decision_impact_row *r = &g_array_index(w->rows, struct decision_impact_row, i);
        assert(r->decision < w->n_decisions && r->film == w->consequences.by_decision[r->decision]);
    }
    return true;
}

void decision_impact_free(struct decision_impact *w)
{
    if (!w)
        return;
    for (guint i = 0; i < w->n_decisions; i++) {
        if (w->consequences.by_decision[i])
            g_free(w->consequences.by_decision[i]->differs);
        g_free(w->consequences.by_decision[i]);
    }
    g_free(w->consequences.by_decision);
    g_array_unref(w->rows);
    g_free(w->measured);
    g_free(w);
}

const GArray *decision_impact_rows(const struct decision_impact *w, guint film)
{
    return w && w->consequences.film == film ? w->rows : NULL;
}

const struct survey_consequences *decision_impact_consequences(const struct decision_impact *w)
{
    return w ? &w->consequences : NULL;
}

guint decision_impact_changed(const struct decision_impact *w)
{
    return w->changed;
}

const char *decision_impact_measured(const struct decision_impact *w)
{
    return w->measured;
}

static void append_shift(GString *out, bool known, double shift)
{
    if (known)
        safe_printf(out, " %9.1f %%", shift * 100);
    else
        safe_printf(out, " %11s", "–");
}

static void append_impact_row(GString *out, const struct decision_impact_row *r)
{
    const struct survey_consequence *c = r->film;
    g_string_append(out, "  ");
    survey_append_padded(out, r->title, 36);
    append_shift(out, c->compared, c->shift);
    append_shift(out, isfinite(c->measured), c->measured);
    g_string_append(out, c->uniform && isfinite(c->measured) ? "*" : " ");
    safe_printf(out, " %7.1f s ", (double)c->exclusive_us / (double)US_PER_SECOND);
    if (c->divergence_us != US_NONE)
        safe_printf(out, " %9.1f s ", (double)c->divergence_us / (double)US_PER_SECOND);
    else
        safe_printf(out, " %11s ", c->diverges_for_good ? "never" : "?");
    if (isfinite(r->median.value))
        safe_printf(out, " %8.1f s", r->median.value / 1000);
    else
        safe_printf(out, "  %s", r->enough ? "not reached" : "too few to say");
    safe_printf(out, " of %" G_GINT64_FORMAT "%s%s\n", r->exposures, *c->verdict ? "   " : "", c->verdict);
    if (*c->differs)
        safe_printf(out, "      read by a condition later: %s\n", c->differs);
}

void decision_impact_text(const struct decision_impact *w, GString *out)
{
    g_string_append(out, "\nConsequence against hesitation\n");
    safe_printf(out, "%62s\n", "endings shift, options taken");
    safe_printf(out, "%50s %11s  %9s %12s %10s\n", "alike", "as measured", "only here", "meet after", "half within");
    for (guint i = 0; i < w->rows->len; i++)
        append_impact_row(out, &g_array_index(w->rows, struct decision_impact_row, i));
    safe_printf(out, "  %s\n", w->measured);
    g_string_append(out,
                    "  A decision matters from a shift of 20 % on; viewers are quick or slow by the median of these "
                    "times. Perhaps: the intervals\n  of the two overlap.\n");
    if (w->changed > 0)
        safe_printf(out, "  %u more are not in this version of the story, or have changed.\n", w->changed);
}

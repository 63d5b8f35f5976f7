#include "app/weigh.h"

#include "base/units.h"
#include "explore/explore.h"

#include <gio/gio.h>
#include <math.h>

struct weigh {
    guint film; /* place in the survey; G_MAXUINT: not there */
    GArray *rows;
    guint changed;
};

static struct stats_time median_of(const struct survey_decision *d, bool enough)
{
    size_t n = 0;
    g_autofree struct stats_survival *curve = survey_curve(d, &n);
    if (enough && n > 0)
        return stats_time_at(curve, n, 0.5);
    return (struct stats_time){NAN, {NAN, NAN}};
}

static char *variables(const struct story *s, const bool *vars)
{
    GString *names = g_string_new(NULL);
    for (int32_t i = 0; i < s->n_vars && vars; i++)
        if (vars[i])
            g_string_append_printf(names, "%s%s", names->len ? ", " : "", s->vars[i].name);
    return g_string_free(names, FALSE);
}

static void clear_row(void *row)
{
    g_free(((struct weigh_row *)row)->differs);
}

static void add_row(struct weigh *w, const struct story *s, const struct survey_film *f, guint i,
                    const struct consequence *c, int64_t floor)
{
    const struct survey_decision *d = f->decisions->pdata[i];
    const bool enough = d->exposures >= MAX(floor, 1);
    const struct weigh_row row = {
        .decision = i,
        .title = d->title && *d->title ? d->title : d->name,
        .shift = c->shift,
        .compared = c->compared,
        .illusion = c->illusion,
        .only_us = c->only_known ? c->only_us : 0,
        .apart_us = c->compared && c->apart_known && c->apart_us != CONSEQUENCE_FOR_GOOD ? c->apart_us : US_NONE,
        .apart_for_good = c->compared && c->apart_us == CONSEQUENCE_FOR_GOOD,
        .differs = variables(s, c->vars),
        .median = median_of(d, enough),
        .exposures = d->exposures,
        .enough = enough,
    };
    g_array_append_val(w->rows, row);
}

static void add_film(struct weigh *w, const struct story *s, const struct survey *r, const struct consequence *all)
{
    const struct survey_film *f = r->films->pdata[w->film];
    for (guint i = 0; i < f->decisions->len; i++) {
        const struct survey_decision *d = f->decisions->pdata[i];
        const int32_t at = story_find_decision(s, d->name);
        if (at >= 0 && (r->options.pool || (int64_t)s->decisions[at].hash == d->hash))
            add_row(w, s, f, i, &all[at], r->options.floor);
        else
            w->changed++;
    }
}

struct weigh *weigh_new(const struct story *s, const struct survey *r, size_t max_memory, GError **error)
{
    const struct explore_options o = {.max_memory = max_memory};
    struct explore *e = explore_new(s, &o);
    explore_run(e);
    const struct explore_result *result = explore_result(e);
    struct weigh *w = NULL;
    if (!result->consequences)
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED,
                    "%s has more plays than can be looked at: what its decisions change is not known", s->id);
    else {
        w = g_new0(struct weigh, 1);
        w->rows = g_array_new(FALSE, FALSE, sizeof(struct weigh_row));
        g_array_set_clear_func(w->rows, clear_row);
        w->film = G_MAXUINT;
        for (guint i = 0; i < r->films->len; i++)
            if (g_str_equal(((const struct survey_film *)r->films->pdata[i])->name, s->id))
                w->film = i;
        if (w->film != G_MAXUINT)
            add_film(w, s, r, result->consequences);
    }
    explore_free(e);
    return w;
}

void weigh_free(struct weigh *w)
{
    if (!w)
        return;
    g_array_unref(w->rows);
    g_free(w);
}

const GArray *weigh_rows(const struct weigh *w, guint film)
{
    return w && w->film == film ? w->rows : NULL;
}

guint weigh_changed(const struct weigh *w)
{
    return w->changed;
}

void weigh_text(const struct weigh *w, GString *out)
{
    g_string_append(
        out,
        "\nConsequence against hesitation\n"
        "                                       endings shift   own film  same again after   half decided within\n");
    for (guint i = 0; i < w->rows->len; i++) {
        const struct weigh_row *r = &g_array_index(w->rows, struct weigh_row, i);
        g_string_append(out, "  ");
        survey_cell(out, r->title, 36);
        if (r->compared)
            g_string_append_printf(out, " %11.1f %%", r->shift * 100);
        else
            g_string_append_printf(out, " %13s", "–");
        g_string_append_printf(out, " %8.1f s ", (double)r->only_us / (double)US_PER_SECOND);
        if (r->apart_us != US_NONE)
            g_string_append_printf(out, " %13.1f s ", (double)r->apart_us / (double)US_PER_SECOND);
        else
            g_string_append_printf(out, " %15s ", r->apart_for_good ? "never" : "?");
        if (isfinite(r->median.value))
            g_string_append_printf(out, " %12.1f s", r->median.value / 1000);
        else
            g_string_append_printf(out, "  %s", r->enough ? "not reached" : "too few to say");
        g_string_append(out, r->illusion ? "   changes nothing\n" : "\n");
        if (*r->differs)
            g_string_append_printf(out, "      asked later: %s\n", r->differs);
    }
    if (w->changed > 0)
        g_string_append_printf(out, "  %u more are not in this version of the story, or have changed.\n", w->changed);
}

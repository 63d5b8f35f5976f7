/* launch_text: what an audience did over calendar time, as a table for a terminal. */

#include "base/safe.h"
#include "base/units.h"
#include "telemetry/survey/launch.h"
#include "telemetry/survey/survey_share.h"

#define VERSION_COLUMNS 10
#define TITLE_COLUMNS   30
#define BAR_COLUMNS     24

/* The terminal has room for how many began and how many of them reached an ending, or for one decision. */
static bool is_shown(const struct launch *l, const struct launch_row *r)
{
    return launch_is_wanted(l, r) && (l->options->decision || r->kind <= LAUNCH_REACHED);
}

static void append_mark(GString *out, const struct launch_mark *m)
{
    g_autofree char *date = count_date(m->day);
    safe_printf(out, "  %s  %s", date, m->is_version ? "first viewing of version " : "");
    survey_append_padded(out, m->is_version ? units_or_dash(m->text) : m->text, 0);
    g_string_append_c(out, '\n');
}

static void append_viewings(GString *out, int64_t n, int64_t most)
{
    const int bar = most > 0 ? (int)(n * BAR_COLUMNS / most) : 0;
    safe_printf(out, "%8" G_GINT64_FORMAT "  ", n);
    for (int i = 0; i < BAR_COLUMNS; i++)
        g_string_append(out, i < bar ? "█" : " ");
}

/* A line has a period's viewings and, behind them, how many of these reached an ending; or an option. */
static void append_row(GString *out, const struct launch *l, const struct launch_row *r, int64_t most)
{
    g_autofree char *date = count_date(r->day);
    if (r->kind != LAUNCH_REACHED) {
        safe_printf(out, "  %s  ", date);
        survey_append_padded(out, units_or_dash(r->version), VERSION_COLUMNS);
    }
    if (r->kind == LAUNCH_VIEWINGS) {
        append_viewings(out, r->share.k, most);
        return;
    }
    if (r->kind != LAUNCH_REACHED)
        survey_append_padded(out, r->title ? r->title : r->option, TITLE_COLUMNS);
    g_string_append_c(out, ' ');
    survey_share_text(out, r->share, l->options->floor);
    g_string_append_c(out, '\n');
}

static int64_t most_viewings(const struct launch_film *f)
{
    int64_t most = 0;
    for (guint i = 0; i < f->rows->len; i++) {
        const struct launch_row *r = &g_array_index(f->rows, struct launch_row, i);
        most = MAX(most, r->kind == LAUNCH_VIEWINGS ? r->share.k : 0);
    }
    return most;
}

static void append_film(GString *out, const struct launch *l, const struct launch_film *f)
{
    const int64_t most = most_viewings(f);
    guint mark = 0, shown = 0;
    survey_append_padded(out, f->film->title ? f->film->title : f->film->name, 0);
    safe_printf(out, ", by the %s (%s) in which viewings began\n\n", launch_period_word(f->period),
                survey_zone(l->options));
    safe_printf(out, "  %-10s  %-*s%s\n", f->period == COUNT_DAY ? "on" : "from", VERSION_COLUMNS, "version",
                l->options->decision ? "option" : "viewings                          reached an ending");
    for (guint i = 0; i < f->rows->len; i++) {
        const struct launch_row *r = &g_array_index(f->rows, struct launch_row, i);
        if (!is_shown(l, r))
            continue;
        for (; r->kind != LAUNCH_REACHED && mark < f->marks->len; mark++) {
            const struct launch_mark *m = &g_array_index(f->marks, struct launch_mark, mark);
            if (count_first_day(m->day, f->period) > r->day)
                break;
            append_mark(out, m);
        }
        append_row(out, l, r, most);
        shown++;
    }
    for (; mark < f->marks->len; mark++)
        append_mark(out, &g_array_index(f->marks, struct launch_mark, mark));
    g_string_append(out, shown == 0 ? "  None of the viewings counted here.\n\n" : "\n");
}

void launch_text(const struct launch *l, GString *out)
{
    for (guint i = 0; i < l->n_films; i++)
        append_film(out, l, &l->films[i]);
    if (l->n_films == 0)
        g_string_append(out, "There are no viewings in the store.\n");
}

/* survey_text: a survey as tables for a terminal. */

#include "base/fold.h"
#include "base/safe.h"
#include "base/units.h"
#include "telemetry/record.h"
#include "telemetry/survey/drop_off_text.h"
#include "telemetry/survey/survey.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* Widths in columns. */
#define BAR              10
#define TITLE            28
#define CURVE_ROWS       12
#define NODES_MAX        40
#define NODE_TITLE       18
#define CURVE_BAR        20
#define DWELL            6 /* a time in seconds */
#define DECISIONS_MAX    30
#define SPREAD_BINS      10
#define ASSOCIATIONS_MAX 3
#define MENUS_MAX        4
#define CURVE_INDENT     "      "

static_assert((COUNT_N_LEANS - 1) % SPREAD_BINS == 0, "all columns cover the same number of per cents");

/* ---- columns --------------------------------------------------------------------------------------------------- */

static const char *title_or_name(const char *title, const char *name)
{
    return title && *title ? title : name;
}

static void append_heading(GString *out, const char *text)
{
    g_string_append_c(out, '\n');
    survey_append_padded(out, text, 0);
    g_string_append_c(out, '\n');
}

static void append_bar(GString *out, double share, int width)
{
    const int full = (int)lround(share * width);
    for (int i = 0; i < width; i++)
        g_string_append(out, i < full ? "█" : "·");
}

/* Per cent with one decimal, the same in every locale. */
static void append_percent(GString *out, double share)
{
    char text[32];
    g_ascii_formatd(text, sizeof text, "%.1f", share * 100);
    safe_printf(out, "%6s", text);
}

static void append_seconds(GString *out, double ms)
{
    char text[32];
    if (isnan(ms))
        g_string_append(out, "–");
    else
        safe_printf(out, "%s s", g_ascii_formatd(text, sizeof text, "%.1f", ms / 1000));
}

/* "  with the erased: 20.0 to 51.6" */
static void append_bounds(GString *out, struct survey_ratio r)
{
    const struct stats_interval b = survey_bounds(r);
    char low[32], high[32];
    if (isnan(b.low))
        return;
    safe_printf(out, "  %*s with the erased:    %5s to %5s\n", TITLE, "",
                g_ascii_formatd(low, sizeof low, "%.1f", b.low * 100),
                g_ascii_formatd(high, sizeof high, "%.1f", b.high * 100));
}

static void append_share_in(GString *out, struct survey_ratio r, struct stats_interval w,
                            const struct survey_options *o)
{
    char low[32], high[32];
    if (!survey_is_enough(r.n, o->floor)) {
        safe_printf(out, "too few to say (%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT ")\n", r.k, r.n);
        return;
    }
    append_bar(out, stats_share(r.k, r.n), BAR);
    append_percent(out, stats_share(r.k, r.n));
    g_ascii_formatd(low, sizeof low, "%.1f", w.low * 100);
    g_ascii_formatd(high, sizeof high, "%.1f", w.high * 100);
    safe_printf(out, " %%  %5s to %5s  %5" G_GINT64_FORMAT " of %" G_GINT64_FORMAT "\n", low, high, r.k, r.n);
    append_bounds(out, r);
}

/* "████····  41.2 %  38.0–44.5   412 of 1000" */
static void append_share(GString *out, struct survey_ratio r, const struct survey_options *o)
{
    append_share_in(out, r, stats_wilson(r.k, r.n, STATS_Z95), o);
}

static void append_name(GString *out, const char *name)
{
    g_string_append(out, "  ");
    survey_append_padded(out, name, TITLE);
    g_string_append_c(out, ' ');
}

static void append_line(GString *out, const char *name, struct survey_ratio r, const struct survey_options *o)
{
    append_name(out, name);
    append_share(out, r, o);
}

/* Appends no line for a count of 0. */
static void append_line_if_any(GString *out, const char *name, struct survey_ratio r, const struct survey_options *o)
{
    if (r.k > 0)
        append_line(out, name, r, o);
}

/* "pick: the versions differ: 1.0 69.8 % of 255, 2.0 20.3 % of 300", below a share that adds up what differs. */
static void append_mixture(GString *out, const struct mixture *m)
{
    char share[32];
    safe_printf(out, "    %s: the %s differ:", m->number, mixture_by_name(m->by));
    for (guint i = 0; i < m->parts->len; i++) {
        const struct mixture_part *s = &g_array_index(m->parts, struct mixture_part, i);
        g_string_append(out, i > 0 ? ", " : " ");
        survey_append_padded(out, s->name, 0);
        safe_printf(out, " %s %% of %" G_GINT64_FORMAT,
                    g_ascii_formatd(share, sizeof share, "%.1f", stats_share(s->k, s->n) * 100), s->n);
    }
    g_string_append_c(out, '\n');
}

/* Whether it is of this version, ending, decision, option or node. */
static bool is_of(const struct survey_film *f, const struct mixture *m, const void *thing)
{
    switch (m->of) {
    case MIXTURE_OF_VERSION:
        return f->versions->pdata[m->at] == thing;
    case MIXTURE_OF_ENDING:
        return f->endings->pdata[m->at] == thing;
    case MIXTURE_OF_DECISION:
        return f->decisions->pdata[m->at] == thing;
    case MIXTURE_OF_OPTION:
        return survey_option_of(f->decisions->pdata[m->at], m->option) == thing;
    case MIXTURE_OF_NODE:
        return f->nodes->pdata[m->at] == thing;
    }
    return false;
}

static void append_mixtures(GString *out, const struct survey_film *f, const void *thing, const char *number)
{
    for (guint i = 0; f->mixtures && i < f->mixtures->len; i++) {
        const struct mixture *m = f->mixtures->pdata[i];
        if (mixture_differs(m) && is_of(f, m, thing) && strcmp(m->number, number) == 0)
            append_mixture(out, m);
    }
}

/* ---- the film -------------------------------------------------------------------------------------------------- */

/* One line for all viewings by machines, which are no audience. */
static void append_machines(GString *out, const struct survey_film *f, int32_t version)
{
    int64_t n = 0;
    for (guint i = 0; i < f->groups->len; i++) {
        const struct survey_group *g = &g_array_index(f->groups, struct survey_group, i);
        n += g->machine && g->version == version ? g->viewings : 0;
    }
    if (n > 0)
        safe_printf(out, "    %-54s %9" G_GINT64_FORMAT "\n", "  played by machines", n);
}

static void append_groups(GString *out, const struct survey_film *f)
{
    static const char *const nth[] = {"first or not: unknown", "first viewings", "replays"};
    for (guint version = 0; version < f->versions->len; version++) {
        const struct survey_version *v = f->versions->pdata[version];
        g_string_append(out, "    version ");
        survey_append_padded(out, units_or_dash(v->version), 0);
        g_string_append_c(out, '\n');
        for (guint i = 0; i < f->groups->len; i++) {
            const struct survey_group *g = &g_array_index(f->groups, struct survey_group, i);
            g_autofree char *time = g->time == 0   ? g_strdup("no time limit")
                                    : g->time == 1 ? g_strdup("author's time")
                                                   : g_strdup_printf("%d times the author's time", g->time);
            if (g->version == (int32_t)version && !g->machine)
                safe_printf(out, "  %c   %-24s %-27s %9" G_GINT64_FORMAT "\n", g->selected ? '*' : ' ', nth[g->nth % 3],
                            time, g->viewings);
        }
        append_machines(out, f, (int32_t)version);
    }
}

/* "2100-05-05: 1, 1970-01-01: 2": what wrong clocks said. */
static void append_undated(GString *out, const struct survey_film *f, const struct survey_options *o)
{
    int64_t n = 0;
    g_autoptr(GString) days = g_string_new(NULL);
    for (guint i = 0; i < f->undated->len; i++) {
        const struct count_undated *u = &g_array_index(f->undated, struct count_undated, i);
        g_autofree char *date = count_date(u->day);
        safe_printf(days, "%s%s: %" G_GINT64_FORMAT, i > 0 ? ", " : "", date, u->viewings);
        n += u->viewings;
    }
    if (n > 0)
        safe_printf(out,
                    "    %" G_GINT64_FORMAT
                    " viewing%s began, as a clock said that cannot have been right, before 2020 or later "
                    "than tomorrow (%s): %s\n",
                    n, units_s(n), days->str, o->since_day > 0 ? "left out here" : "counted, and on no day");
}

static void append_redated(GString *out, const struct survey_film *f)
{
    if (f->redated > 0)
        safe_printf(
            out,
            "    %" G_GINT64_FORMAT
            " of these counted %s dated by when the collector received %s, because %s own clock cannot have been "
            "right\n",
            f->redated, f->redated == 1 ? "is" : "are", f->redated == 1 ? "it" : "them",
            f->redated == 1 ? "its" : "their");
}

static void append_completion(GString *out, const struct survey_film *f, const struct survey_version *v,
                              const struct survey_options *o)
{
    struct stats_moment moments[COUNT_N_PERCENTS];
    for (int i = 0; i < COUNT_N_PERCENTS; i++)
        moments[i] = (struct stats_moment){i, v->completion[i], 0};
    append_line(out, "watched 70 % of their path",
                (struct survey_ratio){v->seventy_percent, v->length_known, v->erased}, o);
    append_mixtures(out, f, v, "watched 70 percent");
    append_line(out, "  left: by the expected way",
                (struct survey_ratio){v->expected_seventy, v->expected_known, v->erased}, o);
    if (survey_is_enough(v->length_known, o->floor))
        safe_printf(out, "  %-*s %.0f %% of their path\n", TITLE, "half of them watched at least",
                    stats_quantile(moments, COUNT_N_PERCENTS, 0.5));
}

static void append_count_if_any(GString *out, const char *name, int64_t n)
{
    if (n == 0)
        return;
    append_name(out, name);
    safe_printf(out, "%" G_GINT64_FORMAT "\n", n);
}

static void append_version(GString *out, const struct survey_film *f, const struct survey_version *v,
                           const struct survey_options *o)
{
    g_autofree char *heading = g_strdup_printf("Version %s: %" G_GINT64_FORMAT " viewing%s", units_or_dash(v->version),
                                               v->viewings, units_s(v->viewings));
    append_heading(out, heading);
    append_count_if_any(out, "still running", v->running);
    append_count_if_any(out, "erased by somebody's choice", v->erased);
    append_count_if_any(out, "erased by age", v->aged);
    append_count_if_any(out, "not recorded, only counted", v->unrecorded);
    if (v->viewings == 0)
        return;
    append_line(out, "reached an ending", (struct survey_ratio){v->reached, v->viewings, v->erased}, o);
    append_mixtures(out, f, v, "reached an ending");
    append_line(out, "left", (struct survey_ratio){v->reasons[TEL_REASON_LEFT + 1], v->viewings, v->erased}, o);
    append_line_if_any(out, "started over",
                       (struct survey_ratio){v->reasons[TEL_REASON_RESTARTED + 1], v->viewings, v->erased}, o);
    append_line_if_any(out, "stopped by the system",
                       (struct survey_ratio){v->reasons[TEL_REASON_KILLED + 1], v->viewings, v->erased}, o);
    append_line_if_any(out, "failed or cut off",
                       (struct survey_ratio){v->reasons[TEL_REASON_FAILED + 1] + v->reasons[0], v->viewings, v->erased},
                       o);
    append_line(out, "watched 2 minutes", (struct survey_ratio){v->two_minutes, v->viewings, v->erased}, o);
    append_mixtures(out, f, v, "watched 2 minutes");
    append_completion(out, f, v, o);
    if (v->lost_events > 0)
        safe_printf(out, "  %" G_GINT64_FORMAT " event%s of %" G_GINT64_FORMAT " viewing%s %s lost and not counted\n",
                    v->lost_events, units_s(v->lost_events), v->lost_viewings, units_s(v->lost_viewings),
                    v->lost_events == 1 ? "was" : "were");
    for (guint i = 0; i < f->endings->len; i++) {
        const struct survey_ending *e = f->endings->pdata[i];
        g_autofree char *name = g_strdup_printf("ending: %s", title_or_name(e->title, e->name));
        if (f->versions->pdata[e->version] != v)
            continue;
        append_line(out, name, (struct survey_ratio){e->viewings, v->viewings, v->erased}, o);
        append_mixtures(out, f, e, "reach");
    }
}

static void append_paths(GString *out, const struct survey_version *v, const struct survey_options *o)
{
    if (v->paths->len == 0)
        return;
    g_autofree char *heading =
        g_strdup_printf("Commonest of %" G_GINT64_FORMAT " path%s, version %s", v->distinct_paths,
                        units_s(v->distinct_paths), units_or_dash(v->version));
    int64_t rest = v->whole_paths;
    append_heading(out, heading);
    for (guint i = 0; i < v->paths->len; i++) {
        const struct survey_path *p = v->paths->pdata[i];
        g_autofree char *name = g_strdup_printf("path %u", i + 1);
        g_autofree char *nodes = g_strjoinv(" > ", p->words);
        rest -= p->viewings;
        append_line(out, name, (struct survey_ratio){p->viewings, v->viewings, 0}, o);
        g_autoptr(GString) line = g_string_new(CURVE_INDENT);
        survey_append_padded(line, nodes, 0);
        fold_text(out, line->str, FOLD_TERMINAL);
        g_string_append_c(out, '\n');
    }
    append_line(out, "other whole paths", (struct survey_ratio){rest, v->viewings, 0}, o);
    append_line(out, "no whole path", (struct survey_ratio){v->viewings - v->whole_paths, v->viewings, 0}, o);
}

/* ---- decisions --------------------------------------------------------------------------------------------------- */

static void append_difference(GString *out, const char *what, const char *name, struct survey_ratio a,
                              struct survey_ratio b, const struct survey_options *o)
{
    char share[32], low[32], high[32];
    if (!survey_is_enough(MIN(a.n, b.n), o->floor))
        return;
    const struct stats_interval d = stats_difference(a.k, a.n, b.k, b.n, STATS_Z95);
    g_ascii_formatd(share, sizeof share, "%+.1f", (stats_share(a.k, a.n) - stats_share(b.k, b.n)) * 100);
    g_ascii_formatd(low, sizeof low, "%+.1f", d.low * 100);
    g_ascii_formatd(high, sizeof high, "%+.1f", d.high * 100);
    safe_printf(out, "    %-22s ", what);
    survey_append_padded(out, name, TITLE - 10);
    safe_printf(out, " %6s points  %6s to %6s\n", share, low, high);
}

static void append_times(GString *out, const struct survey_decision *d, const struct survey_options *o)
{
    size_t n;
    g_autofree struct stats_survival *curve = survey_curve(d, &n);
    static const struct {
        double q;
        const char *text;
    } marks[] = {{0.5, "half decided within"}, {0.9, "nine in ten within"}};
    if (!survey_is_enough(d->exposures, o->floor))
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(marks); i++) {
        const struct stats_time t = stats_time_at(curve, n, marks[i].q);
        safe_printf(out, "    %-22s ", marks[i].text);
        if (isnan(t.value))
            g_string_append(out, "not reached: too many let the time run out, or left\n");
        else {
            append_seconds(out, t.value);
            g_string_append(out, "  (");
            append_seconds(out, t.interval.low);
            g_string_append(out, " to ");
            append_seconds(out, t.interval.high);
            g_string_append(out, ")\n");
        }
    }
}

/* The share of viewers who are still undecided, at moments that are evenly spaced. */
static void append_curve(GString *out, const struct survey_decision *d)
{
    size_t n;
    g_autofree struct stats_survival *curve = survey_curve(d, &n);
    const double last = n > 0 ? curve[n - 1].time : 0;
    g_string_append(out, "    still undecided after\n");
    size_t at = 0;
    for (int row = 1; row <= CURVE_ROWS && n > 0; row++) {
        const double time = last * row / CURVE_ROWS;
        while (at + 1 < n && curve[at + 1].time <= time)
            at++;
        const bool begun = curve[at].time <= time;
        g_string_append(out, CURVE_INDENT);
        char text[32];
        safe_printf(out, "%5s s  ", g_ascii_formatd(text, sizeof text, "%.1f", time / 1000));
        append_bar(out, begun ? curve[at].share : 1, CURVE_BAR);
        append_percent(out, begun ? curve[at].share : 1);
        g_string_append(out, " %\n");
    }
}

/* What erases the viewing that picks it leaves nothing to count. */
static void append_option(GString *out, const struct survey_decision *d, const struct survey_option *p,
                          const struct survey_options *o)
{
    const struct survey_ratio picks = {p->picks, p->available, d->erased};
    if (!p->forgets) {
        append_line(out, title_or_name(p->title, p->name), picks, o);
        return;
    }
    append_name(out, title_or_name(p->title, p->name));
    g_string_append(out, "cannot be counted: a pick erases the viewing\n");
    append_bounds(out, picks);
}

/* The headline has each viewing's first answer. Who goes back answers again; these are no new people. */
static void append_all_answers(GString *out, const struct survey_decision *d, const struct survey_options *o)
{
    if (d->asked_again == 0)
        return;
    safe_printf(out, "    all answers, with %" G_GINT64_FORMAT " more after going back\n", d->asked_again);
    for (guint i = 0; i < d->options->len; i++) {
        const struct survey_option *p = survey_option_of(d, i);
        g_autofree char *name = g_strdup_printf("  %s", title_or_name(p->title, p->name));
        if (p->forgets)
            continue;
        append_name(out, name);
        append_share_in(out, (struct survey_ratio){p->all.k, p->all.n, 0}, stats_cluster_interval(&p->all, STATS_Z95),
                        o);
    }
}

static void append_menu(GString *out, const struct survey_decision *d, const struct survey_menu *m,
                        const struct survey_options *o)
{
    int64_t picks = 0;
    for (guint i = 0; i < d->options->len; i++) {
        const struct survey_option *p = survey_option_of(d, i);
        g_autofree char *name = g_strdup_printf("    %s", title_or_name(p->title, p->name));
        picks += m->picks[i];
        if (survey_menu_has(m, i) && !p->forgets)
            append_line(out, name, (struct survey_ratio){m->picks[i], m->exposures, 0}, o);
    }
    append_line(out, "    – none of these", (struct survey_ratio){m->exposures - picks, m->exposures, 0}, o);
}

/* Options that were not offered to the same people are not compared by their shares of all, but within each menu. */
static void append_menus(GString *out, const struct survey_decision *d, const struct survey_options *o)
{
    int64_t rest = d->exposures;
    if (survey_has_one_menu(d))
        return;
    g_string_append(out, "    not all were offered to the same people; those who had the same choice:\n");
    for (guint i = 0; i < MIN(d->menus->len, MENUS_MAX); i++) {
        const struct survey_menu *m = survey_menu_of(d, i);
        safe_printf(out, "    menu %u, of %" G_GINT64_FORMAT "\n", i + 1, m->exposures);
        append_menu(out, d, m, o);
        rest -= m->exposures;
    }
    if (d->menus->len > MENUS_MAX)
        safe_printf(out, "    … and %u more menus, of %" G_GINT64_FORMAT "; --format csv or json has them\n",
                    d->menus->len - MENUS_MAX, rest);
}

static void append_decision(GString *out, const struct survey_film *f, const struct survey_decision *d,
                            const struct survey_options *o)
{
    g_autofree char *versions = survey_versions(f, d->versions);
    g_autofree char *heading =
        g_strdup_printf("%s  [%s, version %s]", title_or_name(d->title, d->name), d->name, units_or_dash(versions));
    append_heading(out, heading);
    append_count_if_any(out, "– not yet answered", d->unanswered);
    if (d->exposures == 0) {
        g_string_append(out, d->unanswered > 0 ? "  nobody has answered yet\n" : "  nobody was asked\n");
        return;
    }
    for (guint i = 0; i < d->options->len; i++) {
        append_option(out, d, survey_option_of(d, i), o);
        append_mixtures(out, f, survey_option_of(d, i), "pick");
    }
    append_line(out, "– nobody chose in time",
                (struct survey_ratio){d->what[TEL_WHAT_TIMEOUT], d->exposures, d->erased}, o);
    append_mixtures(out, f, d, "timeout");
    const int64_t other = d->exposures - d->what[TEL_WHAT_PICK] - d->what[TEL_WHAT_TIMEOUT];
    append_line(out, "– left, skipped, went back", (struct survey_ratio){other, d->exposures, d->erased}, o);
    append_menus(out, d, o);
    append_all_answers(out, d, o);
    append_times(out, d, o);
    if (d->changed > 0)
        safe_printf(out, "    %-22s %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT "\n", "changed their mind", d->changed,
                    d->outcomes);
    for (guint i = 0; i < d->options->len; i++) {
        const struct survey_option *p = survey_option_of(d, i);
        append_difference(out, "standing first", title_or_name(p->title, p->name), p->first, p->later, o);
    }
    for (guint i = 0; i < d->options->len; i++) {
        const struct survey_option *p = survey_option_of(d, i);
        append_difference(out, "in the light", title_or_name(p->title, p->name), p->focused, p->unfocused, o);
    }
    if (o->decision)
        append_curve(out, d);
}

/* ---- nodes ------------------------------------------------------------------------------------------------------- */

static int by_less(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x > y ? -1 : x < y;
}

/* The mean of a visit in seconds, in a column of its own. */
static void append_dwell(GString *out, int64_t us, int64_t visits)
{
    char text[32] = "–";
    if (visits > 0)
        g_ascii_formatd(text, sizeof text, "%.1f", (double)us / 1e6 / (double)visits);
    g_string_append_c(out, ' ');
    for (glong width = g_utf8_strlen(text, -1); width < DWELL; width++)
        g_string_append_c(out, ' ');
    safe_append(out, text);
}

static void append_node(GString *out, const struct survey_node *n, const struct survey_options *o)
{
    g_string_append(out, "  ");
    survey_append_padded(out, title_or_name(n->title, n->name), NODE_TITLE);
    g_string_append_c(out, ' ');
    if (!survey_is_enough(n->of, o->floor)) {
        safe_printf(out, "too few to say (%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT ")\n", n->viewings, n->of);
        return;
    }
    append_percent(out, stats_share(n->viewings, n->of));
    safe_printf(out, " %% %5" G_GINT64_FORMAT " of %-5" G_GINT64_FORMAT, n->viewings, n->of);
    if (survey_is_enough(n->viewings, o->floor)) {
        append_percent(out, stats_share(n->quits, n->viewings));
        g_string_append(out, " %");
    } else
        g_string_append(out, "     –  ");
    append_dwell(out, n->playing_us, n->visits);
    append_dwell(out, n->planned_us, n->planned_visits);
    append_dwell(out, n->paused_us, n->visits);
    append_dwell(out, n->hidden_us, n->visits);
    g_string_append_c(out, '\n');
    append_bounds(out, (struct survey_ratio){n->viewings, n->of, n->erased});
}

/* How often a thing must have happened to be one of the `most` commonest. */
static int64_t threshold(const GArray *times, guint most)
{
    assert(most > 0);
    g_autoptr(GArray) sorted = g_array_copy((GArray *)times);
    g_array_sort(sorted, by_less);
    return sorted->len > most ? g_array_index(sorted, int64_t, most - 1) : 0;
}

/* The nodes that were visited most, in the order of the film. */
static void append_nodes(GString *out, const struct survey_film *f, const struct survey_options *o)
{
    g_autoptr(GArray) visits = g_array_new(FALSE, FALSE, sizeof(int64_t));
    for (guint i = 0; i < f->nodes->len; i++)
        g_array_append_val(visits, ((struct survey_node *)f->nodes->pdata[i])->visits);
    const int64_t enough = threshold(visits, NODES_MAX);
    guint shown = 0;
    append_heading(out, "Nodes, and seconds a visit");
    safe_printf(out, "%-21s%8s%9s%14s%7s%7s%7s%7s\n", "", "reach", "viewings", "drop-off", "played", "plan", "paused",
                "hidden");
    for (guint i = 0; i < f->nodes->len && shown < NODES_MAX; i++) {
        if (g_array_index(visits, int64_t, i) < enough)
            continue;
        append_node(out, f->nodes->pdata[i], o);
        append_mixtures(out, f, f->nodes->pdata[i], "reach");
        append_mixtures(out, f, f->nodes->pdata[i], "drop-off");
        shown++;
    }
    if (f->nodes->len > shown)
        safe_printf(out, "  … and %u that were visited less often; --format csv, json or html has them all\n",
                    f->nodes->len - shown);
}

/* The decisions that were asked most, in the order of the film; or the one that was asked for. */
static void append_decisions(GString *out, const struct survey_film *f, const struct survey_options *o)
{
    g_autoptr(GArray) asked = g_array_new(FALSE, FALSE, sizeof(int64_t));
    for (guint i = 0; i < f->decisions->len; i++)
        g_array_append_val(asked, ((struct survey_decision *)f->decisions->pdata[i])->exposures);
    const int64_t enough = o->decision ? 0 : threshold(asked, DECISIONS_MAX);
    guint shown = 0, left = 0;
    for (guint i = 0; i < f->decisions->len; i++) {
        const struct survey_decision *d = f->decisions->pdata[i];
        if (o->decision && strcmp(o->decision, d->name) != 0)
            continue;
        const bool show = d->exposures >= enough && (o->decision || shown < DECISIONS_MAX);
        if (show)
            append_decision(out, f, d, o);
        shown += show;
        left += !show;
    }
    if (left > 0)
        safe_printf(out,
                    "\n%u more decision%s asked less often; --decision ID shows one, --format csv, "
                    "json or html shows all\n",
                    left, left == 1 ? " was" : "s were");
}

/* ---- taste and props --------------------------------------------------------------------------------------------- */

/* How the leans are distributed: SPREAD_BINS columns, each one to eight eighths of a block high. */
static void append_spread(GString *out, const int64_t *leans)
{
    static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    int64_t bins[SPREAD_BINS] = {0}, most = 1;
    for (int i = 0; i < COUNT_N_LEANS; i++)
        bins[MIN(i * SPREAD_BINS / (COUNT_N_LEANS - 1), SPREAD_BINS - 1)] += leans[i];
    for (int i = 0; i < SPREAD_BINS; i++)
        most = MAX(most, bins[i]);
    for (int i = 0; i < SPREAD_BINS; i++)
        g_string_append(out, bins[i] == 0 ? "·" : blocks[(bins[i] * 7 + most - 1) / most]);
}

static void append_associations(GString *out, const struct survey_trait *t)
{
    int shown = 0;
    for (guint i = 0; i < t->associations->len && shown < ASSOCIATIONS_MAX; i++) {
        const struct survey_association *association = t->associations->pdata[i];
        char bits[32];
        if (!survey_is_associated(association))
            continue;
        safe_printf(out, "    %-22s ", shown++ ? "" : "most telling");
        survey_append_padded(out, title_or_name(association->decision->title, association->decision->name), TITLE - 10);
        g_ascii_formatd(bits, sizeof bits, "%.3f", association->bits);
        safe_printf(out, " %6s bits, of %" G_GINT64_FORMAT "\n", bits, association->n);
    }
}

static void append_trait(GString *out, const struct survey_trait *t, const struct survey_options *o)
{
    const int64_t n = survey_profiles(t);
    char low[32], high[32];
    g_string_append(out, "  ");
    survey_append_padded(out, t->name, TITLE);
    g_string_append_c(out, ' ');
    if (!survey_is_enough(n, o->floor)) {
        safe_printf(out, "too few to say (%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT ")\n", n, n + t->none);
        return;
    }
    append_spread(out, t->leans);
    append_percent(out, t->mean);
    g_ascii_formatd(low, sizeof low, "%.1f", t->interval.low * 100);
    g_ascii_formatd(high, sizeof high, "%.1f", t->interval.high * 100);
    safe_printf(out, " %%  %5s to %5s  %5" G_GINT64_FORMAT " of %" G_GINT64_FORMAT "\n", low, high, n, n + t->none);
    static const char *const sure[] = {"    surely against", "    not sure", "    surely for"};
    for (int i = COUNT_N_LEVELS - 1; i >= 0; i--)
        append_line(out, sure[i], (struct survey_ratio){t->sure[i], n, 0}, o);
    append_associations(out, t);
}

static void append_traits(GString *out, const struct survey_film *f, int32_t version, const struct survey_options *o)
{
    bool begun = false;
    for (guint i = 0; i < f->traits->len; i++) {
        const struct survey_trait *t = f->traits->pdata[i];
        const struct survey_version *v = f->versions->pdata[version];
        if (t->version != version || v->viewings == 0)
            continue;
        g_autofree char *heading = g_strdup_printf("Taste, version %s: what was picked of what could be, from 0 to "
                                                   "100 %%; mean",
                                                   units_or_dash(v->version));
        if (!begun)
            append_heading(out, heading);
        begun = true;
        append_trait(out, t, o);
    }
}

static void append_prop(GString *out, const struct survey_film *f, const struct survey_prop *p,
                        const struct survey_options *o)
{
    append_line(out, title_or_name(p->title, p->name), p->picks, o);
    if (p->again.n > 0)
        append_line(out, "    met again after the pick", p->again, o);
    for (guint i = 0; i < p->rivals->len; i++) {
        const struct survey_rival *r = &g_array_index(p->rivals, struct survey_rival, i);
        const struct survey_prop *other = f->props->pdata[r->prop];
        g_autofree char *name = g_strdup_printf("    rather than %s", title_or_name(other->title, other->name));
        append_line(out, name, r->picks, o);
    }
}

static void append_props(GString *out, const struct survey_film *f, int32_t version, const struct survey_options *o)
{
    bool begun = false;
    for (guint i = 0; i < f->props->len; i++) {
        const struct survey_prop *p = f->props->pdata[i];
        const struct survey_version *v = f->versions->pdata[version];
        if (p->version != version || v->viewings == 0)
            continue;
        g_autofree char *heading =
            g_strdup_printf("Props, version %s: picked, of the times they could be", units_or_dash(v->version));
        if (!begun)
            append_heading(out, heading);
        begun = true;
        append_prop(out, f, p, o);
    }
}

static bool has_mixed(const struct survey *r)
{
    for (guint i = 0; i < r->films->len; i++) {
        const GPtrArray *all = ((const struct survey_film *)r->films->pdata[i])->mixtures;
        for (guint k = 0; all && k < all->len; k++)
            if (mixture_differs(all->pdata[k]))
                return true;
    }
    return false;
}

/* What all numbers below are of, the groups' as well. */
static void append_only(GString *out, const struct survey_options *o)
{
    g_autofree char *only = survey_only(o);
    if (!*only)
        return;
    g_string_append(out, "  Only ");
    survey_append_padded(out, only, 0);
    g_string_append_c(out, '\n');
}

/* Why nothing is reported of this film, and what helps. */
static const char *why_none(const struct survey_film *f, const struct survey_options *o)
{
    bool people = false;
    for (guint i = 0; i < f->groups->len; i++)
        people |= !g_array_index(f->groups, struct survey_group, i).machine;
    if (people)
        return "None of these is selected. --viewings all --time all selects what people did.";
    return f->groups->len == 0 && o->since_day > 0 ? "None began on that day or later."
                                                   : "None of these is selected: none is a person's.";
}

static void append_film(GString *out, const struct survey_film *f, const struct survey_options *o)
{
    survey_append_padded(out, title_or_name(f->title, f->name), 0);
    g_string_append(out, "  [");
    survey_append_padded(out, f->name, 0);
    g_string_append(out, "]\n");
    append_only(out, o);
    g_string_append(out, "  Viewings; those counted below are marked *\n");
    append_groups(out, f);
    append_undated(out, f, o);
    append_redated(out, f);
    if (survey_selected(f) == 0) {
        safe_printf(out, "\n  %s\n\n", why_none(f, o));
        return;
    }
    for (guint i = 0; i < f->versions->len && !o->decision; i++)
        append_version(out, f, f->versions->pdata[i], o);
    append_decisions(out, f, o);
    if (!o->decision) {
        append_nodes(out, f, o);
        drop_off_text(f, o->floor, out);
        for (guint i = 0; i < f->versions->len; i++)
            append_paths(out, f->versions->pdata[i], o);
        for (guint i = 0; i < f->versions->len; i++) {
            append_traits(out, f, (int32_t)i, o);
            append_props(out, f, (int32_t)i, o);
        }
    }
    g_string_append_c(out, '\n');
}

void survey_text(const struct survey *r, GString *out)
{
    if (r->films->len == 0)
        g_string_append(out, "No viewing was recorded yet.\n");
    for (guint i = 0; i < r->films->len; i++)
        append_film(out, r->films->pdata[i], &r->options);
    if (has_mixed(r))
        g_string_append(out, "Where parts of the audience differ, they differ more than chance allows,\n"
                             "corrected for the number of tests: the share above then says how many viewings\n"
                             "each part had. Look at each: --version, --viewings, --time.\n");
    if (r->films->len > 0)
        safe_printf(out, "Percentages have 95 %% intervals. Fewer than %" G_GINT64_FORMAT " case%s too few to say.\n",
                    MAX(r->options.floor, 1), r->options.floor <= 1 ? " is" : "s are");
}

#include "report/decision_section.h"

#include "base/json.h"
#include "report/chart_rules.h"

#include <assert.h>
#include <math.h>

/* ---- picks ------------------------------------------------------------------------------------------------------- */

static void put_picks(JsonBuilder *b, const struct film_section *s, guint decision)
{
    const struct survey_decision *d = s->film->decisions->pdata[decision];
    const guint at = s->layout->decision[decision];
    json_put_array(b, "picks");
    for (guint i = 0; i < d->options->len; i++) {
        const struct survey_option *o = survey_option_of(d, i);
        share_row_put_option(b, &s->counts, film_section_label(o->title, o->name),
                             count_layout_option(s->layout, decision, i), o->forgets);
    }
    share_row_put_other(b, &s->counts, (struct share_label){.title = "Nobody chose in time"}, at + COUNT_TIMEOUTS,
                        at + COUNT_EXPOSURES);
    share_row_put_other(b, &s->counts, (struct share_label){.title = "Left, skipped, went back"},
                        at + COUNT_OTHER_OUTCOMES, at + COUNT_EXPOSURES);
    share_row_put_other(b, &s->counts, (struct share_label){.title = "Changed their mind"}, at + COUNT_CHANGED_MIND,
                        at + COUNT_OUTCOMES);
    json_builder_end_array(b);
}

static void put_all_answers(JsonBuilder *b, const struct film_section *s, guint decision)
{
    const struct survey_decision *d = s->film->decisions->pdata[decision];
    json_put_array(b, "all_answers");
    for (guint i = 0; i < d->options->len; i++) {
        const struct survey_option *o = survey_option_of(d, i);
        if (!o->forgets)
            share_row_put_all(b, &s->counts, film_section_label(o->title, o->name),
                              count_layout_option(s->layout, decision, i));
    }
    json_builder_end_array(b);
}

#define MENUS_SHOWN 8 /* the commonest of them; the JSON report has all */

static void put_menu(JsonBuilder *b, const struct film_section *s, guint decision, const struct count_menu *m)
{
    const struct survey_decision *d = s->film->decisions->pdata[decision];
    const int64_t exposures = s->counts.x[m->place];
    json_builder_begin_object(b);
    json_put_text(b, "name", d->name);
    json_put_int(b, "place", m->place);
    json_put_bool(b, "hidden", exposures == 0);
    json_put_array(b, "rows");
    for (guint i = 0; i < d->options->len; i++) {
        const struct survey_option *o = survey_option_of(d, i);
        if (m->options >> i & 1 && !o->forgets)
            share_row_put(b, &s->counts, film_section_label(o->title, o->name), m->place + 1 + i, m->place);
    }
    json_builder_end_array(b);
    json_builder_end_object(b);
}

/* Where not all options were offered to the same people. */
static void put_menus(JsonBuilder *b, const struct film_section *s, guint decision)
{
    const GArray *menus = s->layout->menus[decision];
    const struct survey_decision *chosen = s->chosen->decisions->pdata[decision];
    if (menus->len < 2)
        return;
    json_put_object(b, "menus");
    json_put_bool(b, "hidden", survey_has_one_menu(chosen));
    if (menus->len > MENUS_SHOWN)
        json_put_int(b, "more", menus->len - MENUS_SHOWN);
    json_put_bool(b, "bounded", s->counts.bounded);
    json_put_array(b, "tables");
    for (guint i = 0; i < MIN(menus->len, MENUS_SHOWN); i++)
        put_menu(b, s, decision, &g_array_index(menus, struct count_menu, i));
    json_builder_end_array(b);
    json_builder_end_object(b);
}

/* Two counts of an option's picks to compare, as offsets from the option's first place. */
static const struct option_bias {
    guint with, without;
    const char *caption, *name;
} option_biases[] = {{.with = COUNT_SHOWN_FIRST,
                      .without = COUNT_SHOWN_LATER,
                      .caption = "Standing first, against standing later",
                      .name = "place"},
                     {.with = COUNT_FOCUSED,
                      .without = COUNT_UNFOCUSED,
                      .caption = "Highlighted at first, against not highlighted",
                      .name = "light"}};

static void put_bias(JsonBuilder *b, const struct film_section *s, guint decision, const struct option_bias *bias)
{
    const struct survey_decision *d = s->film->decisions->pdata[decision];
    g_autofree char *name = g_strdup_printf("%s-%s", d->name, bias->name);
    json_builder_begin_object(b);
    json_put_text(b, "name", name);
    json_put_text(b, "caption", bias->caption);
    json_put_array(b, "rows");
    for (guint i = 0; i < d->options->len; i++) {
        const struct survey_option *o = survey_option_of(d, i);
        const guint at = count_layout_option(s->layout, decision, i);
        share_row_put_difference(b, &s->counts, film_section_label(o->title, o->name), at + bias->with,
                                 at + bias->without);
    }
    json_builder_end_array(b);
    json_builder_end_object(b);
}

static void put_biases(JsonBuilder *b, const struct film_section *s, guint decision)
{
    json_put_array(b, "biases");
    for (size_t i = 0; i < G_N_ELEMENTS(option_biases); i++)
        put_bias(b, s, decision, &option_biases[i]);
    json_builder_end_array(b);
}

/* ---- who is still undecided -------------------------------------------------------------------------------------- */

struct curve {
    struct stats_moment moments[STATS_CLASSES];
    struct stats_survival points[STATS_CLASSES];
    size_t n; /* 0: too few were asked for a curve to say anything */
};

/* A curve begins at 1 at most and never rises; time goes on. */
static bool curve_check(const struct curve *c)
{
    assert(c->n <= STATS_CLASSES);
    for (size_t i = 0; i < c->n; i++) {
        assert(c->points[i].share >= 0 && c->points[i].share <= (i > 0 ? c->points[i - 1].share : 1));
        assert(i == 0 || c->points[i].time > c->points[i - 1].time);
    }
    return true;
}

/* The caller frees it. */
static struct curve *curve_new(const struct film_section *s, guint decision)
{
    const int64_t *x = s->counts.x + s->layout->decision[decision];
    struct curve *c = g_new(struct curve, 1);
    c->n = stats_moments(x + COUNT_PICKED_AT, x + COUNT_CENSORED_AT, c->moments);
    if (x[COUNT_EXPOSURES] < s->counts.floor)
        c->n = 0;
    stats_survive(c->moments, c->n, STATS_Z95, c->points);
    assert(curve_check(c));
    return c;
}

static void append_bound(GString *out, double ms)
{
    char number[SHARE_NUMBER_BYTES];
    g_string_append(out, isfinite(ms) ? share_row_number(number, ms / 1000, 1) : "…");
}

static void append_time(GString *out, const char *words, struct stats_time t)
{
    char number[SHARE_NUMBER_BYTES];
    g_string_append_printf(out, "%s ", words);
    if (!isfinite(t.value)) {
        g_string_append(out, "not reached: too many let the time run out, or left");
        return;
    }
    g_string_append_printf(out, "%s s (", share_row_number(number, t.value / 1000, 1));
    append_bound(out, t.interval.low);
    g_string_append(out, " to ");
    append_bound(out, t.interval.high);
    g_string_append_c(out, ')');
}

static void put_caption(JsonBuilder *b, const struct curve *c)
{
    g_autoptr(GString) text = g_string_new("Still undecided: ");
    if (c->n > 0) {
        append_time(text, "half decided within", stats_time_at(c->points, c->n, 0.5));
        append_time(text, "; nine in ten within", stats_time_at(c->points, c->n, 0.9));
    } else
        g_string_append(text, SHARE_TOO_FEW);
    json_put_text(b, "time", text->str);
}

static void put_curve_row(JsonBuilder *b, double ms, int digits, double share, struct stats_interval range)
{
    char number[SHARE_NUMBER_BYTES];
    assert(share >= 0 && share <= 1);
    g_autofree char *after = g_strdup_printf("%s s", share_row_number(number, ms / 1000, digits));
    g_autofree char *left = g_strdup_printf("%s %%", share_row_number(number, share * 100, 1));
    json_builder_begin_object(b);
    json_put_text(b, "after", after);
    json_put_text(b, "share", left);
    share_row_put_interval(b, range);
    json_builder_end_object(b);
}

/* Writes a row at each step of the axis. The CSV that the page offers has every moment. */
static void put_curve_rows(JsonBuilder *b, const struct curve *c)
{
    static const struct stats_interval all = {1, 1};
    json_put_array(b, "curve");
    const struct chart_axis axis = c->n > 0 ? chart_axis_until(c->points[c->n - 1].time) : (struct chart_axis){0, 1};
    const int digits = axis.step_ms < 1000 ? 1 : 0;
    for (int step = 1, steps = (int)(axis.end_ms / axis.step_ms + 0.5), i = -1; step <= steps; step++) {
        while (i + 1 < (int)c->n && c->points[i + 1].time <= step * axis.step_ms)
            i++;
        put_curve_row(b, step * axis.step_ms, digits, i < 0 ? 1 : c->points[i].share,
                      i < 0 ? all : c->points[i].interval);
    }
    json_builder_end_array(b);
    json_put_bool(b, "no_curve", c->n == 0);
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

static void put_decision(JsonBuilder *b, const struct film_section *s, guint i)
{
    const struct survey_decision *d = s->film->decisions->pdata[i];
    const guint exposures = s->layout->decision[i] + COUNT_EXPOSURES;
    g_autofree char *versions = survey_versions(s->film, d->versions);
    g_autofree char *id = g_strdup_printf("decision-%u-%u", s->film_index, i);
    g_autofree struct curve *curve = curve_new(s, i);
    json_builder_begin_object(b);
    json_put_text(b, "id", id);
    json_put_text(b, "name", d->name);
    json_put_text(b, "title", film_section_title(d->title, d->name));
    json_put_text(b, "versions", versions);
    json_put_bool(b, "unasked", s->counts.x[exposures] == 0);
    json_put_int(b, "exposures", s->counts.x[exposures]);
    json_put_int(b, "exposures_place", exposures);
    json_put_int(b, "again", s->counts.x[s->layout->decision[i] + COUNT_ASKED_AGAIN]);
    json_put_int(b, "again_place", s->layout->decision[i] + COUNT_ASKED_AGAIN);
    json_put_int(b, "unanswered", s->counts.x[s->layout->decision[i] + COUNT_UNANSWERED]);
    json_put_int(b, "unanswered_place", s->layout->decision[i] + COUNT_UNANSWERED);
    json_put_bool(b, "bounded", s->counts.bounded);
    put_all_answers(b, s, i);
    put_picks(b, s, i);
    put_menus(b, s, i);
    put_caption(b, curve);
    put_curve_rows(b, curve);
    put_biases(b, s, i);
    json_builder_end_object(b);
}

void decision_section_put(JsonBuilder *b, const struct film_section *s)
{
    const char *only = s->survey->options.decision;
    json_put_array(b, "decisions");
    for (guint i = 0; i < s->film->decisions->len; i++) {
        const struct survey_decision *d = s->film->decisions->pdata[i];
        if (!only || g_str_equal(only, d->name))
            put_decision(b, s, i);
    }
    json_builder_end_array(b);
}

#include "report/film_section.h"

#include <math.h>
#include <stdlib.h>

/* ---- decisions ----------------------------------------------------------------------------------------------------- */

static void put_pick_shares(const struct film_section *s, guint decision)
{
    const struct survey_decision *d = s->film->decisions->pdata[decision];
    const guint at = s->layout->decision[decision];
    html_share_table(s->h.out, d->name, "Picks, of the exposures in which the option could be picked", "Option",
                     "Half of them within");
    for (guint i = 0; i < d->options->len; i++) {
        const struct survey_option *o = survey_option_of(d, i);
        html_option(&s->h, title_or_name(o->title, o->name), count_layout_option(s->layout, decision, i));
    }
    html_share_other(&s->h, "Nobody chose in time", at + COUNT_TIMEOUTS, at + COUNT_EXPOSURES);
    html_share_other(&s->h, "Left, skipped, went back", at + COUNT_OTHER_OUTCOMES, at + COUNT_EXPOSURES);
    html_share_other(&s->h, "Changed their mind", at + COUNT_CHANGED_MIND, at + COUNT_OUTCOMES);
    html_table_end(s->h.out);
}

static void put_bias_tables(const struct film_section *s, guint decision)
{
    static const char *const heads[] = {"Option", "Difference", "95 % interval", "Counted"};
    const struct survey_decision *d = s->film->decisions->pdata[decision];
    static const struct {
        guint a, b;
        const char *caption, *name;
    } biases[] = {{COUNT_SHOWN_FIRST, COUNT_SHOWN_LATER, "Standing first, against standing later", "place"},
                  {COUNT_FOCUSED, COUNT_UNFOCUSED, "Having the light at first, against not having it", "light"}};
    html_put(s->h.out, "<details><summary>Does place or light sway the choice?</summary>\n");
    for (size_t b = 0; b < G_N_ELEMENTS(biases); b++) {
        g_autofree char *name = g_strdup_printf("%s-%s", d->name, biases[b].name);
        html_table(s->h.out, name, biases[b].caption, heads, G_N_ELEMENTS(heads));
        for (guint i = 0; i < d->options->len; i++) {
            const struct survey_option *o = survey_option_of(d, i);
            const guint x = count_layout_option(s->layout, decision, i);
            html_difference(&s->h, title_or_name(o->title, o->name), x + biases[b].a, x + biases[b].b);
        }
        html_table_end(s->h.out);
    }
    html_put(s->h.out, "</details>\n");
}

static void put_decision(const struct film_section *s, guint i)
{
    const struct survey_decision *d = s->film->decisions->pdata[i];
    g_autofree char *versions = survey_versions(s->film, d->versions);
    const bool asked = s->h.x[s->layout->decision[i] + COUNT_EXPOSURES] > 0;
    html_put(s->h.out, "<article id=\"decision-%u-%u\"%s><h3>", s->nth, i, asked ? "" : " class=\"unasked\"");
    html_text(s->h.out, title_or_name(d->title, d->name));
    html_put(s->h.out, "</h3><p class=\"soft\">%s", *versions ? "Version " : "");
    html_text(s->h.out, versions);
    html_put(s->h.out, *versions ? ", offered " : "Offered ");
    html_count(&s->h, "span", s->layout->decision[i] + COUNT_EXPOSURES);
    html_put(s->h.out, " times</p>\n<div class=\"two\"><div>");
    put_pick_shares(s, i);
    html_put(s->h.out, "</div><div>");
    html_curve(&s->h, title_or_name(d->title, d->name), d->name, s->layout->decision[i]);
    html_put(s->h.out, "</div></div>\n");
    put_bias_tables(s, i);
    html_put(s->h.out, "</article>\n");
}

void film_section_decisions(const struct film_section *s)
{
    film_section_heading(
        s, "decisions", "Decisions",
        "What people picked, apart from letting the time run out; and how long they took. The shaded band and "
        "the whiskers are 95 % intervals.");
    for (guint i = 0; i < s->film->decisions->len; i++) {
        const struct survey_decision *d = s->film->decisions->pdata[i];
        if (!s->survey->options.decision || g_str_equal(s->survey->options.decision, d->name))
            put_decision(s, i);
    }
}

/* ---- consequence against hesitation --------------------------------------------------------------------------------- */

/* The drawing's frame, in its own units; the script draws the same (engine/report/web/weigh.js). */
enum { LEFT = 56, TOP = 14, WIDTH = 620, HEIGHT = 260 };
/* From here on a choice matters: it shifts the odds of endings by so much. */
#define MATTERS_SHIFT 0.2

struct impact_scale {
    double end_ms;
    double usual_ms; /* the median of the decisions' times */
};

static int by_double(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static struct impact_scale impact_scale_for(const GArray *rows)
{
    g_autofree double *times = g_new(double, rows->len + 1);
    guint n = 0;
    for (guint i = 0; i < rows->len; i++) {
        const struct decision_impact_row *r = &g_array_index(rows, struct decision_impact_row, i);
        if (isfinite(r->median.value))
            times[n++] = r->median.value;
    }
    qsort(times, n, sizeof *times, by_double);
    const double most = n > 0 ? MAX(times[n - 1], 1000) : 1000;
    return (struct impact_scale){ceil(most * 1.15 / 1000) * 1000,
                                 n > 0 ? (times[(n - 1) / 2] + times[n / 2]) / 2 : most / 2};
}

enum verdict { VERDICT_USUAL, VERDICT_UNNOTICED, VERDICT_AGONISES, VERDICT_ILLUSION };
static const struct {
    const char *look, *words;
} verdicts[] = {
    [VERDICT_USUAL] = {"dot", ""},
    [VERDICT_UNNOTICED] = {"dot much", "matters, goes by unnoticed"},
    [VERDICT_AGONISES] = {"dot none", "agonises, changes little"},
    [VERDICT_ILLUSION] = {"dot none", "changes nothing"},
};

static enum verdict verdict_for(const struct decision_impact_row *r, struct impact_scale scale)
{
    if (r->film->illusion)
        return VERDICT_ILLUSION;
    if (!r->film->compared || !isfinite(r->median.value))
        return VERDICT_USUAL;
    if (r->film->shift >= MATTERS_SHIFT)
        return r->median.value < scale.usual_ms ? VERDICT_UNNOTICED : VERDICT_USUAL;
    return r->median.value > scale.usual_ms ? VERDICT_AGONISES : VERDICT_USUAL;
}

static void put_impact_axes(GString *out, struct impact_scale scale)
{
    const int matters = TOP + (int)(HEIGHT * (1 - MATTERS_SHIFT));
    char usual[32], rest[32];
    const double at = WIDTH * scale.usual_ms / scale.end_ms;
    html_put(out, "<rect class=\"corner much\" x=\"%d\" y=\"%d\" width=\"%s\" height=\"%d\"/>", LEFT, TOP,
             html_number(usual, at, 1), matters - TOP);
    html_put(out, "<rect class=\"corner none\" x=\"%s\" y=\"%d\" width=\"%s\" height=\"%d\"/>",
             html_number(usual, LEFT + at, 1), matters, html_number(rest, WIDTH - at, 1), TOP + HEIGHT - matters);
    for (int i = 0; i <= 4; i++) {
        const int y = TOP + HEIGHT * (4 - i) / 4, x = LEFT + WIDTH * i / 4;
        char seconds[32];
        html_put(
            out,
            "<path class=\"grid\" d=\"M%d %dH%d\"/><text x=\"%d\" y=\"%d\" dy=\"4\" text-anchor=\"end\">%d %%</text>",
            LEFT, y, LEFT + WIDTH, LEFT - 6, y, i * 25);
        html_put(out, "<text class=\"tick\" x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s s</text>", x, TOP + HEIGHT + 17,
                 html_number(seconds, scale.end_ms * i / 4000, 1));
    }
    html_put(out, "<text x=\"%d\" y=\"%d\" class=\"word\">matters, and goes by unnoticed</text>", LEFT + 8, TOP + 18);
    html_put(out, "<text x=\"%d\" y=\"%d\" class=\"word\" text-anchor=\"end\">agonises, and changes little</text>",
             LEFT + WIDTH - 8, TOP + HEIGHT - 10);
    html_put(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">half have decided within</text>", LEFT + WIDTH / 2,
             TOP + HEIGHT + 36);
}

static void put_impact_dots(GString *out, const GArray *rows, struct impact_scale scale)
{
    char x[32], y[32];
    for (guint i = 0; i < rows->len; i++) {
        const struct decision_impact_row *r = &g_array_index(rows, struct decision_impact_row, i);
        const bool known = r->film->compared && isfinite(r->median.value);
        html_number(x, LEFT + (known ? WIDTH * r->median.value / scale.end_ms : 0), 1);
        html_number(y, TOP + (known ? HEIGHT * (1 - r->film->shift) : 0), 1);
        html_put(out, "<g data-dot=\"%u\" class=\"%s\"%s transform=\"translate(%s %s)\"><title>", i,
                 verdicts[verdict_for(r, scale)].look, known ? "" : " display=\"none\"", x, y);
        html_text(out, r->title);
        html_put(out, "</title><circle r=\"11\"/><text dy=\"4\" text-anchor=\"middle\">%u</text></g>", i + 1);
    }
}

static void put_impact_rows(GString *out, const GArray *rows, struct impact_scale scale)
{
    static const char *const heads[] = {
        "Decision", "No.", "Endings shift", "As measured", "Film of its own", "Half decided within", "Verdict"};
    char text[32];
    html_table(out, "consequence", "The same as a table", heads, G_N_ELEMENTS(heads));
    for (guint i = 0; i < rows->len; i++) {
        const struct decision_impact_row *r = &g_array_index(rows, struct decision_impact_row, i);
        html_put(out, "<tr data-weigh=\"%u\"><th scope=\"row\">", i);
        html_text(out, r->title);
        html_put(out, "</th><td class=\"n\">%u</td><td class=\"n\">", i + 1);
        if (r->film->compared)
            html_put(out, "%s %%", html_number(text, r->film->shift * 100, 1));
        html_put(out, "</td><td class=\"n\">");
        if (isfinite(r->film->measured))
            html_put(out, "%s %%%s", html_number(text, r->film->measured * 100, 1), r->film->uniform ? " *" : "");
        html_put(out, "</td><td class=\"n\">%s s</td><td class=\"n t\">",
                 html_number(text, (double)r->film->exclusive_us / 1e6, 1));
        if (isfinite(r->median.value))
            html_put(out, "%s s", html_number(text, r->median.value / 1000, 1));
        else
            html_put(out, r->enough ? "not reached" : "too few to say");
        html_put(out, "</td><td class=\"n v\">%s</td></tr>\n", verdicts[verdict_for(r, scale)].words);
    }
    html_table_end(out);
}

void film_section_impact(const struct film_section *s)
{
    const GArray *rows = decision_impact_rows(s->impact, s->nth);
    if (!rows)
        return;
    const struct impact_scale scale = impact_scale_for(rows);
    film_section_heading(
        s, "consequence", "Consequence against hesitation",
        "Upwards: by how much the option taken shifts the odds of the endings (0 %: not at all; 100 %: other "
        "endings altogether), from all plays that the film allows. To the right: how long people took. The "
        "corners begin at a shift of 20 % and at the middle of all times.");
    html_put(s->h.out,
             "<figure class=\"curve weigh\"><svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Consequence against "
             "hesitation; the table below has the same\"><g aria-hidden=\"true\">",
             LEFT + WIDTH + 16, TOP + HEIGHT + 44);
    put_impact_axes(s->h.out, scale);
    put_impact_dots(s->h.out, rows, scale);
    html_put(s->h.out, "</g></svg></figure>\n");
    put_impact_rows(s->h.out, rows, scale);
    html_put(
        s->h.out,
        "<p class=\"soft\">%s The filters change how long people took and the verdict; what is measured stays that of "
        "the viewings that the page opens with. * Too few decided there themselves.</p>\n",
        decision_impact_measured(s->impact));
    if (decision_impact_changed(s->impact) > 0)
        html_put(s->h.out,
                 "<p class=\"soft\">%u decisions are left out: the story given has them no more, or changed.</p>\n",
                 decision_impact_changed(s->impact));
}

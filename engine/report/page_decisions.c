#include "report/page_sheet.h"

#include <math.h>
#include <stdlib.h>

/* ---- decisions ----------------------------------------------------------------------------------------------------- */

static void put_shares(const struct sheet *s, guint decision)
{
    const struct survey_decision *d = s->film->decisions->pdata[decision];
    const guint at = s->slots->decision[decision];
    html_share_table(s->h.out, d->name, "Picks, of the exposures in which the option could be picked", "Option",
                     "Half of them within");
    for (guint i = 0; i < d->options->len; i++) {
        const struct survey_option *o = survey_option_of(d, i);
        html_option(&s->h, sheet_titled(o->title, o->name), slots_option(s->slots, decision, i));
    }
    html_share_other(&s->h, "Nobody chose in time", at + SLOTS_TIMEOUT, at + SLOTS_EXPOSURES);
    html_share_other(&s->h, "Left, skipped, went back", at + SLOTS_GONE, at + SLOTS_EXPOSURES);
    html_share_other(&s->h, "Changed their mind", at + SLOTS_CHANGED, at + SLOTS_OUTCOMES);
    html_table_end(s->h.out);
}

static void put_bias(const struct sheet *s, guint decision)
{
    static const char *const heads[] = {"Option", "Difference", "95 % interval", "Counted"};
    const struct survey_decision *d = s->film->decisions->pdata[decision];
    static const struct {
        guint a, b;
        const char *caption, *name;
    } biases[] = {{SLOTS_FIRST, SLOTS_LATER, "Standing first, against standing later", "place"},
                  {SLOTS_LIT, SLOTS_UNLIT, "Having the light at first, against not having it", "light"}};
    html_put(s->h.out, "<details><summary>Does place or light sway the choice?</summary>\n");
    for (size_t b = 0; b < G_N_ELEMENTS(biases); b++) {
        g_autofree char *name = g_strdup_printf("%s-%s", d->name, biases[b].name);
        html_table(s->h.out, name, biases[b].caption, heads, G_N_ELEMENTS(heads));
        for (guint i = 0; i < d->options->len; i++) {
            const struct survey_option *o = survey_option_of(d, i);
            const guint x = slots_option(s->slots, decision, i);
            html_difference(&s->h, sheet_titled(o->title, o->name), x + biases[b].a, x + biases[b].b);
        }
        html_table_end(s->h.out);
    }
    html_put(s->h.out, "</details>\n");
}

static void put_decision(const struct sheet *s, guint i)
{
    const struct survey_decision *d = s->film->decisions->pdata[i];
    g_autofree char *versions = survey_versions(s->film, d->versions);
    const bool asked = s->h.x[s->slots->decision[i] + SLOTS_EXPOSURES] > 0;
    html_put(s->h.out, "<article id=\"decision-%u-%u\"%s><h3>", s->nth, i, asked ? "" : " class=\"unasked\"");
    html_text(s->h.out, sheet_titled(d->title, d->name));
    html_put(s->h.out, "</h3><p class=\"soft\">%s", *versions ? "Version " : "");
    html_text(s->h.out, versions);
    html_put(s->h.out, *versions ? ", offered " : "Offered ");
    html_count(&s->h, "span", s->slots->decision[i] + SLOTS_EXPOSURES);
    html_put(s->h.out, " times</p>\n<div class=\"two\"><div>");
    put_shares(s, i);
    html_put(s->h.out, "</div><div>");
    html_curve(&s->h, sheet_titled(d->title, d->name), d->name, s->slots->decision[i]);
    html_put(s->h.out, "</div></div>\n");
    put_bias(s, i);
    html_put(s->h.out, "</article>\n");
}

void sheet_decisions(const struct sheet *s)
{
    sheet_heading(
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
#define MATTERS 0.2

struct scale {
    double end_ms;
    double usual_ms; /* the median of the decisions' times */
};

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static struct scale scale_for(const GArray *rows)
{
    g_autofree double *times = g_new(double, rows->len + 1);
    guint n = 0;
    for (guint i = 0; i < rows->len; i++) {
        const struct weigh_row *r = &g_array_index(rows, struct weigh_row, i);
        if (isfinite(r->median.value))
            times[n++] = r->median.value;
    }
    qsort(times, n, sizeof *times, by_value);
    const double most = n > 0 ? MAX(times[n - 1], 1000) : 1000;
    return (struct scale){ceil(most * 1.15 / 1000) * 1000, n > 0 ? (times[(n - 1) / 2] + times[n / 2]) / 2 : most / 2};
}

enum verdict { USUAL, UNNOTICED, AGONY, ILLUSION };
static const struct {
    const char *look, *words;
} verdicts[] = {
    [USUAL] = {"dot", ""},
    [UNNOTICED] = {"dot much", "matters, goes by unnoticed"},
    [AGONY] = {"dot none", "agonises, changes little"},
    [ILLUSION] = {"dot none", "changes nothing"},
};

static enum verdict judge(const struct weigh_row *r, struct scale scale)
{
    if (r->film->illusion)
        return ILLUSION;
    if (!r->film->compared || !isfinite(r->median.value))
        return USUAL;
    if (r->film->shift >= MATTERS)
        return r->median.value < scale.usual_ms ? UNNOTICED : USUAL;
    return r->median.value > scale.usual_ms ? AGONY : USUAL;
}

static void put_axes(GString *out, struct scale scale)
{
    const int matters = TOP + (int)(HEIGHT * (1 - MATTERS));
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

static void put_dots(GString *out, const GArray *rows, struct scale scale)
{
    char x[32], y[32];
    for (guint i = 0; i < rows->len; i++) {
        const struct weigh_row *r = &g_array_index(rows, struct weigh_row, i);
        const bool known = r->film->compared && isfinite(r->median.value);
        html_number(x, LEFT + (known ? WIDTH * r->median.value / scale.end_ms : 0), 1);
        html_number(y, TOP + (known ? HEIGHT * (1 - r->film->shift) : 0), 1);
        html_put(out, "<g data-dot=\"%u\" class=\"%s\"%s transform=\"translate(%s %s)\"><title>", i,
                 verdicts[judge(r, scale)].look, known ? "" : " display=\"none\"", x, y);
        html_text(out, r->title);
        html_put(out, "</title><circle r=\"11\"/><text dy=\"4\" text-anchor=\"middle\">%u</text></g>", i + 1);
    }
}

static void put_rows(GString *out, const GArray *rows, struct scale scale)
{
    static const char *const heads[] = {
        "Decision", "No.", "Endings shift", "As measured", "Film of its own", "Half decided within", "Verdict"};
    char text[32];
    html_table(out, "consequence", "The same as a table", heads, G_N_ELEMENTS(heads));
    for (guint i = 0; i < rows->len; i++) {
        const struct weigh_row *r = &g_array_index(rows, struct weigh_row, i);
        html_put(out, "<tr data-weigh=\"%u\"><th scope=\"row\">", i);
        html_text(out, r->title);
        html_put(out, "</th><td class=\"n\">%u</td><td class=\"n\">", i + 1);
        if (r->film->compared)
            html_put(out, "%s %%", html_number(text, r->film->shift * 100, 1));
        html_put(out, "</td><td class=\"n\">");
        if (isfinite(r->film->measured))
            html_put(out, "%s %%%s", html_number(text, r->film->measured * 100, 1), r->film->alike ? " *" : "");
        html_put(out, "</td><td class=\"n\">%s s</td><td class=\"n t\">",
                 html_number(text, (double)r->film->only_us / 1e6, 1));
        if (isfinite(r->median.value))
            html_put(out, "%s s", html_number(text, r->median.value / 1000, 1));
        else
            html_put(out, r->enough ? "not reached" : "too few to say");
        html_put(out, "</td><td class=\"n v\">%s</td></tr>\n", verdicts[judge(r, scale)].words);
    }
    html_table_end(out);
}

void sheet_weigh(const struct sheet *s)
{
    const GArray *rows = weigh_rows(s->weigh, s->nth);
    if (!rows)
        return;
    const struct scale scale = scale_for(rows);
    sheet_heading(s, "consequence", "Consequence against hesitation",
                  "Upwards: by how much the option taken shifts the odds of the endings (0 %: not at all; 100 %: other "
                  "endings altogether), from all plays that the film allows. To the right: how long people took. The "
                  "corners begin at a shift of 20 % and at the middle of all times.");
    html_put(s->h.out,
             "<figure class=\"curve weigh\"><svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Consequence against "
             "hesitation; the table below has the same\"><g aria-hidden=\"true\">",
             LEFT + WIDTH + 16, TOP + HEIGHT + 44);
    put_axes(s->h.out, scale);
    put_dots(s->h.out, rows, scale);
    html_put(s->h.out, "</g></svg></figure>\n");
    put_rows(s->h.out, rows, scale);
    html_put(
        s->h.out,
        "<p class=\"soft\">%s The filters change how long people took and the verdict; what is measured stays that of "
        "the viewings that the page opens with. * Too few decided there themselves.</p>\n",
        weigh_measured(s->weigh));
    if (weigh_changed(s->weigh) > 0)
        html_put(s->h.out,
                 "<p class=\"soft\">%u decisions are left out: the story given has them no more, or changed.</p>\n",
                 weigh_changed(s->weigh));
}

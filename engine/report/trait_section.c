#include "report/film_section.h"

#include <math.h>

/* The drawing of a spread, in its own units; the script draws the same (engine/report/web/taste.js). */
enum { BINS = 20, LEFT = 8, TOP = 8, WIDTH = 420, HEIGHT = 90, BOTTOM = 34 };

/* Which version; nothing where it has no name. */
static void put_version_note(const struct film_section *s, int32_t v)
{
    const char *name = ((const struct survey_version *)s->film->versions->pdata[v])->version;
    if (!name || !*name)
        return;
    html_put(s->h.out, "<p class=\"soft\">Version ");
    html_text(s->h.out, name);
    html_put(s->h.out, "</p>");
}

/* A block that stands there only where its version has viewings. */
static void begin_version_block(const struct film_section *s, int32_t v)
{
    html_put(s->h.out, "<div data-version=\"%d\"%s>", v,
             s->h.x[s->layout->version[v] + COUNT_VIEWINGS] > 0 ? "" : " hidden=\"\"");
}

/* ---- taste --------------------------------------------------------------------------------------------------------- */

static void bin_leans(const int64_t *leans, int64_t bins[BINS])
{
    for (int i = 0; i < BINS; i++)
        bins[i] = 0;
    for (int i = 0; i < SURVEY_LEANS; i++)
        bins[MIN(i * BINS / (SURVEY_LEANS - 1), BINS - 1)] += leans[i];
}

static void put_lean_bars(GString *out, const int64_t *leans)
{
    int64_t bins[BINS], most = 1;
    char height[32], y[32];
    bin_leans(leans, bins);
    for (int i = 0; i < BINS; i++)
        most = MAX(most, bins[i]);
    for (int i = 0; i < BINS; i++) {
        const double h = HEIGHT * (double)bins[i] / (double)most;
        html_put(out, "<rect class=\"bin\" x=\"%d\" y=\"%s\" width=\"%d\" height=\"%s\"/>", LEFT + i * WIDTH / BINS + 1,
                 html_number(y, TOP + HEIGHT - h, 1), WIDTH / BINS - 2, html_number(height, h, 1));
    }
}

/* A lean is a whole per cent; the last bin holds 100 %, too. */
static void put_lean_table(const struct film_section *s, const struct survey_trait *t, bool enough)
{
    static const char *const heads[] = {"Lean", "Viewings"};
    g_autofree char *name = g_strdup_printf("%s-leans", t->name);
    int64_t bins[BINS];
    bin_leans(t->leans, bins);
    html_folded(s->h.out, name, "How the leans are spread", heads, G_N_ELEMENTS(heads), !enough);
    for (int i = 0; i < BINS; i++)
        html_put(s->h.out, "<tr><th scope=\"row\">%d to %d %%</th><td class=\"n\">%" G_GINT64_FORMAT "</td></tr>\n",
                 i * 100 / BINS, (i + 1) * 100 / BINS - (i + 1 < BINS), bins[i]);
    html_folded_end(s->h.out);
}

static void put_lean_figure(const struct film_section *s, const struct survey_trait *t, const char *name, guint at)
{
    GString *out = s->h.out;
    char mean[32], low[32], high[32];
    const bool enough = survey_profiles(t) >= s->h.floor;
    html_put(out, "<figure class=\"curve spread\" data-spread=\"%u\"><figcaption>", at);
    if (enough)
        html_put(out, "Mean lean: %s %% (%s to %s)", html_number(mean, t->mean * 100, 1),
                 html_number(low, t->interval.low * 100, 1), html_number(high, t->interval.high * 100, 1));
    else
        html_put(out, "Mean lean: too few to say");
    html_put(out, "</figcaption><svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"How the leans are spread: ",
             LEFT + WIDTH + LEFT, TOP + HEIGHT + BOTTOM);
    html_text(out, name);
    html_put(out, "\"%s><g aria-hidden=\"true\"><path class=\"grid\" d=\"M%d %dH%d\"/>", enough ? "" : " hidden=\"\"",
             LEFT, TOP + HEIGHT, LEFT + WIDTH);
    put_lean_bars(out, t->leans);
    for (int i = 0; i <= 4; i++)
        html_put(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">%d %%</text>", LEFT + WIDTH * i / 4,
                 TOP + HEIGHT + 15,
                 i == 0   ? "start"
                 : i == 4 ? "end"
                          : "middle",
                 i * 25);
    html_put(out,
             "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">of what there was to pick</text></g></svg></figure>\n",
             LEFT + WIDTH / 2, TOP + HEIGHT + 30);
    put_lean_table(s, t, enough);
}

static void put_telling_decisions(const struct film_section *s, const struct survey_trait *t, guint i)
{
    static const char *const heads[] = {"Decision", "Information", "Viewings"};
    char bits[32];
    html_put(s->h.out, "<div data-tells=\"%u\">", i);
    html_table(s->h.out, "told-by", "Decisions that tell of it", heads, G_N_ELEMENTS(heads));
    for (guint k = 0; k < t->associations->len; k++) {
        const struct survey_association *association = t->associations->pdata[k];
        if (!survey_is_associated(t, association, s->h.floor))
            continue;
        html_put(s->h.out, "<tr><th scope=\"row\">");
        html_text(s->h.out, title_or_name(association->decision->title, association->decision->name));
        html_put(s->h.out, "</th><td class=\"n\">%s bits</td><td class=\"n\">%" G_GINT64_FORMAT "</td></tr>\n",
                 html_number(bits, association->bits, 3), association->n);
    }
    html_table_end(s->h.out);
    html_put(s->h.out, "</div>\n");
}

static void put_trait(const struct film_section *s, guint i)
{
    const struct survey_trait *t = s->chosen->traits->pdata[i];
    const guint at = s->layout->trait[i];
    begin_version_block(s, t->version);
    html_put(s->h.out, "<article><h3>");
    html_text(s->h.out, t->name);
    html_put(s->h.out, "</h3>");
    put_version_note(s, t->version);
    html_put(s->h.out, "<div class=\"two\"><div>");
    html_share_table(s->h.out, t->name, "Viewings with a profile, and how surely they lean", "Taste", NULL);
    html_share(&s->h, "Surely for it", at + COUNT_SURE + 2, at + COUNT_PROFILES);
    html_share(&s->h, "Not sure", at + COUNT_SURE + 1, at + COUNT_PROFILES);
    html_share(&s->h, "Surely against it", at + COUNT_SURE, at + COUNT_PROFILES);
    html_share(&s->h, "Have a profile", at + COUNT_PROFILES, at + COUNT_TRAIT_VIEWINGS);
    html_table_end(s->h.out);
    put_telling_decisions(s, t, i);
    html_put(s->h.out, "</div><div>");
    put_lean_figure(s, t, t->name, at);
    html_put(s->h.out, "</div></div></article></div>\n");
}

void film_section_traits(const struct film_section *s)
{
    if (s->film->traits->len == 0)
        return;
    film_section_heading(
        s, "taste", "Taste",
        "How much of each trait a viewing picked, of what there was to pick. Who picked fewer than three times has "
        "no profile; who is sure leans further than chance would explain.");
    for (guint i = 0; i < s->film->traits->len; i++)
        put_trait(s, i);
}

/* ---- props --------------------------------------------------------------------------------------------------------- */

static const char *prop_title(const struct survey_film *f, guint i)
{
    const struct survey_prop *p = f->props->pdata[i];
    return title_or_name(p->title, p->name);
}

static void put_rival_shares(const struct film_section *s, int32_t version)
{
    html_share_table(s->h.out, "props-against", "One rather than another, of picks of either", "Prop", NULL);
    for (guint i = 0; i < s->film->props->len; i++) {
        const struct survey_prop *p = s->film->props->pdata[i];
        for (guint k = 0; k < p->rivals->len && p->version == version; k++) {
            const struct survey_rival *r = &g_array_index(p->rivals, struct survey_rival, k);
            g_autofree char *name =
                g_strdup_printf("%s rather than %s", prop_title(s->film, i), prop_title(s->film, (guint)r->prop));
            const guint at = s->layout->rival[i] + 2 * k;
            html_share(&s->h, name, at, at + 1);
        }
    }
    html_table_end(s->h.out);
}

static void put_prop_shares(const struct film_section *s, int32_t version)
{
    static const struct {
        const char *name, *caption;
        guint at;
    } tables[] = {{"props", "Picked, of the exposures in which it could be", COUNT_PROP_PICKS},
                  {"props-again", "Seen again later, by viewings that picked it", COUNT_PROP_SEEN_AGAIN}};
    begin_version_block(s, version);
    html_put(s->h.out, "<article>");
    put_version_note(s, version);
    for (size_t t = 0; t < G_N_ELEMENTS(tables); t++) {
        html_share_table(s->h.out, tables[t].name, tables[t].caption, "Prop", NULL);
        for (guint i = 0; i < s->film->props->len; i++) {
            const struct survey_prop *p = s->film->props->pdata[i];
            if (p->version == version)
                html_share(&s->h, prop_title(s->film, i), s->layout->prop[i] + tables[t].at,
                           s->layout->prop[i] + tables[t].at + 1);
        }
        html_table_end(s->h.out);
    }
    put_rival_shares(s, version);
    html_put(s->h.out, "</article></div>\n");
}

void film_section_props(const struct film_section *s)
{
    if (s->film->props->len == 0)
        return;
    film_section_heading(s, "props", "Props", "What people took, met again, and preferred to what.");
    for (guint v = 0; v < s->film->versions->len; v++)
        for (guint i = 0; i < s->film->props->len; i++)
            if (((const struct survey_prop *)s->film->props->pdata[i])->version == (int32_t)v) {
                put_prop_shares(s, (int32_t)v);
                break;
            }
}

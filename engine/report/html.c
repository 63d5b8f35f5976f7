#include "report/html.h"

#include "base/stats.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TOO_FEW "too few to say"

void html_text(GString *out, const char *text)
{
    for (const char *p = text; *p; p++)
        switch (*p) {
        case '&':
            g_string_append(out, "&amp;");
            break;
        case '<':
            g_string_append(out, "&lt;");
            break;
        case '>':
            g_string_append(out, "&gt;");
            break;
        case '"':
            g_string_append(out, "&quot;");
            break;
        case '\'':
            g_string_append(out, "&#39;");
            break;
        default:
            g_string_append_c(out, (guchar)*p < ' ' || *p == 127 ? ' ' : *p);
        }
}

void html_put(GString *out, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    g_string_append_vprintf(out, fmt, args);
    va_end(args);
}

const char *html_number(char *buffer, double value, int digits)
{
    char format[8];
    snprintf(format, sizeof format, "%%.%df", digits);
    return g_ascii_formatd(buffer, 32, format, value);
}

/* ---- tables ------------------------------------------------------------------------------------------------------- */

void html_table(GString *out, const char *name, const char *caption, const char *const *heads, int n)
{
    html_put(out, "<div class=\"scroll\"><table data-csv=\"");
    html_text(out, name);
    html_put(out, "\"><caption>");
    html_text(out, caption);
    html_put(out, "</caption><thead><tr>");
    for (int i = 0; i < n; i++)
        html_put(out, "<th scope=\"col\"%s>%s</th>", i > 0 ? " class=\"n\"" : "", heads[i]);
    html_put(out, "</tr></thead><tbody>\n");
}

void html_table_end(GString *out)
{
    html_put(out, "</tbody></table></div>\n");
}

void html_folded(GString *out, const char *name, const char *caption, const char *const *heads, int n, bool hidden)
{
    html_put(out, "<details class=\"same\"%s><summary>The same as a table</summary>\n", hidden ? " hidden=\"\"" : "");
    html_table(out, name, caption, heads, n);
}

void html_folded_end(GString *out)
{
    html_table_end(out);
    html_put(out, "</details>\n");
}

void html_share_table(GString *out, const char *name, const char *caption, const char *what, const char *more)
{
    const char *const heads[] = {what, "Share", "95 % interval", "Counted", more};
    html_put(out, "<div class=\"scroll\"><table class=\"shares\" data-csv=\"");
    html_text(out, name);
    html_put(out, "\"><caption>");
    html_text(out, caption);
    html_put(out, "</caption><thead><tr><th scope=\"col\">");
    html_text(out, heads[0]);
    html_put(out, "</th><td class=\"b\"></td>");
    for (size_t i = 1; i < G_N_ELEMENTS(heads) && heads[i]; i++)
        html_put(out, "<th scope=\"col\" class=\"n\">%s</th>", heads[i]);
    html_put(out, "</tr></thead><tbody>\n");
}

static void put_row_head(GString *out, const char *label)
{
    html_put(out, "<th scope=\"row\">");
    html_text(out, label);
    html_put(out, "</th>");
}

static void put_share_cells(GString *out, int64_t floor, int64_t k, int64_t of)
{
    char a[32], b[32], c[32];
    const bool enough = of >= MAX(floor, 1);
    const double share = enough ? stats_share(k, of) * 100 : 0;
    const struct stats_interval w = stats_wilson(k, of, STATS_Z95);
    html_put(
        out,
        "<td class=\"b\"><svg class=\"bar\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
        "<rect class=\"fill\" width=\"%s\" height=\"10\"/>",
        html_number(a, share, 2));
    html_put(out, "<rect class=\"range\" x=\"%s\" y=\"3.5\" width=\"%s\" height=\"3\"/></svg></td>",
             html_number(a, enough ? w.low * 100 : 0, 2), html_number(b, enough ? (w.high - w.low) * 100 : 0, 2));
    if (enough)
        html_put(out, "<td class=\"n s\">%s %%</td><td class=\"n i\">%s to %s</td>", html_number(a, share, 1),
                 html_number(b, w.low * 100, 1), html_number(c, w.high * 100, 1));
    else
        html_put(out, "<td class=\"n s\">" TOO_FEW "</td><td class=\"n i\"></td>");
    html_put(out, "<td class=\"n c\">%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT "</td>", k, of);
}

static void begin_share_row(const struct html *h, const char *label, guint k, guint n, const char *more)
{
    html_put(h->out, "<tr data-k=\"%u\" data-n=\"%u\"%s>", k, n, more);
    put_row_head(h->out, label);
    put_share_cells(h->out, h->floor, h->x[k], h->x[n]);
}

void html_share(const struct html *h, const char *label, guint k, guint n)
{
    begin_share_row(h, label, k, n, "");
    html_put(h->out, "</tr>\n");
}

void html_share_if_any(const struct html *h, const char *label, guint k, guint n)
{
    begin_share_row(h, label, k, n, h->x[k] > 0 ? " data-rare=\"\"" : " data-rare=\"\" hidden=\"\"");
    html_put(h->out, "</tr>\n");
}

void html_share_other(const struct html *h, const char *label, guint k, guint n)
{
    begin_share_row(h, label, k, n, " class=\"other\"");
    html_put(h->out, "<td></td></tr>\n");
}

static size_t moments_from_classes(const int64_t *picked, const int64_t *censored, struct stats_moment *moments)
{
    size_t n = 0;
    for (int c = 0; c < STATS_CLASSES; c++)
        if (picked[c] + (censored ? censored[c] : 0) > 0)
            moments[n++] = (struct stats_moment){stats_class_ms(c), picked[c], censored ? censored[c] : 0};
    return n;
}

void html_option(const struct html *h, const char *label, guint option)
{
    struct stats_moment *moments = g_new(struct stats_moment, STATS_CLASSES);
    const size_t n = moments_from_classes(h->x + option + COUNT_OPTION_PICKED_AT, NULL, moments);
    char text[32];
    begin_share_row(h, label, option + COUNT_PICKS, option + COUNT_AVAILABLE, "");
    html_put(h->out, "<td class=\"n\" data-took=\"%u\">", option + COUNT_OPTION_PICKED_AT);
    if (n > 0 && h->x[option + COUNT_PICKS] >= MAX(h->floor, 1))
        html_put(h->out, "%s s", html_number(text, stats_quantile(moments, n, 0.5) / 1000, 1));
    html_put(h->out, "</td></tr>\n");
    g_free(moments);
}

void html_share_fixed(const struct html *h, const char *label, int64_t k, int64_t n)
{
    html_put(h->out, "<tr>");
    put_row_head(h->out, label);
    put_share_cells(h->out, h->floor, k, n);
    html_put(h->out, "</tr>\n");
}

void html_difference(const struct html *h, const char *label, guint a, guint b)
{
    char text[3][32];
    const int64_t *x = h->x + a, *y = h->x + b;
    const bool enough = MIN(x[1], y[1]) >= MAX(h->floor, 1);
    const struct stats_interval d = stats_difference(x[0], x[1], y[0], y[1], STATS_Z95);
    html_put(h->out, "<tr data-a=\"%u\" data-b=\"%u\">", a, b);
    put_row_head(h->out, label);
    if (enough)
        html_put(h->out, "<td class=\"n s\">%s points</td><td class=\"n i\">%s to %s</td>",
                 html_number(text[0], (stats_share(x[0], x[1]) - stats_share(y[0], y[1])) * 100, 1),
                 html_number(text[1], d.low * 100, 1), html_number(text[2], d.high * 100, 1));
    else
        html_put(h->out, "<td class=\"n s\">" TOO_FEW "</td><td class=\"n i\"></td>");
    html_put(h->out,
             "<td class=\"n c\">%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " against %" G_GINT64_FORMAT
             " of %" G_GINT64_FORMAT "</td></tr>\n",
             x[0], x[1], y[0], y[1]);
}

void html_seconds(const struct html *h, guint sum, guint n)
{
    char text[32];
    html_put(h->out, "<td class=\"n\" data-sum=\"%u\" data-of=\"%u\">", sum, n);
    if (h->x[n] > 0)
        html_put(h->out, "%s s", html_number(text, (double)h->x[sum] / 1e6 / (double)h->x[n], 1));
    html_put(h->out, "</td>");
}

void html_count(const struct html *h, const char *element, guint at)
{
    html_put(h->out, "<%s%s data-c=\"%u\">%" G_GINT64_FORMAT "</%s>", element,
             strcmp(element, "td") == 0 ? " class=\"n\"" : "", at, h->x[at], element);
}

/* ---- the curve ---------------------------------------------------------------------------------------------------- */

/* The drawing's frame, in its own units. */
enum { LEFT = 44, TOP = 10, WIDTH = 420, HEIGHT = 150, RIGHT = 16, BOTTOM = 38 };

struct curve_axes {
    double end_ms, step_ms;
};

/* The axis ends at a round number of seconds behind the last moment, with four to ten steps. */
static struct curve_axes curve_axes_for(double last_ms)
{
    static const double steps_ms[] = {100, 200, 500, 1000, 2000, 5000, 10000, 30000, 60000, 300000, 3600000};
    size_t i = 0;
    while (i + 1 < G_N_ELEMENTS(steps_ms) && last_ms > 10 * steps_ms[i])
        i++;
    const double step = steps_ms[i];
    return (struct curve_axes){fmax(1, ceil(last_ms / step)) * step, step};
}

static double x_of(const struct curve_axes *a, double ms)
{
    return LEFT + fmin(ms / a->end_ms, 1) * WIDTH;
}

static double y_of(double share)
{
    return TOP + (1 - share) * HEIGHT;
}

/* Along the curve's steps: sideways, up or down. */
static void put_curve_step(GString *out, char command, double to)
{
    char text[32];
    html_put(out, "%c%s", command, html_number(text, to, 1));
}

static void put_curve_grid(GString *out, const struct curve_axes *a)
{
    char x[32], y[32], text[32];
    for (int i = 0; i <= 4; i++) {
        html_number(y, TOP + (1 - i / 4.0) * HEIGHT, 1);
        html_put(out, "<path class=\"grid\" d=\"M%d %sH%d\"/>", LEFT, y, LEFT + WIDTH);
        html_put(out, "<text x=\"%d\" y=\"%s\" dy=\"4\" text-anchor=\"end\">%d %%</text>", LEFT - 6, y, i * 25);
    }
    const int steps = (int)(a->end_ms / a->step_ms + 0.5);
    for (int i = 0; i <= steps; i++) {
        html_number(x, LEFT + (double)i / steps * WIDTH, 1);
        html_put(out, "<text x=\"%s\" y=\"%d\" text-anchor=\"middle\">%s%s</text>", x, TOP + HEIGHT + 16,
                 html_number(text, i * a->step_ms / 1000, a->step_ms < 1000 ? 1 : 0), i == steps ? " s" : "");
    }
    html_put(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">since the choice opened</text>", LEFT + WIDTH / 2,
             TOP + HEIGHT + 33);
}

/* Down to each moment's bound and on to the next; backwards for the lower edge of the band. */
static void put_curve_band(GString *out, const struct curve_axes *a, const struct stats_survival *curve, size_t n)
{
    html_put(out, "M%d %d", LEFT, TOP);
    for (size_t i = 0; i < n; i++) {
        put_curve_step(out, 'H', x_of(a, curve[i].time));
        put_curve_step(out, 'V', y_of(curve[i].interval.high));
    }
    for (size_t i = n; i-- > 0;) {
        put_curve_step(out, 'V', y_of(curve[i].interval.low));
        put_curve_step(out, 'H', x_of(a, curve[i].time));
        put_curve_step(out, 'V', y_of(i > 0 ? curve[i - 1].interval.low : 1));
    }
    html_put(out, "Z");
}

static void put_curve_line(GString *out, const struct curve_axes *a, const struct stats_survival *curve, size_t n)
{
    html_put(out, "M%d %d", LEFT, TOP);
    for (size_t i = 0; i < n; i++) {
        put_curve_step(out, 'H', x_of(a, curve[i].time));
        put_curve_step(out, 'V', y_of(curve[i].share));
    }
}

static void put_quantile(GString *out, const char *words, struct stats_time t)
{
    char a[32], b[32], c[32];
    html_put(out, "%s ", words);
    if (!isfinite(t.value)) {
        html_put(out, "not reached: too many let the time run out, or left");
        return;
    }
    html_put(out, "%s s", html_number(a, t.value / 1000, 1));
    html_put(out, " (%s to %s)", isfinite(t.interval.low) ? html_number(b, t.interval.low / 1000, 1) : "…",
             isfinite(t.interval.high) ? html_number(c, t.interval.high / 1000, 1) : "…");
}

static void put_curve(const struct html *h, const struct stats_survival *curve, size_t n)
{
    const struct curve_axes a = curve_axes_for(curve[n - 1].time);
    html_put(h->out, "<g aria-hidden=\"true\">");
    put_curve_grid(h->out, &a);
    html_put(h->out, "<path class=\"band\" d=\"");
    put_curve_band(h->out, &a, curve, n);
    html_put(h->out, "\"/><path class=\"line\" d=\"");
    put_curve_line(h->out, &a, curve, n);
    html_put(h->out, "\"/></g>");
}

/* At each of the axis' steps; who wants every moment takes the CSV. */
static void put_curve_table(const struct html *h, const char *decision, const struct stats_survival *curve, size_t n)
{
    static const char *const heads[] = {"After", "Still undecided", "95 % interval"};
    g_autofree char *name = g_strdup_printf("%s-time", decision);
    const struct curve_axes a = n > 0 ? curve_axes_for(curve[n - 1].time) : (struct curve_axes){0, 1};
    char text[32], low[32], high[32];
    html_folded(h->out, name, "Who is still undecided", heads, G_N_ELEMENTS(heads), n == 0);
    for (int step = 1, steps = (int)(a.end_ms / a.step_ms + 0.5), i = -1; step <= steps; step++) {
        while (i + 1 < (int)n && curve[i + 1].time <= step * a.step_ms)
            i++;
        const struct stats_interval all = {1, 1}, range = i < 0 ? all : curve[i].interval;
        html_put(h->out, "<tr><th scope=\"row\">%s s</th>",
                 html_number(text, step * a.step_ms / 1000, a.step_ms < 1000 ? 1 : 0));
        html_put(h->out, "<td class=\"n\">%s %%</td>", html_number(text, i < 0 ? 100 : curve[i].share * 100, 1));
        html_put(h->out, "<td class=\"n i\">%s to %s</td></tr>\n", html_number(low, range.low * 100, 1),
                 html_number(high, range.high * 100, 1));
    }
    html_folded_end(h->out);
}

void html_curve(const struct html *h, const char *label, const char *name, guint decision)
{
    const int64_t *x = h->x + decision;
    struct stats_moment *moments = g_new(struct stats_moment, STATS_CLASSES);
    struct stats_survival *curve = g_new(struct stats_survival, STATS_CLASSES);
    const size_t n = moments_from_classes(x + COUNT_PICKED_AT, x + COUNT_CENSORED_AT, moments);
    const bool enough = n > 0 && x[COUNT_EXPOSURES] >= MAX(h->floor, 1);
    stats_survive(moments, n, STATS_Z95, curve);
    html_put(h->out, "<figure class=\"curve\" data-curve=\"%u\"><figcaption>Still undecided: ", decision);
    if (enough) {
        put_quantile(h->out, "half decided within", stats_time_at(curve, n, 0.5));
        put_quantile(h->out, "; nine in ten within", stats_time_at(curve, n, 0.9));
    } else
        html_put(h->out, TOO_FEW);
    html_put(h->out,
             "</figcaption><svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Share still undecided over time: ",
             LEFT + WIDTH + RIGHT, TOP + HEIGHT + BOTTOM);
    html_text(h->out, label);
    html_put(h->out, "\"%s>", enough ? "" : " hidden=\"\"");
    if (enough)
        put_curve(h, curve, n);
    html_put(h->out, "</svg></figure>\n");
    put_curve_table(h, name, curve, enough ? n : 0);
    g_free(moments);
    g_free(curve);
}

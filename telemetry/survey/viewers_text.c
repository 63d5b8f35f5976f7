/* viewers_text: what people did over all their viewings, as tables for a terminal, and as CSV. */

#include "base/safe.h"
#include "base/stats.h"
#include "base/units.h"
#include "telemetry/survey/survey.h"
#include "telemetry/survey/viewers.h"

#include <string.h>

#define TITLE_COLUMNS 56

static const char *of_what(const char *kind)
{
    return strcmp(kind, "came back") == 0        ? "Who came back: viewers"
           : strcmp(kind, "not linked") == 0     ? "Not in the numbers of viewers: viewings"
           : strcmp(kind, "film seen") == 0      ? "How much of the film they saw: viewers"
           : strcmp(kind, "second choice") == 0  ? "Second choice beside the first: viewers who picked both times"
           : strcmp(kind, "prop on screen") == 0 ? "Props on screen: viewings that saw it, and for how long each"
                                                 : "What a timeout led to: timeouts";
}

static void append_row(GString *out, const struct viewers_row *r, int64_t floor)
{
    const struct stats_interval w = stats_wilson(r->k, r->n, STATS_Z95);
    char share[16], low[16], high[16];
    g_string_append(out, "    ");
    survey_append_padded(out, r->title, TITLE_COLUMNS);
    if (survey_is_enough(r->n, floor))
        safe_printf(out, "%6s %%  %5s to %5s  ",
                    g_ascii_formatd(share, sizeof share, "%.1f", stats_share(r->k, r->n) * 100),
                    g_ascii_formatd(low, sizeof low, "%.1f", w.low * 100),
                    g_ascii_formatd(high, sizeof high, "%.1f", w.high * 100));
    else
        g_string_append(out, "too few to say          ");
    safe_printf(out, "%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT, r->k, r->n);
    if (r->us != US_NONE)
        safe_printf(out, ", %s s",
                    g_ascii_formatd(share, sizeof share, "%.1f", (double)r->us / US_PER_SECOND / (double)MAX(r->k, 1)));
    g_string_append_c(out, '\n');
}

void viewers_text(const struct viewers *v, GString *out)
{
    const struct viewers_row *last = NULL;
    for (guint i = 0; i < v->rows->len; i++) {
        const struct viewers_row *r = v->rows->pdata[i];
        if (!last || last->kind != r->kind || strcmp(last->film, r->film) != 0 ||
            g_strcmp0(last->version, r->version) != 0) {
            g_string_append(out, last ? "\n" : "");
            safe_printf(out, "%s  [%s%s%s]\n", of_what(r->kind), r->film, r->version ? ", version " : "",
                        r->version ? r->version : "");
        }
        append_row(out, r, v->floor);
        last = r;
    }
    g_string_append(out, last
                             ? "\nViewings by people count, of all versions, first and later ones, in all time modes.\n"
                             : "There is no viewing by a person in the store.\n");
}

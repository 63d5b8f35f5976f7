/* viewers_csv: what people did over all their viewings, as one CSV table. */

#include "base/safe.h"
#include "base/stats.h"
#include "base/units.h"
#include "telemetry/survey/survey.h"
#include "telemetry/survey/viewers.h"

static void append_number(GString *out, double value, bool known)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    g_string_append_c(out, ',');
    if (known)
        g_string_append(out, g_ascii_formatd(text, sizeof text, "%.6f", value));
}

static void append_row(GString *out, const struct viewers_row *r, int64_t floor)
{
    const struct stats_interval w = stats_wilson(r->k, r->n, STATS_Z95);
    const bool known = survey_is_enough(r->n, floor);
    const char *const fields[] = {r->kind, r->film, r->version, r->id, r->option, r->title};
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        safe_csv(out, fields[i]);
        g_string_append_c(out, ',');
    }
    g_string_append_printf(out, "%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT, r->k, r->n);
    append_number(out, stats_share(r->k, r->n), known);
    append_number(out, w.low, known);
    append_number(out, w.high, known);
    append_number(out, (double)r->us / US_PER_SECOND / (double)MAX(r->k, 1), r->us != US_NONE);
    g_string_append(out, "\r\n");
}

void viewers_csv(const struct viewers *v, GString *out)
{
    g_string_append(out, "kind,story,version,id,option,title,k,n,share,low,high,seconds_each\r\n");
    for (guint i = 0; i < v->rows->len; i++)
        append_row(out, v->rows->pdata[i], v->floor);
}

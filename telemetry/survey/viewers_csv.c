/* viewers_csv: what people did over all their viewings, as one CSV table. */

#include "base/safe.h"
#include "telemetry/survey/survey_share.h"
#include "telemetry/survey/viewers.h"

static void append_row(GString *out, const struct viewers_row *r, int64_t floor)
{
    const struct survey_ratio share = {r->k, r->n, 0};
    const char *const fields[] = {r->kind, r->film, r->version, r->id, r->option, r->title};
    safe_csv_fields(out, fields, G_N_ELEMENTS(fields));
    g_string_append_printf(out, ",%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT, r->k, r->n);
    survey_share_csv(out, share, floor);
    survey_share_csv_number(out, viewers_seconds_each(r));
    g_string_append(out, "\r\n");
}

void viewers_csv(const struct viewers *v, GString *out)
{
    g_string_append(out, "kind,story,version,id,option,title,k,n,share,low,high,seconds_each\r\n");
    for (guint i = 0; i < v->rows->len; i++)
        append_row(out, v->rows->pdata[i], v->floor);
}

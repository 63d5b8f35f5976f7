/* viewers_text: what people did over all their viewings, as tables for a terminal, and as CSV. */

#include "base/safe.h"
#include "base/units.h"
#include "telemetry/survey/survey_share.h"
#include "telemetry/survey/viewers.h"

#include <string.h>

#define TITLE_COLUMNS 30

static void append_row(GString *out, const struct viewers_row *r, int64_t floor)
{
    char seconds[16];
    const bool wide = g_utf8_strlen(r->title, -1) >= TITLE_COLUMNS; /* its numbers stand below it */
    g_string_append(out, "    ");
    if (wide) {
        survey_append_padded(out, r->title, 0);
        g_string_append(out, "\n    ");
    }
    survey_append_padded(out, wide ? "" : r->title, TITLE_COLUMNS);
    survey_share_text(out, (struct survey_ratio){r->k, r->n, 0}, floor);
    if (r->us != US_NONE)
        safe_printf(out, ", %s s", g_ascii_formatd(seconds, sizeof seconds, "%.1f", viewers_seconds_each(r)));
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
            safe_printf(out, "%s\n  [%s%s%s]\n", viewers_kind_words(r->kind), r->film, r->version ? ", version " : "",
                        r->version ? units_or_dash(r->version) : "");
        }
        append_row(out, r, v->floor);
        last = r;
    }
    g_string_append(out,
                    last ? "\nViewings by people count, of all versions, first and later ones, in all time\nmodes.\n"
                         : "There is no viewing by a person in the store.\n");
}

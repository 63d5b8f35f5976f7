/* cross_text: parts of an audience side by side, as tables for a terminal. */

#include "base/safe.h"
#include "telemetry/survey/cross.h"
#include "telemetry/survey/survey_share.h"

#include <string.h>

#define VALUE_COLUMNS 24

static const char *heading_of(const struct cross_row *r)
{
    return strcmp(r->kind, "film") == 0     ? "The film"
           : strcmp(r->kind, "ending") == 0 ? "Endings"
           : strcmp(r->kind, "reach") == 0  ? "How far they came: viewings that entered it, of those that could have"
                                            : r->id;
}

static void append_row(GString *out, const struct cross *c, const struct cross_row *r)
{
    g_string_append(out, "  ");
    survey_append_padded(out, r->title ? r->title : r->option ? r->option : r->id, 0);
    if (r->version && *r->version) {
        g_string_append(out, ", version ");
        survey_append_padded(out, r->version, 0);
    }
    g_string_append(out, r->q <= STATS_DISCOVERIES ? "  *\n" : "\n");
    for (guint i = 0; i < c->n_parts; i++) {
        g_string_append(out, "    ");
        survey_append_padded(out, c->parts[i].value, VALUE_COLUMNS);
        survey_share_text(out, r->shares[i], c->parts[i].survey->options.floor);
        g_string_append_c(out, '\n');
    }
}

static void append_film(GString *out, const struct cross *c, guint film)
{
    const struct cross_film *f = &c->films[film];
    const char *last = "";
    survey_append_padded(out, f->film->title ? f->film->title : f->film->name, 0);
    safe_printf(out, ", by %s\n", c->by);
    for (guint i = 0; i < c->n_parts; i++) {
        g_string_append(out, "    ");
        survey_append_padded(out, c->parts[i].value, VALUE_COLUMNS);
        safe_printf(out, "%" G_GINT64_FORMAT " viewings\n", survey_selected(c->parts[i].survey->films->pdata[film]));
    }
    for (guint i = 0; i < f->rows->len; i++) {
        const struct cross_row *r = &g_array_index(f->rows, struct cross_row, i);
        if (strcmp(heading_of(r), last) != 0) {
            last = heading_of(r);
            g_string_append_c(out, '\n');
            survey_append_padded(out, last, 0);
            g_string_append_c(out, '\n');
        }
        append_row(out, c, r);
    }
    g_string_append_c(out, '\n');
}

void cross_text(const struct cross *c, GString *out)
{
    g_string_append(out, "Shares with their 95 % intervals, and how many cases they have; * where the\n"
                         "parts differ more than chance allows, after correction for the number of rows.\n\n");
    for (guint i = 0; i < c->n_films; i++)
        append_film(out, c, i);
}

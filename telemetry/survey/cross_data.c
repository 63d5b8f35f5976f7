/* cross_data: parts of an audience side by side, as JSON and as CSV. */

#include "base/safe.h"
#include "telemetry/survey/cross_json.h"
#include "telemetry/survey/survey_share.h"

#include <math.h>

void cross_json_values(JsonBuilder *b, const char *name, const struct cross *c)
{
    json_put_array(b, name);
    for (guint i = 0; i < c->n_parts; i++)
        json_builder_add_string_value(b, c->parts[i].value);
    json_builder_end_array(b);
}

void cross_json_film(JsonBuilder *b, const struct cross_film *f)
{
    json_put_text(b, "id", f->film->name);
    json_put_text(b, "title", f->film->title);
}

void cross_json_row(JsonBuilder *b, const struct cross_row *r)
{
    json_put_text(b, "kind", r->kind);
    json_put_text(b, "version", r->version);
    json_put_text(b, "id", r->id);
    json_put_text(b, "option", r->option);
    json_put_text(b, "title", r->title);
}

static void put_share(JsonBuilder *b, struct survey_ratio r, int64_t floor)
{
    json_builder_begin_object(b);
    survey_share_json(b, r, floor);
    json_builder_end_object(b);
}

static void put_row(JsonBuilder *b, const struct cross *c, const struct cross_row *r)
{
    json_builder_begin_object(b);
    cross_json_row(b, r);
    json_put_rounded(b, "q", r->q, isfinite(r->q));
    json_put_array(b, "shares");
    for (guint i = 0; i < c->n_parts; i++)
        put_share(b, r->shares[i], c->parts[i].survey->options.floor);
    json_builder_end_array(b);
    json_builder_end_object(b);
}

static void put_film(JsonBuilder *b, const struct cross *c, guint film)
{
    const struct cross_film *f = &c->films[film];
    json_builder_begin_object(b);
    cross_json_film(b, f);
    json_put_array(b, "viewings");
    for (guint i = 0; i < c->n_parts; i++)
        json_builder_add_int_value(b, survey_selected(c->parts[i].survey->films->pdata[film]));
    json_builder_end_array(b);
    json_put_array(b, "rows");
    for (guint i = 0; i < f->rows->len; i++)
        put_row(b, c, &g_array_index(f->rows, struct cross_row, i));
    json_builder_end_array(b);
    json_builder_end_object(b);
}

void cross_json(const struct cross *c, GString *out)
{
    g_autoptr(JsonBuilder) b = json_builder_new();
    json_builder_begin_object(b);
    json_put_text(b, "format", "frumious-cross");
    json_put_text(b, "by", c->by);
    cross_json_values(b, "parts", c);
    json_put_array(b, "films");
    for (guint i = 0; i < c->n_films; i++)
        put_film(b, c, i);
    json_builder_end_array(b);
    json_builder_end_object(b);
    json_put_document(b, false, out);
}

static void append_share(GString *out, const struct cross *c, const struct cross_film *f, const struct cross_row *r,
                         guint part)
{
    const struct survey_ratio s = r->shares[part];
    const char *const fields[] = {f->film->name, c->by,   c->parts[part].value, r->kind, r->version, r->id,
                                  r->option,     r->title};
    safe_csv_fields(out, fields, G_N_ELEMENTS(fields));
    g_string_append_printf(out, ",%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT, s.k, s.n);
    survey_share_csv(out, s, c->parts[part].survey->options.floor);
    survey_share_csv_number(out, r->q);
    g_string_append(out, "\r\n");
}

void cross_csv(const struct cross *c, GString *out)
{
    g_string_append(out, "story,by,part,kind,version,id,option,title,k,n,share,low,high,q\r\n");
    for (guint i = 0; i < c->n_films; i++)
        for (guint k = 0; k < c->films[i].rows->len; k++)
            for (guint part = 0; part < c->n_parts; part++)
                append_share(out, c, &c->films[i], &g_array_index(c->films[i].rows, struct cross_row, k), part);
}

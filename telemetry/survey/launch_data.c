/* launch_data: what an audience did over calendar time, as JSON and as CSV. */

#include "base/json.h"
#include "base/safe.h"
#include "telemetry/survey/launch.h"
#include "telemetry/survey/survey_share.h"

static const char *const kind_words[] = {[LAUNCH_VIEWINGS] = "viewings",
                                         [LAUNCH_REACHED] = "reached an ending",
                                         [LAUNCH_ENDING] = "ending",
                                         [LAUNCH_OPTION] = "option",
                                         [LAUNCH_TIMEOUT] = "timeout"};

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

static void put_date(JsonBuilder *b, int32_t day)
{
    g_autofree char *date = count_date(day);
    json_builder_begin_object(b);
    json_put_text(b, "date", date);
}

static void put_mark(JsonBuilder *b, const struct launch_mark *m)
{
    put_date(b, m->day);
    json_put_text(b, "kind", m->is_version ? "version" : "note");
    json_put_text(b, "text", m->text);
    json_builder_end_object(b);
}

static void put_row(JsonBuilder *b, const struct launch *l, const struct launch_row *r)
{
    put_date(b, r->day);
    json_put_text(b, "kind", kind_words[r->kind]);
    json_put_text(b, "version", r->version);
    json_put_text(b, "id", r->id);
    json_put_text(b, "option", r->option);
    json_put_text(b, "title", r->title);
    survey_share_json(b, r->share, l->options->floor);
    json_builder_end_object(b);
}

static void put_film(JsonBuilder *b, const struct launch *l, const struct launch_film *f)
{
    json_builder_begin_object(b);
    json_put_text(b, "id", f->film->name);
    json_put_text(b, "title", f->film->title);
    json_put_text(b, "period", launch_period_word(f->period));
    json_put_array(b, "marks");
    for (guint i = 0; i < f->marks->len; i++)
        put_mark(b, &g_array_index(f->marks, struct launch_mark, i));
    json_builder_end_array(b);
    json_put_array(b, "rows");
    for (guint i = 0; i < f->rows->len; i++)
        if (launch_is_wanted(l, &g_array_index(f->rows, struct launch_row, i)))
            put_row(b, l, &g_array_index(f->rows, struct launch_row, i));
    json_builder_end_array(b);
    json_builder_end_object(b);
}

void launch_json(const struct launch *l, GString *out)
{
    g_autoptr(JsonBuilder) b = json_builder_new();
    json_builder_begin_object(b);
    json_put_text(b, "format", "frumious-launch");
    json_put_array(b, "films");
    for (guint i = 0; i < l->n_films; i++)
        put_film(b, l, &l->films[i]);
    json_builder_end_array(b);
    json_builder_end_object(b);
    json_put_document(b, false, out);
}

/* ---- CSV --------------------------------------------------------------------------------------------------------- */

static void append_csv_row(GString *out, const struct launch *l, const struct launch_film *f,
                           const struct launch_row *r)
{
    g_autofree char *date = count_date(r->day);
    const char *const fields[] = {
        f->film->name, launch_period_word(f->period), date, kind_words[r->kind], r->version, r->id, r->option,
        r->title};
    safe_csv_fields(out, fields, G_N_ELEMENTS(fields));
    g_string_append_printf(out, ",%" G_GINT64_FORMAT ",", r->share.k);
    if (r->kind != LAUNCH_VIEWINGS)
        g_string_append_printf(out, "%" G_GINT64_FORMAT, r->share.n);
    survey_share_csv(out, r->share, l->options->floor);
    g_string_append(out, "\r\n");
}

static void append_csv_mark(GString *out, const struct launch_film *f, const struct launch_mark *m)
{
    g_autofree char *date = count_date(m->day);
    const char *const fields[] = {f->film->name,
                                  "day",
                                  date,
                                  m->is_version ? "first of version" : "note",
                                  m->is_version ? m->text : NULL,
                                  NULL,
                                  NULL,
                                  m->is_version ? NULL : m->text};
    safe_csv_fields(out, fields, G_N_ELEMENTS(fields));
    g_string_append(out, ",,,,,\r\n");
}

void launch_csv(const struct launch *l, GString *out)
{
    g_string_append(out, "story,period,date,kind,version,id,option,title,k,n,share,low,high\r\n");
    for (guint i = 0; i < l->n_films; i++) {
        const struct launch_film *f = &l->films[i];
        for (guint k = 0; k < f->marks->len; k++)
            append_csv_mark(out, f, &g_array_index(f->marks, struct launch_mark, k));
        for (guint k = 0; k < f->rows->len; k++)
            if (launch_is_wanted(l, &g_array_index(f->rows, struct launch_row, k)))
                append_csv_row(out, l, f, &g_array_index(f->rows, struct launch_row, k));
    }
}

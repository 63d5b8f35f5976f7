/* launch_data: what an audience did over calendar time, as JSON and as CSV. */

#include "base/json.h"
#include "base/safe.h"
#include "telemetry/survey/launch.h"

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
    const struct stats_interval w = stats_wilson(r->share.k, r->share.n, STATS_Z95);
    const bool known = launch_is_enough(l, r);
    put_date(b, r->day);
    json_put_text(b, "kind", kind_words[r->kind]);
    json_put_text(b, "version", r->version);
    json_put_text(b, "id", r->id);
    json_put_text(b, "option", r->option);
    json_put_text(b, "title", r->title);
    json_put_int(b, "k", r->share.k);
    json_put_int(b, "n", r->share.n);
    json_put_rounded(b, "share", stats_share(r->share.k, r->share.n), known);
    json_put_rounded(b, "low", w.low, known);
    json_put_rounded(b, "high", w.high, known);
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

static void append_fields(GString *out, const char *const *fields, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            g_string_append_c(out, ',');
        safe_csv(out, fields[i]);
    }
}

static void append_csv_number(GString *out, double value, bool known)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    g_string_append_c(out, ',');
    if (known)
        g_string_append(out, g_ascii_formatd(text, sizeof text, "%.6f", value));
}

static void append_csv_row(GString *out, const struct launch *l, const struct launch_film *f,
                           const struct launch_row *r)
{
    const struct stats_interval w = stats_wilson(r->share.k, r->share.n, STATS_Z95);
    const bool known = launch_is_enough(l, r);
    g_autofree char *date = count_date(r->day);
    const char *const fields[] = {
        f->film->name, launch_period_word(f->period), date, kind_words[r->kind], r->version, r->id, r->option,
        r->title};
    append_fields(out, fields, G_N_ELEMENTS(fields));
    g_string_append_printf(out, ",%" G_GINT64_FORMAT ",", r->share.k);
    if (r->kind != LAUNCH_VIEWINGS)
        g_string_append_printf(out, "%" G_GINT64_FORMAT, r->share.n);
    append_csv_number(out, stats_share(r->share.k, r->share.n), known);
    append_csv_number(out, w.low, known);
    append_csv_number(out, w.high, known);
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
    append_fields(out, fields, G_N_ELEMENTS(fields));
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

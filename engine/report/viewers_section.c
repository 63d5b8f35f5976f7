#include "report/viewers_section.h"

#include "base/json.h"

#include <math.h>
#include <string.h>

#define ROWS_MAX  200 /* of a kind */
#define GIST_ROWS 2
#define CELLS_MAX 100000 /* that the page's script adds up: some two megabytes */

static const struct viewers_row *row_at(const struct viewers *v, guint i)
{
    return v->rows->pdata[i];
}

/* Its places among the film's counts, if the page's script can add up its cells. */
static void put_places(JsonBuilder *b, const struct film_section *s, guint told)
{
    const guint place = viewers_section_place(s, told);
    json_put_object(b, "live");
    json_put_int(b, "k_place", place);
    json_put_int(b, "n_place", place + 1);
    json_builder_end_object(b);
}

/* `told`: how many rows of the film stand before it. */
static void put_row(JsonBuilder *b, const struct film_section *s, const struct viewers_row *r, guint told, bool live)
{
    char number[SHARE_NUMBER_BYTES];
    const double seconds = viewers_seconds_each(r);
    json_builder_begin_object(b);
    json_put_text(b, "title", r->title);
    json_put_text(b, "version", r->version);
    if (live)
        put_places(b, s, told);
    else {
        json_put_object(b, "fixed");
        json_put_int(b, "k", r->k);
        json_put_int(b, "n", r->n);
        json_builder_end_object(b);
    }
    if (!isnan(seconds)) {
        json_put_object(b, "seconds");
        json_put_text(b, "text", share_row_number(number, seconds, 1));
        if (live) {
            json_put_int(b, "sum", viewers_section_place(s, told) + 2);
            json_put_int(b, "of", viewers_section_place(s, told));
        }
        json_builder_end_object(b);
    }
    share_row_put_members(b, s->viewers->floor, r->k, r->n);
    json_builder_end_object(b);
}

/* Rows of one film and kind stand together: those from `from` to before the result are. */
static guint end_of_kind(const struct viewers *v, guint from)
{
    guint to = from;
    while (to < v->rows->len && row_at(v, to)->kind == row_at(v, from)->kind &&
           strcmp(row_at(v, to)->film, row_at(v, from)->film) == 0)
        to++;
    return to;
}

/* What a closed table says, where it has little: its first row. */
static void put_gist(JsonBuilder *b, const struct viewers_row *r, int64_t floor)
{
    char number[SHARE_NUMBER_BYTES];
    g_autofree char *gist =
        r->n < MAX(floor, 1)
            ? g_strdup_printf("%s: %s", r->title, SHARE_TOO_FEW)
            : g_strdup_printf("%s: %s %%", r->title, share_row_number(number, stats_share(r->k, r->n) * 100, 1));
    json_put_text(b, "gist", gist);
}

/* Those of a kind from `from` to before `to`; *told: how many rows of the film stand before them, and then with them. */
static void put_kind(JsonBuilder *b, const struct film_section *s, guint from, guint to, guint *told)
{
    const struct viewers *v = s->viewers;
    const guint shown = MIN(to - from, ROWS_MAX);
    const bool live = viewers_section_is_live(s);
    g_autofree char *name = g_strdelimit(g_strdup(row_at(v, from)->kind), " ", '-');
    json_builder_begin_object(b);
    json_put_text(b, "name", name);
    json_put_text(b, "words", viewers_kind_words(row_at(v, from)->kind));
    if (to - from <= GIST_ROWS)
        put_gist(b, row_at(v, from), v->floor);
    json_put_bool(b, "has_seconds", row_at(v, from)->us != US_NONE);
    json_put_array(b, "rows");
    for (guint i = from; i < from + shown; i++)
        put_row(b, s, row_at(v, i), (*told)++, live);
    json_builder_end_array(b);
    if (to - from > shown)
        json_put_int(b, "left_out", to - from - shown);
    json_builder_end_object(b);
}

GPtrArray *viewers_section_rows(const struct film_section *s)
{
    GPtrArray *rows = g_ptr_array_new();
    const struct viewers *v = s->viewers;
    for (guint i = 0, to; v && i < v->rows->len; i = to) {
        to = end_of_kind(v, i);
        for (guint k = i; k < MIN(to, i + ROWS_MAX) && strcmp(row_at(v, i)->film, s->film->name) == 0; k++)
            g_ptr_array_add(rows, v->rows->pdata[k]);
    }
    return rows;
}

bool viewers_section_is_live(const struct film_section *s)
{
    guint cells = 0;
    for (guint i = 0; s->viewers && i < s->viewers->rows->len; i++)
        cells += row_at(s->viewers, i)->cells->len;
    return cells > 0 && cells <= CELLS_MAX;
}

guint viewers_section_place(const struct film_section *s, guint told)
{
    return s->layout->n_shown + told * VIEWERS_SECTION_COUNTS;
}

void viewers_section_put(JsonBuilder *b, const struct film_section *s)
{
    const struct viewers *v = s->viewers;
    guint told = 0;
    json_put_object(b, "viewers");
    json_put_int(b, "film", s->film_index);
    json_put_text(b, "lack", v ? NULL : s->viewers_lack);
    json_put_bool(b, "is_live", viewers_section_is_live(s));
    json_put_array(b, "kinds");
    for (guint i = 0, to; v && i < v->rows->len; i = to) {
        to = end_of_kind(v, i);
        if (strcmp(row_at(v, i)->film, s->film->name) == 0)
            put_kind(b, s, i, to, &told);
    }
    json_builder_end_array(b);
    json_builder_end_object(b);
}

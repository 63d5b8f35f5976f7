#include "report/viewers_section.h"

#include "base/json.h"

#include <math.h>
#include <string.h>

#define ROWS_MAX  200 /* of a kind */
#define GIST_ROWS 2

static const struct viewers_row *row_at(const struct viewers *v, guint i)
{
    return v->rows->pdata[i];
}

static void put_row(JsonBuilder *b, const struct viewers_row *r, int64_t floor)
{
    char number[SHARE_NUMBER_BYTES];
    const double seconds = viewers_seconds_each(r);
    json_builder_begin_object(b);
    json_put_text(b, "title", r->title);
    json_put_text(b, "version", r->version);
    json_put_int(b, "k", r->k);
    json_put_int(b, "n", r->n);
    json_put_text(b, "seconds", isnan(seconds) ? NULL : share_row_number(number, seconds, 1));
    share_row_put_members(b, floor, r->k, r->n);
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

static void put_kind(JsonBuilder *b, const struct viewers *v, guint from, guint to)
{
    const guint shown = MIN(to - from, ROWS_MAX);
    g_autofree char *name = g_strdelimit(g_strdup(row_at(v, from)->kind), " ", '-');
    json_builder_begin_object(b);
    json_put_text(b, "name", name);
    json_put_text(b, "words", viewers_kind_words(row_at(v, from)->kind));
    if (to - from <= GIST_ROWS)
        put_gist(b, row_at(v, from), v->floor);
    json_put_bool(b, "has_seconds", row_at(v, from)->us != US_NONE);
    json_put_array(b, "rows");
    for (guint i = from; i < from + shown; i++)
        put_row(b, row_at(v, i), v->floor);
    json_builder_end_array(b);
    if (to - from > shown)
        json_put_int(b, "left_out", to - from - shown);
    json_builder_end_object(b);
}

void viewers_section_put(JsonBuilder *b, const struct film_section *s)
{
    const struct viewers *v = s->viewers;
    json_put_object(b, "viewers");
    json_put_int(b, "film", s->film_index);
    json_put_text(b, "lack", v ? NULL : s->viewers_lack);
    json_put_array(b, "kinds");
    for (guint i = 0, to; v && i < v->rows->len; i = to) {
        to = end_of_kind(v, i);
        if (strcmp(row_at(v, i)->film, s->film->name) == 0)
            put_kind(b, v, i, to);
    }
    json_builder_end_array(b);
    json_builder_end_object(b);
}

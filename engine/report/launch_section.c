#include "report/launch_section.h"

#include "base/json.h"
#include "base/units.h"

#define DAYS_MAX 56 /* with more, a row stands for a week */

enum count_period launch_section_period(const struct count_cube *cube)
{
    for (guint i = 0; i < cube->catalogue->films->len; i++) {
        const GArray *groups = cube->films[i].groups; /* ascending by day */
        if (groups->len > 0 && g_array_index(groups, struct count_cell, groups->len - 1).key.day -
                                       g_array_index(groups, struct count_cell, 0).key.day >
                                   DAYS_MAX)
            return COUNT_WEEK;
    }
    return COUNT_DAY;
}

static void begin_row(JsonBuilder *b, int32_t day, const char *version)
{
    g_autofree char *date = count_date(day);
    json_builder_begin_object(b);
    json_put_text(b, "date", date);
    json_put_text(b, "version", units_or_dash(version));
}

static void put_mark(JsonBuilder *b, const struct launch_mark *m)
{
    begin_row(b, m->day, m->is_version ? m->text : "–");
    json_put_bool(b, "mark", true);
    json_put_text(b, "happened", m->is_version ? "first viewing of this version" : m->text);
    json_builder_end_object(b);
}

/* How many viewings began, and in the row of the survey after it how many of them reached an ending. */
static void put_row(JsonBuilder *b, const struct film_section *s, const struct launch_row *viewings)
{
    const struct launch_row *reached = viewings + 1;
    begin_row(b, viewings->day, viewings->version);
    json_put_int(b, "viewings", viewings->share.k);
    share_row_put_members(b, s->counts.floor, reached->share.k, reached->share.n);
    json_builder_end_object(b);
}

static void put_rows(JsonBuilder *b, const struct film_section *s)
{
    const GArray *rows = s->launch->rows, *marks = s->launch->marks;
    guint mark = 0;
    for (guint i = 0; i < rows->len; i++) {
        const struct launch_row *r = &g_array_index(rows, struct launch_row, i);
        if (r->kind != LAUNCH_VIEWINGS)
            continue;
        for (; mark < marks->len; mark++) {
            const struct launch_mark *m = &g_array_index(marks, struct launch_mark, mark);
            if (count_first_day(m->day, s->launch->period) > r->day)
                break;
            put_mark(b, m);
        }
        put_row(b, s, r);
    }
    for (; mark < marks->len; mark++)
        put_mark(b, &g_array_index(marks, struct launch_mark, mark));
}

void launch_section_put(JsonBuilder *b, const struct film_section *s)
{
    json_put_object(b, "launch");
    json_put_int(b, "film", s->film_index);
    json_put_text(b, "period", launch_period_word(s->launch->period));
    json_put_array(b, "rows");
    put_rows(b, s);
    json_builder_end_array(b);
    json_builder_end_object(b);
}

#include "report/count_cube.h"

#include <string.h>

/* So many counts make some two megabytes of JSON; beyond, periods get longer. */
#define CUBE_COUNTS_MAX 300000
/* While reading, so many counts are held before they are added up. */
#define PENDING_COUNTS_MAX 4000000
/* So many of the commonest paths can be told apart under every filter. */
#define CUBE_PATHS_MAX 500

enum period { DAY, WEEK, MONTH, YEAR };

struct cube_key {
    int32_t day, version, nth, time;
    bool machine;
};

struct cube_count {
    struct cube_key key;
    guint place;
    int64_t n;
};

struct cube_film {
    struct count_layout *layout;
    GArray *counts; /* struct cube_count; ascending and each once after settle_counts() */
    GArray *groups; /* struct cube_count, likewise; place 0, n: viewings */
    enum period period;
};

struct count_cube {
    struct survey *all;
    struct cube_film *films; /* as many as all->films */
    int32_t since_day;
    GArray *part_counts; /* struct layout_count */
};

/* ---- order, periods ------------------------------------------------------------------------------------------------ */

static int by_key(const struct cube_key *a, const struct cube_key *b)
{
    const int order[] = {a->day - b->day, a->version - b->version, a->machine - b->machine, a->nth - b->nth,
                         a->time - b->time};
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++)
        if (order[i] != 0)
            return order[i];
    return 0;
}

static int by_key_and_place(const void *a, const void *b)
{
    const struct cube_count *x = a, *y = b;
    const int order = by_key(&x->key, &y->key);
    return order != 0 ? order : x->place < y->place ? -1 : x->place > y->place;
}

/* Sorts, and adds up what has the same key and place. */
static void settle_counts(GArray *counts)
{
    struct cube_count *x = (struct cube_count *)(void *)counts->data;
    guint kept = 0;
    g_array_sort(counts, by_key_and_place);
    for (guint i = 0; i < counts->len; i++)
        if (kept > 0 && by_key_and_place(&x[kept - 1], &x[i]) == 0)
            x[kept - 1].n += x[i].n;
        else
            x[kept++] = x[i];
    g_array_set_size(counts, kept);
}

/* The first day of the period that holds `day`; weeks begin on Mondays. */
static int32_t first_day(int32_t day, enum period period)
{
    enum { JULIAN_1970 = 719163 };
    GDate date;
    g_date_clear(&date, 1);
    switch (period) {
    case DAY:
        return day;
    case WEEK:
        return day - (day + 3) % 7;
    case MONTH:
    case YEAR:
        g_date_set_julian(&date, (guint32)(day + JULIAN_1970));
        g_date_set_day(&date, 1);
        if (period == YEAR)
            g_date_set_month(&date, G_DATE_JANUARY);
        return (int32_t)g_date_get_julian(&date) - JULIAN_1970;
    }
    return day;
}

static void lengthen_periods(GArray *counts, enum period period, int32_t since)
{
    for (guint i = 0; i < counts->len; i++) {
        struct cube_key *k = &g_array_index(counts, struct cube_count, i).key;
        k->day = MAX(first_day(k->day, period), since);
    }
    settle_counts(counts);
}

static void settle_film(struct cube_film *f, guint most, int32_t since)
{
    settle_counts(f->counts);
    while (f->counts->len > most && f->period < YEAR)
        lengthen_periods(f->counts, ++f->period, since);
    lengthen_periods(f->groups, f->period, since);
}

/* ---- reading ------------------------------------------------------------------------------------------------------- */

static void add_part(struct survey_film *film, const struct survey_part *p, void *data)
{
    struct count_cube *c = data;
    struct cube_film *f = NULL;
    for (guint i = 0; i < c->all->films->len && !f; i++)
        if (strcmp(((const struct survey_film *)c->all->films->pdata[i])->name, film->name) == 0)
            f = &c->films[i];
    if (!f || p->version >= (int32_t)f->layout->film->versions->len)
        return;
    struct cube_count one = {{p->day, p->version, p->nth, p->time, p->machine}, 0, p->viewings};
    if (p->viewings > 0)
        g_array_append_val(f->groups, one);
    if (p->machine)
        return;
    g_array_set_size(c->part_counts, 0);
    count_layout_drain(f->layout, film, c->part_counts);
    for (guint i = 0; i < c->part_counts->len; i++) {
        const struct layout_count *d = &g_array_index(c->part_counts, struct layout_count, i);
        one.place = d->place;
        one.n = d->n;
        g_array_append_val(f->counts, one);
    }
    if (f->counts->len > PENDING_COUNTS_MAX)
        settle_film(f, PENDING_COUNTS_MAX / 2, c->since_day);
}

struct count_cube *count_cube_new(struct store *const *stores, int n_stores, const struct survey_options *o,
                                  GError **error)
{
    struct survey_options every = *o;
    every.viewings = every.time = SURVEY_ALL;
    every.paths = CUBE_PATHS_MAX;
    struct survey *all = survey_new(stores, n_stores, &every, error);
    if (!all)
        return NULL;
    struct count_cube *c = g_new0(struct count_cube, 1);
    c->all = all;
    c->since_day = o->since_day;
    c->films = g_new0(struct cube_film, all->films->len + 1);
    c->part_counts = g_array_new(FALSE, FALSE, sizeof(struct layout_count));
    for (guint i = 0; i < all->films->len; i++)
        c->films[i] = (struct cube_film){count_layout_new(all->films->pdata[i]),
                                         g_array_new(FALSE, FALSE, sizeof(struct cube_count)),
                                         g_array_new(FALSE, FALSE, sizeof(struct cube_count)), DAY};
    every.part = add_part;
    every.part_data = c;
    struct survey *parts = survey_new(stores, n_stores, &every, error);
    survey_free(parts);
    for (guint i = 0; parts && i < all->films->len; i++)
        settle_film(&c->films[i], CUBE_COUNTS_MAX, c->since_day);
    if (parts)
        return c;
    count_cube_free(c);
    return NULL;
}

void count_cube_free(struct count_cube *c)
{
    if (!c)
        return;
    for (guint i = 0; i < c->all->films->len; i++) {
        count_layout_free(c->films[i].layout);
        g_array_unref(c->films[i].counts);
        g_array_unref(c->films[i].groups);
    }
    g_free(c->films);
    g_array_unref(c->part_counts);
    survey_free(c->all);
    g_free(c);
}

/* ---- what is asked ------------------------------------------------------------------------------------------------- */

const struct survey *count_cube_survey(const struct count_cube *c)
{
    return c->all;
}

const struct count_layout *count_cube_layout(const struct count_cube *c, guint film)
{
    return c->films[film].layout;
}

void count_cube_sum(const struct count_cube *c, guint film, int32_t viewings, int32_t time, int64_t *x)
{
    const struct cube_film *f = &c->films[film];
    for (guint i = 0; i < f->counts->len; i++) {
        const struct cube_count *one = &g_array_index(f->counts, struct cube_count, i);
        if ((viewings == SURVEY_ALL || viewings == one->key.nth) && (time == SURVEY_ALL || time == one->key.time))
            x[one->place] += one->n;
    }
    count_layout_complete(f->layout, x);
}

static void put_counts(const struct cube_film *f, GString *out)
{
    const struct cube_count *before = NULL;
    for (guint i = 0; i < f->counts->len; i++) {
        const struct cube_count *one = &g_array_index(f->counts, struct cube_count, i);
        const struct cube_key *k = &one->key;
        if (before && by_key(&before->key, k) == 0)
            g_string_append_printf(out, ",%u", one->place - before->place);
        else
            g_string_append_printf(out, "%s\n[%d,%d,%d,%d,[%u", before ? "]]," : "", k->version, k->nth, k->time,
                                   k->day, one->place);
        g_string_append_printf(out, ",%" G_GINT64_FORMAT, one->n);
        before = one;
    }
    g_string_append(out, before ? "]]" : "");
}

void count_cube_json(const struct count_cube *c, guint film, GString *out)
{
    static const char *const periods[] = {[DAY] = "day", [WEEK] = "week", [MONTH] = "month", [YEAR] = "year"};
    const struct cube_film *f = &c->films[film];
    g_string_append(out, "\"cells\":[");
    put_counts(f, out);
    g_string_append(out, "],\n\"groups\":[");
    for (guint i = 0; i < f->groups->len; i++) {
        const struct cube_count *one = &g_array_index(f->groups, struct cube_count, i);
        const struct cube_key *k = &one->key;
        g_string_append_printf(out, "%s[%d,%d,%d,%d,%d,%" G_GINT64_FORMAT "]", i ? "," : "", k->version, k->machine,
                               k->nth, k->time, k->day, one->n);
    }
    g_string_append_printf(out, "],\n\"period\":\"%s\"", periods[f->period]);
}

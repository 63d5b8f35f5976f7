#include "report/cells.h"

#include <string.h>

/* So many counts make some two megabytes of JSON; beyond, periods get longer. */
#define CELLS_MAX 300000
/* While reading, so many counts are held before they are added up. */
#define HELD_MAX 4000000
/* So many of the commonest paths can be told apart under every filter. */
#define PATHS_MAX 500

enum period { DAY, WEEK, MONTH, YEAR };

struct key {
    int32_t day, version, nth, time;
    bool machine;
};

struct count {
    struct key key;
    guint place;
    int64_t n;
};

struct film {
    struct slots *slots;
    GArray *counts; /* struct count; ascending and each once after settle() */
    GArray *groups; /* struct count, likewise; place 0, n: viewings */
    enum period period;
};

struct cells {
    struct survey *all;
    struct film *films; /* as many as all->films */
    int32_t since_day;
    GArray *drained; /* struct slots_count */
};

/* ---- order, periods ------------------------------------------------------------------------------------------------ */

static int by_key(const struct key *a, const struct key *b)
{
    const int order[] = {a->day - b->day, a->version - b->version, a->machine - b->machine, a->nth - b->nth,
                         a->time - b->time};
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++)
        if (order[i] != 0)
            return order[i];
    return 0;
}

static int by_place(const void *a, const void *b)
{
    const struct count *x = a, *y = b;
    const int order = by_key(&x->key, &y->key);
    return order != 0 ? order : x->place < y->place ? -1 : x->place > y->place;
}

/* Sorts, and adds up what has the same key and place. */
static void settle(GArray *counts)
{
    struct count *x = (struct count *)(void *)counts->data;
    guint kept = 0;
    g_array_sort(counts, by_place);
    for (guint i = 0; i < counts->len; i++)
        if (kept > 0 && by_place(&x[kept - 1], &x[i]) == 0)
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

static void lengthen(GArray *counts, enum period period, int32_t since)
{
    for (guint i = 0; i < counts->len; i++) {
        struct key *k = &g_array_index(counts, struct count, i).key;
        k->day = MAX(first_day(k->day, period), since);
    }
    settle(counts);
}

static void settle_film(struct film *f, guint most, int32_t since)
{
    settle(f->counts);
    while (f->counts->len > most && f->period < YEAR)
        lengthen(f->counts, ++f->period, since);
    lengthen(f->groups, f->period, since);
}

/* ---- reading ------------------------------------------------------------------------------------------------------- */

static void take_part(struct survey_film *film, const struct survey_part *p, void *data)
{
    struct cells *c = data;
    struct film *f = NULL;
    for (guint i = 0; i < c->all->films->len && !f; i++)
        if (strcmp(((const struct survey_film *)c->all->films->pdata[i])->name, film->name) == 0)
            f = &c->films[i];
    if (!f || p->version >= (int32_t)f->slots->film->versions->len)
        return;
    struct count one = {{p->day, p->version, p->nth, p->time, p->machine}, 0, p->viewings};
    if (p->viewings > 0)
        g_array_append_val(f->groups, one);
    if (p->machine)
        return;
    g_array_set_size(c->drained, 0);
    slots_drain(f->slots, film, c->drained);
    for (guint i = 0; i < c->drained->len; i++) {
        const struct slots_count *d = &g_array_index(c->drained, struct slots_count, i);
        one.place = d->place;
        one.n = d->n;
        g_array_append_val(f->counts, one);
    }
    if (f->counts->len > HELD_MAX)
        settle_film(f, HELD_MAX / 2, c->since_day);
}

struct cells *cells_new(struct store *const *stores, int n_stores, const struct survey_options *o, GError **error)
{
    struct survey_options every = *o;
    every.viewings = every.time = SURVEY_ALL;
    every.paths = PATHS_MAX;
    struct survey *all = survey_new(stores, n_stores, &every, error);
    if (!all)
        return NULL;
    struct cells *c = g_new0(struct cells, 1);
    c->all = all;
    c->since_day = o->since_day;
    c->films = g_new0(struct film, all->films->len + 1);
    c->drained = g_array_new(FALSE, FALSE, sizeof(struct slots_count));
    for (guint i = 0; i < all->films->len; i++)
        c->films[i] = (struct film){slots_new(all->films->pdata[i]), g_array_new(FALSE, FALSE, sizeof(struct count)),
                                    g_array_new(FALSE, FALSE, sizeof(struct count)), DAY};
    every.part = take_part;
    every.part_data = c;
    struct survey *parts = survey_new(stores, n_stores, &every, error);
    survey_free(parts);
    for (guint i = 0; parts && i < all->films->len; i++)
        settle_film(&c->films[i], CELLS_MAX, c->since_day);
    if (parts)
        return c;
    cells_free(c);
    return NULL;
}

void cells_free(struct cells *c)
{
    if (!c)
        return;
    for (guint i = 0; i < c->all->films->len; i++) {
        slots_free(c->films[i].slots);
        g_array_unref(c->films[i].counts);
        g_array_unref(c->films[i].groups);
    }
    g_free(c->films);
    g_array_unref(c->drained);
    survey_free(c->all);
    g_free(c);
}

/* ---- what is asked ------------------------------------------------------------------------------------------------- */

const struct survey *cells_survey(const struct cells *c)
{
    return c->all;
}

const struct slots *cells_slots(const struct cells *c, guint film)
{
    return c->films[film].slots;
}

void cells_sum(const struct cells *c, guint film, int32_t viewings, int32_t time, int64_t *x)
{
    const struct film *f = &c->films[film];
    for (guint i = 0; i < f->counts->len; i++) {
        const struct count *one = &g_array_index(f->counts, struct count, i);
        if ((viewings == SURVEY_ALL || viewings == one->key.nth) && (time == SURVEY_ALL || time == one->key.time))
            x[one->place] += one->n;
    }
    slots_complete(f->slots, x);
}

static void put_cells(const struct film *f, GString *out)
{
    const struct count *before = NULL;
    for (guint i = 0; i < f->counts->len; i++) {
        const struct count *one = &g_array_index(f->counts, struct count, i);
        const struct key *k = &one->key;
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

void cells_json(const struct cells *c, guint film, GString *out)
{
    static const char *const periods[] = {[DAY] = "day", [WEEK] = "week", [MONTH] = "month", [YEAR] = "year"};
    const struct film *f = &c->films[film];
    g_string_append(out, "\"cells\":[");
    put_cells(f, out);
    g_string_append(out, "],\n\"groups\":[");
    for (guint i = 0; i < f->groups->len; i++) {
        const struct count *one = &g_array_index(f->groups, struct count, i);
        const struct key *k = &one->key;
        g_string_append_printf(out, "%s[%d,%d,%d,%d,%d,%" G_GINT64_FORMAT "]", i ? "," : "", k->version, k->machine,
                               k->nth, k->time, k->day, one->n);
    }
    g_string_append_printf(out, "],\n\"period\":\"%s\"", periods[f->period]);
}

#include "telemetry/survey/launch.h"

#include <assert.h>
#include <string.h>

const char *launch_period_word(enum count_period period)
{
    static const char *const words[] = {
        [COUNT_DAY] = "day", [COUNT_WEEK] = "week", [COUNT_MONTH] = "month", [COUNT_YEAR] = "year"};
    return words[period];
}

/* ---- rows of one period ------------------------------------------------------------------------------------------ */

/* A period's counts, and where its rows go. */
struct period_sum {
    const struct count_film *counted;
    int32_t day;
    const int64_t *x; /* by place */
    GArray *rows;
};

static void add_row(const struct period_sum *p, struct launch_row row)
{
    row.day = p->day;
    g_array_append_val(p->rows, row);
}

static const char *version_name(const struct catalogue_film *film, int32_t version)
{
    return ((const struct catalogue_version *)film->versions->pdata[version])->version;
}

static void add_version_rows(const struct period_sum *p, guint v)
{
    const struct catalogue_film *film = p->counted->film;
    const int64_t *x = p->x + p->counted->layout->version[v];
    const char *version = version_name(film, (int32_t)v);
    const int64_t began = x[COUNT_VIEWINGS] + x[COUNT_RUNNING];
    if (began == 0)
        return;
    add_row(p, (struct launch_row){.kind = LAUNCH_VIEWINGS, .version = version, .share = {.k = began}});
    add_row(p, (struct launch_row){.kind = LAUNCH_REACHED,
                                   .version = version,
                                   .share = {.k = x[COUNT_REACHED_ENDING], .n = x[COUNT_VIEWINGS]}});
    for (guint i = 0; i < film->endings->len; i++) {
        const struct catalogue_ending *e = film->endings->pdata[i];
        if (e->version == (int32_t)v)
            add_row(p,
                    (struct launch_row){.kind = LAUNCH_ENDING,
                                        .version = version,
                                        .id = e->name,
                                        .title = e->title,
                                        .share = {.k = p->x[p->counted->layout->ending[i]], .n = x[COUNT_VIEWINGS]}});
    }
}

static void add_decision_rows(const struct period_sum *p, guint i)
{
    const struct catalogue_film *film = p->counted->film;
    const struct catalogue_decision *d = film->decisions->pdata[i];
    const int64_t *x = p->x + p->counted->layout->decision[i];
    struct launch_row row = {.version = version_name(film, g_array_index(d->versions, int32_t, 0)), .id = d->name};
    if (x[COUNT_EXPOSURES] == 0)
        return;
    for (guint o = 0; o < d->options->len; o++) {
        const struct catalogue_option *option = catalogue_option_at(d, o);
        const int64_t *counts = p->x + count_layout_option(p->counted->layout, i, o);
        row.kind = LAUNCH_OPTION, row.option = option->name, row.title = option->title;
        row.share = (struct survey_ratio){.k = counts[COUNT_PICKS], .n = counts[COUNT_AVAILABLE]};
        add_row(p, row);
    }
    row.kind = LAUNCH_TIMEOUT, row.option = NULL, row.title = "– nobody chose in time";
    row.share = (struct survey_ratio){.k = x[COUNT_TIMEOUTS], .n = x[COUNT_EXPOSURES]};
    add_row(p, row);
}

static void add_period(const struct period_sum *p)
{
    for (guint v = 0; v < p->counted->film->versions->len; v++)
        add_version_rows(p, v);
    for (guint i = 0; i < p->counted->film->decisions->len; i++)
        add_decision_rows(p, i);
}

/* ---- a film ------------------------------------------------------------------------------------------------------ */

static bool wants(const struct survey_options *o, const struct count_key *k)
{
    return (o->viewings == COUNT_ALL || o->viewings == k->nth) && (o->time == COUNT_ALL || o->time == k->time);
}

/* Cells ascend by day, so each period is a run of them. */
static void add_rows(struct launch_film *f, const struct count_film *counted, const struct survey_options *o)
{
    const guint n = counted->layout->n;
    g_autofree int64_t *x = g_new0(int64_t, n + 1);
    struct period_sum p = {.counted = counted, .x = x, .rows = f->rows};
    for (guint i = 0; i < counted->cells->len;) {
        const struct count_cell *c = &g_array_index(counted->cells, struct count_cell, i);
        const int32_t first = count_first_day(c->key.day, f->period);
        memset(x, 0, n * sizeof *x);
        for (; i < counted->cells->len; i++) {
            c = &g_array_index(counted->cells, struct count_cell, i);
            if (count_first_day(c->key.day, f->period) != first)
                break;
            if (wants(o, &c->key))
                x[c->place] += c->n;
        }
        if (first == COUNT_NO_DAY)
            continue;
        count_layout_complete(counted->layout, x);
        p.day = MAX(first, o->since_day);
        add_period(&p);
    }
}

static int by_day(const void *a, const void *b)
{
    const struct launch_mark *p = a, *q = b;
    if (p->day != q->day)
        return p->day < q->day ? -1 : 1;
    return p->is_version != q->is_version ? q->is_version - p->is_version : strcmp(p->text, q->text);
}

/* The first day on which anybody saw each version, whoever is counted here. What came before the first day that is told has no mark. */
static void add_version_marks(struct launch_film *f, const struct count_film *counted)
{
    g_autofree bool *seen = g_memdup2(counted->seen_before, (f->film->versions->len + 1) * sizeof(bool));
    for (guint i = 0; i < counted->groups->len; i++) {
        const struct count_key *k = &g_array_index(counted->groups, struct count_cell, i).key;
        const struct launch_mark m = {k->day, true, version_name(f->film, k->version)};
        if (k->machine || k->day == COUNT_NO_DAY)
            continue;
        if (!seen[k->version])
            g_array_append_val(f->marks, m);
        seen[k->version] = true;
    }
}

static void add_notes(struct launch_film *f, const GPtrArray *notes, int32_t since_day)
{
    for (guint i = 0; i < notes->len; i++) {
        const struct note *n = notes->pdata[i];
        const struct launch_mark m = {n->day, false, n->text};
        if (n->day >= since_day && note_is_about(n, f->film->name))
            g_array_append_val(f->marks, m);
    }
}

struct launch *launch_new(const struct count_cube *cube, const struct survey_options *o, enum count_period period,
                          const GPtrArray *notes)
{
    assert(cube->options.apart == COUNT_APART_DAYS);
    struct launch *l = g_new0(struct launch, 1);
    l->options = o;
    l->n_films = cube->catalogue->films->len;
    l->films = g_new0(struct launch_film, l->n_films + 1);
    for (guint i = 0; i < l->n_films; i++) {
        const struct count_film *counted = &cube->films[i];
        l->films[i] = (struct launch_film){.film = counted->film,
                                           .period = MAX(period, counted->period),
                                           .rows = g_array_new(FALSE, FALSE, sizeof(struct launch_row)),
                                           .marks = g_array_new(FALSE, FALSE, sizeof(struct launch_mark))};
        add_rows(&l->films[i], counted, o);
        add_version_marks(&l->films[i], counted);
        add_notes(&l->films[i], notes, o->since_day);
        g_array_sort(l->films[i].marks, by_day);
    }
    return l;
}

void launch_free(struct launch *l)
{
    if (!l)
        return;
    for (guint i = 0; i < l->n_films; i++) {
        g_array_unref(l->films[i].rows);
        g_array_unref(l->films[i].marks);
    }
    g_free(l->films);
    g_free(l);
}

bool launch_is_wanted(const struct launch *l, const struct launch_row *r)
{
    const char *decision = l->options->decision;
    return !decision || (r->kind >= LAUNCH_OPTION && strcmp(r->id, decision) == 0);
}

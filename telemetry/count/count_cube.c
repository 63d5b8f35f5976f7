#include "telemetry/count/count_cube.h"

#include "base/embedded.h"
#include "base/units.h"
#include "telemetry/count/count_cells.h"
#include "telemetry/count/count_stores.h"
#include "telemetry/store/query.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* The most cells on a page: some two megabytes of JSON. With more, periods get longer. */
#define SHOWN_CELLS_MAX 300000
/* The most cells that loading holds before it adds them up. */
#define HELD_CELLS_MAX 4000000

#define JULIAN_1970 719163 /* 1970-01-01, as GLib counts days */

static_assert(sizeof(struct count_cell) <= 24, "cells are most of the memory that a page takes");

/* ---- order, periods ---------------------------------------------------------------------------------------------- */

int count_key_compare(const struct count_key *a, const struct count_key *b)
{
    const int order[] = {(a->day > b->day) - (a->day < b->day),
                         a->version - b->version,
                         a->machine - b->machine,
                         a->nth - b->nth,
                         a->time - b->time,
                         a->part - b->part};
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++)
        if (order[i] != 0)
            return order[i];
    return 0;
}

static int by_key_and_place(const void *a, const void *b)
{
    const struct count_cell *x = a, *y = b;
    const int order = count_key_compare(&x->key, &y->key);
    return order != 0 ? order : x->place < y->place ? -1 : x->place > y->place;
}

/* Sorts, and adds up what has the same key and place. */
static void settle_cells(GArray *cells)
{
    struct count_cell *x = (struct count_cell *)(void *)cells->data;
    guint kept = 0;
    g_array_sort(cells, by_key_and_place);
    for (guint i = 0; i < cells->len; i++)
        if (kept > 0 && by_key_and_place(&x[kept - 1], &x[i]) == 0)
            x[kept - 1].n += x[i].n;
        else
            x[kept++] = x[i];
    g_array_set_size(cells, kept);
}

int32_t count_first_day(int32_t day, enum count_period period)
{
    GDate date;
    g_date_clear(&date, 1);
    if (day == COUNT_NO_DAY)
        return day;
    switch (period) {
    case COUNT_DAY:
        return day;
    case COUNT_WEEK:
        return day - (day + 3) % 7;
    case COUNT_MONTH:
    case COUNT_YEAR:
        g_date_set_julian(&date, (guint32)(day + JULIAN_1970));
        g_date_set_day(&date, 1);
        if (period == COUNT_YEAR)
            g_date_set_month(&date, G_DATE_JANUARY);
        return (int32_t)g_date_get_julian(&date) - JULIAN_1970;
    }
    return day;
}

static void move_to_period(GArray *cells, enum count_period period, int32_t since_day)
{
    for (guint i = 0; i < cells->len; i++) {
        struct count_key *k = &g_array_index(cells, struct count_cell, i).key;
        if (k->day != COUNT_NO_DAY)
            k->day = MAX(count_first_day(k->day, period), since_day);
    }
    settle_cells(cells);
}

static guint count_shown(const struct count_film *f)
{
    guint shown = 0;
    for (guint i = 0; i < f->cells->len; i++)
        shown += g_array_index(f->cells, struct count_cell, i).place < f->layout->n_shown;
    return shown;
}

char *count_date(int32_t day)
{
    GDate date;
    const int64_t julian = (int64_t)day + JULIAN_1970;
    if (julian < 1 || julian > UINT32_MAX / 2)
        return g_strdup("?");
    g_date_clear(&date, 1);
    g_date_set_julian(&date, (guint32)julian);
    return g_strdup_printf("%04d-%02d-%02d", g_date_get_year(&date), g_date_get_month(&date), g_date_get_day(&date));
}

/* ---- loading ----------------------------------------------------------------------------------------------------- */

struct load {
    struct count_cube *cube;
    guint store;
    GHashTable
        *picked; /* ids of viewings (int64_t, owned), each with the number of segments that it is in; NULL: all */
};

struct flush {
    GArray *cells;
    const struct count_key *key;
};

static void take_cell(guint place, int64_t n, void *data)
{
    const struct flush *f = data;
    const struct count_cell c = {*f->key, place, n};
    g_array_append_val(f->cells, c);
}

/* Moves the counts under the current key into cells. */
static void flush_rows(struct count_film *f)
{
    struct flush cells = {f->cells, &f->key}, paths = {f->path_cells, &f->key};
    count_row_flush(&f->row, take_cell, &cells);
    count_row_flush(&f->path_row, take_cell, &paths);
}

/* Bounds the memory that loading takes: adds cells up, then makes periods longer if that is not enough. */
static void hold_less(struct count_film *f, int32_t since_day)
{
    if (f->cells->len <= HELD_CELLS_MAX)
        return;
    settle_cells(f->cells);
    while (f->cells->len > HELD_CELLS_MAX / 2 && f->period < COUNT_YEAR)
        move_to_period(f->cells, ++f->period, since_day);
}

/* The day on which a group began; COUNT_NO_DAY where no clock that was right can have said so. */
static int32_t day_of(const struct count_cube *c, const struct aggregate_cohort *cohort)
{
    return cohort->day >= COUNT_FIRST_DAY && cohort->day <= c->last_day ? cohort->day : COUNT_NO_DAY;
}

static struct count_key key_for(const struct count_cube *c, const struct aggregate_cohort *cohort, int32_t version,
                                int time)
{
    struct count_key key = {0};
    switch (c->options.apart) {
    case COUNT_APART_DAYS:
        key.day = day_of(c, cohort);
        key.part = cohort->part;
        /* fall through */
    case COUNT_APART_VERSIONS:
        key.version = version;
        /* fall through */
    case COUNT_APART_GROUPS:
        key.nth = (uint8_t)cohort->nth;
        key.time = (uint8_t)time;
        /* fall through */
    case COUNT_APART_NOTHING:
        break;
    }
    return key;
}

static uint8_t part_of(int64_t viewing, void *data)
{
    const struct load *l = data;
    return count_parts_of(l->cube->parts, l->store, viewing);
}

static bool is_picked(int64_t viewing, void *data)
{
    const struct load *l = data;
    return GPOINTER_TO_UINT(g_hash_table_lookup(l->picked, &viewing)) == l->cube->options.n_only;
}

/* Looks for the viewings that are in the segments; each counts in how many it is. */
static bool pick_viewings(struct load *l, GError **error)
{
    const struct count_cube_options *o = &l->cube->options;
    l->picked = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    for (guint i = 0; i < o->n_only; i++) {
        g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(int64_t));
        if (!segment_find(l->cube->stores[l->store], &o->only[i], found, error))
            return false;
        for (guint k = 0; k < found->len; k++) {
            const int64_t *id = &g_array_index(found, int64_t, k);
            const guint before = GPOINTER_TO_UINT(g_hash_table_lookup(l->picked, id));
            g_hash_table_insert(l->picked, g_memdup2(id, sizeof *id), GUINT_TO_POINTER(before + 1));
        }
    }
    return true;
}

static void add_group(const struct count_cube *c, struct count_film *f, const struct aggregate_cohort *cohort,
                      int32_t version, const struct tally_cell *cell)
{
    const bool days = c->options.apart == COUNT_APART_DAYS;
    const struct count_cell g = {.key = {.day = days ? day_of(c, cohort) : 0,
                                         .version = version,
                                         .nth = (uint8_t)cohort->nth,
                                         .time = (uint8_t)tally_time(cell),
                                         .machine = aggregate_is_machine(cohort),
                                         .part = days ? cohort->part : 0},
                                 .n = cell->n};
    g_array_append_val(f->groups, g);
}

static bool wants_cohort(const struct aggregate_cohort *cohort, void *data)
{
    const struct load *l = data;
    const struct catalogue_story *s = catalogue_story(catalogue_ids(l->cube->catalogue, l->store), cohort->story);
    if (!s || !s->film)
        return false;
    const bool before = cohort->day < l->cube->options.since_day && day_of(l->cube, cohort) != COUNT_NO_DAY;
    if (before && !aggregate_is_machine(cohort))
        l->cube->films[s->film->at].seen_before[s->version] = true;
    return !before;
}

/*
 * Every exposure has its own time mode, because a viewer may change it during the film. If the caller selects a mode,
 * counts of viewings go by the mode that the viewing began with, and counts of exposures by the mode of the exposure.
 */
static void add_cell(struct count_cube *c, struct count_film *f, const struct aggregate_cohort *cohort,
                     const struct count_target *target, const struct tally_cell *cell)
{
    const int time = tally_time(cell);
    if (c->options.time != COUNT_ALL && c->options.time != time)
        return;
    const struct count_key key = key_for(c, cohort, target->version, time);
    if (count_key_compare(&key, &f->key) != 0) {
        flush_rows(f);
        f->key = key;
    }
    count_cells_add(target, cell);
}

/* Notes people's viewings that are on no day. */
static void add_undated(struct count_film *f, const struct aggregate_cohort *cohort, const struct tally *tally)
{
    struct count_undated u = {cohort->day, 0};
    for (guint i = 0; i < tally->cells->len; i++) {
        const struct tally_cell *cell = &g_array_index(tally->cells, struct tally_cell, i);
        u.viewings += tally_kind(cell) == TALLY_VIEWINGS ? cell->n : 0;
    }
    for (guint i = 0; i < f->undated->len; i++)
        if (g_array_index(f->undated, struct count_undated, i).day == u.day) {
            g_array_index(f->undated, struct count_undated, i).viewings += u.viewings;
            return;
        }
    g_array_append_val(f->undated, u);
}

static void add_cohort(const struct aggregate_cohort *cohort, struct tally *tally, void *data)
{
    const struct load *l = data;
    struct count_cube *c = l->cube;
    const struct catalogue_ids *ids = catalogue_ids(c->catalogue, l->store);
    const struct catalogue_story *s = catalogue_story(ids, cohort->story);
    struct count_film *f = &c->films[s->film->at];
    const struct count_target target = {ids, l->store, s->version, f->layout, &f->row, &f->paths, &f->path_row};
    const bool undated = day_of(c, cohort) == COUNT_NO_DAY;
    if (undated && !aggregate_is_machine(cohort))
        add_undated(f, cohort, tally);
    if (undated && c->options.since_day > 0)
        return;
    const bool selected =
        !aggregate_is_machine(cohort) && (c->options.viewings == COUNT_ALL || c->options.viewings == cohort->nth);
    for (guint i = 0; i < tally->cells->len; i++) {
        const struct tally_cell *cell = &g_array_index(tally->cells, struct tally_cell, i);
        if (tally_kind(cell) == TALLY_VIEWINGS)
            add_group(c, f, cohort, s->version, cell);
        else if (!selected) /* kinds ascend: there are no more groups */
            break;
        if (selected)
            add_cell(c, f, cohort, &target, cell);
    }
    hold_less(f, c->options.since_day);
}

static bool load_names(struct count_cube *c, GError **error)
{
    const struct catalogue_options o = {c->options.story, c->options.version, c->options.pool};
    c->catalogue = catalogue_new(&o);
    for (guint i = 0; i < c->n_stores; i++)
        if (!catalogue_read(c->catalogue, c->stores[i], error))
            return false;
    return true;
}

static GArray *cells_new(void)
{
    return g_array_new(FALSE, FALSE, sizeof(struct count_cell));
}

static void begin_films(struct count_cube *c)
{
    const bool flushed = c->options.apart != COUNT_APART_NOTHING;
    c->films = g_new0(struct count_film, c->catalogue->films->len + 1);
    for (guint i = 0; i < c->catalogue->films->len; i++) {
        struct count_film *f = &c->films[i];
        f->film = c->catalogue->films->pdata[i];
        f->layout = count_layout_new(f->film);
        f->cells = cells_new();
        f->groups = cells_new();
        f->undated = g_array_new(FALSE, FALSE, sizeof(struct count_undated));
        f->seen_before = g_new0(bool, f->film->versions->len + 1);
        f->path_cells = cells_new();
        f->slices = g_ptr_array_new();
        count_paths_init(&f->paths, f->film->versions->len);
        count_row_init(&f->row, flushed);
        count_row_init(&f->path_row, flushed);
        count_row_reserve(&f->row, f->layout->n);
    }
}

/* Where everybody is in one part, kept counts can be used. */
static bool load_parts(struct count_cube *c, GError **error)
{
    int64_t viewings = 0;
    if (c->options.n_parted_by == 0)
        return true;
    assert(c->options.apart == COUNT_APART_DAYS);
    for (guint i = 0; i < c->n_stores; i++) {
        int64_t more;
        if (!query_read_number(c->stores[i], embedded_part("telemetry/count/count_cube.sql", "n_viewings"),
                               "cannot be counted", &more, error))
            return false;
        viewings += more;
    }
    if ((c->too_many_to_part = viewings > COUNT_PARTED_VIEWINGS_MAX))
        return true;
    c->parts = count_parts_new(c->stores, c->n_stores, c->options.parted_by, c->options.n_parted_by, error);
    if (!c->parts)
        return false;
    if (c->parts->kinds->len == 0)
        g_clear_pointer(&c->parts, count_parts_free);
    return true;
}

static bool load_counts(struct count_cube *c, GError **error)
{
    struct tally_total total = {0};
    bool done = true;
    for (guint i = 0; done && i < c->n_stores; i++) {
        struct load l = {c, i, NULL};
        const bool all = c->options.n_only == 0;
        const struct aggregate_reader reader = {.recount = c->options.recount,
                                                .zone = c->options.zone,
                                                .wants = wants_cohort,
                                                .picks = all ? NULL : is_picked,
                                                .part = c->parts ? part_of : NULL,
                                                .take = add_cohort,
                                                .data = &l,
                                                .total = &total};
        done = (all || pick_viewings(&l, error)) && aggregate_read(c->stores[i], &reader, error);
        g_clear_pointer(&l.picked, g_hash_table_unref);
    }
    return done;
}

/* ---- when all is loaded ------------------------------------------------------------------------------------------ */

static const struct count_slice everybody = {.version = COUNT_ALL, .viewings = COUNT_ALL, .time = COUNT_ALL};

/* Adds up the cells with this version, place among viewings and time mode. */
static int64_t *sum_cells(const GArray *cells, guint n, const struct count_slice *of)
{
    int64_t *x = g_new0(int64_t, n + 1);
    for (guint i = 0; i < cells->len; i++) {
        const struct count_cell *c = &g_array_index(cells, struct count_cell, i);
        assert(c->place < n);
        if ((of->version == COUNT_ALL || of->version == c->key.version) &&
            (of->viewings == COUNT_ALL || of->viewings == c->key.nth) &&
            (of->time == COUNT_ALL || of->time == c->key.time))
            x[c->place] += c->n;
    }
    return x;
}

/* The paths of each version, the commonest first; n[version] of them get a place on the page. */
static GArray **rank_paths(const struct count_film *f, guint *n)
{
    GArray **ranked = g_new0(GArray *, f->film->versions->len + 1);
    g_autofree int64_t *x = sum_cells(f->path_cells, f->paths.all->len, &everybody);
    for (guint v = 0; v < f->film->versions->len; v++) {
        ranked[v] = count_paths_ranked(&f->paths, (int32_t)v, x);
        n[v] = MIN(ranked[v]->len, COUNT_SHOWN_PATHS_MAX);
    }
    return ranked;
}

static void place_paths(struct count_film *f, GArray **ranked, const guint *n, const guint *path_place)
{
    for (guint v = 0; v < f->film->versions->len; v++) {
        for (guint i = 0; i < n[v]; i++)
            count_paths_at(&f->paths, g_array_index(ranked[v], guint, i))->place = path_place[v] + i;
        g_array_unref(ranked[v]);
    }
    g_free(ranked);
}

/* The page's paths become cells like all others. */
static void add_path_cells(struct count_film *f)
{
    for (guint i = 0; i < f->path_cells->len; i++) {
        struct count_cell c = g_array_index(f->path_cells, struct count_cell, i);
        c.place = count_paths_at(&f->paths, c.place)->place;
        if (c.place != COUNT_NO_PLACE)
            g_array_append_val(f->cells, c);
    }
}

static void settle_apart(struct count_film *f, const struct count_cube_options *o)
{
    const guint n = f->layout->n, n_versions = f->film->versions->len;
    g_autofree guint *paths = g_new0(guint, n_versions + 1), *path_place = g_new0(guint, n_versions + 1);
    g_autofree guint *renumbered = g_new(guint, n + 1);
    assert(count_row_check(&f->row) && count_row_check(&f->path_row));
    flush_rows(f);
    g_autofree int64_t *x = sum_cells(f->cells, n, &everybody);
    GArray **ranked = rank_paths(f, paths);
    count_layout_settle(f->layout, x, paths, path_place, renumbered);
    for (guint i = 0; i < f->cells->len; i++) {
        struct count_cell *c = &g_array_index(f->cells, struct count_cell, i);
        c->place = renumbered[c->place];
    }
    place_paths(f, ranked, paths, path_place);
    add_path_cells(f);
    move_to_period(f->cells, f->period, o->since_day);
    while (o->apart == COUNT_APART_DAYS && f->period < COUNT_YEAR && count_shown(f) > SHOWN_CELLS_MAX)
        move_to_period(f->cells, ++f->period, o->since_day);
    move_to_period(f->groups, f->period, o->since_day);
}

static int64_t *renumber_row(const struct count_row *r, const guint *renumbered, guint n)
{
    int64_t *x = g_new0(int64_t, n + 1);
    for (guint i = 0; i < r->n; i++)
        x[renumbered[i]] = r->x[i];
    return x;
}

static const struct count_slice *add_slice(struct count_film *f, struct count_slice s)
{
    count_layout_complete(f->layout, s.x);
    g_ptr_array_add(f->slices, g_memdup2(&s, sizeof s));
    return f->slices->pdata[f->slices->len - 1];
}

/* If nothing is kept apart, the rows are the only slice. */
static void settle_together(struct count_film *f, const struct count_cube_options *o)
{
    const guint n_versions = f->film->versions->len;
    g_autofree guint *paths = g_new0(guint, n_versions + 1), *path_place = g_new0(guint, n_versions + 1);
    g_autofree guint *renumbered = g_new(guint, f->layout->n + 1);
    count_layout_settle(f->layout, f->row.x, paths, path_place, renumbered);
    const struct count_slice s = {COUNT_ALL, o->viewings, o->time, renumber_row(&f->row, renumbered, f->layout->n),
                                  g_steal_pointer(&f->path_row.x)};
    count_row_clear(&f->row);
    count_row_clear(&f->path_row);
    settle_cells(f->groups);
    add_slice(f, s);
}

static int by_undated_day(const void *a, const void *b)
{
    const struct count_undated *p = a, *q = b;
    return (p->day > q->day) - (p->day < q->day);
}

static void settle(struct count_cube *c)
{
    for (guint i = 0; i < c->catalogue->films->len; i++)
        g_array_sort(c->films[i].undated, by_undated_day);
    for (guint i = 0; i < c->catalogue->films->len; i++)
        if (c->options.apart == COUNT_APART_NOTHING)
            settle_together(&c->films[i], &c->options);
        else
            settle_apart(&c->films[i], &c->options);
    assert(count_cube_check(c));
}

/* Tomorrow, because a producer's clock may be ahead of this one; if this one cannot be right either, there is no limit. */
static int32_t last_day(void)
{
    const int64_t today = g_get_real_time() / (INT64_C(86400) * US_PER_SECOND);
    return today >= COUNT_FIRST_DAY ? (int32_t)MIN(today + 1, INT32_MAX) : INT32_MAX;
}

struct count_cube *count_cube_new(struct store *const *stores, guint n, const struct count_cube_options *o,
                                  GError **error)
{
    if (!count_stores_begin(stores, n, error))
        return NULL;
    struct count_cube *c = g_new0(struct count_cube, 1);
    c->options = *o;
    c->stores = g_memdup2(stores, n * sizeof *stores);
    c->n_stores = n;
    c->last_day = last_day();
    bool done = load_names(c, error);
    begin_films(c);
    done = done && load_parts(c, error) && load_counts(c, error);
    if (done)
        settle(c);
    else
        g_clear_pointer(&c, count_cube_free);
    return c;
}

void count_cube_end_reading(struct count_cube *c)
{
    if (!c->stores)
        return;
    count_stores_end(c->stores, c->n_stores);
    g_clear_pointer(&c->stores, g_free);
}

static void free_slices(struct count_film *f)
{
    for (guint i = 0; i < f->slices->len; i++) {
        struct count_slice *s = f->slices->pdata[i];
        g_free(s->x);
        g_free(s->paths);
        g_free(s);
    }
    g_ptr_array_unref(f->slices);
}

void count_cube_free(struct count_cube *c)
{
    if (!c)
        return;
    count_cube_end_reading(c);
    for (guint i = 0; i < c->catalogue->films->len; i++) {
        struct count_film *f = &c->films[i];
        free_slices(f);
        g_array_unref(f->cells);
        g_array_unref(f->groups);
        g_array_unref(f->undated);
        g_free(f->seen_before);
        g_array_unref(f->path_cells);
        count_row_clear(&f->row);
        count_row_clear(&f->path_row);
        count_paths_clear(&f->paths);
        count_layout_free(f->layout);
    }
    g_free(c->films);
    catalogue_free(c->catalogue);
    count_parts_free(c->parts);
    g_free(c);
}

/* ---- slices and paths for the caller ----------------------------------------------------------------------------- */

const struct count_slice *count_cube_slice(struct count_cube *c, guint film, int32_t version, int32_t viewings,
                                           int32_t time)
{
    struct count_film *f = &c->films[film];
    for (guint i = 0; i < f->slices->len; i++) {
        const struct count_slice *s = f->slices->pdata[i];
        if (s->version == version && s->viewings == viewings && s->time == time)
            return s;
    }
    assert(c->options.apart != COUNT_APART_NOTHING &&
           (version == COUNT_ALL || c->options.apart >= COUNT_APART_VERSIONS));
    assert(c->options.viewings == COUNT_ALL || c->options.viewings == viewings);
    assert(c->options.time == COUNT_ALL || c->options.time == time);
    struct count_slice s = {.version = version, .viewings = viewings, .time = time};
    s.x = sum_cells(f->cells, f->layout->n, &s);
    s.paths = sum_cells(f->path_cells, f->paths.all->len, &s);
    return add_slice(f, s);
}

bool count_cube_name_path(struct count_cube *c, guint film, guint path, GError **error)
{
    struct count_path *p = count_paths_at(&c->films[film].paths, path);
    if (p->nodes)
        return true;
    assert(c->stores && p->store < c->n_stores);
    const char *sql = embedded_part("telemetry/count/count_cube.sql", "path_nodes");
    struct query q = query_begin(c->stores[p->store], sql, "cannot be read");
    GPtrArray *nodes = g_ptr_array_new(), *words = g_ptr_array_new();
    query_bind(&q, p->example);
    while (query_next(&q)) {
        g_autofree char *title = query_copy_text(&q, 1);
        char *id = query_copy_name(&q, 0);
        g_ptr_array_add(nodes, id);
        g_ptr_array_add(words, title && *title ? g_strdup_printf("%s [%s]", title, id) : g_strdup(id));
    }
    g_ptr_array_add(nodes, NULL);
    g_ptr_array_add(words, NULL);
    p->nodes = (char **)g_ptr_array_free(nodes, FALSE);
    p->words = (char **)g_ptr_array_free(words, FALSE);
    return query_end(&q, error);
}

static struct count_key viewing_key(const struct count_cube *c, guint store, const struct query *q)
{
    const struct catalogue_story *s = catalogue_story(catalogue_ids(c->catalogue, store), query_number(q, 1));
    const bool known = s && s->film;
    struct aggregate_cohort cohort = {
        .day = aggregate_day(c->options.zone, query_number_in(q, 2, QUERY_MS_MIN, QUERY_MS_MAX, 0))};
    struct count_key key = {.version = known ? s->version : COUNT_ALL, .day = day_of(c, &cohort)};
    if (known && key.day != COUNT_NO_DAY && key.day >= c->options.since_day)
        key.day = MAX(count_first_day(key.day, c->films[s->film->at].period), c->options.since_day);
    else
        key.day = COUNT_NO_DAY;
    key.part = c->parts ? count_parts_of(c->parts, store, query_number(q, 0)) : 0;
    return key;
}

GArray *count_cube_keys(const struct count_cube *c, guint store, GError **error)
{
    assert(c->stores && c->options.apart == COUNT_APART_DAYS);
    g_autoptr(GArray) keyed = g_array_new(FALSE, FALSE, sizeof(struct count_viewing));
    struct query q =
        query_begin(c->stores[store], embedded_part("telemetry/count/count_cube.sql", "viewings"), "cannot be counted");
    while (query_next(&q)) {
        const struct count_viewing one = {query_number(&q, 0), viewing_key(c, store, &q)};
        g_array_append_val(keyed, one);
    }
    return query_end(&q, error) ? g_steal_pointer(&keyed) : NULL;
}

static int by_viewing(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = ((const struct count_viewing *)b)->viewing;
    return (x > y) - (x < y);
}

const struct count_key *count_cube_key_of(const GArray *keyed, int64_t viewing)
{
    static const struct count_key none = {.day = COUNT_NO_DAY, .version = COUNT_ALL};
    const struct count_viewing *found =
        bsearch(&viewing, keyed->data, keyed->len, sizeof(struct count_viewing), by_viewing);
    return found ? &found->key : &none;
}

/* ---- the invariants ---------------------------------------------------------------------------------------------- */

static void check_ascending(const GArray *cells, guint n_versions, guint n_places)
{
    for (guint i = 0; i < cells->len; i++) {
        const struct count_cell *c = &g_array_index(cells, struct count_cell, i);
        assert(i == 0 || by_key_and_place(c - 1, c) < 0);
        assert(c->place < n_places && (guint)c->key.version < n_versions);
    }
}

bool count_cube_check(const struct count_cube *c)
{
    for (guint i = 0; i < c->catalogue->films->len; i++) {
        const struct count_film *f = &c->films[i];
        assert(f->film->at == i && count_layout_check(f->layout));
        assert(c->options.apart != COUNT_APART_NOTHING || f->cells->len == 0);
        check_ascending(f->cells, f->film->versions->len, f->layout->n);
        check_ascending(f->groups, f->film->versions->len, 1);
    }
    return true;
}

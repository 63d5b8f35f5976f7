#include "telemetry/central/gather.h"

#include "base/embedded.h"
#include "base/interrupt.h"
#include "telemetry/central/cells.h"
#include "telemetry/central/counting.h"
#include "telemetry/central/rolling.h"
#include "telemetry/count/aggregate.h"
#include "telemetry/store/query.h"

#include <stdlib.h>
#include <string.h>

#define SQL      "telemetry/central/central.sql"
#define DOING    "cannot be filled"
#define HERE     0       /* the mark of no store */
#define AT_ONCE  "20000" /* headers in one answer: some 10 MB */
#define EXAMPLES "2000"  /* paths of a version that have one; a report shows 500 */

static int64_t number(const char *text)
{
    return g_ascii_strtoll(text, NULL, 10);
}

static uint64_t big_number(const char *text)
{
    return g_ascii_strtoull(text, NULL, 10);
}

bool gather_count(struct engine *e, int64_t *viewings, GError **error)
{
    g_autofree char *sql = engine_statement(e, SQL, "n_viewings", NULL);
    return engine_ask_number(e, sql, viewings, error);
}

/* ---- viewings ---------------------------------------------------------------------------------------------------- */

static bool add_all_viewings(struct scratch *s, struct engine *e, GError **error)
{
    g_autofree char *after = g_strdup("");
    while (!interrupt_requested()) {
        g_autofree char *sql = engine_statement(e, SQL, "viewings", "$after", after, "$most", AT_ONCE, NULL);
        g_autoptr(GPtrArray) headers = scratch_ask_viewings(e, sql, error);
        if (!headers || headers->len == 0)
            return headers != NULL;
        if (!scratch_add_viewings(s, e, headers, 0, headers->len, error))
            return false;
        g_free(after);
        after = g_strdup(((const struct rows_header *)headers->pdata[headers->len - 1])->id);
    }
    g_set_error_literal(error, ENGINE_ERROR, ENGINE_ERROR_AWAY, "interrupted");
    return false;
}

static bool add_absent_line(struct scratch *s, const char *part, const int64_t values[5], GError **error)
{
    struct query q = query_begin(s->store, embedded_part("telemetry/central/gather.sql", part), DOING);
    for (int i = 0; i < 5; i++)
        query_bind(&q, values[i]);
    return query_run(&q, error);
}

/* How many viewings the films lost, or never had, as the sources tell. */
static bool add_absent(struct scratch *s, struct engine *e, GError **error)
{
    g_autofree char *sql = engine_statement(e, SQL, "absent", NULL);
    struct engine_rows *rows = engine_ask(e, sql, error);
    bool done = rows != NULL;
    for (char **line; done && (line = engine_next(rows));) {
        int64_t values[5];
        for (int i = 0; i < 5; i++)
            values[i] = number(line[i]);
        done = add_absent_line(s, "add_erased", values, error) && add_absent_line(s, "add_unrecorded", values, error);
    }
    engine_rows_free(rows);
    return done;
}

/* And how many were erased here. */
static bool add_erased(struct scratch *s, struct engine *e, GError **error)
{
    g_autofree char *sql = engine_statement(e, SQL, "erased_here", NULL);
    struct engine_rows *rows = engine_ask(e, sql, error);
    bool done = rows != NULL;
    for (char **line; done && (line = engine_next(rows));) {
        const int64_t values[5] = {number(line[0]), HERE, number(line[1]), 0, 0};
        done = add_absent_line(s, "add_erased", values, error);
    }
    engine_rows_free(rows);
    return done;
}

/* ---- counts ------------------------------------------------------------------------------------------------------ */

/* A path of a version, by its hash. */
struct path_key {
    int64_t story;
    uint64_t hash;
};

static guint path_key_hash(const void *key)
{
    const struct path_key *k = key;
    return (guint)(k->hash ^ (uint64_t)k->story);
}

static gboolean path_key_equal(const void *a, const void *b)
{
    const struct path_key *x = a, *y = b;
    return x->story == y->story && x->hash == y->hash;
}

struct gathering {
    struct scratch *scratch;
    GHashTable *menus;    /* struct path_key: story and id -> number in the store (int64_t) */
    GHashTable *examples; /* struct path_key -> number of a viewing in the store (int64_t) */
};

static int64_t look_up(GHashTable *table, int64_t story, uint64_t hash)
{
    const struct path_key key = {story, hash};
    const int64_t *found = g_hash_table_lookup(table, &key);
    return found ? *found : 0;
}

static void remember(GHashTable *table, int64_t story, uint64_t hash, int64_t n)
{
    const struct path_key key = {story, hash};
    g_hash_table_insert(table, g_memdup2(&key, sizeof key), g_memdup2(&n, sizeof n));
}

/* The options of a shape: "0,2L,1". */
static bool add_menu_options(struct store *s, int64_t menu, int64_t decision, const char *shape, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(shape, ",", -1);
    bool done = true;
    for (guint i = 0; done && parts[i] && *parts[i]; i++) {
        struct query q = query_begin(s, embedded_part("telemetry/central/gather.sql", "add_menu_option"), DOING);
        query_bind(&q, menu);
        query_bind(&q, i);
        query_bind(&q, decision);
        query_bind(&q, number(parts[i]));
        query_bind(&q, strchr(parts[i], 'L') != NULL);
        done = query_run(&q, error);
    }
    return done;
}

static bool add_menu(struct gathering *g, char **line, GError **error)
{
    const int64_t story = number(line[0]);
    const struct film_base *film = scratch_film(g->scratch, story);
    if (!film)
        return true; /* another program has just added it: its viewings come with the next report */
    const int64_t decision = number(line[2]) + film->decision;
    struct query q = query_begin(g->scratch->store, embedded_part("telemetry/central/gather.sql", "add_menu"), DOING);
    query_bind(&q, decision);
    query_bind_text(&q, line[3]);
    const int64_t menu = query_next(&q) ? query_number(&q, 0) : 0;
    if (!query_end(&q, error))
        return false;
    remember(g->menus, story, big_number(line[1]), menu);
    return add_menu_options(g->scratch->store, menu, decision, line[3], error);
}

static bool add_menus(struct gathering *g, struct engine *e, GError **error)
{
    g_autofree char *sql = engine_statement(e, SQL, "menus", NULL);
    struct engine_rows *rows = engine_ask(e, sql, error);
    bool done = rows != NULL;
    for (char **line; done && (line = engine_next(rows));)
        done = add_menu(g, line, error);
    engine_rows_free(rows);
    return done;
}

static bool add_example_viewings(struct gathering *g, struct engine *e, const GString *list, GError **error)
{
    g_autofree char *sql = engine_statement(e, SQL, "these_viewings", "$viewings", list->str, NULL);
    g_autoptr(GPtrArray) headers = scratch_ask_viewings(e, sql, error);
    return headers && scratch_add_viewings(g->scratch, e, headers, 0, headers->len, error);
}

/* Numbers of the examples, by the ids that the engine gave. */
static void note_examples(struct gathering *g, const struct engine_rows *rows)
{
    GHashTableIter each;
    gpointer viewing, header;
    g_autoptr(GHashTable) numbers = g_hash_table_new(g_str_hash, g_str_equal);
    g_hash_table_iter_init(&each, g->scratch->viewings);
    while (g_hash_table_iter_next(&each, &viewing, &header))
        g_hash_table_insert(numbers, ((const struct rows_header *)header)->id, viewing);
    for (guint i = 0; i < rows->lines->len; i++) {
        char *const *line = rows->lines->pdata[i];
        const int64_t *n = g_hash_table_lookup(numbers, line[2]);
        if (n)
            remember(g->examples, number(line[0]), big_number(line[1]), *n);
    }
}

static bool add_examples(struct gathering *g, struct engine *e, GError **error)
{
    g_autofree char *sql = engine_statement(e, SQL, "examples", "$most", EXAMPLES, NULL);
    struct engine_rows *rows = engine_ask(e, sql, error);
    g_autoptr(GString) list = g_string_new(NULL);
    bool done = rows != NULL;
    for (guint i = 0; done && i < rows->lines->len; i++) {
        char *const *line = rows->lines->pdata[i];
        engine_list(list, line[2]);
        if ((i + 1) % 1000 == 0 || i + 1 == rows->lines->len) {
            done = add_example_viewings(g, e, list, error);
            g_string_truncate(list, 0);
        }
    }
    if (done)
        note_examples(g, rows);
    engine_rows_free(rows);
    return done;
}

/* One line of `cells`: with the store's numbers for the film's places. */
static void add_cell(struct gathering *g, const struct film_base *film, char **line, struct tally *t)
{
    const int64_t story = number(line[0]);
    if (big_number(line[5]) < ROLLING_MARKS)
        return;
    const struct tally_cell c = {big_number(line[5]), big_number(line[6]), number(line[7])};
    const int64_t menu = tally_kind(&c) == TALLY_OUTCOME ? look_up(g->menus, story, (uint64_t)tally_a(&c)) : 0;
    cells_add_numbered(t, &c, film, menu);
    if (tally_kind(&c) == TALLY_PATH)
        tally_add(t, TALLY_EXAMPLE, tally_time(&c), 0, c.b, look_up(g->examples, story, c.b));
}

static struct aggregate_cohort cohort_of(const struct film_base *film, char **line)
{
    return (struct aggregate_cohort){.story = film->story + 1,
                                     .day = (int32_t)number(line[1]),
                                     .mode = atoi(line[2]),
                                     .chooser = atoi(line[3]),
                                     .nth = atoi(line[4])};
}

static bool same_cohort(char *const *a, char *const *b)
{
    for (int i = 0; i < 5; i++)
        if (strcmp(a[i], b[i]) != 0)
            return false;
    return true;
}

static struct engine_rows *ask_cells(struct engine *e, const struct rolling *rolled, GError **error)
{
    g_autofree char *sql =
        engine_statement(e, SQL, "cells", "$summed", rolled->summed->str, "$others", rolled->others->str, NULL);
    return engine_ask(e, sql, error);
}

/* Where kept sums were replaced since it was asked which fit, all is added up anew. */
static struct engine_rows *ask_true_cells(struct engine *e, const struct rolling *rolled, GError **error)
{
    struct engine_rows *rows = ask_cells(e, rolled, error);
    if (!rows || rolling_is_in(rolled, rows))
        return rows;
    engine_rows_free(rows);
    struct rolling none;
    rolling_init(&none);
    rows = ask_cells(e, &none, error);
    rolling_clear(&none);
    return rows;
}

/* Lines come cohort by cohort. */
static bool add_tallies(struct gathering *g, struct engine *e, const struct rolling *rolled, GError **error)
{
    struct engine_rows *rows = ask_true_cells(e, rolled, error);
    bool done = rows != NULL && aggregate_replace_begin(g->scratch->store, error);
    for (guint i = 0, next; done && i < rows->lines->len; i = next) {
        char **first = rows->lines->pdata[i];
        const struct film_base *film = scratch_film(g->scratch, number(first[0]));
        struct tally *t = tally_new();
        for (next = i; next < rows->lines->len && same_cohort(first, rows->lines->pdata[next]); next++)
            if (film)
                add_cell(g, film, rows->lines->pdata[next], t);
        if (film) {
            const struct aggregate_cohort cohort = cohort_of(film, first);
            done = aggregate_replace(g->scratch->store, &cohort, t, error);
        }
        tally_free(t);
    }
    engine_rows_free(rows);
    return done;
}

static bool add_counts(struct scratch *s, struct engine *e, GError **error)
{
    struct gathering g = {s, g_hash_table_new_full(path_key_hash, path_key_equal, g_free, g_free),
                          g_hash_table_new_full(path_key_hash, path_key_equal, g_free, g_free)};
    struct rolling rolled;
    int64_t n;
    rolling_init(&rolled);
    const bool done = rolling_read(e, &rolled, error) && counting_catch_up(e, 0, 1, &rolled, &n, error) &&
                      add_menus(&g, e, error) && add_examples(&g, e, error) && add_tallies(&g, e, &rolled, error);
    rolling_clear(&rolled);
    g_hash_table_unref(g.menus);
    g_hash_table_unref(g.examples);
    return done;
}

struct scratch *gather(struct engine *e, enum gather_what what, GError **error)
{
    struct scratch *s = scratch_new(error);
    if (s && scratch_add_films(s, e, error) && add_absent(s, e, error) && add_erased(s, e, error) &&
        (what == GATHER_COUNTS ? add_counts(s, e, error) : add_all_viewings(s, e, error)))
        return s;
    scratch_free(s);
    return NULL;
}

#include "telemetry/central/counting.h"

#include "base/embedded.h"
#include "base/interrupt.h"
#include "telemetry/central/cells.h"
#include "telemetry/central/scratch.h"
#include "telemetry/count/aggregate.h"
#include "telemetry/store/query.h"

#include <assert.h>

#define SQL         "telemetry/central/central.sql"
#define ASK_AT_ONCE "50000" /* viewings that one question finds: to answer it, the engine reads all headers; 20 MB */
#define AT_ONCE     2000    /* viewings in one go: some 100,000 events */
#define DOING       "cannot be counted"

struct counting {
    const struct scratch *scratch;
    GHashTable *menus;            /* number in the store (int64_t) -> id (int64_t) */
    GString *counted, *met_menus; /* lines for the tables `counted` and `menu` */
};

/* The film's places for the numbers of a decision's menus, and a line for each. */
static bool read_menus(struct counting *c, GError **error)
{
    GHashTableIter each;
    gpointer hash, base;
    struct query q = query_begin(c->scratch->store, embedded_part("telemetry/central/counting.sql", "menus"), DOING);
    while (query_next(&q)) {
        const int64_t number = query_number(&q, 0), story = query_number(&q, 3);
        g_hash_table_iter_init(&each, c->scratch->films);
        while (g_hash_table_iter_next(&each, &hash, &base)) {
            const struct film_base *film = base;
            if (film->story + 1 != story)
                continue;
            const int64_t decision = query_number(&q, 1) - film->decision;
            const int64_t id = cells_menu(decision, query_text(&q, 2));
            g_hash_table_insert(c->menus, g_memdup2(&number, sizeof number), g_memdup2(&id, sizeof id));
            engine_field_number(c->met_menus, true, *(const int64_t *)hash);
            engine_field_number(c->met_menus, false, id);
            engine_field_number(c->met_menus, false, decision);
            engine_field(c->met_menus, false, query_text(&q, 2));
            g_string_append_c(c->met_menus, '\n');
        }
    }
    return query_end(&q, error);
}

static struct tally *placed_cells(const struct counting *c, const struct film_base *film, const struct tally *t)
{
    struct tally *placed = tally_new();
    for (guint i = 0; i < t->cells->len; i++) {
        const struct tally_cell *cell = &g_array_index(t->cells, struct tally_cell, i);
        const int64_t number = tally_a(cell);
        const int64_t *menu = tally_kind(cell) == TALLY_OUTCOME ? g_hash_table_lookup(c->menus, &number) : NULL;
        if (tally_kind(cell) != TALLY_EXAMPLE) /* it names a viewing of this store; the engine finds its own */
            cells_add_placed(placed, cell, film, menu ? *menu : 0);
    }
    tally_settle(placed);
    return placed;
}

static void put_array(GString *out, const struct tally *t, int which)
{
    g_string_append(out, "\t[");
    for (guint i = 0; i < t->cells->len; i++) {
        const struct tally_cell *cell = &g_array_index(t->cells, struct tally_cell, i);
        const uint64_t n = which == 0 ? cell->key : which == 1 ? cell->b : (uint64_t)cell->n;
        g_string_append_printf(out, "%s%" G_GUINT64_FORMAT, i > 0 ? "," : "", n);
    }
    g_string_append_c(out, ']');
}

/* 0: it has none. */
static uint64_t path_of(const struct tally *t)
{
    for (guint i = 0; i < t->cells->len; i++) {
        const struct tally_cell *cell = &g_array_index(t->cells, struct tally_cell, i);
        if (tally_kind(cell) == TALLY_PATH)
            return cell->b;
    }
    return 0;
}

static void take_viewing(int64_t viewing, const struct aggregate_cohort *cohort, struct tally *t, void *data)
{
    struct counting *c = data;
    const struct rows_header *h = g_hash_table_lookup(c->scratch->viewings, &viewing);
    assert(h);
    struct tally *placed = placed_cells(c, scratch_film(c->scratch, h->story), t);
    engine_field_number(c->counted, true, h->month);
    engine_field(c->counted, false, h->id);
    engine_field(c->counted, false, h->key);
    engine_field_number(c->counted, false, (int64_t)TALLY_ENCODING << 32 | h->upto);
    engine_field_number(c->counted, false, h->story);
    engine_field_number(c->counted, false, cohort->day);
    engine_field_number(c->counted, false, cohort->mode);
    engine_field_number(c->counted, false, cohort->chooser);
    engine_field_number(c->counted, false, cohort->nth);
    for (int which = 0; which < 3; which++)
        put_array(c->counted, placed, which);
    g_string_append_printf(c->counted, "\t%" G_GUINT64_FORMAT, path_of(placed));
    g_string_append_c(c->counted, '\n');
    tally_free(placed);
}

static bool count_all(struct counting *c, struct engine *e, GError **error)
{
    return read_menus(c, error) && aggregate_read_each(c->scratch->store, take_viewing, c, error) &&
           (c->met_menus->len == 0 || engine_insert(e, "menu", c->met_menus, error)) &&
           (c->counted->len == 0 || engine_insert(e, "counted", c->counted, error));
}

static bool count_some(struct engine *e, const GPtrArray *headers, guint from, guint to, GError **error)
{
    struct scratch *s = scratch_new(error);
    struct counting c = {s, g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free), g_string_new(NULL),
                         g_string_new(NULL)};
    const bool done = s && scratch_add_films(s, e, error) && scratch_add_viewings(s, e, headers, from, to, error) &&
                      count_all(&c, e, error);
    g_hash_table_unref(c.menus);
    g_string_free(c.counted, TRUE);
    g_string_free(c.met_menus, TRUE);
    scratch_free(s);
    return done;
}

static bool count_each(struct engine *e, const GPtrArray *stale, int64_t *n, GError **error)
{
    for (guint at = 0; at < stale->len && !interrupt_requested(); at += AT_ONCE) {
        const guint to = MIN(at + AT_ONCE, stale->len);
        if (!count_some(e, stale, at, to, error))
            return false;
        *n += to - at;
    }
    return true;
}

bool counting_catch_up(struct engine *e, int part, int parts, const struct rolling *rolled, int64_t *n, GError **error)
{
    g_autofree char *encoding = g_strdup_printf("%d", TALLY_ENCODING);
    g_autofree char *which = g_strdup_printf("%d", part), *of = g_strdup_printf("%d", parts);
    g_autofree char *sql = engine_statement(e, SQL, "stale", "$encoding", encoding, "$most", ASK_AT_ONCE, "$parts", of,
                                            "$part", which, "$others", rolled->others->str, NULL);
    *n = 0;
    while (!interrupt_requested()) {
        g_autoptr(GPtrArray) stale = scratch_ask_viewings(e, sql, error);
        if (!stale || stale->len == 0)
            return stale != NULL;
        if (!count_each(e, stale, n, error))
            return false;
    }
    g_set_error_literal(error, ENGINE_ERROR, ENGINE_ERROR_AWAY, "interrupted");
    return false;
}

#include "telemetry/taste.h"

#include "telemetry/stats.h"

#include <sqlite3.h>

enum query { TRAITS, OPTIONS, SCORES, BROUGHT, SHOWN, QUERIES };

static const char *const queries[QUERIES] = {
    [TRAITS] = "SELECT id FROM trait WHERE story = ?1 ORDER BY id",
    [OPTIONS] = "SELECT o.option, o.locked, m.decision FROM menu m JOIN menu_option o ON o.menu = m.id"
                " WHERE m.id = ?1 ORDER BY o.position",
    [SCORES] = "SELECT trait, score FROM option_trait WHERE option = ?1",
    [BROUGHT] = "SELECT prop FROM option_prop WHERE option = ?1",
    [SHOWN] = "SELECT prop FROM node_prop WHERE node = ?1",
};

/* One trait of a menu whose open options differ in it. */
struct say {
    int64_t trait, low, high, sum, n; /* the open options' scores: least, most, all of them, how many */
    GHashTable *scores;               /* option -> score, of those that have one */
};

struct menu {
    int64_t decision;
    GArray *options; /* int64_t: the open ones */
    GArray *says;    /* struct say */
    GArray *props;   /* struct brought: of all that is shown */
};

struct brought {
    int64_t prop, option;
};

struct pick {
    const struct menu *menu;
    int64_t option;
};

struct meeting {
    int64_t prop;
    bool again; /* it was picked, and then met once more */
};

struct taste {
    struct store *store;
    sqlite3_stmt *st[QUERIES];
    GHashTable *menus; /* id -> struct menu * */
    GHashTable *nodes; /* id -> GArray of the props shown */
    GHashTable *films; /* id -> GArray of its traits */
    const GArray *traits;
    GArray *picks, *met; /* of the viewing: struct pick, struct meeting */
};

/* ---- what the author said -------------------------------------------------------------------------------------- */

static void free_menu(void *data)
{
    struct menu *m = data;
    for (guint i = 0; i < m->says->len; i++)
        g_hash_table_unref(g_array_index(m->says, struct say, i).scores);
    g_array_unref(m->options);
    g_array_unref(m->says);
    g_array_unref(m->props);
    g_free(m);
}

static void free_numbers(void *data)
{
    g_array_unref(data);
}

struct taste *taste_new(struct store *s)
{
    struct taste *t = g_new0(struct taste, 1);
    t->store = s;
    t->menus = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, free_menu);
    t->nodes = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, free_numbers);
    t->films = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, free_numbers);
    t->picks = g_array_new(FALSE, FALSE, sizeof(struct pick));
    t->met = g_array_new(FALSE, FALSE, sizeof(struct meeting));
    return t;
}

void taste_free(struct taste *t)
{
    if (!t)
        return;
    for (int i = 0; i < QUERIES; i++)
        sqlite3_finalize(t->st[i]);
    g_hash_table_unref(t->menus);
    g_hash_table_unref(t->nodes);
    g_hash_table_unref(t->films);
    g_array_unref(t->picks);
    g_array_unref(t->met);
    g_free(t);
}

/* Rows of a query about one id. Columns after the last one asked for are left alone. */
static bool each_row(struct taste *t, enum query q, int64_t id, void (*row)(sqlite3_stmt *st, void *data), void *data,
                     GError **error)
{
    if (!t->st[q] &&
        sqlite3_prepare_v3(t->store->db, queries[q], -1, SQLITE_PREPARE_PERSISTENT, &t->st[q], NULL) != SQLITE_OK)
        return store_fail(t->store, "cannot be counted", error);
    int rc;
    sqlite3_bind_int64(t->st[q], 1, id);
    while ((rc = sqlite3_step(t->st[q])) == SQLITE_ROW)
        row(t->st[q], data);
    const bool done = rc == SQLITE_DONE || store_fail(t->store, "cannot be counted", error);
    sqlite3_reset(t->st[q]);
    return done;
}

static void add_number(sqlite3_stmt *st, void *data)
{
    const int64_t n = sqlite3_column_int64(st, 0);
    g_array_append_val((GArray *)data, n);
}

/* The numbers of a query, remembered. */
static const GArray *numbers(struct taste *t, GHashTable *known, enum query q, int64_t id, GError **error)
{
    GArray *all = g_hash_table_lookup(known, &id);
    if (all)
        return all;
    all = g_array_new(FALSE, FALSE, sizeof(int64_t));
    if (!each_row(t, q, id, add_number, all, error)) {
        g_array_unref(all);
        return NULL;
    }
    g_hash_table_insert(known, g_memdup2(&id, sizeof id), all);
    return all;
}

struct reading {
    struct menu *menu;
    int64_t option; /* whose scores or props are read */
    GArray *shown;  /* all options, open or not */
};

static void add_option(sqlite3_stmt *st, void *data)
{
    struct reading *r = data;
    const int64_t option = sqlite3_column_int64(st, 0);
    r->menu->decision = sqlite3_column_int64(st, 2);
    g_array_append_val(r->shown, option);
    if (!sqlite3_column_int(st, 1))
        g_array_append_val(r->menu->options, option);
}

static void add_score(sqlite3_stmt *st, void *data)
{
    struct reading *r = data;
    const int64_t trait = sqlite3_column_int64(st, 0), score = sqlite3_column_int64(st, 1);
    struct say *say = NULL;
    for (guint i = 0; i < r->menu->says->len && !say; i++)
        if (g_array_index(r->menu->says, struct say, i).trait == trait)
            say = &g_array_index(r->menu->says, struct say, i);
    if (!say) {
        const struct say first = {trait, INT64_MAX, INT64_MIN,
                                  0,     0,         g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free)};
        g_array_append_val(r->menu->says, first);
        say = &g_array_index(r->menu->says, struct say, r->menu->says->len - 1);
    }
    say->low = MIN(say->low, score);
    say->high = MAX(say->high, score);
    say->sum += score;
    say->n++;
    g_hash_table_insert(say->scores, g_memdup2(&r->option, sizeof r->option), g_memdup2(&score, sizeof score));
}

static void add_prop(sqlite3_stmt *st, void *data)
{
    const struct reading *r = data;
    const struct brought b = {sqlite3_column_int64(st, 0), r->option};
    g_array_append_val(r->menu->props, b);
}

/* Options without a score have 0. A trait in which all are equal is not asked about. */
static void settle_says(struct menu *m)
{
    for (guint i = m->says->len; i-- > 0;) {
        struct say *say = &g_array_index(m->says, struct say, i);
        if (say->n < m->options->len) {
            say->low = MIN(say->low, 0);
            say->high = MAX(say->high, 0);
        }
        if (say->low < say->high)
            continue;
        g_hash_table_unref(say->scores);
        g_array_remove_index(m->says, i);
    }
}

static bool read_menu(struct taste *t, int64_t id, struct menu *m, GError **error)
{
    g_autoptr(GArray) shown = g_array_new(FALSE, FALSE, sizeof(int64_t));
    struct reading r = {m, 0, shown};
    bool done = each_row(t, OPTIONS, id, add_option, &r, error);
    for (guint i = 0; done && i < m->options->len; i++) {
        r.option = g_array_index(m->options, int64_t, i);
        done = each_row(t, SCORES, r.option, add_score, &r, error);
    }
    for (guint i = 0; done && i < shown->len; i++) {
        r.option = g_array_index(shown, int64_t, i);
        done = each_row(t, BROUGHT, r.option, add_prop, &r, error);
    }
    settle_says(m);
    return done;
}

static const struct menu *menu_of(struct taste *t, int64_t id, GError **error)
{
    struct menu *m = g_hash_table_lookup(t->menus, &id);
    if (m)
        return m;
    m = g_new0(struct menu, 1);
    m->options = g_array_new(FALSE, FALSE, sizeof(int64_t));
    m->says = g_array_new(FALSE, FALSE, sizeof(struct say));
    m->props = g_array_new(FALSE, FALSE, sizeof(struct brought));
    if (!read_menu(t, id, m, error)) {
        free_menu(m);
        return NULL;
    }
    g_hash_table_insert(t->menus, g_memdup2(&id, sizeof id), m);
    return m;
}

/* ---- one viewing ----------------------------------------------------------------------------------------------- */

bool taste_begin(struct taste *t, int64_t story, GError **error)
{
    g_array_set_size(t->picks, 0);
    g_array_set_size(t->met, 0);
    t->traits = numbers(t, t->films, TRAITS, story, error);
    return t->traits != NULL;
}

static void meet(struct taste *t, int64_t prop)
{
    for (guint i = 0; i < t->met->len; i++) {
        struct meeting *m = &g_array_index(t->met, struct meeting, i);
        m->again = m->again || m->prop == prop;
    }
}

static void take_prop(struct taste *t, int64_t prop)
{
    for (guint i = 0; i < t->met->len; i++)
        if (g_array_index(t->met, struct meeting, i).prop == prop)
            return;
    const struct meeting m = {prop, false};
    g_array_append_val(t->met, m);
}

bool taste_visit(struct taste *t, int64_t node, GError **error)
{
    const GArray *shown = numbers(t, t->nodes, SHOWN, node, error);
    for (guint i = 0; shown && i < shown->len; i++)
        meet(t, g_array_index(shown, int64_t, i));
    return shown != NULL;
}

bool taste_exposure(struct taste *t, int64_t menu, int64_t option, GError **error)
{
    const struct menu *m = menu_of(t, menu, error);
    if (!m)
        return false;
    for (guint i = 0; i < m->props->len; i++)
        meet(t, g_array_index(m->props, struct brought, i).prop);
    if (option == 0)
        return true;
    const struct pick p = {m, option};
    g_array_append_val(t->picks, p);
    for (guint i = 0; i < m->props->len; i++) {
        const struct brought *b = &g_array_index(m->props, struct brought, i);
        if (b->option == option)
            take_prop(t, b->prop);
    }
    return true;
}

/* ---- leans ----------------------------------------------------------------------------------------------------- */

/* Points of picks: how many could be had and were, each counted from the least on offer. */
struct lean {
    int64_t picks, taken, to_be_had, squares;
    double by_chance; /* taken, on average, by who takes any option alike */
};

static const struct say *say_of(const struct menu *m, int64_t trait)
{
    for (guint i = 0; i < m->says->len; i++)
        if (g_array_index(m->says, struct say, i).trait == trait)
            return &g_array_index(m->says, struct say, i);
    return NULL;
}

/* Over all picks but those at one decision (0: none is left out). */
static struct lean lean_of(const struct taste *t, int64_t trait, int64_t without)
{
    struct lean l = {0};
    for (guint i = 0; i < t->picks->len; i++) {
        const struct pick *p = &g_array_index(t->picks, struct pick, i);
        const struct say *say = p->menu->decision == without ? NULL : say_of(p->menu, trait);
        if (!say)
            continue;
        const int64_t *score = g_hash_table_lookup(say->scores, &p->option), range = say->high - say->low;
        l.picks++;
        l.taken += (score ? *score : 0) - say->low;
        l.to_be_had += range;
        l.squares += range * range;
        l.by_chance += (double)say->sum / (double)p->menu->options->len - (double)say->low;
    }
    return l;
}

static int sureness(const struct lean *l)
{
    const double all = (double)l->to_be_had, chance = l->by_chance / all;
    const struct stats_interval w = stats_wilson_of((double)l->taken / all, all * all / (double)l->squares, STATS_Z95);
    return chance < w.low ? 2 : chance > w.high ? 0 : 1;
}

static void count_profile(const struct taste *t, int64_t trait, int time, struct tally *into)
{
    const struct lean l = lean_of(t, trait, 0);
    const int percent = l.to_be_had > 0 ? (int)((200 * l.taken + l.to_be_had) / (2 * l.to_be_had)) : 0;
    tally_add(into, TALLY_TASTE, time, trait, l.picks < TASTE_PICKS ? 0 : tally_taste(percent, sureness(&l)), 1);
}

/* Thirds: exact, so that a count in another language finds the same. */
static int level(const struct lean *l)
{
    return 3 * l->taken <= l->to_be_had ? 0 : 3 * l->taken >= 2 * l->to_be_had ? 2 : 1;
}

static void count_tells(const struct taste *t, int64_t trait, int time, struct tally *into)
{
    for (guint i = 0; i < t->picks->len; i++) {
        const struct pick *p = &g_array_index(t->picks, struct pick, i);
        bool first = true;
        for (guint k = 0; k < i; k++)
            first = first && g_array_index(t->picks, struct pick, k).menu->decision != p->menu->decision;
        const struct lean rest = first ? lean_of(t, trait, p->menu->decision) : (struct lean){0};
        if (rest.picks >= TASTE_PICKS)
            tally_add(into, TALLY_TELL, time, p->menu->decision, tally_tell(trait, p->option, level(&rest)), 1);
    }
}

void taste_count(struct taste *t, int time, struct tally *into)
{
    for (guint i = 0; i < t->traits->len; i++) {
        count_profile(t, g_array_index(t->traits, int64_t, i), time, into);
        count_tells(t, g_array_index(t->traits, int64_t, i), time, into);
    }
    for (guint i = 0; i < t->met->len; i++) {
        const struct meeting *m = &g_array_index(t->met, struct meeting, i);
        tally_add(into, TALLY_PROP, time, m->prop, TALLY_PROP_TAKEN, 1);
        tally_add(into, TALLY_PROP, time, m->prop, TALLY_PROP_AGAIN, m->again);
    }
}

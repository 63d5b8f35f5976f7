#include "telemetry/count/taste.h"

#include "base/stats.h"

#include <sqlite3.h>

enum query { TRAITS, OPTIONS, SCORES, BROUGHT, SHOWN, QUERIES };

static const char *const queries[QUERIES] = {
    [TRAITS] = "SELECT id FROM trait WHERE story = ?1 ORDER BY id",
    [OPTIONS] = ("SELECT o.option, o.locked, m.decision FROM menu m JOIN menu_option o ON o.menu = m.id"
                 " WHERE m.id = ?1 ORDER BY o.position"),
    [SCORES] = "SELECT trait, score FROM option_trait WHERE option = ?1",
    [BROUGHT] = "SELECT prop FROM option_prop WHERE option = ?1",
    [SHOWN] = "SELECT prop FROM node_prop WHERE node = ?1",
};

/* One trait of a menu whose open options differ in it. */
struct say {
    int64_t trait, low, high, sum; /* the open options' scores: least, most, all of them */
    int64_t *scores;               /* of the menu's options, in their order; 0 where none was given */
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
    guint place; /* in menu->options */
    bool again;  /* a pick at this decision came before */
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
        g_free(g_array_index(m->says, struct say, i).scores);
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
    guint place;    /* of it, in menu->options */
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
        const struct say first = {.trait = trait, .scores = g_new0(int64_t, r->menu->options->len)};
        g_array_append_val(r->menu->says, first);
        say = &g_array_index(r->menu->says, struct say, r->menu->says->len - 1);
    }
    say->scores[r->place] = score;
}

static void add_prop(sqlite3_stmt *st, void *data)
{
    const struct reading *r = data;
    const struct brought b = {sqlite3_column_int64(st, 0), r->option};
    g_array_append_val(r->menu->props, b);
}

/* A trait in which all options are equal is not asked about. */
static void settle_says(struct menu *m)
{
    for (guint i = m->says->len; i-- > 0;) {
        struct say *say = &g_array_index(m->says, struct say, i);
        say->low = say->high = say->scores[0];
        for (guint o = 0; o < m->options->len; o++) {
            say->low = MIN(say->low, say->scores[o]);
            say->high = MAX(say->high, say->scores[o]);
            say->sum += say->scores[o];
        }
        if (say->low < say->high)
            continue;
        g_free(say->scores);
        g_array_remove_index(m->says, i);
    }
}

static bool read_menu(struct taste *t, int64_t id, struct menu *m, GError **error)
{
    g_autoptr(GArray) shown = g_array_new(FALSE, FALSE, sizeof(int64_t));
    struct reading r = {m, 0, 0, shown};
    bool done = each_row(t, OPTIONS, id, add_option, &r, error);
    for (guint i = 0; done && i < m->options->len; i++) {
        r.option = g_array_index(m->options, int64_t, i);
        r.place = i;
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

/* What was picked although it was locked tells nothing. */
static void add_pick(struct taste *t, const struct menu *m, int64_t option)
{
    struct pick p = {.menu = m, .option = option};
    while (p.place < m->options->len && g_array_index(m->options, int64_t, p.place) != option)
        p.place++;
    for (guint i = 0; i < t->picks->len && !p.again; i++)
        p.again = g_array_index(t->picks, struct pick, i).menu->decision == m->decision;
    if (p.place < m->options->len)
        g_array_append_val(t->picks, p);
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
    add_pick(t, m, option);
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

/* Of one pick; nothing where it doesn't tell. */
static struct lean lean_of(const struct pick *p, int64_t trait)
{
    for (guint i = 0; i < p->menu->says->len; i++) {
        const struct say *say = &g_array_index(p->menu->says, struct say, i);
        const int64_t range = say->high - say->low;
        if (say->trait == trait)
            return (struct lean){1, say->scores[p->place] - say->low, range, range * range,
                                 (double)say->sum / (double)p->menu->options->len - (double)say->low};
    }
    return (struct lean){0};
}

static int sureness(const struct lean *l)
{
    const double all = (double)l->to_be_had, chance = l->by_chance / all;
    const struct stats_interval w = stats_wilson_of((double)l->taken / all, all * all / (double)l->squares, STATS_Z95);
    return chance < w.low ? 2 : chance > w.high ? 0 : 1;
}

static void count_profile(const struct lean *l, int64_t trait, int time, struct tally *into)
{
    const int percent = l->to_be_had > 0 ? (int)((200 * l->taken + l->to_be_had) / (2 * l->to_be_had)) : 0;
    tally_add(into, TALLY_TASTE, time, trait, l->picks < TASTE_PICKS ? 0 : tally_taste(percent, sureness(l)), 1);
}

/* Thirds: exact, so that a count in another language finds the same. */
static int level(const struct lean *l)
{
    return 3 * l->taken <= l->to_be_had ? 0 : 3 * l->taken >= 2 * l->to_be_had ? 2 : 1;
}

/* What a pick tells of the lean that all picks but those at its decision make. */
static void count_tell(const struct taste *t, const struct pick *p, const struct lean *all, int64_t trait, int time,
                       struct tally *into)
{
    struct lean rest = *all;
    for (guint i = 0; i < t->picks->len; i++) {
        const struct pick *other = &g_array_index(t->picks, struct pick, i);
        if (other->menu->decision != p->menu->decision)
            continue;
        const struct lean l = lean_of(other, trait);
        rest.picks -= l.picks;
        rest.taken -= l.taken;
        rest.to_be_had -= l.to_be_had;
    }
    if (rest.picks >= TASTE_PICKS)
        tally_add(into, TALLY_TELL, time, p->menu->decision, tally_tell(trait, p->option, level(&rest)), 1);
}

static void count_trait(const struct taste *t, int64_t trait, int time, struct tally *into)
{
    struct lean all = {0};
    for (guint i = 0; i < t->picks->len; i++) {
        const struct lean l = lean_of(&g_array_index(t->picks, struct pick, i), trait);
        all.picks += l.picks;
        all.taken += l.taken;
        all.to_be_had += l.to_be_had;
        all.squares += l.squares;
        all.by_chance += l.by_chance;
    }
    count_profile(&all, trait, time, into);
    for (guint i = 0; i < t->picks->len && all.picks >= TASTE_PICKS; i++) {
        const struct pick *p = &g_array_index(t->picks, struct pick, i);
        if (!p->again)
            count_tell(t, p, &all, trait, time, into);
    }
}

void taste_count(struct taste *t, int time, struct tally *into)
{
    for (guint i = 0; i < t->traits->len; i++)
        count_trait(t, g_array_index(t->traits, int64_t, i), time, into);
    for (guint i = 0; i < t->met->len; i++) {
        const struct meeting *m = &g_array_index(t->met, struct meeting, i);
        tally_add(into, TALLY_PROP, time, m->prop, TALLY_PROP_TAKEN, 1);
        tally_add(into, TALLY_PROP, time, m->prop, TALLY_PROP_AGAIN, m->again);
    }
}

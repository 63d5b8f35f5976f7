#include "telemetry/count/trait_profile.h"

#include "base/embedded.h"
#include "base/stats.h"
#include "telemetry/store/query.h"

#include <assert.h>

#define SCORE_MAX 1000000 /* far beyond what an author may give */

enum dictionary_query { STORY_TRAITS, MENU_OPTIONS, OPTION_SCORES, OPTION_PROPS, NODE_PROPS, QUERIES };

/* Parts of trait_profile.sql. */
static const char *const query_names[QUERIES] = {
    [STORY_TRAITS] = "story_traits", [MENU_OPTIONS] = "menu_options", [OPTION_SCORES] = "option_scores",
    [OPTION_PROPS] = "option_props", [NODE_PROPS] = "node_props",
};

/* One trait of a menu whose open options differ in it. */
struct trait_scores {
    int64_t trait, low, high, sum; /* of the scores: the least, the most, all of them */
    int64_t *scores;               /* of the open options, in their order; 0 where the author gave none */
};

struct offered_menu {
    int64_t decision;
    GArray *options;      /* int64_t: the open ones */
    GArray *trait_scores; /* struct trait_scores */
    GArray *props;        /* struct option_prop: of the locked options, too */
};

struct option_prop {
    int64_t prop, option;
};

struct pick {
    const struct offered_menu *menu;
    int64_t option;
    guint place; /* in menu->options */
    bool again;  /* not the first pick at this decision */
};

struct taken_prop {
    int64_t prop;
    bool again; /* it was met after it was picked */
};

struct trait_profile {
    struct store *store;
    struct query queries[QUERIES]; /* begun on first use */
    GHashTable *menus;             /* id -> struct offered_menu * */
    GHashTable *nodes;             /* id -> GArray of the props shown */
    GHashTable *films;             /* id -> GArray of its traits */
    const GArray *traits;
    GArray *picks, *taken_props; /* of the viewing: struct pick, struct taken_prop */
};

/* ---- what the author defined ------------------------------------------------------------------------------------- */

static void free_menu(void *data)
{
    struct offered_menu *m = data;
    for (guint i = 0; i < m->trait_scores->len; i++)
        g_free(g_array_index(m->trait_scores, struct trait_scores, i).scores);
    g_array_unref(m->options);
    g_array_unref(m->trait_scores);
    g_array_unref(m->props);
    g_free(m);
}

static void free_numbers(void *data)
{
    g_array_unref(data);
}

struct trait_profile *trait_profile_new(struct store *s)
{
    struct trait_profile *t = g_new0(struct trait_profile, 1);
    t->store = s;
    t->menus = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, free_menu);
    t->nodes = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, free_numbers);
    t->films = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, free_numbers);
    t->picks = g_array_new(FALSE, FALSE, sizeof(struct pick));
    t->taken_props = g_array_new(FALSE, FALSE, sizeof(struct taken_prop));
    return t;
}

void trait_profile_free(struct trait_profile *t)
{
    if (!t)
        return;
    for (int i = 0; i < QUERIES; i++)
        (void)query_end(&t->queries[i], NULL);
    g_hash_table_unref(t->menus);
    g_hash_table_unref(t->nodes);
    g_hash_table_unref(t->films);
    g_array_unref(t->picks);
    g_array_unref(t->taken_props);
    g_free(t);
}

/* Calls `row` for each row of a query about one id. */
static bool each_row_of_id(struct trait_profile *t, enum dictionary_query which, int64_t id,
                           void (*row)(const struct query *q, void *data), void *data, GError **error)
{
    struct query *q = &t->queries[which];
    if (!q->store)
        *q = query_begin(t->store, embedded_part("telemetry/count/trait_profile.sql", query_names[which]),
                         "cannot be counted");
    query_bind(q, id);
    while (query_next(q))
        row(q, data);
    return query_reset(q, error);
}

static void append_id(const struct query *q, void *data)
{
    const int64_t n = query_number(q, 0);
    g_array_append_val((GArray *)data, n);
}

/* The ids that a query gives for one id. The store is queried only the first time. NULL and error on failure. */
static const GArray *ids_of(struct trait_profile *t, GHashTable *known, enum dictionary_query q, int64_t id,
                            GError **error)
{
    GArray *all = g_hash_table_lookup(known, &id);
    if (all)
        return all;
    all = g_array_new(FALSE, FALSE, sizeof(int64_t));
    if (!each_row_of_id(t, q, id, append_id, all, error)) {
        g_array_unref(all);
        return NULL;
    }
    g_hash_table_insert(known, g_memdup2(&id, sizeof id), all);
    return all;
}

struct menu_reading {
    struct offered_menu *menu;
    int64_t option; /* the one whose scores or props are read */
    guint place;    /* its place in menu->options */
    GArray *shown;  /* int64_t: all options, open or locked */
};

static void add_option(const struct query *q, void *data)
{
    struct menu_reading *r = data;
    const int64_t option = query_number(q, 0);
    r->menu->decision = query_number(q, 2);
    g_array_append_val(r->shown, option);
    if (!query_number(q, 1))
        g_array_append_val(r->menu->options, option);
}

static void add_score(const struct query *q, void *data)
{
    struct menu_reading *r = data;
    const int64_t trait = query_number(q, 0), score = query_number_in(q, 1, -SCORE_MAX, SCORE_MAX, 0);
    struct trait_scores *entry = NULL;
    for (guint i = 0; i < r->menu->trait_scores->len && !entry; i++)
        if (g_array_index(r->menu->trait_scores, struct trait_scores, i).trait == trait)
            entry = &g_array_index(r->menu->trait_scores, struct trait_scores, i);
    if (!entry) {
        const struct trait_scores first = {.trait = trait, .scores = g_new0(int64_t, r->menu->options->len)};
        g_array_append_val(r->menu->trait_scores, first);
        entry = &g_array_index(r->menu->trait_scores, struct trait_scores, r->menu->trait_scores->len - 1);
    }
    assert(r->place < r->menu->options->len);
    entry->scores[r->place] = score;
}

static void add_prop(const struct query *q, void *data)
{
    const struct menu_reading *r = data;
    const struct option_prop b = {query_number(q, 0), r->option};
    g_array_append_val(r->menu->props, b);
}

/* If all options have the same score, a pick says nothing about the trait. */
static void drop_equal_traits(struct offered_menu *m)
{
    for (guint i = m->trait_scores->len; i-- > 0;) {
        struct trait_scores *entry = &g_array_index(m->trait_scores, struct trait_scores, i);
        entry->low = entry->high = entry->scores[0];
        for (guint o = 0; o < m->options->len; o++) {
            entry->low = MIN(entry->low, entry->scores[o]);
            entry->high = MAX(entry->high, entry->scores[o]);
            entry->sum += entry->scores[o];
        }
        if (entry->low < entry->high)
            continue;
        g_free(entry->scores);
        g_array_remove_index(m->trait_scores, i);
    }
}

static bool menu_check(const struct offered_menu *m)
{
    for (guint i = 0; i < m->trait_scores->len; i++) {
        const struct trait_scores *entry = &g_array_index(m->trait_scores, struct trait_scores, i);
        assert(entry->low < entry->high && m->options->len >= 2);
    }
    return true;
}

static bool read_menu(struct trait_profile *t, int64_t id, struct offered_menu *m, GError **error)
{
    g_autoptr(GArray) shown = g_array_new(FALSE, FALSE, sizeof(int64_t));
    struct menu_reading r = {m, 0, 0, shown};
    bool done = each_row_of_id(t, MENU_OPTIONS, id, add_option, &r, error);
    for (guint i = 0; done && i < m->options->len; i++) {
        r.option = g_array_index(m->options, int64_t, i);
        r.place = i;
        done = each_row_of_id(t, OPTION_SCORES, r.option, add_score, &r, error);
    }
    for (guint i = 0; done && i < shown->len; i++) {
        r.option = g_array_index(shown, int64_t, i);
        done = each_row_of_id(t, OPTION_PROPS, r.option, add_prop, &r, error);
    }
    drop_equal_traits(m);
    assert(menu_check(m));
    return done;
}

static const struct offered_menu *menu_of(struct trait_profile *t, int64_t id, GError **error)
{
    struct offered_menu *m = g_hash_table_lookup(t->menus, &id);
    if (m)
        return m;
    m = g_new0(struct offered_menu, 1);
    m->options = g_array_new(FALSE, FALSE, sizeof(int64_t));
    m->trait_scores = g_array_new(FALSE, FALSE, sizeof(struct trait_scores));
    m->props = g_array_new(FALSE, FALSE, sizeof(struct option_prop));
    if (!read_menu(t, id, m, error)) {
        free_menu(m);
        return NULL;
    }
    g_hash_table_insert(t->menus, g_memdup2(&id, sizeof id), m);
    return m;
}

/* ---- one viewing ----------------------------------------------------------------------------------------------- */

bool trait_profile_begin(struct trait_profile *t, int64_t story, GError **error)
{
    g_array_set_size(t->picks, 0);
    g_array_set_size(t->taken_props, 0);
    t->traits = ids_of(t, t->films, STORY_TRAITS, story, error);
    return t->traits != NULL;
}

static void meet_prop(struct trait_profile *t, int64_t prop)
{
    for (guint i = 0; i < t->taken_props->len; i++) {
        struct taken_prop *m = &g_array_index(t->taken_props, struct taken_prop, i);
        m->again = m->again || m->prop == prop;
    }
}

static void take_prop(struct trait_profile *t, int64_t prop)
{
    for (guint i = 0; i < t->taken_props->len; i++)
        if (g_array_index(t->taken_props, struct taken_prop, i).prop == prop)
            return;
    const struct taken_prop m = {prop, false};
    g_array_append_val(t->taken_props, m);
}

bool trait_profile_visit(struct trait_profile *t, int64_t node, GError **error)
{
    const GArray *shown = ids_of(t, t->nodes, NODE_PROPS, node, error);
    for (guint i = 0; shown && i < shown->len; i++)
        meet_prop(t, g_array_index(shown, int64_t, i));
    return shown != NULL;
}

/* An option that was picked although it was locked (the store is damaged) says nothing. */
static void add_pick(struct trait_profile *t, const struct offered_menu *m, int64_t option)
{
    struct pick p = {.menu = m, .option = option};
    while (p.place < m->options->len && g_array_index(m->options, int64_t, p.place) != option)
        p.place++;
    for (guint i = 0; i < t->picks->len && !p.again; i++)
        p.again = g_array_index(t->picks, struct pick, i).menu->decision == m->decision;
    if (p.place < m->options->len)
        g_array_append_val(t->picks, p);
}

bool trait_profile_exposure(struct trait_profile *t, int64_t menu, int64_t option, GError **error)
{
    const struct offered_menu *m = menu_of(t, menu, error);
    if (!m)
        return false;
    for (guint i = 0; i < m->props->len; i++)
        meet_prop(t, g_array_index(m->props, struct option_prop, i).prop);
    if (option == 0)
        return true;
    add_pick(t, m, option);
    for (guint i = 0; i < m->props->len; i++) {
        const struct option_prop *b = &g_array_index(m->props, struct option_prop, i);
        if (b->option == option)
            take_prop(t, b->prop);
    }
    return true;
}

/* ---- leans ----------------------------------------------------------------------------------------------------- */

/* Sums over picks. Points count from the lowest score on offer; `squares` sums the squares of `to_be_had`. */
struct lean {
    int64_t picks, taken, to_be_had, squares;
    double by_chance; /* points that picking at random takes on average */
};

/* What one pick adds; all zeros if it says nothing about the trait. */
static struct lean lean_of(const struct pick *p, int64_t trait)
{
    for (guint i = 0; i < p->menu->trait_scores->len; i++) {
        const struct trait_scores *entry = &g_array_index(p->menu->trait_scores, struct trait_scores, i);
        const int64_t range = entry->high - entry->low;
        if (entry->trait == trait)
            return (struct lean){1, entry->scores[p->place] - entry->low, range, range * range,
                                 (double)entry->sum / (double)p->menu->options->len - (double)entry->low};
    }
    return (struct lean){0};
}

/* 0: surely against, 1: not sure, 2: surely for. */
static int lean_sureness(const struct lean *l)
{
    assert(l->to_be_had > 0 && l->squares > 0);
    const double all = (double)l->to_be_had, chance = l->by_chance / all;
    const struct stats_interval w = stats_wilson_of((double)l->taken / all, all * all / (double)l->squares, STATS_Z95);
    return chance < w.low ? 2 : chance > w.high ? 0 : 1;
}

static void count_profile(const struct lean *l, int64_t trait, int time, struct tally *into)
{
    const int percent = l->to_be_had > 0 ? (int)((200 * l->taken + l->to_be_had) / (2 * l->to_be_had)) : 0;
    const uint64_t profile =
        l->picks < TRAIT_PROFILE_PICKS_MIN ? 0 : tally_profile(CLAMP(percent, 0, 100), lean_sureness(l));
    tally_add(into, TALLY_PROFILE, time, trait, profile, 1);
}

/* Thirds, in integer arithmetic, so that an implementation in any other language finds the same levels. */
static int lean_level(const struct lean *l)
{
    return 3 * l->taken <= l->to_be_had ? 0 : 3 * l->taken >= 2 * l->to_be_had ? 2 : 1;
}

/* Counts a pick together with the lean of the viewer's picks at all other decisions. */
static void count_association(const struct trait_profile *t, const struct pick *p, const struct lean *all,
                              int64_t trait, int time, struct tally *into)
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
    if (rest.picks >= TRAIT_PROFILE_PICKS_MIN)
        tally_add(into, TALLY_ASSOCIATION, time, p->menu->decision,
                  tally_association(trait, p->option, lean_level(&rest)), 1);
}

static void count_trait(const struct trait_profile *t, int64_t trait, int time, struct tally *into)
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
    for (guint i = 0; i < t->picks->len && all.picks >= TRAIT_PROFILE_PICKS_MIN; i++) {
        const struct pick *p = &g_array_index(t->picks, struct pick, i);
        if (!p->again)
            count_association(t, p, &all, trait, time, into);
    }
}

void trait_profile_count(struct trait_profile *t, int time, struct tally *into)
{
    assert(t->traits);
    for (guint i = 0; i < t->traits->len; i++)
        count_trait(t, g_array_index(t->traits, int64_t, i), time, into);
    for (guint i = 0; i < t->taken_props->len; i++) {
        const struct taken_prop *m = &g_array_index(t->taken_props, struct taken_prop, i);
        tally_add(into, TALLY_PROP, time, m->prop, TALLY_PROP_TAKEN, 1);
        tally_add(into, TALLY_PROP, time, m->prop, TALLY_PROP_AGAIN, m->again);
    }
}

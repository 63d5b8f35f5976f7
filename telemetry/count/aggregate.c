#include "telemetry/count/aggregate.h"

#include "base/units.h"
#include "telemetry/record.h"
#include "base/stats.h"
#include "telemetry/count/trait_profile.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

/* Viewings in one transaction: some 80,000 events, a tenth of a second during which players wait to write. */
#define BATCH        2000
#define DAY_MS       86400000
#define CUT_OFF_DAYS 7
#define TWO_MINUTES  (120 * US_PER_SECOND)
#define PERCENT_MAX  200
#define CHANGES_MAX  15

#define SHAPE "/* encoding 3 */" /* in the table's own text: its sums are written as tally.c does now */

#define COHORT(V) V ".story, " V ".started_ms / 86400000, " V ".mode, " V ".chooser, min(coalesce(" V ".nth, 0), 2)"

/* The rest of the cohort goes back on the list, then its sum goes. Nothing to do for a viewing not summed up yet. */
#define UNCOUNT(V)                                                                                                     \
    " INSERT OR IGNORE INTO tally_todo SELECT id FROM viewing WHERE story = " V ".story"                               \
    "  AND started_ms / 86400000 = " V ".started_ms / 86400000 AND mode = " V ".mode AND chooser = " V ".chooser"      \
    "  AND min(coalesce(nth, 0), 2) = min(coalesce(" V ".nth, 0), 2);"                                                 \
    " DELETE FROM tally WHERE (story, day, mode, chooser, nth) = (" COHORT(V) ");"

/* A film that an older program registered gets its traits and props: its viewings are counted anew. */
#define TAGGED(TABLE, WORD)                                                                                            \
    "CREATE TRIGGER tally_" TABLE " AFTER INSERT ON " TABLE                                                            \
    " WHEN EXISTS(SELECT 1 FROM tally WHERE story = (SELECT story FROM " WORD " WHERE id = new." WORD ")) BEGIN"       \
    " INSERT OR IGNORE INTO tally_todo SELECT id FROM viewing"                                                         \
    "  WHERE story = (SELECT story FROM " WORD " WHERE id = new." WORD ");"                                            \
    " DELETE FROM tally WHERE story = (SELECT story FROM " WORD " WHERE id = new." WORD "); END;"

/* Tables whose sums are in another encoding go first. */
static const char make_tables_sql[] =
    "DROP TRIGGER IF EXISTS tally_begun; DROP TRIGGER IF EXISTS tally_erased; DROP TRIGGER IF EXISTS tally_erased_todo;"
    "DROP TRIGGER IF EXISTS tally_moved; DROP TRIGGER IF EXISTS tally_finished; DROP TRIGGER IF EXISTS tally_resumed;"
    "DROP TRIGGER IF EXISTS tally_goes_on; DROP TRIGGER IF EXISTS tally_option_trait;"
    "DROP TRIGGER IF EXISTS tally_option_prop; DROP TRIGGER IF EXISTS tally_node_prop;"
    "DROP TABLE IF EXISTS tally; DROP TABLE IF EXISTS tally_todo;"
    "CREATE TABLE tally(story INTEGER NOT NULL, day INTEGER NOT NULL, mode INTEGER NOT NULL, chooser INTEGER NOT NULL,"
    " nth INTEGER NOT NULL, cells BLOB NOT NULL " SHAPE ", PRIMARY KEY(story, day, mode, chooser, nth)) STRICT;"
    "CREATE TABLE tally_todo(viewing INTEGER PRIMARY KEY) STRICT;"
    "INSERT INTO tally_todo SELECT id FROM viewing;"
    "CREATE TRIGGER tally_begun AFTER INSERT ON viewing BEGIN"
    " INSERT OR IGNORE INTO tally_todo VALUES(new.id); END;"
    "CREATE TRIGGER tally_erased BEFORE DELETE ON viewing"
    " WHEN NOT EXISTS(SELECT 1 FROM tally_todo WHERE viewing = old.id) BEGIN" UNCOUNT(
        "old") " END;"
               "CREATE TRIGGER tally_erased_todo AFTER DELETE ON viewing BEGIN"
               " DELETE FROM tally_todo WHERE viewing = old.id; END;"
               "CREATE TRIGGER tally_moved BEFORE UPDATE OF story, started_ms, mode, chooser, time_mode, nth ON viewing"
               " WHEN NOT EXISTS(SELECT 1 FROM tally_todo WHERE viewing = old.id) BEGIN" UNCOUNT(
                   "old") " END;"
                          "CREATE TRIGGER tally_finished AFTER INSERT ON finish"
                          " WHEN NOT EXISTS(SELECT 1 FROM tally_todo WHERE viewing = new.viewing) BEGIN"
                          " INSERT OR IGNORE INTO tally_todo SELECT a.id FROM viewing a, viewing b WHERE b.id = "
                          "new.viewing"
                          "  AND (" COHORT("a") ") = (" COHORT(
                              "b") ");"
                                   " DELETE FROM tally WHERE (story, day, mode, chooser, nth) = (SELECT " COHORT(
                                       "b") "  FROM viewing b WHERE b.id = new.viewing); END;" TAGGED("option_trait",
                                                                                                      "trait")
                                       TAGGED("option_prop", "prop") TAGGED("node_prop", "prop")
    /* It goes on: what was counted of it was not all. */
    "CREATE TRIGGER tally_resumed AFTER DELETE ON finish"
    " WHEN NOT EXISTS(SELECT 1 FROM tally_todo WHERE viewing = old.viewing) BEGIN"
    " INSERT OR IGNORE INTO tally_todo SELECT a.id FROM viewing a, viewing b WHERE b.id = old.viewing"
    "  AND (" COHORT("a") ") = (" COHORT(
        "b") ");"
             " DELETE FROM tally WHERE (story, day, mode, chooser, nth) ="
             "  (SELECT " COHORT(
                 "b") " FROM viewing b WHERE b.id = old.viewing); END;"
                      /* Also where it had been cut off and had no end to lose. */
                      "CREATE TRIGGER tally_goes_on AFTER INSERT ON resume"
                      " WHEN NOT EXISTS(SELECT 1 FROM tally_todo WHERE viewing = new.viewing) BEGIN"
                      " INSERT OR IGNORE INTO tally_todo SELECT a.id FROM viewing a, viewing b WHERE b.id = new.viewing"
                      "  AND (" COHORT("a") ") = (" COHORT(
                          "b") ");"
                               " DELETE FROM tally WHERE (story, day, mode, chooser, nth) ="
                               "  (SELECT " COHORT("b") " FROM viewing b WHERE b.id = new.viewing); END;";

/* ---- statements ------------------------------------------------------------------------------------------------ */

enum count_query {
    HEADER,
    VISITS,
    EXPOSURES,
    REACHED,
    GAPS,
    TAKE_TODO,
    LOAD,
    SAVE,
    N_QUERIES,
    N_READING = TAKE_TODO, /* those before need no tables of ours */
};

static const char *const queries[N_QUERIES] = {
    [HEADER] = "SELECT " COHORT("v") ", v.time_mode, f.reason FROM viewing v LEFT JOIN finish f ON f.viewing = v.id"
                                     " WHERE v.id = ?1",
    [VISITS] = "SELECT i.seq, i.node, i.planned_us, l.playing_us, l.paused_us, l.hidden_us FROM visit i"
               " LEFT JOIN leave l ON l.viewing = i.viewing AND l.visit = i.seq WHERE i.viewing = ?1 ORDER BY i.seq",
    [EXPOSURES] =
        "SELECT e.seq, e.menu, m.decision, e.focus, e.time_mode, u.what, u.option, u.latency_us, u.given, u.changes"
        " FROM exposure e JOIN menu m ON m.id = e.menu"
        " LEFT JOIN outcome u ON u.viewing = e.viewing AND u.exposure = e.seq WHERE e.viewing = ?1 ORDER BY e.seq",
    [REACHED] = "SELECT seq, ending FROM reached WHERE viewing = ?1 ORDER BY seq",
    [GAPS] = "SELECT seq, count FROM gap WHERE viewing = ?1 ORDER BY seq",
    [TAKE_TODO] = "DELETE FROM tally_todo WHERE viewing = ?1",
    [LOAD] = "SELECT cells FROM tally WHERE story = ?1 AND day = ?2 AND mode = ?3 AND chooser = ?4 AND nth = ?5",
    [SAVE] = "INSERT OR REPLACE INTO tally VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
};

struct counted_visit {
    int64_t seq, node, planned_us;
};

struct viewing_counter {
    struct store *store;
    sqlite3_stmt *st[N_QUERIES];
    GHashTable *nodes;   /* node id -> struct node_name * */
    GHashTable *cohorts; /* struct aggregate_cohort * -> struct tally * */
    GArray *visits;      /* of the viewing being counted */
    GArray *gaps;        /* their seq */
    struct trait_profile *profile;
};

static bool fail_counting(struct store *s, GError **error)
{
    return store_fail(s, "cannot be counted", error);
}

static bool run_sql(struct store *s, const char *sql, GError **error)
{
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK || fail_counting(s, error);
}

static guint cohort_hash(gconstpointer p)
{
    const struct aggregate_cohort *c = p;
    return (guint)c->story * 31337u + (guint)c->day * 97u + (guint)(c->mode * 40 + c->chooser * 4 + c->nth);
}

static gboolean cohort_equal(gconstpointer p, gconstpointer q)
{
    const struct aggregate_cohort *a = p, *b = q;
    return a->story == b->story && a->day == b->day && a->mode == b->mode && a->chooser == b->chooser &&
           a->nth == b->nth;
}

bool aggregate_is_machine(const struct aggregate_cohort *c)
{
    return c->mode != TEL_MODE_WINDOW || c->chooser != TEL_CHOOSER_PERSON;
}

static void free_tally(void *t)
{
    tally_free(t);
}

static void counter_clear(struct viewing_counter *c)
{
    for (int i = 0; i < N_QUERIES; i++)
        sqlite3_finalize(c->st[i]);
    g_hash_table_unref(c->nodes);
    g_hash_table_unref(c->cohorts);
    g_array_unref(c->visits);
    g_array_unref(c->gaps);
    trait_profile_free(c->profile);
}

static void counter_init(struct viewing_counter *c, struct store *s)
{
    *c = (struct viewing_counter){
        .store = s,
        .nodes = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free),
        .cohorts = g_hash_table_new_full(cohort_hash, cohort_equal, g_free, free_tally),
        .visits = g_array_new(FALSE, FALSE, sizeof(struct counted_visit)),
        .gaps = g_array_new(FALSE, FALSE, sizeof(int64_t)),
        .profile = trait_profile_new(s),
    };
}

static bool prepare(struct viewing_counter *c, int n, GError **error)
{
    for (int i = 0; i < n; i++)
        if (!c->st[i] &&
            sqlite3_prepare_v3(c->store->db, queries[i], -1, SQLITE_PREPARE_PERSISTENT, &c->st[i], NULL) != SQLITE_OK)
            return fail_counting(c->store, error);
    return true;
}

static sqlite3_stmt *bind(struct viewing_counter *c, enum count_query q, int64_t viewing)
{
    sqlite3_reset(c->st[q]);
    sqlite3_bind_int64(c->st[q], 1, viewing);
    return c->st[q];
}

static int64_t number_or(sqlite3_stmt *st, int column, int64_t none)
{
    return sqlite3_column_type(st, column) == SQLITE_NULL ? none : sqlite3_column_int64(st, column);
}

static bool is_done(struct viewing_counter *c, enum count_query q, int rc, GError **error)
{
    const bool done = rc == SQLITE_DONE || fail_counting(c->store, error);
    sqlite3_reset(c->st[q]);
    return done;
}

/* ---- paths ----------------------------------------------------------------------------------------------------- */

/* FNV-1a of a text and its final NUL, going on from h. */
static uint64_t hash_text(uint64_t h, const char *text)
{
    do
        h = (h ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
    while (*text++);
    return h;
}

static const char *node_name(struct viewing_counter *c, int64_t node)
{
    const char *known = g_hash_table_lookup(c->nodes, &node);
    if (known)
        return known;
    sqlite3_stmt *st = NULL;
    char *name = NULL;
    if (sqlite3_prepare_v2(c->store->db, "SELECT name FROM node WHERE id = ?1", -1, &st, NULL) == SQLITE_OK) {
        sqlite3_bind_int64(st, 1, node);
        if (sqlite3_step(st) == SQLITE_ROW)
            name = g_strdup((const char *)sqlite3_column_text(st, 0));
    }
    sqlite3_finalize(st);
    name = name ? name : g_strdup("");
    g_hash_table_insert(c->nodes, g_memdup2(&node, sizeof node), name);
    return name;
}

/* By names, so that the same path is the same in another store and in another version of the film. */
static uint64_t path_hash(struct viewing_counter *c)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (guint i = 0; i < c->visits->len; i++)
        h = hash_text(h, node_name(c, g_array_index(c->visits, struct counted_visit, i).node));
    return h;
}

/* ---- one viewing ----------------------------------------------------------------------------------------------- */

struct viewing_head {
    int64_t viewing;
    struct aggregate_cohort cohort;
    int time;   /* time mode */
    int reason; /* + 1, or 0 */
};

/* False without an error where the viewing is gone. */
static bool read_head(struct viewing_counter *c, int64_t viewing, struct viewing_head *h, GError **error)
{
    sqlite3_stmt *st = bind(c, HEADER, viewing);
    const int rc = sqlite3_step(st);
    if (rc == SQLITE_ROW)
        *h = (struct viewing_head){viewing,
                                   {sqlite3_column_int64(st, 0), sqlite3_column_int(st, 1), sqlite3_column_int(st, 2),
                                    sqlite3_column_int(st, 3), sqlite3_column_int(st, 4)},
                                   sqlite3_column_int(st, 5) & 0xff,
                                   (int)number_or(st, 6, -1) + 1};
    else if (rc != SQLITE_DONE)
        fail_counting(c->store, error);
    sqlite3_reset(st);
    return rc == SQLITE_ROW;
}

static bool read_gaps(struct viewing_counter *c, const struct viewing_head *h, struct tally *t, GError **error)
{
    sqlite3_stmt *st = bind(c, GAPS, h->viewing);
    int64_t lost = 0;
    int rc;
    g_array_set_size(c->gaps, 0);
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        const int64_t seq = sqlite3_column_int64(st, 0);
        g_array_append_val(c->gaps, seq);
        lost += sqlite3_column_int64(st, 1);
    }
    tally_add(t, TALLY_LOST, h->time, 0, 0, lost);
    tally_add(t, TALLY_LOST, h->time, 1, 0, c->gaps->len > 0);
    return is_done(c, GAPS, rc, error);
}

static bool gap_between(const struct viewing_counter *c, int64_t from, int64_t to)
{
    for (guint i = 0; i < c->gaps->len; i++)
        if (g_array_index(c->gaps, int64_t, i) > from && g_array_index(c->gaps, int64_t, i) < to)
            return true;
    return false;
}

static void add_node(struct tally *t, const struct viewing_head *h, int64_t node, enum tally_node item, int64_t n)
{
    tally_add(t, TALLY_NODE, h->time, node, item, n);
}

static int by_number(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static void count_nodes_once(struct viewing_counter *c, const struct viewing_head *h, struct tally *t)
{
    const guint n = c->visits->len;
    g_autofree int64_t *nodes = g_new(int64_t, n + 1);
    for (guint i = 0; i < n; i++)
        nodes[i] = g_array_index(c->visits, struct counted_visit, i).node;
    qsort(nodes, n, sizeof *nodes, by_number);
    for (guint i = 0; i < n; i++)
        if (i == 0 || nodes[i] != nodes[i - 1])
            add_node(t, h, nodes[i], TALLY_NODE_VIEWINGS, 1);
}

/* Where film was lost in between, nobody knows which way it went. */
static void count_edges(struct viewing_counter *c, const struct viewing_head *h, struct tally *t)
{
    struct counted_visit before = {0};
    for (guint i = 0; i < c->visits->len; i++) {
        const struct counted_visit *v = &g_array_index(c->visits, struct counted_visit, i);
        if (!gap_between(c, before.seq, v->seq))
            tally_add(t, TALLY_EDGE, h->time, before.node, (uint64_t)v->node, 1);
        before = *v;
    }
    tally_add(t, TALLY_LAST, h->time, before.node, (uint64_t)h->reason, 1);
}

static void count_completion(const struct viewing_counter *c, const struct viewing_head *h, int64_t watched_us,
                             struct tally *t)
{
    int64_t planned_us = 0;
    tally_add(t, TALLY_MARK, h->time, TALLY_MARK_TWO_MINUTES, 0, watched_us >= TWO_MINUTES);
    for (guint i = 0; i < c->visits->len; i++) {
        const struct counted_visit *v = &g_array_index(c->visits, struct counted_visit, i);
        if (v->planned_us < 0)
            return;
        planned_us += v->planned_us;
    }
    if (planned_us > 0)
        tally_add(t, TALLY_COMPLETION, h->time,
                  MIN((int64_t)((double)watched_us / (double)planned_us * 100 + 1e-9), PERCENT_MAX), 0, 1);
}

static bool count_visits(struct viewing_counter *c, const struct viewing_head *h, struct tally *t, GError **error)
{
    sqlite3_stmt *st = bind(c, VISITS, h->viewing);
    int64_t watched_us = 0;
    int rc;
    g_array_set_size(c->visits, 0);
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        const struct counted_visit v = {sqlite3_column_int64(st, 0), sqlite3_column_int64(st, 1), number_or(st, 2, -1)};
        const int64_t playing_us = MAX(number_or(st, 3, 0), 0);
        g_array_append_val(c->visits, v);
        watched_us += playing_us;
        add_node(t, h, v.node, TALLY_NODE_VISITS, 1);
        add_node(t, h, v.node, TALLY_NODE_PLAYING_US, playing_us);
        add_node(t, h, v.node, TALLY_NODE_PAUSED_US, MAX(number_or(st, 4, 0), 0));
        add_node(t, h, v.node, TALLY_NODE_HIDDEN_US, MAX(number_or(st, 5, 0), 0));
        add_node(t, h, v.node, TALLY_NODE_PLANNED_US, MAX(v.planned_us, 0));
        add_node(t, h, v.node, TALLY_NODE_PLANNED, v.planned_us >= 0);
    }
    count_nodes_once(c, h, t);
    count_edges(c, h, t);
    count_completion(c, h, watched_us, t);
    if (h->reason == TEL_REASON_ENDED + 1 && c->gaps->len == 0 && c->visits->len > 0) {
        const uint64_t path = path_hash(c);
        tally_add(t, TALLY_PATH, h->time, 0, path, 1);
        tally_add(t, TALLY_EXAMPLE, h->time, 0, path, h->viewing);
    }
    return is_done(c, VISITS, rc, error);
}

/* The visits before seq that were not told yet. */
static bool profile_visits(struct viewing_counter *c, int64_t seq, guint *next, GError **error)
{
    for (; *next < c->visits->len && g_array_index(c->visits, struct counted_visit, *next).seq < seq; ++*next)
        if (!trait_profile_visit(c->profile, g_array_index(c->visits, struct counted_visit, *next).node, error))
            return false;
    return true;
}

static bool count_exposures(struct viewing_counter *c, const struct viewing_head *h, struct tally *t, GError **error)
{
    sqlite3_stmt *st = bind(c, EXPOSURES, h->viewing);
    bool profiled = trait_profile_begin(c->profile, h->cohort.story, error);
    guint visited = 0;
    int rc = SQLITE_DONE;
    while (profiled && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        const int64_t menu = sqlite3_column_int64(st, 1), decision = sqlite3_column_int64(st, 2);
        const int focus = (int)number_or(st, 3, -1), time = sqlite3_column_int(st, 4) & 0xff;
        const int what = (int)number_or(st, 5, TALLY_UNKNOWN);
        const int64_t option = number_or(st, 6, 0), latency_us = number_or(st, 7, -1);
        profiled = profile_visits(c, sqlite3_column_int64(st, 0), &visited, error) &&
                   trait_profile_exposure(c->profile, menu, what == TEL_WHAT_PICK ? option : 0, error);
        tally_add(t, TALLY_OUTCOME, time, menu, tally_outcome(focus, what, option), 1);
        if (what == TALLY_UNKNOWN)
            continue;
        if (latency_us >= 0)
            tally_add(t, TALLY_LATENCY, time, decision,
                      tally_latency(what, what == TEL_WHAT_PICK ? option : 0, stats_class(latency_us)), 1);
        if (what == TEL_WHAT_PICK)
            tally_add(t, TALLY_GIVEN, time, decision, (uint64_t)sqlite3_column_int64(st, 8), 1);
        tally_add(t, TALLY_CHANGES, time, decision, (uint64_t)CLAMP(sqlite3_column_int64(st, 9), 0, CHANGES_MAX), 1);
    }
    if (!profiled || !profile_visits(c, INT64_MAX, &visited, error)) {
        sqlite3_reset(st);
        return false;
    }
    trait_profile_count(c->profile, h->time, t);
    return is_done(c, EXPOSURES, rc, error);
}

static int64_t node_at(const struct viewing_counter *c, int64_t seq)
{
    int64_t node = 0;
    for (guint i = 0; i < c->visits->len && g_array_index(c->visits, struct counted_visit, i).seq < seq; i++)
        node = g_array_index(c->visits, struct counted_visit, i).node;
    return node;
}

static bool count_endings(struct viewing_counter *c, const struct viewing_head *h, struct tally *t, GError **error)
{
    sqlite3_stmt *st = bind(c, REACHED, h->viewing);
    g_autoptr(GArray) seen = g_array_new(FALSE, FALSE, sizeof(int64_t));
    int rc;
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        const int64_t ending = sqlite3_column_int64(st, 1);
        bool again = false;
        for (guint i = 0; i < seen->len; i++)
            again = again || g_array_index(seen, int64_t, i) == ending;
        tally_add(t, TALLY_ENDING, h->time, ending, 0, !again);
        tally_add(t, TALLY_END, h->time, node_at(c, sqlite3_column_int64(st, 0)), (uint64_t)ending, 1);
        if (!again)
            g_array_append_val(seen, ending);
    }
    tally_add(t, TALLY_MARK, h->time, TALLY_MARK_ENDING, 0, seen->len > 0);
    return is_done(c, REACHED, rc, error);
}

static struct tally *cohort_tally(struct viewing_counter *c, const struct aggregate_cohort *cohort)
{
    struct tally *t = g_hash_table_lookup(c->cohorts, cohort);
    if (!t) {
        t = tally_new();
        g_hash_table_insert(c->cohorts, g_memdup2(cohort, sizeof *cohort), t);
    }
    return t;
}

/* Of a machine's plays it is only told how many there were. */
static bool count_viewing(struct viewing_counter *c, const struct viewing_head *h, GError **error)
{
    struct tally *t = cohort_tally(c, &h->cohort);
    tally_add(t, TALLY_VIEWINGS, h->time, h->reason, 0, 1);
    if (aggregate_is_machine(&h->cohort))
        return true;
    return read_gaps(c, h, t, error) && count_visits(c, h, t, error) && count_exposures(c, h, t, error) &&
           count_endings(c, h, t, error);
}

/* ---- keeping up ------------------------------------------------------------------------------------------------ */

static bool find_tables(struct store *s, bool *has, GError **error)
{
    sqlite3_stmt *st = NULL;
    const bool done =
        sqlite3_prepare_v2(s->db, "SELECT count(*) FROM sqlite_schema WHERE name = 'tally' AND sql LIKE '%" SHAPE "%'",
                           -1, &st, NULL) == SQLITE_OK &&
        sqlite3_step(st) == SQLITE_ROW;
    *has = done && sqlite3_column_int(st, 0) > 0;
    sqlite3_finalize(st);
    return done || fail_counting(s, error);
}

static bool in_transaction(struct store *s, bool (*work)(struct store *s, void *data, GError **error), void *data,
                           GError **error)
{
    if (!run_sql(s, "BEGIN IMMEDIATE", error))
        return false;
    if (work(s, data, error) && run_sql(s, "COMMIT", error))
        return true;
    sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    return false;
}

/* Two reports may come here at once; the second finds them made. */
static bool make_tables_if_missing(struct store *s, void *data, GError **error)
{
    (void)data;
    bool has;
    return find_tables(s, &has, error) && (has || run_sql(s, make_tables_sql, error));
}

#define RIPE                                                                                                           \
    "SELECT v.id FROM tally_todo t JOIN viewing v ON v.id = t.viewing"                                                 \
    " WHERE (EXISTS(SELECT 1 FROM finish WHERE viewing = v.id)"                                                        \
    "  OR coalesce((SELECT max(resumed_ms) FROM resume WHERE viewing = v.id), v.started_ms) + ?1"                      \
    "   <= (SELECT max(started_ms) FROM viewing))"

/* What can be summed up for good: all of it, cohorts together; or the first few, as they come. */
static bool list_ripe(struct store *s, guint most, GArray *viewings, GError **error)
{
    const char *sql =
        most == G_MAXUINT ? RIPE " AND ?2 ORDER BY " COHORT("v") ", v.id" : RIPE " ORDER BY t.viewing LIMIT ?2";
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(s->db, sql, -1, &st, NULL);
    if (rc == SQLITE_OK) {
        sqlite3_bind_int64(st, 1, (int64_t)CUT_OFF_DAYS * DAY_MS);
        sqlite3_bind_int64(st, 2, most);
        while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
            const int64_t id = sqlite3_column_int64(st, 0);
            g_array_append_val(viewings, id);
        }
    }
    sqlite3_finalize(st);
    return rc == SQLITE_DONE || fail_counting(s, error);
}

static void bind_cohort(sqlite3_stmt *st, const struct aggregate_cohort *c)
{
    sqlite3_reset(st);
    sqlite3_bind_int64(st, 1, c->story);
    sqlite3_bind_int(st, 2, c->day);
    sqlite3_bind_int(st, 3, c->mode);
    sqlite3_bind_int(st, 4, c->chooser);
    sqlite3_bind_int(st, 5, c->nth);
}

static bool fail_damaged(struct store *s, GError **error)
{
    g_set_error(error, STORE_ERROR, STORE_ERROR_DAMAGED,
                "%s: the sums kept for reports make no sense. `frumious report --recount` counts anew.", s->path);
    return false;
}

static bool save_cohort(struct viewing_counter *c, const struct aggregate_cohort *cohort, struct tally *t,
                        GError **error)
{
    sqlite3_stmt *st = c->st[LOAD];
    bind_cohort(st, cohort);
    int rc = sqlite3_step(st);
    const bool sound =
        rc != SQLITE_ROW || tally_decode(t, sqlite3_column_blob(st, 0), (size_t)sqlite3_column_bytes(st, 0));
    sqlite3_reset(st);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        return fail_counting(c->store, error);
    if (!sound)
        return fail_damaged(c->store, error);
    g_autoptr(GByteArray) cells = tally_encode(t);
    st = c->st[SAVE];
    bind_cohort(st, cohort);
    sqlite3_bind_blob(st, 6, cells->data, (int)cells->len, SQLITE_STATIC);
    rc = sqlite3_step(st);
    sqlite3_reset(st);
    sqlite3_clear_bindings(st);
    return rc == SQLITE_DONE || fail_counting(c->store, error);
}

struct batch {
    struct viewing_counter *counter;
    const int64_t *viewings;
    guint n;
};

/* Another report may have taken a viewing meanwhile, or somebody erased it: then there is nothing to take here. */
static bool count_batch(struct store *s, void *data, GError **error)
{
    const struct batch *b = data;
    struct viewing_counter *c = b->counter;
    g_hash_table_remove_all(c->cohorts);
    trait_profile_free(c->profile); /* between two transactions the film may have got traits */
    c->profile = trait_profile_new(s);
    for (guint i = 0; i < b->n; i++) {
        struct viewing_head h;
        GError *failed = NULL;
        sqlite3_stmt *take = bind(c, TAKE_TODO, b->viewings[i]);
        const int rc = sqlite3_step(take);
        sqlite3_reset(take);
        if (rc != SQLITE_DONE)
            return fail_counting(s, error);
        if (sqlite3_changes(s->db) == 0)
            continue;
        if (read_head(c, b->viewings[i], &h, &failed) ? !count_viewing(c, &h, &failed) : failed != NULL) {
            g_propagate_error(error, failed);
            return false;
        }
    }
    GHashTableIter it;
    gpointer cohort, t;
    g_hash_table_iter_init(&it, c->cohorts);
    while (g_hash_table_iter_next(&it, &cohort, &t))
        if (!save_cohort(c, cohort, t, error))
            return false;
    return true;
}

/* The first `most` viewings that are ripe, in batches. *n: so many there were. */
static bool count_ripe(struct store *s, guint batch, guint most, guint *n, GError **error)
{
    struct viewing_counter c;
    g_autoptr(GArray) ripe = g_array_new(FALSE, FALSE, sizeof(int64_t));
    counter_init(&c, s);
    bool done = list_ripe(s, most, ripe, error) && prepare(&c, N_QUERIES, error);
    for (guint at = 0; done && at < ripe->len; at += batch) {
        struct batch b = {&c, &g_array_index(ripe, int64_t, at), MIN(batch, ripe->len - at)};
        done = in_transaction(s, count_batch, &b, error);
    }
    *n = ripe->len;
    counter_clear(&c);
    return done;
}

static bool ensure_tables(struct store *s, GError **error)
{
    bool has;
    return find_tables(s, &has, error) && (has || in_transaction(s, make_tables_if_missing, NULL, error));
}

bool aggregate_update(struct store *s, GError **error)
{
    guint n;
    return ensure_tables(s, error) && count_ripe(s, BATCH, G_MAXUINT, &n, error);
}

static bool is_behind(struct store *s, bool *behind, GError **error)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(s->db, "SELECT 1 FROM tally_todo LIMIT 1 OFFSET ?1", -1, &st, NULL);
    if (rc == SQLITE_OK) {
        sqlite3_bind_int(st, 1, AGGREGATE_LEFT);
        rc = sqlite3_step(st);
    }
    *behind = rc == SQLITE_ROW;
    sqlite3_finalize(st);
    return rc == SQLITE_ROW || rc == SQLITE_DONE || fail_counting(s, error);
}

bool aggregate_catch_up(struct store *s, GError **error)
{
    bool behind;
    return ensure_tables(s, error) && is_behind(s, &behind, error) && (!behind || aggregate_update(s, error));
}

bool aggregate_keep_up(struct store *s, bool *more, GError **error)
{
    guint n = 0;
    *more = false;
    if (!ensure_tables(s, error) || !is_behind(s, more, error))
        return false;
    const bool done = !*more || count_ripe(s, AGGREGATE_STEP, AGGREGATE_STEP, &n, error);
    *more = done && n == AGGREGATE_STEP;
    return done;
}

/* Saying that nothing changed makes the trigger think so. */
bool aggregate_forget(struct store *s, int64_t viewing, GError **error)
{
    bool has;
    if (!find_tables(s, &has, error) || !has)
        return !error || !*error;
    g_autofree char *sql = g_strdup_printf("UPDATE viewing SET nth = nth WHERE id = %" G_GINT64_FORMAT, viewing);
    return run_sql(s, sql, error);
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

static bool read_tallies(struct store *s, const struct aggregate_reader *r, GError **error)
{
    sqlite3_stmt *st = NULL;
    bool sound = true;
    int rc = sqlite3_prepare_v2(s->db, "SELECT story, day, mode, chooser, nth, cells FROM tally", -1, &st, NULL);
    while (rc == SQLITE_OK || rc == SQLITE_ROW) {
        rc = sqlite3_step(st);
        if (rc != SQLITE_ROW)
            break;
        const struct aggregate_cohort c = {sqlite3_column_int64(st, 0), sqlite3_column_int(st, 1),
                                           sqlite3_column_int(st, 2), sqlite3_column_int(st, 3),
                                           sqlite3_column_int(st, 4)};
        if (r->wants && !r->wants(&c, r->data))
            continue;
        struct tally *t = tally_new();
        sound = tally_decode(t, sqlite3_column_blob(st, 5), (size_t)sqlite3_column_bytes(st, 5));
        if (sound)
            r->take(&c, t, r->data);
        tally_free(t);
        if (!sound)
            break;
    }
    sqlite3_finalize(st);
    if (!sound)
        return fail_damaged(s, error);
    return rc == SQLITE_DONE || fail_counting(s, error);
}

static bool count_rest(struct viewing_counter *c, const struct aggregate_reader *r, const char *sql, GError **error)
{
    sqlite3_stmt *st = NULL;
    bool done = prepare(c, N_READING, error);
    int rc = sqlite3_prepare_v2(c->store->db, sql, -1, &st, NULL);
    while (done && (rc == SQLITE_OK || rc == SQLITE_ROW)) {
        rc = sqlite3_step(st);
        struct viewing_head h;
        GError *failed = NULL;
        if (rc == SQLITE_ROW && read_head(c, sqlite3_column_int64(st, 0), &h, &failed) &&
            (!r->wants || r->wants(&h.cohort, r->data)))
            count_viewing(c, &h, &failed);
        done = !failed;
        if (failed)
            g_propagate_error(error, failed);
    }
    if (done && rc != SQLITE_DONE)
        done = fail_counting(c->store, error);
    sqlite3_finalize(st);
    return done;
}

static bool read_all(struct store *s, const struct aggregate_reader *r, GError **error)
{
    bool has;
    if (!find_tables(s, &has, error))
        return false;
    has = has && !r->recount;
    if (has && !read_tallies(s, r, error))
        return false;
    struct viewing_counter c;
    counter_init(&c, s);
    const bool done =
        count_rest(&c, r, has ? "SELECT viewing FROM tally_todo" : "SELECT id FROM viewing ORDER BY id", error);
    GHashTableIter it;
    gpointer cohort, t;
    g_hash_table_iter_init(&it, c.cohorts);
    while (done && g_hash_table_iter_next(&it, &cohort, &t)) {
        tally_settle(t);
        r->take(cohort, t, r->data);
    }
    counter_clear(&c);
    return done;
}

/* One reading transaction, so that what is played meanwhile does not show in half. */
bool aggregate_read(struct store *s, const struct aggregate_reader *r, GError **error)
{
    const bool mine = sqlite3_get_autocommit(s->db);
    if (mine && !run_sql(s, "BEGIN", error))
        return false;
    const bool done = read_all(s, r, error);
    if (mine)
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    return done;
}

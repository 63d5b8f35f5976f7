#include "telemetry/count/aggregate.h"

#include "base/embedded.h"
#include "base/stats.h"
#include "base/units.h"
#include "telemetry/count/answers.h"
#include "telemetry/count/trait_profile.h"
#include "telemetry/record.h"
#include "telemetry/store/query.h"
#include "telemetry/store/schema.h"
#include "telemetry/store/schema_match.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

/* Viewings in one transaction: some 80,000 events. It takes a tenth of a second, in which no player can write. */
#define BATCH        2000
#define DAY_MS       INT64_C(86400000)
#define CUT_OFF_DAYS 7
#define TWO_MINUTES  (120 * US_PER_SECOND)
#define PERCENT_MAX  200
#define CHANGES_MAX  15
#define CUT_MS       1000 /* a node that ends so soon after an answer was cut by it */

/* What a damaged store may hold lies outside: days of the years 1 to 9999, codes, events in one gap. */
#define DAY_MIN    (QUERY_MS_MIN / DAY_MS)
#define DAY_MAX    (QUERY_MS_MAX / DAY_MS)
#define CODE_MAX   255
#define REASON_MAX 14
#define LOST_MAX   (INT64_C(1) << 32)
#define LEFT_MAX   QUERY_US_MAX

enum count_query {
    HEADER,
    VISITS,
    EXPOSURES,
    MENU_OPEN,
    FILM_LEFT,
    LAST_SEEN,
    REACHED,
    GAPS,
    TAKE_TODO,
    LOAD,
    SAVE,
    N_QUERIES,
};

/* Parts of aggregate.sql. */
static const char *const query_names[N_QUERIES] = {
    [HEADER] = "header",       [VISITS] = "visits",       [EXPOSURES] = "exposures", [MENU_OPEN] = "menu_open",
    [FILM_LEFT] = "film_left", [LAST_SEEN] = "last_seen", [REACHED] = "reached",     [GAPS] = "gaps",
    [TAKE_TODO] = "take_todo", [LOAD] = "load",           [SAVE] = "save",
};

static const char doing[] = "cannot be counted";

static const char *sql(const char *name)
{
    return embedded_part("telemetry/count/aggregate.sql", name);
}

/* planned_us, left_ms: -1 where it is not known. left_ms: by the viewing's clock. */
struct counted_visit {
    int64_t seq, node, planned_us, playing_us, paused_us, hidden_us, left_ms;
};

struct viewing_counter {
    struct store *store;
    struct query queries[N_QUERIES]; /* begun on first use */
    GHashTable *nodes;               /* node id -> its name */
    GHashTable *cohorts;             /* struct aggregate_cohort * -> struct tally * */
    GArray *visits;                  /* of the viewing being counted */
    GArray *gaps;                    /* int64_t: the seq of its gaps */
    struct trait_profile *profile;
    struct answers answers; /* of the viewing being counted */
    GArray *open;           /* int64_t: the open options of a menu */
    int64_t now_ms;         /* wall clock: which viewings still play */
    GTimeZone *zone;        /* borrowed; NULL: UTC */
};

static guint cohort_hash(gconstpointer p)
{
    const struct aggregate_cohort *c = p;
    return (guint)c->story * 31337u + (guint)c->day * 97u + (guint)(c->mode * 40 + c->chooser * 4 + c->nth) +
           c->part * 7919u;
}

static gboolean cohort_equal(gconstpointer p, gconstpointer q)
{
    const struct aggregate_cohort *a = p, *b = q;
    return a->story == b->story && a->day == b->day && a->mode == b->mode && a->chooser == b->chooser &&
           a->nth == b->nth && a->part == b->part;
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
        (void)query_end(&c->queries[i], NULL);
    g_hash_table_unref(c->nodes);
    g_hash_table_unref(c->cohorts);
    g_array_unref(c->visits);
    g_array_unref(c->gaps);
    g_array_unref(c->open);
    answers_free(&c->answers);
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
        .open = g_array_new(FALSE, FALSE, sizeof(int64_t)),
        .profile = trait_profile_new(s),
        .now_ms = g_get_real_time() / US_PER_MS,
    };
    answers_init(&c->answers);
}

static struct query *begin(struct viewing_counter *c, enum count_query which, int64_t viewing)
{
    struct query *q = &c->queries[which];
    if (!q->store)
        *q = query_begin(c->store, sql(query_names[which]), doing);
    query_bind(q, viewing);
    return q;
}

/* ---- paths ----------------------------------------------------------------------------------------------------- */

/* FNV-1a of a text and its final NUL, continued from h. */
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
    struct query q = query_begin(c->store, sql("node_name"), doing);
    query_bind(&q, node);
    char *name = query_next(&q) ? query_copy_text(&q, 0) : NULL;
    (void)query_end(&q, NULL);
    name = name ? name : g_strdup("");
    g_hash_table_insert(c->nodes, g_memdup2(&node, sizeof node), name);
    return name;
}

/* Hashes names, not ids, so that the hash is the same in every store and in every version of the film. */
static uint64_t path_hash(struct viewing_counter *c)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (guint i = 0; i < c->visits->len; i++)
        h = hash_text(h, node_name(c, g_array_index(c->visits, struct counted_visit, i).node));
    return h;
}

/* ---- one viewing ----------------------------------------------------------------------------------------------- */

/* The first columns of a query. What is out of range counts as a machine's, or as not known. */
static struct aggregate_cohort cohort_of(const struct query *q)
{
    return (struct aggregate_cohort){.story = query_number(q, 0),
                                     .day = (int32_t)query_number_in(q, 1, DAY_MIN, DAY_MAX, 0),
                                     .mode = (int32_t)query_number_in(q, 2, 0, CODE_MAX, CODE_MAX),
                                     .chooser = (int32_t)query_number_in(q, 3, 0, CODE_MAX, CODE_MAX),
                                     .nth = (int32_t)query_number_in(q, 4, 0, AGGREGATE_REPLAY, AGGREGATE_UNKNOWN)};
}

struct viewing_head {
    int64_t viewing;
    struct aggregate_cohort cohort;
    int time;     /* time mode */
    int reason;   /* of the finish, + 1; 0: no finish was recorded */
    bool reached; /* an ending */
    bool redated; /* a collector told when it began, as its own clock cannot have been right */
    bool running; /* it has no end yet, and was seen to play just now */
};

/* The wall clock may have jumped either way since. */
static bool is_recent(int64_t seen_ms, int64_t now_ms)
{
    return seen_ms > now_ms - AGGREGATE_ALIVE_MS && seen_ms < now_ms + AGGREGATE_ALIVE_MS;
}

int32_t aggregate_day(GTimeZone *zone, int64_t ms)
{
    const int at = zone ? g_time_zone_find_interval(zone, G_TIME_TYPE_UNIVERSAL, ms / 1000) : -1;
    const int64_t local_ms = ms + (at >= 0 ? g_time_zone_get_offset(zone, at) : 0) * INT64_C(1000);
    return (int32_t)CLAMP(local_ms / DAY_MS, DAY_MIN, DAY_MAX);
}

/* False without an error: the viewing no longer exists. */
static bool read_head(struct viewing_counter *c, int64_t viewing, struct viewing_head *h, GError **error)
{
    struct query *q = begin(c, HEADER, viewing);
    const bool found = query_next(q);
    if (found)
        *h = (struct viewing_head){.viewing = viewing,
                                   .cohort = cohort_of(q),
                                   .time = (int)(query_number(q, 5) & 0xff),
                                   .reason = (int)query_number_in(q, 6, 0, REASON_MAX, -1) + 1};
    if (found)
        h->reached = query_number(q, 8) != 0, h->redated = query_number(q, 10) != 0;
    if (found && c->zone)
        h->cohort.day = aggregate_day(c->zone, query_number_in(q, 9, QUERY_MS_MIN, QUERY_MS_MAX, 0));
    if (found && h->reason == 0)
        h->running = is_recent(query_number_in(q, 7, 0, QUERY_MS_MAX, 0), c->now_ms);
    return query_reset(q, error) && found;
}

static bool read_gaps(struct viewing_counter *c, const struct viewing_head *h, struct tally *t, GError **error)
{
    struct query *q = begin(c, GAPS, h->viewing);
    int64_t lost = 0;
    g_array_set_size(c->gaps, 0);
    while (query_next(q)) {
        const int64_t seq = query_number(q, 0);
        g_array_append_val(c->gaps, seq);
        lost = MIN(lost + query_number_in(q, 1, 0, LOST_MAX, 0), TALLY_MOST);
    }
    tally_add(t, TALLY_LOST, h->time, 0, 0, lost);
    tally_add(t, TALLY_LOST, h->time, 1, 0, c->gaps->len > 0);
    return query_reset(q, error);
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

/* Two visits between which events were lost make no edge: a visit between them may have been lost, too. */
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

/* The film that was planned for the whole path taken; -1: not known. */
static int64_t planned_path_us(const struct viewing_counter *c)
{
    int64_t planned_us = 0;
    for (guint i = 0; i < c->visits->len; i++) {
        const struct counted_visit *v = &g_array_index(c->visits, struct counted_visit, i);
        if (v->planned_us < 0)
            return -1;
        planned_us = MIN(planned_us + v->planned_us, TALLY_MOST);
    }
    return planned_us;
}

/* How long a viewing's path is: by the shortest way on from where it was left, and by the expected one; -1: not known. */
struct path_length {
    int64_t shortest_us, expected_us;
};

/* What was watched, what was left of the last node, and what comes behind it. */
static bool read_path_left(struct viewing_counter *c, int64_t watched_us, struct path_length *p, GError **error)
{
    const struct counted_visit *last = &g_array_index(c->visits, struct counted_visit, c->visits->len - 1);
    struct query *q = begin(c, FILM_LEFT, last->node);
    *p = (struct path_length){-1, -1};
    if (query_next(q) && last->planned_us >= 0) {
        const int64_t here_us = watched_us + MAX(last->planned_us - last->playing_us, 0);
        const int64_t shortest_us = query_number_in(q, 0, 0, LEFT_MAX, -1);
        const int64_t expected_us = query_number_in(q, 1, 0, LEFT_MAX, -1);
        p->shortest_us = shortest_us < 0 ? -1 : here_us + shortest_us;
        p->expected_us = expected_us < 0 ? -1 : here_us + expected_us;
    }
    return query_reset(q, error);
}

static void add_watched(struct tally *t, enum tally_kind kind, int time, int64_t watched_us, int64_t path_us)
{
    if (path_us > 0)
        tally_add(t, kind, time, MIN((int64_t)((double)watched_us / (double)path_us * 100 + 1e-9), PERCENT_MAX), 0, 1);
}

/* Who came to an end is compared with their own path; who did not, with the way that was still before them. */
static bool count_completion(struct viewing_counter *c, const struct viewing_head *h, int64_t watched_us,
                             struct tally *t, GError **error)
{
    struct path_length path = {-1, -1};
    tally_add(t, TALLY_MARK, h->time, TALLY_MARK_TWO_MINUTES, 0, watched_us >= TWO_MINUTES);
    if (h->reached || h->reason == TEL_REASON_ENDED + 1)
        path.shortest_us = path.expected_us = planned_path_us(c);
    else if (c->visits->len > 0 && !read_path_left(c, watched_us, &path, error))
        return false;
    add_watched(t, TALLY_COMPLETION, h->time, watched_us, path.shortest_us);
    add_watched(t, TALLY_EXPECTED, h->time, watched_us, path.expected_us);
    return true;
}

static bool read_visits(struct viewing_counter *c, const struct viewing_head *h, GError **error)
{
    struct query *q = begin(c, VISITS, h->viewing);
    g_array_set_size(c->visits, 0);
    while (query_next(q)) {
        const struct counted_visit v = {.seq = query_number(q, 0),
                                        .node = query_number(q, 1),
                                        .planned_us = query_number_in(q, 2, 0, QUERY_US_MAX, -1),
                                        .playing_us = query_number_in(q, 3, 0, QUERY_US_MAX, 0),
                                        .paused_us = query_number_in(q, 4, 0, QUERY_US_MAX, 0),
                                        .hidden_us = query_number_in(q, 5, 0, QUERY_US_MAX, 0),
                                        .left_ms = query_number_in(q, 6, 0, QUERY_MS_MAX, -1)};
        g_array_append_val(c->visits, v);
    }
    return query_reset(q, error);
}

static bool count_visits(struct viewing_counter *c, const struct viewing_head *h, struct tally *t, GError **error)
{
    int64_t watched_us = 0;
    for (guint i = 0; i < c->visits->len; i++) {
        const struct counted_visit *v = &g_array_index(c->visits, struct counted_visit, i);
        watched_us = MIN(watched_us + v->playing_us, TALLY_MOST);
        add_node(t, h, v->node, TALLY_NODE_VISITS, 1);
        add_node(t, h, v->node, TALLY_NODE_PLAYING_US, v->playing_us);
        add_node(t, h, v->node, TALLY_NODE_PAUSED_US, v->paused_us);
        add_node(t, h, v->node, TALLY_NODE_HIDDEN_US, v->hidden_us);
        add_node(t, h, v->node, TALLY_NODE_PLANNED_US, MAX(v->planned_us, 0));
        add_node(t, h, v->node, TALLY_NODE_PLANNED, v->planned_us >= 0);
    }
    count_nodes_once(c, h, t);
    count_edges(c, h, t);
    if (!count_completion(c, h, watched_us, t, error))
        return false;
    if (h->reason == TEL_REASON_ENDED + 1 && c->gaps->len == 0 && c->visits->len > 0) {
        const uint64_t path = path_hash(c);
        tally_add(t, TALLY_PATH, h->time, 0, path, 1);
        tally_add(t, TALLY_EXAMPLE, h->time, 0, path, h->viewing);
    }
    return true;
}

/* ---- at which second visits ended -------------------------------------------------------------------------------- */

/* For how long a visit that nothing ended is known to have lasted: no longer than its film, because it may have been paused
 * since, and a pause that is not over is told nowhere. */
static bool read_last_seen(struct viewing_counter *c, const struct viewing_head *h, const struct counted_visit *v,
                           int64_t *seen_us, GError **error)
{
    struct query *q = begin(c, LAST_SEEN, h->viewing);
    query_bind(q, v->seq);
    *seen_us = query_next(q) ? query_number_in(q, 0, 0, QUERY_US_MAX / US_PER_MS, 0) * US_PER_MS : 0;
    if (v->planned_us >= 0)
        *seen_us = MIN(*seen_us, v->planned_us);
    return query_reset(q, error);
}

/* The last answer in a visit of the events from `from` to `to`; NULL: there is none. Answers are in the order of events; a viewing may
 * have as many as it has visits, so they are not all looked at for each. */
static const struct answer *last_answer(const struct viewing_counter *c, int64_t from, int64_t to)
{
    guint before = 0,
          end = c->answers.all->len; /* all below `before` are earlier than `to`, all from `end` on are not */
    while (before < end) {
        const guint middle = before + (end - before) / 2;
        if (g_array_index(c->answers.all, struct answer, middle).seq < to)
            before = middle + 1;
        else
            end = middle;
    }
    const struct answer *last = before > 0 ? &g_array_index(c->answers.all, struct answer, before - 1) : NULL;
    return last && last->seq > from ? last : NULL;
}

/* Whether the viewer went elsewhere, or on within the node, while it had film left: not by an answer that cuts, which ends a node at
 * once. Of a node that is skipped, nothing has played. */
static bool is_jump(const struct viewing_counter *c, guint i)
{
    const struct counted_visit *v = &g_array_index(c->visits, struct counted_visit, i), *next = v + 1;
    if (i + 1 == c->visits->len || v->left_ms < 0 || v->planned_us < 0 || v->playing_us + US_PER_SECOND > v->planned_us)
        return false;
    const struct answer *a = last_answer(c, v->seq, next->seq);
    const bool cut = a && (a->what == TEL_WHAT_PICK || a->what == TEL_WHAT_TIMEOUT) && v->left_ms - a->at_ms <= CUT_MS;
    return !cut;
}

static enum tally_stay how_ended(const struct viewing_counter *c, const struct viewing_head *h, guint i)
{
    if (is_jump(c, i))
        return TALLY_STAY_JUMPED;
    return i + 1 == c->visits->len && tally_is_left(h->reason) ? TALLY_STAY_LEFT : TALLY_STAY_OTHER;
}

/* Also of a viewing that still plays: to leave it out would leave out who stays, and not who left. Of a visit whose end was
 * lost, no more is known than that it began. */
static bool count_stays(struct viewing_counter *c, const struct viewing_head *h, struct tally *t, GError **error)
{
    for (guint i = 0; i < c->visits->len; i++) {
        const struct counted_visit *v = &g_array_index(c->visits, struct counted_visit, i);
        int64_t stayed_us = v->playing_us;
        if (v->left_ms < 0 && i + 1 == c->visits->len && !read_last_seen(c, h, v, &stayed_us, error))
            return false;
        tally_add(t, TALLY_STAY, h->time, v->node, tally_stay(stayed_us, how_ended(c, h, i)), 1);
    }
    return true;
}

/* Passes the visits before seq to the profile, from *next on, and moves *next behind them. */
static bool profile_visits(struct viewing_counter *c, int64_t seq, guint *next, GError **error)
{
    for (; *next < c->visits->len && g_array_index(c->visits, struct counted_visit, *next).seq < seq; ++*next)
        if (!trait_profile_visit(c->profile, g_array_index(c->visits, struct counted_visit, *next).node, error))
            return false;
    return true;
}

/* An exposure without an outcome, in a viewing that still plays, is one that is not answered yet. */
static struct answer read_answer(const struct query *q, const struct viewing_head *h)
{
    const int unknown = h->running ? TALLY_OPEN : TALLY_UNKNOWN;
    return (struct answer){
        .seq = query_number(q, 0),
        .menu = query_number(q, 1),
        .decision = query_number(q, 2),
        .focus = (int)query_number_in(q, 3, 0, CODE_MAX, -1),
        .time = (int)query_number(q, 4) & 0xff,
        .what = (int)query_number_in(q, 5, 0, TEL_WHAT_QUIT, query_is_null(q, 5) ? unknown : TALLY_UNKNOWN),
        .option = query_number_or(q, 6, 0),
        .latency_us = query_number_in(q, 7, 0, QUERY_US_MAX, -1),
        .given = (int)query_number_in(q, 8, 0, CODE_MAX, CODE_MAX),
        .changes = (int)CLAMP(query_number(q, 9), 0, CHANGES_MAX),
        .at_ms = query_number_in(q, 10, 0, QUERY_MS_MAX, 0),
    };
}

static bool read_answers(struct viewing_counter *c, const struct viewing_head *h, GError **error)
{
    struct query *q = begin(c, EXPOSURES, h->viewing);
    answers_clear(&c->answers);
    while (query_next(q))
        answers_add(&c->answers, read_answer(q, h));
    answers_mark_first(&c->answers);
    return query_reset(q, error);
}

static void count_answer(const struct answer *a, struct tally *t)
{
    tally_add(t, TALLY_OUTCOME, a->time, a->menu, tally_outcome(a->focus, a->what, a->option), 1);
    if (a->what == TALLY_UNKNOWN || a->what == TALLY_OPEN)
        return;
    if (a->latency_us >= 0)
        tally_add(t, TALLY_LATENCY, a->time, a->decision,
                  tally_latency(a->what, a->what == TEL_WHAT_PICK ? a->option : 0, stats_class(a->latency_us)), 1);
    if (a->what == TEL_WHAT_PICK)
        tally_add(t, TALLY_GIVEN, a->time, a->decision, (uint64_t)a->given, 1);
    tally_add(t, TALLY_CHANGES, a->time, a->decision, (uint64_t)a->changes, 1);
}

struct open_options {
    struct viewing_counter *counter;
    GError *error;
};

static const GArray *read_open(int64_t menu, void *data)
{
    struct open_options *o = data;
    struct viewing_counter *c = o->counter;
    struct query *q = begin(c, MENU_OPEN, menu);
    g_array_set_size(c->open, 0);
    while (query_next(q)) {
        const int64_t option = query_number(q, 0);
        g_array_append_val(c->open, option);
    }
    return query_reset(q, &o->error) ? c->open : NULL;
}

static bool count_answers(struct viewing_counter *c, struct tally *t, GError **error)
{
    struct open_options o = {c, NULL};
    for (guint i = 0; i < c->answers.all->len; i++) {
        const struct answer *a = &g_array_index(c->answers.all, struct answer, i);
        if (a->first)
            count_answer(a, t);
    }
    if (answers_count_again(&c->answers, t, read_open, &o))
        return true;
    g_propagate_error(error, o.error);
    return false;
}

static bool count_profile(struct viewing_counter *c, const struct viewing_head *h, struct tally *t, GError **error)
{
    guint visited = 0;
    if (!trait_profile_begin(c->profile, h->cohort.story, error))
        return false;
    for (guint i = 0; i < c->answers.all->len; i++) {
        const struct answer *a = &g_array_index(c->answers.all, struct answer, i);
        if (!profile_visits(c, a->seq, &visited, error) ||
            !trait_profile_exposure(c->profile, a->menu, a->what == TEL_WHAT_PICK ? a->option : 0, error))
            return false;
    }
    if (!profile_visits(c, INT64_MAX, &visited, error))
        return false;
    trait_profile_count(c->profile, h->time, t);
    return true;
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
    struct query *q = begin(c, REACHED, h->viewing);
    g_autoptr(GArray) seen = g_array_new(FALSE, FALSE, sizeof(int64_t));
    while (query_next(q)) {
        const int64_t ending = query_number(q, 1);
        bool again = false;
        for (guint i = 0; i < seen->len; i++)
            again = again || g_array_index(seen, int64_t, i) == ending;
        tally_add(t, TALLY_ENDING, h->time, ending, 0, !again);
        tally_add(t, TALLY_END, h->time, node_at(c, query_number(q, 0)), (uint64_t)ending, 1);
        if (!again)
            g_array_append_val(seen, ending);
    }
    tally_add(t, TALLY_MARK, h->time, TALLY_MARK_ENDING, 0, seen->len > 0);
    return query_reset(q, error);
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

/* A viewing by a machine counts as a viewing; nothing that happened in it is counted. Of one that still plays, only its
 * answers are, and how long it stayed where: how far it comes, nobody knows yet. */
static bool count_viewing(struct viewing_counter *c, const struct viewing_head *h, GError **error)
{
    struct tally *t = cohort_tally(c, &h->cohort);
    tally_add(t, TALLY_VIEWINGS, h->time, h->running ? TALLY_RUNNING : h->reason, 0, 1);
    if (aggregate_is_machine(&h->cohort))
        return true;
    const bool answered = read_answers(c, h, error) && count_answers(c, t, error) && read_visits(c, h, error) &&
                          count_stays(c, h, t, error);
    if (!answered || h->running)
        return answered;
    tally_add(t, TALLY_MARK, h->time, TALLY_MARK_REDATED, 0, h->redated);
    return read_gaps(c, h, t, error) && count_visits(c, h, t, error) && count_profile(c, h, t, error) &&
           count_endings(c, h, t, error);
}

/* ---- keeping up ------------------------------------------------------------------------------------------------ */

static bool find_tables(struct store *s, bool *has, GError **error)
{
    int64_t n = 0;
    const bool done = query_read_number(s, sql("has_tables"), doing, &n, error);
    *has = n > 0 && !s->counts_are_strange;
    return done;
}

static bool in_transaction(struct store *s, bool (*work)(struct store *s, void *data, GError **error), void *data,
                           GError **error)
{
    if (!query_execute(s, "BEGIN IMMEDIATE", doing, error))
        return false;
    return query_commit(s, work(s, data, error), doing, error);
}

/* Two reports may get here at once. The second one waits for the transaction and finds the tables made. */
static bool make_tables_if_missing(struct store *s, void *data, GError **error)
{
    (void)data;
    bool has;
    return find_tables(s, &has, error) &&
           (has || (schema_match_drop_counts(s, error) && schema_make_part(s, "counts", error) &&
                    query_execute(s, sql("list_all"), doing, error)));
}

/* Lists the viewings that can be counted for good: all of them, sorted by cohort; or the first `most` by id. */
static bool list_ripe(struct store *s, guint most, GArray *viewings, GError **error)
{
    const int64_t now_ms = g_get_real_time() / US_PER_MS;
    struct query q = query_begin(s, sql(most == G_MAXUINT ? "all_ripe" : "first_ripe"), doing);
    query_bind(&q, CUT_OFF_DAYS * DAY_MS);
    query_bind(&q, most);
    query_bind(&q, now_ms - AGGREGATE_ALIVE_MS);
    query_bind(&q, now_ms + DAY_MS);
    while (query_next(&q)) {
        const int64_t id = query_number(&q, 0);
        g_array_append_val(viewings, id);
    }
    return query_end(&q, error);
}

static struct query *begin_cohort(struct viewing_counter *c, enum count_query which, const struct aggregate_cohort *of)
{
    struct query *q = begin(c, which, of->story);
    query_bind(q, of->day);
    query_bind(q, of->mode);
    query_bind(q, of->chooser);
    query_bind(q, of->nth);
    return q;
}

static bool fail_beyond(struct store *s, GError **error)
{
    g_set_error(error, STORE_ERROR, STORE_ERROR_DAMAGED,
                "%s: its numbers add up to more than any audience can make: the file is damaged, or was tampered with.",
                s->path);
    return false;
}

static bool fail_damaged(struct store *s, GError **error)
{
    g_set_error(error, STORE_ERROR, STORE_ERROR_DAMAGED,
                "%s: the sums kept for reports make no sense. `frumious report --recount` counts anew.", s->path);
    return false;
}

/* Adds the cohort's stored sums to *t. */
static bool load_cohort(struct viewing_counter *c, const struct aggregate_cohort *cohort, struct tally *t,
                        GError **error)
{
    struct query *q = begin_cohort(c, LOAD, cohort);
    size_t size = 0;
    bool sound = true;
    if (query_next(q)) {
        const void *cells = query_blob(q, 0, &size);
        sound = tally_decode(t, cells, size);
    }
    if (!query_reset(q, error))
        return false;
    return sound || fail_damaged(c->store, error);
}

static bool save_cohort(struct viewing_counter *c, const struct aggregate_cohort *cohort, struct tally *t,
                        GError **error)
{
    if (!load_cohort(c, cohort, t, error))
        return false;
    g_autoptr(GByteArray) cells = tally_encode(t);
    struct query *q = begin_cohort(c, SAVE, cohort);
    query_bind_blob(q, cells->data, cells->len);
    (void)query_next(q);
    return query_reset(q, error);
}

struct batch {
    struct viewing_counter *counter;
    const int64_t *viewings;
    guint n;
};

/* Takes the viewing off the list. *taken is false if another report took it first or if it was erased. */
static bool take_todo(struct viewing_counter *c, int64_t viewing, bool *taken, GError **error)
{
    struct query *q = begin(c, TAKE_TODO, viewing);
    (void)query_next(q);
    *taken = sqlite3_changes(c->store->db) > 0;
    return query_reset(q, error);
}

static bool take_and_count(struct viewing_counter *c, int64_t viewing, GError **error)
{
    struct viewing_head h;
    GError *failed = NULL;
    bool taken = false;
    if (!take_todo(c, viewing, &taken, error))
        return false;
    if (!taken || (read_head(c, viewing, &h, &failed) ? count_viewing(c, &h, &failed) : failed == NULL))
        return true;
    g_propagate_error(error, failed);
    return false;
}

/* Inside a transaction. */
static bool count_batch(struct store *s, void *data, GError **error)
{
    const struct batch *b = data;
    struct viewing_counter *c = b->counter;
    g_hash_table_remove_all(c->cohorts);
    trait_profile_free(c->profile); /* the film may have gained traits since the last transaction */
    c->profile = trait_profile_new(s);
    for (guint i = 0; i < b->n; i++)
        if (!take_and_count(c, b->viewings[i], error))
            return false;
    GHashTableIter it;
    gpointer cohort, t;
    g_hash_table_iter_init(&it, c->cohorts);
    while (g_hash_table_iter_next(&it, &cohort, &t))
        if (!save_cohort(c, cohort, t, error))
            return false;
    return true;
}

/* Counts the first `most` viewings that can be counted for good, in batches. *n: how many there were. */
static bool count_ripe(struct store *s, guint batch, guint most, guint *n, GError **error)
{
    assert(batch > 0);
    struct viewing_counter c;
    g_autoptr(GArray) ripe = g_array_new(FALSE, FALSE, sizeof(int64_t));
    counter_init(&c, s);
    bool done = list_ripe(s, most, ripe, error);
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
    struct query q = query_begin(s, sql("more_todo"), doing);
    query_bind(&q, AGGREGATE_LEFT);
    *behind = query_next(&q);
    return query_end(&q, error);
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

/* ---- reading --------------------------------------------------------------------------------------------------- */

/* Hands a tally over. False: it is beyond all limits. */
static bool hand_over(const struct aggregate_reader *r, struct tally_total *total, const struct aggregate_cohort *c,
                      struct tally *t)
{
    tally_settle(t);
    if (!tally_add_total(t, r->total ? r->total : total))
        return false;
    r->take(c, t, r->data);
    return true;
}

static bool read_tallies(struct store *s, const struct aggregate_reader *r, struct tally_total *total, GError **error)
{
    struct query q = query_begin(s, sql("tallies"), doing);
    bool sound = true, within = true;
    while (sound && within && query_next(&q)) {
        const struct aggregate_cohort c = cohort_of(&q);
        if (r->wants && !r->wants(&c, r->data))
            continue;
        size_t size = 0;
        const void *cells = query_blob(&q, 5, &size);
        struct tally *t = tally_new();
        sound = tally_decode(t, cells, size);
        within = !sound || hand_over(r, total, &c, t);
        tally_free(t);
    }
    if (!query_end(&q, error))
        return false;
    return sound ? within || fail_beyond(s, error) : fail_damaged(s, error);
}

static bool count_rest(struct viewing_counter *c, const struct aggregate_reader *r, const char *viewings,
                       GError **error)
{
    struct query q = query_begin(c->store, viewings, doing);
    GError *failed = NULL;
    while (!failed && query_next(&q)) {
        struct viewing_head h;
        const int64_t viewing = query_number(&q, 0);
        if ((r->picks && !r->picks(viewing, r->data)) || !read_head(c, viewing, &h, &failed) ||
            (r->wants && !r->wants(&h.cohort, r->data)))
            continue;
        h.cohort.part = r->part ? r->part(viewing, r->data) : 0;
        count_viewing(c, &h, &failed);
    }
    const bool done = query_end(&q, failed ? NULL : error) && !failed;
    if (failed)
        g_propagate_error(error, failed);
    return done;
}

static bool read_all(struct store *s, const struct aggregate_reader *r, GError **error)
{
    bool has;
    if (!find_tables(s, &has, error))
        return false;
    struct tally_total total = {0};
    has = has && !r->recount && !r->picks && !r->part && !r->zone;
    if (has && !read_tallies(s, r, &total, error))
        return false;
    struct viewing_counter c;
    counter_init(&c, s);
    c.zone = r->zone;
    const bool done = count_rest(&c, r, sql(has ? "todo" : "viewings"), error);
    GHashTableIter it;
    gpointer cohort, t;
    g_hash_table_iter_init(&it, c.cohorts);
    bool within = true;
    while (done && within && g_hash_table_iter_next(&it, &cohort, &t))
        within = hand_over(r, &total, cohort, t);
    counter_clear(&c);
    return done && (within || fail_beyond(s, error));
}

/* One reading transaction, so that a viewing that is being recorded is never read in part. */
bool aggregate_read(struct store *s, const struct aggregate_reader *r, GError **error)
{
    const bool mine = sqlite3_get_autocommit(s->db);
    if (mine && !query_execute(s, "BEGIN", doing, error))
        return false;
    const bool done = read_all(s, r, error);
    if (mine)
        (void)query_execute(s, "ROLLBACK", doing, NULL);
    return done;
}

/* ---- viewings by themselves, and counts from elsewhere ------------------------------------------------------------ */

bool aggregate_read_each(struct store *s,
                         void (*take)(int64_t viewing, const struct aggregate_cohort *c, struct tally *t, void *data),
                         void *data, GError **error)
{
    struct viewing_counter c;
    counter_init(&c, s);
    struct query q = query_begin(s, sql("viewings"), doing);
    GError *failed = NULL;
    while (!failed && query_next(&q)) {
        struct viewing_head h;
        const int64_t viewing = query_number(&q, 0);
        g_hash_table_remove_all(c.cohorts);
        if (!read_head(&c, viewing, &h, &failed) || !count_viewing(&c, &h, &failed))
            continue;
        struct tally *t = cohort_tally(&c, &h.cohort);
        tally_settle(t);
        take(viewing, &h.cohort, t, data);
    }
    const bool done = query_end(&q, failed ? NULL : error) && !failed;
    if (failed)
        g_propagate_error(error, failed);
    counter_clear(&c);
    return done;
}

bool aggregate_replace_begin(struct store *s, GError **error)
{
    return ensure_tables(s, error) && query_execute(s, sql("forget"), doing, error);
}

bool aggregate_replace(struct store *s, const struct aggregate_cohort *c, struct tally *t, GError **error)
{
    struct viewing_counter counter;
    counter_init(&counter, s);
    const bool done = save_cohort(&counter, c, t, error);
    counter_clear(&counter);
    return done;
}

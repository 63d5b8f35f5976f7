/*
 * Erasing by age, on machines whose clocks do as they please. Walks at random through months of starts, reboots, nights
 * switched off and leaps of the clock, beside an oracle that knows the true time: nothing goes before it is old enough,
 * and where clocks are right, everything goes in the end. Then single cases as they happen, one a row.
 */
#include "tap.h"
#include "test_store.h"
#include "test_telemetry.h"

#include "base/splitmix64.h"
#include "telemetry/keep/erase.h"
#include "telemetry/keep/retention.h"
#include "telemetry/store/control.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY      RETENTION_DAY_MS
#define HOUR     (DAY / 24)
#define LIMIT    30
#define LEAP_MAX (INT64_C(15) * 365 * DAY)

static char *dir;

/* ---- a machine --------------------------------------------------------------------------------------------------- */

struct machine {
    int64_t now_ms;   /* the true time */
    int64_t error_ms; /* of its wall clock */
    int64_t boot_at_ms, boot, id;
    bool kept; /* a time service says that it is right */
};

static struct moment clocks_of(const struct machine *m)
{
    return (struct moment){.wall_ms = m->now_ms + m->error_ms,
                           .boot_ms = m->now_ms - m->boot_at_ms,
                           .boot = m->boot,
                           .machine = m->id,
                           .kept = m->kept};
}

/* Switched off for so long. */
static void restart(struct machine *m, int64_t off_ms)
{
    m->now_ms += off_ms;
    m->boot_at_ms = m->now_ms;
    m->boot++;
}

/* ---- a store, and who knows the truth ---------------------------------------------------------------------------- */

#define VIEWINGS_MAX 200

struct world {
    struct store *store;
    struct machine machine;
    int64_t recorded_ms[VIEWINGS_MAX]; /* by a viewing's seed: when it was in truth */
    int64_t found_ms[VIEWINGS_MAX];    /* the first start at which it was too old in truth; -1: none yet */
    bool there[VIEWINGS_MAX];
    int n, erased, early, late;
};

static struct store *make_store(const char *name)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);
    const struct writer_options o = {.path = path};
    struct writer *w = writer_open(&o, NULL);
    test_play_all(w, TEST_ID);
    writer_close(w, TEST_LONG);
    struct store *s = store_open(&(struct store_options){.path = path}, NULL);
    run_sql(s, "PRAGMA synchronous=OFF; DELETE FROM tally_todo");
    return s;
}

static void world_begin(struct world *w, struct store *s)
{
    *w = (struct world){.store = s,
                        .machine = {.now_ms = TEST_START, .boot_at_ms = TEST_START - HOUR, .boot = 1, .id = 7}};
    struct retention_result r;
    const struct moment now = clocks_of(&w->machine);
    int64_t n = 0;
    ok(erase_viewings(s, &(struct read_filter){0}, &n, NULL) && retention_set(s, &now, 0, &r, NULL) &&
           retention_set(s, &now, LIMIT, &r, NULL),
       "%d days", LIMIT);
}

/* A viewing that carries the date of the machine's clock; its seed is its number in the world. */
static void record(struct world *w)
{
    sqlite3_stmt *st = NULL;
    run_sql(w->store, "INSERT OR IGNORE INTO story(id, name, version, hash) VALUES(1, 'film', '1', 1)");
    sqlite3_prepare_v2(w->store->db,
                       "INSERT INTO viewing(uuid, story, started_ms, mode, chooser, time_mode, seed, engine)"
                       " VALUES(randomblob(16), 1, ?1, 0, 0, 0, ?2, '1')",
                       -1, &st, NULL);
    sqlite3_bind_int64(st, 1, w->machine.now_ms + w->machine.error_ms);
    sqlite3_bind_int64(st, 2, w->n);
    if (sqlite3_step(st) != SQLITE_DONE)
        ok(false, "%s", sqlite3_errmsg(w->store->db));
    sqlite3_finalize(st);
    w->recorded_ms[w->n] = w->machine.now_ms;
    w->found_ms[w->n] = -1;
    w->there[w->n++] = true;
}

static void look(struct world *w)
{
    bool there[VIEWINGS_MAX] = {false};
    sqlite3_stmt *st = NULL;
    sqlite3_prepare_v2(w->store->db, "SELECT seed FROM viewing", -1, &st, NULL);
    while (sqlite3_step(st) == SQLITE_ROW)
        there[sqlite3_column_int64(st, 0)] = true;
    sqlite3_finalize(st);
    for (int i = 0; i < w->n; i++) {
        const bool gone = w->there[i] && !there[i];
        w->erased += gone;
        w->early += gone && w->machine.now_ms - w->recorded_ms[i] < LIMIT * DAY;
        w->there[i] = there[i];
    }
}

static void start(struct world *w)
{
    struct retention_result r;
    const struct moment now = clocks_of(&w->machine);
    if (!retention_apply(w->store, &now, &r, NULL))
        ok(false, "%s", sqlite3_errmsg(w->store->db));
    look(w);
}

/* With a right clock: what a start found to be too old is gone with the first start that is a week later. */
static void expect_gone(struct world *w)
{
    for (int i = 0; i < w->n; i++) {
        if (w->there[i] && w->found_ms[i] >= 0 && w->machine.now_ms - w->found_ms[i] >= RETENTION_WAIT_MOST_MS)
            w->late++;
        if (w->found_ms[i] < 0 && w->machine.now_ms - w->recorded_ms[i] >= (LIMIT + 1) * DAY)
            w->found_ms[i] = w->machine.now_ms;
    }
}

/* ---- at random --------------------------------------------------------------------------------------------------- */

static int64_t up_to(uint64_t *r, int64_t max)
{
    return (int64_t)(splitmix64_next(r) % (uint64_t)(max + 1));
}

/* How a walk's clock behaves. A clock that is kept is right; all others may say anything. */
static const struct weather {
    const char *what;
    int leaps, kept, returns; /* of 100 steps: those with a leap, with a kept clock, and back to the right time */
    bool off, all_goes;
} weathers[] = {
    {"leaps in both directions, switched off at night", .leaps = 20, .returns = 20, .off = true},
    {"leaps in both directions, always on", .leaps = 30, .returns = 10},
    {"leaps, and a time service now and then", .leaps = 20, .kept = 30, .returns = 10, .off = true},
    {"leaps with every start", .leaps = 100, .kept = 10, .off = true},
    {"a clock that is kept, switched off for days", .kept = 100, .off = true, .all_goes = true},
    {"a right clock that nobody keeps, always on", .all_goes = true},
};

static void disturb_clock(struct machine *m, const struct weather *w, uint64_t *r)
{
    m->kept = up_to(r, 99) < w->kept;
    if (up_to(r, 99) < w->leaps)
        m->error_ms = up_to(r, 1) ? up_to(r, 2 * LEAP_MAX) - LEAP_MAX : up_to(r, 90 * DAY) - 45 * DAY;
    if (up_to(r, 99) < w->returns || m->kept)
        m->error_ms = 0;
}

static void step(struct world *world, const struct weather *w, uint64_t *r)
{
    struct machine *m = &world->machine;
    if (w->off && up_to(r, 2) == 0)
        restart(m, up_to(r, up_to(r, 3) ? 12 * HOUR : 20 * DAY));
    disturb_clock(m, w, r);
    m->now_ms += up_to(r, 2 * DAY);
    if (up_to(r, 3))
        record(world);
    start(world);
    if (w->all_goes)
        expect_gone(world);
}

#define STEPS 120
#ifdef __SANITIZE_ADDRESS__
#define WALKS 2
#else
#define WALKS 3
#endif

static void test_weather(struct store *s, const struct weather *w)
{
    int erased = 0, early = 0, late = 0;
    for (int i = 0; i < WALKS; i++) {
        struct world world;
        uint64_t r = (uint64_t)i;
        world_begin(&world, s);
        for (int k = 0; k < STEPS; k++)
            step(&world, w, &r);
        erased += world.erased;
        early += world.early;
        late += world.late;
    }
    is_int(early, 0, w->what);
    ok(erased > 0 && late == 0, "%d viewings went in time, %d late", erased, late);
}

/* ---- case by case ------------------------------------------------------------------------------------------------ */

#define NEVER   (-1)
#define IN_2037 (INT64_C(4000) * DAY)
#define IN_1970 (-INT64_C(20454) * DAY)

struct turn {
    int times, days; /* so many starts, each so many days after the one before */
    int64_t error_ms;
    bool restarts, kept, elsewhere; /* elsewhere: on another machine, which has been running for a year */
};

/* A viewing is recorded on day 0. A start a day until it is found, and then no earlier than a week later: day 37. */
static const struct history {
    const char *what;
    int64_t error_ms; /* when it was recorded */
    int gone_on;      /* the true day of the start with which it goes */
    struct turn turns[4];
} histories[] = {
    {"a clock that goes right", 0, 37, {{60, 1, .error_ms = 0}}},
    {"a start in 2037, and back",
     0,
     NEVER,
     {{1, 1, .error_ms = 0}, {1, 0, .error_ms = IN_2037}, {10, 0, .error_ms = IN_2037}, {25, 1, .error_ms = 0}}},
    {"2037 for good, restarted each day", 0, NEVER, {{29, 1, .error_ms = IN_2037, .restarts = true}}},
    {"2037 for good, on and on", 0, 37, {{60, 1, .error_ms = IN_2037}}},
    {"1970, restarted each day", 0, NEVER, {{29, 1, .error_ms = IN_1970, .restarts = true}}},
    {"1970 for good, on and on", 0, 38, {{60, 1, .error_ms = IN_1970}}},
    {"recorded in 1970, and then right", IN_1970, 37, {{60, 1, .error_ms = 0}}},
    {"recorded in 1970, then kept", IN_1970, NEVER, {{29, 1, .error_ms = 0, .restarts = true, .kept = true}}},
    {"recorded in 2037, then right", IN_2037, 38, {{60, 1, .error_ms = 0}}},
    {"kept, restarted each day", 0, 38, {{60, 1, .error_ms = 0, .restarts = true, .kept = true}}},
    {"a time service that lies for some days",
     0,
     NEVER,
     {{5, 1, .error_ms = 0, .restarts = true, .kept = true},
      {6, 1, .error_ms = IN_2037, .restarts = true, .kept = true},
      {30, 1, .error_ms = 0, .restarts = true, .kept = true}}},
    {"a time service that says 1970",
     0,
     38,
     {{5, 1, .error_ms = 0, .restarts = true, .kept = true},
      {6, 1, .error_ms = IN_1970, .restarts = true, .kept = true},
      {30, 1, .error_ms = 0, .restarts = true, .kept = true}}},
    {"to and fro between two machines",
     0,
     NEVER,
     {{1, 1, .error_ms = 0, .elsewhere = true},
      {1, 1, .error_ms = 0},
      {1, 1, .error_ms = 0, .elsewhere = true},
      {1, 1, .error_ms = 0}}},
    {"to and fro, one of them in 2037",
     0,
     NEVER,
     {{1, 1, .error_ms = IN_2037, .elsewhere = true},
      {1, 1, .error_ms = 0},
      {1, 1, .error_ms = IN_2037, .elsewhere = true},
      {1, 1, .error_ms = 0}}},
    {"found late, and then a start after a day",
     0,
     48,
     {{1, 40, .error_ms = 0, .kept = true}, {1, 1, .error_ms = 0, .kept = true}, {1, 7, .error_ms = 0, .kept = true}}},
};

static void take_turn(struct world *w, const struct turn *t)
{
    struct machine *m = &w->machine;
    const struct machine own = *m;
    m->now_ms += t->days * DAY;
    if (t->restarts)
        restart(m, 0);
    m->error_ms = t->error_ms;
    m->kept = t->kept;
    if (t->elsewhere) {
        m->id = 8;
        m->boot = 1000;
        m->boot_at_ms = m->now_ms - 365 * DAY;
    }
    start(w);
    if (t->elsewhere) {
        m->id = own.id;
        m->boot = own.boot;
        m->boot_at_ms = own.boot_at_ms;
    }
}

static void test_history(struct store *s, const struct history *h)
{
    struct world w;
    int64_t gone_on = NEVER;
    world_begin(&w, s);
    w.machine.error_ms = h->error_ms;
    record(&w);
    start(&w);
    for (size_t i = 0; i < G_N_ELEMENTS(h->turns); i++)
        for (int k = 0; k < h->turns[i].times; k++) {
            take_turn(&w, &h->turns[i]);
            if (gone_on == NEVER && !w.there[0])
                gone_on = (w.machine.now_ms - TEST_START) / DAY;
        }
    is_int(gone_on, h->gone_on, h->what);
}

/* ---- who asks, and who means it ---------------------------------------------------------------------------------- */

static int64_t count(struct store *s)
{
    return ask(s, "SELECT count(*) FROM viewing");
}

/* A few among many go after a day; most of what there is waits for a week. */
static void test_most(struct store *s)
{
    struct world w;
    world_begin(&w, s);
    w.machine.kept = true;
    for (int i = 0; i < 3; i++)
        record(&w);
    start(&w);
    w.machine.now_ms += 20 * DAY;
    for (int i = 0; i < 3; i++)
        record(&w);
    start(&w);
    w.machine.now_ms += 10 * DAY;
    start(&w);
    w.machine.now_ms += DAY;
    start(&w);
    is_int(count(s), 3, "half of them go after a day");
    w.machine.now_ms += 19 * DAY;
    start(&w);
    w.machine.now_ms += DAY;
    start(&w);
    is_int(count(s), 3, "all of them do not");
    w.machine.now_ms += 6 * DAY;
    start(&w);
    is_int(count(s), 0, "but after a week");
}

static void test_plan(struct store *s)
{
    struct world w;
    struct retention_plan p;
    world_begin(&w, s);
    w.machine.kept = true;
    record(&w);
    start(&w);
    w.machine.now_ms += 12 * DAY;
    struct moment now = clocks_of(&w.machine);
    ok(retention_read_plan(s, &now, &p, NULL) && p.keep_days == LIMIT && p.due == 0 && !p.counts_running,
       "none is due");
    is_int(p.next_ms - now.wall_ms, 18 * DAY, "one will be");
    w.machine.now_ms += 18 * DAY;
    start(&w);
    now = clocks_of(&w.machine);
    ok(retention_read_plan(s, &now, &p, NULL) && p.due == 1 && p.most, "and then it is");
    is_int(p.goes_ms - now.wall_ms, 7 * DAY, "and goes a week later");
    g_autoptr(GString) text = g_string_new(NULL);
    ok(retention_text(s, &now, text, NULL) && strstr(text->str, "1 viewing is older") &&
           strstr(text->str, "2026-02-07"),
       "in words");
    is_int(count(s), 1, "asking erases nothing");
    g_autofree char *path = g_strdup(s->path);
    w.machine.now_ms += 60 * DAY;
    struct store *reader = retention_open(&(struct store_options){.path = path, .read_only = true}, NULL, NULL);
    now = clocks_of(&w.machine);
    ok(reader && retention_read_plan(reader, &now, &p, NULL) && p.due == 1, "nor does a reader");
    retention_close(reader);
    is_int(count(s), 1, "it is still there");
}

static void test_cut(struct store *s)
{
    struct world w;
    struct retention_cut cut;
    world_begin(&w, s);
    w.machine.error_ms = IN_1970;
    record(&w);
    w.machine.error_ms = 0;
    record(&w);
    start(&w);
    w.machine.now_ms += DAY;
    const struct moment now = clocks_of(&w.machine);
    ok(retention_look(s, &now, LIMIT, &cut, NULL) && cut.n == 1 && cut.first_ms < 0 + DAY * 2 && count(s) == 2,
       "by its date, one is old: nothing goes for looking");
    ok(retention_cut(s, &now, LIMIT, &cut, NULL) && cut.n == 1 && count(s) == 1, "and goes at once for who means it");
    ok(retention_cut(s, &now, LIMIT, &cut, NULL) && cut.n == 0 && count(s) == 1, "once");
}

/* An id that is used again, after somebody erased without our triggers' help, does not make a new viewing old. */
static void test_ids(struct store *s)
{
    struct world w;
    world_begin(&w, s);
    record(&w);
    start(&w);
    w.machine.now_ms += 40 * DAY;
    start(&w);
    run_sql(s, "PRAGMA foreign_keys=OFF; DELETE FROM viewing; PRAGMA foreign_keys=ON");
    is_int(ask(s, "SELECT count(*) FROM age"), 1, "an age without its viewing");
    w.there[0] = false;
    record(&w);
    is_int(ask(s, "SELECT count(*) FROM age"), 0, "goes when its number is used again");
    w.machine.now_ms += 8 * DAY;
    start(&w);
    is_int(count(s), 1, "and the new viewing stays");
}

int main(void)
{
    dir = g_dir_make_tmp("retention-XXXXXX", NULL);
    struct store *s = make_store("store.sqlite");
    for (size_t i = 0; i < G_N_ELEMENTS(weathers); i++)
        test_weather(s, &weathers[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(histories); i++)
        test_history(s, &histories[i]);
    test_most(s);
    test_plan(s);
    test_cut(s);
    test_ids(s);
    store_close(s);
    g_autofree char *remove = g_strdup_printf("rm -rf '%s'", dir);
    ok(system(remove) == 0, "cleaned up");
    g_free(dir);
    return tap_done();
}

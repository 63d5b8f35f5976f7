/*
 * What telemetry costs: build/bench/bench_telemetry [VIEWINGS [FOLDER]]
 *
 * In one run, on one disk (FOLDER; the current one): what handing over a record costs the playing thread; how soon it is
 * on disk; events per second from hand-over to the disk, against the sqlite3 library alone that inserts the same rows into
 * the same tables in batches of 512, with ids that somebody else looked up (alternating, so that what else runs hits both;
 * medians of ratios); the bytes of it; and what a million viewings would take.
 *
 * Goals: at least 0.8 of raw inserts; at most 60 bytes for a decision (an exposure and its outcome).
 */
#include "telemetry/count/aggregate.h"
#include "telemetry/write/spool.h"
#include "telemetry/store/store.h"
#include "telemetry/write/writer.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS    7
#define DECISIONS 12 /* of a viewing: an hour's film asks about as often */
#define NODES     40
#define BATCH     512
#define PUTS      200000
#define TIMES     20
#define FOREVER   (600 * US_PER_SECOND)

static char *dir;
static struct tel_node nodes[NODES];
static struct tel_decision decisions[NODES];
static struct tel_option options[2 * NODES];
static struct tel_ending endings[] = {{"good", "Good"}, {"bad", "Bad"}};
static struct tel_story story = {.name = "org.example.bench",
                                 .version = "1",
                                 .title = "Bench",
                                 .hash = 42,
                                 .nodes = nodes,
                                 .decisions = decisions,
                                 .options = options,
                                 .endings = endings,
                                 .n_nodes = NODES,
                                 .n_decisions = NODES,
                                 .n_options = 2 * NODES,
                                 .n_endings = 2};

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* Of wall and of CPU, of all threads. */
struct cost {
    double wall_s, cpu_s;
};

static struct cost cost_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (struct cost){(double)now_ns() * 1e-9, (double)t.tv_sec + (double)t.tv_nsec * 1e-9};
}

static struct cost since(struct cost begin)
{
    const struct cost now = cost_now();
    return (struct cost){now.wall_s - begin.wall_s, now.cpu_s - begin.cpu_s};
}

static void make_story(void)
{
    for (int32_t i = 0; i < NODES; i++) {
        nodes[i] = (struct tel_node){g_strdup_printf("node-%d", i), NULL, (uint64_t)i * 7919 + 1};
        decisions[i] =
            (struct tel_decision){g_strdup_printf("decision-%d", i), "Which?", (uint64_t)i * 104729 + 1, i, 2 * i, 2};
        for (int32_t k = 0; k < 2; k++)
            options[2 * i + k] = (struct tel_option){k ? "no" : "yes", k ? "No" : "Yes", (uint64_t)(2 * i + k) + 1};
    }
}

/* A viewing's records, as a film makes them: visits and leaves of nodes, a decision in each. */
#define EVENTS (DECISIONS * 4 + 2)
static void make_viewing(struct tel_record *r, GRand *rand)
{
    int64_t at_us = 0;
    for (int i = 0; i < DECISIONS; i++) {
        const int32_t node = g_rand_int_range(rand, 0, NODES);
        const int64_t latency_us = g_rand_int_range(rand, 300000, 9000000);
        *r++ = (struct tel_record){.kind = TEL_VISIT, .at_us = at_us, .visit = {node, 300 * US_PER_SECOND}};
        at_us += 290 * US_PER_SECOND;
        *r++ = (struct tel_record){
            .kind = TEL_EXPOSURE, .at_us = at_us, .exposure = {{node, 2, {0, 1}, 0}, 0, 10 * US_PER_SECOND, 1}};
        *r++ = (struct tel_record){.kind = TEL_OUTCOME,
                                   .at_us = at_us + latency_us,
                                   .outcome = {node, TEL_WHAT_PICK, g_rand_int_range(rand, 0, 2), latency_us,
                                               TEL_GIVEN_MOUSE, g_rand_int_range(rand, 0, 3)}};
        at_us += 10 * US_PER_SECOND;
        *r++ = (struct tel_record){.kind = TEL_LEAVE, .at_us = at_us, .leave = {node, 300 * US_PER_SECOND, 0, 0}};
    }
    *r++ = (struct tel_record){.kind = TEL_REACHED, .at_us = at_us, .reached = {0}};
    *r = (struct tel_record){.kind = TEL_FINISH, .at_us = at_us, .finish = {at_us / 1000, TEL_REASON_ENDED}};
}

static struct tel_viewing new_viewing(void)
{
    struct tel_viewing v = {.started_ms = g_get_real_time() / 1000, .nth = 1, .time_mode = 1};
    tel_new_id(v.id, v.started_ms);
    g_strlcpy(v.engine, "bench", sizeof v.engine);
    return v;
}

static char *new_store(void)
{
    static int n;
    return g_strdup_printf("%s/%d.sqlite", dir, n++);
}

/* ---- what the playing thread pays -------------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* A queue this long never fills: what is measured is handing over, while the thread writes to a real disk. */
static void bench_put(GRand *rand)
{
    g_autofree char *path = new_store();
    g_autofree int64_t *ns = g_new(int64_t, PUTS), *empty = g_new(int64_t, PUTS);
    const struct writer_options o = {.path = path, .capacity = 2 * PUTS};
    struct writer *w = writer_open(&o, NULL);
    struct tel_record records[EVENTS];
    for (int i = 0; i < PUTS; i++) {
        const int64_t begin = now_ns();
        empty[i] = now_ns() - begin;
    }
    writer_story(w, &story);
    for (int i = 0; i < PUTS;) {
        const struct tel_viewing v = new_viewing();
        make_viewing(records, rand);
        writer_begin(w, &v);
        for (int k = 0; k < EVENTS && i < PUTS; k++, i++) {
            const int64_t begin = now_ns();
            writer_put(w, &records[k]);
            ns[i] = now_ns() - begin;
            while (now_ns() - begin < 5000)
                continue;
        }
    }
    writer_flush(w, FOREVER);
    writer_close(w, FOREVER);
    qsort(ns, PUTS, sizeof *ns, by_value);
    qsort(empty, PUTS, sizeof *empty, by_value);
    printf("handing over, of %d, one each 5 us: p50 %d ns, p99 %d ns, p99.9 %d ns, worst %d ns\n", PUTS,
           (int)ns[PUTS / 2], (int)ns[PUTS - PUTS / 100], (int)ns[PUTS - PUTS / 1000], (int)ns[PUTS - 1]);
    printf("  the clock alone, measured in the same way: p50 %d ns, p99 %d ns, p99.9 %d ns, worst %d ns\n",
           (int)empty[PUTS / 2], (int)empty[PUTS - PUTS / 100], (int)empty[PUTS - PUTS / 1000], (int)empty[PUTS - 1]);
}

/* ---- how soon it is there ---------------------------------------------------------------------------------------- */

/* Hands over n records and waits until they are on disk, without asking for it. Returns after how long. */
static int64_t until_written(struct writer *w, const struct tel_record *records, int n)
{
    struct writer_status status;
    writer_status(w, &status);
    const uint64_t target = status.written + (uint64_t)n;
    const int64_t begin = now_ns();
    for (int i = 0; i < n; i++)
        writer_put(w, &records[i]);
    for (writer_status(w, &status); status.written < target; writer_status(w, &status))
        g_usleep(100);
    return now_ns() - begin;
}

static void print_soon(const char *what, int64_t *ns)
{
    qsort(ns, TIMES, sizeof *ns, by_value);
    printf("  %s: p50 %.1f ms, worst of %d %.1f ms\n", what, (double)ns[TIMES / 2] * 1e-6, TIMES,
           (double)ns[TIMES - 1] * 1e-6);
}

static void bench_soon(void)
{
    static const struct tel_record visit = {.kind = TEL_VISIT, .visit = {0, US_NONE}};
    static const struct tel_record decision[] = {
        {.kind = TEL_EXPOSURE, .exposure = {{0, 2, {0, 1}, 0}, 0, US_NONE, 1}},
        {.kind = TEL_OUTCOME, .outcome = {0, TEL_WHAT_PICK, 1, US_PER_SECOND, TEL_GIVEN_KEY, 0}}};
    g_autofree char *path = new_store();
    const struct writer_options o = {.path = path};
    struct writer *w = writer_open(&o, NULL);
    const struct tel_viewing v = new_viewing();
    int64_t ordinary[TIMES], outcome[TIMES];
    writer_story(w, &story);
    writer_begin(w, &v);
    writer_flush(w, FOREVER);
    for (int i = 0; i < TIMES; i++) {
        ordinary[i] = until_written(w, &visit, 1);
        outcome[i] = until_written(w, decision, 2);
    }
    writer_close(w, FOREVER);
    printf("handed over, on disk (goal 250 ms, an outcome at once):\n");
    print_soon("an event", ordinary);
    print_soon("an outcome", outcome);
}

/* ---- from hand-over to the disk ---------------------------------------------------------------------------------- */

static struct cost run_writer(const struct tel_record *records, int viewings, char **path)
{
    *path = new_store();
    const struct store_options so = {.path = *path};
    struct store *s = store_open(&so, NULL);
    if (!aggregate_catch_up(s, NULL)) /* from the first play on, a store lists what reports have to sum up */
        printf("NO SUMS\n");
    store_close(s);
    const struct writer_options o = {.path = *path};
    struct writer *w = writer_open(&o, NULL);
    struct writer_status status;
    writer_flush(w, FOREVER);
    const struct cost begin = cost_now();
    writer_story(w, &story);
    for (int i = 0; i < viewings; i++) {
        const struct tel_viewing v = new_viewing();
        writer_begin(w, &v);
        for (int k = 0; k < EVENTS; k++)
            writer_put(w, &records[i * EVENTS + k]);
        for (writer_status(w, &status); status.queued > 3000; writer_status(w, &status))
            g_usleep(500);
    }
    writer_flush(w, FOREVER);
    const struct cost cost = since(begin);
    if (writer_close(w, FOREVER) != 0)
        printf("EVENTS WERE LOST\n");
    return cost;
}

static const char *const inserts[TEL_KINDS] = {
    [TEL_VISIT] = "INSERT INTO visit VALUES(?,?,?,?,?)",
    [TEL_LEAVE] = "INSERT INTO leave VALUES(?,?,?,?,?,?,?)",
    [TEL_EXPOSURE] = "INSERT INTO exposure VALUES(?,?,?,?,?,?,?)",
    [TEL_OUTCOME] = "INSERT INTO outcome VALUES(?,?,?,?,?,?,?,?,?)",
    [TEL_REACHED] = "INSERT INTO reached VALUES(?,?,?,?)",
    [TEL_FINISH] = "INSERT INTO finish VALUES(?,?,?,?,?)",
};

/* The columns behind viewing, seq and at_ms. All ids are as the dictionaries of a new store have them: place + 1. */
static void bind_rest(sqlite3_stmt *st, const struct tel_record *r, int64_t seq)
{
    int64_t v[6] = {0};
    int n = 0;
    if (r->kind == TEL_VISIT)
        v[n++] = r->visit.node + 1, v[n++] = r->visit.planned_us;
    else if (r->kind == TEL_LEAVE)
        v[n++] = seq - 3, v[n++] = r->leave.playing_us, v[n++] = 0, v[n++] = 0;
    else if (r->kind == TEL_EXPOSURE)
        v[n++] = r->exposure.menu.decision + 1, v[n++] = 0, v[n++] = r->exposure.window_us, v[n++] = 1;
    else if (r->kind == TEL_OUTCOME)
        v[n++] = seq - 1, v[n++] = 0, v[n++] = 2 * r->outcome.decision + r->outcome.option + 1,
        v[n++] = r->outcome.latency_us, v[n++] = r->outcome.given, v[n++] = r->outcome.changes;
    else if (r->kind == TEL_REACHED)
        v[n++] = 1;
    else
        v[n++] = r->finish.ended_ms, v[n++] = r->finish.reason;
    for (int i = 0; i < n; i++)
        sqlite3_bind_int64(st, 4 + i, v[i]);
}

/* Dictionaries and menus as the writer would have made them. */
static void prepare_store(sqlite3 *db)
{
    sqlite3_exec(db, "BEGIN; INSERT INTO story(name, version, hash) VALUES('org.example.bench', '1', 42)", NULL, NULL,
                 NULL);
    for (int32_t i = 0; i < NODES; i++) {
        g_autofree char *sql = g_strdup_printf(
            "INSERT INTO node(story, name, hash) VALUES(1, 'node-%d', %d);"
            "INSERT INTO decision(story, node, name, title, hash) VALUES(1, %d, 'decision-%d', 'Which?', %d);"
            "INSERT INTO option(decision, position, name, title, hash) VALUES(%d, 0, 'yes', 'Yes', 1), (%d, 1, 'no', "
            "'No', 2);"
            "INSERT INTO menu(decision, shape) VALUES(%d, '0,1')",
            i, i, i + 1, i, i, i + 1, i + 1, i + 1);
        sqlite3_exec(db, sql, NULL, NULL, NULL);
    }
    sqlite3_exec(db, "INSERT INTO ending(story, name) VALUES(1, 'good'), (1, 'bad'); COMMIT", NULL, NULL, NULL);
}

static struct cost run_raw(const struct tel_record *records, int viewings)
{
    g_autofree char *path = new_store();
    const struct store_options so = {.path = path};
    struct store *s = store_open(&so, NULL);
    sqlite3_stmt *sql[TEL_KINDS] = {NULL}, *add = NULL;
    prepare_store(s->db);
    for (int i = 0; i < TEL_KINDS; i++)
        if (inserts[i] &&
            sqlite3_prepare_v3(s->db, inserts[i], -1, SQLITE_PREPARE_PERSISTENT, &sql[i], NULL) != SQLITE_OK)
            printf("raw: %s\n", sqlite3_errmsg(s->db));
    sqlite3_prepare_v3(s->db,
                       "INSERT INTO viewing(uuid, story, started_ms, mode, chooser, time_mode, seed, engine, nth) "
                       "VALUES(randomblob(16), 1, 1700000000000, 0, 0, 1, 0, 'bench', 1)",
                       -1, SQLITE_PREPARE_PERSISTENT, &add, NULL);
    int in_batch = 0, failed = 0;
    const struct cost begin = cost_now();
    sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    for (int i = 0; i < viewings; i++) {
        failed += sqlite3_step(add) != SQLITE_DONE;
        sqlite3_reset(add);
        const int64_t viewing = sqlite3_last_insert_rowid(s->db);
        for (int k = 0; k < EVENTS; k++) {
            const struct tel_record *r = &records[i * EVENTS + k];
            sqlite3_stmt *st = sql[r->kind];
            sqlite3_bind_int64(st, 1, viewing);
            sqlite3_bind_int64(st, 2, k + 1);
            sqlite3_bind_int64(st, 3, r->at_us / 1000);
            bind_rest(st, r, k + 1);
            failed += sqlite3_step(st) != SQLITE_DONE;
            sqlite3_reset(st);
            if (++in_batch % BATCH == 0)
                sqlite3_exec(s->db, "COMMIT; BEGIN IMMEDIATE", NULL, NULL, NULL);
        }
    }
    sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL);
    const struct cost cost = since(begin);
    if (failed)
        printf("raw: %d inserts failed: %s\n", failed, sqlite3_errmsg(s->db));
    for (int i = 0; i < TEL_KINDS; i++)
        sqlite3_finalize(sql[i]);
    sqlite3_finalize(add);
    store_close(s);
    return cost;
}

static int by_double(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_ratio(const char *what, double ours, double raw, double *ratios)
{
    qsort(ratios, ROUNDS, sizeof *ratios, by_double);
    printf("  a second of %s: %.0f events, raw inserts %.0f; ratio %.2f [%.2f..%.2f], goal 0.80\n", what, ours, raw,
           ratios[ROUNDS / 2], ratios[0], ratios[ROUNDS - 1]);
}

static char *bench_writer(GRand *rand, int viewings)
{
    g_autofree struct tel_record *records = g_new(struct tel_record, (size_t)viewings * EVENTS);
    double wall[ROUNDS], cpu[ROUNDS];
    struct cost best[2] = {{1e9, 1e9}, {1e9, 1e9}};
    char *path = NULL;
    for (int i = 0; i < viewings; i++)
        make_viewing(&records[i * EVENTS], rand);
    for (int i = 0; i < ROUNDS; i++) {
        g_free(path);
        const struct cost ours = run_writer(records, viewings, &path), raw = run_raw(records, viewings);
        wall[i] = raw.wall_s / ours.wall_s;
        cpu[i] = raw.cpu_s / ours.cpu_s;
        best[0] = (struct cost){MIN(best[0].wall_s, ours.wall_s), MIN(best[0].cpu_s, ours.cpu_s)};
        best[1] = (struct cost){MIN(best[1].wall_s, raw.wall_s), MIN(best[1].cpu_s, raw.cpu_s)};
    }
    const double n = (double)viewings * EVENTS;
    printf("to the disk, %d viewings of %d events, best of %d, medians of the ratios:\n", viewings, EVENTS, ROUNDS);
    print_ratio("time", n / best[0].wall_s, n / best[1].wall_s, wall);
    print_ratio("CPU", n / best[0].cpu_s, n / best[1].cpu_s, cpu);
    return path;
}

/* ---- bytes --------------------------------------------------------------------------------------------------------- */

static double ask(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *st = NULL;
    double n = -1;
    if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW)
        n = sqlite3_column_double(st, 0);
    sqlite3_finalize(st);
    return n;
}

static void bench_bytes(const char *path, int viewings)
{
    const struct store_options so = {.path = path};
    struct store *s = store_open(&so, NULL);
    sqlite3_exec(s->db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL);
    const double decision = ask(s->db, "SELECT sum(pgsize) FROM dbstat WHERE name IN ('exposure', 'outcome')");
    const double whole =
        ask(s->db, "SELECT (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size)");
    const double used = ask(s->db, "SELECT sum(payload) FROM dbstat WHERE name IN ('exposure', 'outcome')");
    store_close(s);
    printf(
        "bytes: %.1f a decision (of it %.1f payload, the rest is SQLite's), goal 60; %.1f an event; %.0f a viewing\n",
        decision / viewings / DECISIONS, used / viewings / DECISIONS, whole / viewings / EVENTS, whole / viewings);
    printf("a million viewings of %d decisions, extrapolated from %d: %.2f GB\n", DECISIONS, viewings,
           whole / viewings * 1e6 / 1e9);
}

int main(int argc, char **argv)
{
    const int viewings = argc > 1 ? atoi(argv[1]) : 2000;
    g_autofree char *here = g_strdup_printf("%s/bench-telemetry-XXXXXX", argc > 2 ? argv[2] : ".");
    GRand *rand = g_rand_new_with_seed(1);
    dir = g_mkdtemp(here);
    if (!dir || viewings < 1)
        return 2;
    make_story();
    bench_put(rand);
    bench_soon();
    g_autofree char *path = bench_writer(rand, viewings);
    bench_bytes(path, viewings);
    g_rand_free(rand);
    g_autoptr(GDir) d = g_dir_open(dir, 0, NULL);
    for (const char *name; d && (name = g_dir_read_name(d));) {
        g_autofree char *file = g_build_filename(dir, name, NULL);
        g_unlink(file);
    }
    g_rmdir(dir);
    return 0;
}

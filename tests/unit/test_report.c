/*
 * The sums kept for reports, against a count of all events: tallies and their bytes; sums that stay right whatever happens
 * to viewings, and whatever fails on the way; a report as text.
 * The seed can be given: test_report SEED.
 */
#include "golden.h"
#include "tap.h"
#include "test_store.h"
#include "test_telemetry.h"

#include "telemetry/survey/survey.h"

#include <stdlib.h>

static char *dir;

static char *in_dir(const char *name)
{
    return g_build_filename(dir, name, NULL);
}

/* ---- tallies ----------------------------------------------------------------------------------------------------- */

static int64_t total(struct tally *t)
{
    int64_t n = 0;
    tally_settle(t);
    for (guint i = 0; i < t->cells->len; i++)
        n += g_array_index(t->cells, struct tally_cell, i).n;
    return n;
}

static bool equal(struct tally *a, struct tally *b)
{
    tally_settle(a);
    tally_settle(b);
    return a->cells->len == b->cells->len &&
           memcmp(a->cells->data, b->cells->data, a->cells->len * sizeof(struct tally_cell)) == 0;
}

static void add_random(GRand *rand, struct tally *t, GHashTable *oracle, int n)
{
    for (int i = 0; i < n; i++) {
        const int kind = g_rand_int_range(rand, TALLY_VIEWINGS, TALLY_PATH), time = g_rand_int_range(rand, 0, 4);
        const int64_t a = g_rand_int_range(rand, 0, 40);
        const uint64_t b = g_rand_boolean(rand) ? (uint64_t)g_rand_int_range(rand, 0, 9)
                                                : tally_outcome(g_rand_int_range(rand, -1, 5), 1, 7);
        const int64_t count = g_rand_int_range(rand, 1, 1000);
        tally_add(t, (enum tally_kind)kind, time, a, b, count);
        char *key = g_strdup_printf("%d %d %d %" G_GUINT64_FORMAT, kind, time, (int)a, b);
        const int64_t before = GPOINTER_TO_INT(g_hash_table_lookup(oracle, key));
        g_hash_table_replace(oracle, key, GINT_TO_POINTER((int)(before + count)));
    }
}

static bool agrees(struct tally *t, GHashTable *oracle)
{
    bool same = true;
    tally_settle(t);
    for (guint i = 0; i < t->cells->len; i++) {
        const struct tally_cell *c = &g_array_index(t->cells, struct tally_cell, i);
        g_autofree char *key =
            g_strdup_printf("%d %d %d %" G_GUINT64_FORMAT, (int)tally_kind(c), tally_time(c), (int)tally_a(c), c->b);
        same = same && GPOINTER_TO_INT(g_hash_table_lookup(oracle, key)) == c->n;
    }
    return same && t->cells->len == g_hash_table_size(oracle);
}

static void test_tally(GRand *rand)
{
    bool sums = true, merges = true, bytes_ok = true;
    for (int round = 0; round < 20; round++) {
        g_autoptr(GHashTable) oracle = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        struct tally *a = tally_new(), *b = tally_new(), *back = tally_new();
        add_random(rand, a, oracle, g_rand_int_range(rand, 0, 12000));
        sums = sums && agrees(a, oracle);
        add_random(rand, b, oracle, g_rand_int_range(rand, 0, 3000));
        tally_merge(a, b);
        merges = merges && agrees(a, oracle);
        g_autoptr(GByteArray) bytes = tally_encode(a);
        bytes_ok = bytes_ok && tally_decode(back, bytes->data, bytes->len) && equal(a, back);
        tally_free(a);
        tally_free(b);
        tally_free(back);
    }
    ok(sums, "a tally is the sum by key");
    ok(merges, "merging adds");
    ok(bytes_ok, "bytes and back");
    struct tally *t = tally_new();
    tally_add(t, TALLY_EXAMPLE, 1, 0, 77, 9);
    tally_add(t, TALLY_EXAMPLE, 1, 0, 77, 4);
    tally_add(t, TALLY_EXAMPLE, 1, 0, 77, 6);
    is_int(total(t), 4, "of examples the smallest stays");
    tally_add(t, TALLY_NODE, 1, 5, 0, 0);
    is_int(total(t), 4, "nothing is no entry");
    tally_free(t);
    const uint64_t o = tally_outcome(-1, TALLY_UNKNOWN, 4000000000), u = tally_latency(3, 4000000000, 1111);
    ok(tally_outcome_focus(o) == -1 && tally_outcome_what(o) == TALLY_UNKNOWN &&
           tally_outcome_option(o) == 4000000000 && tally_latency_what(u) == 3 &&
           tally_latency_option(u) == 4000000000 && tally_latency_class(u) == 1111,
       "keys give back what went in");
}

/* Bytes that were cut or changed are refused or are another tally, but never a crash, and never half taken. */
static void test_broken_bytes(GRand *rand)
{
    g_autoptr(GHashTable) oracle = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    struct tally *t = tally_new();
    add_random(rand, t, oracle, 60);
    g_autoptr(GByteArray) bytes = tally_encode(t);
    bool whole = true;
    int refused = 0;
    for (int i = 0; i < 4000; i++) {
        g_autofree uint8_t *copy = g_memdup2(bytes->data, bytes->len);
        const size_t n = i < (int)bytes->len ? (size_t)i : bytes->len;
        if (n == bytes->len)
            copy[g_rand_int_range(rand, 0, (gint32)bytes->len)] ^= (uint8_t)(1 << g_rand_int_range(rand, 0, 8));
        struct tally *into = tally_new();
        tally_add(into, TALLY_NODE, 1, 1, 1, 5);
        if (!tally_decode(into, copy, n)) {
            refused++;
            whole = whole && total(into) == 5;
        }
        tally_free(into);
    }
    ok(whole && refused > 500, "broken bytes: %d of 4000 refused, none taken in half", refused);
    ok(!tally_decode(t, bytes->data, 0), "no bytes are no tally");
    tally_free(t);
}

/* ---- sums in a store --------------------------------------------------------------------------------------------- */

G_GNUC_PRINTF(2, 3) static void run_sqlf(struct store *s, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    g_autofree char *sql = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    run_sql(s, sql);
}

/* A store that knows the test's story; its play is in it once. */
static struct store *new_store(const char *name)
{
    g_autofree char *path = in_dir(name);
    const struct writer_options o = {.path = path};
    struct writer *w = writer_open(&o, NULL);
    test_play_all(w, TEST_ID);
    writer_close(w, TEST_LONG);
    const struct store_options so = {.path = path};
    GError *error = NULL;
    struct store *s = store_open(&so, &error);
    if (!s) {
        ok(false, "a store: %s", error->message);
        exit(1);
    }
    sqlite3_exec(s->db, "PRAGMA synchronous=OFF", NULL, NULL, NULL); /* the disk is not what is tested */
    return s;
}

static void take_all(const struct aggregate_cohort *c, struct tally *t, void *data)
{
    GHashTable *all = data;
    char *key = g_strdup_printf("%d %d %d %d %d", (int)c->story, c->day, c->mode, c->chooser, c->nth);
    struct tally *sum = g_hash_table_lookup(all, key);
    if (!sum)
        g_hash_table_insert(all, g_strdup(key), sum = tally_new());
    tally_merge(sum, t);
    g_free(key);
}

static void free_tally(void *t)
{
    tally_free(t);
}

static GHashTable *read_all(struct store *s, bool recount)
{
    GHashTable *all = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_tally);
    const struct aggregate_reader r = {.recount = recount, .take = take_all, .data = all};
    GError *error = NULL;
    if (!aggregate_read(s, &r, &error))
        ok(false, "reading: %s", error->message);
    return all;
}

static bool is_recount(struct store *s)
{
    g_autoptr(GHashTable) kept = read_all(s, false), counted = read_all(s, true);
    GHashTableIter it;
    gpointer key, t;
    bool same = g_hash_table_size(kept) == g_hash_table_size(counted);
    g_hash_table_iter_init(&it, counted);
    while (same && g_hash_table_iter_next(&it, &key, &t)) {
        struct tally *other = g_hash_table_lookup(kept, key);
        same = other && equal(t, other);
    }
    return same;
}

/* A viewing of random length and end, as rows. */
static void add_viewing(struct store *s, GRand *rand, int64_t id)
{
    const int64_t started_ms = TEST_START + (int64_t)g_rand_int_range(rand, 0, 20) * 86400000 + 5;
    int seq = 0;
    run_sqlf(s,
             "INSERT INTO viewing(id, uuid, story, started_ms, mode, chooser, time_mode, seed, engine, nth) VALUES(%d,"
             " randomblob(16), 1, %" G_GINT64_FORMAT ", %d, %d, %d, 1, 'x', nullif(%d, 0))",
             (int)id, started_ms, g_rand_int_range(rand, 0, 5) == 0, g_rand_int_range(rand, 0, 5) == 0,
             g_rand_int_range(rand, 0, 3), g_rand_int_range(rand, 0, 4));
    for (int n = g_rand_int_range(rand, 0, 6); n > 0; n--) {
        const int visit = ++seq;
        run_sqlf(s, "INSERT INTO visit VALUES(%d, %d, %d, %d, nullif(%d, 0))", (int)id, visit, visit * 1000,
                 g_rand_int_range(rand, 1, 5), g_rand_int_range(rand, 0, 9) * 1000000);
        if (g_rand_int_range(rand, 0, 3) > 0) {
            const int exposure = ++seq;
            run_sqlf(s, "INSERT INTO exposure VALUES(%d, %d, %d, 1, nullif(%d, 3), 9000000, 1)", (int)id, exposure,
                     exposure * 1000, g_rand_int_range(rand, 0, 4));
            seq++;
            if (g_rand_int_range(rand, 0, 9) > 0)
                run_sqlf(s, "INSERT INTO outcome VALUES(%d, %d, %d, %d, %d, %d, %d, 1, %d)", (int)id, seq, seq * 1000,
                         exposure, g_rand_int_range(rand, 0, 5), g_rand_int_range(rand, 1, 4),
                         g_rand_int_range(rand, 0, 9000000), g_rand_int_range(rand, 0, 3));
        }
        seq++;
        if (g_rand_int_range(rand, 0, 9) > 0)
            run_sqlf(s, "INSERT INTO leave VALUES(%d, %d, %d, %d, 5000000, 1, 2)", (int)id, seq, seq * 1000, visit);
        seq++;
        if (g_rand_int_range(rand, 0, 9) == 0)
            run_sqlf(s, "INSERT INTO gap VALUES(%d, %d, %d, 3, 0)", (int)id, seq, seq * 1000);
    }
    seq++;
    if (g_rand_boolean(rand))
        run_sqlf(s, "INSERT INTO reached VALUES(%d, %d, %d, %d)", (int)id, seq, seq * 1000,
                 g_rand_int_range(rand, 1, 3));
    seq++;
    if (g_rand_int_range(rand, 0, 4) > 0)
        run_sqlf(s, "INSERT INTO finish VALUES(%d, %d, %d, 1, %d)", (int)id, seq, seq * 1000,
                 g_rand_int_range(rand, 0, 5));
}

static void finish_one(struct store *s)
{
    run_sql(s, "INSERT INTO finish SELECT id, 1000, 1000000, 1, 0 FROM viewing v WHERE NOT EXISTS(SELECT 1 FROM finish"
               " WHERE viewing = v.id) ORDER BY id LIMIT 1");
}

/* Somebody goes on with what was cut off, and is cut off again. */
static void go_on(struct store *s)
{
    run_sql(s, "CREATE TEMP TABLE cut AS SELECT v.id, (SELECT max(seq) FROM visit WHERE viewing = v.id) + 50 AS seq,"
               " v.started_ms AS ms FROM viewing v WHERE NOT EXISTS(SELECT 1 FROM finish WHERE viewing = v.id)"
               " AND EXISTS(SELECT 1 FROM visit WHERE viewing = v.id) ORDER BY v.id LIMIT 1;"
               "INSERT INTO resume SELECT id, seq, 1, ms + 700000000, NULL, NULL, 1, 1, 1, seq - 1 FROM cut;"
               "INSERT INTO visit SELECT id, seq + 1, 1, 1, 1000 FROM cut;"
               "INSERT INTO leave SELECT id, seq + 2, 1, seq + 1, 77, 0, 0 FROM cut; DROP TABLE cut");
}

static void erase_some(struct store *s, GRand *rand)
{
    run_sqlf(s, "DELETE FROM viewing WHERE id %% %d = 1", g_rand_int_range(rand, 5, 30));
}

static void change_one(struct store *s, GRand *rand)
{
    run_sqlf(s, "UPDATE viewing SET nth = %d WHERE id = (SELECT max(id) FROM viewing WHERE id %% %d = 0)",
             g_rand_int_range(rand, 1, 3), g_rand_int_range(rand, 2, 9));
}

/* Whatever happens between two reports, in whatever order, the sums are what a count of all events gives. */
static void test_random_life(GRand *rand)
{
    struct store *s = new_store("life.sqlite");
    bool same = true, up_to_date = true;
    int64_t next = 100;
    for (int step = 0; step < 60 && same; step++) {
        run_sql(s, "BEGIN");
        for (int i = g_rand_int_range(rand, 0, 12); i > 0; i--)
            add_viewing(s, rand, next++);
        const int what = g_rand_int_range(rand, 0, 7);
        if (what == 0)
            erase_some(s, rand);
        else if (what == 1)
            finish_one(s);
        else if (what == 2)
            change_one(s, rand);
        else if (what == 3)
            go_on(s);
        run_sql(s, "COMMIT");
        if (g_rand_boolean(rand))
            up_to_date = up_to_date && aggregate_update(s, NULL);
        same = is_recount(s);
    }
    ok(same, "sums are the recount after every step of a random life");
    ok(up_to_date && aggregate_update(s, NULL), "updates succeed");
    is_int(ask(s, "SELECT count(*) FROM tally_todo JOIN finish USING(viewing)"), 0, "what has ended is summed up");
    ok(ask(s, "SELECT count(*) FROM tally") > 10, "in many cohorts");
    run_sql(s, "DELETE FROM viewing");
    is_int(ask(s, "SELECT (SELECT count(*) FROM tally) + (SELECT count(*) FROM tally_todo)"), 0,
           "when all are erased, nothing is left in any sum");
    store_close(s);
}

static int commits_left;

static int fail_commit(void *data)
{
    (void)data;
    return commits_left-- == 0;
}

/* The first commit fails, then the second, … until none does: each failure leaves what is right, and can be retried. */
static void test_failures(GRand *rand)
{
    bool same = true, ended = false;
    int failures = 0;
    for (int step = 0; !ended && step < 20; step++) {
        g_autofree char *name = g_strdup_printf("fail-%d.sqlite", step);
        struct store *s = new_store(name);
        run_sql(s, "BEGIN");
        for (int64_t id = 100; id < 140; id++)
            add_viewing(s, rand, id);
        /* Enough for three batches. */
        run_sql(s, "WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)"
                   " INSERT INTO viewing(id, uuid, story, started_ms, mode, chooser, time_mode, seed, engine, viewer, "
                   "nth) SELECT i, randomblob(16), 1, 1767225600000 + i, 0, 0, 1, 1, 'x', NULL, 1 FROM n");
        run_sql(s, "INSERT INTO finish SELECT id, 1, 1, 1, 1 FROM viewing WHERE id >= 1000");
        run_sql(s, "COMMIT");
        commits_left = step;
        sqlite3_commit_hook(s->db, fail_commit, NULL);
        GError *error = NULL;
        ended = aggregate_update(s, &error);
        sqlite3_commit_hook(s->db, NULL, NULL);
        failures += !ended;
        same = same && ended == !error && is_recount(s);
        g_clear_error(&error);
        same = same && aggregate_update(s, NULL) && is_recount(s);
        store_close(s);
    }
    ok(ended && failures >= 3, "%d commits fail one by one", failures);
    ok(same, "after each, the sums are the recount, and the next update succeeds");
}

static void test_read_only(void)
{
    static const char recount_viewing[] =
        "UPDATE viewing SET nth = nth WHERE id = 1"; /* the trigger deletes its tally */
    struct store *s = new_store("plain.sqlite");
    g_autofree char *path = in_dir("plain.sqlite");
    const struct store_options o = {.path = path, .read_only = true};
    struct store *reader = store_open(&o, NULL);
    g_autoptr(GHashTable) all = read_all(reader, false);
    is_int(g_hash_table_size(all), 1, "a store without sums is counted");
    ok(!aggregate_update(reader, NULL), "one that can't be written can't keep any");
    run_sql(s, recount_viewing);
    ok(ask(s, "SELECT count(*) FROM viewing") == 1, "nothing to forget yet");
    ok(aggregate_update(s, NULL) && is_recount(reader), "the reader sees the sums");
    is_int(ask(s, "SELECT count(*) FROM tally"), 1, "the viewing is summed up");
    run_sql(s, recount_viewing);
    ok(ask(s, "SELECT count(*) FROM tally") == 0 && ask(s, "SELECT viewing FROM tally_todo") == 1,
       "and forgotten when asked");
    aggregate_update(s, NULL);
    run_sql(s, "UPDATE tally SET cells = x'01ff'");
    GError *error = NULL;
    const struct aggregate_reader r = {.take = take_all, .data = all};
    const bool read = aggregate_read(s, &r, &error);
    ok(!read && g_error_matches(error, STORE_ERROR, STORE_ERROR_DAMAGED), "sums that make no sense are no numbers: %s",
       error ? error->message : "");
    g_clear_error(&error);
    store_close(reader);
    store_close(s);
}

/* A viewing without an end waits for another one that began seven days later; one that a clock dates far ahead is not that one. */
static void test_dated_ahead(void)
{
    static const char copies[] =
        "CREATE TEMP TABLE copy AS SELECT * FROM viewing WHERE id = 1;"
        "UPDATE copy SET id = 2, uuid = randomblob(16), started_ms = (strftime('%s') - 8 * 86400) * 1000;"
        "INSERT INTO viewing SELECT * FROM copy;"
        "UPDATE copy SET id = 3, uuid = randomblob(16), started_ms = (strftime('%s') + 30 * 86400) * 1000;"
        "INSERT INTO viewing SELECT * FROM copy; DROP TABLE copy";
    struct store *s = new_store("ahead.sqlite");
    run_sql(s, copies);
    ok(aggregate_update(s, NULL) && is_recount(s), "a viewing is dated in the future");
    is_int(ask(s, "SELECT count(*) FROM tally_todo WHERE viewing IN (2, 3)"), 2,
           "it makes none count as cut off for good");
    run_sql(s, "UPDATE viewing SET started_ms = strftime('%s') * 1000 WHERE id = 3");
    ok(aggregate_update(s, NULL) && is_recount(s), "it is dated today");
    is_int(ask(s, "SELECT sum(viewing) FROM tally_todo WHERE viewing IN (2, 3)"), 3,
           "and the one of a week before it is");
    store_close(s);
}

/* A program before this one wrote its sums otherwise. */
static void test_older_sums(void)
{
    struct store *s = new_store("older.sqlite");
    ok(aggregate_update(s, NULL), "there are sums");
    run_sql(s, "CREATE TEMP TABLE kept AS SELECT story, day, mode, chooser, nth, x'02ff' AS cells FROM tally;"
               "DROP TABLE tally; CREATE TABLE tally(story, day, mode, chooser, nth, cells);"
               "INSERT INTO tally SELECT * FROM kept; DROP TABLE kept");
    ok(is_recount(s), "those of an older program are not read");
    ok(aggregate_update(s, NULL) && ask(s, "SELECT count(*) FROM tally WHERE cells <> x'02ff'") == 1 && is_recount(s),
       "but made anew");
    store_close(s);
}

/* ---- a report ---------------------------------------------------------------------------------------------------- */

static void test_text(void)
{
    struct store *s = new_store("text.sqlite");
    const struct survey_options o = {.viewings = AGGREGATE_FIRST, .time = COUNT_ALL, .floor = 1};
    struct survey *r = survey_new(&s, 1, &o, NULL);
    g_autoptr(GString) out = g_string_new(NULL);
    survey_text(r, out);
    is_golden(out->str, "tests/golden/report.txt");
    const struct survey_film *film = r->films->pdata[0];
    is_int(survey_selected(film), 1, "one viewing");
    survey_free(r);

    const struct survey_options few = {.viewings = COUNT_ALL, .time = COUNT_ALL, .floor = 20};
    r = survey_new(&s, 1, &few, NULL);
    g_string_truncate(out, 0);
    survey_text(r, out);
    ok(strstr(out->str, "too few to say (1 of 1)") && !strstr(out->str, "100.0 %"), "one viewing is too few to say");
    survey_free(r);
    run_sql(s, "DELETE FROM viewing");
    r = survey_new(&s, 1, &few, NULL);
    g_string_truncate(out, 0);
    survey_text(r, out);
    survey_json(r, NULL, out);
    survey_csv(r, NULL, out);
    ok(strstr(out->str, "None of these is selected: none is a person's.") != NULL,
       "an empty store makes a report, too");
    survey_free(r);
    store_close(s);
}

static char *json_of(struct survey *r)
{
    GString *out = g_string_new(NULL);
    survey_json(r, NULL, out);
    survey_free(r);
    return g_string_free(out, FALSE);
}

/* The i-th of 16 selections of viewings and time modes. */
static struct survey_options selection(int i, bool pool)
{
    return (struct survey_options){
        .viewings = i % 4 + COUNT_ALL, .time = i / 4 + COUNT_ALL, .floor = 1, .pool = pool, .paths = 500};
}

/* Each selection, as a slice of one cube and from a cube of its own. */
static bool slices_agree(struct store *s, bool pool)
{
    const struct count_cube_options all = {
        .viewings = COUNT_ALL, .time = COUNT_ALL, .pool = pool, .apart = COUNT_APART_DAYS};
    struct count_cube *cube = count_cube_new(&s, 1, &all, NULL);
    g_autoptr(GPtrArray) slices = g_ptr_array_new_with_free_func(g_free);
    for (int i = 0; i < 16; i++) {
        const struct survey_options o = selection(i, pool);
        g_ptr_array_add(slices, json_of(survey_slice(cube, &o, NULL)));
    }
    count_cube_free(cube);
    bool same = true;
    for (int i = 0; i < 16; i++) {
        const struct survey_options o = selection(i, pool);
        g_autofree char *own = json_of(survey_new(&s, 1, &o, NULL));
        same = same && g_str_equal(own, slices->pdata[i]);
    }
    return same;
}

static void test_slices(GRand *rand)
{
    struct store *s = new_store("slices.sqlite");
    for (int64_t id = 100; id < 400; id++)
        add_viewing(s, rand, id);
    ok(slices_agree(s, false), "a slice of a cube is what a cube of that part alone holds");
    ok(slices_agree(s, true), "with all versions in one, too");
    store_close(s);
}

int main(int argc, char **argv)
{
    const guint32 seed = argc > 1 ? (guint32)strtoul(argv[1], NULL, 10) : 20261124;
    printf("# seed %u\n", seed);
    g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
    dir = g_dir_make_tmp("report-XXXXXX", NULL);
    test_tally(rand);
    test_broken_bytes(rand);
    test_read_only();
    test_dated_ahead();
    test_older_sums();
    test_random_life(rand);
    test_failures(rand);
    test_slices(rand);
    test_text();
    g_autofree char *remove = g_strdup_printf("rm -rf '%s'", dir);
    ok(system(remove) == 0, "cleaned up");
    g_free(dir);
    return tap_done();
}

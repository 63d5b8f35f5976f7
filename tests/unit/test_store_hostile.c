/*
 * Stores made to do harm, and stores that are read where nothing can be written. Every attack asserts first that it
 * lands on a program that believes the file: plain SQLite deletes the file that a journal names, runs the planted
 * trigger, hangs in the endless view; the impossible value is really in its column. Then ours must not.
 */
#include "loose_schema.h"
#include "tap.h"
#include "test_store.h"
#include "test_telemetry.h"

#include "base/embedded.h"
#include "telemetry/count/aggregate.h"
#include "telemetry/keep/erase.h"
#include "telemetry/keep/merge.h"
#include "telemetry/keep/status.h"
#include "telemetry/read/anonymous.h"
#include "telemetry/read/show.h"
#include "telemetry/store/store_reading.h"
#include "telemetry/survey/survey.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Every column takes two or three of the impossible values; in the sanitizers' builds, which are slow, one. */
#ifdef __SANITIZE_ADDRESS__
#define VALUE_STRIDE 7
#else
#define VALUE_STRIDE 3
#endif

#define NOBODY 65534

static char *dir;

static char *in_dir(const char *name)
{
    return g_build_filename(dir, name, NULL);
}

static bool run_raw(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    char *message = NULL;
    const bool done = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
                      sqlite3_exec(db, "PRAGMA synchronous=OFF", NULL, NULL, NULL) == SQLITE_OK &&
                      sqlite3_exec(db, sql, NULL, NULL, &message) == SQLITE_OK;
    if (!done)
        printf("# %s: %s\n", sql, message ? message : sqlite3_errmsg(db));
    sqlite3_free(message);
    sqlite3_close(db);
    return done;
}

static void copy_file(const char *from, const char *to)
{
    g_autofree char *bytes = NULL;
    gsize n = 0;
    if (!g_file_get_contents(from, &bytes, &n, NULL) || !g_file_set_contents_full(to, bytes, (gssize)n, 0, 0600, NULL))
        ok(false, "%s is copied", from);
}

static void remove_beside(const char *path)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *file = g_strconcat(path, suffixes[i], NULL);
        g_unlink(file);
    }
}

/* A sound store with plays of the test's story, one with each kind of event, at rest: no -wal beside it. */
static char *make_store(const char *name)
{
    static const struct tel_record trouble[] = {
        {.kind = TEL_VISIT, .at_us = 0, .visit = {0, 31400000}},
        {.kind = TEL_STALL, .at_us = 5000000, .stall = {TEL_FAULT_WAIT, 300000}},
        {.kind = TEL_GAP, .at_us = 6000000, .gap = {3, TEL_WHY_QUEUE_FULL}},
        {.kind = TEL_LEAVE, .at_us = 9000000, .leave = {0, 9000000, 0, 0}},
        {.kind = TEL_FINISH, .at_us = 9000000, .finish = {TEST_START + 9000, TEL_REASON_LEFT}},
    };
    char *path = in_dir(name);
    const struct writer_options o = {.path = path};
    struct writer *w = writer_open(&o, NULL);
    test_play_all(w, TEST_ID);
    test_play_all(w, TEST_ID_2);
    const struct tel_viewing v = test_viewing("0190aaaa-bbbb-7ccc-8ddd-eeeeffff0003");
    writer_begin(w, &v);
    test_put_all(w, trouble, G_N_ELEMENTS(trouble));
    writer_close(w, TEST_LONG);
    ok(run_raw(path,
               "INSERT INTO resume SELECT viewing, max(seq) + 1, 9000, 1767225700000, 1767225690000, 1, 1, 2, 3,"
               " max(seq) FROM finish;"
               "INSERT INTO superseded SELECT viewing, max(seq) + 2, 9000, 'leave', '{\"visit\":1,\"reason\":1}' FROM "
               "finish;"
               "INSERT INTO destination VALUES(1, 'a', 'https://a/', 'A', NULL, randomblob(32), 1, 1767225690000);"
               "INSERT INTO consent VALUES(1, 1, 1767225690000, 1, 'en', 'Yes?');"
               "INSERT INTO shared SELECT 1, id, randomblob(32), 5, 3, NULL FROM viewing;"
               "INSERT INTO outbox VALUES(1, randomblob(16), randomblob(32), 1767225690000)"),
       "%s: a store with every kind of event", name);
    return path;
}

/* ---- all that reads ---------------------------------------------------------------------------------------------- */

static bool put_nothing(const char *text, void *data)
{
    *(size_t *)data += strlen(text);
    return true;
}

static struct store *open_reader(const char *path)
{
    const struct store_options o = {.path = path, .read_only = true};
    GError *error = NULL;
    struct store *s = store_open(&o, &error);
    if (!s != (error != NULL) || (error && !*error->message))
        ok(false, "%s: neither a store nor a message", path);
    g_clear_error(&error);
    return s;
}

/* Whether it failed, a message says so, and that it did not fail otherwise. */
static bool is_told(bool done, GError **error, const char *what)
{
    const bool sane = done == !*error && (!*error || *(*error)->message);
    if (!sane)
        ok(false, "%s: neither done nor a message", what);
    g_clear_error(error);
    return done;
}

static bool read_survey(struct store *s, bool recount)
{
    const struct survey_options o = {.viewings = COUNT_ALL, .time = COUNT_ALL, .floor = 1, .recount = recount};
    struct count_cube_options co = survey_cube_options(&o);
    g_autoptr(GString) out = g_string_new(NULL);
    GError *error = NULL;
    co.apart = COUNT_APART_DAYS;
    struct count_cube *cube = count_cube_new(&s, 1, &co, &error);
    struct survey *survey = cube ? survey_slice(cube, &o, &error) : NULL;
    const bool done = survey != NULL;
    if (done) {
        survey_text(survey, out);
        survey_json(survey, NULL, out);
        survey_csv(survey, NULL, out);
    }
    survey_free(survey);
    if (cube)
        count_cube_free(cube);
    return is_told(done, &error, "report");
}

static int read_lines(struct store *s)
{
    const struct read_filter all = {0};
    const struct anonymous_options anonymous = {.now_ms = TEST_START + INT64_C(100) * 86400000};
    GError *error = NULL;
    size_t bytes = 0;
    int good = 0;
    for (int format = EXPORT_JSONL; format <= EXPORT_CSV; format++) {
        good += is_told(
            export_viewings(s, &all,
                            &(const struct export_options){.format = (enum export_format)format, .superseded = true},
                            put_nothing, &bytes, &error),
            &error, "export");
        good += is_told(anonymous_export(s, &anonymous, (enum export_format)format, put_nothing, &bytes, &error),
                        &error, "anonymous");
    }
    return good;
}

static int read_words(struct store *s)
{
    g_autoptr(GString) text = g_string_new(NULL);
    const struct read_filter all = {0};
    GError *error = NULL;
    int good = is_told(show_list(s, 0, text, &error), &error, "list");
    g_autoptr(GArray) ids = read_matching_ids(s, &all, &error);
    good += is_told(ids != NULL, &error, "ids");
    for (guint i = 0; ids && i < ids->len; i++)
        (void)is_told(show_viewing_by_number(s, g_array_index(ids, int64_t, i), text, &error), &error, "show");
    good += is_told(status_text(s, text, &error), &error, "status");
    GPtrArray *shares = read_shares(s, test_story.name, &error);
    good += is_told(shares != NULL, &error, "shares");
    g_clear_pointer(&shares, g_ptr_array_unref);
    return good;
}

#define READERS 9

/* How many of the READERS find something to tell. */
static int read_everything(const char *path)
{
    struct store *s = open_reader(path);
    if (!s)
        return 0;
    int good = read_words(s) + read_lines(s);
    good += read_survey(s, true);
    store_close(s);
    return good;
}

static bool merge_from(const char *path)
{
    g_autofree char *into = in_dir("into.sqlite");
    const struct store_options o = {.path = into};
    GError *error = NULL;
    struct merge_result result = {0};
    struct store *s = store_open(&o, NULL);
    if (!ok(s != NULL, "a store to merge into"))
        return false;
    const bool done = merge_store(s, path, NULL, &result, &error);
    (void)is_told(done, &error, "merge");
    g_free(result.note);
    store_close(s);
    return done;
}

/* ---- impossible values ------------------------------------------------------------------------------------------- */

static GPtrArray *list_lines(const char *path, const char *sql)
{
    sqlite3 *db = open_file(path);
    g_autofree char *all = ask_text(db, sql);
    sqlite3_close(db);
    g_auto(GStrv) lines = g_strsplit(all, "\n", -1);
    GPtrArray *out = g_ptr_array_new_with_free_func(g_free);
    for (int i = 0; lines[i] && *lines[i]; i++)
        g_ptr_array_add(out, g_strdup(lines[i]));
    return out;
}

struct case_file {
    const char *loose; /* the store with the loosened schema */
    char *path;        /* the file of the case */
    int landed, whole; /* cases in which a row changed; and in which every reader had something to tell */
};

/* Changes the store as `sql` says, gives it our schema back, and lets everything read it. True: a row was changed. */
static bool try_case(struct case_file *c, const char *sql)
{
    sqlite3 *db = NULL;
    remove_beside(c->path);
    copy_file(c->loose, c->path);
    sqlite3_open_v2(c->path, &db, SQLITE_OPEN_READWRITE, NULL);
    sqlite3_exec(db, "PRAGMA synchronous=OFF; PRAGMA ignore_check_constraints=ON", NULL, NULL, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    char *message = NULL;
    const bool changed = sqlite3_exec(db, sql, NULL, NULL, &message) == SQLITE_OK && sqlite3_changes(db) > 0;
    if (message && getenv("SHOW"))
        printf("# %s: %s\n", sql, message);
    g_clear_pointer(&message, sqlite3_free);
    if (sqlite3_exec(db, tighten_sql, NULL, NULL, &message) != SQLITE_OK)
        ok(false, "the schema is ours again: %s", message);
    sqlite3_free(message);
    sqlite3_close(db);
    if (!changed)
        return false;
    c->landed++;
    c->whole += read_everything(c->path) == READERS;
    return true;
}

/* Each column of each table takes each of these in all rows. */
static void test_columns(void)
{
    static const char *const values[] = {
        "NULL", "9223372036854775807", "-9223372036854775807 - 1", "CAST(x'1b5b324aff' AS TEXT)", "x''", "-1", "7"};
    g_autofree char *base = make_store("columns.sqlite"), *loose = in_dir("loose.sqlite");
    copy_file(base, loose);
    struct case_file c = {loose, in_dir("case.sqlite"), 0, 0};
    ok(read_everything(base) == READERS, "the sound store tells everything");
    if (!ok(run_raw(loose, loosen_sql), "the schema is loosened"))
        return;
    g_autoptr(GPtrArray) columns =
        list_lines(base, "SELECT m.name || '|' || c.name FROM sqlite_schema m, pragma_table_info(m.name) c"
                         " WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'");
    for (guint i = 0; i < columns->len; i++) {
        g_auto(GStrv) of = g_strsplit(columns->pdata[i], "|", 2);
        for (size_t v = 0; v < G_N_ELEMENTS(values); v++) {
            if ((i + v) % VALUE_STRIDE != 0)
                continue;
            g_autofree char *sql = g_strdup_printf("UPDATE OR REPLACE \"%s\" SET \"%s\" = %s", of[0], of[1], values[v]);
            try_case(&c, sql);
        }
    }
    ok(c.landed > 500 / VALUE_STRIDE, "%d impossible columns landed, %d of them leave every reader something to tell",
       c.landed, c.whole);
    g_free(c.path);
}

/* Each table loses its rows, or every other one. */
static void test_missing(void)
{
    g_autofree char *base = in_dir("columns.sqlite"), *loose = in_dir("loose.sqlite");
    struct case_file c = {loose, in_dir("case.sqlite"), 0, 0};
    g_autoptr(GPtrArray) tables = list_lines(base, "SELECT name FROM sqlite_schema WHERE type = 'table'"
                                                   " AND name NOT LIKE 'sqlite_%'");
    for (guint i = 0; i < tables->len; i++) {
        g_autofree char *all = g_strdup_printf("DELETE FROM \"%s\"", (char *)tables->pdata[i]);
        try_case(&c, all);
        g_autofree char *some = g_strdup_printf("DELETE FROM \"%s\" WHERE (SELECT count(*) FROM \"%s\") > 1 AND"
                                                " random() & 1",
                                                (char *)tables->pdata[i], (char *)tables->pdata[i]);
        try_case(&c, some);
    }
    ok(c.landed > 25, "%d tables lost rows", c.landed);
    g_free(c.path);
}

/* ---- a journal that names a file --------------------------------------------------------------------------------- */

static void put_number(GByteArray *to, uint32_t n)
{
    const uint8_t bytes[] = {(uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};
    g_byte_array_append(to, bytes, sizeof bytes);
}

/* A journal without pages, which a transaction over several files left: it names the one that says which files. */
static void write_super_journal(const char *store, const char *victim)
{
    static const uint8_t magic[] = {0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7};
    g_autofree char *path = g_strconcat(store, "-journal", NULL);
    g_autoptr(GByteArray) journal = g_byte_array_new();
    struct stat st;
    uint32_t sum = 0;
    g_stat(store, &st);
    g_byte_array_append(journal, magic, sizeof magic);
    put_number(journal, 0);
    put_number(journal, 1);
    put_number(journal, (uint32_t)(st.st_size / 4096));
    put_number(journal, 512);
    put_number(journal, 4096);
    g_byte_array_set_size(journal, 512);
    memset(journal->data + 28, 0, 512 - 28);
    put_number(journal, (1 << 30) / 4096 + 1); /* the page of SQLite's lock, which is no page */
    g_byte_array_append(journal, (const uint8_t *)victim, (guint)strlen(victim));
    for (const char *p = victim; *p; p++)
        sum += (uint32_t)*p;
    put_number(journal, (uint32_t)strlen(victim));
    put_number(journal, sum);
    g_byte_array_append(journal, magic, sizeof magic);
    g_file_set_contents(path, (const char *)journal->data, (gssize)journal->len, NULL);
}

static void arm(const char *store, const char *victim)
{
    g_file_set_contents(victim, "precious\n", -1, NULL);
    write_super_journal(store, victim);
}

static void test_super_journal(void)
{
    g_autofree char *path = make_store("journal.sqlite"), *victim = in_dir("victim.txt");
    g_autofree char *journal = g_strconcat(path, "-journal", NULL);
    arm(path, victim);
    (void)ask_file(path, "SELECT count(*) FROM viewing");
    ok(!g_file_test(victim, G_FILE_TEST_EXISTS), "plain SQLite deletes the file that a journal names");
    arm(path, victim);
    g_chmod(path, 0644);
    is_int(read_everything(path), READERS, "readers tell everything");
    ok(merge_from(path), "and so does the source of a merge");
    struct store *s = open_reader(path);
    ok(s && s->note && strstr(s->note, "-journal"), "and say that there is a journal: %s",
       s && s->note ? s->note : "-");
    store_close(s);
    const struct store_options o = {.path = path};
    g_autoptr(GError) error = NULL;
    s = store_open(&o, &error);
    ok(!s && g_error_matches(error, STORE_ERROR, STORE_ERROR_STRANGE) && strstr(error->message, "-journal"),
       "who would write refuses it: %s", error ? error->message : "opened");
    struct stat st;
    ok(g_file_test(victim, G_FILE_TEST_EXISTS) && g_file_test(journal, G_FILE_TEST_EXISTS), "nothing was deleted");
    ok(g_stat(path, &st) == 0 && (st.st_mode & 0777) == 0644, "the file's mode is as it was");
    store_close(s);
    remove_beside(path);
}

/* Where the journal's tail escapes us, the VFS still deletes nothing but the store's own files. */
static void test_vfs(void)
{
    g_autofree char *path = make_store("vfs.sqlite"), *victim = in_dir("victim.txt");
    struct store_vfs *v = store_vfs_new(path, STORE_VFS_WRITE, NULL, NULL);
    sqlite3 *db = NULL;
    arm(path, victim);
    sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, store_vfs_name(v));
    ok(sqlite3_exec(db, "SELECT count(*) FROM viewing", NULL, NULL, NULL) != SQLITE_OK &&
           g_file_test(victim, G_FILE_TEST_EXISTS),
       "SQLite cannot delete it through the store's VFS");
    g_autofree char *attach = g_strdup_printf("ATTACH '%s/other.sqlite' AS other", dir);
    ok(sqlite3_exec(db, attach, NULL, NULL, NULL) != SQLITE_OK, "nor open another file");
    sqlite3_close(db);
    store_vfs_free(v);
    remove_beside(path);
}

/* ---- schemas that are not ours ----------------------------------------------------------------------------------- */

static const struct strange_schema {
    const char *what, *sql;
    bool reads, writes, trusted; /* what ours does with it */
    const char *named;           /* in the message to who would write; NULL: none */
} strange_schemas[] = {
    {"a trigger that fills the disk",
     "CREATE TABLE fill(x); CREATE TRIGGER boom AFTER INSERT ON viewing BEGIN INSERT INTO fill WITH RECURSIVE c(x) AS"
     " (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT zeroblob(100000) FROM c; END",
     true, false, true, "was not made by this program"},
    {"a trigger of a kept count's name",
     "DROP TRIGGER IF EXISTS tally_begun; CREATE TRIGGER tally_begun AFTER INSERT ON viewing BEGIN DELETE FROM visit; "
     "END",
     true, true, true, NULL},
    {"an endless view in the place of a table",
     "DROP TABLE gap; CREATE VIEW gap AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)"
     " SELECT 1 AS viewing, x AS seq, 0 AS at_ms, 1 AS count, 0 AS why FROM c",
     false, false, false, "'gap' is not as this program makes it"},
    {"an endless view in the place of the ages that retention goes by",
     "CREATE VIEW age AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x AS viewing, 1 AS "
     "seen,"
     " 1 AS due FROM c",
     false, false, true, "'age' is not as this program makes it"},
    {"a table without our constraints", "DROP TABLE gap; CREATE TABLE gap(viewing, seq, at_ms, count, why)", false,
     false, false, "'gap'"},
    {"a table with a column more", "ALTER TABLE gap ADD COLUMN x TEXT", false, false, false, "'gap'"},
    {"a table that is missing", "DROP TABLE stall", false, false, false, "'stall'"},
    {"an index that computes", "CREATE INDEX heavy ON visit(hex(zeroblob(100000)))", true, false, true, "'heavy'"},
    {"a table that takes part in erasing", "CREATE TABLE extra(v REFERENCES viewing ON DELETE CASCADE)", true, false,
     true, "'extra'"},
    {"a table of SQL's full-text search", "CREATE VIRTUAL TABLE words USING fts5(x)", true, false, true, "words"},
    {"a view of the owner's own", "CREATE VIEW mine AS SELECT * FROM v_viewing", true, true, true, NULL},
    {"what ANALYZE leaves", "ANALYZE", true, true, true, NULL},
};

static bool opens(const struct store_options *o, GError **error)
{
    struct store *s = store_open(o, error);
    store_close(s);
    return s != NULL;
}

static void test_strange_schema(const char *base, const struct strange_schema *c)
{
    g_autofree char *path = in_dir("strange.sqlite");
    g_autoptr(GError) error = NULL;
    remove_beside(path);
    copy_file(base, path);
    if (!ok(run_raw(path, c->sql), "%s is in the file", c->what))
        return;
    is_int(read_everything(path), c->reads ? READERS : 0, c->reads ? "it is read" : "it is not read");
    ok(merge_from(path) == c->reads, "nor merged, or both");
    ok(opens(&(struct store_options){.path = path, .keep_damaged = true}, &error) == c->writes, "written: %s",
       error ? error->message : "yes");
    ok(!c->named == !error && (!error || strstr(error->message, c->named)), "the message names it");
    ok(opens(&(struct store_options){.path = path, .keep_damaged = true, .trust = true}, NULL) == c->trusted,
       "written where the user says so");
}

static int stop(void *data)
{
    return ++*(int *)data > 1000;
}

static void test_strange_schemas(void)
{
    g_autofree char *base = make_store("schema.sqlite"), *path = in_dir("strange.sqlite");
    int calls = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(strange_schemas); i++)
        test_strange_schema(base, &strange_schemas[i]);
    remove_beside(path);
    copy_file(base, path);
    run_raw(path, strange_schemas[2].sql);
    sqlite3 *db = open_file(path);
    sqlite3_progress_handler(db, 1000, stop, &calls);
    is_int(sqlite3_exec(db, "SELECT sum(count) FROM gap", NULL, NULL, NULL), SQLITE_INTERRUPT,
           "plain SQLite would not come to the view's end");
    sqlite3_close(db);
    remove_beside(path);
    copy_file(base, path);
    run_raw(path, strange_schemas[1].sql);
    run_raw(path, "INSERT INTO viewing(id, uuid, story, started_ms, mode, chooser, time_mode, seed, engine, viewer, "
                  "nth) SELECT id + 100, zeroblob(16), story, started_ms, mode, chooser, time_mode, seed,"
                  " engine, viewer, nth FROM viewing LIMIT 1");
    is_int(ask_file(path, "SELECT count(*) FROM visit"), 0, "plain SQLite runs the planted trigger");
    remove_beside(path);
    copy_file(base, path);
    run_raw(path, strange_schemas[1].sql);
    ok(opens(&(struct store_options){.path = path}, NULL), "ours opens it to write");
    is_int(ask_file(path, "SELECT count(*) FROM sqlite_schema WHERE name = 'tally_begun'"), 0, "and drops it");
}

/* ---- a tree whose branches meet again ---------------------------------------------------------------------------- */

#define SMALL_PAGE 512
#define LEVELS     7

static void set_number(uint8_t *at, uint32_t n)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(n >> (24 - 8 * i));
}

/* All children of the inner page at `page` become one. */
static void point_children(uint8_t *page, uint32_t child)
{
    const int n = page[3] << 8 | page[4];
    for (int i = 0; i < n; i++)
        set_number(page + (page[12 + 2 * i] << 8 | page[13 + 2 * i]), child);
    set_number(page + 8, child);
}

/* A few inner pages more behind the end, each with one child many times over: rows without number in 200 pages. */
static bool grow_circles(const char *path, const char *table)
{
    g_autofree char *bytes = NULL;
    gsize n = 0;
    g_autofree char *sql = g_strdup_printf("SELECT rootpage FROM sqlite_schema WHERE name = '%s'", table);
    const int64_t root = ask_file(path, sql);
    if (root < 2 || !g_file_get_contents(path, &bytes, &n, NULL))
        return false;
    const uint32_t pages = (uint32_t)(n / SMALL_PAGE);
    uint8_t *grown = g_malloc0(n + LEVELS * SMALL_PAGE), *at = grown + (root - 1) * SMALL_PAGE;
    memcpy(grown, bytes, n);
    const bool inner = at[0] == 5;
    uint32_t leaf = 0;
    for (uint32_t i = 1; i < pages && !leaf; i++)
        leaf = grown[i * SMALL_PAGE] == 13 && grown[i * SMALL_PAGE + 4] > 2 ? i + 1 : 0;
    for (uint32_t i = 0; inner && i < LEVELS; i++) {
        uint8_t *copy = grown + n + i * SMALL_PAGE;
        memcpy(copy, at, SMALL_PAGE);
        point_children(copy, i + 1 < LEVELS ? pages + i + 2 : leaf);
    }
    if (inner)
        point_children(at, pages + 1);
    set_number(grown + 28, pages + LEVELS);
    const bool done =
        inner && leaf && g_file_set_contents(path, (const char *)grown, (gssize)n + LEVELS * SMALL_PAGE, NULL);
    g_free(grown);
    return done;
}

static void test_circles(void)
{
    g_autofree char *path = make_store("circles.sqlite");
    int calls = 0;
    ok(run_raw(path, "PRAGMA journal_mode=DELETE; PRAGMA page_size=512; VACUUM") &&
           run_raw(path,
                   "INSERT INTO node WITH RECURSIVE c(x) AS (SELECT 100 UNION ALL SELECT x + 1 FROM c WHERE x < 900)"
                   " SELECT x, 1, 'node-' || x, NULL, x FROM c") &&
           run_raw(path, embedded_part("telemetry/store/schema.sql", "released")) &&
           run_raw(
               path,
               "INSERT INTO released WITH RECURSIVE c(x) AS (SELECT 100 UNION ALL SELECT x + 1 FROM c WHERE x < 900)"
               " SELECT x, 's', '1', 1, -2, 5, 1, 'visit', '', '', 5 FROM c") &&
           grow_circles(path, "node") && grow_circles(path, "released"),
       "tables whose trees lead to the same leaf again and again");
    sqlite3 *db = open_file(path);
    sqlite3_progress_handler(db, 1000, stop, &calls);
    is_int(sqlite3_exec(db, "SELECT count(title) FROM node", NULL, NULL, NULL), SQLITE_INTERRUPT,
           "plain SQLite would not come to the end of one");
    calls = 0;
    is_int(sqlite3_exec(db, "SELECT count(name) FROM released", NULL, NULL, NULL), SQLITE_INTERRUPT,
           "nor of the other");
    sqlite3_close(db);
    struct store *s = open_reader(path);
    ok(s && s->note && strstr(s->note, "damaged"), "a reader notes it: %s", s && s->note ? s->note : "-");
    g_autoptr(GError) error = NULL;
    const struct survey_options o = {.viewings = COUNT_ALL, .time = COUNT_ALL, .floor = 1};
    struct survey *survey = s ? survey_new(&s, 1, &o, &error) : NULL;
    ok(!survey && error && strstr(error->message, "steps"), "and gives up: %s", error ? error->message : "it ended");
    survey_free(survey);
    store_close(s);
    ok(!merge_from(path), "so does a merge");
}

/* ---- reading where nothing can be written ------------------------------------------------------------------------ */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Name, size, mode and time of everything in the folder, one a line. */
static char *folder_state(const char *folder)
{
    g_autoptr(GDir) d = g_dir_open(folder, 0, NULL);
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    for (const char *name; d && (name = g_dir_read_name(d));) {
        g_autofree char *file = g_build_filename(folder, name, NULL);
        struct stat st = {0};
        lstat(file, &st);
        g_ptr_array_add(lines, g_strdup_printf("%s %ld %o %ld.%09ld", name, (long)st.st_size, st.st_mode,
                                               (long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec));
    }
    g_ptr_array_sort(lines, by_text);
    g_ptr_array_add(lines, NULL);
    return g_strjoinv("\n", (char **)lines->pdata);
}

/* What a reader in a child process finds: the number of viewings, and in its top bits whether there is a note. */
#define NOTED 64

/* How many viewings a merge brings into a store of the stranger's own; -1: it fails. */
static int64_t merge_here(const char *path)
{
    g_autofree char *into = g_build_filename(dir, "strangers", "into.sqlite", NULL);
    struct merge_result result = {0};
    GError *error = NULL;
    struct store *s = store_open(&(struct store_options){.path = into}, NULL);
    if (!s || !merge_store(s, path, NULL, &result, &error))
        result.viewings = -1;
    if (error)
        printf("# %s\n", error->message);
    if (s && ask(s, "SELECT locking_mode = 'normal' FROM pragma_locking_mode") != 1)
        result.viewings = -2;
    store_close(s);
    g_free(result.note);
    g_clear_error(&error);
    remove_beside(into);
    return result.viewings;
}

static int count_as_stranger(const char *path)
{
    const pid_t child = fork();
    if (child == 0) {
        if (geteuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
            _exit(250);
        g_autofree char *probe = g_strconcat(path, ".probe", NULL);
        if (g_file_set_contents_full(probe, "x", 1, G_FILE_SET_CONTENTS_NONE, 0600, NULL))
            _exit(251); /* the folder can be written: nothing is shown */
        GError *why = NULL;
        struct store *s = store_open(&(struct store_options){.path = path, .read_only = true}, &why);
        if (!s)
            printf("# %s\n", why->message);
        int64_t n = s && read_words(s) == 4 && read_lines(s) == 4 && read_survey(s, true)
                        ? ask(s, "SELECT count(*) FROM viewing") + (s->note ? NOTED : 0)
                        : 252;
        store_close(s);
        if (n < NOTED && merge_here(path) != n)
            n = 253;
        fflush(stdout);
        _exit((int)n);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static const struct place {
    const char *what;
    bool log, index, log_hidden, journal;
    int found;
} places[] = {
    {.what = "a store at rest", .found = 3},
    {.what = "with a log and its index", .log = true, .index = true, .found = 4},
    {.what = "with a log, and no index", .log = true, .found = 4},
    {.what = "with a log that cannot be read", .log = true, .log_hidden = true, .found = 3 + NOTED},
    {.what = "with a journal", .journal = true, .found = 3 + NOTED},
};

static void copy_to(const char *from, const char *to, const char *suffix, mode_t mode)
{
    g_autofree char *source = g_strconcat(from, suffix, NULL), *target = g_strconcat(to, suffix, NULL);
    copy_file(source, target);
    g_chmod(target, mode);
}

static void test_place(const struct place *p, const char *from)
{
    g_autofree char *folder = g_strdup_printf("%s/place-%zu", dir, (size_t)(p - places));
    g_autofree char *path = g_build_filename(folder, "store.sqlite", NULL);
    g_mkdir(folder, 0755);
    copy_to(from, path, "", 0644);
    if (p->log)
        copy_to(from, path, "-wal", p->log_hidden ? 0 : 0644);
    if (p->index)
        copy_to(from, path, "-shm", 0644);
    if (p->journal)
        arm(path, path);
    if (p->journal) { /* arm() wrote the victim: the store itself */
        copy_to(from, path, "", 0644);
        write_super_journal(path, "/nowhere");
    }
    g_chmod(folder, 0555);
    g_autofree char *before = folder_state(folder);
    is_int(count_as_stranger(path), p->found, p->what);
    g_autofree char *after = folder_state(folder);
    is_str(after, before, "the folder is as it was");
    g_chmod(folder, 0755);
}

/* Whether a user without rights gets at what this test makes: not where a folder above it is closed to others. */
static bool is_reachable(void)
{
    const pid_t child = geteuid() == 0 ? fork() : -1;
    if (child < 0)
        return true;
    if (child == 0)
        _exit(setgid(NOBODY) == 0 && setuid(NOBODY) == 0 && access(dir, X_OK) == 0 ? 0 : 1);
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void test_places(void)
{
    g_autofree char *strangers = in_dir("strangers");
    g_chmod(dir, 0755);
    if (!is_reachable()) {
        skip("a stranger's reading", "another user does not reach the folder for temporary files");
        return;
    }
    g_mkdir(strangers, 0700);
    if (geteuid() == 0 && chown(strangers, NOBODY, NOBODY) != 0) {
        skip("a stranger's reading", "folders cannot be given to another user here");
        return;
    }
    g_autofree char *path = make_store("from.sqlite");
    sqlite3 *db = open_file(path);
    ok(sqlite3_exec(db,
                    "INSERT INTO viewing(id, uuid, story, started_ms, mode, chooser, time_mode, seed, engine, viewer, "
                    "nth) SELECT 100, zeroblob(16), story, started_ms, mode, chooser, time_mode, seed,"
                    " engine, viewer, nth FROM viewing LIMIT 1",
                    NULL, NULL, NULL) == SQLITE_OK,
       "a viewing that is in the log alone");
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++)
        test_place(&places[i], path);
    sqlite3_close(db);
}

static void test_owner(void)
{
    if (geteuid() != 0) {
        skip("another user's store", "only root can give a file away");
        return;
    }
    g_autofree char *path = make_store("owned.sqlite");
    g_autoptr(GError) error = NULL;
    struct stat st;
    ok(chown(path, NOBODY, NOBODY) == 0 && g_chmod(path, 0644) == 0, "the store is another user's");
    ok(!opens(&(struct store_options){.path = path}, &error) && strstr(error->message, "another user"),
       "who would write refuses it: %s", error ? error->message : "opened");
    is_int(read_everything(path), READERS, "it can be read");
    ok(g_stat(path, &st) == 0 && (st.st_mode & 0777) == 0644, "its mode is as it was");
    ok(opens(&(struct store_options){.path = path, .trust = true}, NULL), "written where the user says so");
    ok(g_stat(path, &st) == 0 && (st.st_mode & 0777) == 0644, "its mode is not ours to change even then");
    g_autofree char *journal = g_strconcat(path, "-journal", NULL);
    g_clear_error(&error);
    ok(chown(path, 0, 0) == 0 && g_file_set_contents(journal, "x", 1, NULL) && chown(journal, NOBODY, NOBODY) == 0,
       "a journal of another user's beside a store of ours");
    ok(!opens(&(struct store_options){.path = path}, &error) && strstr(error->message, "-journal"),
       "is not played back: %s", error ? error->message : "opened");
}

/* ---- numbers that add up to too much ----------------------------------------------------------------------------- */

static void test_counts(void)
{
    g_autofree char *path = make_store("counts.sqlite");
    ok(run_raw(path, "UPDATE gap SET count = -5"), "a gap that gives events back");
    const struct store_options o = {.path = path};
    struct store *s = store_open(&o, NULL);
    GError *error = NULL;
    ok(s && aggregate_update(s, &error), "is counted: %s", error ? error->message : "");
    is_int(ask(s, "SELECT count(*) > 0 FROM tally"), 1, "and kept");
    ok(read_survey(s, false), "and what was kept can be read");
    struct tally *t = tally_new();
    tally_add(t, TALLY_NODE, 1, INT64_C(1) << 48, 0, 1);
    tally_add(t, TALLY_NODE, 1, -1, 0, 1);
    tally_add(t, TALLY_LOST, 1, 0, 0, -5);
    tally_settle(t);
    is_int(t->cells->len, 0, "ids beyond 48 bits and negative counts are not counted");
    tally_add(t, TALLY_LOST, 1, 0, 0, INT64_MAX);
    tally_add(t, TALLY_LOST, 1, 0, 0, INT64_MAX);
    g_autoptr(GByteArray) cells = tally_encode(t);
    tally_free(t);
    sqlite3_stmt *st = NULL;
    sqlite3_prepare_v2(s->db, "UPDATE tally SET cells = ?1", -1, &st, NULL);
    sqlite3_bind_blob(st, 1, cells->data, (int)cells->len, SQLITE_STATIC);
    ok(sqlite3_step(st) == SQLITE_DONE, "forged counts");
    sqlite3_finalize(st);
    const struct survey_options so = {.viewings = COUNT_ALL, .time = COUNT_ALL, .floor = 1};
    struct survey *survey = survey_new(&s, 1, &so, &error);
    ok(!survey && error && strstr(error->message, "add up to more"), "are refused: %s",
       error ? error->message : "reported");
    survey_free(survey);
    g_clear_error(&error);
    store_close(s);
}

int main(void)
{
    dir = g_dir_make_tmp("hostile-XXXXXX", NULL);
    test_columns();
    test_missing();
    test_super_journal();
    test_vfs();
    test_strange_schemas();
    test_circles();
    test_places();
    test_owner();
    test_counts();
    g_autofree char *remove = g_strdup_printf("rm -rf '%s'", dir);
    ok(system(remove) == 0, "cleaned up");
    g_free(dir);
    return tap_done();
}

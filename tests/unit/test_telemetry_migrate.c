/*
 * A store as every earlier schema version left it, brought up to date: nothing is lost, and the result is a new
 * store's.
 */
#include "tap.h"
#include "test_store.h"

#include "telemetry/keep/merge.h"
#include "telemetry/read/read.h"
#include "telemetry/store/store_copy.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <unistd.h>

static char *dir;

/* The rows that each of these files holds; none of them may be lost. */
static const struct {
    const char *table;
    int rows;
} held[] = {
    {"story", 1},   {"node", 4},  {"decision", 2}, {"option", 5},      {"ending", 2},  {"viewer", 1},
    {"viewing", 2}, {"visit", 5}, {"leave", 4},    {"exposure", 4},    {"outcome", 4}, {"reached", 1},
    {"finish", 1},  {"gap", 0},   {"menu", 3},     {"menu_option", 7},
};

static bool make_file(const char *path, const char *script)
{
    g_autofree char *sql = NULL;
    sqlite3 *db = NULL;
    char *message = NULL;
    const bool made = g_file_get_contents(script, &sql, NULL, NULL) && sqlite3_open(path, &db) == SQLITE_OK &&
                      sqlite3_exec(db, sql, NULL, NULL, &message) == SQLITE_OK &&
                      sqlite3_exec(db, "PRAGMA journal_mode=WAL", NULL, NULL, NULL) == SQLITE_OK;
    if (!made)
        printf("# %s: %s\n", script, message ? message : "cannot be read");
    sqlite3_free(message);
    sqlite3_close(db);
    return made;
}

/* Names and definitions of everything in the file, white space apart, by the order of names. */
static char *structure(struct store *s)
{
    return ask_text(s->db, "SELECT name, replace(replace(sql, ' ', ''), char(10), '') FROM sqlite_schema"
                           " WHERE name NOT LIKE 'sqlite%' ORDER BY name");
}

static void check_rows(struct store *s)
{
    for (size_t i = 0; i < G_N_ELEMENTS(held); i++) {
        g_autofree char *sql = g_strdup_printf("SELECT count(*) FROM %s", held[i].table);
        g_autofree char *n = ask_text(s->db, sql);
        is_int(atoi(n), held[i].rows, sql);
    }
}

static bool is_same_file(const char *path, const char *bytes, gsize n)
{
    g_autofree char *now = NULL;
    gsize length = 0;
    return g_file_get_contents(path, &now, &length, NULL) && length == n && memcmp(now, bytes, n) == 0;
}

/* Read, and merged from, without a change in the file. */
static void test_reading(const char *path, int version)
{
    const struct store_options reader = {.path = path, .read_only = true},
                               quick = {path, .read_only = true, .quick = true};
    g_autofree char *bytes = NULL, *into = g_build_filename(dir, "into.sqlite", NULL);
    g_autoptr(GError) error = NULL, refused = NULL;
    gsize n = 0;
    g_file_get_contents(path, &bytes, &n, NULL);
    struct store *s = store_open(&reader, &error);
    if (!ok(s && s->copied_from == version && !s->note, "version %d: it can be read: %s", version,
            error ? error->message : ""))
        return;
    check_rows(s);
    ok(sqlite3_exec(s->db, "DELETE FROM viewing", NULL, NULL, NULL) == SQLITE_READONLY, "and not be written");
    struct read_viewing *v = read_viewing(s, "last", NULL);
    ok(v && v->n_entries == 3, "version %d: a viewing can be read from the copy", version);
    read_viewing_free(v);
    store_close(s);

    struct merge_result r;
    s = store_open(&(struct store_options){.path = into}, NULL);
    ok(s && merge_store(s, path, NULL, &r, &error) && r.viewings == 2, "version %d: it can be merged from: %s", version,
       error ? error->message : "");
    g_free(r.note);
    store_close(s);
    g_unlink(into);
    ok(!store_open(&quick, &refused) && refused && strstr(refused->message, "older"),
       "version %d: the playing thread does not wait for that", version);
    ok(is_same_file(path, bytes, n), "version %d: the file is as it was", version);
}

/* What is too large to be copied: a file of which most is a hole. */
static void test_too_large(void)
{
    g_autofree char *path = g_build_filename(dir, "large.sqlite", NULL);
    make_file(path, "tests/stores/version-1.sql");
    g_autoptr(GError) error = NULL;
    if (!ok(truncate(path, (off_t)STORE_COPY_BYTES_MAX + 4096) == 0, "a file with a hole"))
        return;
    const struct store_options o = {.path = path, .read_only = true};
    struct store *s = store_open(&o, &error);
    ok(!s && error && strstr(error->message, "larger than the 256 MB"), "the limit is told: %s",
       error ? error->message : "it opened");
    store_close(s);
    g_unlink(path);
}

/* A stranger's trigger takes no part when the copy is brought up to date. */
static void test_trigger(void)
{
    g_autofree char *path = g_build_filename(dir, "trigger.sqlite", NULL);
    sqlite3 *db = NULL;
    make_file(path, "tests/stores/version-1.sql");
    sqlite3_open(path, &db);
    ok(sqlite3_exec(db,
                    "CREATE TRIGGER t AFTER UPDATE ON outcome BEGIN DELETE FROM viewing; END;"
                    "CREATE TRIGGER u AFTER DELETE ON outcome BEGIN DELETE FROM viewing; END;"
                    "CREATE TRIGGER w AFTER INSERT ON node BEGIN DELETE FROM viewing; END",
                    NULL, NULL, NULL) == SQLITE_OK,
       "a store with triggers of somebody else's");
    sqlite3_close(db);
    const struct store_options o = {.path = path, .read_only = true};
    g_autoptr(GError) error = NULL;
    struct store *s = store_open(&o, &error);
    if (ok(s != NULL, "it can be read: %s", error ? error->message : ""))
        check_rows(s);
    store_close(s);
}

static void test_version(int version)
{
    g_autofree char *script = g_strdup_printf("tests/stores/version-%d.sql", version);
    g_autofree char *name = g_strdup_printf("from-%d.sqlite", version);
    g_autofree char *path = g_build_filename(dir, name, NULL), *fresh_path = g_build_filename(dir, "fresh", NULL);
    if (!ok(make_file(path, script), "version %d: the stored file is made", version))
        return;

    const struct store_options o = {.path = path}, fo = {.path = fresh_path};
    g_autoptr(GError) error = NULL;
    test_reading(path, version);
    struct store *s = store_open(&o, &error), *fresh = store_open(&fo, NULL);
    if (!ok(s && s->migrated_from == version && !s->created && !s->aside, "version %d: migrates: %s", version,
            error ? error->message : "")) {
        store_close(s);
        store_close(fresh);
        return;
    }
    check_rows(s);
    g_autofree char *now = structure(s), *wanted = structure(fresh), *check = ask_text(s->db, "PRAGMA integrity_check");
    g_autofree char *keys = ask_text(s->db, "SELECT count(*) FROM pragma_foreign_key_check");
    g_autofree char *control =
        ask_text(s->db, "SELECT count(*), sum(mark != 0), sum(changed), sum(erased) FROM control");
    is_str(now, wanted, "tables and views are a new store's");
    is_str(check, "ok\n", "sound");
    is_str(keys, "0\n", "every reference leads somewhere");
    is_str(control, "1|1|0|0\n", "the control row is there");
    g_autofree char *views =
        ask_text(s->db, "SELECT (SELECT sum(picks) FROM v_viewing), (SELECT sum(timeouts) FROM v_decision),"
                        " (SELECT path FROM v_path WHERE viewing = 1)");
    is_str(views, "3|1|stop > bus > home\n", "the views count what it held");
    struct read_viewing *v = read_viewing(s, "last", NULL);
    ok(v && v->n_entries == 3 && v->summary.chooser == TEL_CHOOSER_RANDOM, "version %d: a viewing can be read",
       version);
    read_viewing_free(v);
    store_close(s);
    store_close(fresh);
    s = store_open(&o, NULL);
    ok(s && s->migrated_from == 0, "version %d: once is enough", version);
    store_close(s);
    g_unlink(fresh_path);
}

/* What is refused stays as it was: here a table of the next version's name is in the way. */
static void test_failing(void)
{
    g_autofree char *path = g_build_filename(dir, "blocked.sqlite", NULL);
    make_file(path, "tests/stores/version-1.sql");
    sqlite3 *db = NULL;
    sqlite3_open(path, &db);
    sqlite3_exec(db, "CREATE TABLE control(x)", NULL, NULL, NULL);
    sqlite3_close(db);
    const struct store_options o = {.path = path};
    g_autoptr(GError) error = NULL;
    struct store *s = store_open(&o, &error);
    ok(!s && error && strstr(error->message, "'control' was not made by this program") && strstr(error->message, path),
       "a table that is in the way is named: %s", error ? error->message : "it opened");
    sqlite3_open(path, &db);
    sqlite3_stmt *st = NULL;
    sqlite3_prepare_v2(db, "SELECT user_version, (SELECT count(*) FROM outcome) FROM pragma_user_version", -1, &st,
                       NULL);
    ok(sqlite3_step(st) == SQLITE_ROW && sqlite3_column_int(st, 0) == 1 && sqlite3_column_int(st, 1) == 4,
       "and the file is as it was");
    sqlite3_finalize(st);
    sqlite3_close(db);
}

int main(void)
{
    dir = g_dir_make_tmp("telemetry-XXXXXX", NULL);
    for (int version = 1; version < STORE_VERSION; version++)
        test_version(version);
    test_failing();
    test_too_large();
    test_trigger();
    g_autofree char *remove = g_strdup_printf("rm -rf '%s'", dir);
    ok(system(remove) == 0, "cleaned up");
    g_free(dir);
    return tap_done();
}

/* Erasing, pausing and retention: in a store at rest, while it is played into, and while it is read. */
#include "tap.h"

#include "telemetry/store/control.h"
#include "telemetry/keep/erase.h"
#include "telemetry/keep/retention.h"
#include "test_store.h"
#include "test_telemetry.h"

#include <glib/gstdio.h>

#define TEST_ID_3 "0190aaaa-bbbb-7ccc-8ddd-eeeeffff0003"
#define OTHER     "87654321-9abc-4def-8123-456789abcdef"

static char *dir;

static char *in_dir(const char *name)
{
    return g_build_filename(dir, name, NULL);
}

static struct writer *begin_writing(const char *path)
{
    const struct writer_options o = {.path = path};
    return writer_open(&o, NULL);
}

static struct store *open_path(const char *path, bool read_only)
{
    const struct store_options o = {.path = path, .read_only = read_only, .follow = true};
    GError *error = NULL;
    struct store *s = retention_open(&o, NULL, &error);
    if (!s)
        printf("# %s\n", error->message);
    g_clear_error(&error);
    return s;
}

static void write_play(const char *path, const char *id, const char *viewer, int64_t started_ms, const char *story)
{
    struct writer *w = begin_writing(path);
    struct tel_story t = test_story;
    struct tel_viewing v = test_viewing(id);
    t.name = story;
    v.started_ms = started_ms;
    g_strlcpy(v.viewer, viewer, sizeof v.viewer);
    writer_story(w, &t);
    writer_begin(w, &v);
    const size_t last = G_N_ELEMENTS(test_play) - 1;
    const struct tel_record stall = {
        .kind = TEL_STALL, .at_us = test_play[last].at_us, .stall = {2, TEL_FAULT_PICTURES, 250000}};
    test_put_all(w, test_play, last);
    test_put_all(w, &stall, 1);
    test_put_all(w, &test_play[last], 1);
    is_int((int64_t)writer_close(w, TEST_LONG), 0, "a play is written");
    is_int(ask_file(path, "SELECT max(c) - 1 FROM (SELECT count(*) AS c FROM stall GROUP BY viewing)"), 0,
           "it faltered, once");
}

/* An id as the store has it. */
static GBytes *id_bytes(const char *id)
{
    GByteArray *bytes = g_byte_array_new();
    for (const char *p = id; *p; p += 2) {
        p += *p == '-';
        const uint8_t b = (uint8_t)(g_ascii_xdigit_value(p[0]) << 4 | g_ascii_xdigit_value(p[1]));
        g_byte_array_append(bytes, &b, 1);
    }
    return g_byte_array_free_to_bytes(bytes);
}

/* How many files that begin with the store's name hold these bytes; *n counts the files looked into. */
static int files_with(const char *path, GBytes *wanted, int *n)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    int found = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *file = g_strconcat(path, suffixes[i], NULL), *bytes = NULL;
        gsize length = 0;
        if (!g_file_get_contents(file, &bytes, &length, NULL))
            continue;
        *n += 1;
        found += memmem(bytes, length, g_bytes_get_data(wanted, NULL), g_bytes_get_size(wanted)) != NULL;
    }
    return found;
}

static int holders(const char *path, const char *id)
{
    int n = 0;
    g_autoptr(GBytes) bytes = id_bytes(id);
    const int found = files_with(path, bytes, &n);
    return n > 0 ? found : -1;
}

static int64_t erase(struct store *s, struct read_filter which)
{
    GError *error = NULL;
    int64_t n = 0;
    if (!erase_viewings(s, &which, &n, &error)) {
        printf("# %s\n", error->message);
        n = g_error_matches(error, STORE_ERROR, STORE_ERROR_NOT_FOUND) ? -1 : -2;
        g_error_free(error);
    }
    return n;
}

static bool scrub(struct store *s, int wait_ms, char **waits_for)
{
    GError *error = NULL;
    const bool done = erase_scrub(s, wait_ms, waits_for, &error);
    if (!done)
        printf("# %s\n", error->message);
    g_clear_error(&error);
    return done;
}

/* Three plays of two films by two viewers; each case erases some and leaves the rest as it was, to the row. */
static void test_erase(void)
{
    static const struct {
        const char *what;
        struct read_filter which;
        int64_t gone;
        bool left[3];
        int64_t stories, viewers;
    } cases[] = {
        {"one viewing", {.viewing = TEST_ID_2}, 1, {true, false, true}, 2, 2},
        {"the latest", {.viewing = "last"}, 1, {true, true, false}, 1, 1},
        {"one viewer", {.viewer = TEST_VIEWER}, 2, {false, false, true}, 1, 1},
        {"one film", {.story = "org.example.night-bus"}, 2, {false, false, true}, 1, 1},
        {"all", {0}, 3, {false, false, false}, 0, 0},
        {"a film that is not there", {.story = "org.example.none"}, -1, {true, true, true}, 2, 2},
        {"a viewer that is not there",
         {.viewer = "00000000-0000-4000-8000-000000000000"},
         -1,
         {true, true, true},
         2,
         2},
        {"no id of a viewer", {.viewer = "me"}, -1, {true, true, true}, 2, 2},
    };
    static const char *const ids[] = {TEST_ID, TEST_ID_2, TEST_ID_3};
    static const char *const tables[] = {"visit", "leave", "exposure", "outcome", "reached", "finish"};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *name = g_strdup_printf("case-%zu.sqlite", i), *path = in_dir(name);
        write_play(path, TEST_ID, TEST_VIEWER, TEST_START, test_story.name);
        write_play(path, TEST_ID_2, TEST_VIEWER, TEST_START + 1000, test_story.name);
        write_play(path, TEST_ID_3, OTHER, TEST_START + 2000, "org.example.other");
        for (int v = 0; v < 3; v++)
            ok(holders(path, ids[v]) == 1, "the search for bytes finds %s before", ids[v]);
        struct store *s = open_path(path, false);
        run_sql(s, "INSERT INTO note(day, story, text) VALUES(1, 'a', 'A note')");
        is_int(erase(s, cases[i].which), cases[i].gone, cases[i].what);
        is_int(ask(s, "SELECT (SELECT count(*) FROM note) + (SELECT total(by_viewer) FROM erased)"),
               cases[i].gone == 3 ? 0 : 1 + MAX(cases[i].gone, 0),
               "what stands beside viewings goes with the last one");
        int64_t kept = 0;
        for (int v = 0; v < 3; v++)
            kept += cases[i].left[v];
        is_int(ask(s, "SELECT count(*) FROM viewing"), kept, "viewings left");
        for (size_t t = 0; t < G_N_ELEMENTS(tables); t++) {
            g_autofree char *sql = g_strdup_printf("SELECT count(*) FROM %s", tables[t]);
            const int64_t each = t < 4 ? 3 : 1;
            is_int(ask(s, sql), kept * each, sql);
        }
        is_int(ask(s, "SELECT count(*) FROM story"), cases[i].stories, "versions of films left");
        is_int(ask(s, "SELECT count(*) FROM viewer"), cases[i].viewers, "viewers left");
        is_int(ask(s, "SELECT (SELECT count(*) FROM node) - 4 * (SELECT count(*) FROM story)"), 0, "nodes as well");
        is_int(ask(s, "SELECT erased FROM control"), MAX(cases[i].gone, 0), "it is counted");
        is_int(ask(s, "SELECT count(*) FROM pragma_foreign_key_check"), 0, "every reference leads somewhere");
        char *waits_for = NULL;
        ok(scrub(s, 100, &waits_for) && !waits_for, "scrubbed");
        for (int v = 0; v < 3; v++)
            is_int(holders(path, ids[v]), cases[i].left[v], "files that hold the id");
        is_int(ask(s, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1, "sound");
        store_close(s);
    }
}

/* Texts, too: titles go with the last viewing of their film, and not before. */
static void test_words(void)
{
    g_autofree char *path = in_dir("words.sqlite");
    g_autoptr(GBytes) title = g_bytes_new_static("Single or return?", strlen("Single or return?"));
    int n = 0;
    char *waits_for = NULL;
    write_play(path, TEST_ID, TEST_VIEWER, TEST_START, test_story.name);
    write_play(path, TEST_ID_2, TEST_VIEWER, TEST_START, test_story.name);
    struct store *s = open_path(path, false);
    is_int(erase(s, (struct read_filter){.viewing = TEST_ID}), 1, "the first of two goes");
    ok(scrub(s, 100, &waits_for) && files_with(path, title, &n) == 1, "the film's words stay for the second");
    is_int(erase(s, (struct read_filter){.viewing = TEST_ID_2}), 1, "the second goes");
    ok(scrub(s, 100, &waits_for) && files_with(path, title, &n) == 0, "and the words with it");
    store_close(s);
}

/* ---- bytes that no row holds --------------------------------------------------------------------------------------- */

/* An id of a viewing that nobody watched; none is like another. */
static void put_id(GRand *rand, uint8_t id[16])
{
    for (int i = 0; i < 16; i++)
        id[i] = (uint8_t)g_rand_int(rand);
}

/* How many of the ids are somewhere in the store's files. */
static int held(const char *path, const uint8_t (*ids)[16], int count)
{
    int found = 0, files = 0;
    for (int i = 0; i < count; i++) {
        g_autoptr(GBytes) id = g_bytes_new_static(ids[i], 16);
        found += files_with(path, id, &files) > 0;
    }
    return files > 0 ? found : -1;
}

/* Viewings that begin long ago, with these ids, in the order of the ids' places, which is none to an index of them. */
static void add_viewings(struct store *s, const uint8_t (*ids)[16], int count)
{
    run_sql(s, "BEGIN");
    for (int i = 0; i < count; i++) {
        g_autoptr(GString) sql = g_string_new("INSERT INTO viewing(uuid, story, started_ms, mode, chooser, time_mode, "
                                              "seed, engine, viewer, nth) SELECT x'");
        for (int k = 0; k < 16; k++)
            g_string_append_printf(sql, "%02x", ids[i][k]);
        g_string_append(sql,
                        "', story, 1, mode, chooser, time_mode, seed, engine, viewer, 1 FROM viewing WHERE id = 1");
        run_sql(s, sql->str);
    }
    run_sql(s, "COMMIT");
}

static GArray *choose_oldest(struct store *s, void *data, GError **error)
{
    (void)error;
    GArray *ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    const int64_t *most = data, n = MIN(ask(s, "SELECT count(*) - 1 FROM viewing"), *most);
    for (int64_t id = 2; id < n + 2; id++)
        g_array_append_val(ids, id);
    return ids;
}

/* What is erased is overwritten at once, also where nothing is rebuilt afterwards, as when it became too old. Of what was moved as it was
 * written, copies are left in the file, where no row is; they go as it is rebuilt. */
static void test_copies(void)
{
    enum { VIEWINGS = 500 };
    static uint8_t ids[VIEWINGS][16];
    GRand *rand = g_rand_new_with_seed(18);
    g_autofree char *path = in_dir("copies.sqlite"), *waits_for = NULL;
    int64_t n = 0, few = 5;
    write_play(path, TEST_ID, TEST_VIEWER, TEST_START, test_story.name);
    struct store *s = open_path(path, false);
    for (int i = 0; i < VIEWINGS; i++)
        put_id(rand, ids[i]);
    g_rand_free(rand);
    run_sql(s, "PRAGMA secure_delete=OFF"); /* some builds of SQLite overwrite unasked */
    add_viewings(s, ids, VIEWINGS);
    ok(scrub(s, 100, &waits_for) && !waits_for, "a file is rebuilt");
    is_int(held(path, ids, VIEWINGS), VIEWINGS, "all are in a file in which nothing else is");
    ok(erase_by_age(s, choose_oldest, &few, &n, NULL) && n == few, "some are too old");
    run_sql(s, "PRAGMA wal_checkpoint(TRUNCATE)");
    is_int(held(path, ids, (int)few), 0, "they were overwritten, and nothing was rebuilt for it");
    is_int(held(path, ids, VIEWINGS), VIEWINGS - few, "the others are there");
    run_sql(s, "DELETE FROM viewing WHERE id > 1"); /* as a program would that does not care */
    run_sql(s, "VACUUM");
    add_viewings(s, ids, VIEWINGS);
    few = VIEWINGS;
    ok(erase_by_age(s, choose_oldest, &few, &n, NULL) && n == VIEWINGS, "all of them");
    run_sql(s, "PRAGMA wal_checkpoint(TRUNCATE)");
    const int copies = held(path, ids, VIEWINGS);
    ok(copies > 0, "copies of %d are left", copies);
    ok(scrub(s, 100, &waits_for) && !waits_for, "rebuilt");
    is_int(held(path, ids, VIEWINGS), 0, "no byte of any is left, and nothing in the log");
    store_close(s);
}

static sqlite3_vfs *system_vfs;
static int temporary_files;

/* Files without a name are SQLite's own, for a time. */
static int open_counted(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out_flags)
{
    (void)vfs;
    temporary_files += name == NULL;
    return system_vfs->xOpen(system_vfs, name, f, flags, out_flags);
}

/* The copy that is made as a file is rebuilt is larger than SQLite's cache here, and is nowhere on the disk all the same. */
static void test_no_temporary_file(void)
{
    enum { VIEWINGS = 500 };
    static uint8_t ids[VIEWINGS][16];
    static sqlite3_vfs counting;
    GRand *rand = g_rand_new_with_seed(19);
    g_autofree char *path = in_dir("temporary.sqlite"), *waits_for = NULL;
    for (int i = 0; i < VIEWINGS; i++)
        put_id(rand, ids[i]);
    g_rand_free(rand);
    system_vfs = sqlite3_vfs_find(NULL);
    counting = *system_vfs;
    counting.zName = "counting";
    counting.xOpen = open_counted;
    sqlite3_vfs_register(&counting, 1);
    write_play(path, TEST_ID, TEST_VIEWER, TEST_START, test_story.name);
    struct store *s = open_path(path, false);
    add_viewings(s, ids, VIEWINGS);
    run_sql(s, "PRAGMA temp_store=FILE; PRAGMA cache_size=4");
    temporary_files = 0;
    run_sql(s, "VACUUM");
    ok(temporary_files > 0, "a copy lies in a file for a time, where nobody asks for memory");
    temporary_files = 0;
    ok(scrub(s, 100, &waits_for) && !waits_for && temporary_files == 0, "scrubbed in memory (%d files)",
       temporary_files);
    store_close(s);
    sqlite3_vfs_unregister(&counting);
    sqlite3_vfs_register(system_vfs, 1);
}

/* A program reads an older state of the store: rows go at once, the log when it is done. */
static void test_reader(void)
{
    g_autofree char *path = in_dir("reader.sqlite");
    write_play(path, TEST_ID, TEST_VIEWER, TEST_START, test_story.name);
    struct store *reader = open_path(path, true), *s = open_path(path, false);
    char *waits_for = NULL;
    sqlite3_exec(reader->db, "BEGIN", NULL, NULL, NULL);
    is_int(ask(reader, "SELECT count(*) FROM viewing"), 1, "somebody reads");
    is_int(erase(s, (struct read_filter){0}), 1, "the viewing goes");
    is_int(ask_file(path, "SELECT count(*) FROM viewing"), 0, "for all who look now");
    ok(scrub(s, 50, &waits_for) && waits_for, "the log waits for the reader: %s", waits_for ? waits_for : "");
    g_clear_pointer(&waits_for, g_free);
    ok(holders(path, TEST_ID) > 0, "bytes are still in the files, as was said");
    is_int(ask(reader, "SELECT count(*) FROM outcome"), 3, "the reader is not disturbed");
    sqlite3_exec(reader->db, "COMMIT", NULL, NULL, NULL);
    ok(scrub(s, 50, &waits_for) && !waits_for, "done once the reader is");
    is_int(holders(path, TEST_ID), 0, "no byte is left");
    store_close(reader);
    store_close(s);
}

/*
 * A viewing is erased while it is played: what comes later does not bring it back, and the next viewing is recorded
 * whole.
 */
static void test_playing(void)
{
    g_autofree char *path = in_dir("playing.sqlite");
    struct writer *w = begin_writing(path);
    const struct tel_viewing first = test_viewing(TEST_ID), second = test_viewing(TEST_ID_2);
    writer_story(w, &test_story);
    writer_begin(w, &first);
    test_put_all(w, test_play, 6);
    ok(writer_flush(w, TEST_LONG), "half a play is written");
    struct store *s = open_path(path, false);
    char *waits_for = NULL;
    const int64_t now_ms = g_get_real_time() / 1000;
    is_int(ask(s, "SELECT count(*) FROM alive JOIN viewing ON id = viewing"), 1, "it is seen to play");
    const int64_t seen_ms = ask(s, "SELECT max(seen_ms) FROM alive");
    ok(seen_ms > now_ms - 3600000 && seen_ms <= now_ms, "at a moment of the wall clock");
    is_int(erase(s, (struct read_filter){.viewing = "last"}), 1, "it is erased meanwhile");
    is_int(ask(s, "SELECT count(*) FROM alive"), 0, "and its sign of life");
    is_int(ask(s, "SELECT by_viewer * 10 + by_age FROM erased"), 10, "a count is kept of what somebody chose to erase");
    write_play(path, TEST_ID_3, OTHER, TEST_START, "org.example.other"); /* takes the number that was free */
    test_put_all(w, test_play + 6, G_N_ELEMENTS(test_play) - 6);
    ok(writer_flush(w, TEST_LONG), "the play goes on");
    is_int(ask(s, "SELECT count(*) FROM viewing"), 1, "it does not come back");
    is_int(ask(s, "SELECT count(*) FROM outcome"), 3, "nor into the viewing that has its number");
    is_int(ask(s, "SELECT count(*) FROM gap"), 0, "and is no gap");
    writer_begin(w, &second);
    test_put_all(w, test_play, G_N_ELEMENTS(test_play));
    struct writer_status status;
    ok(writer_flush(w, TEST_LONG), "another viewing follows");
    is_int(ask(s, "SELECT count(*) FROM alive"), 0, "what has ended plays no more");
    writer_status(w, &status);
    is_int((int64_t)status.lost, 0, "nothing counts as lost");
    is_int((int64_t)status.queued, 0, "nothing waits");
    is_int(ask(s,
               "SELECT count(*) FROM outcome u JOIN option o ON o.id = u.option JOIN decision d ON d.id = o.decision "
               "JOIN story t ON t.id = d.story WHERE t.name = 'org.example.night-bus'"),
           3, "the next viewing is whole, its names are its own film's");
    ok(scrub(s, 2000, &waits_for) && !waits_for, "the player is not waited for");
    is_int(holders(path, TEST_ID), 0, "no byte of the first is left while the player has the store open");
    writer_close(w, TEST_LONG);
    store_close(s);
}

static void test_pause(void)
{
    g_autofree char *path = in_dir("pause.sqlite");
    GError *error = NULL;
    struct writer *w = begin_writing(path);
    struct writer_status status;
    const struct tel_viewing first = test_viewing(TEST_ID);
    writer_story(w, &test_story);
    writer_begin(w, &first);
    test_put_all(w, test_play, 4);
    writer_flush(w, TEST_LONG);
    struct store *s = open_path(path, false);
    ok(control_set_paused(s, true, &error) && control_set_paused(s, true, &error), "paused; twice is as once");
    test_put_all(w, test_play + 4, 2); /* a visit, an exposure */
    writer_flush(w, TEST_LONG);
    is_int(ask(s, "SELECT (SELECT count(*) FROM visit) * 10 + (SELECT count(*) FROM exposure)"), 11,
           "nothing is written");
    is_int(ask(s, "SELECT count(*) * 100 + seq * 10 + why FROM gap"), 153, "but that there is a pause");
    is_int(ask(s, "SELECT sum(quits) FROM v_node"), 0, "which is no quitting");
    writer_status(w, &status);
    ok(strstr(status.notice, "paused"), "the player is told: %s", status.notice);

    struct control c;
    ok(control_read(s, &c, NULL) && c.paused_ms > 0, "the store says since when");
    g_autofree char *before = NULL, *after = NULL;
    gsize n_before = 0, n_after = 0;
    g_autofree char *wal = g_strconcat(path, "-wal", NULL);
    char *waits_for = NULL;
    scrub(s, 2000, &waits_for);
    g_file_get_contents(path, &before, &n_before, NULL);
    write_play(path, TEST_ID_2, TEST_VIEWER, TEST_START, test_story.name);
    write_play(path, TEST_ID_3, "", TEST_START, "org.example.other");
    g_file_get_contents(path, &after, &n_after, NULL);
    ok(n_before == n_after && memcmp(before, after, n_before) == 0,
       "whole plays during a pause leave the file as it was");
    GStatBuf st = {0};
    ok(g_stat(wal, &st) == 0 && st.st_size == 0, "and the log empty");
    ok(holders(path, TEST_ID_2) == 0, "not a byte of them is there");

    ok(control_set_paused(s, false, &error) && control_set_paused(s, false, &error), "resumed");
    test_put_all(w, test_play + 6, G_N_ELEMENTS(test_play) - 6);
    is_int((int64_t)writer_close(w, TEST_LONG), 0, "nothing counts as lost");
    /* Events 5 and 6 fell into the pause; the outcome (7) of 6 and the leave (10) of 5 have nothing to refer to. */
    is_int(ask(s, "SELECT sum(count) FROM gap WHERE why = 3"), 4, "the pause is told, event by event");
    is_int(ask(s, "SELECT count(*) FROM gap WHERE why != 3"), 0, "nothing else is missing");
    is_int(ask(s, "SELECT (SELECT count(*) FROM exposure) * 100 + (SELECT count(*) FROM outcome) * 10 + "
                  "(SELECT count(*) FROM finish)"),
           221, "what came after is there");
    is_int(ask(s,
               "SELECT count(*) FROM (SELECT seq FROM visit UNION SELECT seq FROM leave UNION SELECT seq FROM exposure "
               "UNION SELECT seq FROM outcome UNION SELECT seq FROM reached UNION SELECT seq FROM finish UNION "
               "SELECT seq FROM gap)"),
           (int64_t)G_N_ELEMENTS(test_play), "numbers without holes");
    store_close(s);
    write_play(path, TEST_ID_2, TEST_VIEWER, TEST_START, test_story.name);
    is_int(ask_file(path, "SELECT count(*) FROM viewing"), 2, "later plays are recorded again");
}

static struct moment at_day(double day)
{
    const int64_t ms = (int64_t)(day * (double)RETENTION_DAY_MS);
    return (struct moment){.wall_ms = TEST_START + ms, .boot_ms = ms, .boot = 1, .machine = 1};
}

static int64_t erased_at(struct store *s, double day)
{
    struct retention_result r;
    const struct moment now = at_day(day);
    return retention_apply(s, &now, &r, NULL) ? r.erased : -1;
}

/* What it does to the rows; when it does it is told in test_retention.c. */
static void test_keep(void)
{
    g_autofree char *path = in_dir("keep.sqlite");
    struct retention_result r;
    const struct moment begin = at_day(0);
    write_play(path, TEST_ID, TEST_VIEWER, TEST_START, test_story.name);
    struct store *s = open_path(path, false);
    is_int(erased_at(s, 4000), 0, "kept for good, unless told otherwise");
    is_int(ask(s, "SELECT count(*) FROM sqlite_schema WHERE name = 'age'"), 0, "and nothing is kept about ages");
    ok(retention_set(s, &begin, 30, &r, NULL) && r.erased == 0 && r.found == 0, "30 days");
    run_sql(s, "INSERT INTO viewing(id, uuid, story, started_ms, mode, chooser, time_mode, seed, engine, viewer, nth) "
               "SELECT 100, zeroblob(16), story, started_ms, mode, chooser, time_mode, seed,"
               " engine, viewer, nth FROM viewing");
    is_int(erased_at(s, 20) + erased_at(s, 30), 0, "nothing goes at once");
    is_int(ask(s, "SELECT count(*) FROM age WHERE due IS NOT NULL"), 1, "what is old enough is found");
    is_int(erased_at(s, 31), 1, "and goes a day later");
    is_int(ask(s, "SELECT count(*) * 10 + erased FROM viewing, control"), 11, "it is counted");
    is_int(ask(s, "SELECT sum(by_viewer) * 10 + sum(by_age) FROM erased"), 1, "and apart from what somebody erased");
    is_int(ask(s, "SELECT max(id) FROM viewing"), 100, "the younger one stays");
    ok(retention_set(s, &begin, 0, &r, NULL) && r.erased == 0, "for good again");
    is_int(ask(s, "SELECT count(*) + (SELECT count(*) FROM sighting) FROM age"), 0, "ages are forgotten");
    store_close(s);
}

static void test_aside(void)
{
    g_autofree char *path = in_dir("aside.sqlite"), *one = g_strconcat(path, ".damaged-20260101T000000Z", NULL);
    g_autofree char *log = g_strconcat(one, "-wal", NULL), *other = g_strconcat(path, ".bak", NULL);
    g_file_set_contents(one, "x", 1, NULL);
    g_file_set_contents(log, "x", 1, NULL);
    g_file_set_contents(other, "x", 1, NULL);
    g_autoptr(GPtrArray) files = store_file_list_aside(path);
    is_int(files->len, 2, "a damaged store and its log are found, and nothing else");
}

/* What was sent, or may have been, leaves a tombstone in the same transaction, however it is erased; the rest leaves none. */
static void test_tombstones(void)
{
    g_autofree char *path = in_dir("shared.sqlite");
    write_play(path, TEST_ID, TEST_VIEWER, TEST_START, "org.example.night-bus");
    write_play(path, TEST_ID_2, TEST_VIEWER, TEST_START, "org.example.night-bus");
    write_play(path, TEST_ID_3, OTHER, TEST_START, "org.example.other");
    struct store *s = open_path(path, false);
    ok(sqlite3_exec(s->db,
                    "INSERT INTO destination(story, address, name, secret)"
                    " VALUES('org.example.night-bus', 'https://collect.example/', 'Example Films', randomblob(32));"
                    "INSERT INTO shared SELECT 1, id, randomblob(32), 9, id % 2 * 9, NULL FROM viewing WHERE id < 3;"
                    "INSERT INTO superseded VALUES(1, 99, 0, 'leave', '{\"visit\":1}')",
                    NULL, NULL, NULL) == SQLITE_OK,
       "two of three viewings were sent, or may have been");
    is_int(erase(s, (struct read_filter){.viewing = TEST_ID_3}), 1, "the third is erased");
    is_int(ask(s, "SELECT count(*) FROM outbox"), 0, "nobody has to be told");
    g_autofree char *keys = ask_text(s->db, "SELECT hex(key) FROM shared ORDER BY viewing");
    is_int(erase(s, (struct read_filter){.viewing = TEST_ID}), 1, "one that was sent is erased");
    is_int(ask(s, "SELECT count(*) FROM shared"), 1, "of it nothing is left here");
    is_int(ask(s, "SELECT count(*) FROM superseded"), 0, "and nothing that was superseded");
    struct moment now;
    struct retention_cut cut;
    ok(retention_now(s, &now, NULL) && (now.kept = true) && retention_cut(s, &now, 1, &cut, NULL) && cut.n == 1,
       "the other one is too old");
    g_autofree char *sent = ask_text(s->db, "SELECT hex(key) FROM outbox WHERE destination = 1 ORDER BY viewing");
    is_str(sent, keys, "what proves both erasures waits until they are confirmed");
    is_int(ask(s, "SELECT min(erased_ms) > 1700000000000 FROM outbox"), 1, "with the time");
    is_int(ask(s, "SELECT count(*) FROM viewing"), 0, "and outlives the viewings");
    sqlite3_exec(s->db, "PRAGMA secure_delete=ON; DELETE FROM outbox", NULL, NULL, NULL);
    g_autofree char *waits = NULL;
    ok(scrub(s, 0, &waits) && !waits, "once they are, the file is rebuilt");
    is_int(holders(path, TEST_ID), 0, "and not even the id is left");
    store_close(s);
}

int main(void)
{
    dir = g_dir_make_tmp("telemetry-XXXXXX", NULL);
    test_erase();
    test_words();
    test_copies();
    test_no_temporary_file();
    test_reader();
    test_playing();
    test_pause();
    test_keep();
    test_aside();
    test_tombstones();
    g_autofree char *remove = g_strdup_printf("rm -rf '%s'", dir);
    ok(system(remove) == 0, "cleaned up");
    g_free(dir);
    return tap_done();
}

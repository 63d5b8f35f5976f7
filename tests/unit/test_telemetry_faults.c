/*
 * Every step that SQLite takes on the disk fails, one after the other. The batch is written all the same once the fault
 * is over, whole and only once, and a sound store is never set aside. Then the writer's thread meets a disk that stays
 * full.
 */
#include "tap.h"
#include "test_store.h"
#include "test_telemetry.h"

#include "player/hud.h"
#include "faults/fault_vfs.h"
#include "telemetry/keep/erase.h"
#include "telemetry/write/sink.h"
#include "telemetry/store/store.h"

#include <glib/gstdio.h>
#include <stdlib.h>

#define EVENTS    ((int64_t)G_N_ELEMENTS(test_play))
#define TRIES_MAX 8
#define STEPS_MAX 2000

static char *dir, *path;

static void remove_store(void)
{
    g_autoptr(GDir) d = g_dir_open(dir, 0, NULL);
    for (const char *name; (name = g_dir_read_name(d));) {
        g_autofree char *file = g_build_filename(dir, name, NULL);
        g_unlink(file);
    }
}

static int files_named(const char *part)
{
    int n = 0;
    g_autoptr(GDir) d = g_dir_open(dir, 0, NULL);
    for (const char *name; (name = g_dir_read_name(d));)
        n += strstr(name, part) != NULL;
    return n;
}

/* Rows of all kinds in one number: ten thousands are viewings, hundreds options, then come events. */
static const char rows_sql[] = "SELECT 10000 * (SELECT count(*) FROM viewing) + 100 * (SELECT count(*) FROM option)"
                               " + (SELECT count(*) FROM visit) + (SELECT count(*) FROM leave)"
                               " + (SELECT count(*) FROM exposure) + (SELECT count(*) FROM outcome)"
                               " + (SELECT count(*) FROM reached) + (SELECT count(*) FROM finish)";

static bool store_is_whole(void)
{
    return files_named("damaged") == 0 && ask_file(path, rows_sql) == 10000 + 500 + EVENTS &&
           ask_file(path, "SELECT count(*) FROM gap") == 0 &&
           ask_file(path, "SELECT integrity_check = 'ok' FROM pragma_integrity_check LIMIT 1") == 1;
}

static void make_entries(struct sink_entry *entries)
{
    const struct tel_viewing v = test_viewing(TEST_ID);
    entries[0] = (struct sink_entry){.kind = SINK_STORY, .story = tel_story_copy(&test_story)};
    entries[1] = (struct sink_entry){.kind = SINK_BEGIN, .viewing = g_memdup2(&v, sizeof v)};
    for (int i = 0; i < EVENTS; i++)
        entries[2 + i] = (struct sink_entry){.kind = SINK_EVENT, .seq = i + 1, .record = test_play[i]};
}

static bool never(void *data)
{
    (void)data;
    return false;
}

/* Written in two batches, so that the second one depends on what the first one left. */
static bool write_play(bool sticky, int *tries)
{
    struct sink_entry entries[2 + G_N_ELEMENTS(test_play)];
    const struct sink_options o = {.path = path, .vfs = FAULT_VFS, .busy_ms = 1, .keep_waiting = never};
    const size_t parts[][2] = {{0, 9}, {9, G_N_ELEMENTS(entries) - 9}};
    struct sink *s = sink_new(&o);
    bool done = true;
    make_entries(entries);
    *tries = 0;
    for (size_t p = 0; p < G_N_ELEMENTS(parts) && done; p++) {
        done = false;
        for (int t = 0; t < TRIES_MAX && !done; t++, ++*tries) {
            struct sink_result result = {0};
            g_autoptr(GError) error = NULL;
            done = sink_write(s, entries + parts[p][0], parts[p][1], &result, &error);
            if (done != (error == NULL) || (!done && result.written != 0))
                printf("# a result that contradicts itself\n");
            g_free(result.notice);
            if (!done && sticky)
                fault_disarm();
        }
        if (!done)
            for (size_t i = parts[p][0]; i < G_N_ELEMENTS(entries); i++)
                sink_entry_clear(&entries[i]);
    }
    fault_disarm(); /* closing writes too, but what it does is no part of what was promised */
    sink_free(s);
    return done;
}

static void sweep(const char *what, enum fault_class c, int rc, bool sticky)
{
    int step = 1, landed = 0, failed = 0, tries = 0, retried = 0;
    for (; step < STEPS_MAX; step += TEST_STRIDE) {
        remove_store();
        fault_arm(c, rc, step, sticky);
        const bool done = write_play(sticky, &tries);
        if (!done || !store_is_whole()) {
            failed++;
            printf("# %s, step %d: %s, %d tries, %d outcomes, %d set aside\n", what, step,
                   done ? "store is wrong" : "was never written", tries,
                   (int)ask_file(path, "SELECT count(*) FROM outcome"), files_named("damaged"));
        }
        if (fault_landed() == 0)
            break;
        landed++;
        retried += tries > 2;
    }
    ok(landed > 0 && step < STEPS_MAX, "%s%s: landed at each of %d steps, %d times the batch was tried again", what,
       sticky ? " and stays" : "", landed, retried);
    is_int(failed, 0, "and each time the play is whole in the end");
}

static void test_sweeps(void)
{
    static const struct {
        const char *what;
        enum fault_class c;
        int rc;
        bool torn;
    } cases[] = {
        {"cannot open", FAULT_OPEN, SQLITE_CANTOPEN, false},
        {"error reading", FAULT_READ, SQLITE_IOERR_READ, false},
        {"error writing", FAULT_WRITE, SQLITE_IOERR_WRITE, false},
        {"short write", FAULT_WRITE, SQLITE_IOERR_WRITE, true},
        {"disk full", FAULT_WRITE, SQLITE_FULL, false},
        {"disk full in the middle of a page", FAULT_WRITE, SQLITE_FULL, true},
        {"error flushing", FAULT_SYNC, SQLITE_IOERR_FSYNC, false},
        {"error deleting", FAULT_DELETE, SQLITE_IOERR_DELETE, false},
        {"locked", FAULT_LOCK, SQLITE_BUSY, false},
        {"error locking", FAULT_LOCK, SQLITE_IOERR_LOCK, false},
        {"no shared memory", FAULT_SHM, SQLITE_IOERR_SHMMAP, false},
    };
    /* Under ThreadSanitizer only what comes at one step. */
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        for (int sticky = 0; sticky < (cases[i].torn || TEST_STRIDE > 1 ? 1 : 2); sticky++) {
            atomic_store(&fault_plan_.torn, cases[i].torn);
            sweep(cases[i].what, cases[i].c, cases[i].rc, sticky);
        }
    atomic_store(&fault_plan_.torn, false);
}

/* No byte of the play is in any of the store's files. */
static bool bytes_are_gone(void)
{
    static const char title[] = "Single or return?";
    bool gone = true;
    g_autoptr(GDir) d = g_dir_open(dir, 0, NULL);
    for (const char *name; (name = g_dir_read_name(d));) {
        g_autofree char *file = g_build_filename(dir, name, NULL), *all = NULL;
        gsize n = 0;
        gone &= g_file_get_contents(file, &all, &n, NULL) && !memmem(all, n, title, strlen(title));
    }
    return gone;
}

/* Erases the whole store. False: it reported an error; the fault may be over by now, and the caller tries again. */
static bool erase_all(void)
{
    const struct store_options o = {.path = path, .vfs = FAULT_VFS, .busy_ms = 1};
    const struct read_filter all = {0};
    g_autoptr(GError) error = NULL;
    g_autofree char *waits_for = NULL;
    int64_t n = 0;
    struct store *s = store_open(&o, &error);
    const bool done = s && erase_viewings(s, &all, &n, &error) && erase_scrub(s, 0, &waits_for, &error) && !waits_for;
    if (!done && !error && !waits_for)
        printf("# nothing is erased, and nothing is said\n");
    store_close(s);
    return done;
}

/*
 * Erasing meets a fault at every step: either it succeeds, or it reports that it failed, and the next try erases for
 * good.
 */
static void test_erasing(void)
{
    static const struct {
        const char *what;
        enum fault_class c;
        int rc;
    } cases[] = {
        {"error truncating", FAULT_TRUNCATE, SQLITE_IOERR_TRUNCATE},
        {"error deleting", FAULT_DELETE, SQLITE_IOERR_DELETE},
        {"error writing", FAULT_WRITE, SQLITE_IOERR_WRITE},
        {"disk full", FAULT_WRITE, SQLITE_FULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        int landed = 0, failed = 0, again = 0, tries = 0;
        for (int step = 1; step < STEPS_MAX; step += TEST_STRIDE) {
            remove_store();
            fault_disarm();
            write_play(false, &tries);
            failed += bytes_are_gone();
            fault_arm(cases[i].c, cases[i].rc, step, false);
            const bool first = erase_all();
            const bool hit = fault_landed() > 0;
            fault_disarm();
            const bool gone = bytes_are_gone(), done = first || erase_all();
            again += !first;
            landed += hit;
            if ((first && !gone) || !done || !bytes_are_gone() || files_named("damaged") > 0 ||
                ask_file(path, "SELECT (SELECT count(*) FROM viewing) = 0 AND integrity_check = 'ok' FROM "
                               "pragma_integrity_check") != 1) {
                failed++;
                printf("# erasing, %s, step %d\n", cases[i].what, step);
            }
            if (!hit)
                break;
        }
        ok(landed > 0, "erasing, %s: landed at each of %d steps, %d times it was said and done again", cases[i].what,
           landed, again);
        is_int(failed, 0, "and each time not a byte is left in the end");
    }
}

/* The overlay's lines about recording hold all of these words. */
static bool overlay_has(const struct writer *w, const char *const *words)
{
    struct hud *hud = hud_new(NULL);
    const struct hud_state state = {0};
    struct view view = {0};
    struct writer_status status;
    bool all = true;
    writer_status(w, &status);
    hud_toggle_stats(hud);
    hud_stats_telemetry(hud, &status);
    hud_view(hud, &state, 0, &view);
    g_autoptr(GString) text = g_string_new(NULL);
    for (int i = 0; i < view.stat_count; i++)
        g_string_append(text, view.stats[i]);
    for (; *words; words++)
        all &= strstr(text->str, *words) != NULL;
    printf("# %s\n", text->str);
    hud_free(hud);
    return all;
}
#define OVERLAY_HAS(w, ...) overlay_has(w, (const char *const[]){__VA_ARGS__, NULL})

/* Waits until an attempt to write has failed; false: none does. */
static bool wait_for_failure(const struct writer *w, struct writer_status *status)
{
    for (int i = 0; i < 60000 && status->failures == 0; i++, g_usleep(1000))
        writer_status(w, status);
    return status->failures > 0;
}

static void begin(struct writer *w)
{
    const struct tel_viewing v = test_viewing(TEST_ID);
    writer_story(w, &test_story);
    writer_begin(w, &v);
}

/* Another program that has begun to write, and does not end. */
static sqlite3 *hold_store(void)
{
    sqlite3 *db = NULL;
    sqlite3_open(path, &db);
    sqlite3_exec(db, "PRAGMA synchronous=OFF", NULL, NULL, NULL);
    is_int(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK, "it holds the store");
    return db;
}

/*
 * The whole writer, with each kind of fault that begins in the middle of a play and stays. Handing over is never held
 * up; what the queue took is kept, the rest is counted, and the overlay shows both. When the fault is over, everything
 * that was taken is written, and a gap tells of the rest.
 */
static void test_writer_faults(void)
{
    static const struct {
        const char *what;
        enum fault_class c;
        int rc;
        bool torn;
        const char *said;
    } cases[] = {
        {"a full disk", FAULT_WRITE, SQLITE_FULL, false, "Free some space"},
        {"a short write on a full disk", FAULT_WRITE, SQLITE_FULL, true, "Free some space"},
        {"an error writing", FAULT_WRITE, SQLITE_IOERR_WRITE, false, "Check the disk"},
        {"a folder that can't be written", FAULT_WRITE, SQLITE_READONLY, false, "writable"},
        {"a store that another program holds", FAULT_CLASSES, SQLITE_BUSY, false, "Another program holds the store"},
    };
    const struct tel_record visit = {.kind = TEL_VISIT, .visit = {0, US_NONE}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        remove_store();
        const struct writer_options o = {.path = path, .vfs = FAULT_VFS, .capacity = 64};
        struct writer *w = writer_open(&o, NULL);
        struct writer_status status = {0};
        begin(w);
        test_put_all(w, test_play, 3);
        ok(writer_flush(w, TEST_LONG), "%s: the beginning is on disk", cases[i].what);
        atomic_store(&fault_plan_.torn, cases[i].torn);
        sqlite3 *holder = cases[i].rc == SQLITE_BUSY ? hold_store() : NULL;
        fault_arm(cases[i].c, cases[i].rc, 1, true);
        int taken = 0;
        for (int k = 0; k < 100; k++)
            taken += writer_put(w, &visit);
        ok(wait_for_failure(w, &status) && (holder || fault_landed() > 0), "the fault landed");
        g_autofree char *queued = g_strdup_printf("queued %d", taken), *lost = g_strdup_printf("lost %d", 100 - taken);
        ok(taken > 50 && taken < 64 && OVERLAY_HAS(w, queued, lost, cases[i].said),
           "%d are kept, %d counted, and the overlay says so and what to do", taken, 100 - taken);
        fault_disarm();
        sqlite3_close(holder); /* rolls back */
        ok(writer_flush(w, TEST_LONG), "it is over: written");
        is_int((int64_t)writer_close(w, TEST_LONG), 100 - taken, "no more is lost");
        is_int(ask_file(path, "SELECT count(*) FROM visit"), taken + 1, "what was kept is there");
        is_int(ask_file(path, "SELECT sum(count) FROM gap WHERE why = 0"), 100 - taken, "and a gap tells of the rest");
        is_int(files_named("damaged"), 0, "the store was not to blame");
    }
    atomic_store(&fault_plan_.torn, false);
}

/* Something else stands in the store's place, and goes away in the middle of the play: nothing of the play is lost. */
static void test_writer_obstacles(void)
{
    static const struct {
        const char *what, *sql, *said; /* sql NULL: a folder */
    } cases[] = {
        {"a folder", NULL, "not a file"},
        {"another program's database", "CREATE TABLE t(x)", "left alone"},
        {"a newer version's store", "CREATE TABLE t(x); PRAGMA application_id=1181906275; PRAGMA user_version=99",
         "newer version"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        sqlite3 *db = NULL;
        remove_store();
        if (!cases[i].sql)
            g_mkdir(path, 0700);
        else if (sqlite3_open(path, &db) == SQLITE_OK)
            sqlite3_exec(db, cases[i].sql, NULL, NULL, NULL);
        sqlite3_close(db);
        const struct writer_options o = {.path = path};
        struct writer *w = writer_open(&o, NULL);
        struct writer_status status = {0};
        test_play_all(w, TEST_ID);
        ok(wait_for_failure(w, &status) && !writer_flush(w, TEST_LONG), "%s: nothing can be written", cases[i].what);
        ok(OVERLAY_HAS(w, cases[i].said, "lost 0", "another file."), "the overlay says why");
        g_autofree char *moved = g_strconcat(path, ".moved", NULL);
        ok(g_rename(path, moved) == 0, "it goes away");
        for (int k = 0; k < 6000 && !writer_flush(w, TEST_LONG); k++)
            g_usleep(10000);
        is_int((int64_t)writer_close(w, TEST_LONG), 0, "nothing was lost");
        if (!cases[i].sql)
            g_rmdir(moved);
        ok(store_is_whole(), "and everything is there");
    }
}

/* The whole writer on a disk that is full for a while. */
static void test_writer_full_disk(void)
{
    remove_store();
    const struct writer_options o = {.path = path, .vfs = FAULT_VFS};
    struct writer *w = writer_open(&o, NULL);
    begin(w);
    test_put_all(w, test_play, 3);
    ok(writer_flush(w, TEST_LONG), "the beginning is on disk");
    fault_arm(FAULT_WRITE, SQLITE_FULL, 1, true);
    test_put_all(w, test_play + 3, G_N_ELEMENTS(test_play) - 3);
    struct writer_status status = {0};
    ok(wait_for_failure(w, &status) && fault_landed() > 0, "the fault landed");
    ok(status.failures > 0 && status.queued == (uint64_t)EVENTS - 3 && status.lost == 0,
       "nothing is lost while the disk is full");
    ok(strstr(status.error, "Free some space") != NULL, "it is said, with advice: %s", status.error);
    fault_disarm();
    ok(writer_flush(w, TEST_LONG), "there is space again: written");
    writer_status(w, &status);
    is_str(status.error, "", "and all is well");
    is_int((int64_t)writer_close(w, TEST_LONG), 0, "nothing was lost");
    ok(store_is_whole(), "the store has everything");
}

/*
 * A disk that has stopped: the thread hangs in a write, and comes out only after main has handed over more than the
 * queue can hold. If any of that waited for the thread, this test would never end.
 */
static void test_handing_over_never_waits(void)
{
    remove_store();
    const struct writer_options o = {.path = path, .vfs = FAULT_VFS, .capacity = 64};
    struct writer *w = writer_open(&o, NULL);
    const struct tel_record visit = {.kind = TEL_VISIT, .visit = {0, US_NONE}};
    struct writer_status status;
    int taken = 0, returned = 0;
    begin(w);
    ok(writer_flush(w, TEST_LONG), "the viewing has begun");
    atomic_store(&fault_gate_, true);
    writer_put(w, &visit);
    for (taken = 1; atomic_load(&fault_waiting_) == 0; g_usleep(1000))
        continue;
    for (; returned < 200; returned++) {
        taken += writer_put(w, &visit);
        writer_status(w, &status);
    }
    ok(atomic_load(&fault_waiting_) == 1, "the disk stands");
    ok(taken > 50 && taken <= 64 && (int)status.lost == 201 - taken && status.written == 0,
       "200 records were handed over meanwhile: %d taken, %d counted as lost", taken, (int)status.lost);
    atomic_store(&fault_gate_, false);
    ok(writer_flush(w, TEST_LONG), "the disk goes on: what was taken is written");
    writer_put(w, &visit);
    writer_close(w, TEST_LONG);
    is_int(ask_file(path, "SELECT count(*) FROM visit"), taken + 1, "all of it");
    is_int(ask_file(path, "SELECT sum(count) FROM gap"), 201 - taken, "and a gap tells of the rest");
}

int main(void)
{
    dir = g_dir_make_tmp("telemetry-XXXXXX", NULL);
    path = g_build_filename(dir, "t.sqlite", NULL);
    fault_register();
    test_sweeps();
    test_erasing();
    test_writer_faults();
    test_writer_obstacles();
    test_writer_full_disk();
    test_handing_over_never_waits();
    remove_store();
    g_rmdir(dir);
    g_free(path);
    g_free(dir);
    return tap_done();
}

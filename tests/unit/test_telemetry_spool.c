/*
 * What a writer took outlives the kill of its process. A child hands over records and kills itself, at every record and
 * with every part of them already written; the next writer of that store brings in the rest. Nothing here depends on
 * timing: the child's disk is full from the moment that the test wants, so that nothing more can be written.
 */
#include "tap.h"
#include "test_store.h"
#include "test_telemetry.h"

#include "faults/fault_vfs.h"
#include "telemetry/write/spool.h"
#include "telemetry/write/spool_recovery.h"
#include "telemetry/store/store.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define EVENTS ((int)G_N_ELEMENTS(test_play))

static char *dir, *path, *self;

#define ALL                                                                                                            \
    "(SELECT viewing, seq FROM visit UNION ALL SELECT viewing, seq FROM leave UNION ALL SELECT viewing, seq FROM "     \
    "exposure"                                                                                                         \
    " UNION ALL SELECT viewing, seq FROM outcome UNION ALL SELECT viewing, seq FROM reached"                           \
    " UNION ALL SELECT viewing, seq FROM finish UNION ALL SELECT viewing, seq FROM gap)"

static void remove_store(void)
{
    g_autoptr(GDir) d = g_dir_open(dir, 0, NULL);
    for (const char *name; (name = g_dir_read_name(d));) {
        g_autofree char *file = g_build_filename(dir, name, NULL);
        g_unlink(file);
    }
}

/* How many spools there are of this test's stores: each test ends with none. */
static int spools(void)
{
    int n = 0;
    g_autoptr(GDir) d = g_dir_open("/dev/shm", 0, NULL);
    for (const char *name; d && (name = g_dir_read_name(d));) {
        g_autofree char *file = g_strdup_printf("/%s", name);
        const int fd = strstr(name, "frumious-") ? shm_open(file, O_RDONLY, 0) : -1;
        char found[4096] = "";
        if (fd >= 0 && pread(fd, found, sizeof found - 1, offsetof(struct spool_ring, path)) > 0)
            n += g_str_has_prefix(found, dir);
        if (fd >= 0)
            close(fd);
    }
    return n;
}

/* Makes the spools of this test's stores, and what begins with `start`, two days old. */
static void age(const char *start)
{
    g_autoptr(GDir) d = g_dir_open("/dev/shm", 0, NULL);
    const struct timespec then[2] = {{.tv_sec = time(NULL) - 48 * 3600}, {.tv_sec = time(NULL) - 48 * 3600}};
    for (const char *name; d && (name = g_dir_read_name(d));) {
        g_autofree char *file = g_strdup_printf("/%s", name);
        const int fd = strstr(name, "frumious-") ? shm_open(file, O_RDWR, 0) : -1;
        char found[4096] = "";
        if (fd >= 0 && ((pread(fd, found, sizeof found - 1, offsetof(struct spool_ring, path)) > 0 &&
                         g_str_has_prefix(found, dir)) ||
                        g_str_has_prefix(name, start)))
            futimens(fd, then);
        if (fd >= 0)
            close(fd);
    }
}

/* ---- the child --------------------------------------------------------------------------------------------------- */

struct child {
    int written, handed;
    uint32_t capacity;
    bool full; /* the disk is, after `written`; else the thread goes on writing when the kill comes */
};

static int run_child(char **argv)
{
    const struct child c = {atoi(argv[2]), atoi(argv[3]), (uint32_t)atoi(argv[4]), atoi(argv[5])};
    fault_register();
    const struct writer_options o = {.path = argv[6], .vfs = FAULT_VFS, .capacity = c.capacity};
    struct writer *w = writer_open(&o, NULL);
    const struct tel_viewing v = test_viewing(TEST_ID);
    writer_flush(w, TEST_LONG);
    if (c.written == 0 && c.full)
        fault_arm(FAULT_WRITE, SQLITE_FULL, 1, true);
    writer_story(w, &test_story);
    writer_begin(w, &v);
    test_put_all(w, test_play, (size_t)c.written);
    if (c.written > 0 && !writer_flush(w, TEST_LONG))
        return 3;
    if (c.full)
        fault_arm(FAULT_WRITE, SQLITE_FULL, 1, true);
    test_put_all(w, test_play + c.written, (size_t)(c.handed - c.written));
    raise(SIGKILL);
    return 4;
}

static bool kill_after(const struct child *c)
{
    g_autofree char *written = g_strdup_printf("%d", c->written), *handed = g_strdup_printf("%d", c->handed),
                    *capacity = g_strdup_printf("%u", c->capacity);
    char *argv[] = {self, "child", written, handed, capacity, c->full ? "1" : "0", path, NULL};
    int status = 0;
    if (!g_spawn_sync(NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status, NULL))
        return false;
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

/* The next play of that store, without a film. */
static uint64_t recover(const char *vfs)
{
    const struct writer_options o = {.path = path, .vfs = vfs};
    struct writer *w = writer_open(&o, NULL);
    writer_flush(w, TEST_LONG);
    return writer_close(w, TEST_LONG);
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

static void test_every_record(void)
{
    static const int written[] = {0, 1, 2, 7, 8, 14};
    int wrong = 0, kills = 0, left = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(written); i++)
        for (int handed = written[i]; handed <= EVENTS; handed += i == 0 ? TEST_STRIDE : 3 * TEST_STRIDE) {
            const struct child c = {written[i], handed, 0, true};
            remove_store();
            kills += kill_after(&c);
            const int64_t before = MAX(ask_file(path, "SELECT count(*) FROM " ALL), 0);
            recover(NULL);
            const int64_t after = ask_file(path, "SELECT count(*) FROM " ALL),
                          last = ask_file(path, "SELECT max(seq) FROM " ALL);
            const bool good = before == written[i] && after == handed && last == handed &&
                              ask_file(path, "SELECT count(*) FROM gap") == 0 &&
                              ask_file(path, "SELECT count(*) FROM viewing") == 1 &&
                              ask_file(path, "SELECT sum(score) FROM option_trait") == 8 &&
                              ask_file(path, "SELECT count(*) FROM option_prop, node_prop") == 3 &&
                              ask_file(path, "SELECT integrity_check = 'ok' FROM pragma_integrity_check") == 1;
            left += (int)(after - before);
            if (!good) {
                wrong++;
                printf("# written %d, handed over %d: %d before, %d after, last %d\n", written[i], handed, (int)before,
                       (int)after, (int)last);
            }
        }
    ok(kills > 20 / TEST_STRIDE && left > 100 / TEST_STRIDE, "%d kills, %d records that only the spool had", kills,
       left);
    is_int(wrong, 0, "each time everything that was handed over is in the store, once");
    is_int(spools(), 0, "and nothing is left in memory");
}

/* The kill comes while the thread is writing. */
static void test_while_writing(void)
{
    int wrong = 0;
    for (int i = 0; i < 12; i++) {
        const struct child c = {i % 4, EVENTS - i % 3, 0, false};
        remove_store();
        const bool killed = kill_after(&c);
        const uint64_t unwritten = recover(NULL);
        const int64_t rows = ask_file(path, "SELECT count(*) FROM " ALL),
                      gaps = ask_file(path, "SELECT count(*) FROM gap");
        const bool good = killed && rows == c.handed && gaps == 0;
        if (!good)
            printf("# killed %d, handed over %d: %d rows, %d gaps, %d not written\n", killed, c.handed, (int)rows,
                   (int)gaps, (int)unwritten);
        wrong += !good;
    }
    is_int(wrong, 0, "killed while its thread writes: everything is there, once");
}

static void test_gap(void)
{
    const struct child c = {2, EVENTS, 8, true};
    remove_store();
    ok(kill_after(&c), "killed with a queue that was full");
    recover(NULL);
    const int64_t events =
        ask_file(path, "SELECT count(*) FROM " ALL " WHERE (viewing, seq) NOT IN (SELECT viewing, seq FROM gap)");
    const int64_t lost = ask_file(path, "SELECT sum(count) FROM gap");
    ok(lost > 0 && events + lost == EVENTS, "%d events and a gap that tells of %d", (int)events, (int)lost);
}

static void test_disk_stays_full(void)
{
    const struct child c = {4, 9, 0, true};
    remove_store();
    ok(kill_after(&c), "killed");
    fault_arm(FAULT_WRITE, SQLITE_FULL, 1, true);
    recover(FAULT_VFS);
    ok(fault_landed() > 0, "the next program meets a full disk, too");
    fault_disarm();
    is_int(ask_file(path, "SELECT count(*) FROM " ALL), 4, "nothing more is in the store");
    is_int(spools(), 1, "but it is kept");
    recover(NULL);
    is_int(ask_file(path, "SELECT count(*) FROM " ALL), 9, "and written when there is room");
    is_int(spools(), 0, "and then no more in memory");
}

static void test_erased(void)
{
    const struct child c = {4, 9, 0, true};
    remove_store();
    ok(kill_after(&c), "killed");
    const struct store_options so = {.path = path};
    struct store *s = store_open(&so, NULL);
    sqlite3_exec(s->db,
                 "DELETE FROM outcome; DELETE FROM leave; DELETE FROM visit; DELETE FROM exposure; DELETE FROM viewing;"
                 "UPDATE control SET changed = changed + 1, erased = erased + 1",
                 NULL, NULL, NULL);
    store_close(s);
    is_int(ask_file(path, "SELECT count(*) FROM viewing"), 0, "the viewer erases the viewing");
    recover(NULL);
    is_int(ask_file(path, "SELECT count(*) FROM viewing"), 0, "it does not come back from the dead");
    is_int(spools(), 0, "and is no more in memory");
}

/* How often these bytes stand in the shared memory of this test's stores. */
static int in_memory(const void *bytes, size_t n)
{
    int hits = 0;
    g_autoptr(GDir) d = g_dir_open("/dev/shm", 0, NULL);
    for (const char *name; d && (name = g_dir_read_name(d));) {
        g_autofree char *file = g_build_filename("/dev/shm", name, NULL), *all = NULL;
        gsize size = 0;
        if (!strstr(name, "frumious-events-") || !g_file_get_contents(file, &all, &size, NULL) ||
            !memmem(all, size, dir, strlen(dir)))
            continue;
        for (const char *at = all; (at = memmem(at, size - (gsize)(at - all), bytes, n)); at++)
            hits++;
    }
    return hits;
}

/* What a film hands over stays in memory until it is written, and no longer; of an erased viewing nothing stays. */
static void test_wiped(void)
{
    const int64_t latency = 3250400; /* of test_play's first outcome */
    const struct writer_options o = {.path = path};
    const struct tel_viewing v = test_viewing(TEST_ID);
    remove_store();
    struct writer *w = writer_open(&o, NULL);
    writer_flush(w, TEST_LONG);
    writer_story(w, &test_story);
    writer_begin(w, &v);
    test_put_all(w, test_play, 2);
    ok(writer_flush(w, TEST_LONG) && in_memory(TEST_ID, TEL_ID_SIZE - 1) > 0,
       "a viewing's id is in memory while it plays");
    writer_put(w, &test_play[2]);
    ok(writer_flush(w, TEST_LONG) && ask_file(path, "SELECT count(*) FROM outcome WHERE latency_us = 3250400") == 1,
       "its outcome is on disk");
    for (int i = 0; in_memory(&latency, sizeof latency) && i < 500; i++)
        g_usleep(10000); /* the thread wipes after it has told */
    is_int(in_memory(&latency, sizeof latency), 0, "and no more in the queue");
    writer_discard_viewing(w);
    for (int i = 0; in_memory(TEST_ID, TEL_ID_SIZE - 1) && i < 500; i++)
        g_usleep(10000);
    is_int(in_memory(TEST_ID, TEL_ID_SIZE - 1), 0, "a viewing that is to be erased is in no memory of ours");
    test_put_all(w, test_play + 3, 3);
    writer_flush(w, TEST_LONG);
    is_int(ask_file(path, "SELECT count(*) FROM " ALL), 3, "nothing more of it is written");
    const struct tel_viewing next = test_viewing(TEST_ID_2);
    writer_begin(w, &next);
    test_put_all(w, test_play, 3);
    ok(writer_flush(w, TEST_LONG) && ask_file(path, "SELECT count(*) FROM " ALL) == 6, "the next viewing is");
    writer_close(w, TEST_LONG);
}

static void test_store_is_gone(void)
{
    const struct child c = {4, 9, 0, true};
    remove_store();
    ok(kill_after(&c), "killed");
    recover(NULL);
    remove_store();
    ok(kill_after(&c), "killed");
    char *kept = path;
    path = g_build_filename(dir, "other.sqlite", NULL);
    recover(NULL);
    is_int(spools(), 1, "another store's program leaves it alone");
    is_int(ask_file(path, "SELECT count(*) FROM " ALL), 0, "and its store is empty");
    g_unlink(kept);
    recover(NULL);
    is_int(spools(), 1, "the same when its store is not there, for it may be made yet");
    age("nothing");
    recover(NULL);
    is_int(spools(), 0, "until it is old");
    g_free(path);
    path = kept;
}

/* Whatever stands in shared memory under our name does no harm. */
static void test_damaged(uint32_t seed)
{
    int survived = 0;
    g_autofree char *start = g_strdup_printf("frumious-events-%u-test-%d-", (unsigned)getuid(), (int)getpid());
    GRand *rand = g_rand_new_with_seed(seed);
    for (int i = 0; i < 60; i++) {
        struct spool *sp = spool_new(path, 16);
        if (!sp->name)
            break;
        spool_save_story(sp, &test_story);
        g_autofree char *copy = g_strdup_printf("/%s%d", start, i);
        const size_t bytes = i < 30 ? sp->bytes : (size_t)g_rand_int_range(rand, 0, (gint32)sp->bytes);
        const int fd = shm_open(copy, O_RDWR | O_CREAT, 0600);
        sp->ring->tail = (uint64_t)(i % 5);
        if (i % 3 == 0) {
            const size_t at = sizeof sp->ring->magic + (size_t)g_rand_int_range(rand, 0, 40);
            ((uint8_t *)sp->ring)[at] ^= (uint8_t)(1 << i % 8);
        }
        for (int k = 0; k < 20 && i % 3 == 1; k++) {
            const size_t from = offsetof(struct spool_ring, head), n = sp->bytes - from;
            ((uint8_t *)sp->ring)[from + (size_t)g_rand_int_range(rand, 0, (gint32)n)] = (uint8_t)g_rand_int(rand);
        }
        survived += write(fd, sp->ring, bytes) == (ssize_t)bytes;
        close(fd);
        spool_free(sp);
        recover(NULL);
    }
    g_rand_free(rand);
    is_int(survived, 60, "damaged spools are survived");
    ok(spools() > 0, "what looks like another version's is left to that");
    g_unlink(path);
    age(start);
    recover(NULL);
    is_int(spools(), 0, "as long as there is its store");
    is_int(ask_file(path, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1, "the store is whole");
}

int main(int argc, char **argv)
{
    if (argc == 7 && strcmp(argv[1], "child") == 0)
        return run_child(argv);
    const uint32_t seed = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 4711;
    printf("# seed %u\n", seed);
    self = g_file_read_link("/proc/self/exe", NULL);
    dir = g_dir_make_tmp("spool-XXXXXX", NULL);
    path = g_build_filename(dir, "t.sqlite", NULL);
    fault_register();
    struct spool *sp = spool_new(path, 4);
    if (sp->name) {
        spool_free(sp);
        test_every_record();
        test_while_writing();
        test_gap();
        test_disk_stays_full();
        test_erased();
        test_store_is_gone();
        test_wiped();
        test_damaged(seed);
    } else {
        spool_free(sp);
        skip("what is handed over outlives a kill", "there is no shared memory here");
    }
    remove_store();
    g_rmdir(dir);
    g_free(path);
    g_free(dir);
    g_free(self);
    return tap_done();
}

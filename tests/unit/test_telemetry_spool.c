/*
 * What a writer took outlives the kill of its process. A child hands over records and kills itself, at every record and
 * with every part of them already written; the next writer of that store brings in the rest. Nothing here depends on
 * timing: the child's disk is full from the moment that the test wants, so that nothing more can be written.
 */
#include "tap.h"
#include "test_store.h"
#include "test_telemetry.h"

#include "faults/fault_vfs.h"
#include "base/runtime.h"
#include "telemetry/write/spool.h"
#include "telemetry/write/spool_recovery.h"
#include "telemetry/store/store.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
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

/* Calls `each` for every file that can be a spool: in our own folders, and where earlier versions had theirs. */
static void for_each_file(void (*each)(const char *file, void *data), void *data)
{
    g_autoptr(GPtrArray) folders = runtime_folders();
    g_ptr_array_add(folders, g_strdup(RUNTIME_SHARED));
    for (guint i = 0; i < folders->len; i++) {
        g_autoptr(GDir) d = g_dir_open(folders->pdata[i], 0, NULL);
        for (const char *name; d && (name = g_dir_read_name(d));) {
            g_autofree char *file = g_build_filename(folders->pdata[i], name, NULL);
            if (strstr(name, "events-") && g_file_test(file, G_FILE_TEST_IS_REGULAR))
                each(file, data);
        }
    }
}

/* Is it a spool of this test's stores? */
static bool is_of_test(const char *file)
{
    char found[4096] = "";
    const int fd = open(file, O_RDONLY | O_CLOEXEC);
    const bool read = fd >= 0 && pread(fd, found, sizeof found - 1, offsetof(struct spool_ring, path)) > 0;
    if (fd >= 0)
        close(fd);
    return read && g_str_has_prefix(found, dir);
}

static void count_one(const char *file, void *n)
{
    *(int *)n += is_of_test(file);
}

/* How many spools there are of this test's stores: each test ends with none. */
static int spools(void)
{
    int n = 0;
    for_each_file(count_one, &n);
    return n;
}

struct ageing {
    const char *start;
    int days;
};

static void age_one(const char *file, void *data)
{
    const struct ageing *a = data;
    const time_t then = time(NULL) - a->days * 24 * 3600;
    const struct timespec times[2] = {{.tv_sec = then}, {.tv_sec = then}};
    g_autofree char *name = g_path_get_basename(file);
    if (is_of_test(file) || g_str_has_prefix(name, a->start))
        utimensat(AT_FDCWD, file, times, 0);
}

/* Makes the spools of this test's stores, and what begins with `start`, so many days old. */
static void age(const char *start, int days)
{
    for_each_file(age_one, &(struct ageing){start, days});
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
            const bool good =
                before == written[i] && after == handed && last == handed &&
                ask_file(path, "SELECT count(*) FROM gap") == 0 &&
                ask_file(path, "SELECT count(*) FROM viewing") == 1 &&
                ask_file(path, "SELECT sum(score) FROM option_trait") == 8 &&
                ask_file(path, "SELECT count(*) FROM option_prop, node_prop") == 3 &&
                ask_file(path, "SELECT count(*) * 10 + sum(shortest_us = 6000000) FROM film_left") == 32 &&
                ask_file(path, "SELECT count(*) FROM option_forget") == 1 &&
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

struct search {
    const void *bytes;
    size_t n;
    int hits;
};

static void search_one(const char *file, void *data)
{
    struct search *s = data;
    g_autofree char *all = NULL;
    gsize size = 0;
    if (!is_of_test(file) || !g_file_get_contents(file, &all, &size, NULL))
        return;
    for (const char *at = all; (at = memmem(at, size - (gsize)(at - all), s->bytes, s->n)); at++)
        s->hits++;
}

/* How often these bytes stand in the spools of this test's stores. */
static int in_memory(const void *bytes, size_t n)
{
    struct search s = {bytes, n, 0};
    for_each_file(search_one, &s);
    return s.hits;
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

/* What it says; NULL: nothing. The caller frees it. */
static char *recover_and_tell(void)
{
    const struct sink_options so = {.path = path};
    struct sink_result result = {0};
    ok(spool_recover(path, &so, &result, NULL), "a program starts");
    return result.notice;
}

static char *waiting(void)
{
    GString *text = g_string_new(NULL);
    spool_tell_waiting(path, text);
    return g_string_free(text, FALSE);
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
    is_int(spools(), 1, "the same when its store is not there, for it may come back");
    age("nothing", SPOOL_KEPT_DAYS - 1);
    g_autofree char *none = recover_and_tell(), *waits = waiting();
    ok(spools() == 1 && !none, "for weeks: %s", none ? none : "nothing is said");
    ok(strstr(waits, "5 records of a play that was killed on ") && strstr(waits, "t.sqlite, which is not there"),
       "and whoever asks is told: %s", waits);
    age("nothing", SPOOL_KEPT_DAYS + 1);
    g_autofree char *told = recover_and_tell();
    ok(spools() == 0 && told && strstr(told, "5 records of a play that was killed are dropped") && strstr(told, kept) &&
           strstr(told, "30 days"),
       "then it goes, which is said: %s", told ? told : "it is not");
    g_free(path);
    path = kept;
}

/* ---- damage and harm --------------------------------------------------------------------------------------------- */

/* The file of a spool, whole, as a killed program leaves it: a copy, which nobody has locked. */
static char *dead_copy(const struct spool *sp, size_t *bytes)
{
    char *all = NULL;
    if (!g_file_get_contents(sp->path, &all, bytes, NULL))
        ok(false, "a spool cannot be read");
    return all;
}

static void put_file(const char *file, const void *bytes, size_t n, mode_t mode)
{
    const int fd = open(file, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (fd < 0 || fchmod(fd, mode) != 0 || write(fd, bytes, n) != (ssize_t)n)
        ok(false, "%s cannot be written", file);
    close(fd);
}

/* A path in our own folder for a spool with this name. */
static char *in_our_folder(const char *name)
{
    g_autofree char *folder = NULL;
    const int fd = runtime_open(&folder);
    close(fd);
    return g_build_filename(folder, name, NULL);
}

/* Whatever stands in our folder under our name does no harm. */
static void test_damaged(uint32_t seed)
{
    int survived = 0;
    g_autofree char *start = g_strdup_printf("events-test-%d-", (int)getpid());
    GRand *rand = g_rand_new_with_seed(seed);
    for (int i = 0; i < 60; i++) {
        struct spool *sp = spool_new(path, 16);
        spool_save_story(sp, &test_story);
        gsize whole = 0;
        g_autofree char *name = g_strdup_printf("%s%d", start, i), *copy = in_our_folder(name),
                        *all = dead_copy(sp, &whole);
        const size_t bytes = i < 30 ? whole : (size_t)g_rand_int_range(rand, 0, (gint32)sp->bytes);
        struct spool_ring *ring = (struct spool_ring *)(void *)all;
        ring->tail = (uint64_t)(i % 5);
        if (i % 3 == 0) {
            const size_t at = sizeof ring->magic + (size_t)g_rand_int_range(rand, 0, 40);
            all[at] ^= (char)(1 << i % 8);
        }
        for (int k = 0; k < 20 && i % 3 == 1; k++) {
            const size_t from = offsetof(struct spool_ring, head), n = sp->bytes - from;
            all[from + (size_t)g_rand_int_range(rand, 0, (gint32)n)] = (char)g_rand_int(rand);
        }
        put_file(copy, all, bytes, 0600);
        spool_free(sp);
        survived++;
        recover(NULL);
    }
    g_rand_free(rand);
    is_int(survived, 60, "damaged spools are survived");
    ok(spools() > 0, "what looks like another version's is left to that");
    g_unlink(path);
    age(start, SPOOL_KEPT_DAYS + 1);
    recover(NULL);
    is_int(spools(), 0, "as long as there is its store");
    is_int(ask_file(path, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1, "the store is whole");
}

/* A spool of this store with a whole play in it, as bytes. */
static char *forged_play(const char *id, gsize *bytes)
{
    struct spool *sp = spool_new(path, 64);
    struct tel_viewing v = test_viewing(id);
    struct sink_entry story = {.kind = SINK_STORY, .spool_offset = spool_save_story(sp, &test_story)},
                      begin = {.kind = SINK_BEGIN, .spool_offset = spool_save_viewing(sp, &v)};
    spool_push(sp, &story);
    spool_push(sp, &begin);
    for (int i = 0; i < EVENTS; i++) {
        const struct sink_entry e = {.kind = SINK_EVENT, .seq = i + 1, .record = test_play[i]};
        sp->ring->seq = i + 1;
        spool_push(sp, &e);
    }
    sp->ring->owner = 0x7ffffff0; /* nobody */
    char *all = dead_copy(sp, bytes);
    ((struct spool_ring *)(void *)all)->owner = sp->ring->owner;
    spool_free(sp);
    return all;
}

/* Of many that wait the oldest go, as far as it takes. */
static void test_too_many(void)
{
    enum { MANY = 6 };
    gsize bytes = 0;
    char *kept = path;
    path = g_build_filename(dir, "gone.sqlite", NULL);
    g_autofree char *all = forged_play(TEST_ID, &bytes);
    for (int i = 0; i < MANY; i++) {
        g_autofree char *name = g_strdup_printf("events-%08d-0000-7000-8000-000000000000", i),
                        *file = in_our_folder(name);
        put_file(file, all, bytes, 0600);
        ok(truncate(file, (off_t)SPOOL_BYTES_MAX) == 0, "a large one waits");
    }
    g_free(path);
    path = kept;
    g_autofree char *told = recover_and_tell();
    const int left = spools();
    ok(left > 0 && left <= SPOOL_KEPT_BYTES / (int64_t)SPOOL_BYTES_MAX && told &&
           strstr(told, "others need the memory; so are those of "),
       "%d of %d stay, which is said: %s", left, MANY, told ? told : "it is not");
    age("nothing", SPOOL_KEPT_DAYS + 1);
    recover(NULL);
    is_int(spools(), 0, "and those are dropped when they are old");
}

static int64_t viewings(void)
{
    return MAX(ask_file(path, "SELECT count(*) FROM viewing"), 0);
}

/* As earlier versions did: by a name in the folder that everybody may write to. */
static char *earlier_name(const char *id)
{
    return g_strdup_printf(RUNTIME_SHARED "/frumious-events-%u-%s", (unsigned)geteuid(), id);
}

static void test_earlier_version(void)
{
    gsize bytes = 0;
    remove_store();
    g_autofree char *all = forged_play(TEST_ID, &bytes), *file = earlier_name(TEST_ID);
    put_file(file, all, bytes, 0600);
    recover(NULL);
    ok(viewings() == 1 && ask_file(path, "SELECT count(*) FROM " ALL) == EVENTS,
       "what an earlier version left in /dev/shm is brought in");
    ok(!g_file_test(file, G_FILE_TEST_EXISTS), "and removed");
}

/* What is not ours alone is not touched: neither brought in nor removed. */
static void test_not_ours_alone(void)
{
    gsize bytes = 0;
    g_autofree char *all = forged_play(TEST_ID, &bytes), *file = earlier_name(TEST_ID),
                    *other = g_build_filename(dir, "elsewhere", NULL), *second = NULL;
    static const struct {
        const char *what;
        mode_t mode;
        enum { PLAIN, LINKED, TWO_NAMES, PIPE } kind;
    } cases[] = {
        {"that others may read", 0644, PLAIN}, {"that others may write", 0602, PLAIN},  {"of a group", 0660, PLAIN},
        {"behind a link", 0600, LINKED},       {"with a second name", 0600, TWO_NAMES}, {"that is a pipe", 0600, PIPE}};
    second = g_strconcat(file, "x", NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        remove_store();
        if (cases[i].kind == PIPE)
            ok(mkfifo(file, 0600) == 0, "a pipe stands there");
        else
            put_file(cases[i].kind == LINKED ? other : file, all, bytes, cases[i].mode);
        if (cases[i].kind == LINKED)
            ok(symlink(other, file) == 0, "a link leads to a spool");
        if (cases[i].kind == TWO_NAMES)
            ok(link(file, second) == 0, "a spool has two names");
        recover(NULL);
        struct stat st;
        ok(viewings() == 0 && lstat(file, &st) == 0, "a spool %s is left alone", cases[i].what);
        g_unlink(file);
        g_unlink(second);
        g_unlink(other);
    }
}

/* What a file must be, whoever opened it. */
static void test_ours(void)
{
    static const struct {
        const char *what;
        mode_t mode;
        int other_user;
        nlink_t links;
        off_t size;
        bool ours;
    } rows[] = {{"a file of ours", S_IFREG | 0600, 0, 1, 10, true},
                {"an empty one", S_IFREG | 0600, 0, 1, 0, true},
                {"one as large as it may be", S_IFREG | 0600, 0, 1, 100, true},
                {"a larger one", S_IFREG | 0600, 0, 1, 101, false},
                {"another user's", S_IFREG | 0600, 1, 1, 10, false},
                {"one with two names", S_IFREG | 0600, 0, 2, 10, false},
                {"one without a name", S_IFREG | 0600, 0, 0, 10, false},
                {"one that others may read", S_IFREG | 0604, 0, 1, 10, false},
                {"a pipe", S_IFIFO | 0600, 0, 1, 0, false},
                {"a folder", S_IFDIR | 0600, 0, 1, 0, false},
                {"a device", S_IFCHR | 0600, 0, 1, 0, false}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct stat st = {.st_mode = rows[i].mode,
                                .st_uid = geteuid() + (uid_t)rows[i].other_user,
                                .st_nlink = rows[i].links,
                                .st_size = rows[i].size};
        ok(!!runtime_is_ours(&st, 100) == rows[i].ours, "%s: %s", rows[i].what, rows[i].ours ? "read" : "not read");
    }
    g_autofree char *folder = g_build_filename(dir, "another's", NULL);
    if (geteuid() != 0) {
        skip("another user's folder", "only root can make one");
        return;
    }
    ok(g_mkdir(folder, 0700) == 0 && runtime_open_folder(folder) >= 0, "a folder of ours is opened");
    ok(chown(folder, 65534, 65534) == 0 && runtime_open_folder(folder) < 0, "another user's is not");
    g_rmdir(folder);
}

/* Runs in a child as another user: forges, locks, and makes shorter again while it is read. */
#define STRANGER 65534

static int run_stranger(const char *file, const char *from)
{
    gsize bytes = 0;
    g_autofree char *all = NULL;
    if (!g_file_get_contents(from, &all, &bytes, NULL) || setgid(STRANGER) != 0 || setuid(STRANGER) != 0)
        return 3;
    put_file(file, all, bytes, 0600);
    const int fd = open(file, O_RDWR | O_CLOEXEC);
    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0)
        return 4;
    if (write(STDOUT_FILENO, "x", 1) != 1)
        return 5;
    for (;;) /* until it is killed */
        pause();
}

static bool count_wait(void *n)
{
    ++*(int *)n;
    return true;
}

static bool never_wait(void *n)
{
    ++*(int *)n;
    return false;
}

static void test_other_user(void)
{
    gsize bytes = 0;
    if (geteuid() != 0) {
        skip("spools of another user", "only root can become another user");
        return;
    }
    remove_store();
    g_autofree char *all = forged_play(TEST_ID, &bytes), *from = g_build_filename(dir, "forged", NULL);
    put_file(from, all, bytes, 0600);
    pid_t strangers[10];
    char *files[G_N_ELEMENTS(strangers)];
    int landed = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(strangers); i++) {
        int told[2];
        char x;
        g_autofree char *id = g_strdup_printf("0190aaaa-bbbb-7ccc-8ddd-eeeeffff%04d", (int)i);
        files[i] = earlier_name(id);
        if (pipe(told) != 0)
            break;
        strangers[i] = fork();
        if (strangers[i] == 0) {
            dup2(told[1], STDOUT_FILENO);
            _exit(run_stranger(files[i], from));
        }
        close(told[1]);
        struct stat st;
        landed += read(told[0], &x, 1) == 1 && stat(files[i], &st) == 0 && st.st_uid == STRANGER;
        close(told[0]);
    }
    is_int(landed, G_N_ELEMENTS(strangers), "another user has forged ten viewings, and locked the files");
    struct sink_result result = {0};
    int waits = 0;
    const struct sink_options so = {.path = path, .keep_waiting = count_wait, .data = &waits};
    ok(spool_recover(path, &so, &result, NULL), "this user's program starts");
    g_free(result.notice);
    is_int(waits, 0, "and waits for none of the locks");
    is_int(viewings(), 0, "nothing of them is in the store");
    for (size_t i = 0; i < G_N_ELEMENTS(strangers); i++) {
        kill(strangers[i], SIGKILL);
        waitpid(strangers[i], NULL, 0);
        ok(g_file_test(files[i], G_FILE_TEST_EXISTS), "the file is left to its owner");
        g_unlink(files[i]);
        g_free(files[i]);
    }
    g_unlink(from);
}

/* Locks of our own user's that nobody gives back: all together they keep a start for no longer than one would. */
static void test_locked(void)
{
    gsize bytes = 0;
    int fds[10];
    char *files[G_N_ELEMENTS(fds)];
    remove_store();
    g_autofree char *all = forged_play(TEST_ID, &bytes);
    for (size_t i = 0; i < G_N_ELEMENTS(fds); i++) {
        g_autofree char *name = g_strdup_printf(SPOOL_PREFIX "0190aaaa-bbbb-7ccc-8ddd-eeeeffff%04d", (int)i);
        files[i] = in_our_folder(name);
        put_file(files[i], all, bytes, 0600);
        fds[i] = open(files[i], O_RDWR | O_CLOEXEC);
        if (flock(fds[i], LOCK_EX | LOCK_NB) != 0)
            ok(false, "a lock cannot be taken");
    }
    struct sink_result result = {0};
    int waits = 0;
    const struct sink_options so = {.path = path, .keep_waiting = count_wait, .data = &waits};
    ok(spool_recover(path, &so, &result, NULL), "ten spools are locked, and nobody works on them");
    /* It waits 5 ms each time, or longer on a busy machine. */
    ok(waits > 0 && waits <= STORE_BUSY_MS / 5 + 10, "the wait is that for one: it looked %d times", waits);
    const struct sink_options impatient = {.path = path, .keep_waiting = never_wait, .data = &waits};
    waits = 0;
    ok(spool_recover(path, &impatient, &result, NULL) && waits == (int)G_N_ELEMENTS(fds),
       "and none where the program is about to end");
    for (size_t i = 0; i < G_N_ELEMENTS(fds); i++)
        close(fds[i]);
    recover(NULL);
    is_int(viewings(), 1, "once the locks are gone, what they held is brought in");
    for (size_t i = 0; i < G_N_ELEMENTS(fds); i++)
        g_free(files[i]);
    is_int(spools(), 0, "and removed");
}

/* It is locked, and says that a process of another user's has made it: none can have, so it is one that another program works on. */
static void test_named_process(void)
{
    if (geteuid() != 0) {
        skip("a process of another user", "only root can become another user");
        return;
    }
    gsize bytes = 0;
    remove_store();
    g_autofree char *all = forged_play(TEST_ID, &bytes), *file = in_our_folder(SPOOL_PREFIX TEST_ID);
    int told[2], waits = 0;
    char x;
    if (pipe(told) != 0)
        return;
    const pid_t stranger = fork();
    if (stranger == 0) {
        if (setgid(STRANGER) != 0 || setuid(STRANGER) != 0 || write(told[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    ok(read(told[0], &x, 1) == 1, "another user's process");
    ((struct spool_ring *)(void *)all)->owner = (uint32_t)stranger;
    put_file(file, all, bytes, 0600);
    const int fd = open(file, O_RDWR | O_CLOEXEC);
    struct sink_result result = {0};
    const struct sink_options impatient = {.path = path, .keep_waiting = never_wait, .data = &waits};
    ok(flock(fd, LOCK_EX | LOCK_NB) == 0 && spool_recover(path, &impatient, &result, NULL) && waits == 1,
       "is not taken for the maker of a spool of ours: %d", waits);
    kill(stranger, SIGKILL);
    waitpid(stranger, NULL, 0);
    close(told[0]);
    close(told[1]);
    close(fd);
    recover(NULL);
    is_int(viewings(), 1, "which is brought in later");
}

/* Our own user's, and every number in it a lie. */
static void test_hostile(void)
{
    static const struct {
        const char *what;
        size_t at;
        uint64_t value;
    } lies[] = {
        {"no capacity", offsetof(struct spool_ring, capacity), 0},
        {"an odd capacity", offsetof(struct spool_ring, capacity), 63},
        {"a huge capacity", offsetof(struct spool_ring, capacity), UINT64_C(1) << 62},
        {"a capacity that is larger than the file", offsetof(struct spool_ring, capacity), 65536},
        {"a head behind the tail", offsetof(struct spool_ring, head), 1000},
        {"a tail that is far away", offsetof(struct spool_ring, tail), UINT64_MAX},
        {"a last number near the end of numbers", offsetof(struct spool_ring, seq), INT64_MAX},
        {"a loss beyond numbers", offsetof(struct spool_ring, missed), UINT64_MAX},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(lies); i++) {
        gsize bytes = 0;
        remove_store();
        g_autofree char *all = forged_play(TEST_ID, &bytes), *file = in_our_folder(SPOOL_PREFIX TEST_ID);
        memcpy(all + lies[i].at, &lies[i].value, sizeof lies[i].value);
        put_file(file, all, bytes, 0600);
        recover(NULL);
        ok(viewings() == 0 && spools() == 0, "%s: it is removed, and nothing of it written", lies[i].what);
    }
}

/* The place of entry i in such a file. */
static struct sink_entry *entry_of(char *all, int i)
{
    return &((struct spool_ring *)(void *)all)->entries[i];
}

/* Entries that point out of the file, and a file that becomes shorter: what makes sense is written, the rest is not. */
static void test_cut_short(void)
{
    gsize bytes = 0;
    remove_store();
    g_autofree char *all = forged_play(TEST_ID, &bytes), *file = in_our_folder(SPOOL_PREFIX TEST_ID);
    entry_of(all, 1)->spool_offset = UINT64_MAX - 3;
    put_file(file, all, bytes, 0600);
    recover(NULL);
    ok(viewings() == 0 && spools() == 0, "a viewing beyond the file's end is not read");

    static const uint64_t lengths[] = {UINT64_MAX, UINT64_MAX - sizeof(uint64_t), UINT64_C(1) << 62, 0, 7};
    for (size_t i = 0; i < G_N_ELEMENTS(lengths); i++) {
        g_autofree char *odd = forged_play(TEST_ID, &bytes);
        memcpy(odd + entry_of(odd, 1)->spool_offset, &lengths[i], sizeof lengths[i]);
        put_file(file, odd, bytes, 0600);
        recover(NULL);
        ok(viewings() == 0 && spools() == 0, "nor one that says to be %" G_GUINT64_FORMAT " bytes long", lengths[i]);
    }
    g_autofree char *endless = forged_play(TEST_ID, &bytes);
    struct tel_viewing *v =
        (struct tel_viewing *)(void *)(endless + entry_of(endless, 1)->spool_offset + sizeof(uint64_t));
    memset(v->language, 'x', sizeof v->language);
    put_file(file, endless, bytes, 0600);
    recover(NULL);
    ok(viewings() == 0 && spools() == 0, "nor one whose language has no end");

    g_autofree char *again = forged_play(TEST_ID, &bytes);
    entry_of(again, 5)->record.kind = (enum tel_kind)4711;
    entry_of(again, 6)->seq = INT64_MAX;
    entry_of(again, 7)->record.kind = TEL_EXPOSURE;
    entry_of(again, 7)->record.exposure.menu.n = 255;
    put_file(file, again, bytes, 0600);
    recover(NULL);
    ok(viewings() == 1 && spools() == 0 && ask_file(path, "SELECT count(*) FROM " ALL) > EVENTS / 2,
       "events that cannot be are left out, and the others written");

    remove_store();
    struct spool *sp = spool_new(path, 64);
    const struct sink_entry e = {.kind = SINK_EVENT, .seq = 1, .record = test_play[0]};
    ok(truncate(sp->path, 100) == 0, "a program's own spool is made shorter while it plays");
    for (int i = 0; i < 40; i++)
        spool_push(sp, &e);
    ok(spool_check(sp) && atomic_load(&sp->ring->tail) == 40, "it plays on");
    spool_free(sp);
    is_int(spools(), 0, "and removes what is left");
}

static void test_large(void)
{
    g_autofree char *file = in_our_folder(SPOOL_PREFIX TEST_ID);
    gsize bytes = 0;
    remove_store();
    g_autofree char *all = forged_play(TEST_ID, &bytes);
    put_file(file, all, bytes, 0600);
    ok(truncate(file, (off_t)SPOOL_BYTES_MAX + 1) == 0, "a spool is larger than any of ours");
    recover(NULL);
    ok(viewings() == 0 && g_file_test(file, G_FILE_TEST_EXISTS), "nobody reads it");
    g_unlink(file);
}

/* A user whose folder's name somebody else has taken. It is found again by its owner, and by nobody else. */
static int find_hidden(uid_t user, const char *taken)
{
    g_autofree char *first = NULL, *second = NULL;
    if (setgid(user) != 0 || setuid(user) != 0)
        return 2;
    const int one = runtime_open(&first), other = runtime_open(&second);
    g_autofree char *prefix = g_path_get_basename(taken);
    g_autoptr(GPtrArray) all = runtime_folders(), names = runtime_shared_names(prefix);
    struct stat st;
    const bool good = one >= 0 && other >= 0 && strcmp(first, second) == 0 && fstat(one, &st) == 0 && names->len == 1 &&
                      g_str_has_suffix(first, names->pdata[0]) && st.st_uid == user && (st.st_mode & 0777) == 0700 &&
                      all->len == 1 && strcmp(all->pdata[0], first) == 0 && strlen(first) > strlen(taken) + 30;
    g_rmdir(first);
    return good ? 0 : 1;
}

static void test_taken_name(void)
{
    const uid_t user = 61000 + (uid_t)(getpid() % 4000); /* nobody's */
    g_autofree char *taken = g_strdup_printf(RUNTIME_SHARED "/frumious-%u", (unsigned)user),
                    *another = g_strconcat(taken, "-another", NULL);
    int status = -1;
    if (geteuid() != 0 || g_mkdir(taken, 0755) != 0 || g_mkdir(another, 0700) != 0) {
        skip("a folder whose name is taken", "only root can become another user");
        return;
    }
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        g_unsetenv("XDG_RUNTIME_DIR");
        _exit(find_hidden(user, taken));
    }
    waitpid(child, &status, 0);
    ok(WIFEXITED(status) && WEXITSTATUS(status) == 0,
       "another user has taken the name of the folder, and made one like it: ours gets one that cannot be guessed, and "
       "no "
       "other is looked at (%d)",
       WEXITSTATUS(status));
    g_rmdir(taken);
    g_rmdir(another);
}

/* ---- where they lie ---------------------------------------------------------------------------------------------- */

static bool is_tmpfs(const char *folder)
{
    struct statfs fs;
    return statfs(folder, &fs) == 0 && (unsigned long)fs.f_type == TMPFS_MAGIC;
}

static void test_folder(void)
{
    g_autofree char *session = g_strdup_printf(RUNTIME_SHARED "/frumious-test-%d", (int)getpid()),
                    *ours = g_build_filename(session, "frumious", NULL), *link = g_strconcat(session, "-link", NULL);
    const char *was = g_getenv("XDG_RUNTIME_DIR");
    g_autofree char *before = g_strdup(was);
    static const struct {
        mode_t mode;
        bool taken;
    } cases[] = {{0700, true}, {0755, false}, {0770, false}, {0777, false}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *found = NULL;
        if (g_mkdir(session, 0700) != 0 || g_chmod(session, cases[i].mode) != 0)
            ok(false, "a folder cannot be made");
        g_setenv("XDG_RUNTIME_DIR", session, true);
        const int fd = runtime_open(&found);
        struct stat st;
        ok(fd >= 0 && fstat(fd, &st) == 0 && (st.st_mode & 0777) == 0700 && st.st_uid == geteuid(),
           "the folder is ours alone: %s", found);
        ok((strcmp(found, ours) == 0) == cases[i].taken, "$XDG_RUNTIME_DIR of mode %03o is %s", (unsigned)cases[i].mode,
           cases[i].taken ? "taken" : "not trusted");
        close(fd);
        g_rmdir(ours);
        g_rmdir(session);
    }
    g_autofree char *found = NULL, *shared = NULL, *on_disk = NULL;
    g_autofree char *usual = g_strdup_printf(RUNTIME_SHARED "/frumious-%u", (unsigned)geteuid());
    g_unsetenv("XDG_RUNTIME_DIR");
    close(runtime_open(&shared));
    ok(g_str_has_prefix(shared, usual), "without $XDG_RUNTIME_DIR it is %s: %s", usual, shared);
    g_setenv("XDG_RUNTIME_DIR", dir, true); /* of mode 0700 */
    close(runtime_open(&on_disk));
    ok(is_tmpfs(dir) || g_str_equal(on_disk, shared), "one on a disk is not taken: %s", on_disk);
    if (g_mkdir(session, 0700) != 0 || symlink(session, link) != 0)
        ok(false, "a folder cannot be made");
    g_setenv("XDG_RUNTIME_DIR", link, true);
    close(runtime_open(&found));
    ok(!g_str_has_prefix(found, session), "nor is a link");
    g_unlink(link);
    g_rmdir(session);
    if (before)
        g_setenv("XDG_RUNTIME_DIR", before, true);
    else
        g_unsetenv("XDG_RUNTIME_DIR");
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
    if (sp->path) {
        spool_free(sp);
        test_every_record();
        test_while_writing();
        test_gap();
        test_disk_stays_full();
        test_erased();
        test_store_is_gone();
        test_wiped();
        test_damaged(seed);
        test_earlier_version();
        test_too_many();
        test_ours();
        test_not_ours_alone();
        test_other_user();
        test_locked();
        test_named_process();
        test_hostile();
        test_cut_short();
        test_large();
        test_folder();
        test_taken_name();
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

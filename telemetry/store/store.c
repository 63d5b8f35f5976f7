#include "telemetry/store/store.h"

#include "telemetry/store/schema.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Files up to this size are checked whole when they are opened for writing: about 20 ms, not on the playing
 * thread. */
#define CHECK_BYTES_MAX (8 * 1024 * 1024)

/* A file's first bytes, as SQLite lays them out. */
#define HEADER_BYTES   100
#define HEADER_VERSION 60
#define HEADER_APP_ID  68

static const char *const companion_suffixes[] = {"", "-wal", "-shm"};

GQuark store_error_quark(void)
{
    return g_quark_from_static_string("store-error");
}

char *store_default_path(void)
{
    return g_build_filename(g_get_user_data_dir(), "frumious", "telemetry.sqlite", NULL);
}

static const char *advice_for(int rc)
{
    static const struct {
        int rc;
        const char *text;
    } table[] = {
        {SQLITE_FULL, " Free some space on the disk."},
        {SQLITE_BUSY, " Another program holds the store."},
        {SQLITE_READONLY, " Make the file and its folder writable, or name another file with --store."},
        {SQLITE_CANTOPEN, " Make the file and its folder writable, or name another file with --store."},
        {SQLITE_CORRUPT, " The next film that plays into it sets it aside under another name, and begins a new one."},
        {SQLITE_IOERR, " Check the disk, or name a file on another one with --store."},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
        if (table[i].rc == rc)
            return table[i].text;
    return "";
}

bool store_fail(struct store *s, const char *doing, GError **error)
{
    const int rc = s->db ? sqlite3_errcode(s->db) & 0xff : SQLITE_NOMEM;
    const bool damaged = rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB;
    g_set_error(error, STORE_ERROR, damaged ? STORE_ERROR_DAMAGED : STORE_ERROR_SQL, "%s: %s: %s.%s", s->path, doing,
                s->db ? sqlite3_errmsg(s->db) : "out of memory", advice_for(rc));
    return false;
}

/* ---- the file, before SQLite touches it ------------------------------------------------------------------------ */

enum file_state { FILE_EMPTY, FILE_OURS, FILE_FOREIGN, FILE_NEWER, FILE_DAMAGED };

static uint32_t big_endian(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool is_default_path(const char *path)
{
    g_autofree char *standard = store_default_path();
    return strcmp(path, standard) == 0;
}

/*
 * The application_id stands in the file itself from the first transaction on (it is made before WAL is
 * switched on). What does not even begin like a database can only be our own damaged file where nobody else
 * would put one.
 */
static enum file_state judge_header(const char *path, const uint8_t *header, ssize_t n)
{
    static const uint8_t nought[HEADER_BYTES];
    if (n == 0)
        return FILE_EMPTY;
    if (n == HEADER_BYTES && memcmp(header, "SQLite format 3", 16) == 0) {
        if (big_endian(header + HEADER_APP_ID) != STORE_APPLICATION_ID)
            return FILE_FOREIGN;
        return big_endian(header + HEADER_VERSION) > STORE_VERSION ? FILE_NEWER : FILE_OURS;
    }
    if (is_default_path(path) || memcmp(header, nought, (size_t)n) == 0)
        return FILE_DAMAGED;
    return FILE_FOREIGN;
}

static bool fail_on_path(const char *path, const char *what, int err, GError **error)
{
    g_set_error(error, STORE_ERROR, STORE_ERROR_CANNOT_OPEN,
                "%s: %s: %s. Make it writable, or name another file with --store.", path, what, g_strerror(err));
    return false;
}

static bool make_folder(const char *path, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(path);
    if (g_mkdir_with_parents(folder, 0700) == 0)
        return true;
    return fail_on_path(folder, "the folder cannot be made", errno, error);
}

static bool fail_not_a_file(const char *path, GError **error)
{
    g_set_error(error, STORE_ERROR, STORE_ERROR_CANNOT_OPEN,
                "%s: is a folder or a device, not a file. Name another file with --store.", path);
    return false;
}

/* Made here and not by SQLite, so that it is private from its first moment; -wal and -shm take its mode. */
static bool inspect_file(const char *path, bool may_create, enum file_state *found, GError **error)
{
    const int fd = g_open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (may_create ? O_CREAT : 0), 0600);
    if (fd < 0 && errno == ENOENT && !may_create) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_NOT_FOUND, "%s: nothing was recorded yet", path);
        return false;
    }
    if (fd < 0)
        return errno == EISDIR || errno == ENXIO ? fail_not_a_file(path, error)
                                                 : fail_on_path(path, "cannot be opened", errno, error);
    struct stat st;
    uint8_t header[HEADER_BYTES];
    const bool is_file = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    const ssize_t n = is_file ? pread(fd, header, sizeof header, 0) : -1;
    const int err = errno;
    close(fd);
    if (!is_file)
        return fail_not_a_file(path, error);
    if (n < 0)
        return fail_on_path(path, "cannot be read", err, error);
    *found = judge_header(path, header, n);
    return true;
}

static void make_private(const char *path)
{
    for (size_t i = 0; i < G_N_ELEMENTS(companion_suffixes); i++) {
        g_autofree char *file = g_strconcat(path, companion_suffixes[i], NULL);
        struct stat st;
        if (g_stat(file, &st) == 0 && (st.st_mode & 077) != 0)
            (void)g_chmod(file, 0600); /* somebody else's file stays as it is; writing to it will tell */
    }
}

/* Renames the store and its companions, which may hold what can still be saved. Returns the new name. */
static char *rename_aside(const char *path, GError **error)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *stamp = g_date_time_format(now, "%Y%m%dT%H%M%SZ");
    g_autofree char *aside = g_strdup_printf("%s.damaged-%s", path, stamp);
    for (int i = 2; g_file_test(aside, G_FILE_TEST_EXISTS); i++) {
        g_free(aside);
        aside = g_strdup_printf("%s.damaged-%s-%d", path, stamp, i);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(companion_suffixes); i++) {
        g_autofree char *from = g_strconcat(path, companion_suffixes[i], NULL);
        g_autofree char *to = g_strconcat(aside, companion_suffixes[i], NULL);
        if (g_rename(from, to) != 0 && i == 0) {
            fail_on_path(path, "is damaged and cannot be set aside", errno, error);
            return NULL;
        }
    }
    return g_steal_pointer(&aside);
}

/* ---- the connection -------------------------------------------------------------------------------------------- */

static bool run_sql(struct store *s, const char *doing, const char *sql, GError **error)
{
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK || store_fail(s, doing, error);
}

static bool read_int(struct store *s, const char *doing, const char *sql, int64_t *value, GError **error)
{
    sqlite3_stmt *st = NULL;
    bool done = sqlite3_prepare_v2(s->db, sql, -1, &st, NULL) == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW;
    if (done)
        *value = sqlite3_column_int64(st, 0);
    else
        store_fail(s, doing, error);
    sqlite3_finalize(st);
    return done;
}

/* Nobody asks how much memory SQLite has taken, and counting it would be a lock around each piece of it. */
static void set_up_sqlite(void)
{
    static gsize done;
    if (!g_once_init_enter(&done))
        return;
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* where SQLite is in use already it stays as it is */
    g_once_init_leave(&done, 1);
}

static bool connect_to_file(struct store *s, const struct store_options *o, GError **error)
{
    const int flags =
        (o->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    set_up_sqlite();
    if (sqlite3_open_v2(s->path, &s->db, flags, o->vfs) != SQLITE_OK)
        return store_fail(s, "cannot be opened", error);
    sqlite3_busy_timeout(s->db, s->busy_ms);
    return run_sql(s, "cannot be set up",
                   "PRAGMA foreign_keys=ON; PRAGMA synchronous=NORMAL; PRAGMA trusted_schema=OFF;"
                   "PRAGMA cell_size_check=ON",
                   error);
}

static bool refuse_newer(struct store *s, int64_t version, GError **error)
{
    g_set_error(error, STORE_ERROR, STORE_ERROR_NEWER,
                "%s: made by a newer version of this program (schema %" G_GINT64_FORMAT ", this one knows %d). "
                "Update this program, or name another file with --store.",
                s->path, version, STORE_VERSION);
    return false;
}

/* Two programs may come here at once: the second waits for the lock and then finds nothing left to do. */
static bool migrate_to_current(struct store *s, GError **error)
{
    int64_t version = 0;
    if (!run_sql(s, "cannot be migrated", "BEGIN IMMEDIATE", error))
        return false;
    bool done = read_int(s, "has no version", "PRAGMA user_version", &version, error);
    if (done && version > STORE_VERSION)
        done = refuse_newer(s, version, error);
    else if (done && version < STORE_VERSION && !schema_migrate(s->db, (int)version, error)) {
        done = false;
        g_prefix_error(error, "%s: cannot be migrated: ", s->path);
    }
    if (done && run_sql(s, "cannot be migrated", "COMMIT", error)) {
        s->created = version == 0;
        s->migrated_from = version < STORE_VERSION ? (int)version : 0;
        return true;
    }
    sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    return false;
}

/* Switching to WAL needs the file alone for a moment, and SQLite does not wait for that by itself. */
static bool switch_to_wal(struct store *s, GError **error)
{
    for (int waited_ms = 0;; waited_ms += 10) {
        if (sqlite3_exec(s->db, "PRAGMA journal_mode=WAL", NULL, NULL, NULL) == SQLITE_OK)
            return true;
        if ((sqlite3_errcode(s->db) & 0xff) != SQLITE_BUSY || waited_ms >= s->busy_ms)
            return store_fail(s, "cannot use a write-ahead log", error);
        g_usleep(10 * 1000);
    }
}

/*
 * quick_check words a page that cannot be read at this moment as if it were damage. It is told apart by its text, or a
 * disk with a hiccup would cost a sound store its name.
 */
static bool is_unreadable(const char *verdict)
{
    static const char mark[] = "error code=";
    const char *code = strstr(verdict, mark);
    const int rc = code ? atoi(code + strlen(mark)) & 0xff : SQLITE_CORRUPT;
    return (rc != SQLITE_CORRUPT && rc != SQLITE_NOTADB) || strstr(verdict, "failed to get page");
}

static bool judge_quick_check(struct store *s, const char *verdict, GError **error)
{
    if (strcmp(verdict, "ok") == 0)
        return true;
    const bool unreadable = is_unreadable(verdict);
    g_set_error(error, STORE_ERROR, unreadable ? STORE_ERROR_SQL : STORE_ERROR_DAMAGED, "%s: %s%s", s->path,
                unreadable ? "cannot be read." : "is damaged", unreadable ? advice_for(SQLITE_IOERR) : "");
    return false;
}

static bool quick_check(struct store *s, GError **error)
{
    struct stat st;
    if (g_stat(s->path, &st) != 0 || st.st_size > CHECK_BYTES_MAX)
        return true;
    sqlite3_stmt *check = NULL;
    bool sound = sqlite3_prepare_v2(s->db, "PRAGMA quick_check(1)", -1, &check, NULL) == SQLITE_OK &&
                 sqlite3_step(check) == SQLITE_ROW;
    if (sound)
        sound = judge_quick_check(s, (const char *)sqlite3_column_text(check, 0), error);
    else
        store_fail(s, "cannot be checked", error);
    sqlite3_finalize(check);
    return sound;
}

static bool open_writable(struct store *s, GError **error)
{
    int64_t version = 0;
    if (!read_int(s, "cannot be read", "PRAGMA user_version", &version, error))
        return false;
    if (version > STORE_VERSION)
        return refuse_newer(s, version, error);
    if (version < STORE_VERSION && !migrate_to_current(s, error))
        return false;
    if (!switch_to_wal(s, error) || !quick_check(s, error))
        return false;
    return true;
}

static bool open_readable(struct store *s, GError **error)
{
    int64_t version = 0;
    if (!read_int(s, "cannot be read", "PRAGMA user_version", &version, error))
        return false;
    if (version > STORE_VERSION)
        return refuse_newer(s, version, error);
    if (version == STORE_VERSION)
        return true;
    if (version == 0) { /* just being made */
        g_set_error(error, STORE_ERROR, STORE_ERROR_NOT_FOUND, "%s: nothing was recorded yet", s->path);
        return false;
    }
    g_set_error(error, STORE_ERROR, STORE_ERROR_CANNOT_OPEN,
                "%s: made by an older version of this program; play a film once to bring it up to date", s->path);
    return false;
}

static void remember_file(struct store *s)
{
    struct stat st = {0};
    (void)g_stat(s->path, &st);
    s->device = (uint64_t)st.st_dev;
    s->inode = (uint64_t)st.st_ino;
}

bool store_is_in_place(const struct store *s)
{
    struct stat st;
    return g_stat(s->path, &st) == 0 && (uint64_t)st.st_dev == s->device && (uint64_t)st.st_ino == s->inode;
}

int64_t store_data_version(struct store *s)
{
    sqlite3_stmt *q = NULL;
    int64_t n = -1;
    if (sqlite3_prepare_v2(s->db, "PRAGMA data_version", -1, &q, NULL) == SQLITE_OK && sqlite3_step(q) == SQLITE_ROW)
        n = sqlite3_column_int64(q, 0);
    sqlite3_finalize(q);
    return n;
}

/* By its first bytes alone: nothing was opened, made or changed. */
static bool refuse_file(struct store *s, enum file_state found, GError **error)
{
    static const struct {
        enum store_error code;
        const char *text;
    } table[] = {
        [FILE_FOREIGN] = {STORE_ERROR_FOREIGN, "is not a store of this program and was left alone. "
                                               "Name another file with --store."},
        [FILE_NEWER] = {STORE_ERROR_NEWER, "made by a newer version of this program. "
                                           "Update this program, or name another file with --store."},
        [FILE_DAMAGED] = {STORE_ERROR_DAMAGED, "is damaged"},
    };
    g_set_error(error, STORE_ERROR, (int)table[found].code, "%s: %s", s->path, table[found].text);
    return false;
}

static bool open_once(struct store *s, const struct store_options *o, GError **error)
{
    enum file_state found = FILE_EMPTY;
    if (!o->read_only && !make_folder(s->path, error))
        return false;
    if (!inspect_file(s->path, !o->read_only, &found, error))
        return false;
    remember_file(s);
    if (found != FILE_EMPTY && found != FILE_OURS)
        return refuse_file(s, found, error);
    if (!o->read_only)
        make_private(s->path);
    return connect_to_file(s, o, error) && (o->read_only ? open_readable(s, error) : open_writable(s, error));
}

static void disconnect(struct store *s)
{
    sqlite3_close_v2(s->db);
    s->db = NULL;
}

struct store *store_open(const struct store_options *o, GError **error)
{
    struct store *s = g_new0(struct store, 1);
    s->path = o->path ? g_strdup(o->path) : store_default_path();
    s->busy_ms = o->busy_ms ? o->busy_ms : STORE_BUSY_MS;
    g_autoptr(GError) first = NULL;
    if (open_once(s, o, &first))
        return s;
    const bool damaged = g_error_matches(first, STORE_ERROR, STORE_ERROR_DAMAGED);
    if (damaged && !o->read_only && !o->keep_damaged) {
        disconnect(s);
        /* Another program may have set it aside already: then the path leads elsewhere and is just opened. */
        if ((!store_is_in_place(s) || (s->aside = rename_aside(s->path, error))) && open_once(s, o, error))
            return s;
    } else
        g_propagate_error(error, g_steal_pointer(&first));
    store_close(s);
    return NULL;
}

void store_close(struct store *s)
{
    if (!s)
        return;
    disconnect(s);
    g_free(s->path);
    g_free(s->aside);
    g_free(s);
}

char *store_set_aside(struct store *s, GError **error)
{
    disconnect(s);
    char *aside = store_is_in_place(s) ? rename_aside(s->path, error) : g_strdup("");
    store_close(s);
    return aside;
}

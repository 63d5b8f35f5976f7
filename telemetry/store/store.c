#include "telemetry/store/store.h"

#include "telemetry/store/query.h"
#include "telemetry/store/schema.h"

#include <assert.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/*
 * Files up to this size are checked whole when they are opened for writing: about 20 ms, and not on the playing thread.
 */
#define CHECK_BYTES_MAX (8 * 1024 * 1024)

/*
 * SQLite need not count the memory it takes: that would be a lock around every piece of it, and nothing reads the
 * figure.
 */
static void set_up_sqlite(void)
{
    static gsize done;
    if (!g_once_init_enter(&done))
        return;
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* has no effect where SQLite is in use already */
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
    return query_execute(s,
                         "PRAGMA foreign_keys=ON; PRAGMA synchronous=NORMAL; PRAGMA trusted_schema=OFF;"
                         "PRAGMA cell_size_check=ON",
                         "cannot be set up", error);
}

static bool refuse_newer(struct store *s, int64_t version, GError **error)
{
    g_set_error(error, STORE_ERROR, STORE_ERROR_NEWER,
                "%s: made by a newer version of this program (schema %" G_GINT64_FORMAT ", this one knows %d). "
                "Update this program, or name another file with --store.",
                s->path, version, STORE_VERSION);
    return false;
}

static bool read_version(struct store *s, const char *doing, int64_t *version, GError **error)
{
    return query_read_number(s, "PRAGMA user_version", doing, version, error);
}

/* Inside the transaction: *version is the one found. */
static bool migrate_from_found(struct store *s, int64_t *version, GError **error)
{
    if (!read_version(s, "has no version", version, error))
        return false;
    if (*version > STORE_VERSION)
        return refuse_newer(s, *version, error);
    if (schema_migrate(s, (int)*version, error))
        return true;
    g_prefix_error(error, "%s: cannot be migrated: ", s->path);
    return false;
}

/* Two programs may come here at once: the second one waits for the lock and then finds nothing left to do. */
static bool migrate_to_current(struct store *s, GError **error)
{
    static const char doing[] = "cannot be migrated";
    int64_t version = 0;
    if (!query_execute(s, "BEGIN IMMEDIATE", doing, error))
        return false;
    if (migrate_from_found(s, &version, error) && query_execute(s, "COMMIT", doing, error)) {
        s->created = version == 0;
        s->migrated_from = version < STORE_VERSION ? (int)version : 0;
        return store_check(s);
    }
    (void)query_execute(s, "ROLLBACK", doing, NULL);
    return false;
}

/* Switching to WAL needs the file to itself for a moment, and SQLite does not wait for that by itself. */
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
 * quick_check reports a page that cannot be read at this moment as if it were damage. Only its text tells the two
 * apart; without this, a disk with a hiccup would have a sound store set aside.
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
                unreadable ? "cannot be read." : "is damaged", unreadable ? store_advice(SQLITE_IOERR) : "");
    return false;
}

static bool quick_check(struct store *s, GError **error)
{
    struct stat st;
    if (g_stat(s->path, &st) != 0 || st.st_size > CHECK_BYTES_MAX)
        return true;
    struct query q = query_begin(s, "PRAGMA quick_check(1)", "cannot be checked");
    const bool sound = query_next(&q) && judge_quick_check(s, query_text(&q, 0), error);
    return query_end(&q, error) && sound;
}

static bool open_writable(struct store *s, GError **error)
{
    int64_t version = 0;
    if (!read_version(s, "cannot be read", &version, error))
        return false;
    if (version > STORE_VERSION)
        return refuse_newer(s, version, error);
    if (version < STORE_VERSION && !migrate_to_current(s, error))
        return false;
    return switch_to_wal(s, error) && quick_check(s, error);
}

static bool open_readable(struct store *s, GError **error)
{
    int64_t version = 0;
    if (!read_version(s, "cannot be read", &version, error))
        return false;
    if (version > STORE_VERSION)
        return refuse_newer(s, version, error);
    if (version == STORE_VERSION)
        return true;
    if (version == 0) { /* another program is just making it */
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
    int64_t n = 0;
    return query_read_number(s, "PRAGMA data_version", "cannot be read", &n, NULL) ? n : -1;
}

/* The first bytes of the file decide this: nothing was opened, made or changed. */
static bool refuse_file(struct store *s, enum store_file_state found, GError **error)
{
    static const struct {
        enum store_error code;
        const char *text;
    } table[] = {
        [STORE_FILE_FOREIGN] = {STORE_ERROR_FOREIGN, "is not a store of this program and was left alone. "
                                                     "Name another file with --store."},
        [STORE_FILE_NEWER] = {STORE_ERROR_NEWER, "made by a newer version of this program. "
                                                 "Update this program, or name another file with --store."},
        [STORE_FILE_DAMAGED] = {STORE_ERROR_DAMAGED, "is damaged"},
    };
    assert(found < G_N_ELEMENTS(table) && table[found].text);
    g_set_error(error, STORE_ERROR, (int)table[found].code, "%s: %s", s->path, table[found].text);
    return false;
}

static bool open_once(struct store *s, const struct store_options *o, GError **error)
{
    enum store_file_state found = STORE_FILE_EMPTY;
    if (!o->read_only && !store_file_make_folder(s->path, error))
        return false;
    if (!store_file_inspect(s->path, !o->read_only, &found, error))
        return false;
    remember_file(s);
    if (found != STORE_FILE_EMPTY && found != STORE_FILE_OURS)
        return refuse_file(s, found, error);
    if (!o->read_only)
        store_file_make_private(s->path);
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
    if (open_once(s, o, &first)) {
        assert(store_check(s));
        return s;
    }
    const bool damaged = g_error_matches(first, STORE_ERROR, STORE_ERROR_DAMAGED);
    if (damaged && !o->read_only && !o->keep_damaged) {
        disconnect(s);
        /* Another program may have set it aside already; then the path leads to another file, which is just opened. */
        if ((!store_is_in_place(s) || (s->aside = store_file_set_aside(s->path, error))) && open_once(s, o, error))
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
    char *aside = store_is_in_place(s) ? store_file_set_aside(s->path, error) : g_strdup("");
    store_close(s);
    return aside;
}

#include "telemetry/store/store.h"

#include "base/interrupt.h"
#include "telemetry/store/query.h"
#include "telemetry/store/schema.h"
#include "telemetry/store/schema_match.h"
#include "telemetry/store/store_copy.h"
#include "telemetry/store/store_reading.h"

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

/* ---- limits ------------------------------------------------------------------------------------------------------ */

/*
 * Steps of SQLite's machine: a row of ours has some twenty bytes and costs a statement some tens of steps. So a file can
 * need far less than this, and one that leads in circles (a tree of pages whose branches meet again) ends in seconds.
 */
#define STEPS_MIN      INT64_C(20000000)
#define STEPS_PER_BYTE 300
#define STEPS_DAMAGED  10   /* a damaged file gets this part of it, for all statements together */
#define STEPS_AT_ONCE  1000 /* some thirty rows, which may be long */

/* A text or a blob: the longest that we write are kept counts, some megabytes. */
#define VALUE_BYTES_MAX (64 * 1024 * 1024)

/* SQLite calls it after every STEPS_AT_ONCE steps. Not 0: the statement ends. */
static int count_steps(void *data)
{
    struct store *s = data;
    s->steps += STEPS_AT_ONCE;
    if (s->on_steps)
        s->on_steps(s->on_steps_data);
    return (s->steps_max > 0 && s->steps > s->steps_max) || (s->heeds_signals && interrupt_requested());
}

static void count_steps_if_wanted(struct store *s)
{
    const bool wanted = s->steps_max > 0 || s->on_steps;
    sqlite3_progress_handler(s->db, STEPS_AT_ONCE, wanted ? count_steps : NULL, s);
}

void store_limit_steps(struct store *s, int64_t bytes)
{
    s->steps = 0;
    s->steps_max = bytes > 0 ? STEPS_MIN + MIN(bytes, INT64_MAX / STEPS_PER_BYTE / 2) * STEPS_PER_BYTE : 0;
    count_steps_if_wanted(s);
}

void store_watch_steps(struct store *s, void (*on_steps)(void *data), void *data)
{
    s->on_steps = on_steps;
    s->on_steps_data = data;
    count_steps_if_wanted(s);
}

/* ---- connecting -------------------------------------------------------------------------------------------------- */

char *store_reading_uri(const struct store *s)
{
    g_autofree char *absolute = g_canonicalize_filename(s->path, NULL);
    g_autofree char *escaped = g_uri_escape_string(absolute, "/", FALSE);
    assert(s->reading && !s->copied);
    return g_strdup_printf("file:%s?mode=ro&vfs=%s%s", escaped, store_vfs_name(s->vfs),
                           s->reading->immutable ? "&immutable=1" : "");
}

/* What is written into the schema, or asked of it, cannot do more than our own tables need. */
static void restrict_connection(struct sqlite3 *db)
{
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    (void)sqlite3_limit(db, SQLITE_LIMIT_LENGTH, VALUE_BYTES_MAX);
}

static bool set_up(struct store *s, GError **error)
{
    static const char doing[] = "cannot be set up";
    restrict_connection(s->db);
    sqlite3_busy_timeout(s->db, s->busy_ms);
    /* Before anything is read: in this mode the log's index is in memory, and no -shm is made or read. */
    if (s->reading && s->reading->access == STORE_VFS_PRIVATE &&
        !query_execute(s, "PRAGMA locking_mode=EXCLUSIVE", doing, error))
        return false;
    if (!query_execute(s,
                       "PRAGMA foreign_keys=ON; PRAGMA synchronous=NORMAL; PRAGMA cell_size_check=ON;"
                       "PRAGMA mmap_size=0",
                       doing, error))
        return false;
    if (!s->reading)
        return true;
    (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    s->bytes = s->reading->database.bytes + s->reading->log.bytes;
    store_limit_steps(s, s->bytes + 1);
    return true;
}

static void plan_reading(struct store *s, const struct store_options *o)
{
    s->reading = g_new0(struct store_reading, 1);
    store_reading_plan(s->path, o->follow, s->reading);
    if (o->vfs) { /* a file system of a test's own knows nothing of ours */
        s->reading->access = STORE_VFS_FOLLOW;
        s->reading->immutable = false;
    }
    s->note = g_strdup(s->reading->note);
}

static bool connect_to_file(struct store *s, const struct store_options *o, GError **error)
{
    const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_URI;
    set_up_sqlite();
    s->read_only = o->read_only;
    if (o->read_only)
        plan_reading(s, o);
    if (!(s->vfs = store_vfs_new(s->path, s->reading ? s->reading->access : STORE_VFS_WRITE, o->vfs, error)))
        return false;
    g_autofree char *path = s->reading ? store_reading_uri(s) : g_canonicalize_filename(s->path, NULL);
    const int access = s->reading ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    if (sqlite3_open_v2(path, &s->db, flags | access, store_vfs_name(s->vfs)) != SQLITE_OK)
        return store_fail(s, "cannot be opened", error);
    return set_up(s, error);
}

/* ---- versions ------------------------------------------------------------------------------------------------------ */

static bool refuse_newer(struct store *s, int64_t version, GError **error)
{
    g_set_error(error, STORE_ERROR, STORE_ERROR_NEWER,
                "%s: made by a newer version of this program (schema %" G_GINT64_FORMAT ", this one knows %d). "
                "Update this program, or name another file%s.",
                s->path, version, STORE_VERSION, store_file_option(s->path));
    return false;
}

static bool read_version(struct store *s, const char *doing, int64_t *version, GError **error)
{
    return query_read_number(s, "PRAGMA user_version", doing, version, error);
}

/* Inside a transaction. */
static bool match_schema(struct store *s, int64_t version, GError **error)
{
    const enum schema_match_use use = s->read_only ? SCHEMA_MATCH_READ
                                      : s->trusted ? SCHEMA_MATCH_TRUST
                                                   : SCHEMA_MATCH_WRITE;
    return schema_match(s, "main", version, use, &s->counts_are_strange, error);
}

/* Inside a transaction that writes. */
static bool drop_strange_counts(struct store *s, GError **error)
{
    if (s->counts_are_strange && !schema_match_drop_counts(s, error))
        return false;
    s->counts_are_strange = false;
    return true;
}

/* Inside the transaction: *version is the one found. */
static bool migrate_from_found(struct store *s, int64_t *version, GError **error)
{
    if (!read_version(s, "has no version", version, error))
        return false;
    if (*version > STORE_VERSION)
        return refuse_newer(s, *version, error);
    if (!match_schema(s, *version, error) || !drop_strange_counts(s, error))
        return false;
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
    assert(!s->read_only);
    if (!query_execute(s, "BEGIN IMMEDIATE", doing, error))
        return false;
    if (!query_commit(s, migrate_from_found(s, &version, error), doing, error))
        return false;
    s->created = version == 0;
    s->migrated_from = version < STORE_VERSION ? (int)version : 0;
    return store_check(s);
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
                unreadable ? "cannot be read." : "is damaged.",
                store_advice(unreadable ? SQLITE_IOERR : SQLITE_CORRUPT));
    return false;
}

static bool quick_check(struct store *s, GError **error)
{
    struct stat st;
    if (g_stat(s->path, &st) != 0 || st.st_size > CHECK_BYTES_MAX)
        return true;
    struct query q = query_begin(s, "PRAGMA quick_check(1)", "cannot be checked");
    const char *verdict = query_next(&q) ? query_text(&q, 0) : NULL;
    const bool sound = verdict && judge_quick_check(s, verdict, error);
    return query_end(&q, error && *error ? NULL : error) && sound;
}

/* In one transaction, so that a store that is just being made or migrated is seen before or after it. */
static bool match_found(struct store *s, int64_t *version, GError **error)
{
    static const char doing[] = "cannot be read";
    if (!query_execute(s, "BEGIN", doing, error))
        return false;
    const bool good = read_version(s, doing, version, error) &&
                      (*version > STORE_VERSION ? refuse_newer(s, *version, error) : match_schema(s, *version, error));
    (void)query_execute(s, "ROLLBACK", doing, NULL);
    return good;
}

/* Counts that are not ours are found seldom: only then does opening write. */
static bool drop_counts(struct store *s, GError **error)
{
    if (!s->counts_are_strange)
        return true;
    if (!query_execute(s, "BEGIN IMMEDIATE", "cannot be written", error))
        return false;
    return query_commit(s, drop_strange_counts(s, error), "cannot be written", error);
}

static bool open_writable(struct store *s, GError **error)
{
    int64_t version = 0;
    if (!match_found(s, &version, error))
        return false;
    if (version < STORE_VERSION ? !migrate_to_current(s, error) : !drop_counts(s, error))
        return false;
    return switch_to_wal(s, error) && quick_check(s, error);
}

/* Takes the sentence. */
static void append_note(struct store *s, char *sentence)
{
    char *note = s->note ? g_strconcat(s->note, " ", sentence, NULL) : g_strdup(sentence);
    g_free(s->note);
    g_free(sentence);
    s->note = note;
}

/* A damaged store is read as far as it can be. What its statements cost together is limited, then. */
static void note_damage(struct store *s)
{
    g_autoptr(GError) damage = NULL;
    if (quick_check(s, &damage) || !damage)
        return;
    append_note(s, g_strdup_printf("%s. Only what can still be read is here.", damage->message));
    s->steps_add_up = true;
    s->steps = 0;
    s->steps_max = STEPS_MIN + s->steps_max / STEPS_DAMAGED;
}

/* In a transaction. The file may have changed since its tables were looked at. */
static bool migrate_copy(struct store *s, int version, GError **error)
{
    if (match_schema(s, version, error) && drop_strange_counts(s, error)) {
        if (schema_migrate(s, version, error))
            return true;
        g_prefix_error(error, "%s: cannot be brought up to date in memory: ", s->path);
    }
    return false;
}

/* From here on `s` is a connection to a copy, which nobody else sees. */
static bool switch_to_copy(struct store *s, int version, GError **error)
{
    sqlite3 *copy = store_copy_make(s, error);
    if (!copy)
        return false;
    sqlite3_close(s->db);
    s->db = copy;
    s->copied = true;
    s->copied_from = version;
    restrict_connection(copy);
    (void)sqlite3_exec(copy, "PRAGMA cell_size_check=ON", NULL, NULL, NULL);
    (void)sqlite3_db_config(copy, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    store_limit_steps(s, s->bytes + 1);
    return query_execute(s, "BEGIN", "cannot be read", error) && migrate_copy(s, version, error) &&
           query_execute(s, "COMMIT; PRAGMA query_only=ON; PRAGMA foreign_keys=ON", "cannot be read", error);
}

static bool open_readable(struct store *s, const struct store_options *o, GError **error)
{
    int64_t version = 0;
    if (!match_found(s, &version, error))
        return false;
    if (version == 0 && (o->quick || o->follow)) { /* another program is just making it */
        g_set_error(error, STORE_ERROR, STORE_ERROR_NOT_FOUND, "%s: nothing was recorded yet", s->path);
        return false;
    }
    if (version < STORE_VERSION && o->quick) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_CANNOT_OPEN, "%s: made by an older version of this program",
                    s->path);
        return false;
    }
    if (version < STORE_VERSION && !switch_to_copy(s, (int)version, error))
        return false;
    if (s->copied && o->follow && s->reading->access != STORE_VFS_PRIVATE) /* else it is told already */
        append_note(s, store_reading_stands_still(s->path));
    if (!o->quick)
        note_damage(s);
    return true;
}

bool store_was_disturbed(const struct store *s)
{
    return s->reading && store_reading_was_disturbed(s->path, s->reading);
}

static void remember_file(struct store *s)
{
    struct stat st = {0};
    (void)g_stat(s->path, &st);
    s->bytes = st.st_size;
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
        const char *text, *instead;
    } table[] = {
        [STORE_FILE_FOREIGN] = {STORE_ERROR_FOREIGN, "is not a store of this program and was left alone",
                                ". Name another file"},
        [STORE_FILE_NEWER] = {STORE_ERROR_NEWER, "made by a newer version of this program",
                              ". Update this program, or name another file"},
        [STORE_FILE_DAMAGED] = {STORE_ERROR_DAMAGED, "is damaged", NULL},
    };
    assert(found < G_N_ELEMENTS(table) && table[found].text);
    g_set_error(error, STORE_ERROR, (int)table[found].code, "%s: %s%s%s.%s", s->path, table[found].text,
                table[found].instead ? table[found].instead : "",
                table[found].instead ? store_file_option(s->path) : "",
                found == STORE_FILE_DAMAGED ? store_advice(SQLITE_CORRUPT) : "");
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
    s->trusted = o->trust;
    if (!o->read_only && ((!o->trust && !store_file_refuse_stranger(s->path, error)) ||
                          !store_file_refuse_super_journal(s->path, error)))
        return false;
    if (!o->read_only && store_file_is_own(s->path))
        store_file_make_private(s->path);
    return connect_to_file(s, o, error) && (o->read_only ? open_readable(s, o, error) : open_writable(s, error));
}

/* Every statement has ended by now: the connection does not outlive its VFS. */
static void disconnect(struct store *s)
{
    const int rc = sqlite3_close(s->db);
    assert(rc == SQLITE_OK);
    (void)rc;
    s->db = NULL;
    g_clear_pointer(&s->vfs, store_vfs_free);
    if (s->reading)
        store_reading_clear(s->reading);
    g_clear_pointer(&s->reading, g_free);
    g_clear_pointer(&s->note, g_free);
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

#include "telemetry/keep/erase.h"

#include <glib/gstdio.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool run_sql(struct store *s, const char *sql, GError **error)
{
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK || store_fail(s, "cannot be erased from", error);
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

/* A film's version goes with its last viewing. One being played but not begun yet would be registered again (sink.c). */
static const char *const delete_unused[] = {
    "DELETE FROM viewer WHERE id NOT IN (SELECT viewer FROM viewing WHERE viewer IS NOT NULL)",
    ("DELETE FROM menu_option WHERE menu IN (SELECT m.id FROM menu m JOIN decision d ON d.id = m.decision"
     " WHERE d.story NOT IN (SELECT story FROM viewing))"),
    "DELETE FROM menu WHERE decision IN (SELECT id FROM decision WHERE story NOT IN (SELECT story FROM viewing))",
    "DELETE FROM option WHERE decision IN (SELECT id FROM decision WHERE story NOT IN (SELECT story FROM viewing))",
    "DELETE FROM decision WHERE story NOT IN (SELECT story FROM viewing)",
    "DELETE FROM ending WHERE story NOT IN (SELECT story FROM viewing)",
    "DELETE FROM node WHERE story NOT IN (SELECT story FROM viewing)",
    "DELETE FROM story WHERE id NOT IN (SELECT story FROM viewing)",
};

/* What refers to others goes first: a leave and a stall to their visit, an outcome to its exposure. */
static const char *const delete_viewing[] = {
    "DELETE FROM leave WHERE viewing = ?1",    "DELETE FROM stall WHERE viewing = ?1",
    "DELETE FROM visit WHERE viewing = ?1",    "DELETE FROM outcome WHERE viewing = ?1",
    "DELETE FROM exposure WHERE viewing = ?1", "DELETE FROM viewing WHERE id = ?1", /* the rest follows */
};

static bool delete_each(struct store *s, const char *sql, const GArray *ids, GError **error)
{
    sqlite3_stmt *st = NULL;
    bool done = sqlite3_prepare_v2(s->db, sql, -1, &st, NULL) == SQLITE_OK;
    for (guint i = 0; done && i < ids->len; i++) {
        sqlite3_bind_int64(st, 1, g_array_index(ids, int64_t, i));
        done = sqlite3_step(st) == SQLITE_DONE;
        sqlite3_reset(st);
    }
    if (!done)
        store_fail(s, "cannot be erased from", error);
    sqlite3_finalize(st);
    return done;
}

static bool delete_rows(struct store *s, const GArray *ids, GError **error)
{
    bool done = true;
    for (size_t i = 0; done && i < G_N_ELEMENTS(delete_viewing); i++)
        done = delete_each(s, delete_viewing[i], ids, error);
    for (size_t i = 0; done && i < G_N_ELEMENTS(delete_unused); i++)
        done = run_sql(s, delete_unused[i], error);
    g_autofree char *count =
        g_strdup_printf("UPDATE control SET changed = changed + 1, erased = erased + %u", ids->len);
    return done && run_sql(s, count, error);
}

bool erase_viewings(struct store *s, const struct read_filter *which, int64_t *n, GError **error)
{
    *n = 0;
    if (!run_sql(s, "PRAGMA secure_delete=ON; BEGIN IMMEDIATE", error))
        return false;
    g_autoptr(GArray) ids = read_matching_ids(s, which, error);
    const bool nothing = ids && ids->len == 0;
    const bool done = ids && (nothing || delete_rows(s, ids, error)) && run_sql(s, "COMMIT", error);
    if (done)
        *n = ids->len;
    else
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    sqlite3_exec(s->db, "PRAGMA secure_delete=OFF", NULL, NULL, NULL);
    return done;
}

/* ---- bytes ------------------------------------------------------------------------------------------------------- */

/* Bytes of the -shm that readers lock, as SQLite's format of write-ahead logs lays them out. */
#define READ_LOCK_FIRST 123
#define READ_LOCK_LAST  127

static void append_process(GString *who, int pid)
{
    g_autofree char *file = g_strdup_printf("/proc/%d/comm", pid), *name = NULL;
    if (g_file_get_contents(file, &name, NULL, NULL))
        g_strstrip(name);
    g_autofree char *one = g_strdup_printf("process %d (%s)", pid, name ? name : "?");
    if (!strstr(who->str, one))
        g_string_append_printf(who, "%s%s", who->len ? ", " : "", one);
}

/* Who holds a lock for reading, as the kernel tells it; "another program" where it does not. */
static char *name_readers(const struct store *s)
{
    g_autofree char *shm = g_strconcat(s->path, "-shm", NULL), *locks = NULL;
    g_autoptr(GString) who = g_string_new(NULL);
    struct stat st = {0};
    if (g_stat(shm, &st) == 0 && g_file_get_contents("/proc/locks", &locks, NULL, NULL)) {
        g_auto(GStrv) lines = g_strsplit(locks, "\n", -1);
        for (int i = 0; lines[i]; i++) {
            int pid;
            unsigned major_nr, minor_nr;
            uint64_t inode, first;
            if (sscanf(lines[i], "%*d: POSIX %*s %*s %d %x:%x:%" SCNu64 " %" SCNu64, &pid, &major_nr, &minor_nr, &inode,
                       &first) == 5 &&
                inode == st.st_ino && first >= READ_LOCK_FIRST && first <= READ_LOCK_LAST && pid > 0 && pid != getpid())
                append_process(who, pid);
        }
    }
    return g_strdup(who->len ? who->str : "another program");
}

static bool truncate_log(struct store *s, bool *busy, GError **error)
{
    sqlite3_stmt *st = NULL;
    bool done = sqlite3_prepare_v2(s->db, "PRAGMA wal_checkpoint(TRUNCATE)", -1, &st, NULL) == SQLITE_OK;
    const int rc = done ? sqlite3_step(st) : SQLITE_ERROR;
    *busy = rc == SQLITE_ROW ? sqlite3_column_int(st, 0) != 0 : (rc & 0xff) == SQLITE_BUSY;
    done = rc == SQLITE_ROW || *busy || store_fail(s, "its log cannot be emptied", error);
    sqlite3_finalize(st);
    return done;
}

bool erase_scrub(struct store *s, int wait_ms, char **waits_for, GError **error)
{
    bool busy = false;
    *waits_for = NULL;
    /* The copy that VACUUM makes meanwhile stays in memory. */
    if (!run_sql(s, "PRAGMA temp_store=MEMORY; PRAGMA secure_delete=ON; VACUUM; PRAGMA secure_delete=OFF", error))
        return false;
    sqlite3_busy_timeout(s->db, wait_ms);
    const bool done = truncate_log(s, &busy, error);
    sqlite3_busy_timeout(s->db, s->busy_ms);
    if (done && busy)
        *waits_for = name_readers(s);
    return done;
}

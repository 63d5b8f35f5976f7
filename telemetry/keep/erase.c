#include "telemetry/keep/erase.h"

#include "base/embedded.h"
#include "telemetry/store/query.h"
#include "telemetry/store/schema.h"

#include <assert.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char doing[] = "cannot be erased from";

static const char *erase_sql(const char *name)
{
    return embedded_part("telemetry/keep/erase.sql", name);
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

/* In this order: what refers to other rows goes before them. */
static const char *const deletions[] = {"delete_leaves",   "delete_stalls",    "delete_visits",
                                        "delete_outcomes", "delete_exposures", "delete_viewing"};

static bool delete_each(struct store *s, const char *name, const GArray *ids, GError **error)
{
    struct query q = query_begin(s, erase_sql(name), doing);
    bool done = true;
    for (guint i = 0; done && i < ids->len; i++) {
        query_bind(&q, g_array_index(ids, int64_t, i));
        (void)query_next(&q);
        done = query_reset(&q, error);
    }
    return query_end(&q, done ? error : NULL) && done;
}

static bool count_erased(struct store *s, guint n, GError **error)
{
    struct query q = query_begin(s, erase_sql("count_erased"), doing);
    query_bind(&q, n);
    return query_run(&q, error);
}

struct erasure {
    erase_choose *choose;
    void *data;
    const char *counted; /* the part of erase.sql that counts a viewing as erased */
    bool everything;     /* nothing of the store is left */
};

static bool forget_erased(struct store *s, GError **error)
{
    return schema_make_part(s, "released", error) && query_execute(s, erase_sql("forget_erased"), doing, error);
}

static bool delete_rows(struct store *s, const struct erasure *e, const GArray *ids, GError **error)
{
    bool done = delete_each(s, e->counted, ids, error);
    for (size_t i = 0; done && i < G_N_ELEMENTS(deletions); i++)
        done = delete_each(s, deletions[i], ids, error);
    return done && query_execute(s, erase_sql("delete_unused"), doing, error) &&
           (!e->everything || forget_erased(s, error)) && count_erased(s, ids->len, error);
}

static bool erase(struct store *s, const struct erasure *e, int64_t *n, GError **error)
{
    assert(sqlite3_get_autocommit(s->db));
    *n = 0;
    if (!query_execute(s, "PRAGMA secure_delete=ON; BEGIN IMMEDIATE", doing, error))
        return false;
    g_autoptr(GArray) ids = e->choose(s, e->data, error);
    const bool nothing = ids && ids->len == 0;
    const bool done = query_commit(s, ids && (nothing || delete_rows(s, e, ids, error)), doing, error);
    if (done)
        *n = ids->len;
    (void)query_execute(s, "PRAGMA secure_delete=OFF", doing, NULL);
    return done;
}

static GArray *choose_matching(struct store *s, void *data, GError **error)
{
    return read_matching_ids(s, data, error);
}

bool erase_viewings(struct store *s, const struct read_filter *filter, int64_t *n, GError **error)
{
    struct read_filter which = *filter;
    const struct erasure e = {.choose = choose_matching,
                              .data = &which,
                              .counted = "count_chosen",
                              .everything = !which.viewing && !which.viewer && !which.story};
    return erase(s, &e, n, error);
}

bool erase_by_age(struct store *s, erase_choose *choose, void *data, int64_t *n, GError **error)
{
    return erase(s, &(struct erasure){.choose = choose, .data = data, .counted = "count_aged"}, n, error);
}

bool erase_chosen(struct store *s, erase_choose *choose, void *data, int64_t *n, GError **error)
{
    return erase(s, &(struct erasure){.choose = choose, .data = data, .counted = "count_chosen"}, n, error);
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

/* *busy: a program that reads an older state keeps the log from being emptied, or the store from being locked. */
static bool truncate_log(struct store *s, bool *busy, GError **error)
{
    struct query q = query_begin(s, "PRAGMA wal_checkpoint(TRUNCATE)", "its log cannot be emptied");
    *busy = query_next(&q) ? query_number(&q, 0) != 0 : (q.rc & 0xff) == SQLITE_BUSY;
    return query_end(&q, *busy ? NULL : error) || *busy;
}

bool erase_scrub(struct store *s, int wait_ms, char **waits_for, GError **error)
{
    bool busy = false;
    assert(sqlite3_get_autocommit(s->db) && wait_ms >= 0);
    *waits_for = NULL;
    /* The copy that VACUUM makes meanwhile stays in memory, and no copies of rows are left in the pages that it fills: of what is erased
     * from them later, as it became too old, nothing stays behind then. */
    if (!query_execute(s, "PRAGMA temp_store=MEMORY; PRAGMA secure_delete=ON; VACUUM; PRAGMA secure_delete=OFF", doing,
                       error))
        return false;
    sqlite3_busy_timeout(s->db, wait_ms);
    const bool done = truncate_log(s, &busy, error);
    sqlite3_busy_timeout(s->db, s->busy_ms);
    if (done && busy)
        *waits_for = name_readers(s);
    return done;
}

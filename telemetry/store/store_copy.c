#include "telemetry/store/store_copy.h"

#include "telemetry/store/query.h"

#include <assert.h>
#include <sqlite3.h>

static const char doing[] = "cannot be read";

/* What the file's header says counts as well: a log can name any number of pages. */
static bool is_small(struct store *s, bool *small, GError **error)
{
    int64_t pages = 0, page_bytes = 0;
    if (!query_read_number(s, "PRAGMA page_count", doing, &pages, error) ||
        !query_read_number(s, "PRAGMA page_size", doing, &page_bytes, error))
        return false;
    *small = s->bytes <= STORE_COPY_BYTES_MAX && page_bytes > 0 && pages <= STORE_COPY_BYTES_MAX / page_bytes;
    return true;
}

/* In one step, so that the file cannot change in between. */
static int copy_pages(sqlite3 *to, const char *name, sqlite3 *from)
{
    sqlite3_backup *b = sqlite3_backup_init(to, name, from, "main");
    if (!b)
        return sqlite3_errcode(to);
    const int rc = sqlite3_backup_step(b, -1), end = sqlite3_backup_finish(b);
    return rc == SQLITE_DONE ? end : rc;
}

static bool fail_copying(const struct store *s, int rc, GError **error)
{
    const bool damaged = (rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB;
    g_set_error(error, STORE_ERROR, damaged ? STORE_ERROR_DAMAGED : STORE_ERROR_SQL,
                "%s: made by an older version of this program, and cannot be copied into memory: %s.%s", s->path,
                sqlite3_errstr(rc), store_advice(rc & 0xff));
    return false;
}

struct sqlite3 *store_copy_make(struct store *s, GError **error)
{
    sqlite3 *copy = NULL;
    bool small = false;
    assert(s->reading);
    if (!is_small(s, &small, error))
        return NULL;
    if (!small) {
        g_set_error(
            error, STORE_ERROR, STORE_ERROR_CANNOT_OPEN,
            "%s: made by an older version of this program, and larger than the %d MB that are brought up to date "
            "in memory. Copy it to where it can be written, and play a film into the copy once (--store).",
            s->path, STORE_COPY_BYTES_MAX / (1024 * 1024));
        return NULL;
    }
    int rc =
        sqlite3_open_v2(":memory:", &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
    if (rc == SQLITE_OK)
        rc = copy_pages(copy, "main", s->db);
    if (rc == SQLITE_OK)
        return copy;
    sqlite3_close(copy);
    fail_copying(s, rc, error);
    return NULL;
}

bool store_copy_attach(struct store *into, const struct store *from, GError **error)
{
    assert(from->copied);
    if (!query_execute(into, "ATTACH ':memory:' AS src", doing, error))
        return false;
    const int rc = copy_pages(into->db, "src", from->db);
    return rc == SQLITE_OK || fail_copying(from, rc, error);
}

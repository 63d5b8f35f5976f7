#include "telemetry/count/count_stores.h"

#include <sqlite3.h>

/* Looks for the smaller store's viewings in the greater; each is one look-up. */
static bool have_common(struct store *a, struct store *b, bool *common, GError **error)
{
    sqlite3_stmt *each = NULL, *find = NULL;
    int rc = SQLITE_ERROR;
    *common = false;
    if (sqlite3_prepare_v2(a->db, "SELECT uuid FROM viewing", -1, &each, NULL) != SQLITE_OK)
        store_fail(a, "cannot be read", error);
    else if (sqlite3_prepare_v2(b->db, "SELECT 1 FROM viewing WHERE uuid = ?1", -1, &find, NULL) != SQLITE_OK)
        store_fail(b, "cannot be read", error);
    else {
        while ((rc = sqlite3_step(each)) == SQLITE_ROW && !*common) {
            sqlite3_bind_blob(find, 1, sqlite3_column_blob(each, 0), sqlite3_column_bytes(each, 0), SQLITE_STATIC);
            *common = sqlite3_step(find) == SQLITE_ROW;
            sqlite3_reset(find);
        }
        if (rc != SQLITE_DONE && rc != SQLITE_ROW)
            store_fail(a, "cannot be read", error);
    }
    sqlite3_finalize(each);
    sqlite3_finalize(find);
    return rc == SQLITE_DONE || rc == SQLITE_ROW;
}

static bool are_apart(struct store *const *stores, guint n, GError **error)
{
    for (guint i = 0; i < n; i++)
        for (guint j = i + 1; j < n; j++) {
            bool common;
            if (!have_common(stores[i], stores[j], &common, error))
                return false;
            if (common) {
                g_set_error(error, STORE_ERROR, STORE_ERROR_SQL,
                            "%s and %s hold the same viewing, which must not count twice. Join them first: "
                            "frumious merge NEW %s %s",
                            stores[i]->path, stores[j]->path, stores[i]->path, stores[j]->path);
                return false;
            }
        }
    return true;
}

bool count_stores_begin(struct store *const *stores, guint n, GError **error)
{
    guint begun = 0;
    while (begun < n && sqlite3_exec(stores[begun]->db, "BEGIN", NULL, NULL, NULL) == SQLITE_OK)
        begun++;
    const bool done = begun == n ? are_apart(stores, n, error) : store_fail(stores[begun], "cannot be read", error);
    if (!done)
        count_stores_end(stores, begun);
    return done;
}

void count_stores_end(struct store *const *stores, guint n)
{
    for (guint i = 0; i < n; i++)
        sqlite3_exec(stores[i]->db, "ROLLBACK", NULL, NULL, NULL);
}

/* test_store: what tests ask an open store, and tell it. */
#pragma once

#include "tap.h"
#include "telemetry/store/store.h"

#include <sqlite3.h>

/* The first column of the first row; -1, and the reason is printed, where there is none. */
static inline int64_t ask(struct store *s, const char *sql)
{
    sqlite3_stmt *st = NULL;
    int64_t n = -1;
    if (sqlite3_prepare_v2(s->db, sql, -1, &st, NULL) == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW)
        n = sqlite3_column_int64(st, 0);
    else
        printf("# %s: %s\n", sql, sqlite3_errmsg(s->db));
    sqlite3_finalize(st);
    return n;
}

static inline void run_sql(struct store *s, const char *sql)
{
    char *message = NULL;
    if (sqlite3_exec(s->db, sql, NULL, NULL, &message) != SQLITE_OK)
        ok(false, "%s: %s", sql, message);
    sqlite3_free(message);
}

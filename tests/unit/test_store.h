/* test_store: helpers with which tests query a store and write to it. */
#pragma once

#include "tap.h"
#include "telemetry/store/store.h"

#include <sqlite3.h>

/* The first column of the first row. Without a row, prints the reason and returns -1. */
static inline int64_t ask_db(struct sqlite3 *db, const char *sql)
{
    sqlite3_stmt *st = NULL;
    int64_t n = -1;
    if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW)
        n = sqlite3_column_int64(st, 0);
    else
        printf("# %s: %s\n", sql, sqlite3_errmsg(db));
    sqlite3_finalize(st);
    return n;
}

static inline int64_t ask(struct store *s, const char *sql)
{
    return ask_db(s->db, sql);
}

/* A connection of its own, through the system's VFS and without store_open(); nothing is flushed, to be fast. */
static inline struct sqlite3 *open_file(const char *path)
{
    sqlite3 *db = NULL;
    sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL);
    sqlite3_exec(db, "PRAGMA synchronous=OFF", NULL, NULL, NULL);
    return db;
}

/* Waits for programs that have it to themselves for a moment, as the last one does that closes it. */
static inline int64_t ask_file(const char *path, const char *sql)
{
    sqlite3 *db = open_file(path);
    sqlite3_busy_timeout(db, 10000);
    const int64_t n = ask_db(db, sql);
    sqlite3_close(db);
    return n;
}

/* All rows, one a line, with "|" between columns and "-" for NULL. Caller frees. */
static inline char *ask_text(struct sqlite3 *db, const char *sql)
{
    sqlite3_stmt *st = NULL;
    GString *all = g_string_new(NULL);
    if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
        g_string_append(all, sqlite3_errmsg(db));
    while (st && sqlite3_step(st) == SQLITE_ROW)
        for (int i = 0; i < sqlite3_column_count(st); i++) {
            const char *text = (const char *)sqlite3_column_text(st, i);
            g_string_append_printf(all, "%s%s", text ? text : "-", i + 1 < sqlite3_column_count(st) ? "|" : "\n");
        }
    sqlite3_finalize(st);
    return g_string_free(all, FALSE);
}

static inline void run_sql(struct store *s, const char *sql)
{
    char *message = NULL;
    if (sqlite3_exec(s->db, sql, NULL, NULL, &message) != SQLITE_OK)
        ok(false, "%s: %s", sql, message);
    sqlite3_free(message);
}

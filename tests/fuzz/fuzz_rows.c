/*
 * A sound store whose rows are changed as the input says, whatever our constraints forbid: SQLite finds nothing wrong
 * with the file, so list, show, status, export and report meet each value. Each change is four bytes: a column of all,
 * which of its rows (0: all), what becomes of it; then a value, which may be kept counts.
 */
#include "loose_schema.h"
#include "packed.h"
#include "store_readers.h"
#include "unit/test_telemetry.h"

#include "telemetry/count/aggregate.h"

#include <sqlite3.h>
#include <string.h>

const unsigned fuzz_runs = 40;

#define CHANGES_MAX 16

enum change { SMALL, LARGE, REAL, TEXT, BLOB, COUNTS, NOTHING, REMOVE, CHANGES };

static struct base {
    char *bytes;
    gsize n;
    GPtrArray *columns, *tables; /* "table"."column" apart */
} base;

static void run_sql(sqlite3 *db, const char *sql)
{
    char *message = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
        g_error("%s: %s", sql, message);
}

static void write_viewings(const char *path)
{
    static const struct tel_record trouble[] = {
        {.kind = TEL_VISIT, .at_us = 0, .visit = {0, 31400000}},
        {.kind = TEL_STALL, .at_us = 5000000, .stall = {.fault = TEL_FAULT_WAIT, .lasted_us = 300000}},
        {.kind = TEL_GAP, .at_us = 6000000, .gap = {3, TEL_WHY_QUEUE_FULL}},
        {.kind = TEL_LEAVE, .at_us = 9000000, .leave = {0, 9000000, 0, 0}},
        {.kind = TEL_FINISH, .at_us = 9000000, .finish = {TEST_START + 9000, TEL_REASON_LEFT}},
    };
    const struct writer_options o = {.path = path};
    GError *error = NULL;
    struct writer *w = writer_open(&o, &error);
    g_assert_no_error(error);
    test_play_all(w, TEST_ID);
    test_play_all(w, TEST_ID_2);
    const struct tel_viewing v = test_viewing("0190aaaa-bbbb-7ccc-8ddd-eeeeffff0003");
    writer_begin(w, &v);
    test_put_all(w, trouble, G_N_ELEMENTS(trouble));
    writer_close(w, TEST_LONG);
}

/* With a part that was resumed, with kept counts, and in one file. */
static void complete_store(const char *path)
{
    const struct store_options o = {.path = path};
    GError *error = NULL;
    struct store *s = store_open(&o, &error);
    g_assert_no_error(error);
    run_sql(
        s->db,
        "INSERT INTO resume SELECT viewing, max(seq) + 1, 9000, 1767225700000, 1767225690000, 1, 1, 2, 3,"
        " max(seq) FROM finish;"
        "INSERT INTO superseded SELECT viewing, max(seq) + 2, 9000, 'leave', '{\"visit\":1,\"reason\":1}' FROM finish;"
        "INSERT INTO destination VALUES(1, 'a', 'https://a/', 'A', NULL, randomblob(32), 1, 1767225690000);"
        "INSERT INTO consent VALUES(1, 1, 1767225690000, 1, 'en', 'Yes?');"
        "INSERT INTO shared SELECT 1, id, randomblob(32), 5, 3, NULL FROM viewing;"
        "INSERT INTO outbox VALUES(1, randomblob(16), randomblob(32), 1767225690000)");
    g_assert_true(aggregate_update(s, &error));
    store_close(s);
}

static const char columns_sql[] = "SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c"
                                  " WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name != 'keep'";

static void list_columns(sqlite3 *db)
{
    sqlite3_stmt *st = NULL;
    base.columns = g_ptr_array_new();
    base.tables = g_ptr_array_new();
    g_assert_true(sqlite3_prepare_v2(db, columns_sql, -1, &st, NULL) == SQLITE_OK);
    while (sqlite3_step(st) == SQLITE_ROW) {
        g_ptr_array_add(base.tables, g_strdup((const char *)sqlite3_column_text(st, 0)));
        g_ptr_array_add(base.columns, g_strdup((const char *)sqlite3_column_text(st, 1)));
    }
    sqlite3_finalize(st);
    g_assert_cmpuint(base.columns->len, >, 100);
}

static void make_base(const char *path)
{
    sqlite3 *db = NULL;
    write_viewings(path);
    complete_store(path);
    g_assert_true(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK);
    list_columns(db);
    run_sql(db, "PRAGMA journal_mode=DELETE");
    run_sql(db, loosen_sql);
    sqlite3_close(db);
    g_assert_true(g_file_get_contents(path, &base.bytes, &base.n, NULL));
}

/* ---- changes ----------------------------------------------------------------------------------------------------- */

static char *change_sql(enum change change, guint column, unsigned row)
{
    const char *table = base.tables->pdata[column], *name = base.columns->pdata[column];
    g_autofree char *where = NULL;
    if (row > 0)
        where = g_strdup_printf(" WHERE \"%s\" = (SELECT \"%s\" FROM \"%s\" LIMIT 1 OFFSET %u)", name, name, table,
                                row - 1);
    if (change == REMOVE)
        return g_strdup_printf("DELETE FROM \"%s\"%s", table, where ? where : "");
    return g_strdup_printf("UPDATE OR REPLACE \"%s\" SET \"%s\" = ?1%s", table, name, where ? where : "");
}

/* Takes the value from the input. */
static void bind_value(sqlite3_stmt *st, enum change change, const uint8_t **at, const uint8_t *end)
{
    double real;
    const uint64_t number = change == SMALL ? fuzz_take(at, end, 1) : fuzz_take(at, end, change >= TEXT ? 2 : 8);
    const size_t n = MIN(number & (change == COUNTS ? 0x3ff : 0x3f), (size_t)(end - *at));
    static uint8_t counts[PACKED_MAX];
    memcpy(&real, &number, sizeof real);
    switch (change) {
    case SMALL:
        sqlite3_bind_int64(st, 1, (int8_t)number);
        return;
    case LARGE:
        sqlite3_bind_int64(st, 1, (int64_t)number);
        return;
    case REAL:
        sqlite3_bind_double(st, 1, real);
        return;
    case TEXT:
        sqlite3_bind_text(st, 1, (const char *)*at, (int)n, SQLITE_TRANSIENT);
        *at += n;
        return;
    case BLOB:
        sqlite3_bind_blob(st, 1, *at, (int)n, SQLITE_TRANSIENT);
        *at += n;
        return;
    case COUNTS:
        sqlite3_bind_blob(st, 1, counts, (int)packed(*at, n, counts), SQLITE_TRANSIENT);
        *at += n;
        return;
    case NOTHING:
    case REMOVE:
    case CHANGES:
        return;
    }
}

static void make_change(sqlite3 *db, const uint8_t **at, const uint8_t *end)
{
    sqlite3_stmt *st = NULL;
    const guint column = (guint)fuzz_take(at, end, 2) % base.columns->len;
    const unsigned row = (unsigned)fuzz_take(at, end, 1) % 16;
    const enum change change = (enum change)(fuzz_take(at, end, 1) % CHANGES);
    g_autofree char *sql = change_sql(change, column, row);
    if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) == SQLITE_OK) {
        if (change != REMOVE && change != NOTHING)
            bind_value(st, change, at, end);
        sqlite3_step(st); /* what breaks a unique key is not made */
    }
    sqlite3_finalize(st);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *at = data, *end = data + size;
    g_autofree char *path = g_build_filename(fuzz_folder(), "fuzz.sqlite", NULL);
    sqlite3 *db = NULL;
    if (!base.bytes)
        make_base(path);
    readers_remove(path);
    fuzz_put(path, (const uint8_t *)base.bytes, base.n);
    g_assert_true(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    run_sql(db, "PRAGMA synchronous=OFF; PRAGMA journal_mode=MEMORY; PRAGMA ignore_check_constraints=ON; BEGIN");
    for (int i = 0; i < CHANGES_MAX && at < end; i++)
        make_change(db, &at, end);
    run_sql(db, "COMMIT");
    run_sql(db, tighten_sql);
    sqlite3_close(db);
    readers_all(path);
    return 0;
}

#include "telemetry/central/held.h"

#include "base/hex.h"
#include "telemetry/wire/erasure.h"

#include <string.h>

#define SQL         "telemetry/central/held.sql"
#define LINK_DIGITS 32 /* of a viewer's link in a header: its first 16 bytes */

static const char *const tables[] = {"viewing", "event", "counted", "erased"};

/* The query that finds the viewings of a key. NULL: it is none. */
static char *find_statement(const struct engine *e, const char *key)
{
    uint8_t bytes[WIRE_KEY_SIZE], short_link[LINK_DIGITS / 2];
    if (g_uuid_string_is_valid(key)) {
        g_autofree char *id = g_ascii_strdown(key, -1);
        g_autofree char *quoted = g_strdup_printf("'%s'", id);
        return engine_statement(e, SQL, "find", "$ids", quoted, "$keys", "'?'", "$links", "'?'", NULL);
    }
    g_autofree char *link = g_strdup_printf("'%.*s'", LINK_DIGITS, key);
    if (hex_parse(key, sizeof short_link, short_link))
        return engine_statement(e, SQL, "find", "$ids", "''", "$keys", "'?'", "$links", link, NULL);
    if (!hex_parse(key, WIRE_KEY_SIZE, bytes))
        return NULL;
    g_autofree char *sum = g_compute_checksum_for_data(G_CHECKSUM_SHA256, bytes, sizeof bytes);
    g_autofree char *keys = g_strdup_printf("'%s','%s'", key, sum);
    return engine_statement(e, SQL, "find", "$ids", "''", "$keys", keys, "$links", link, NULL);
}

static char *find_viewings(struct engine *e, const char *sql, GError **error)
{
    struct engine_rows *rows = engine_ask(e, sql, error);
    if (!rows)
        return NULL;
    GString *list = g_string_new(NULL);
    for (char **line; (line = engine_next(rows));)
        engine_list(list, line[0]);
    engine_rows_free(rows);
    return g_string_free(list, FALSE);
}

static bool tell_table(struct engine *e, const char *table, const char *viewings, held_row *row, void *data, int64_t *n,
                       GError **error)
{
    g_autofree char *sql = engine_statement(e, SQL, table, "$viewings", viewings, NULL);
    struct engine_rows *rows = engine_ask(e, sql, error);
    char **names = rows ? engine_next(rows) : NULL;
    for (char **line; names && (line = engine_next(rows)); ++*n)
        row(table, names, line, data);
    engine_rows_free(rows);
    return rows != NULL;
}

bool held_tell(struct engine *e, const char *key, held_row *row, void *data, int64_t *rows, GError **error)
{
    g_autofree char *sql = find_statement(e, key);
    *rows = 0;
    if (!sql) {
        g_set_error(error, ENGINE_ERROR, ENGINE_ERROR_ADDRESS,
                    "'%s' is no key: held wants a viewing's id, or a key or a viewer's link in hexadecimal digits",
                    key);
        return false;
    }
    g_autofree char *viewings = find_viewings(e, sql, error);
    bool done = viewings != NULL;
    for (size_t i = 0; done && *viewings && i < G_N_ELEMENTS(tables); i++)
        done = tell_table(e, tables[i], viewings, row, data, rows, error);
    return done;
}

#include "telemetry/central/erasing.h"

#include "base/units.h"
#include "telemetry/central/rolling.h"
#include "telemetry/central/rows.h"
#include "telemetry/record.h"

#include <stdlib.h>
#include <string.h>

#define SQL "telemetry/central/erasing.sql"

/* Tables with rows of a viewing, and the fields of a row of it that says nothing, after its month. */
static const struct {
    const char *name, *row;
} tables[] = {{"event", "%s\t0\t-\t\t0\t0\t\n"},
              {"viewing", "%s\t0\t0\t-\t0\t\t\n"},
              {"counted", "%s\t-\t0\t0\t0\t0\t0\t0\t[]\t[]\t[]\t0\n"}};

bool erasing_write(struct engine *e, const struct erasing *all, guint n, GError **error)
{
    g_autoptr(GString) rows = g_string_new(NULL);
    const int64_t now_ms = g_get_real_time() / US_PER_MS;
    for (guint i = 0; i < n; i++) {
        engine_field(rows, true, all[i].id);
        engine_field(rows, false, all[i].key);
        engine_field_number(rows, false, now_ms);
        engine_field_number(rows, false, all[i].story);
        engine_field_number(rows, false, all[i].person);
        engine_field_number(rows, false, all[i].story != 0);
        g_string_append_c(rows, '\n');
    }
    return n == 0 || engine_insert(e, "erased", rows, error);
}

static char *quoted_list(char *const *texts, guint n)
{
    GString *list = g_string_new(NULL);
    for (guint i = 0; i < n; i++)
        engine_list(list, texts[i]);
    return g_string_free(list, FALSE);
}

/* What the engine has of these viewings: id, key, story, person. */
static struct engine_rows *find(struct engine *e, const char *list, GError **error)
{
    g_autofree char *window = g_strdup_printf("%d", TEL_MODE_WINDOW);
    g_autofree char *person = g_strdup_printf("%d", TEL_CHOOSER_PERSON);
    g_autofree char *sql =
        engine_statement(e, SQL, "find", "$viewings", list, "$window", window, "$person", person, NULL);
    return engine_ask(e, sql, error);
}

static struct erasing found(char *const *line)
{
    return (struct erasing){line[0], line[1], g_ascii_strtoll(line[2], NULL, 10), strcmp(line[3], "1") == 0};
}

bool erasing_by_id(struct engine *e, char *const *ids, guint n, guint *unknown, GError **error)
{
    g_autofree char *list = quoted_list(ids, n);
    struct engine_rows *rows = find(e, list, error);
    if (!rows)
        return false;
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(struct erasing));
    for (char **line; (line = engine_next(rows));) {
        const struct erasing one = found(line);
        g_array_append_val(all, one);
    }
    *unknown = n - all->len;
    const bool done = erasing_write(e, (const struct erasing *)(const void *)all->data, all->len, error);
    engine_rows_free(rows);
    return done;
}

bool erasing_complete(struct engine *e, struct erasing *all, guint n, GError **error)
{
    g_autoptr(GPtrArray) ids = g_ptr_array_new();
    for (guint i = 0; i < n; i++)
        g_ptr_array_add(ids, (char *)(uintptr_t)all[i].id);
    if (n == 0)
        return true;
    g_autofree char *list = quoted_list((char *const *)ids->pdata, n);
    struct engine_rows *rows = find(e, list, error);
    for (char **line; rows && (line = engine_next(rows));) {
        const struct erasing one = found(line);
        for (guint i = 0; i < n; i++)
            if (strcmp(all[i].id, one.id) == 0 && strcmp(all[i].key, one.key) == 0) {
                all[i].story = one.story;
                all[i].person = one.person;
            }
    }
    engine_rows_free(rows);
    return rows != NULL;
}

#define NOBODY_KEY "-"
#define NOBODY_ID  "ffffffff-ffff-8fff-bfff-0000000000%02x"
#define NOBODIES   64 /* so many that each shard gets some */

/* Viewings that nobody has: erased from the start. */
static bool erase_nobodies(struct engine *e, GError **error)
{
    struct erasing all[NOBODIES];
    char ids[NOBODIES][TEL_ID_SIZE];
    for (int i = 0; i < NOBODIES; i++) {
        g_snprintf(ids[i], sizeof ids[i], NOBODY_ID, i);
        all[i] = (struct erasing){.id = ids[i], .key = NOBODY_KEY};
    }
    return erasing_write(e, all, NOBODIES, error);
}

static void put_nobodies(GString *rows, guint table, guint month)
{
    g_auto(GStrv) halves = g_strsplit(tables[table].row, "%s", 2);
    for (int i = 0; i < NOBODIES; i++) {
        engine_field_number(rows, true, month);
        g_string_append_c(rows, '\t');
        g_string_append(rows, halves[0]);
        g_string_append_printf(rows, NOBODY_ID, i);
        g_string_append(rows, halves[1]);
    }
}

/*
 * A shard does not change the last part of a partition that a quorum wrote until there is another one (ClickHouse 18.16). So each month of
 * these viewings gets one: rows of viewings that nobody has, which go with the next sweep.
 */
static bool push_last_parts(struct engine *e, guint table, GHashTable *months, GError **error)
{
    g_autoptr(GString) rows = g_string_new(NULL);
    GHashTableIter each;
    gpointer month;
    g_hash_table_iter_init(&each, months);
    while (g_hash_table_iter_next(&each, &month, NULL))
        put_nobodies(rows, table, GPOINTER_TO_UINT(month));
    return engine_insert(e, tables[table].name, rows, error);
}

static bool sweep_table(struct engine *e, guint table, bool ask, int64_t *left, GError **error)
{
    g_autofree char *sql = engine_statement(e, SQL, "left", "$table", tables[table].name, NULL);
    struct engine_rows *rows = engine_ask(e, sql, error);
    g_autoptr(GPtrArray) ids = g_ptr_array_new(), keys = g_ptr_array_new();
    g_autoptr(GHashTable) months = g_hash_table_new(NULL, NULL);
    for (char **line; rows && (line = engine_next(rows));) {
        g_ptr_array_add(ids, line[0]);
        g_ptr_array_add(keys, line[1]);
        *left += g_ascii_strtoll(line[2], NULL, 10);
        g_hash_table_add(months, GUINT_TO_POINTER(strtoul(line[3], NULL, 10)));
    }
    bool done = rows != NULL;
    if (done && ask && ids->len > 0) {
        g_autofree char *id_list = quoted_list((char *const *)ids->pdata, ids->len);
        g_autofree char *key_list = quoted_list((char *const *)keys->pdata, keys->len);
        g_autofree char *delete = engine_statement(e, SQL, "delete", "$table", tables[table].name, "$viewings", id_list,
                                                   "$keys", key_list, NULL);
        done =
            erase_nobodies(e, error) && engine_tell_later(e, delete, error) && push_last_parts(e, table, months, error);
    }
    engine_rows_free(rows);
    return done;
}

bool erasing_sweep(struct engine *e, bool ask, int64_t *left, GError **error)
{
    *left = 0;
    for (guint i = 0; i < G_N_ELEMENTS(tables); i++)
        if (!sweep_table(e, i, ask, left, error))
            return false;
    return !ask || rolling_forget(e, error);
}

#include "telemetry/central/retaining.h"

#include "telemetry/central/rolling.h"
#include "telemetry/record.h"

#include <stdlib.h>

#define SQL "telemetry/central/retaining.sql"

bool retaining_is_due(guint month, int days, GDateTime *now)
{
    g_autoptr(GDateTime) first = g_date_time_new_utc((int)(month / 100), (int)(month % 100), 1, 0, 0, 0);
    g_autoptr(GDateTime) next = first ? g_date_time_add_months(first, 1) : NULL;
    g_autoptr(GDateTime) due = next ? g_date_time_add_days(next, days) : NULL;
    return due && g_date_time_compare(due, now) <= 0;
}

static bool note_gone(struct engine *e, guint month, const char *digits, GError **error)
{
    g_autoptr(GString) lines = g_string_new(NULL);
    g_autofree char *window = g_strdup_printf("%d", TEL_MODE_WINDOW);
    g_autofree char *person = g_strdup_printf("%d", TEL_CHOOSER_PERSON);
    g_autofree char *sql =
        engine_statement(e, SQL, "watched", "$month", digits, "$window", window, "$person", person, NULL);
    struct engine_rows *rows = engine_ask(e, sql, error);
    for (char **line; rows && (line = engine_next(rows));) {
        const int64_t n = g_ascii_strtoll(line[1], NULL, 10);
        const int64_t fields[] = {g_ascii_strtoll(line[0], NULL, 10), -(int64_t)month, 0, n, 0, n};
        for (size_t i = 0; i < G_N_ELEMENTS(fields); i++)
            engine_field_number(lines, i == 0, fields[i]);
        g_string_append_c(lines, '\n');
    }
    engine_rows_free(rows);
    return rows && (lines->len == 0 || engine_insert(e, "absent", lines, error));
}

static bool let_go(struct engine *e, guint month, GError **error)
{
    g_autofree char *digits = g_strdup_printf("%u", month);
    g_autofree char *drop = engine_statement(e, SQL, "drop", "$month", digits, NULL);
    return note_gone(e, month, digits, error) && engine_tell_all(e, drop, error);
}

bool retaining_apply(struct engine *e, int days, GArray **gone, int64_t *undated, GError **error)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *sql = engine_statement(e, SQL, "months", NULL);
    struct engine_rows *rows = engine_ask(e, sql, error);
    bool done = rows != NULL;
    *gone = g_array_new(FALSE, FALSE, sizeof(struct retaining_month));
    *undated = 0;
    for (char **line; done && (line = engine_next(rows));) {
        const struct retaining_month m = {(guint)strtoul(line[0], NULL, 10), g_ascii_strtoll(line[1], NULL, 10)};
        if (m.month == 0)
            *undated = m.viewings;
        if (m.month == 0 || !retaining_is_due(m.month, days, now))
            continue;
        done = let_go(e, m.month, error);
        if (done)
            g_array_append_val(*gone, m);
    }
    engine_rows_free(rows);
    return done && ((*gone)->len == 0 || rolling_forget(e, error));
}

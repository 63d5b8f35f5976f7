#include "telemetry/store/views.h"

#include "base/embedded.h"
#include "telemetry/record.h"

#include <assert.h>
#include <string.h>

static const char *const views[] = {"v_viewing", "v_exposure", "v_decision", "v_option",
                                    "v_node",    "v_ending",   "v_path"};

static void append_code_words(GString *sql, const char *set, const char *column)
{
    g_string_append_printf(sql, "CASE %s", column);
    for (int code = 0; *tel_word(set, code) != '?'; code++)
        g_string_append_printf(sql, " WHEN %d THEN '%s'", code, tel_word(set, code));
    g_string_append(sql, " END");
}

static void append_uuid(GString *sql, const char *column)
{
    static const int part[][2] = {{1, 8}, {9, 4}, {13, 4}, {17, 4}, {21, 12}};
    g_string_append(sql, "lower(");
    for (size_t i = 0; i < G_N_ELEMENTS(part); i++)
        g_string_append_printf(sql, "%ssubstr(hex(%s), %d, %d)", i ? " || '-' || " : "", column, part[i][0],
                               part[i][1]);
    g_string_append_c(sql, ')');
}

static void append_expanded_query(GString *sql, const char *query)
{
    for (const char *p = query; *p;) {
        const char *open = *p == '$' ? strchr(p, '(') : NULL;
        if (!open) {
            g_string_append_c(sql, *p++);
            continue;
        }
        const char *close = strchr(open, ')');
        assert(close);
        g_autofree char *set = g_strndup(p + 1, (gsize)(open - p - 1));
        g_autofree char *column = g_strndup(open + 1, (gsize)(close - open - 1));
        if (strcmp(set, "UUID") == 0)
            append_uuid(sql, column);
        else
            append_code_words(sql, set, column);
        p = close + 1;
    }
}

void views_append_sql(GString *sql)
{
    for (size_t i = 0; i < G_N_ELEMENTS(views); i++) {
        g_string_append_printf(sql, "DROP VIEW IF EXISTS %s; CREATE VIEW %s AS ", views[i], views[i]);
        append_expanded_query(sql, embedded_part("telemetry/store/views.sql", views[i]));
        g_string_append(sql, ";\n");
    }
}

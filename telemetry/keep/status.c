#include "telemetry/keep/status.h"

#include "telemetry/store/control.h"
#include "telemetry/dictionary.h"
#include "telemetry/keep/erase.h"

#include <glib/gstdio.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>

/* Columns of text, joined; rows likewise by `between`. NULL and error on failure; caller frees. */
static char *query_text(struct store *s, const char *sql, const char *between, GError **error)
{
    sqlite3_stmt *st = NULL;
    GString *text = g_string_new(NULL);
    int rc = sqlite3_prepare_v2(s->db, sql, -1, &st, NULL);
    while (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        rc = SQLITE_OK;
        g_string_append(text, text->len ? between : "");
        for (int i = 0; i < sqlite3_column_count(st); i++)
            if (sqlite3_column_type(st, i) != SQLITE_NULL)
                g_string_append(text, (const char *)sqlite3_column_text(st, i));
    }
    const bool done = rc == SQLITE_DONE || store_fail(s, "cannot be read", error);
    sqlite3_finalize(st);
    return g_string_free(text, !done);
}

static void append_file(GString *out, const char *label, const char *path, const char *suffix)
{
    g_autofree char *file = g_strconcat(path, suffix, NULL);
    GStatBuf st;
    if (g_stat(file, &st) != 0)
        return;
    g_autofree char *size = g_format_size_full((guint64)st.st_size, G_FORMAT_SIZE_IEC_UNITS);
    g_string_append_printf(out, "%-12s %s (%s)\n", label, file, size);
}

static void append_control(GString *out, const struct control *c)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(c->paused_ms / 1000);
    g_autoptr(GDateTime) local = utc ? g_date_time_to_local(utc) : NULL;
    g_autofree char *since = local ? g_date_time_format(local, "%Y-%m-%d %H:%M") : NULL;
    if (c->paused_ms)
        g_string_append_printf(out, "paused       since %s: nothing is written into this store\n", since ? since : "?");
    if (c->keep_days)
        g_string_append_printf(out, "kept         %" PRId64 " days\n", c->keep_days);
    else
        g_string_append(out, "kept         until it is erased by hand\n");
    g_string_append_printf(out, "erased       %" PRId64 " viewing%s so far\n", c->erased, c->erased == 1 ? "" : "s");
}

/* A line for each: label, and a query that makes the text. */
static const struct {
    const char *label, *sql, *between;
} fact_queries[] = {
    {"viewings",
     "SELECT count(*) || CASE WHEN total(chooser != 0) > 0 THEN ' (' || sum(chooser != 0) || ' by the machine)' ELSE "
     "'' END"
     " FROM viewing",
     ""},
    {"between",
     "SELECT date(min(started_ms) / 1000, 'unixepoch') || ' and ' || date(max(started_ms) / 1000, 'unixepoch') FROM "
     "viewing"
     " HAVING count(*) > 0",
     ""},
    {"films",
     "SELECT s.name || ' ' || s.version || ': ' || count(*) FROM viewing v JOIN story s ON s.id = v.story"
     " GROUP BY s.id ORDER BY s.name, s.id",
     "\n             "},
    {"viewers",
     "SELECT lower(substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-' || substr(h, 13, 4) || '-' || substr(h, 17, 4) || "
     "'-' ||"
     " substr(h, 21)) || ': ' || n FROM (SELECT hex(p.uuid) AS h, count(*) AS n FROM viewing v JOIN viewer p ON p.id = "
     "v.viewer"
     " GROUP BY p.id ORDER BY p.id LIMIT 20)",
     "\n             "},
    {"lost", "SELECT coalesce(sum(CASE WHEN why != 3 THEN count END), 0) || ' events' FROM gap", ""},
};

static bool append_facts(struct store *s, GString *out, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(fact_queries); i++) {
        g_autofree char *text = query_text(s, fact_queries[i].sql, fact_queries[i].between, error);
        if (!text)
            return false;
        if (*text)
            g_string_append_printf(out, "%-12s %s\n", fact_queries[i].label, text);
    }
    return true;
}

static bool append_events(struct store *s, GString *out, GError **error)
{
    const struct dictionary_entry *e;
    const char *before = "";
    g_string_append_printf(out, "%-12s ", "events");
    for (size_t i = 0; (e = dictionary_at(i)) && !e->column; i++) {
        if (!e->event || strcmp(e->table, "event") == 0)
            continue;
        g_autofree char *sql = g_strdup_printf("SELECT count(*) || ' %s' FROM %s", e->table, e->table);
        g_autofree char *text = query_text(s, sql, "", error);
        if (!text)
            return false;
        g_string_append_printf(out, "%s%s", before, text);
        before = ", ";
    }
    g_string_append_c(out, '\n');
    return true;
}

bool status_text(struct store *s, GString *out, GError **error)
{
    struct control c;
    g_autoptr(GString) text = g_string_new(NULL);
    append_file(text, "store", s->path, "");
    append_file(text, "its log", s->path, "-wal");
    bool done = sqlite3_exec(s->db, "BEGIN", NULL, NULL, NULL) == SQLITE_OK || store_fail(s, "cannot be read", error);
    if (done) {
        done = append_facts(s, text, error) && append_events(s, text, error) && control_read(s, &c, error);
        sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL);
    }
    if (!done)
        return false;
    append_control(text, &c);
    g_autoptr(GPtrArray) aside = store_file_list_aside(s->path);
    for (guint i = 0; i < aside->len; i++)
        append_file(text, "set aside", aside->pdata[i], "");
    g_string_append_len(out, text->str, (gssize)text->len);
    return true;
}

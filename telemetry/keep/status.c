#include "telemetry/keep/status.h"

#include "telemetry/keep/retention.h"
#include "telemetry/store/control.h"
#include "telemetry/store/query.h"
#include "telemetry/store/store_file.h"
#include "base/embedded.h"
#include "base/safe.h"
#include "base/units.h"
#include "telemetry/dictionary.h"
#include "telemetry/record.h"

#include <glib/gstdio.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

static const char doing[] = "cannot be read";

/* The first columns of all rows, made safe, with `between` between two. NULL and error on failure; caller frees. */
static char *query_lines(struct store *s, const char *sql, const char *between, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    struct query q = query_begin(s, sql, doing);
    while (query_next(&q)) {
        g_string_append(text, text->len ? between : "");
        safe_append(text, query_text(&q, 0));
    }
    return query_end(&q, error) ? g_strdup(text->str) : NULL;
}

static void append_file(GString *out, const char *label, const char *path, const char *suffix)
{
    g_autofree char *file = g_strconcat(path, suffix, NULL);
    GStatBuf st;
    if (g_stat(file, &st) != 0)
        return;
    g_autofree char *size = g_format_size_full((guint64)st.st_size, G_FORMAT_SIZE_IEC_UNITS);
    safe_printf(out, "%-12s %s (%s)\n", label, file, size);
}

static void append_control(GString *out, const struct control *c)
{
    g_autofree char *since = units_local_time(c->paused_ms, "%Y-%m-%d %H:%M");
    if (c->paused_ms)
        safe_printf(out, "paused       since %s: nothing is written into this store\n", since);
    safe_printf(out, "erased       %" PRId64 " viewing%s so far\n", c->erased, units_s(c->erased));
}

/* How long, and what goes when: a sentence a line. */
static bool append_retention(struct store *s, GString *out, GError **error)
{
    struct moment now;
    g_autoptr(GString) text = g_string_new(NULL);
    if (!retention_now(s, &now, error) || !retention_text(s, &now, text, error))
        return false;
    g_auto(GStrv) lines = g_strsplit(text->str, "\n", -1);
    for (int i = 0; lines[i] && *lines[i]; i++)
        safe_printf(out, "%-12s %s\n", i == 0 ? "kept" : "", lines[i]);
    return true;
}

/* A line of text: its label is also the name of the query that makes it, in status.sql. */
static bool append_fact(struct store *s, GString *out, const char *label, GError **error)
{
    const char *sql = embedded_part("telemetry/keep/status.sql", label);
    g_autofree char *text = query_lines(s, sql, "\n             ", error);
    if (text && *text) {
        safe_printf(out, "%-12s ", label);
        g_string_append(out, text); /* made safe line by line */
        g_string_append_c(out, '\n');
    }
    return text != NULL;
}

/* The first few of them, a line each: who, and how many viewings. */
static bool append_viewers(struct store *s, GString *out, GError **error)
{
    struct query q = query_begin(s, embedded_part("telemetry/keep/status.sql", "viewers"), doing);
    for (const char *label = "viewers"; query_next(&q); label = "") {
        char id[TEL_ID_SIZE] = "?";
        (void)query_id(&q, 0, id);
        safe_printf(out, "%-12s %s: %" PRId64 "\n", label, id, query_number(&q, 1));
    }
    return query_end(&q, error);
}

static bool append_events(struct store *s, GString *out, GError **error)
{
    const struct dictionary_entry *e;
    const char *before = "";
    safe_printf(out, "%-12s ", "events");
    for (size_t i = 0; (e = dictionary_at(i)) && !e->column; i++) {
        if (!e->event || strcmp(e->table, "event") == 0)
            continue;
        g_autofree char *sql = g_strdup_printf("SELECT count(*) || ' %s' FROM %s", e->table, e->table);
        g_autofree char *text = query_lines(s, sql, "", error);
        if (!text)
            return false;
        safe_printf(out, "%s%s", before, text);
        before = ", ";
    }
    g_string_append_c(out, '\n');
    return true;
}

static bool append_rows(struct store *s, GString *out, GError **error)
{
    return append_fact(s, out, "viewings", error) && append_fact(s, out, "between", error) &&
           append_fact(s, out, "films", error) && append_fact(s, out, "unrecorded", error) &&
           append_viewers(s, out, error) && append_fact(s, out, "lost", error) && append_events(s, out, error) &&
           append_fact(s, out, "superseded", error) && append_fact(s, out, "sharing", error);
}

bool status_text(struct store *s, GString *out, GError **error)
{
    struct control c;
    g_autoptr(GString) text = g_string_new(NULL);
    append_file(text, "store", s->path, "");
    append_file(text, "its log", s->path, "-wal");
    if (!query_execute(s, "BEGIN", doing, error))
        return false;
    bool done = append_rows(s, text, error) && control_read(s, &c, error);
    if (done)
        append_control(text, &c);
    done = done && append_retention(s, text, error);
    (void)query_execute(s, "COMMIT", doing, NULL);
    if (!done)
        return false;
    g_autoptr(GPtrArray) aside = store_file_list_aside(s->path);
    for (guint i = 0; i < aside->len; i++)
        append_file(text, "set aside", aside->pdata[i], "");
    g_string_append_len(out, text->str, (gssize)text->len);
    return true;
}

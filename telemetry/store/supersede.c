#include "telemetry/store/supersede.h"

#include "base/embedded.h"
#include "telemetry/store/query.h"

#include <assert.h>
#include <string.h>

static struct query begin_statement(struct store *s, const char *name, int64_t viewing)
{
    struct query q = query_begin(s, embedded_part("telemetry/store/supersede.sql", name), "cannot be written");
    query_bind(&q, viewing);
    return q;
}

/* ---- by a resume ------------------------------------------------------------------------------------------------- */

/* In the order in which they refer to each other. */
static const char *const beyond[] = {
    "keep_outcomes",  "delete_outcomes", "keep_stalls",   "delete_stalls",  "keep_reached",
    "delete_reached", "keep_leaves",     "delete_leaves", "keep_exposures", "delete_exposures",
    "keep_visits",    "delete_visits",   "keep_resumes",  "delete_resumes",
};

bool supersede_beyond(struct store *s, int64_t viewing, int64_t place, GError **error)
{
    bool good = true;
    for (size_t i = 0; good && i < G_N_ELEMENTS(beyond); i++) {
        struct query q = begin_statement(s, beyond[i], viewing);
        query_bind(&q, place);
        good = query_run(&q, error);
    }
    return good;
}

bool supersede_finish(struct store *s, int64_t viewing, GError **error)
{
    struct query keep = begin_statement(s, "keep_finish", viewing);
    if (!query_run(&keep, error))
        return false;
    struct query delete = begin_statement(s, "delete_finish", viewing);
    return query_run(&delete, error);
}

/* ---- all of them ------------------------------------------------------------------------------------------------- */

/* Each `keep` says what it keeps: the same query without the table that it goes to. */
static void append_kept(GString *sql, const char *name)
{
    static const char to[] = "INSERT OR IGNORE INTO superseded\n";
    const char *keep = embedded_part("telemetry/store/supersede.sql", name);
    assert(g_str_has_prefix(keep, to));
    g_string_append(sql, "\nUNION ALL\n");
    g_string_append(sql, keep + strlen(to));
}

char *supersede_all_query(void)
{
    GString *sql =
        g_string_new("SELECT viewing, seq, at_ms, kind, body FROM superseded WHERE viewing = ?1 AND seq > ?2");
    for (size_t i = 0; i < G_N_ELEMENTS(beyond); i++)
        if (g_str_has_prefix(beyond[i], "keep_"))
            append_kept(sql, beyond[i]);
    append_kept(sql, "keep_finish");
    return g_string_free(sql, FALSE);
}

/* ---- by a visit that goes on ------------------------------------------------------------------------------------- */

/* Columns of the query find_visit. */
enum { FOUND_SEQ, FOUND_AT_MS, FOUND_NODE, FOUND_GAP, FOUND_AGAIN };

static bool find_visit(struct store *s, int64_t viewing, const struct supersede_visit *visit, int64_t *before,
                       int64_t *began_ms, GError **error)
{
    struct query q = begin_statement(s, "find_visit", viewing);
    query_bind(&q, visit->seq);
    *before = *began_ms = 0;
    if (query_next(&q) && query_number(&q, FOUND_NODE) == visit->node &&
        (query_number(&q, FOUND_AGAIN) || !query_number(&q, FOUND_GAP))) {
        *before = query_number(&q, FOUND_SEQ);
        *began_ms = query_number(&q, FOUND_AT_MS);
    }
    return query_end(&q, error);
}

static bool supersede_leave(struct store *s, const char *name, int64_t viewing, int64_t visit, int64_t resume,
                            GError **error)
{
    struct query q = begin_statement(s, name, viewing);
    query_bind(&q, visit);
    query_bind(&q, resume);
    return query_run(&q, error);
}

static bool keep_visit(struct store *s, int64_t viewing, const struct supersede_visit *visit, GError **error)
{
    struct query q = begin_statement(s, "keep_visit", viewing);
    query_bind(&q, visit->seq);
    query_bind(&q, visit->at_ms);
    query_bind(&q, visit->node);
    query_bind_or_null(&q, visit->planned, visit->planned_us);
    return query_run(&q, error);
}

bool supersede_visit(struct store *s, int64_t viewing, const struct supersede_visit *visit, int64_t *before,
                     int64_t *began_ms, GError **error)
{
    if (!find_visit(s, viewing, visit, before, began_ms, error))
        return false;
    assert(*before < visit->seq);
    return *before == 0 || (supersede_leave(s, "keep_leave", viewing, *before, visit->seq - 1, error) &&
                            supersede_leave(s, "delete_leave", viewing, *before, visit->seq - 1, error) &&
                            keep_visit(s, viewing, visit, error));
}

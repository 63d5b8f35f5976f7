#include "telemetry/read/read.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#define SUMMARY_SQL                                                                                                    \
    "SELECT v.uuid, s.title, s.name, s.version, v.started_ms, f.ended_ms, f.reason, v.mode, v.chooser, v.nth,"         \
    " (SELECT count(*) FROM exposure WHERE viewing = v.id),"                                                           \
    " (SELECT count(*) FROM outcome WHERE viewing = v.id AND what = 0),"                                               \
    " (SELECT count(*) FROM outcome WHERE viewing = v.id AND what = 1),"                                               \
    " (SELECT sum(playing_us) FROM leave WHERE viewing = v.id),"                                                       \
    " (SELECT coalesce(g.title, g.name) FROM reached r JOIN ending g ON g.id = r.ending"                               \
    "   WHERE r.viewing = v.id ORDER BY r.seq DESC LIMIT 1),"                                                          \
    " v.id, v.engine, v.seed, v.time_mode, (SELECT sum(count) FROM gap WHERE viewing = v.id)"                          \
    " FROM viewing v JOIN story s ON s.id = v.story LEFT JOIN finish f ON f.viewing = v.id"

static char *text(sqlite3_stmt *st, int column)
{
    return g_strdup((const char *)sqlite3_column_text(st, column));
}

static int64_t number(sqlite3_stmt *st, int column, int64_t none)
{
    return sqlite3_column_type(st, column) == SQLITE_NULL ? none : sqlite3_column_int64(st, column);
}

static int32_t small(sqlite3_stmt *st, int column, int32_t none)
{
    return (int32_t)number(st, column, none);
}

static sqlite3_stmt *query(struct store *s, const char *sql, int64_t first, GError **error)
{
    sqlite3_stmt *st = NULL;
    if (sqlite3_prepare_v2(s->db, sql, -1, &st, NULL) != SQLITE_OK) {
        store_fail(s, "cannot be read", error);
        return NULL;
    }
    sqlite3_bind_int64(st, 1, first); /* a statement without parameters does not mind */
    return st;
}

/* One reading transaction, so that a play that goes on meanwhile does not show in half. */
static bool transaction(struct store *s, const char *sql, GError **error)
{
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK || store_fail(s, "cannot be read", error);
}

/* ---- lines ----------------------------------------------------------------------------------------------------- */

static void summary_clear(struct read_summary *summary)
{
    g_free(summary->title);
    g_free(summary->story);
    g_free(summary->version);
    g_free(summary->ending);
}

static void summary_free(void *data)
{
    summary_clear(data);
    g_free(data);
}

static void format_id(char id[TEL_ID_SIZE], const uint8_t *bytes)
{
    char *p = id;
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *p++ = '-';
        p += g_snprintf(p, 3, "%02x", bytes[i]);
    }
}

static void load_summary(sqlite3_stmt *st, struct read_summary *summary)
{
    format_id(summary->id, sqlite3_column_blob(st, 0));
    summary->title = text(st, 1);
    summary->story = text(st, 2);
    summary->version = text(st, 3);
    summary->started_ms = number(st, 4, -1);
    summary->ended_ms = number(st, 5, -1);
    summary->reason = small(st, 6, TEL_NONE);
    summary->mode = small(st, 7, 0);
    summary->chooser = small(st, 8, 0);
    summary->nth = small(st, 9, 0);
    summary->decisions = small(st, 10, 0);
    summary->picks = small(st, 11, 0);
    summary->timeouts = small(st, 12, 0);
    summary->watched_us = number(st, 13, 0);
    summary->ending = text(st, 14);
}

GPtrArray *read_list(struct store *s, uint32_t limit, GError **error)
{
    sqlite3_stmt *st = query(s, SUMMARY_SQL " ORDER BY v.id DESC LIMIT ?1", limit ? (int64_t)limit : -1, error);
    if (!st)
        return NULL;
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(summary_free);
    int rc;
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        struct read_summary *summary = g_new0(struct read_summary, 1);
        load_summary(st, summary);
        g_ptr_array_add(lines, summary);
    }
    const bool done = rc == SQLITE_DONE || store_fail(s, "cannot be read", error);
    sqlite3_finalize(st);
    return done ? g_steal_pointer(&lines) : NULL;
}

/* ---- what others took ------------------------------------------------------------------------------------------ */

static void share_free(void *data)
{
    struct read_share *share = data;
    g_free(share->decision);
    g_free(share->option);
    g_free(share);
}

GPtrArray *read_shares(struct store *s, const char *story, GError **error)
{
    sqlite3_stmt *st =
        query(s,
              "SELECT d.name, o.name, printf('%016x', d.hash), sum(u.what = 0 AND u.option = o.id), count(*)"
              " FROM story s JOIN viewing v ON v.story = s.id AND v.chooser = 0 JOIN exposure e ON e.viewing = v.id"
              " JOIN menu m ON m.id = e.menu JOIN decision d ON d.id = m.decision"
              " JOIN menu_option mo ON mo.menu = e.menu AND NOT mo.locked JOIN option o ON o.id = mo.option"
              " JOIN outcome u ON u.viewing = e.viewing AND u.exposure = e.seq WHERE s.name = ?1 AND e.seq ="
              " (SELECT min(f.seq) FROM exposure f JOIN menu n ON n.id = f.menu"
              "   JOIN outcome w ON w.viewing = f.viewing AND w.exposure = f.seq"
              "   WHERE f.viewing = v.id AND n.decision = m.decision AND w.what IN (0, 1)) GROUP BY o.id",
              0, error);
    if (!st)
        return NULL;
    sqlite3_bind_text(st, 1, story, -1, SQLITE_STATIC);
    g_autoptr(GPtrArray) shares = g_ptr_array_new_with_free_func(share_free);
    int rc;
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        struct read_share *share = g_new0(struct read_share, 1);
        g_autofree char *hash = text(st, 2);
        share->decision = text(st, 0);
        share->option = text(st, 1);
        share->decision_hash = (int64_t)g_ascii_strtoull(hash, NULL, 16);
        share->picks = number(st, 3, 0);
        share->available = number(st, 4, 0);
        g_ptr_array_add(shares, share);
    }
    const bool done = rc == SQLITE_DONE || store_fail(s, "cannot be read", error);
    sqlite3_finalize(st);
    return done ? g_steal_pointer(&shares) : NULL;
}

/* ---- finding one ----------------------------------------------------------------------------------------------- */

/* The first and the last id that begin with these digits. False if it is no beginning of an id. */
static bool parse_id_prefix(const char *id, uint8_t low[16], uint8_t high[16])
{
    int digits = 0;
    memset(low, 0x00, 16);
    memset(high, 0xff, 16);
    for (; *id; id++) {
        const int digit = g_ascii_xdigit_value(*id);
        if (*id == '-')
            continue;
        if (digit < 0 || digits == 32)
            return false;
        const int shift = digits % 2 ? 0 : 4;
        low[digits / 2] = (uint8_t)(low[digits / 2] | digit << shift);
        high[digits / 2] = (uint8_t)((high[digits / 2] & ~(0xf << shift)) | digit << shift);
        digits++;
    }
    return digits > 0;
}

static bool fail_not_found(struct store *s, const char *id, const char *why, GError **error)
{
    g_set_error(error, STORE_ERROR, STORE_ERROR_NOT_FOUND, "%s: viewing %s: %s", s->path, id, why);
    return false;
}

static bool find_viewing(struct store *s, const char *id, int64_t *viewing, GError **error)
{
    const bool last = strcmp(id, "last") == 0;
    uint8_t low[16], high[16];
    if (!last && !parse_id_prefix(id, low, high))
        return fail_not_found(s, id, "is no id; give one from the list, its beginning, or \"last\"", error);
    sqlite3_stmt *st = query(s,
                             last ? "SELECT id FROM viewing ORDER BY id DESC LIMIT 1"
                                  : "SELECT id FROM viewing WHERE uuid BETWEEN ?1 AND ?2 LIMIT 2",
                             0, error);
    if (!st)
        return false;
    if (!last) {
        sqlite3_bind_blob(st, 1, low, sizeof low, SQLITE_STATIC);
        sqlite3_bind_blob(st, 2, high, sizeof high, SQLITE_STATIC);
    }
    int rc = sqlite3_step(st);
    const bool found = rc == SQLITE_ROW;
    *viewing = found ? sqlite3_column_int64(st, 0) : 0;
    const bool many = found && (rc = sqlite3_step(st)) == SQLITE_ROW;
    sqlite3_finalize(st);
    if (found && !many)
        return true;
    if (rc != SQLITE_DONE && rc != SQLITE_ROW)
        return store_fail(s, "cannot be read", error);
    return fail_not_found(s, id, many ? "several begin so; give more of the id" : "there is none", error);
}

/* ---- entries --------------------------------------------------------------------------------------------------- */

static struct read_entry *append_entry(GArray *entries, enum read_kind kind, sqlite3_stmt *st)
{
    const struct read_entry e = {.kind = kind,
                                 .seq = sqlite3_column_int64(st, 0),
                                 .at_us = sqlite3_column_int64(st, 1) * US_PER_MS,
                                 .name = text(st, 2),
                                 .title = text(st, 3),
                                 .focus = TEL_NONE,
                                 .option = TEL_NONE};
    g_array_append_val(entries, e);
    return &g_array_index(entries, struct read_entry, entries->len - 1);
}

static void append_visit(GArray *entries, sqlite3_stmt *st)
{
    struct read_entry *e = append_entry(entries, READ_VISIT, st);
    e->planned_us = number(st, 4, US_NONE);
    e->closed = sqlite3_column_type(st, 5) != SQLITE_NULL;
    e->left_us = number(st, 5, 0) * US_PER_MS;
    e->playing_us = number(st, 6, 0);
    e->paused_us = number(st, 7, 0);
    e->hidden_us = number(st, 8, 0);
}

static void append_exposure(GArray *entries, sqlite3_stmt *st)
{
    struct read_entry *e = append_entry(entries, READ_EXPOSURE, st);
    e->focus = small(st, 4, TEL_NONE);
    e->window_us = number(st, 5, US_NONE);
    e->time_mode = small(st, 6, 1);
    e->closed = sqlite3_column_type(st, 7) != SQLITE_NULL;
    e->what = small(st, 7, TEL_NONE);
    e->latency_us = number(st, 8, US_NONE);
    e->given = small(st, 9, 0);
    e->changes = small(st, 10, 0);
}

static void append_reached(GArray *entries, sqlite3_stmt *st)
{
    append_entry(entries, READ_REACHED, st);
}

static void append_stall(GArray *entries, sqlite3_stmt *st)
{
    struct read_entry *e = append_entry(entries, READ_STALL, st);
    e->fault = small(st, 4, 0);
    e->lasted_us = number(st, 5, US_NONE);
}

static void append_gap(GArray *entries, sqlite3_stmt *st)
{
    struct read_entry *e = append_entry(entries, READ_GAP, st);
    e->count = number(st, 4, 0);
    e->why = small(st, 5, 0);
}

static void append_resume(GArray *entries, sqlite3_stmt *st)
{
    struct read_entry *e = append_entry(entries, READ_RESUME, st);
    e->resumed_ms = number(st, 4, -1);
    e->ended_ms = number(st, 5, -1);
}

static const struct {
    const char *sql;
    void (*add)(GArray *entries, sqlite3_stmt *st);
} entry_queries[] = {
    {"SELECT i.seq, i.at_ms, n.name, n.title, i.planned_us, l.at_ms, l.playing_us, l.paused_us, l.hidden_us"
     " FROM visit i JOIN node n ON n.id = i.node"
     " LEFT JOIN leave l ON l.viewing = i.viewing AND l.visit = i.seq WHERE i.viewing = ?1",
     append_visit},
    {"SELECT e.seq, e.at_ms, d.name, d.title, e.focus, e.window_us, e.time_mode, u.what, u.latency_us, u.given,"
     " u.changes FROM exposure e JOIN menu m ON m.id = e.menu JOIN decision d ON d.id = m.decision"
     " LEFT JOIN outcome u ON u.viewing = e.viewing AND u.exposure = e.seq WHERE e.viewing = ?1",
     append_exposure},
    {"SELECT r.seq, r.at_ms, g.name, g.title FROM reached r JOIN ending g ON g.id = r.ending WHERE r.viewing = ?1",
     append_reached},
    {"SELECT seq, at_ms, NULL, NULL, fault, lasted_us FROM stall WHERE viewing = ?1", append_stall},
    {"SELECT seq, at_ms, NULL, NULL, count, why FROM gap WHERE viewing = ?1", append_gap},
    {"SELECT seq, at_ms, NULL, NULL, resumed_ms, ended_ms FROM resume WHERE viewing = ?1", append_resume},
};

static int compare_seq(const void *a, const void *b)
{
    const struct read_entry *x = a, *y = b;
    return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static void entry_clear(void *data)
{
    struct read_entry *e = data;
    for (int32_t i = 0; i < e->n_options; i++) {
        g_free(e->options[i].name);
        g_free(e->options[i].title);
    }
    g_free(e->options);
    g_free(e->name);
    g_free(e->title);
}

/* The options of all exposures, in one pass: both sides are sorted by seq. */
static bool read_options(struct store *s, int64_t viewing, GArray *entries, GError **error)
{
    sqlite3_stmt *st = query(s,
                             "SELECT e.seq, o.name, o.title, mo.locked, u.option = mo.option FROM exposure e"
                             " JOIN menu_option mo ON mo.menu = e.menu JOIN option o ON o.id = mo.option"
                             " LEFT JOIN outcome u ON u.viewing = e.viewing AND u.exposure = e.seq"
                             " WHERE e.viewing = ?1 ORDER BY e.seq, mo.position",
                             viewing, error);
    if (!st)
        return false;
    guint at = 0;
    int rc;
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        while (g_array_index(entries, struct read_entry, at).seq < sqlite3_column_int64(st, 0) ||
               g_array_index(entries, struct read_entry, at).kind != READ_EXPOSURE)
            at++;
        struct read_entry *e = &g_array_index(entries, struct read_entry, at);
        e->options = g_renew(struct read_option, e->options, e->n_options + 1);
        if (sqlite3_column_int(st, 4))
            e->option = e->n_options;
        e->options[e->n_options++] = (struct read_option){text(st, 1), text(st, 2), sqlite3_column_int(st, 3) != 0};
    }
    sqlite3_finalize(st);
    return rc == SQLITE_DONE || store_fail(s, "cannot be read", error);
}

static bool read_entries(struct store *s, int64_t viewing, struct read_viewing *v, GError **error)
{
    GArray *entries = g_array_new(FALSE, FALSE, sizeof(struct read_entry));
    bool done = true;
    for (size_t i = 0; done && i < G_N_ELEMENTS(entry_queries); i++) {
        sqlite3_stmt *st = query(s, entry_queries[i].sql, viewing, error);
        int rc = SQLITE_ERROR;
        while (st && (rc = sqlite3_step(st)) == SQLITE_ROW)
            entry_queries[i].add(entries, st);
        done = st && (rc == SQLITE_DONE || store_fail(s, "cannot be read", error));
        sqlite3_finalize(st);
    }
    g_array_sort(entries, compare_seq);
    done = done && read_options(s, viewing, entries, error);
    v->n_entries = (int32_t)entries->len;
    v->entries = (struct read_entry *)(void *)g_array_free(entries, FALSE);
    return done;
}

static bool read_header(struct store *s, int64_t viewing, struct read_viewing *v, GError **error)
{
    sqlite3_stmt *st = query(s, SUMMARY_SQL " WHERE v.id = ?1", viewing, error);
    const int rc = st ? sqlite3_step(st) : SQLITE_ERROR;
    const bool found = rc == SQLITE_ROW;
    if (found) {
        load_summary(st, &v->summary);
        v->engine = text(st, 16);
        v->seed = number(st, 17, 0);
        v->time_mode = small(st, 18, 1);
        v->lost = number(st, 19, 0);
    } else if (rc == SQLITE_DONE) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_NOT_FOUND, "%s: the viewing is there no more", s->path);
    } else if (st) {
        store_fail(s, "cannot be read", error);
    }
    sqlite3_finalize(st);
    return found;
}

struct read_viewing *read_viewing_by_number(struct store *s, int64_t viewing, GError **error)
{
    struct read_viewing *v = g_new0(struct read_viewing, 1);
    GError *failure = NULL;
    bool done = transaction(s, "BEGIN", error);
    if (done) {
        done = read_header(s, viewing, v, &failure) && read_entries(s, viewing, v, &failure);
        done = transaction(s, "COMMIT", done ? error : NULL) && done;
    }
    if (failure)
        g_propagate_error(error, failure);
    if (done)
        return v;
    read_viewing_free(v);
    return NULL;
}

struct read_viewing *read_viewing(struct store *s, const char *id, GError **error)
{
    int64_t viewing = 0;
    return find_viewing(s, id, &viewing, error) ? read_viewing_by_number(s, viewing, error) : NULL;
}

/* ---- choosing several ------------------------------------------------------------------------------------------- */

static bool parse_whole_id(const char *id, uint8_t bytes[16])
{
    uint8_t high[16];
    return g_uuid_string_is_valid(id) && parse_id_prefix(id, bytes, high);
}

static bool fail_none_matching(struct store *s, const struct read_filter *w, GError **error)
{
    g_set_error(error, STORE_ERROR, STORE_ERROR_NOT_FOUND, "%s: no viewing%s%s%s%s", s->path,
                w->story ? " of the story " : "", w->story ? w->story : "", w->viewer ? " by the viewer " : "",
                w->viewer ? w->viewer : "");
    return false;
}

GArray *read_matching_ids(struct store *s, const struct read_filter *w, GError **error)
{
    int64_t one = 0;
    uint8_t viewer[16];
    if ((w->viewing && !find_viewing(s, w->viewing, &one, error)) ||
        (w->viewer && !parse_whole_id(w->viewer, viewer) && !fail_none_matching(s, w, error)))
        return NULL;
    sqlite3_stmt *st =
        query(s,
              "SELECT v.id FROM viewing v JOIN story t ON t.id = v.story LEFT JOIN viewer p ON p.id = v.viewer"
              " WHERE (?1 = 0 OR v.id = ?1) AND (?2 IS NULL OR t.name = ?2) AND (?3 IS NULL OR p.uuid = ?3)"
              " AND (?4 = 0 OR v.started_ms < ?4) ORDER BY v.id",
              one, error);
    if (!st)
        return NULL;
    sqlite3_bind_text(st, 2, w->story, -1, SQLITE_STATIC);
    if (w->viewer)
        sqlite3_bind_blob(st, 3, viewer, sizeof viewer, SQLITE_STATIC);
    sqlite3_bind_int64(st, 4, w->before_ms);
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    int rc;
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        const int64_t id = sqlite3_column_int64(st, 0);
        g_array_append_val(ids, id);
    }
    bool done = rc == SQLITE_DONE || store_fail(s, "cannot be read", error);
    sqlite3_finalize(st);
    if (done && ids->len == 0 && (w->viewing || w->story || w->viewer))
        done = fail_none_matching(s, w, error);
    return done ? g_steal_pointer(&ids) : NULL;
}

void read_viewing_free(struct read_viewing *v)
{
    if (!v)
        return;
    for (int32_t i = 0; i < v->n_entries; i++)
        entry_clear(&v->entries[i]);
    summary_clear(&v->summary);
    g_free(v->entries);
    g_free(v->engine);
    g_free(v);
}

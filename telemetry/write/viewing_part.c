#include "telemetry/write/viewing_part.h"

#include <glib.h>
#include <sqlite3.h>

/* Runs one statement with these numbers; *row tells whether it gave a row, which *st then stands on. */
static int query_row(sqlite3 *db, const char *sql, const int64_t *values, int n, sqlite3_stmt **st, bool *row)
{
    int rc = sqlite3_prepare_v2(db, sql, -1, st, NULL);
    for (int i = 0; rc == SQLITE_OK && i < n; i++)
        rc = sqlite3_bind_int64(*st, i + 1, values[i]);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(*st);
    *row = rc == SQLITE_ROW;
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int execute(sqlite3 *db, const char *sql, const int64_t *values, int n)
{
    sqlite3_stmt *st = NULL;
    bool row;
    const int rc = query_row(db, sql, values, n, &st, &row);
    sqlite3_finalize(st);
    return rc;
}

static int64_t number_or(sqlite3_stmt *st, int column, int64_t none)
{
    return sqlite3_column_type(st, column) == SQLITE_NULL ? none : sqlite3_column_int64(st, column);
}

int viewing_part_find(struct sqlite3 *db, const struct tel_viewing *v, int64_t story, int64_t *viewing)
{
    uint8_t uuid[16];
    sqlite3_stmt *st = NULL;
    *viewing = 0;
    if (!g_uuid_string_is_valid(v->continues))
        return SQLITE_OK;
    int rc = sqlite3_prepare_v2(
        db, "SELECT id FROM viewing WHERE uuid = ?1 AND story = ?2 AND mode = ?3 AND chooser = ?4", -1, &st, NULL);
    if (rc == SQLITE_OK) {
        tel_id_bytes(v->continues, uuid);
        sqlite3_bind_blob(st, 1, uuid, sizeof uuid, SQLITE_STATIC);
        sqlite3_bind_int64(st, 2, story);
        sqlite3_bind_int(st, 3, v->mode);
        sqlite3_bind_int(st, 4, v->chooser);
        rc = sqlite3_step(st);
    }
    if (rc == SQLITE_ROW)
        *viewing = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* ---- the row that joins ------------------------------------------------------------------------------------------ */

static void load_resume_row(sqlite3_stmt *st, struct viewing_part *s)
{
    s->seq = sqlite3_column_int64(st, 0);
    s->at_us = sqlite3_column_int64(st, 1) * US_PER_MS;
    s->resume.ended_ms = number_or(st, 2, US_NONE);
    s->resume.reason = (int32_t)number_or(st, 3, TEL_NONE);
    s->resume.playing_us = number_or(st, 4, US_NONE);
    s->resume.paused_us = number_or(st, 5, US_NONE);
    s->resume.hidden_us = number_or(st, 6, US_NONE);
    s->resume.from_seq = sqlite3_column_int64(st, 7);
    s->resume.to_seq = sqlite3_column_int64(st, 8);
}

static int find_resume_row(sqlite3 *db, int64_t viewing, struct viewing_part *s, bool *known)
{
    const int64_t values[] = {viewing, s->resume.resumed_ms};
    sqlite3_stmt *st = NULL;
    const int rc = query_row(db,
                             "SELECT seq, at_ms, ended_ms, reason, playing_us, paused_us, hidden_us, from_seq, to_seq"
                             " FROM resume WHERE viewing = ?1 AND resumed_ms = ?2 ORDER BY seq DESC LIMIT 1",
                             values, 2, &st, known);
    if (*known)
        load_resume_row(st, s);
    sqlite3_finalize(st);
    return rc;
}

/* Where the part before ends: the highest number, and when that was. */
static int find_last_event(sqlite3 *db, int64_t viewing, struct viewing_part *s)
{
    sqlite3_stmt *st = NULL;
    bool row;
    const int rc = query_row(
        db,
        "SELECT max(seq), at_ms FROM ("
        "SELECT seq, at_ms FROM visit WHERE viewing = ?1 UNION ALL SELECT seq, at_ms FROM leave WHERE viewing = ?1"
        " UNION ALL SELECT seq, at_ms FROM exposure WHERE viewing = ?1"
        " UNION ALL SELECT seq, at_ms FROM outcome WHERE viewing = ?1"
        " UNION ALL SELECT seq, at_ms FROM reached WHERE viewing = ?1"
        " UNION ALL SELECT seq, at_ms FROM stall WHERE viewing = ?1"
        " UNION ALL SELECT seq, at_ms FROM gap WHERE viewing = ?1"
        " UNION ALL SELECT seq, at_ms FROM finish WHERE viewing = ?1"
        " UNION ALL SELECT to_seq, at_ms FROM resume WHERE viewing = ?1)",
        &viewing, 1, &st, &row);
    if (row) {
        s->seq = number_or(st, 0, 0) + 1;
        s->at_us = number_or(st, 1, 0) * US_PER_MS;
    }
    sqlite3_finalize(st);
    return rc;
}

static int absorb_finish(sqlite3 *db, int64_t viewing, struct viewing_part *s)
{
    sqlite3_stmt *st = NULL;
    bool row;
    const int rc = query_row(db, "SELECT seq, ended_ms, reason FROM finish WHERE viewing = ?1", &viewing, 1, &st, &row);
    if (row) {
        s->resume.from_seq = sqlite3_column_int64(st, 0);
        s->resume.ended_ms = sqlite3_column_int64(st, 1);
        s->resume.reason = sqlite3_column_int(st, 2);
    }
    sqlite3_finalize(st);
    return rc == SQLITE_OK && row ? execute(db, "DELETE FROM finish WHERE viewing = ?1", &viewing, 1) : rc;
}

int viewing_part_join(struct sqlite3 *db, int64_t viewing, int64_t resumed_ms, struct viewing_part *s, bool *known)
{
    *s = (struct viewing_part){.joins = true,
                               .resume = {.resumed_ms = resumed_ms,
                                          .ended_ms = US_NONE,
                                          .reason = TEL_NONE,
                                          .playing_us = US_NONE,
                                          .paused_us = US_NONE,
                                          .hidden_us = US_NONE}};
    int rc = find_resume_row(db, viewing, s, known);
    if (rc != SQLITE_OK || *known)
        return rc;
    rc = find_last_event(db, viewing, s);
    s->resume.from_seq = s->resume.to_seq = s->seq;
    return rc == SQLITE_OK ? absorb_finish(db, viewing, s) : rc;
}

/* ---- the visit that goes on -------------------------------------------------------------------------------------- */

/* The leave of the visit goes into the row, if nothing but the finish is between them. False: something is. */
static bool can_absorb_leave(const struct viewing_part *s, sqlite3_stmt *st)
{
    return sqlite3_column_type(st, 3) == SQLITE_NULL || sqlite3_column_int64(st, 3) == s->resume.from_seq - 1;
}

static void absorb_leave(struct viewing_part *s, sqlite3_stmt *st)
{
    s->resume.from_seq = number_or(st, 3, s->resume.from_seq);
    s->resume.playing_us = number_or(st, 4, US_NONE);
    s->resume.paused_us = number_or(st, 5, US_NONE);
    s->resume.hidden_us = number_or(st, 6, US_NONE);
}

static int write_resume_row(sqlite3 *db, int64_t viewing, const struct viewing_part *s)
{
    const struct tel_resume *r = &s->resume;
    const int64_t gone[] = {viewing, s->visit}, moved[] = {viewing, s->seq, r->from_seq, r->to_seq};
    const int64_t times[] = {viewing, s->seq, r->playing_us, r->paused_us, r->hidden_us};
    int rc = execute(db, "DELETE FROM leave WHERE viewing = ?1 AND visit = ?2", gone, 2);
    if (rc == SQLITE_OK)
        rc = execute(db, "UPDATE resume SET from_seq = ?3, to_seq = ?4 WHERE viewing = ?1 AND seq = ?2", moved, 4);
    if (rc == SQLITE_OK && r->playing_us != US_NONE)
        rc = execute(
            db, "UPDATE resume SET playing_us = ?3, paused_us = ?4, hidden_us = ?5 WHERE viewing = ?1 AND seq = ?2",
            times, 5);
    return rc;
}

int viewing_part_resume_visit(struct sqlite3 *db, int64_t viewing, int64_t seq, int64_t node, struct viewing_part *s,
                              int64_t *at_us)
{
    const int64_t values[] = {viewing, seq};
    const bool again = s->resume.to_seq == seq; /* it is in the row already */
    sqlite3_stmt *st = NULL;
    bool row;
    s->joins = false;
    int rc = query_row(
        db,
        "SELECT v.seq, v.at_ms, v.node, l.seq, coalesce(l.playing_us, r.playing_us),"
        " coalesce(l.paused_us, r.paused_us), coalesce(l.hidden_us, r.hidden_us) FROM visit v"
        " LEFT JOIN leave l ON l.viewing = v.viewing AND l.visit = v.seq" /* or a part before that one tells */
        " LEFT JOIN resume r ON r.viewing = v.viewing AND r.seq > v.seq AND r.seq < ?2 - 1"
        " WHERE v.viewing = ?1 AND v.seq < ?2 ORDER BY v.seq DESC, r.seq DESC LIMIT 1",
        values, 2, &st, &row);
    const bool same =
        row && seq == s->seq + 1 && sqlite3_column_int64(st, 2) == node && (again || can_absorb_leave(s, st));
    if (same) {
        s->visit = sqlite3_column_int64(st, 0);
        *at_us = sqlite3_column_int64(st, 1) * US_PER_MS;
        if (!again)
            absorb_leave(s, st);
        s->resume.to_seq = seq;
    }
    sqlite3_finalize(st);
    return rc == SQLITE_OK && same && !again ? write_resume_row(db, viewing, s) : rc;
}

void viewing_part_add_leave(const struct viewing_part *s, struct tel_leave *leave)
{
    if (s->resume.playing_us == US_NONE)
        return;
    leave->playing_us += s->resume.playing_us;
    leave->paused_us += s->resume.paused_us;
    leave->hidden_us += s->resume.hidden_us;
}

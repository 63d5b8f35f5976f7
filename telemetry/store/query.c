#include "telemetry/store/query.h"

#include <assert.h>
#include <sqlite3.h>

static bool is_success(int rc)
{
    return rc == SQLITE_OK || rc == SQLITE_ROW || rc == SQLITE_DONE;
}

/* What holds between query_begin() and query_end(). */
static bool query_check(const struct query *q)
{
    assert(q->store && q->doing);
    assert(q->st || !is_success(q->rc));
    assert(q->bound >= 0 && q->bound <= sqlite3_bind_parameter_count(q->st));
    return true;
}

/* Steps are counted from when no statement ran (store_handle.h). */
static void begin_running(struct query *q)
{
    struct store *s = q->store;
    if (s->running == 0 && !s->steps_add_up)
        s->steps = 0;
    s->running++;
    q->running = true;
}

static void end_running(struct query *q)
{
    if (q->running)
        q->store->running--;
    q->running = false;
    assert(!q->store || q->store->running >= 0);
}

struct query query_begin(struct store *s, const char *sql, const char *doing)
{
    struct query q = {.store = s, .doing = doing};
    q.rc = sqlite3_prepare_v2(s->db, sql, -1, &q.st, NULL);
    assert(query_check(&q));
    return q;
}

/* Where the next value goes; 0: nowhere, it failed before. */
static int next_parameter(struct query *q)
{
    if (!is_success(q->rc))
        return 0;
    assert(q->rc == SQLITE_OK && q->bound < sqlite3_bind_parameter_count(q->st));
    return ++q->bound;
}

void query_bind(struct query *q, int64_t n)
{
    const int at = next_parameter(q);
    if (at)
        q->rc = sqlite3_bind_int64(q->st, at, n);
}

void query_bind_or_null(struct query *q, bool known, int64_t n)
{
    if (known)
        query_bind(q, n);
    else
        query_bind_text(q, NULL);
}

void query_bind_text(struct query *q, const char *text)
{
    const int at = next_parameter(q);
    if (at)
        q->rc = sqlite3_bind_text(q->st, at, text, -1, SQLITE_STATIC);
}

void query_bind_blob(struct query *q, const void *bytes, size_t size)
{
    const int at = next_parameter(q);
    if (at)
        q->rc = sqlite3_bind_blob64(q->st, at, bytes, size, SQLITE_STATIC);
}

bool query_next(struct query *q)
{
    assert(query_check(q) && (!is_success(q->rc) || q->bound == sqlite3_bind_parameter_count(q->st)));
    if (!q->running)
        begin_running(q);
    if (q->rc == SQLITE_OK || q->rc == SQLITE_ROW)
        q->rc = sqlite3_step(q->st);
    return q->rc == SQLITE_ROW;
}

int64_t query_number(const struct query *q, int column)
{
    assert(q->rc == SQLITE_ROW && column < sqlite3_column_count(q->st));
    return sqlite3_column_int64(q->st, column);
}

int64_t query_number_or(const struct query *q, int column, int64_t none)
{
    return query_is_null(q, column) ? none : query_number(q, column);
}

int64_t query_number_in(const struct query *q, int column, int64_t low, int64_t high, int64_t none)
{
    const int64_t n = query_number_or(q, column, none);
    return n >= low && n <= high ? n : none;
}

bool query_is_null(const struct query *q, int column)
{
    assert(q->rc == SQLITE_ROW && column < sqlite3_column_count(q->st));
    return sqlite3_column_type(q->st, column) == SQLITE_NULL;
}

const char *query_text(const struct query *q, int column)
{
    assert(q->rc == SQLITE_ROW && column < sqlite3_column_count(q->st));
    return (const char *)sqlite3_column_text(q->st, column);
}

char *query_copy_text(const struct query *q, int column)
{
    return g_strdup(query_text(q, column));
}

char *query_copy_name(const struct query *q, int column)
{
    const char *text = query_text(q, column);
    return g_utf8_make_valid(text ? text : "?", -1);
}

const void *query_blob(const struct query *q, int column, size_t *size)
{
    assert(q->rc == SQLITE_ROW && column < sqlite3_column_count(q->st));
    const void *bytes = sqlite3_column_blob(q->st, column);
    *size = (size_t)sqlite3_column_bytes(q->st, column);
    return bytes;
}

bool query_id(const struct query *q, int column, char id[TEL_ID_SIZE])
{
    size_t size = 0;
    const uint8_t *bytes = query_blob(q, column, &size);
    if (size != 16)
        return false;
    tel_id_text(bytes, id);
    return true;
}

bool query_reset(struct query *q, GError **error)
{
    assert(query_check(q));
    const bool done = is_success(q->rc) || store_fail(q->store, q->doing, error);
    if (q->st) {
        sqlite3_reset(q->st);
        q->rc = SQLITE_OK;
    }
    end_running(q);
    q->bound = 0;
    return done;
}

bool query_end(struct query *q, GError **error)
{
    const bool done = is_success(q->rc) || store_fail(q->store, q->doing, error);
    sqlite3_finalize(q->st);
    end_running(q);
    *q = (struct query){0};
    return done;
}

bool query_run(struct query *q, GError **error)
{
    while (query_next(q))
        continue;
    return query_end(q, error);
}

bool query_execute(struct store *s, const char *sql, const char *doing, GError **error)
{
    if (s->running == 0 && !s->steps_add_up)
        s->steps = 0;
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK || store_fail(s, doing, error);
}

bool query_commit(struct store *s, bool done, const char *doing, GError **error)
{
    if (done && query_execute(s, "COMMIT", doing, error))
        return true;
    (void)query_execute(s, "ROLLBACK", doing, NULL);
    return false;
}

bool query_read_number(struct store *s, const char *sql, const char *doing, int64_t *n, GError **error)
{
    struct query q = query_begin(s, sql, doing);
    *n = query_next(&q) ? query_number(&q, 0) : 0;
    return query_end(&q, error);
}

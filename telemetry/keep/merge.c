#include "telemetry/keep/merge.h"

#include "base/embedded.h"
#include "base/interrupt.h"
#include "base/sha256.h"
#include "telemetry/keep/erase.h"
#include "telemetry/store/query.h"
#include "telemetry/store/schema.h"
#include "telemetry/store/schema_match.h"
#include "telemetry/store/store_copy.h"
#include "telemetry/store/store_reading.h"

#include <assert.h>
#include <sqlite3.h>
#include <string.h>

/* Viewings in one transaction: a player that wants to write waits for a few tens of milliseconds at most. */
#define BATCH 500

static const char doing[] = "cannot be merged into";

enum merge_count {
    COUNT_NOTHING,
    COUNT_KNOWN,
    COUNT_ERASED,
    COUNT_RESUMED,
    COUNT_VIEWINGS,
    COUNT_EVENTS,
    COUNT_CONFLICTS,
    MERGE_COUNTS,
};

/* Parts of merge.sql, and what the rows are that each changes last. */
struct merge_step {
    const char *sql;
    enum merge_count counts;
};

/* A batch: before and after the names that its viewings refer to are there. */
static const struct merge_step choosing[] = {
    {"match_viewings", COUNT_KNOWN},  {"find_conflicts", COUNT_CONFLICTS}, {"drop_conflicts", COUNT_NOTHING},
    {"drop_complete", COUNT_NOTHING}, {"count_resumed", COUNT_RESUMED},    {"drop_replaced", COUNT_NOTHING},
    {"drop_erased", COUNT_ERASED},    {"add_viewers", COUNT_NOTHING},
};
static const struct merge_step adding[] = {
    {"add_viewings", COUNT_VIEWINGS}, {"match_added", COUNT_NOTHING}, {"add_arms", COUNT_NOTHING},
    {"add_visits", COUNT_EVENTS},     {"add_leaves", COUNT_EVENTS},   {"add_exposures", COUNT_EVENTS},
    {"add_outcomes", COUNT_EVENTS},   {"add_reached", COUNT_EVENTS},  {"add_stalls", COUNT_EVENTS},
    {"add_gaps", COUNT_EVENTS},       {"add_resumes", COUNT_EVENTS},  {"add_superseded", COUNT_NOTHING},
    {"add_life", COUNT_NOTHING},      {"add_finishes", COUNT_EVENTS},
};

/* Where a merge stands, from batch to batch. */
struct merging {
    struct store *store;
    bool collected;
    int64_t last;                   /* the id there of the last viewing that was looked at */
    int64_t version, other_version; /* of both stores' data, when the names were read that the maps hold */
    const struct merge_listener *listener;
    int64_t looked_at, all;
    int why;
};

static const char *merge_sql(const char *name)
{
    return embedded_part("telemetry/keep/merge.sql", name);
}

/*
 * SQL's merge_mark(uuid): 64 bits that tell which viewing it is only to somebody who knows its id and the store's
 * secret.
 */
static void compute_mark(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    const int64_t *secret = sqlite3_user_data(context);
    uint8_t digest[SHA256_SIZE];
    int64_t value;
    assert(argc == 1);
    sha256_keyed(secret, sizeof *secret, sqlite3_value_blob(argv[0]), (gsize)sqlite3_value_bytes(argv[0]), digest);
    memcpy(&value, digest, sizeof value);
    sqlite3_result_int64(context, value);
}

/* Makes `look` of the next viewings, *n of them, after the one with the id m->last. */
static bool load_batch(struct merging *m, int64_t *n, GError **error)
{
    struct query q = query_begin(m->store, merge_sql("load_batch"), doing);
    query_bind(&q, m->last);
    query_bind(&q, BATCH);
    for (*n = 0; query_next(&q); ++*n)
        m->last = MAX(m->last, query_number(&q, 0));
    assert(*n <= BATCH);
    return query_end(&q, error);
}

static bool take_steps(struct store *s, const struct merge_step *steps, size_t n, int64_t counts[MERGE_COUNTS],
                       GError **error)
{
    for (size_t i = 0; i < n; i++) {
        if (!query_execute(s, merge_sql(steps[i].sql), doing, error))
            return false;
        counts[steps[i].counts] += sqlite3_changes(s->db);
    }
    return true;
}

/* What the maps of names hold is as it was read, unless another connection has written to one of the stores: within a
 * transaction, both versions stay. */
static bool forget_changed_names(struct merging *m, GError **error)
{
    const int64_t version = m->version, other_version = m->other_version;
    return query_read_number(m->store, "PRAGMA main.data_version", doing, &m->version, error) &&
           query_read_number(m->store, "PRAGMA src.data_version", doing, &m->other_version, error) &&
           ((m->version == version && m->other_version == other_version) ||
            query_execute(m->store, merge_sql("forget_names"), doing, error));
}

/* The names of a store with few films are read once, not with each batch. */
static bool add_names(struct merging *m, GError **error)
{
    int64_t lacks = 0;
    return query_read_number(m->store, merge_sql("lacks_names"), doing, &lacks, error) &&
           (lacks == 0 || (query_execute(m->store, merge_sql("forget_names"), doing, error) &&
                           query_execute(m->store, merge_sql("add_names"), doing, error)));
}

static bool merge_batch(struct merging *m, int64_t *n, int64_t counts[MERGE_COUNTS], GError **error)
{
    struct store *s = m->store;
    return query_execute(s, merge_sql("clear"), doing, error) && forget_changed_names(m, error) &&
           load_batch(m, n, error) && take_steps(s, choosing, G_N_ELEMENTS(choosing), counts, error) &&
           add_names(m, error) && take_steps(s, adding, G_N_ELEMENTS(adding), counts, error) &&
           (!m->collected || query_execute(s, merge_sql("add_collected"), doing, error));
}

/* The id of the batch's first viewing with two contents, if it has one and none was named yet. */
static bool name_conflict(struct store *s, int64_t conflicts, struct merge_result *r, GError **error)
{
    if (conflicts == 0 || r->conflict[0])
        return true;
    struct query q = query_begin(s, merge_sql("first_conflict"), doing);
    if (query_next(&q))
        (void)query_id(&q, 0, r->conflict);
    return query_end(&q, error);
}

/* Whatever went wrong may be the fault of either file: m->why has SQLite's code for it. */
static bool undo_batch(struct merging *m)
{
    m->why = sqlite3_errcode(m->store->db) & 0xff;
    (void)query_execute(m->store, "ROLLBACK", doing, NULL);
    return false;
}

static void count_batch(struct merging *m, int64_t n, const int64_t counts[MERGE_COUNTS], struct merge_result *r)
{
    assert(counts[COUNT_RESUMED] <= counts[COUNT_KNOWN]);
    r->viewings += counts[COUNT_VIEWINGS];
    r->events += counts[COUNT_EVENTS];
    r->resumed_viewings += counts[COUNT_RESUMED];
    r->known += counts[COUNT_KNOWN];
    r->erased += counts[COUNT_ERASED];
    r->conflicts += counts[COUNT_CONFLICTS];
    m->looked_at += n;
    m->all = MAX(m->all, m->looked_at); /* a film may be playing into the other store */
    if (m->listener)
        m->listener->on_batch(m->listener->data, m->looked_at, m->all);
}

static bool merge_batches(struct merging *m, struct merge_result *r, GError **error)
{
    struct store *s = m->store;
    int64_t n = 1;
    while (n > 0 && !interrupt_requested()) {
        int64_t counts[MERGE_COUNTS] = {0};
        if (!query_execute(s, "BEGIN IMMEDIATE", doing, error))
            return false;
        const bool merged = merge_batch(m, &n, counts, error);
        s->heeds_signals = false; /* what is whole is kept, and what is not is undone */
        if (!merged || !name_conflict(s, counts[COUNT_CONFLICTS], r, error) ||
            !query_execute(s, "COMMIT", doing, error))
            return undo_batch(m);
        s->heeds_signals = true;
        count_batch(m, n, counts, r);
    }
    r->stopped = n > 0;
    return !r->stopped;
}

/* It was opened a moment ago, so one that cannot be opened now need not be damaged. */
static void set_not_attached(const struct store *s, const struct store *from, GError **error)
{
    const int rc = sqlite3_errcode(s->db) & 0xff;
    const bool outside = rc == SQLITE_CANTOPEN || rc == SQLITE_IOERR || rc == SQLITE_BUSY;
    g_set_error(error, STORE_ERROR, outside ? STORE_ERROR_CANNOT_OPEN : STORE_ERROR_DAMAGED,
                "%s: cannot be merged: it cannot be opened beside %s.%s", from->path, s->path,
                outside ? store_advice_on(s) : " `sqlite3 FILE .recover` may save what it holds.");
}

/*
 * As `src`, in the way in which `from` reads it: a log whose index is to be in memory has to be opened in SQLite's
 * exclusive mode, and that can be asked only of all databases at once. Ours is not touched while it holds, and src keeps
 * its index afterwards.
 */
static bool attach(struct store *s, const struct store *from, GError **error)
{
    if (from->copied)
        return store_copy_attach(s, from, error);
    g_autofree char *uri = store_reading_uri(from);
    const bool private = from->reading->access == STORE_VFS_PRIVATE;
    if (private && !query_execute(s, "PRAGMA locking_mode=EXCLUSIVE", doing, error))
        return false;
    struct query q = query_begin(s, "ATTACH ?1 AS src", doing);
    query_bind_text(&q, uri);
    const bool done = query_run(&q, NULL);
    if (!done) /* SQLite's words name the address that we made of its path */
        set_not_attached(s, from, error);
    if (private)
        (void)query_execute(s, "PRAGMA locking_mode=NORMAL", doing, NULL);
    return done;
}

/*
 * Opens it in the ordinary way: it must exist, be a store, and be another one. It stays open while it is attached,
 * since the connection reads it through the other's VFS.
 */
static struct store *open_other(const struct store *into, const char *path, GError **error)
{
    const struct store_options o = {.path = path, .read_only = true};
    struct store *from = store_open(&o, error);
    if (!from || from->device != into->device || from->inode != into->inode)
        return from;
    store_close(from);
    g_set_error(error, STORE_ERROR, STORE_ERROR_CANNOT_OPEN,
                "%s is the store to merge into. Leave it out of those to merge from.", path);
    return NULL;
}

static bool is_sound(struct store *s)
{
    struct query q = query_begin(s, "PRAGMA main.quick_check(1)", doing);
    const bool sound = query_next(&q) && g_strcmp0(query_text(&q, 0), "ok") == 0;
    return query_end(&q, NULL) && sound;
}

/*
 * A failure is told of the store that was written into. If that one is sound, and it was reading that failed, the other
 * one is broken.
 */
static void blame(struct store *into, const struct store *from, int why, GError **error)
{
    const bool reading =
        why == SQLITE_CORRUPT || why == SQLITE_NOTADB || why == SQLITE_INTERRUPT || why == SQLITE_IOERR;
    if (!error || !*error || !reading || !is_sound(into))
        return;
    g_clear_error(error);
    g_set_error(error, STORE_ERROR, STORE_ERROR_DAMAGED,
                "%s: cannot be merged to its end: %s. %s is sound, and has what could be read before; "
                "`sqlite3 FILE .recover` may save more.",
                from->path,
                why == SQLITE_INTERRUPT ? "it took far more steps than a store of this size can need"
                                        : sqlite3_errstr(why),
                into->path);
}

/* What anonymous exports of the other store told is told again and not anew: else its part could be subtracted. */
static bool merge_released(struct store *into, GError **error)
{
    int64_t has = 0;
    return query_read_number(into, merge_sql("has_released"), "cannot be read", &has, error) &&
           (has == 0 || (schema_make_part(into, "released", error) &&
                         query_execute(into, merge_sql("add_released"), doing, error)));
}

static bool mark_tombstones(struct store *into, GError **error)
{
    int64_t has = 0;
    return query_read_number(into, merge_sql("has_tombstones"), "cannot be read", &has, error) &&
           (has == 0 || query_execute(into, merge_sql("mark_tombstones"), doing, error));
}

static bool prepare_collected(struct store *into, bool *collected, GError **error)
{
    int64_t has = 0;
    const bool done = query_read_number(into, merge_sql("has_collected"), "cannot be read", &has, error) &&
                      (has == 0 || schema_make_part(into, "collected", error));
    *collected = has != 0;
    return done;
}

static GArray *choose_erased_there(struct store *into, void *data, GError **error)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    struct query q = query_begin(into, merge_sql("erased_there"), "cannot be read");
    (void)data;
    while (query_next(&q)) {
        const int64_t id = query_number(&q, 0);
        g_array_append_val(ids, id);
    }
    return query_end(&q, error) ? g_steal_pointer(&ids) : NULL;
}

/* What another collector was told to erase, with its key, goes here as well. */
static bool merge_tombstones(struct store *into, GError **error)
{
    int64_t erased;
    return query_execute(into, merge_sql("add_tombstones"), doing, error) &&
           erase_chosen(into, choose_erased_there, NULL, &erased, error);
}

/* Between the batches, each statement is whole, or did nothing. */
static bool merge_all(struct merging *m, struct merge_result *result, GError **error)
{
    struct store *into = m->store;
    if (m->listener) /* of a damaged store, what can be read may be less */
        (void)query_read_number(into, merge_sql("count_all"), "cannot be read", &m->all, NULL);
    return schema_make_part(into, "merged", error) && query_execute(into, merge_sql("prepare"), doing, error) &&
           mark_tombstones(into, error) && merge_released(into, error) &&
           prepare_collected(into, &m->collected, error) && merge_batches(m, result, error) &&
           (!m->collected || merge_tombstones(into, error)) &&
           query_execute(into, merge_sql("add_erased"), doing, error) &&
           query_execute(into, merge_sql("add_unrecorded"), doing, error) &&
           query_execute(into, merge_sql("add_notes"), doing, error);
}

/* A statement that a signal has ended is no fault of anybody's. */
static bool is_stopped(bool done, struct merge_result *result, GError **error)
{
    if (done || !interrupt_requested())
        return false;
    g_clear_error(error);
    result->stopped = true;
    return true;
}

/* The other store's tables are looked at once more, in the connection that reads them. */
static bool merge_attached(struct merging *m, const struct store *from, struct merge_result *result, GError **error)
{
    struct store *into = m->store;
    int64_t secret = 0;
    bool strange;
    if (!query_read_number(into, merge_sql("read_secret"), "cannot be read", &secret, error) ||
        !schema_match(into, "src", STORE_VERSION, SCHEMA_MATCH_READ, &strange, error))
        return false;
    bool done = sqlite3_create_function(into->db, "merge_mark", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, &secret,
                                        compute_mark, NULL, NULL) == SQLITE_OK ||
                store_fail(into, doing, error);
    store_limit_steps(into, into->bytes + from->bytes);
    store_watch_steps(into, m->listener ? m->listener->on_steps : NULL, m->listener ? m->listener->data : NULL);
    into->heeds_signals = true;
    done = done && merge_all(m, result, error);
    into->heeds_signals = false;
    store_watch_steps(into, NULL, NULL);
    store_limit_steps(into, 0);
    if (is_stopped(done, result, error))
        done = true;
    else if (!done)
        blame(into, from, m->why, error);
    (void)query_execute(into, merge_sql("drop"), doing, NULL);
    sqlite3_create_function(into->db, "merge_mark", 1, SQLITE_UTF8, NULL, NULL, NULL, NULL);
    return done;
}

/* What the other store's notes say, and whether it changed meanwhile, is for the caller to tell. */
static void take_notes(const struct store *from, struct merge_result *result)
{
    result->note = g_strdup(from->note);
    result->disturbed = store_was_disturbed(from);
}

bool merge_store(struct store *into, const char *from, const struct merge_listener *listener,
                 struct merge_result *result, GError **error)
{
    struct merging m = {.store = into, .last = INT64_MIN, .version = -1, .other_version = -1, .listener = listener};
    *result = (struct merge_result){0};
    assert(sqlite3_get_autocommit(into->db));
    struct store *other = open_other(into, from, error);
    if (!other)
        return false;
    const bool done = attach(into, other, error) && merge_attached(&m, other, result, error);
    (void)query_execute(into, "DETACH src", doing, NULL);
    take_notes(other, result);
    store_close(other);
    return done;
}

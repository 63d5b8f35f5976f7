#include "telemetry/write/sink_internal.h"

#include "telemetry/count/aggregate.h"
#include "telemetry/keep/retention.h"
#include "telemetry/store/store.h"

#include <string.h>

/* ---- events ---------------------------------------------------------------------------------------------------- */

static void advance_position(struct viewing_position *pending, const struct sink_entry *e)
{
    if (e->record.kind == TEL_VISIT) {
        pending->visit = *e;
        pending->in_visit = true;
        pending->visit_missed = false;
    } else if (e->record.kind == TEL_EXPOSURE) {
        pending->exposure = *e;
        pending->in_exposure = true;
        pending->exposure_missed = false;
    } else if (e->record.kind == TEL_OUTCOME)
        pending->in_exposure = false;
}

static enum sink_status insert_gap(struct sink *s, int64_t seq, int64_t at_us, struct tel_gap gap)
{
    const struct sink_entry e = {
        .kind = SINK_EVENT, .seq = seq, .record = {.kind = TEL_GAP, .at_us = at_us, .gap = gap}};
    return sink_insert_event(s, &e);
}

/* An event of a pause. The first leaves a gap, so that a viewing which stops here is not taken for one that was left. */
static enum sink_status skip_paused_event(struct sink *s, const struct sink_entry *e, struct sink_result *result)
{
    struct viewing_position *pending = &s->pending;
    result->discarded += e->record.kind != TEL_GAP;
    pending->seq = e->seq;
    pending->missed_at_us = e->record.at_us;
    if (e->record.kind == TEL_VISIT) {
        pending->in_visit = false;
        pending->visit_missed = true;
    } else if (e->record.kind == TEL_EXPOSURE) {
        pending->in_exposure = false;
        pending->exposure_missed = true;
    }
    return pending->missed++ ? SINK_DONE : insert_gap(s, e->seq, e->record.at_us, (struct tel_gap){1, TEL_WHY_PAUSED});
}

/* The first event after a pause: the first one missed was told, the others are now. */
static enum sink_status write_pause_gap(struct sink *s)
{
    struct viewing_position *pending = &s->pending;
    const int64_t untold = pending->missed - 1;
    pending->missed = 0;
    return untold > 0 ? insert_gap(s, pending->seq, pending->missed_at_us, (struct tel_gap){untold, TEL_WHY_PAUSED})
                      : SINK_DONE;
}

static bool ends_unrecorded(const struct viewing_position *pending, const struct tel_record *r)
{
    return (r->kind == TEL_LEAVE && pending->visit_missed) || (r->kind == TEL_OUTCOME && pending->exposure_missed);
}

/* ---- viewings that go on ------------------------------------------------------------------------------------------ */

static enum sink_status join_viewing(struct sink *s)
{
    struct viewing_position *pending = &s->pending;
    bool known = false;
    if (viewing_part_join(s->store->db, s->viewing, pending->viewing->resumed_ms, &pending->part, &known) != SQLITE_OK)
        return SINK_FAILED;
    const struct sink_entry e = {
        .kind = SINK_EVENT,
        .seq = pending->part.seq,
        .record = {.kind = TEL_RESUME, .at_us = pending->part.at_us, .resume = pending->part.resume}};
    pending->seq = e.seq;
    return known ? SINK_DONE : sink_insert_event(s, &e);
}

/* A film that goes on from where it was left: the viewing does, too, or a gap tells that its beginning is not here. */
static enum sink_status begin_viewing(struct sink *s)
{
    struct viewing_position *pending = &s->pending;
    bool added = false;
    int64_t story = 0;
    enum sink_status status = sink_find_story(s, &story);
    if (status == SINK_DONE && pending->viewing->resumed_ms != 0) {
        status = viewing_part_find(s->store->db, pending->viewing, story, &s->viewing) == SQLITE_OK ? SINK_DONE
                                                                                                    : SINK_FAILED;
        pending->continues = s->viewing != 0;
    }
    if (status == SINK_DONE && pending->continues)
        return join_viewing(s);
    if (status == SINK_DONE)
        status = sink_register_viewing(s, &added);
    if (status != SINK_DONE || pending->viewing->resumed_ms == 0)
        return status;
    pending->seq = pending->part.seq = 1;
    return insert_gap(s, 1, 0, (struct tel_gap){1, TEL_WHY_ELSEWHERE});
}

/* The first visit after a break. Where it is the node that was left it is that visit, and nothing is added. */
static enum sink_status resume_visit(struct sink *s, const struct sink_entry *e, bool *joined)
{
    struct viewing_position *pending = &s->pending;
    int64_t node = 0, at_us = 0;
    *joined = false;
    if (sink_look_up(s->nodes, pending->story->n_nodes, e->record.visit.node, &node) != SINK_DONE)
        return SINK_REFUSED;
    if (viewing_part_resume_visit(s->store->db, s->viewing, e->seq, node, &pending->part, &at_us) != SQLITE_OK)
        return SINK_FAILED;
    *joined = pending->part.visit != 0;
    if (*joined) {
        advance_position(pending, e);
        pending->visit.seq = pending->part.visit;
        pending->visit.record.at_us = at_us;
    }
    return SINK_DONE;
}

/* Numbers and times of a later part count on from the earlier one; what ends the visit that both share tells of both. */
static void shift_to_part(const struct viewing_position *pending, struct sink_entry *e)
{
    e->seq += pending->part.seq;
    e->record.at_us += pending->part.at_us;
    if (e->record.kind == TEL_LEAVE && pending->in_visit && pending->part.visit == pending->visit.seq)
        viewing_part_add_leave(&pending->part, &e->record.leave);
}

static enum sink_status add_event(struct sink *s, const struct sink_entry *e)
{
    bool joined = false;
    enum sink_status status = SINK_DONE;
    if (s->pending.part.joins && e->record.kind == TEL_VISIT && s->viewing)
        status = resume_visit(s, e, &joined);
    s->pending.part.joins = false;
    if (status == SINK_DONE && !joined && (status = sink_insert_event(s, e)) == SINK_DONE)
        advance_position(&s->pending, e);
    return status;
}

static enum sink_status apply_event(struct sink *s, const struct sink_entry *e, struct sink_result *result)
{
    struct sink_entry moved;
    if (s->pending.discarded) {
        result->discarded += e->record.kind != TEL_GAP;
        return SINK_DONE;
    }
    if (s->pending.part.seq != 0) {
        moved = *e;
        shift_to_part(&s->pending, &moved);
        e = &moved;
    }
    if (s->paused)
        return skip_paused_event(s, e, result) == SINK_FAILED ? SINK_FAILED : SINK_DONE;
    if (write_pause_gap(s) == SINK_FAILED)
        return SINK_FAILED;
    enum sink_status status = add_event(s, e);
    s->pending.seq = e->seq;
    if (status == SINK_DONE) {
        result->written += e->record.kind != TEL_GAP;
    } else if (status == SINK_REFUSED && ends_unrecorded(&s->pending, &e->record)) {
        result->discarded++;
        status = insert_gap(s, e->seq, e->record.at_us, (struct tel_gap){1, TEL_WHY_PAUSED});
    } else if (status == SINK_REFUSED) {
        result->refused++;
        status = insert_gap(s, e->seq, e->record.at_us, (struct tel_gap){1, TEL_WHY_REFUSED});
    }
    return status == SINK_FAILED ? SINK_FAILED : SINK_DONE; /* without a viewing not even a gap has a place */
}

static enum sink_status apply_entry(struct sink *s, const struct sink_entry *e, struct sink_result *result)
{
    enum sink_status status = SINK_DONE;
    switch (e->kind) {
    case SINK_STORY:
        s->pending = (struct viewing_position){.story = e->story};
        status = s->paused ? SINK_DONE : sink_register_story(s);
        if (status == SINK_REFUSED)
            s->pending.story = NULL;
        return status == SINK_FAILED ? SINK_FAILED : SINK_DONE;
    case SINK_BEGIN:
        s->pending = (struct viewing_position){.story = s->pending.story, .viewing = e->viewing};
        s->viewing = 0;
        s->pending.discarded = s->paused;
        s->pending.store_mark = s->store_mark;
        if (s->paused)
            return SINK_DONE;
        status = s->pending.story ? begin_viewing(s) : SINK_REFUSED;
        if (status == SINK_REFUSED)
            s->viewing = 0;
        return status == SINK_FAILED ? SINK_FAILED : SINK_DONE;
    case SINK_EVENT:
        return apply_event(s, e, result);
    }
    return SINK_DONE;
}

/*
 * Brings the scene into a store that does not know it. What was written elsewhere before stayed behind, but for the
 * visit and the exposure that are open: they are written again, so that what ends them has something to refer to.
 * The gap takes a number that neither of these has, and tells of all that is not here; what is counted is what was not lost
 * with an earlier store already.
 */
static enum sink_status rewrite_open_events(struct sink *s, struct sink_result *result)
{
    struct viewing_position *pending = &s->pending;
    int64_t committed = pending->in_visit + pending->in_exposure, seq = pending->seq;
    if (seq == 0)
        return SINK_DONE;
    while ((pending->in_visit && seq == pending->visit.seq) || (pending->in_exposure && seq == pending->exposure.seq))
        seq--;
    enum sink_status status = SINK_DONE;
    if (pending->in_visit)
        status = sink_insert_event(s, &pending->visit);
    if (status != SINK_FAILED && pending->in_exposure)
        status = sink_insert_event(s, &pending->exposure);
    if (status != SINK_FAILED && pending->seq > committed) {
        result->left_behind = (uint64_t)(pending->seq - committed - pending->left_behind);
        pending->left_behind = pending->seq - committed;
        status = insert_gap(s, seq, 0, (struct tel_gap){pending->seq - committed, TEL_WHY_STORE_LOST});
    }
    return status;
}

/* A viewing that this very store had and has no more was erased, and stays so. Nor does a pause bring one back. */
static enum sink_status check_viewing(struct sink *s)
{
    bool has = false;
    const enum sink_status status = sink_has_viewing(s, &has);
    if (status == SINK_DONE && !has && (s->paused || s->pending.store_mark == s->store_mark))
        s->pending.discarded = true;
    return status;
}

static enum sink_status restore_ids(struct sink *s, struct sink_result *result)
{
    bool added = false;
    enum sink_status status = SINK_DONE;
    sink_clear_ids(s);
    if (s->pending.story && s->pending.viewing && !s->pending.discarded)
        status = check_viewing(s);
    const bool wanted = s->pending.viewing && !s->pending.discarded;
    if (status == SINK_DONE && s->pending.story && (wanted || !s->paused))
        status = sink_register_story(s);
    if (status == SINK_DONE && s->pending.story && wanted)
        status = sink_register_viewing(s, &added);
    if (status == SINK_DONE && added)
        status = rewrite_open_events(s, result);
    s->pending.store_mark = s->store_mark;
    return status;
}

static enum sink_status read_control(struct sink *s)
{
    sqlite3_stmt *st = s->sql[READ_CONTROL];
    const int rc = sqlite3_step(st);
    const int64_t changed = sqlite3_column_int64(st, 1);
    s->stale |= rc == SQLITE_ROW && changed != s->changed;
    s->store_mark = sqlite3_column_int64(st, 0);
    s->paused = sqlite3_column_int(st, 2) != 0;
    s->changed = changed;
    sqlite3_reset(st);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? SINK_DONE : SINK_FAILED;
}

/* ---- opening and closing --------------------------------------------------------------------------------------- */

static void close_store(struct sink *s)
{
    sink_finalize(s);
    store_close(s->store);
    s->store = NULL;
}

#define BUSY_STEP_MS 5

static int wait_while_busy(void *data, int tries)
{
    struct sink *s = data;
    if (tries * BUSY_STEP_MS > s->store->busy_ms || (s->keep_waiting && !s->keep_waiting(s->data)))
        return 0;
    g_usleep(BUSY_STEP_MS * 1000);
    return 1;
}

static void announce_set_aside(struct sink_result *result, const char *path, const char *aside)
{
    if (!aside || !*aside)
        return;
    g_free(result->notice);
    result->notice = g_strdup_printf("%s was damaged. It is kept as %s, and a new store was begun.", path, aside);
}

static void announce_pause(struct sink *s, struct sink_result *result)
{
    if (s->paused && !s->pause_announced && !result->notice)
        result->notice = g_strdup_printf("Recording is paused: nothing is written into %s. "
                                         "`frumious telemetry resume` goes on with it.",
                                         s->store->path);
    s->pause_announced = s->paused;
}

bool sink_open(struct sink *s, struct sink_result *result, GError **error)
{
    const struct store_options o = {.path = s->path, .vfs = s->vfs, .busy_ms = s->busy_ms};
    if (s->store)
        return true;
    s->store = retention_open(&o, error);
    if (!s->store)
        return false;
    announce_set_aside(result, s->store->path, s->store->aside);
    s->stale = true;
    sqlite3_busy_handler(s->store->db, wait_while_busy, s);
    if (sink_prepare(s, error))
        return true;
    close_store(s);
    return false;
}

/* After a failed batch: back to what was kept; a damaged file makes room, a doubtful connection is opened anew. */
static void recover_from_failure(struct sink *s, bool damaged, struct sink_result *result)
{
    const int rc = sqlite3_errcode(s->store->db) & 0xff;
    if (!sqlite3_get_autocommit(s->store->db))
        sqlite3_exec(s->store->db, "ROLLBACK", NULL, NULL, NULL);
    s->pending = s->committed;
    s->stale = s->replay = true;
    g_hash_table_remove_all(s->menus);
    if (damaged) {
        g_autofree char *path = g_strdup(s->store->path);
        sink_finalize(s);
        g_autofree char *aside = store_set_aside(g_steal_pointer(&s->store), NULL);
        announce_set_aside(result, path, aside);
    } else if (rc != SQLITE_BUSY && rc != SQLITE_FULL) {
        close_store(s);
    }
}

/* ---- batches --------------------------------------------------------------------------------------------------- */

static enum sink_status write_batch(struct sink *s, const struct sink_entry *entries, size_t n,
                                    struct sink_result *result)
{
    enum sink_status status = sink_exec(s, BEGIN);
    if (status == SINK_DONE)
        status = read_control(s);
    if (status == SINK_DONE && s->stale)
        status = restore_ids(s, result);
    for (size_t i = 0; status != SINK_FAILED && i < n; i++)
        status = apply_entry(s, &entries[i], result);
    return status == SINK_FAILED ? SINK_FAILED : sink_exec(s, COMMIT);
}

/* What the batch brought and what it replaced is ours now; all but the latest of each can go. */
static void commit_position(struct sink *s, const struct sink_entry *entries, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (entries[i].kind == SINK_STORY && entries[i].story != s->pending.story)
            tel_story_free(entries[i].story);
        if (entries[i].kind == SINK_BEGIN && entries[i].viewing != s->pending.viewing)
            g_free(entries[i].viewing);
    }
    if (s->committed.story != s->pending.story)
        tel_story_free(s->committed.story);
    if (s->committed.viewing != s->pending.viewing)
        g_free(s->committed.viewing);
    s->committed = s->pending;
    s->stale = s->paused; /* what began meanwhile is not in the store */
    s->replay = false;
}

bool sink_write(struct sink *s, const struct sink_entry *entries, size_t n, struct sink_result *result, GError **error)
{
    if (s->store && !store_is_in_place(s->store))
        close_store(s);
    if (!sink_open(s, result, error))
        return false;
    if (write_batch(s, entries, n, result) == SINK_DONE) {
        commit_position(s, entries, n);
        announce_pause(s, result);
        return true;
    }
    result->written = result->refused = result->left_behind = result->discarded = 0;
    GError *failure = NULL;
    store_fail(s->store, "cannot be written", &failure);
    recover_from_failure(s, g_error_matches(failure, STORE_ERROR, STORE_ERROR_DAMAGED), result);
    g_propagate_error(error, failure);
    return false;
}

bool sink_update_counts(struct sink *s)
{
    bool more = false;
    return s->store && !s->paused && aggregate_keep_up(s->store, &more, NULL) && more;
}

struct sink *sink_new(const struct sink_options *o)
{
    struct sink *s = g_new0(struct sink, 1);
    s->path = g_strdup(o->path);
    s->vfs = g_strdup(o->vfs);
    s->busy_ms = o->busy_ms;
    s->keep_waiting = o->keep_waiting;
    s->data = o->data;
    sink_init_rows(s);
    return s;
}

G_STATIC_ASSERT(sizeof(struct viewing_position) <= SINK_POSITION_BYTES);

const char *sink_committed_viewing_id(const struct sink *s)
{
    return s->committed.viewing ? viewing_position_id(&s->committed) : NULL;
}

bool sink_discards_viewing(const struct sink *s)
{
    return s->committed.discarded;
}

void sink_discard_viewing(struct sink *s)
{
    s->committed.discarded = true;
    s->committed.in_visit = s->committed.in_exposure = false;
    memset(&s->committed.visit, 0, sizeof s->committed.visit);
    memset(&s->committed.exposure, 0, sizeof s->committed.exposure);
    s->pending = s->committed;
}

void sink_save_position(const struct sink *s, uint8_t position[SINK_POSITION_BYTES])
{
    memcpy(position, &s->committed, sizeof s->committed);
}

void sink_resume_from(struct sink *s, const uint8_t *position, struct tel_story *story, struct tel_viewing *viewing)
{
    if (position)
        memcpy(&s->committed, position, sizeof s->committed);
    s->committed.story = story;
    s->committed.viewing = viewing;
    s->pending = s->committed;
    s->stale = s->recovering = true;
}

void sink_entry_clear(struct sink_entry *entry)
{
    if (entry->kind == SINK_STORY)
        tel_story_free(entry->story);
    else if (entry->kind == SINK_BEGIN)
        g_free(entry->viewing);
}

void sink_free(struct sink *s)
{
    if (!s)
        return;
    close_store(s);
    sink_free_rows(s);
    tel_story_free(s->committed.story);
    g_free(s->committed.viewing);
    g_free(s->path);
    g_free(s->vfs);
    g_free(s);
}

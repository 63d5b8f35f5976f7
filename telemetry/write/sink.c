#include "telemetry/write/sink.h"

#include "telemetry/count/aggregate.h"
#include "telemetry/keep/retention.h"
#include "telemetry/store/supersede.h"
#include "telemetry/write/sink_rows.h"

#include <assert.h>
#include <sqlite3.h>
#include <string.h>

#define BUSY_STEP_MS 5

G_STATIC_ASSERT(sizeof(struct viewing_position) <= SINK_POSITION_BYTES);

struct sink {
    char *path, *vfs;
    int busy_ms;
    bool trust;
    bool (*keep_waiting)(void *data);
    void *data;

    struct store *store; /* NULL: not open */
    struct sink_rows rows;

    struct viewing_position committed; /* as the last successful batch left it; owns its story and viewing */
    struct viewing_position pending;   /* within a batch */
    bool recovering;                   /* the events may have been written by a program that was killed */
    bool replay;                       /* the batch before failed: parts of it may be there already */
    bool stale;                        /* the ids in rows may not be those of the pending story and viewing */

    struct sink_control control; /* as the batch before saw it */
    bool pause_announced;
};

static bool sink_check(const struct sink *s)
{
    assert(sink_rows_check(&s->rows) && s->rows.store == s->store);
    assert(viewing_position_is_sound(&s->committed) && viewing_position_is_sound(&s->pending));
    assert(s->rows.may_repeat == (s->replay || s->recovering));
    assert(!s->committed.viewing || s->committed.viewing->id[0]);
    return true;
}

/* ---- events ---------------------------------------------------------------------------------------------------- */

static enum sink_status insert_gap(struct sink *s, int64_t seq, int64_t at_us, struct tel_gap gap)
{
    assert(gap.count > 0);
    const struct sink_entry e = {
        .kind = SINK_EVENT, .seq = seq, .record = {.kind = TEL_GAP, .at_us = at_us, .gap = gap}};
    return sink_rows_insert_event(&s->rows, &s->pending, &e);
}

/* A gap in the place of an event. */
static enum sink_status insert_gap_for(struct sink *s, const struct sink_entry *e, int32_t why)
{
    return insert_gap(s, e->seq, e->record.at_us, (struct tel_gap){1, why});
}

/* The first event of a pause leaves a gap, so that a viewing which stops here is not taken for one that was left. */
static enum sink_status skip_paused_event(struct sink *s, const struct sink_entry *e, struct sink_result *result)
{
    result->discarded += e->record.kind != TEL_GAP;
    viewing_position_miss(&s->pending, e);
    return s->pending.missed == 1 ? insert_gap_for(s, e, TEL_WHY_PAUSED) : SINK_DONE;
}

/* At the first event after a pause: the first event that was missed has its gap, the others get one now. */
static enum sink_status write_pause_gap(struct sink *s)
{
    struct viewing_position *pending = &s->pending;
    const int64_t untold = pending->missed - 1;
    pending->missed = 0;
    return untold > 0 ? insert_gap(s, pending->seq, pending->missed_at_us, (struct tel_gap){untold, TEL_WHY_PAUSED})
                      : SINK_DONE;
}

/* Whether it ends a visit or an exposure that a pause kept from being written. */
static bool ends_unrecorded(const struct viewing_position *pending, const struct tel_record *r)
{
    return (r->kind == TEL_LEAVE && pending->visit_missed) || (r->kind == TEL_OUTCOME && pending->exposure_missed);
}

/* ---- viewings that go on ----------------------------------------------------------------------------------------- */

/*
 * What a killed program left comes late if a later part of that viewing is in the store already. That part has begun
 * without it, and a gap tells what it missed.
 */
static bool check_overtaken(struct sink *s, bool *overtaken)
{
    *overtaken = false;
    if (!s->recovering || s->rows.viewing == 0)
        return true;
    if (!viewing_part_is_overtaken(s->store, s->rows.viewing, s->pending.viewing->resumed_ms, overtaken))
        return false;
    s->pending.discarded |= *overtaken;
    return true;
}

static enum sink_status join_viewing(struct sink *s)
{
    struct viewing_position *pending = &s->pending;
    bool known = false, overtaken = false;
    int64_t lost = 0;
    if (!check_overtaken(s, &overtaken))
        return SINK_FAILED;
    if (overtaken)
        return SINK_DONE;
    if (!viewing_part_join(s->store, s->rows.viewing, pending->viewing, &pending->part, &known, &lost))
        return SINK_FAILED;
    if (lost > 0 && insert_gap(s, pending->part.seq - 1, pending->part.at_us,
                               (struct tel_gap){lost, TEL_WHY_STORE_LOST}) == SINK_FAILED)
        return SINK_FAILED;
    const struct sink_entry e = {
        .kind = SINK_EVENT,
        .seq = pending->part.seq,
        .record = {.kind = TEL_RESUME, .at_us = pending->part.at_us, .resume = pending->part.resume}};
    pending->seq = e.seq;
    return known ? SINK_DONE : sink_rows_insert_event(&s->rows, pending, &e);
}

/* A film that goes on from where it was left: so does its viewing, or a gap tells that its beginning is not here. */
static enum sink_status begin_viewing(struct sink *s)
{
    struct viewing_position *pending = &s->pending;
    const bool resumed = pending->viewing->resumed_ms != 0;
    bool added = false;
    enum sink_status status = sink_rows_find_story(&s->rows, pending->story);
    if (status == SINK_DONE && resumed) {
        if (!viewing_part_find(s->store, pending->viewing, s->rows.story, &s->rows.viewing))
            return SINK_FAILED;
        pending->continues = s->rows.viewing != 0;
        if (pending->continues)
            return join_viewing(s);
    }
    if (status == SINK_DONE)
        status = sink_rows_register_viewing(&s->rows, pending, &added);
    if (status == SINK_DONE && !resumed && !added && !check_overtaken(s, &added))
        return SINK_FAILED;
    if (status != SINK_DONE || !resumed)
        return status;
    pending->seq = pending->part.seq = 1;
    return insert_gap(s, 1, 0, (struct tel_gap){1, TEL_WHY_ELSEWHERE});
}

/* The first visit after a break. Where it is of the node that was left, it is that same visit, and nothing is added. */
static enum sink_status resume_visit(struct sink *s, const struct sink_entry *e, bool *joined)
{
    struct viewing_position *pending = &s->pending;
    int64_t node = 0, at_us = 0;
    *joined = false;
    if (sink_rows_look_up_node(&s->rows, pending->story, e->record.visit.node, &node) != SINK_DONE)
        return SINK_REFUSED;
    const int64_t planned_us = e->record.visit.planned_us;
    const struct supersede_visit visit = {e->seq, e->record.at_us / US_PER_MS, node, planned_us != US_NONE, planned_us};
    if (!viewing_part_resume_visit(s->store, s->rows.viewing, &visit, &pending->part, &at_us))
        return SINK_FAILED;
    *joined = pending->part.visit != 0;
    if (*joined) {
        viewing_position_advance(pending, e);
        pending->visit.seq = pending->part.visit;
        pending->visit.record.at_us = at_us;
    }
    return SINK_DONE;
}

/*
 * Numbers and times of a later part count on from the earlier one; the leave of the visit that both share tells of
 * both.
 */
static void shift_to_part(const struct viewing_position *pending, struct sink_entry *e)
{
    e->seq += pending->part.seq;
    e->record.at_us += pending->part.at_us;
    if (e->record.kind == TEL_LEAVE && pending->in_visit && pending->part.visit == pending->visit.seq)
        viewing_part_add_leave(&pending->part, &e->record.leave);
}

/* ---- entries ----------------------------------------------------------------------------------------------------- */

static enum sink_status add_event(struct sink *s, const struct sink_entry *e)
{
    bool joined = false;
    enum sink_status status = SINK_DONE;
    if (s->pending.part.joins && e->record.kind == TEL_VISIT && s->rows.viewing)
        status = resume_visit(s, e, &joined);
    s->pending.part.joins = false;
    if (status == SINK_DONE && !joined && (status = sink_rows_insert_event(&s->rows, &s->pending, e)) == SINK_DONE)
        viewing_position_advance(&s->pending, e);
    return status;
}

/* While recording is not paused. A refused event leaves a gap; where there is no viewing not even that has a place. */
static enum sink_status record_event(struct sink *s, const struct sink_entry *e, struct sink_result *result)
{
    if (write_pause_gap(s) == SINK_FAILED)
        return SINK_FAILED;
    enum sink_status status = add_event(s, e);
    s->pending.seq = e->seq;
    if (status == SINK_DONE) {
        result->written += e->record.kind != TEL_GAP;
    } else if (status == SINK_REFUSED && ends_unrecorded(&s->pending, &e->record)) {
        result->discarded++;
        status = insert_gap_for(s, e, TEL_WHY_PAUSED);
    } else if (status == SINK_REFUSED) {
        result->refused++;
        status = insert_gap_for(s, e, TEL_WHY_REFUSED);
    }
    return status;
}

static enum sink_status apply_event(struct sink *s, const struct sink_entry *e, struct sink_result *result)
{
    struct sink_entry shifted = *e;
    if (s->pending.discarded) {
        result->discarded += e->record.kind != TEL_GAP;
        return SINK_DONE;
    }
    if (s->pending.part.seq != 0)
        shift_to_part(&s->pending, &shifted);
    return s->control.paused ? skip_paused_event(s, &shifted, result) : record_event(s, &shifted, result);
}

static enum sink_status apply_story(struct sink *s, struct tel_story *story)
{
    s->pending = (struct viewing_position){.story = story};
    const enum sink_status status = s->control.paused ? SINK_DONE : sink_rows_register_story(&s->rows, story);
    if (status == SINK_REFUSED)
        s->pending.story = NULL;
    return status;
}

static enum sink_status apply_begin(struct sink *s, struct tel_viewing *viewing)
{
    s->pending = (struct viewing_position){.story = s->pending.story,
                                           .viewing = viewing,
                                           .discarded = s->control.paused,
                                           .store_mark = s->control.store_mark};
    s->rows.viewing = 0;
    if (s->control.paused)
        return SINK_DONE;
    const enum sink_status status = s->pending.story ? begin_viewing(s) : SINK_REFUSED;
    if (status == SINK_REFUSED)
        s->rows.viewing = 0;
    /* What a killed program left does not play any more. */
    const bool plays = status == SINK_DONE && !s->recovering;
    return plays ? sink_rows_show_life(&s->rows, &s->pending, g_get_real_time() / US_PER_MS) : status;
}

/* False: the store failed. What is refused is told in the result, and the batch goes on. */
static bool apply_entry(struct sink *s, const struct sink_entry *e, struct sink_result *result)
{
    switch (e->kind) {
    case SINK_STORY:
        return apply_story(s, e->story) != SINK_FAILED;
    case SINK_BEGIN:
        return apply_begin(s, e->viewing) != SINK_FAILED;
    case SINK_EVENT:
        return apply_event(s, e, result) != SINK_FAILED;
    }
    return true;
}

/* ---- a store that does not know the viewing ---------------------------------------------------------------------- */

/* A gap for the numbers after `before`, up to `until`; none where there are no such numbers. */
static enum sink_status insert_left_behind(struct sink *s, int64_t before, int64_t until)
{
    return until > before ? insert_gap(s, until, 0, (struct tel_gap){until - before, TEL_WHY_STORE_LOST}) : SINK_DONE;
}

/*
 * What was written before stayed behind in another file, but for the visit and the exposure that are open: they are
 * written again, so that what ends them has something to refer to. Between them, gaps stand for all that is not here. The
 * result counts only what was not lost with an earlier store already.
 */
static enum sink_status rewrite_open_events(struct sink *s, struct sink_result *result)
{
    struct viewing_position *pending = &s->pending;
    const bool turned = pending->in_exposure && pending->in_visit && pending->exposure.seq < pending->visit.seq;
    const struct sink_entry *open[2] = {turned ? &pending->exposure : &pending->visit,
                                        turned ? &pending->visit : &pending->exposure};
    const bool is_open[2] = {turned || pending->in_visit, turned || pending->in_exposure};
    enum sink_status status = SINK_DONE;
    int64_t told = 0, left_behind = pending->seq;
    for (size_t i = 0; i < G_N_ELEMENTS(open) && status != SINK_FAILED; i++) {
        if (!is_open[i] || pending->seq == 0)
            continue;
        status = insert_left_behind(s, told, open[i]->seq - 1);
        if (status != SINK_FAILED)
            status = sink_rows_insert_event(&s->rows, pending, open[i]);
        told = open[i]->seq;
        left_behind--;
    }
    if (status != SINK_FAILED)
        status = insert_left_behind(s, told, pending->seq);
    if (left_behind > 0) {
        result->left_behind = (uint64_t)(left_behind - pending->left_behind);
        pending->left_behind = left_behind;
    }
    return status;
}

/*
 * A viewing that this very store had, and no longer has, was erased and stays erased. Nor does one come back during a
 * pause.
 */
static enum sink_status check_erased(struct sink *s)
{
    bool has = false;
    const enum sink_status status = sink_rows_has_viewing(&s->rows, &s->pending, &has);
    if (status == SINK_DONE && !has && (s->control.paused || s->pending.store_mark == s->control.store_mark))
        s->pending.discarded = true;
    return status;
}

/* Looks the pending story and viewing up anew, and adds what this store does not have. */
static enum sink_status restore_ids(struct sink *s, struct sink_result *result)
{
    struct viewing_position *pending = &s->pending;
    bool added = false, overtaken = false;
    enum sink_status status = SINK_DONE;
    sink_rows_forget_ids(&s->rows);
    if (pending->story && pending->viewing && !pending->discarded)
        status = check_erased(s);
    const bool wanted = pending->viewing && !pending->discarded;
    if (status == SINK_DONE && pending->story && (wanted || !s->control.paused))
        status = sink_rows_register_story(&s->rows, pending->story);
    if (status == SINK_DONE && pending->story && wanted)
        status = sink_rows_register_viewing(&s->rows, pending, &added);
    if (status == SINK_DONE && added)
        status = rewrite_open_events(s, result);
    else if (status == SINK_DONE && !check_overtaken(s, &overtaken))
        status = SINK_FAILED;
    pending->store_mark = s->control.store_mark;
    return status;
}

/* ---- opening and closing --------------------------------------------------------------------------------------- */

static void close_store(struct sink *s)
{
    sink_rows_finalize(&s->rows);
    retention_close(s->store);
    s->store = NULL;
}

static int wait_while_busy(void *data, int tries)
{
    struct sink *s = data;
    if (tries * BUSY_STEP_MS > s->store->busy_ms || (s->keep_waiting && !s->keep_waiting(s->data)))
        return 0;
    g_usleep(BUSY_STEP_MS * 1000);
    return 1;
}

/* Takes the notice, which may be NULL. */
static void announce(struct sink_result *result, char *notice)
{
    if (!notice)
        return;
    g_free(result->notice);
    result->notice = notice;
}

static void announce_set_aside(struct sink_result *result, const char *path, const char *aside)
{
    if (aside && *aside)
        announce(result, g_strdup_printf("%s was damaged. It is kept as %s, and a new store was begun.", path, aside));
}

static void announce_pause(struct sink *s, struct sink_result *result)
{
    if (s->control.paused && !s->pause_announced && !result->notice)
        result->notice = g_strdup_printf("Recording is paused: nothing is written into %s. "
                                         "`frumious telemetry resume` ends the pause.",
                                         s->store->path);
    s->pause_announced = s->control.paused;
}

bool sink_open(struct sink *s, struct sink_result *result, GError **error)
{
    const struct store_options o = {.path = s->path, .vfs = s->vfs, .busy_ms = s->busy_ms, .trust = s->trust};
    if (s->store)
        return true;
    char *told = NULL;
    s->store = retention_open(&o, &told, error);
    if (!s->store)
        return false;
    announce(result, told);
    announce_set_aside(result, s->store->path, s->store->aside);
    s->stale = true;
    sqlite3_busy_handler(s->store->db, wait_while_busy, s);
    if (sink_rows_prepare(&s->rows, s->store, error))
        return true;
    close_store(s);
    return false;
}

static void set_replay(struct sink *s, bool replay)
{
    s->replay = replay;
    s->rows.may_repeat = replay || s->recovering;
}

/*
 * After a failed batch: back to what was committed. A damaged file is set aside, a doubtful connection is opened anew.
 */
static void recover_from_failure(struct sink *s, bool damaged, struct sink_result *result)
{
    const int rc = sqlite3_errcode(s->store->db) & 0xff;
    if (!sqlite3_get_autocommit(s->store->db))
        sqlite3_exec(s->store->db, "ROLLBACK", NULL, NULL, NULL);
    s->pending = s->committed;
    s->stale = true;
    set_replay(s, true);
    sink_rows_forget_menus(&s->rows);
    if (damaged) {
        g_autofree char *path = g_strdup(s->store->path);
        sink_rows_finalize(&s->rows);
        g_autofree char *aside = store_set_aside(g_steal_pointer(&s->store), NULL);
        announce_set_aside(result, path, aside);
    } else if (rc != SQLITE_BUSY && rc != SQLITE_FULL) {
        close_store(s);
    }
    assert(sink_check(s));
}

/* ---- batches --------------------------------------------------------------------------------------------------- */

static bool read_control(struct sink *s)
{
    const int64_t changed = s->control.changed;
    if (sink_rows_read_control(&s->rows, &s->control) == SINK_FAILED)
        return false;
    s->stale |= s->control.changed != changed;
    return true;
}

static bool write_batch(struct sink *s, const struct sink_entry *entries, size_t n, struct sink_result *result)
{
    if (sink_rows_run(&s->rows, SINK_ROWS_BEGIN) != SINK_DONE || !read_control(s))
        return false;
    if (s->stale && restore_ids(s, result) == SINK_FAILED)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!apply_entry(s, &entries[i], result))
            return false;
    return sink_rows_run(&s->rows, SINK_ROWS_COMMIT) == SINK_DONE;
}

/* What the batch brought, and what it replaced, is ours now; everything but the latest story and viewing can go. */
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
    s->stale = s->control.paused; /* what begins during a pause is not in the store */
    set_replay(s, false);
    assert(sink_check(s));
}

bool sink_write(struct sink *s, const struct sink_entry *entries, size_t n, struct sink_result *result, GError **error)
{
    assert(sink_check(s));
    if (s->store && !store_is_in_place(s->store))
        close_store(s);
    if (!sink_open(s, result, error))
        return false;
    if (write_batch(s, entries, n, result)) {
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

void sink_show_life(struct sink *s)
{
    const struct viewing_position *at = &s->committed;
    if (s->store && at->viewing && !at->discarded && !s->control.paused && store_is_in_place(s->store))
        (void)sink_rows_show_life(&s->rows, at, g_get_real_time() / US_PER_MS);
}

bool sink_update_counts(struct sink *s)
{
    bool more = false;
    return s->store && !s->control.paused && aggregate_keep_up(s->store, &more, NULL) && more;
}

/* ---- where it stands --------------------------------------------------------------------------------------------- */

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
    assert(sink_check(s));
}

void sink_save_position(const struct sink *s, uint8_t position[SINK_POSITION_BYTES])
{
    memcpy(position, &s->committed, sizeof s->committed);
}

void sink_resume_from(struct sink *s, const uint8_t *position, struct tel_story *story, struct tel_viewing *viewing)
{
    assert(!s->committed.story && !s->committed.viewing);
    s->committed = (struct viewing_position){.story = story, .viewing = viewing};
    if (position)
        viewing_position_load(&s->committed, position, story, viewing);
    s->pending = s->committed;
    s->stale = s->recovering = true;
    set_replay(s, false);
    assert(sink_check(s));
}

struct sink *sink_new(const struct sink_options *o)
{
    struct sink *s = g_new0(struct sink, 1);
    s->path = g_strdup(o->path);
    s->vfs = g_strdup(o->vfs);
    s->busy_ms = o->busy_ms;
    s->trust = o->trust;
    s->keep_waiting = o->keep_waiting;
    s->data = o->data;
    sink_rows_init(&s->rows);
    assert(sink_check(s));
    return s;
}

void sink_free(struct sink *s)
{
    if (!s)
        return;
    close_store(s);
    sink_rows_clear(&s->rows);
    tel_story_free(s->committed.story);
    g_free(s->committed.viewing);
    g_free(s->path);
    g_free(s->vfs);
    g_free(s);
}

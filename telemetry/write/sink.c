#include "telemetry/write/sink_in.h"

#include "telemetry/count/aggregate.h"
#include "telemetry/keep/retention.h"
#include "telemetry/store/store.h"

#include <string.h>

/* ---- events ---------------------------------------------------------------------------------------------------- */

static void move_scene(struct scene *now, const struct sink_entry *e)
{
    if (e->record.kind == TEL_VISIT) {
        now->visit = *e;
        now->in_visit = true;
        now->visit_missed = false;
    } else if (e->record.kind == TEL_EXPOSURE) {
        now->exposure = *e;
        now->in_exposure = true;
        now->exposure_missed = false;
    } else if (e->record.kind == TEL_OUTCOME)
        now->in_exposure = false;
}

static enum end insert_gap(struct sink *s, int64_t seq, int64_t at_us, struct tel_gap gap)
{
    const struct sink_entry e = {
        .kind = SINK_EVENT, .seq = seq, .record = {.kind = TEL_GAP, .at_us = at_us, .gap = gap}};
    return sink_insert_event(s, &e);
}

/* An event of a pause. The first leaves a gap, so that a viewing which stops here is not taken for one that was left. */
static enum end miss_event(struct sink *s, const struct sink_entry *e, struct sink_result *result)
{
    struct scene *now = &s->now;
    result->silent += e->record.kind != TEL_GAP;
    now->seq = e->seq;
    now->missed_at_us = e->record.at_us;
    if (e->record.kind == TEL_VISIT) {
        now->in_visit = false;
        now->visit_missed = true;
    } else if (e->record.kind == TEL_EXPOSURE) {
        now->in_exposure = false;
        now->exposure_missed = true;
    }
    return now->missed++ ? DONE : insert_gap(s, e->seq, e->record.at_us, (struct tel_gap){1, TEL_WHY_PAUSED});
}

/* The first event after a pause: the first one missed was told, the others are now. */
static enum end end_pause(struct sink *s)
{
    struct scene *now = &s->now;
    const int64_t untold = now->missed - 1;
    now->missed = 0;
    return untold > 0 ? insert_gap(s, now->seq, now->missed_at_us, (struct tel_gap){untold, TEL_WHY_PAUSED}) : DONE;
}

static bool ends_missed(const struct scene *now, const struct tel_record *r)
{
    return (r->kind == TEL_LEAVE && now->visit_missed) || (r->kind == TEL_OUTCOME && now->exposure_missed);
}

/* ---- viewings that go on ------------------------------------------------------------------------------------------ */

static enum end join_viewing(struct sink *s)
{
    struct scene *now = &s->now;
    bool known = false;
    if (sitting_join(s->store->db, s->viewing, now->viewing->resumed_ms, &now->sitting, &known) != SQLITE_OK)
        return FAILED;
    const struct sink_entry e = {
        .kind = SINK_EVENT,
        .seq = now->sitting.seq,
        .record = {.kind = TEL_RESUME, .at_us = now->sitting.at_us, .resume = now->sitting.resume}};
    now->seq = e.seq;
    return known ? DONE : sink_insert_event(s, &e);
}

/* A film that goes on from where it was left: the viewing does, too, or a gap tells that its beginning is not here. */
static enum end begin_viewing(struct sink *s)
{
    struct scene *now = &s->now;
    bool added = false;
    int64_t story = 0;
    enum end end = sink_find_story(s, &story);
    if (end == DONE && now->viewing->resumed_ms != 0) {
        end = sitting_find(s->store->db, now->viewing, story, &s->viewing) == SQLITE_OK ? DONE : FAILED;
        now->goes_on = s->viewing != 0;
    }
    if (end == DONE && now->goes_on)
        return join_viewing(s);
    if (end == DONE)
        end = sink_register_viewing(s, &added);
    if (end != DONE || now->viewing->resumed_ms == 0)
        return end;
    now->seq = now->sitting.seq = 1;
    return insert_gap(s, 1, 0, (struct tel_gap){1, TEL_WHY_ELSEWHERE});
}

/* The first visit after a break. Where it is the node that was left it is that visit, and nothing is added. */
static enum end join_visit(struct sink *s, const struct sink_entry *e, bool *joined)
{
    struct scene *now = &s->now;
    int64_t node = 0, at_us = 0;
    *joined = false;
    if (sink_look_up(s->nodes, now->story->n_nodes, e->record.visit.node, &node) != DONE)
        return REFUSED;
    if (sitting_visit(s->store->db, s->viewing, e->seq, node, &now->sitting, &at_us) != SQLITE_OK)
        return FAILED;
    *joined = now->sitting.visit != 0;
    if (*joined) {
        move_scene(now, e);
        now->visit.seq = now->sitting.visit;
        now->visit.record.at_us = at_us;
    }
    return DONE;
}

/* Numbers and times of a later part count on from the earlier one; what ends the visit that both share tells of both. */
static void count_on(const struct scene *now, struct sink_entry *e)
{
    e->seq += now->sitting.seq;
    e->record.at_us += now->sitting.at_us;
    if (e->record.kind == TEL_LEAVE && now->in_visit && now->sitting.visit == now->visit.seq)
        sitting_leave(&now->sitting, &e->record.leave);
}

static enum end add_event(struct sink *s, const struct sink_entry *e)
{
    bool joined = false;
    enum end end = DONE;
    if (s->now.sitting.joins && e->record.kind == TEL_VISIT && s->viewing)
        end = join_visit(s, e, &joined);
    s->now.sitting.joins = false;
    if (end == DONE && !joined && (end = sink_insert_event(s, e)) == DONE)
        move_scene(&s->now, e);
    return end;
}

static enum end apply_event(struct sink *s, const struct sink_entry *e, struct sink_result *result)
{
    struct sink_entry moved;
    if (s->now.silent) {
        result->silent += e->record.kind != TEL_GAP;
        return DONE;
    }
    if (s->now.sitting.seq != 0) {
        moved = *e;
        count_on(&s->now, &moved);
        e = &moved;
    }
    if (s->paused)
        return miss_event(s, e, result) == FAILED ? FAILED : DONE;
    if (end_pause(s) == FAILED)
        return FAILED;
    enum end end = add_event(s, e);
    s->now.seq = e->seq;
    if (end == DONE) {
        result->written += e->record.kind != TEL_GAP;
    } else if (end == REFUSED && ends_missed(&s->now, &e->record)) {
        result->silent++;
        end = insert_gap(s, e->seq, e->record.at_us, (struct tel_gap){1, TEL_WHY_PAUSED});
    } else if (end == REFUSED) {
        result->refused++;
        end = insert_gap(s, e->seq, e->record.at_us, (struct tel_gap){1, TEL_WHY_REFUSED});
    }
    return end == FAILED ? FAILED : DONE; /* without a viewing not even a gap has a place */
}

static enum end apply(struct sink *s, const struct sink_entry *e, struct sink_result *result)
{
    enum end end = DONE;
    switch (e->kind) {
    case SINK_STORY:
        s->now = (struct scene){.story = e->story};
        end = s->paused ? DONE : sink_register_story(s);
        if (end == REFUSED)
            s->now.story = NULL;
        return end == FAILED ? FAILED : DONE;
    case SINK_BEGIN:
        s->now = (struct scene){.story = s->now.story, .viewing = e->viewing};
        s->viewing = 0;
        s->now.silent = s->paused;
        s->now.mark = s->mark;
        if (s->paused)
            return DONE;
        end = s->now.story ? begin_viewing(s) : REFUSED;
        if (end == REFUSED)
            s->viewing = 0;
        return end == FAILED ? FAILED : DONE;
    case SINK_EVENT:
        return apply_event(s, e, result);
    }
    return DONE;
}

/*
 * Brings the scene into a store that does not know it. What was written elsewhere before stayed behind, but for the
 * visit and the exposure that are open: they are written again, so that what ends them has something to refer to.
 * The gap takes a number that neither of these has, and tells of all that is not here; what is counted is what was not lost
 * with an earlier store already.
 */
static enum end rebuild(struct sink *s, struct sink_result *result)
{
    struct scene *now = &s->now;
    int64_t kept = now->in_visit + now->in_exposure, seq = now->seq;
    if (seq == 0)
        return DONE;
    while ((now->in_visit && seq == now->visit.seq) || (now->in_exposure && seq == now->exposure.seq))
        seq--;
    enum end end = DONE;
    if (now->in_visit)
        end = sink_insert_event(s, &now->visit);
    if (end != FAILED && now->in_exposure)
        end = sink_insert_event(s, &now->exposure);
    if (end != FAILED && now->seq > kept) {
        result->left = (uint64_t)(now->seq - kept - now->left);
        now->left = now->seq - kept;
        end = insert_gap(s, seq, 0, (struct tel_gap){now->seq - kept, TEL_WHY_STORE_LOST});
    }
    return end;
}

/* A viewing that this very store had and has no more was erased, and stays so. Nor does a pause bring one back. */
static enum end find_viewing(struct sink *s)
{
    bool has = false;
    const enum end end = sink_has_viewing(s, &has);
    if (end == DONE && !has && (s->paused || s->now.mark == s->mark))
        s->now.silent = true;
    return end;
}

static enum end restore(struct sink *s, struct sink_result *result)
{
    bool added = false;
    enum end end = DONE;
    sink_forget_ids(s);
    if (s->now.story && s->now.viewing && !s->now.silent)
        end = find_viewing(s);
    const bool wanted = s->now.viewing && !s->now.silent;
    if (end == DONE && s->now.story && (wanted || !s->paused))
        end = sink_register_story(s);
    if (end == DONE && s->now.story && wanted)
        end = sink_register_viewing(s, &added);
    if (end == DONE && added)
        end = rebuild(s, result);
    s->now.mark = s->mark;
    return end;
}

static enum end read_control(struct sink *s)
{
    sqlite3_stmt *st = s->sql[READ_CONTROL];
    const int rc = sqlite3_step(st);
    const int64_t changed = sqlite3_column_int64(st, 1);
    s->stale |= rc == SQLITE_ROW && changed != s->changed;
    s->mark = sqlite3_column_int64(st, 0);
    s->paused = sqlite3_column_int(st, 2) != 0;
    s->changed = changed;
    sqlite3_reset(st);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? DONE : FAILED;
}

/* ---- opening and closing --------------------------------------------------------------------------------------- */

static void drop_store(struct sink *s)
{
    sink_finalize(s);
    store_close(s->store);
    s->store = NULL;
}

#define BUSY_STEP_MS 5

static int on_busy(void *data, int tries)
{
    struct sink *s = data;
    if (tries * BUSY_STEP_MS > s->store->busy_ms || (s->go_on_waiting && !s->go_on_waiting(s->data)))
        return 0;
    g_usleep(BUSY_STEP_MS * 1000);
    return 1;
}

static void say_aside(struct sink_result *result, const char *path, const char *aside)
{
    if (!aside || !*aside)
        return;
    g_free(result->notice);
    result->notice = g_strdup_printf("%s was damaged. It is kept as %s, and a new store was begun.", path, aside);
}

static void say_paused(struct sink *s, struct sink_result *result)
{
    if (s->paused && !s->told && !result->notice)
        result->notice = g_strdup_printf("Recording is paused: nothing is written into %s. "
                                         "`frumious telemetry resume` goes on with it.",
                                         s->store->path);
    s->told = s->paused;
}

bool sink_open(struct sink *s, struct sink_result *result, GError **error)
{
    const struct store_options o = {.path = s->path, .vfs = s->vfs, .busy_ms = s->busy_ms};
    if (s->store)
        return true;
    s->store = retention_open(&o, error);
    if (!s->store)
        return false;
    say_aside(result, s->store->path, s->store->aside);
    s->stale = true;
    sqlite3_busy_handler(s->store->db, on_busy, s);
    if (sink_prepare(s, error))
        return true;
    drop_store(s);
    return false;
}

/* After a failed batch: back to what was kept; a damaged file makes room, a doubtful connection is opened anew. */
static void recover(struct sink *s, bool damaged, struct sink_result *result)
{
    const int rc = sqlite3_errcode(s->store->db) & 0xff;
    if (!sqlite3_get_autocommit(s->store->db))
        sqlite3_exec(s->store->db, "ROLLBACK", NULL, NULL, NULL);
    s->now = s->kept;
    s->stale = s->replay = true;
    g_hash_table_remove_all(s->menus);
    if (damaged) {
        g_autofree char *path = g_strdup(s->store->path);
        sink_finalize(s);
        g_autofree char *aside = store_put_aside(g_steal_pointer(&s->store), NULL);
        say_aside(result, path, aside);
    } else if (rc != SQLITE_BUSY && rc != SQLITE_FULL) {
        drop_store(s);
    }
}

/* ---- batches --------------------------------------------------------------------------------------------------- */

static enum end write_all(struct sink *s, const struct sink_entry *entries, size_t n, struct sink_result *result)
{
    enum end end = sink_exec(s, BEGIN);
    if (end == DONE)
        end = read_control(s);
    if (end == DONE && s->stale)
        end = restore(s, result);
    for (size_t i = 0; end != FAILED && i < n; i++)
        end = apply(s, &entries[i], result);
    return end == FAILED ? FAILED : sink_exec(s, COMMIT);
}

/* What the batch brought and what it replaced is ours now; all but the latest of each can go. */
static void keep_scene(struct sink *s, const struct sink_entry *entries, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (entries[i].kind == SINK_STORY && entries[i].story != s->now.story)
            tel_story_free(entries[i].story);
        if (entries[i].kind == SINK_BEGIN && entries[i].viewing != s->now.viewing)
            g_free(entries[i].viewing);
    }
    if (s->kept.story != s->now.story)
        tel_story_free(s->kept.story);
    if (s->kept.viewing != s->now.viewing)
        g_free(s->kept.viewing);
    s->kept = s->now;
    s->stale = s->paused; /* what began meanwhile is not in the store */
    s->replay = false;
}

bool sink_write(struct sink *s, const struct sink_entry *entries, size_t n, struct sink_result *result, GError **error)
{
    if (s->store && !store_is_there(s->store))
        drop_store(s);
    if (!sink_open(s, result, error))
        return false;
    if (write_all(s, entries, n, result) == DONE) {
        keep_scene(s, entries, n);
        say_paused(s, result);
        return true;
    }
    result->written = result->refused = result->left = result->silent = 0;
    GError *failure = NULL;
    store_fail(s->store, "cannot be written", &failure);
    recover(s, g_error_matches(failure, STORE_ERROR, STORE_ERROR_DAMAGED), result);
    g_propagate_error(error, failure);
    return false;
}

bool sink_keep_up(struct sink *s)
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
    s->go_on_waiting = o->go_on_waiting;
    s->data = o->data;
    sink_init_rows(s);
    return s;
}

G_STATIC_ASSERT(sizeof(struct scene) <= SINK_SCENE_BYTES);

const char *sink_viewing(const struct sink *s)
{
    return s->kept.viewing ? sink_viewing_id(&s->kept) : NULL;
}

bool sink_is_silent(const struct sink *s)
{
    return s->kept.silent;
}

void sink_forget(struct sink *s)
{
    s->kept.silent = true;
    s->kept.in_visit = s->kept.in_exposure = false;
    memset(&s->kept.visit, 0, sizeof s->kept.visit);
    memset(&s->kept.exposure, 0, sizeof s->kept.exposure);
    s->now = s->kept;
}

void sink_scene(const struct sink *s, uint8_t scene[SINK_SCENE_BYTES])
{
    memcpy(scene, &s->kept, sizeof s->kept);
}

void sink_go_on(struct sink *s, const uint8_t *scene, struct tel_story *story, struct tel_viewing *viewing)
{
    if (scene)
        memcpy(&s->kept, scene, sizeof s->kept);
    s->kept.story = story;
    s->kept.viewing = viewing;
    s->now = s->kept;
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
    drop_store(s);
    sink_free_rows(s);
    tel_story_free(s->kept.story);
    g_free(s->kept.viewing);
    g_free(s->path);
    g_free(s->vfs);
    g_free(s);
}

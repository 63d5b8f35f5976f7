#include "telemetry/write/writer.h"

#include "base/brief.h"
#include "telemetry/write/sink.h"
#include "telemetry/write/spool.h"
#include "telemetry/write/spool_recovery.h"
#include "telemetry/store/store.h"

#include <assert.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#define CAPACITY_DEFAULT 4096
#define CAPACITY_MIN     4
#define BATCH_MAX        512
#define WINDOW_US        (100 * US_PER_MS) /* ordinary records wait this long for others to share their commit */
#define RETRY_MIN_US     (50 * US_PER_MS)
#define RETRY_MAX_US     (5 * US_PER_SECOND)
#define IDLE_US          (500 * US_PER_MS) /* with nothing to write, before each step of the counts that reports need */
#define LIFE_US          (30 * US_PER_SECOND) /* between two signs of life of a viewing */
#define CLOSING_STEPS    20 /* of these steps at the end: a tenth of a second; mostly there are none */

/* These are powers of two: the ring's masks need it. */
G_STATIC_ASSERT((CAPACITY_DEFAULT & (CAPACITY_DEFAULT - 1)) == 0 && (CAPACITY_MIN & (CAPACITY_MIN - 1)) == 0);
/* One place is kept for a gap, and half a ring wakes the thread. */
G_STATIC_ASSERT(CAPACITY_MIN >= 4 && BATCH_MAX <= CAPACITY_DEFAULT / 2);

/*
 * The queue is a spool. Neither side sleeps through a wake-up: main stores tail and then loads head, the thread stores
 * head and then loads tail (sequentially consistent). So either the thread sees the new entry, or main sees that the
 * ring was empty, and posts.
 */
struct writer {
    /* set before the thread starts */
    bool off;
    char *path, *vfs;
    bool trust;
    struct spool *spool;
    struct spool_ring *ring; /* the spool's */
    struct sink *sink;
    GThread *thread;
    sem_t wake;

    /* the thread */
    bool counts_behind; /* the counts that reports read may be behind the events */
    int64_t life_us;    /* when the next sign of life is due, monotonic; US_NONE: nothing plays */

    /* main */
    bool has_story, in_viewing;
    uint64_t begun_at; /* the entry that began the viewing */

    /* shared */
    _Atomic bool urgent, closing, discard;
    _Atomic bool hopeless;       /* the latest try failed, and would fail again: no file, not a store, a newer one */
    _Atomic int64_t deadline_us; /* of closing; monotonic */
    _Atomic uint64_t accepted, written, refused, left_behind, dropped, failures;

    /* under lock, which the thread holds while it copies a line, never while it writes */
    GMutex lock;
    GCond progress;
    char error[WRITER_TEXT_BYTES], notice[WRITER_TEXT_BYTES];
    char viewing[TEL_ID_SIZE]; /* sink_committed_viewing_id() when the sink had taken the first viewing_at entries */
    uint64_t viewing_at;
};

/* What holds on the calling thread, main. */
static bool writer_check(const struct writer *w)
{
    if (w->off) {
        assert(!w->spool && !w->sink && !w->thread);
        return true;
    }
    assert(w->path && w->ring == w->spool->ring && spool_check(w->spool));
    assert(!w->in_viewing || w->has_story);
    assert(!w->in_viewing || w->begun_at < atomic_load(&w->ring->tail));
    assert(w->ring->seq >= 0);
    return true;
}

static int64_t now_us(void)
{
    return g_get_monotonic_time();
}

/* ---- the thread ------------------------------------------------------------------------------------------------ */

static uint64_t occupied_entries(const struct writer *w)
{
    return atomic_load(&w->ring->tail) - atomic_load(&w->ring->wiped);
}

static uint64_t unwritten_entries(const struct writer *w)
{
    return atomic_load(&w->ring->tail) - atomic_load(&w->ring->head);
}

/* Waits for a post, until the monotonic time `until_us` or for good (US_NONE). False when the time was up. */
static bool wait_for_post(struct writer *w, int64_t until_us)
{
    if (until_us == US_NONE)
        return sem_wait(&w->wake) == 0;
    const struct timespec at = {.tv_sec = until_us / US_PER_SECOND, .tv_nsec = until_us % US_PER_SECOND * 1000};
    return sem_clockwait(&w->wake, CLOCK_MONOTONIC, &at) == 0;
}

static bool time_is_up(struct writer *w)
{
    return atomic_load(&w->closing) && now_us() >= atomic_load(&w->deadline_us);
}

static bool keep_waiting(void *data)
{
    return !time_is_up(data);
}

/* Lets a batch gather. An urgent record, a full batch or closing cuts that short. */
static void gather_batch(struct writer *w)
{
    const int64_t until_us = now_us() + WINDOW_US;
    while (!atomic_exchange(&w->urgent, false) && !atomic_load(&w->closing) && unwritten_entries(w) < BATCH_MAX &&
           unwritten_entries(w) < w->ring->capacity / 2)
        if (!wait_for_post(w, until_us) && now_us() >= until_us)
            break;
}

/*
 * A lock is given back and a disk may get room, but a file that is no store of ours does not become one while we wait.
 */
static bool is_hopeless(const GError *failure)
{
    return g_error_matches(failure, STORE_ERROR, STORE_ERROR_CANNOT_OPEN) ||
           g_error_matches(failure, STORE_ERROR, STORE_ERROR_FOREIGN) ||
           g_error_matches(failure, STORE_ERROR, STORE_ERROR_NEWER) ||
           g_error_matches(failure, STORE_ERROR, STORE_ERROR_STRANGE);
}

static void publish_result(struct writer *w, const struct sink_result *result, const GError *failure)
{
    atomic_fetch_add(&w->written, result->written + result->discarded); /* what is not wanted is done with, too */
    atomic_fetch_add(&w->refused, result->refused);
    atomic_fetch_add(&w->left_behind, result->left_behind);
    if (failure)
        atomic_fetch_add(&w->failures, 1);
    atomic_store(&w->hopeless, is_hopeless(failure));
    g_mutex_lock(&w->lock);
    brief_copy(w->error, sizeof w->error, failure ? failure->message : "");
    if (result->notice)
        brief_copy(w->notice, sizeof w->notice, result->notice);
    g_cond_broadcast(&w->progress);
    g_mutex_unlock(&w->lock);
}

static void publish_viewing_id(struct writer *w, uint64_t at)
{
    const char *id = sink_committed_viewing_id(w->sink);
    if (!id)
        w->life_us = US_NONE;
    else if (strcmp(id, w->viewing) != 0) /* only this thread writes it */
        w->life_us = now_us() + LIFE_US;
    g_mutex_lock(&w->lock);
    g_strlcpy(w->viewing, id ? id : "", sizeof w->viewing);
    w->viewing_at = at;
    g_mutex_unlock(&w->lock);
}

/* Before anything is written that was handed over later, because that may begin another viewing. */
static void discard_viewing_now(struct writer *w)
{
    if (!atomic_exchange(&w->discard, false))
        return;
    sink_discard_viewing(w->sink);
    spool_wipe_viewing(w->spool);
}

/* The longest run of entries that lie in one piece in the ring, up to a batch. */
static bool write_next_run(struct writer *w)
{
    const uint64_t head = atomic_load(&w->ring->head), tail = atomic_load(&w->ring->tail),
                   at = spool_place(w->ring, head);
    const uint64_t n = MIN(MIN(tail - head, w->ring->capacity - at), BATCH_MAX);
    struct sink_result result = {0};
    g_autoptr(GError) failure = NULL;
    discard_viewing_now(w); /* main asked for it before it pushed what is behind `tail` */
    const bool done = sink_write(w->sink, &w->ring->entries[at], n, &result, &failure);
    if (done) {
        spool_mark(w->spool, w->sink, n);
        if (sink_discards_viewing(w->sink))
            spool_wipe_viewing(w->spool);
        publish_viewing_id(w, head + n);
    }
    publish_result(w, &result, failure);
    g_free(result.notice);
    return done;
}

/* Waits before the next try. Wake-ups of the past must not cut that short; those to come do. */
static void wait_before_retry(struct writer *w, int64_t retry_us)
{
    int64_t until_us = now_us() + retry_us;
    while (sem_trywait(&w->wake) == 0)
        continue;
    if (atomic_load(&w->closing)) {
        const int64_t soon_us = now_us() + RETRY_MIN_US, deadline_us = atomic_load(&w->deadline_us);
        until_us = MIN(soon_us, deadline_us);
    }
    wait_for_post(w, until_us);
}

static struct sink_options sink_options(struct writer *w)
{
    return (struct sink_options){
        .path = w->path, .vfs = w->vfs, .trust = w->trust, .keep_waiting = keep_waiting, .data = w};
}

/*
 * Brings in what a killed writer of this store had taken. Nothing of our own is written before that: a viewing that
 * goes on joins where the killed one ends. False: it could not be written now.
 */
static bool recover_spools(struct writer *w)
{
    const struct sink_options so = sink_options(w);
    struct sink_result result = {0};
    g_autoptr(GError) failure = NULL;
    spool_recover(w->path, &so, &result, &failure);
    if (failure || result.notice)
        publish_result(w, &(struct sink_result){.notice = result.notice}, failure);
    g_free(result.notice);
    return !failure;
}

/* At the start, so that the status tells what is wrong with the store before the first event. */
static void open_store_early(struct writer *w)
{
    struct sink_result result = {0};
    g_autoptr(GError) failure = NULL;
    sink_open(w->sink, &result, &failure);
    publish_result(w, &result, failure);
    g_free(result.notice);
}

static void show_life_if_due(struct writer *w)
{
    if (w->life_us == US_NONE || now_us() < w->life_us)
        return;
    sink_show_life(w->sink);
    w->life_us = now_us() + LIFE_US;
}

/* Waits for something to write. While nothing comes, it takes small steps of the counts that reports will need. */
static void wait_for_entries(struct writer *w)
{
    const int64_t until_us = w->counts_behind ? now_us() + IDLE_US : w->life_us;
    if (wait_for_post(w, until_us))
        gather_batch(w);
    else if (w->counts_behind)
        w->counts_behind = sink_update_counts(w->sink);
    show_life_if_due(w);
}

static void *run_writer(void *data)
{
    struct writer *w = data;
    int64_t retry_us = RETRY_MIN_US;
    bool recovered = recover_spools(w);
    open_store_early(w);
    while (!time_is_up(w)) {
        if (unwritten_entries(w) == 0) {
            discard_viewing_now(w);
            if (atomic_load(&w->closing))
                break;
            wait_for_entries(w);
        } else if ((recovered = recovered || recover_spools(w)) && write_next_run(w)) {
            retry_us = RETRY_MIN_US;
            w->counts_behind = true;
            show_life_if_due(w);
        } else if (atomic_load(&w->closing) && atomic_load(&w->hopeless)) {
            break;
        } else {
            wait_before_retry(w, retry_us);
            retry_us = MIN(retry_us * 2, RETRY_MAX_US);
        }
    }
    for (int i = 0; i < CLOSING_STEPS && w->counts_behind && unwritten_entries(w) == 0 && !time_is_up(w); i++)
        w->counts_behind = sink_update_counts(w->sink);
    return NULL;
}

/* ---- main ------------------------------------------------------------------------------------------------------ */

static uint64_t round_up_to_power_of_two(uint64_t n)
{
    uint64_t p = CAPACITY_MIN;
    while (p < n)
        p *= 2;
    return p;
}

struct writer *writer_open(const struct writer_options *o, GError **error)
{
    struct writer *w = g_new0(struct writer, 1);
    g_mutex_init(&w->lock);
    g_cond_init(&w->progress);
    sem_init(&w->wake, 0, 0);
    w->off = o->off;
    w->life_us = US_NONE;
    if (w->off)
        return w;
    w->trust = o->trust;
    w->path = o->path ? g_strdup(o->path) : store_default_path();
    w->vfs = g_strdup(o->vfs);
    w->spool = spool_new(w->path, round_up_to_power_of_two(o->capacity ? o->capacity : CAPACITY_DEFAULT));
    w->ring = w->spool->ring;
    const struct sink_options so = sink_options(w);
    w->sink = sink_new(&so);
    w->thread = g_thread_try_new("telemetry", run_writer, w, error);
    if (w->thread) {
        assert(writer_check(w));
        return w;
    }
    writer_close(w, 0);
    return NULL;
}

/* The last free place is kept for a gap, so that a loss can always be recorded. */
static bool push_entry(struct writer *w, const struct sink_entry *e, bool urgent)
{
    const uint64_t tail = atomic_load_explicit(&w->ring->tail, memory_order_relaxed);
    const uint64_t room = w->ring->capacity - (tail - atomic_load(&w->ring->wiped));
    const bool is_gap = e->kind == SINK_EVENT && e->record.kind == TEL_GAP;
    assert(room <= w->ring->capacity);
    if (room < (is_gap ? 1 : 2))
        return false;
    if (e->kind == SINK_EVENT)
        w->ring->seq = e->seq;
    if (is_gap)
        w->ring->missed = 0;
    if (urgent)
        atomic_store(&w->urgent, true);
    spool_push(w->spool, e);
    const uint64_t before = tail - atomic_load(&w->ring->head);
    if (urgent || before == 0 || before == BATCH_MAX || before == w->ring->capacity / 2)
        sem_post(&w->wake);
    return true;
}

/* The gap of a loss goes before what comes next. False: there is not `room` for both. */
static bool push_gap(struct writer *w, uint64_t room)
{
    if (w->ring->missed == 0 || !w->in_viewing)
        return true;
    const struct sink_entry gap = {
        .kind = SINK_EVENT,
        .seq = w->ring->seq + 1,
        .record = {.kind = TEL_GAP, .at_us = w->ring->at_us, .gap = {(int64_t)w->ring->missed, TEL_WHY_QUEUE_FULL}}};
    return w->ring->capacity - occupied_entries(w) >= room && push_entry(w, &gap, false);
}

void writer_story(struct writer *w, const struct tel_story *story)
{
    if (w->off)
        return;
    push_gap(w, 1);
    struct sink_entry e = {.kind = SINK_STORY, .story = tel_story_copy(story)};
    w->in_viewing = false;
    e.spool_offset = e.story ? spool_save_story(w->spool, e.story) : 0;
    w->has_story = e.story && push_entry(w, &e, false);
    if (!w->has_story)
        sink_entry_clear(&e);
    assert(writer_check(w));
}

void writer_begin(struct writer *w, const struct tel_viewing *viewing)
{
    if (w->off)
        return;
    push_gap(w, 1);
    w->ring->seq = w->ring->at_us = 0;
    w->ring->missed = 0;
    struct sink_entry e = {.kind = SINK_BEGIN, .viewing = g_memdup2(viewing, sizeof *viewing)};
    if (!g_uuid_string_is_valid(e.viewing->viewer))
        e.viewing->viewer[0] = '\0';
    e.spool_offset = spool_save_viewing(w->spool, e.viewing);
    w->begun_at = atomic_load_explicit(&w->ring->tail, memory_order_relaxed);
    w->in_viewing = w->has_story && g_uuid_string_is_valid(viewing->id) && push_entry(w, &e, false);
    if (!w->in_viewing)
        sink_entry_clear(&e);
    assert(writer_check(w));
}

bool writer_viewing_id(const struct writer *cw, char id[TEL_ID_SIZE])
{
    struct writer *w = (struct writer *)cw;
    if (!w->in_viewing)
        return false;
    g_mutex_lock(&w->lock);
    const bool known = w->viewing_at > w->begun_at && w->viewing[0];
    if (known)
        g_strlcpy(id, w->viewing, TEL_ID_SIZE);
    g_mutex_unlock(&w->lock);
    return known;
}

int64_t writer_seq(const struct writer *w)
{
    return w->in_viewing ? w->ring->seq : 0;
}

/* What a viewer did cannot be done again, so it goes to disk at once. */
static bool is_urgent_kind(enum tel_kind kind)
{
    return kind == TEL_OUTCOME || kind == TEL_REACHED || kind == TEL_FINISH;
}

bool writer_put(struct writer *w, const struct tel_record *record)
{
    if (w->off || record->kind == TEL_GAP || record->kind == TEL_RESUME)
        return false;
    struct sink_entry e = {.kind = SINK_EVENT, .record = *record};
    w->ring->at_us = record->at_us;
    if (w->in_viewing && push_gap(w, 3)) {
        e.seq = w->ring->seq + 1;
        if (push_entry(w, &e, is_urgent_kind(record->kind))) {
            atomic_fetch_add_explicit(&w->accepted, 1, memory_order_relaxed);
            return true;
        }
    }
    w->ring->missed++;
    spool_note(w->spool);
    assert(writer_check(w));
    atomic_fetch_add_explicit(&w->dropped, 1, memory_order_relaxed);
    return false;
}

void writer_discard_viewing(struct writer *w)
{
    if (w->off)
        return;
    atomic_store(&w->discard, true);
    sem_post(&w->wake);
}

bool writer_flush(struct writer *w, int64_t wait_us)
{
    if (w->off)
        return true;
    assert(writer_check(w));
    const uint64_t target = atomic_load(&w->ring->tail);
    const int64_t until_us = now_us() + wait_us;
    atomic_store(&w->urgent, true);
    sem_post(&w->wake);
    g_mutex_lock(&w->lock);
    while (atomic_load(&w->ring->head) < target && !atomic_load(&w->hopeless) &&
           g_cond_wait_until(&w->progress, &w->lock, until_us))
        continue;
    g_mutex_unlock(&w->lock);
    return atomic_load(&w->ring->head) >= target;
}

void writer_status(const struct writer *cw, struct writer_status *status)
{
    struct writer *w = (struct writer *)cw; /* for the lock, which is no part of what a caller sees */
    const uint64_t written = atomic_load(&w->written), refused = atomic_load(&w->refused);
    const uint64_t accepted = atomic_load(&w->accepted);
    *status = (struct writer_status){
        .off = w->off,
        .accepted = accepted,
        .written = written,
        .queued = accepted - MIN(accepted, written + refused),
        .lost = atomic_load(&w->dropped) + refused + atomic_load(&w->left_behind),
        .failures = atomic_load(&w->failures),
    };
    g_mutex_lock(&w->lock);
    memcpy(status->error, w->error, sizeof status->error);
    memcpy(status->notice, w->notice, sizeof status->notice);
    g_mutex_unlock(&w->lock);
}

static uint64_t clear_ring(struct writer *w)
{
    uint64_t events = 0;
    for (uint64_t i = w->ring->head; i < w->ring->tail; i++) {
        struct sink_entry *e = &w->ring->entries[spool_place(w->ring, i)];
        events += e->kind == SINK_EVENT;
        sink_entry_clear(e);
    }
    return events;
}

uint64_t writer_close(struct writer *w, int64_t wait_us)
{
    if (!w)
        return 0;
    uint64_t lost = 0;
    if (w->thread) {
        push_gap(w, 1);
        atomic_store(&w->deadline_us, now_us() + wait_us);
        atomic_store(&w->closing, true);
        sem_post(&w->wake);
        g_thread_join(w->thread);
    }
    lost = (w->ring ? clear_ring(w) : 0) + w->dropped + w->refused + w->left_behind;
    sink_free(w->sink);
    spool_free(w->spool);
    g_free(w->path);
    g_free(w->vfs);
    sem_destroy(&w->wake);
    g_cond_clear(&w->progress);
    g_mutex_clear(&w->lock);
    g_free(w);
    return lost;
}

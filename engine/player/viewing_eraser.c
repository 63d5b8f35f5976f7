#include "player/viewing_eraser.h"

#include "base/interrupt.h"
#include "telemetry/keep/retention.h"
#include "telemetry/keep/erase.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>

/* While another program reads, the log cannot be emptied: how long to wait for it before trying again. */
#define READER_MS 200
#define POLL_US   (10 * US_PER_MS)
/* How long to wait after a signal: once for the erasing, and once more for what it waits for. */
#define SIGNAL_US (250 * US_PER_MS)

struct viewing_eraser {
    struct writer *writer;
    char *store;
    char viewing[TEL_ID_SIZE]; /* set before the thread starts */
    bool trust, off, asked;
    GThread *thread;
    atomic_bool stop, over, gone; /* over: the thread is done; gone: nothing is left */
    char *problem;                /* the thread owns it until `over` */
};

static bool viewing_eraser_check(const struct viewing_eraser *e)
{
    assert(!e->thread || (e->asked && !e->off && e->viewing[0])); /* it erases one viewing, and only when asked to */
    assert(!atomic_load(&e->gone) || e->thread);
    return true;
}

struct viewing_eraser *viewing_eraser_new(struct writer *w, const char *store, bool trust)
{
    struct viewing_eraser *e = g_new0(struct viewing_eraser, 1);
    struct writer_status status;
    writer_status(w, &status);
    e->writer = w;
    e->store = g_strdup(store);
    e->trust = trust;
    e->off = status.off;
    return e;
}

static bool erase_and_scrub(struct viewing_eraser *e, GError **error)
{
    const struct read_filter which = {.viewing = e->viewing};
    const struct store_options so = {.path = e->store, .trust = e->trust};
    g_autofree char *waits_for = NULL;
    int64_t n = 0;
    struct store *s = retention_open(&so, NULL, error);
    /* Not found: recording was paused, or another program erased it first. */
    bool done =
        s && (erase_viewings(s, &which, &n, error) || g_error_matches(*error, STORE_ERROR, STORE_ERROR_NOT_FOUND));
    if (done)
        g_clear_error(error);
    do {
        g_clear_pointer(&waits_for, g_free);
        done = done && erase_scrub(s, READER_MS, &waits_for, error);
    } while (done && waits_for && !atomic_load(&e->stop));
    if (done && waits_for)
        g_set_error(error, STORE_ERROR, STORE_ERROR_SQL, "%s", waits_for);
    retention_close(s);
    return done && !waits_for;
}

static void *run_eraser(void *data)
{
    struct viewing_eraser *e = data;
    g_autoptr(GError) error = NULL;
    const bool gone = erase_and_scrub(e, &error);
    if (!gone)
        e->problem = g_strdup(error->message);
    atomic_store(&e->gone, gone);
    atomic_store(&e->over, true);
    return NULL;
}

void viewing_eraser_begin(struct viewing_eraser *e)
{
    e->asked = true;
}

/* With an empty queue, no record of the viewing is still on its way to the disk, so none can come back once erased. */
static bool queue_is_empty(const struct viewing_eraser *e)
{
    struct writer_status status;
    writer_status(e->writer, &status);
    return status.queued == 0;
}

bool viewing_eraser_poll(struct viewing_eraser *e)
{
    if (e->off)
        return false;
    if (e->asked && !e->thread && queue_is_empty(e) && writer_viewing_id(e->writer, e->viewing)) {
        writer_discard_viewing(e->writer);
        e->thread = g_thread_try_new("forget", run_eraser, e, NULL);
    }
    assert(viewing_eraser_check(e));
    return !(atomic_load(&e->over) && atomic_load(&e->gone));
}

bool viewing_eraser_pending(const struct viewing_eraser *e)
{
    return e->asked && !e->off && !atomic_load(&e->over);
}

/* Until it is over, at most so long, and less once a signal has come. True: the thread is not at work. */
static bool await_eraser(struct viewing_eraser *e, int64_t wait_us)
{
    const int64_t from_us = g_get_monotonic_time();
    int64_t waited_us = 0;
    while (viewing_eraser_pending(e) && waited_us < wait_us) {
        viewing_eraser_poll(e);
        g_usleep(POLL_US);
        waited_us = g_get_monotonic_time() - from_us;
        const int64_t patience_us = interrupt_requested() ? interrupt_patience_us(SIGNAL_US) : wait_us;
        wait_us = MIN(wait_us, patience_us);
    }
    return !e->thread || atomic_load(&e->over);
}

bool viewing_eraser_close(struct viewing_eraser *e, int64_t wait_us, char **problem)
{
    if (!e)
        return true;
    *problem = NULL;
    await_eraser(e, wait_us);
    atomic_store(&e->stop, true);
    if (interrupt_requested() && !await_eraser(e, INT64_MAX)) {
        *problem = g_strdup("the store does not answer");
        return false;
    }
    if (e->thread)
        g_thread_join(e->thread);
    const bool good = !e->asked || e->off || atomic_load(&e->gone);
    if (!good)
        *problem = e->problem ? g_steal_pointer(&e->problem) : g_strdup("the store could not be written");
    g_free(e->problem);
    g_free(e->store);
    g_free(e);
    return good;
}

#include "player/viewing_eraser.h"

#include "telemetry/keep/retention.h"
#include "telemetry/keep/erase.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>

/* Another program that reads keeps the log from being emptied; it is waited for this long, then asked again. */
#define READER_MS 200
#define POLL_US   (10 * US_PER_MS)

struct viewing_eraser {
    struct writer *writer;
    char *store;
    char viewing[TEL_ID_SIZE]; /* set before the thread starts */
    bool off, asked;
    GThread *thread;
    atomic_bool stop, over, gone; /* the thread is done; nothing is left */
    char *problem;                /* the thread's until over */
};

static bool viewing_eraser_check(const struct viewing_eraser *f)
{
    assert(!f->thread || (f->asked && !f->off && f->viewing[0])); /* it erases one viewing, and only when asked to */
    assert(!atomic_load(&f->gone) || f->thread);
    return true;
}

struct viewing_eraser *viewing_eraser_new(struct writer *w, const char *store)
{
    struct viewing_eraser *f = g_new0(struct viewing_eraser, 1);
    struct writer_status status;
    writer_status(w, &status);
    f->writer = w;
    f->store = g_strdup(store);
    f->off = status.off;
    return f;
}

static bool erase_and_scrub(struct viewing_eraser *f, GError **error)
{
    const struct read_filter which = {.viewing = f->viewing};
    const struct store_options so = {.path = f->store};
    g_autofree char *waits_for = NULL;
    int64_t n = 0;
    struct store *s = retention_open(&so, error);
    /* Not found: the store was paused, or somebody erased it before us. */
    bool done =
        s && (erase_viewings(s, &which, &n, error) || g_error_matches(*error, STORE_ERROR, STORE_ERROR_NOT_FOUND));
    if (done)
        g_clear_error(error);
    do {
        g_clear_pointer(&waits_for, g_free);
        done = done && erase_scrub(s, READER_MS, &waits_for, error);
    } while (done && waits_for && !atomic_load(&f->stop));
    if (done && waits_for)
        g_set_error(error, STORE_ERROR, STORE_ERROR_SQL, "%s", waits_for);
    store_close(s);
    return done && !waits_for;
}

static void *run_eraser(void *data)
{
    struct viewing_eraser *f = data;
    g_autoptr(GError) error = NULL;
    const bool gone = erase_and_scrub(f, &error);
    if (!gone)
        f->problem = g_strdup(error->message);
    atomic_store(&f->gone, gone);
    atomic_store(&f->over, true);
    return NULL;
}

void viewing_eraser_begin(struct viewing_eraser *f)
{
    f->asked = true;
}

/* Nothing of the viewing is on its way to the disk any more, so nothing of it can come back. */
static bool queue_is_empty(const struct viewing_eraser *f)
{
    struct writer_status status;
    writer_status(f->writer, &status);
    return status.queued == 0;
}

bool viewing_eraser_poll(struct viewing_eraser *f)
{
    if (f->off)
        return false;
    if (f->asked && !f->thread && queue_is_empty(f) && writer_viewing_id(f->writer, f->viewing)) {
        writer_discard_viewing(f->writer);
        f->thread = g_thread_try_new("forget", run_eraser, f, NULL);
    }
    assert(viewing_eraser_check(f));
    return !(atomic_load(&f->over) && atomic_load(&f->gone));
}

bool viewing_eraser_pending(const struct viewing_eraser *f)
{
    return f->asked && !f->off && !atomic_load(&f->over);
}

bool viewing_eraser_close(struct viewing_eraser *f, int64_t wait_us, char **problem)
{
    if (!f)
        return true;
    const int64_t until_us = g_get_monotonic_time() + wait_us;
    *problem = NULL;
    while (viewing_eraser_pending(f) && g_get_monotonic_time() < until_us) {
        viewing_eraser_poll(f);
        g_usleep(POLL_US);
    }
    atomic_store(&f->stop, true);
    if (f->thread)
        g_thread_join(f->thread);
    const bool good = !f->asked || f->off || atomic_load(&f->gone);
    if (!good)
        *problem = f->problem ? g_steal_pointer(&f->problem) : g_strdup("the store could not be written");
    g_free(f->problem);
    g_free(f->store);
    g_free(f);
    return good;
}

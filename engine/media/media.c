#include "media/media.h"

#include <glib.h>
#include <libavutil/log.h>
#include <pthread.h>

#include "base/units.h"
#include "media/demuxer.h"
#include "media/hardware.h"
#include "media/media_parked.h"

enum {
    PARKED_MAX = 4,
    DEAR_MAX = 2, /* of one dear file: one for the clip that plays, one that goes from candidate to candidate */
    LOOK_MS = 10,
};

/* A file that somebody reads, and whose index is large. */
struct dear {
    dev_t device;
    ino_t inode;
    int users; /* demuxers in use, and those being opened */
};

struct media {
    pthread_mutex_t lock; /* everything below; of pthread, because ThreadSanitizer knows that one */
    pthread_cond_t gone, back;
    GQueue parked; /* struct demuxer*, oldest first */
    GArray *dear;  /* struct dear; a file stays in it */
    int32_t clips;
    int64_t opened, reused;
    bool closing;
    struct hardware *hardware; /* has its own lock */
};

struct media *media_new(void)
{
    struct media *m = g_new0(struct media, 1);
    pthread_mutex_init(&m->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&m->gone, NULL);
    pthread_cond_init(&m->back, &monotonic);
    pthread_condattr_destroy(&monotonic);
    m->dear = g_array_new(FALSE, FALSE, sizeof(struct dear));
    m->hardware = hardware_new("off");
    av_log_set_level(AV_LOG_QUIET);
    return m;
}

void media_free(struct media *m)
{
    if (!m)
        return;
    pthread_mutex_lock(&m->lock);
    m->closing = true;
    while (m->clips > 0)
        pthread_cond_wait(&m->gone, &m->lock);
    pthread_mutex_unlock(&m->lock);
    for (struct demuxer *d; (d = g_queue_pop_head(&m->parked));)
        demuxer_free(d);
    g_array_unref(m->dear);
    pthread_mutex_destroy(&m->lock);
    pthread_cond_destroy(&m->gone);
    pthread_cond_destroy(&m->back);
    hardware_free(m->hardware);
    g_free(m);
}

void media_use_hardware(struct media *m, const char *device)
{
    hardware_free(m->hardware);
    m->hardware = hardware_new(device);
}

struct hardware *media_hardware(const struct media *m)
{
    return m->hardware;
}

void media_stats(struct media *m, struct media_stats *out)
{
    struct hardware_facts hardware;
    hardware_facts(m->hardware, &hardware);
    pthread_mutex_lock(&m->lock);
    *out = (struct media_stats){.clips = m->clips,
                                .parked_files = (int32_t)g_queue_get_length(&m->parked),
                                .files_opened = m->opened,
                                .files_reused = m->reused,
                                .hardware_asked = hardware.asked,
                                .hardware = hardware.open};
    pthread_mutex_unlock(&m->lock);
}

/* --- demuxers: under the lock ------------------------------------------------------------------------------------ */

static struct dear *find_dear(struct media *m, const struct stat *st)
{
    for (guint i = 0; i < m->dear->len; i++) {
        struct dear *d = &g_array_index(m->dear, struct dear, i);
        if (d->device == st->st_dev && d->inode == st->st_ino)
            return d;
    }
    return NULL;
}

static void use_dear(struct media *m, const struct stat *st, int by)
{
    struct dear *d = find_dear(m, st);
    if (d)
        d->users += by;
}

static struct demuxer *take_parked(struct media *m, const struct stat *st)
{
    for (GList *l = m->parked.tail; l; l = l->prev) {
        struct demuxer *d = l->data;
        if (demuxer_is_file(d, st)) {
            g_queue_delete_link(&m->parked, l);
            return d;
        }
    }
    return NULL;
}

/* The oldest one that is cheap to open again, else the oldest. */
static struct demuxer *drop_parked(struct media *m)
{
    for (GList *l = m->parked.head; l; l = l->next) {
        struct demuxer *d = l->data;
        if (!demuxer_is_dear(d)) {
            g_queue_delete_link(&m->parked, l);
            return d;
        }
    }
    return g_queue_pop_head(&m->parked);
}

static void wait_a_little(struct media *m)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_nsec += LOOK_MS * 1000000;
    t.tv_sec += t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    pthread_cond_timedwait(&m->back, &m->lock, &t);
}

static bool is_set(const atomic_bool *flag)
{
    return flag && atomic_load_explicit(flag, memory_order_relaxed);
}

/* A parked one, or NULL when the caller may open one. */
static struct demuxer *await_parked(struct media *m, const struct stat *st, const struct media_user *user)
{
    const int64_t from = g_get_monotonic_time();
    for (;;) {
        struct demuxer *d = take_parked(m, st);
        const struct dear *dear = find_dear(m, st);
        if (d || !dear || dear->users < DEAR_MAX || is_set(user->stop))
            return d;
        const int64_t waited_us = g_get_monotonic_time() - from;
        if (waited_us > (is_set(user->hurry) ? MEDIA_HURRY_MS : MEDIA_WAIT_MS) * US_PER_MS)
            return NULL;
        wait_a_little(m);
    }
}

/* --- demuxers: clips' threads ------------------------------------------------------------------------------------- */

static struct demuxer *open_new(struct media *m, const char *path, const struct media_user *user, const struct stat *st,
                                GError **error)
{
    struct demuxer *d = demuxer_open(path, user->stop, error);
    pthread_mutex_lock(&m->lock);
    m->opened += d != NULL;
    if (!d)
        use_dear(m, st, -1);
    else if (demuxer_is_dear(d) && !find_dear(m, st))
        g_array_append_vals(m->dear, &(struct dear){st->st_dev, st->st_ino, 1}, 1);
    pthread_mutex_unlock(&m->lock);
    return d;
}

struct demuxer *media_borrow(struct media *m, const char *path, const struct media_user *user, bool *parked,
                             GError **error)
{
    struct stat st = {0};
    const bool there = stat(path, &st) == 0; /* may wait for a disk: not under the lock */
    pthread_mutex_lock(&m->lock);
    struct demuxer *d = there ? await_parked(m, &st, user) : NULL;
    m->reused += d != NULL;
    use_dear(m, &st, 1);
    pthread_mutex_unlock(&m->lock);
    *parked = d != NULL;
    if (d)
        demuxer_hold(d, user->stop);
    return d ? d : open_new(m, path, user, &st, error);
}

/* Only demuxers with an index of their own seek exactly enough to be used again. */
void media_return(struct media *m, struct demuxer *d, bool fit)
{
    struct demuxer *unwanted = NULL;
    struct stat st;
    demuxer_stat(d, &st);
    demuxer_hold(d, NULL);
    fit = fit && (demuxer_is(d, "mov") || demuxer_is(d, "matroska"));
    pthread_mutex_lock(&m->lock);
    use_dear(m, &st, -1);
    if (!fit || m->closing)
        unwanted = d;
    else
        g_queue_push_tail(&m->parked, d);
    if (g_queue_get_length(&m->parked) > PARKED_MAX)
        unwanted = drop_parked(m);
    pthread_cond_broadcast(&m->back);
    pthread_mutex_unlock(&m->lock);
    demuxer_free(unwanted);
}

/* --- clips' threads ------------------------------------------------------------------------------------------------ */

void media_clip_begins(struct media *m)
{
    pthread_mutex_lock(&m->lock);
    m->clips++;
    pthread_mutex_unlock(&m->lock);
}

void media_clip_gone(struct media *m)
{
    pthread_mutex_lock(&m->lock);
    m->clips--;
    pthread_cond_broadcast(&m->gone);
    pthread_mutex_unlock(&m->lock);
}

#include "media/media.h"

#include <assert.h>
#include <glib.h>
#include <libavutil/log.h>
#include <pthread.h>

#include "base/beneath.h"
#include "base/monotonic.h"
#include "base/units.h"
#include "media/demuxer.h"
#include "media/hardware.h"
#include "media/media_pool.h"
#include "media/tone_map.h"

enum {
    IDLE_MAX = 4,
    COSTLY_USERS_MAX = 2, /* of one costly file: one for the clip that plays, one that the candidates use in turn */
    POLL_MS = 10,
    AGAIN_US = 1000000,
};

/* A file that somebody reads, or a costly file that somebody has read. */
struct file_use {
    dev_t device;
    ino_t inode;
    int64_t begin; /* in a pack, where its bytes are */
    int users;     /* demuxers in use or being opened */
    bool costly;   /* see demuxer_is_costly() */
};

struct media {
    pthread_mutex_t lock; /* of everything below; of pthread, because ThreadSanitizer knows it */
    pthread_cond_t gone, back;
    GQueue idle;  /* struct demuxer*, oldest first */
    GArray *uses; /* struct file_use, one per file; a costly file stays in it */
    int32_t clips;
    int32_t helpers; /* threads that read other things than clips */
    int64_t opened, reused;
    bool closing;
    struct hardware *hardware; /* has its own lock, as has what follows */
    struct tone_maps *tone_maps;
};

/* Under the lock. */
static bool media_check(const struct media *m)
{
    assert(m->clips >= 0 && m->helpers >= 0);
    assert(m->opened >= 0 && m->reused >= 0);
    assert(g_queue_get_length((GQueue *)&m->idle) <= IDLE_MAX);
    for (guint i = 0; i < m->uses->len; i++) {
        const struct file_use *u = &g_array_index(m->uses, struct file_use, i);
        assert(u->users > 0 || (u->users == 0 && u->costly));
    }
    return true;
}

static bool nobody_reads(const struct media *m)
{
    for (guint i = 0; i < m->uses->len; i++)
        if (g_array_index(m->uses, struct file_use, i).users != 0)
            return false;
    return true;
}

struct media *media_new(void)
{
    struct media *m = g_new0(struct media, 1);
    pthread_mutex_init(&m->lock, NULL);
    monotonic_cond_init(&m->gone);
    monotonic_cond_init(&m->back);
    m->uses = g_array_new(FALSE, FALSE, sizeof(struct file_use));
    m->hardware = hardware_new("off");
    m->tone_maps = tone_maps_new();
    av_log_set_level(AV_LOG_QUIET);
    return m;
}

static bool is_used(const struct media *m)
{
    return m->clips > 0 || m->helpers > 0;
}

/* Waits until all threads are gone, at most wait_us. */
static bool await_threads(struct media *m, int64_t wait_us)
{
    const struct timespec end = monotonic_after_us(wait_us);
    int rc = 0;
    pthread_mutex_lock(&m->lock);
    m->closing = true;
    while (is_used(m) && rc == 0)
        rc = pthread_cond_timedwait(&m->gone, &m->lock, &end);
    const bool gone = !is_used(m);
    assert(!gone || nobody_reads(m)); /* every demuxer came back */
    pthread_mutex_unlock(&m->lock);
    return gone;
}

bool media_free_within(struct media *m, int64_t wait_us)
{
    if (!m)
        return true;
    if (!await_threads(m, wait_us))
        return false;
    for (struct demuxer *d; (d = g_queue_pop_head(&m->idle));)
        demuxer_free(d);
    g_array_unref(m->uses);
    pthread_mutex_destroy(&m->lock);
    pthread_cond_destroy(&m->gone);
    pthread_cond_destroy(&m->back);
    hardware_free(m->hardware);
    tone_maps_free(m->tone_maps);
    g_free(m);
    return true;
}

void media_free(struct media *m)
{
    while (!media_free_within(m, AGAIN_US))
        continue;
}

void media_use_hardware(struct media *m, const char *device)
{
    assert(m->clips == 0); /* no clip points to the old one */
    hardware_free(m->hardware);
    m->hardware = hardware_new(device ? device : "off");
}

struct hardware *media_hardware(const struct media *m)
{
    return m->hardware;
}

struct tone_maps *media_tone_maps(const struct media *m)
{
    return m->tone_maps;
}

void media_stats(struct media *m, struct media_stats *out)
{
    struct hardware_facts hardware;
    hardware_facts(m->hardware, &hardware);
    pthread_mutex_lock(&m->lock);
    *out = (struct media_stats){.clips = m->clips,
                                .idle_files = (int32_t)g_queue_get_length(&m->idle),
                                .files_opened = m->opened,
                                .files_reused = m->reused,
                                .hardware_asked = hardware.asked,
                                .hardware = hardware.open};
    pthread_mutex_unlock(&m->lock);
}

/* --- demuxers: under the lock ------------------------------------------------------------------------------------ */

static struct file_use *find_use(struct media *m, const struct beneath_file *file)
{
    for (guint i = 0; i < m->uses->len; i++) {
        struct file_use *u = &g_array_index(m->uses, struct file_use, i);
        if (u->device == file->stat.st_dev && u->inode == file->stat.st_ino && u->begin == file->begin)
            return u;
    }
    return NULL;
}

static struct file_use *add_user(struct media *m, const struct beneath_file *file)
{
    if (!find_use(m, file))
        g_array_append_vals(
            m->uses, &(struct file_use){.device = file->stat.st_dev, .inode = file->stat.st_ino, .begin = file->begin},
            1);
    struct file_use *u = find_use(m, file);
    u->users++;
    return u;
}

static void drop_user(struct media *m, const struct beneath_file *file)
{
    struct file_use *u = find_use(m, file);
    assert(u && u->users > 0);
    if (--u->users == 0 && !u->costly)
        g_array_remove_index_fast(m->uses, (guint)(u - &g_array_index(m->uses, struct file_use, 0)));
}

static struct demuxer *take_idle(struct media *m, const struct beneath_file *file)
{
    for (GList *l = m->idle.tail; l; l = l->prev) {
        struct demuxer *d = l->data;
        if (beneath_is_same(demuxer_file(d), file)) {
            g_queue_delete_link(&m->idle, l);
            return d;
        }
    }
    return NULL;
}

/* Takes out the oldest one that is cheap to open again, else the oldest. */
static struct demuxer *drop_idle(struct media *m)
{
    for (GList *l = m->idle.head; l; l = l->next) {
        struct demuxer *d = l->data;
        if (!demuxer_is_costly(d)) {
            g_queue_delete_link(&m->idle, l);
            return d;
        }
    }
    return g_queue_pop_head(&m->idle);
}

static void wait_for_return(struct media *m)
{
    const struct timespec t = monotonic_after_us(POLL_MS * US_PER_MS);
    pthread_cond_timedwait(&m->back, &m->lock, &t);
}

static bool is_set(const atomic_bool *flag)
{
    return flag && atomic_load_explicit(flag, memory_order_relaxed);
}

/* An idle one, or NULL if the caller may open one. */
static struct demuxer *await_idle(struct media *m, const struct beneath_file *file, const struct media_user *user)
{
    const int64_t from = g_get_monotonic_time();
    for (;;) {
        struct demuxer *d = take_idle(m, file);
        const struct file_use *use = find_use(m, file);
        if (d || !use || !use->costly || use->users < COSTLY_USERS_MAX || is_set(user->stop))
            return d;
        const int64_t waited_us = g_get_monotonic_time() - from;
        if (waited_us > (is_set(user->hurry) ? MEDIA_HURRY_MS : MEDIA_WAIT_MS) * US_PER_MS)
            return NULL;
        wait_for_return(m);
    }
}

/* --- demuxers: clips' threads ------------------------------------------------------------------------------------- */

/* By now the path may lead to another file, so the file that was opened is counted instead. */
static struct demuxer *open_demuxer(struct media *m, const char *path, const struct media_user *user,
                                    const struct beneath_file *file, GError **error)
{
    struct demuxer *d = demuxer_open(path, user->stop, error);
    pthread_mutex_lock(&m->lock);
    m->opened += d != NULL;
    drop_user(m, file);
    if (d) {
        struct file_use *u = add_user(m, demuxer_file(d));
        u->costly = u->costly || demuxer_is_costly(d);
    }
    assert(media_check(m));
    pthread_mutex_unlock(&m->lock);
    return d;
}

struct demuxer *media_borrow(struct media *m, const char *path, const struct media_user *user, bool *idle,
                             GError **error)
{
    struct beneath_file file;
    const bool there = beneath_look(path, &file); /* without the lock, because it may wait for a disk */
    pthread_mutex_lock(&m->lock);
    struct demuxer *d = there ? await_idle(m, &file, user) : NULL;
    m->reused += d != NULL;
    add_user(m, &file);
    pthread_mutex_unlock(&m->lock);
    *idle = d != NULL;
    if (d)
        demuxer_set_stop(d, user->stop);
    return d ? d : open_demuxer(m, path, user, &file, error);
}

/* Only formats with an index seek exactly enough to be used again. */
void media_return(struct media *m, struct demuxer *d, bool fit)
{
    struct demuxer *unwanted = NULL;
    demuxer_set_stop(d, NULL);
    fit = fit && (demuxer_is_format(d, "mov") || demuxer_is_format(d, "matroska"));
    pthread_mutex_lock(&m->lock);
    drop_user(m, demuxer_file(d));
    if (!fit || m->closing)
        unwanted = d;
    else
        g_queue_push_tail(&m->idle, d);
    if (g_queue_get_length(&m->idle) > IDLE_MAX)
        unwanted = drop_idle(m);
    assert(media_check(m));
    pthread_cond_broadcast(&m->back);
    pthread_mutex_unlock(&m->lock);
    demuxer_free(unwanted);
}

/* --- clips' threads --------------------------------------------------------------------------------------------- */

void media_clip_begins(struct media *m)
{
    pthread_mutex_lock(&m->lock);
    assert(!m->closing); /* no clip is opened while media_free() waits */
    m->clips++;
    pthread_mutex_unlock(&m->lock);
}

void media_clip_gone(struct media *m)
{
    pthread_mutex_lock(&m->lock);
    m->clips--;
    assert(media_check(m));
    pthread_cond_broadcast(&m->gone);
    pthread_mutex_unlock(&m->lock);
}

void media_helper_start(struct media *m, void *(*run)(void *), void *data)
{
    pthread_t thread;
    pthread_mutex_lock(&m->lock);
    assert(!m->closing);
    m->helpers++;
    pthread_mutex_unlock(&m->lock);
    if (pthread_create(&thread, NULL, run, data) != 0)
        g_error("out of threads");
    pthread_detach(thread);
}

void media_helper_gone(struct media *m)
{
    pthread_mutex_lock(&m->lock);
    m->helpers--;
    assert(media_check(m));
    pthread_cond_broadcast(&m->gone);
    pthread_mutex_unlock(&m->lock);
}

#include "media/media.h"

#include <glib.h>
#include <libavutil/log.h>
#include <pthread.h>

#include "media/hardware.h"
#include "media/media_parked.h"
#include "media/source.h"

enum { PARKED_MAX = 4 };

struct media {
    pthread_mutex_t lock; /* everything below; of pthread, because ThreadSanitizer knows that one */
    pthread_cond_t gone;
    GQueue parked; /* struct source*, oldest first */
    int32_t clips;
    int64_t opened, reused;
    bool closing;
    struct hardware *hardware; /* has its own lock */
};

struct media *media_new(void)
{
    struct media *m = g_new0(struct media, 1);
    pthread_mutex_init(&m->lock, NULL);
    pthread_cond_init(&m->gone, NULL);
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
    for (struct source *s; (s = g_queue_pop_head(&m->parked));)
        source_free(s);
    pthread_mutex_destroy(&m->lock);
    pthread_cond_destroy(&m->gone);
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

struct source *media_unpark(struct media *m, const char *path)
{
    struct source *found = NULL;
    struct stat st;
    if (stat(path, &st) != 0) /* may wait for a disk: not under the lock */
        return NULL;
    pthread_mutex_lock(&m->lock);
    for (GList *l = m->parked.tail; l && !found; l = l->prev)
        if (source_is_file(l->data, &st))
            found = l->data;
    if (found) {
        g_queue_remove(&m->parked, found);
        m->reused++;
    }
    pthread_mutex_unlock(&m->lock);
    return found;
}

bool media_park(struct media *m, struct source *s)
{
    struct source *oldest = NULL;
    pthread_mutex_lock(&m->lock);
    const bool kept = !m->closing;
    if (kept) {
        g_queue_push_tail(&m->parked, s);
        if (g_queue_get_length(&m->parked) > PARKED_MAX)
            oldest = g_queue_pop_head(&m->parked);
    }
    pthread_mutex_unlock(&m->lock);
    source_free(oldest);
    return kept;
}

void media_count_open(struct media *m)
{
    pthread_mutex_lock(&m->lock);
    m->opened++;
    pthread_mutex_unlock(&m->lock);
}

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

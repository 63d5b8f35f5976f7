#include "media/sound_loader.h"

#include <assert.h>
#include <pthread.h>

#include "media/media.h"
#include "media/media_pool.h"

struct entry {
    char *path;
    struct sound *sound; /* under the lock; NULL: not read yet, or not readable */
};

struct sound_loader {
    struct media *media;
    atomic_bool stop;
    pthread_mutex_t lock; /* of pthread, because ThreadSanitizer knows it */
    pthread_cond_t wanted;
    GPtrArray *entries; /* under the lock; struct entry, in the order of being wanted */
    guint read;         /* under the lock: how many of them have been tried */
};

static void entry_free(void *data)
{
    struct entry *e = data;
    sound_free(e->sound);
    g_free(e->path);
    g_free(e);
}

/* Under the lock. */
static bool loader_check(const struct sound_loader *l)
{
    assert(l->read <= l->entries->len);
    for (guint i = l->read; i < l->entries->len; i++)
        assert(!((const struct entry *)l->entries->pdata[i])->sound);
    return true;
}

/* ---- the thread --------------------------------------------------------------------------------------------------- */

static void free_loader(struct sound_loader *l)
{
    g_ptr_array_unref(l->entries);
    pthread_mutex_destroy(&l->lock);
    pthread_cond_destroy(&l->wanted);
    g_free(l);
}

/* Waits for the next one that is to be read. NULL: closed. */
static struct entry *next_entry(struct sound_loader *l)
{
    pthread_mutex_lock(&l->lock);
    while (!atomic_load(&l->stop) && l->read == l->entries->len)
        pthread_cond_wait(&l->wanted, &l->lock);
    struct entry *e = atomic_load(&l->stop) ? NULL : l->entries->pdata[l->read];
    pthread_mutex_unlock(&l->lock);
    return e;
}

static void *run(void *data)
{
    struct sound_loader *l = data;
    struct media *m = l->media;
    for (struct entry *e; (e = next_entry(l));) {
        struct sound *sound = sound_load(e->path, &l->stop, NULL);
        pthread_mutex_lock(&l->lock);
        e->sound = sound;
        l->read++;
        assert(loader_check(l));
        pthread_mutex_unlock(&l->lock);
    }
    free_loader(l);
    media_helper_gone(m);
    return NULL;
}

/* ---- main --------------------------------------------------------------------------------------------------------- */

struct sound_loader *sound_loader_new(struct media *m)
{
    struct sound_loader *l = g_new0(struct sound_loader, 1);
    l->media = m;
    l->entries = g_ptr_array_new_with_free_func(entry_free);
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->wanted, NULL);
    media_helper_start(m, run, l);
    return l;
}

/* Under the lock. */
static struct entry *find_entry(const struct sound_loader *l, const char *path)
{
    for (guint i = 0; i < l->entries->len; i++) {
        struct entry *e = l->entries->pdata[i];
        if (g_str_equal(e->path, path))
            return e;
    }
    return NULL;
}

void sound_loader_want(struct sound_loader *l, const char *path)
{
    pthread_mutex_lock(&l->lock);
    if (!find_entry(l, path)) {
        struct entry *e = g_new0(struct entry, 1);
        e->path = g_strdup(path);
        g_ptr_array_add(l->entries, e);
        pthread_cond_signal(&l->wanted);
    }
    pthread_mutex_unlock(&l->lock);
}

const struct sound *sound_loader_get(struct sound_loader *l, const char *path)
{
    pthread_mutex_lock(&l->lock);
    const struct entry *e = find_entry(l, path);
    const struct sound *sound = e ? e->sound : NULL;
    pthread_mutex_unlock(&l->lock);
    return sound;
}

bool sound_loader_done(struct sound_loader *l)
{
    pthread_mutex_lock(&l->lock);
    const bool done = l->read == l->entries->len;
    pthread_mutex_unlock(&l->lock);
    return done;
}

void sound_loader_close(struct sound_loader *l)
{
    if (!l)
        return;
    pthread_mutex_lock(&l->lock);
    atomic_store(&l->stop, true);
    pthread_cond_signal(&l->wanted);
    pthread_mutex_unlock(&l->lock); /* from here on it may be gone */
}

#include "media/file_streams.h"

#include <glib.h>
#include <stdatomic.h>

#include "media/demuxer.h"
#include "media/media_pool.h"
#include "media/stream_facts.h"

struct file_streams {
    struct media *media;
    char *path;
    atomic_int users; /* who opened it, and the thread */
    atomic_bool stop, read;
    /* the thread's until `read` */
    int n;
    struct stream_facts facts[STREAMS_MAX];
};

static void release(struct file_streams *s)
{
    if (atomic_fetch_sub(&s->users, 1) > 1)
        return;
    g_free(s->path);
    g_free(s);
}

static void *run(void *data)
{
    struct file_streams *s = data;
    struct media *m = s->media;
    struct demuxer *d = demuxer_open(s->path, &s->stop, NULL);
    if (d) {
        s->n = MIN((int)demuxer_format(d)->nb_streams, STREAMS_MAX);
        stream_facts_read(demuxer_format(d), s->n, s->facts);
        atomic_store(&s->read, true);
    }
    demuxer_free(d);
    release(s);
    media_helper_gone(m);
    return NULL;
}

struct file_streams *file_streams_open(struct media *m, const char *path)
{
    struct file_streams *s = g_new0(struct file_streams, 1);
    s->media = m;
    s->path = g_strdup(path);
    atomic_init(&s->users, 2);
    media_helper_start(m, run, s);
    return s;
}

void file_streams_close(struct file_streams *s)
{
    if (!s)
        return;
    atomic_store(&s->stop, true);
    release(s);
}

const struct stream_facts *file_streams_get(const struct file_streams *s, int *n)
{
    const bool known = s && atomic_load(&s->read);
    *n = known ? s->n : 0;
    return known ? s->facts : NULL;
}

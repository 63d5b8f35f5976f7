#include "telemetry/collect/committer.h"

#include <assert.h>
#include <string.h>

/* A destination that can't keep anything is asked again only then: requests are answered at once in between. */
#define PAUSE_US (G_USEC_PER_SEC / 2)

struct committer {
    struct destination *destination;
    struct committer_options o;
    GThread *thread;
    GMutex lock; /* of all below */
    GCond changed;
    GPtrArray *waiting; /* struct commit_request, the oldest first */
    bool ends;
    struct commit_counts counts;
    char *problem;     /* of the latest commit that failed; NULL: none has */
    int64_t failed_us; /* when a commit failed last, by the monotonic clock; 0: the latest one was done */
};

static bool committer_check(const struct committer *c)
{
    assert(c->o.group_max > 0 && c->waiting->len <= c->o.waiting_max);
    return true;
}

static void count(struct commit_counts *n, const struct collect_item *item)
{
    n->erasures += item->n;
    if (item->batch && item->refusal.code == WIRE_TAKEN) {
        n->batches++;
        n->events += item->batch->events->len;
    }
}

static guint events_of(const struct commit_request *r)
{
    return r->item.batch ? r->item.batch->events->len : 0;
}

/* The requests that a group is made of; the lock is held. */
static GPtrArray *take_group(struct committer *c)
{
    GPtrArray *group = g_ptr_array_new();
    guint events = 0;
    while (group->len < MIN(c->waiting->len, c->o.group_max) &&
           (c->o.group_events == 0 || events < c->o.group_events)) {
        struct commit_request *r = c->waiting->pdata[group->len];
        events += events_of(r);
        g_ptr_array_add(group, r);
    }
    g_ptr_array_remove_range(c->waiting, 0, group->len);
    return group;
}

static bool commit_group(const struct committer *c, const GPtrArray *group, GError **error)
{
    g_autofree struct collect_item **items = g_new(struct collect_item *, group->len);
    for (guint i = 0; i < group->len; i++)
        items[i] = &((struct commit_request *)group->pdata[i])->item;
    return c->destination->commit(c->destination, items, group->len, error);
}

static void note_group(struct committer *c, const GPtrArray *group, bool done, int64_t us, const GError *error)
{
    g_mutex_lock(&c->lock);
    c->counts.groups += done;
    c->counts.failures += !done;
    c->counts.group_us += (uint64_t)us;
    c->failed_us = done ? 0 : g_get_monotonic_time();
    if (!done) {
        g_free(c->problem);
        c->problem = g_strdup(error->message);
    }
    for (guint i = 0; done && i < group->len; i++)
        count(&c->counts, &((struct commit_request *)group->pdata[i])->item);
    g_mutex_unlock(&c->lock);
}

static void do_group(struct committer *c, GPtrArray *group)
{
    g_autoptr(GError) error = NULL;
    const int64_t begun = g_get_monotonic_time();
    const bool done = commit_group(c, group, &error);
    assert(done || error);
    note_group(c, group, done, g_get_monotonic_time() - begun, error);
    for (guint i = 0; i < group->len; i++) {
        struct commit_request *r = group->pdata[i];
        r->later = !done;
        r->done(r, r->data);
    }
    g_ptr_array_unref(group);
}

/* Until there is a group, or the end; the lock is held. */
static void wait_for_group(struct committer *c)
{
    while (c->waiting->len == 0 && !c->ends)
        g_cond_wait(&c->changed, &c->lock);
    if (c->waiting->len == 0)
        return;
    const struct commit_request *first = c->waiting->pdata[0];
    const int64_t until = first->since_us + c->o.group_ms * G_TIME_SPAN_MILLISECOND;
    while (c->waiting->len < c->o.group_max && !c->ends && g_cond_wait_until(&c->changed, &c->lock, until))
        continue;
}

static gpointer run(gpointer data)
{
    struct committer *c = data;
    g_mutex_lock(&c->lock);
    for (;;) {
        wait_for_group(c);
        if (c->waiting->len == 0)
            break;
        GPtrArray *group = take_group(c);
        g_mutex_unlock(&c->lock);
        do_group(c, group);
        g_mutex_lock(&c->lock);
    }
    g_mutex_unlock(&c->lock);
    return NULL;
}

struct committer *committer_new(struct destination *destination, const struct committer_options *o)
{
    struct committer *c = g_new0(struct committer, 1);
    c->destination = destination;
    c->o = *o;
    c->waiting = g_ptr_array_new();
    g_mutex_init(&c->lock);
    g_cond_init(&c->changed);
    assert(committer_check(c));
    c->thread = g_thread_new("committer", run, c);
    return c;
}

/* A commit failed a moment ago, and the next one would; the lock is held. */
static bool pauses(const struct committer *c)
{
    return c->failed_us != 0 && g_get_monotonic_time() - c->failed_us < PAUSE_US;
}

void committer_put(struct committer *c, struct commit_request *r)
{
    g_mutex_lock(&c->lock);
    assert(committer_check(c) && !c->ends);
    const bool full = c->waiting->len == c->o.waiting_max || pauses(c);
    if (!full) {
        r->since_us = g_get_monotonic_time();
        g_ptr_array_add(c->waiting, r);
    }
    g_cond_signal(&c->changed);
    g_mutex_unlock(&c->lock);
    if (full) {
        r->later = true;
        r->done(r, r->data);
    }
}

void committer_read(struct committer *c, struct commit_counts *counts, char **problem)
{
    g_autoptr(GError) error = NULL;
    const bool there = c->destination->is_healthy(c->destination, &error);
    g_mutex_lock(&c->lock);
    *counts = c->counts;
    counts->waiting = c->waiting->len;
    counts->healthy = there && c->failed_us == 0;
    if (problem)
        *problem = there && counts->healthy ? NULL : g_strdup(there ? c->problem : error->message);
    g_mutex_unlock(&c->lock);
}

void committer_free(struct committer *c)
{
    if (!c)
        return;
    g_mutex_lock(&c->lock);
    c->ends = true;
    g_cond_signal(&c->changed);
    g_mutex_unlock(&c->lock);
    g_thread_join(c->thread);
    assert(c->waiting->len == 0);
    c->destination->free(c->destination);
    g_ptr_array_unref(c->waiting);
    g_free(c->problem);
    g_mutex_clear(&c->lock);
    g_cond_clear(&c->changed);
    g_free(c);
}

#include "telemetry/collect/committer.h"

#include <assert.h>
#include <string.h>

/* A destination that can't keep anything is asked again only then: requests are answered at once in between. */
#define PAUSE_US (G_USEC_PER_SEC / 2)

/* One destination, and what waits for it. */
struct lane {
    struct committer *committer;
    struct destination *destination;
    GThread *thread;
    GCond changed;
    GPtrArray *waiting; /* struct commit_request, the oldest first */
    int64_t failed_us;  /* when a commit failed last, by the monotonic clock; 0: the latest one was done */
};

struct committer {
    struct committer_options o;
    struct lane *lanes;
    guint n_lanes, n_waiting;
    GMutex lock; /* of all below, and of what lanes hold */
    bool ends;
    struct commit_counts counts;
    char *problem; /* of the latest commit that failed; NULL: none has */
};

static bool committer_check(const struct committer *c)
{
    assert(c->o.group_max > 0 && c->n_lanes > 0 && c->n_waiting <= c->o.waiting_max);
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
static GPtrArray *take_group(struct lane *l)
{
    const struct committer_options *o = &l->committer->o;
    GPtrArray *group = g_ptr_array_new();
    guint events = 0;
    while (group->len < MIN(l->waiting->len, o->group_max) && (o->group_events == 0 || events < o->group_events)) {
        struct commit_request *r = l->waiting->pdata[group->len];
        events += events_of(r);
        g_ptr_array_add(group, r);
    }
    g_ptr_array_remove_range(l->waiting, 0, group->len);
    l->committer->n_waiting -= group->len;
    return group;
}

static bool commit_group(const struct lane *l, const GPtrArray *group, GError **error)
{
    g_autofree struct collect_item **items = g_new(struct collect_item *, group->len);
    for (guint i = 0; i < group->len; i++)
        items[i] = &((struct commit_request *)group->pdata[i])->item;
    return l->destination->commit(l->destination, items, group->len, error);
}

static void note_group(struct lane *l, const GPtrArray *group, bool done, int64_t us, const GError *error)
{
    struct committer *c = l->committer;
    g_mutex_lock(&c->lock);
    c->counts.groups += done;
    c->counts.failures += !done;
    c->counts.group_us += (uint64_t)us;
    l->failed_us = done ? 0 : g_get_monotonic_time();
    if (!done) {
        g_free(c->problem);
        c->problem = g_strdup(error->message);
    }
    for (guint i = 0; done && i < group->len; i++)
        count(&c->counts, &((struct commit_request *)group->pdata[i])->item);
    g_mutex_unlock(&c->lock);
}

static void do_group(struct lane *l, GPtrArray *group)
{
    g_autoptr(GError) error = NULL;
    const int64_t begun = g_get_monotonic_time();
    const bool done = commit_group(l, group, &error);
    assert(done || error);
    note_group(l, group, done, g_get_monotonic_time() - begun, error);
    for (guint i = 0; i < group->len; i++) {
        struct commit_request *r = group->pdata[i];
        r->later = !done;
        r->done(r, r->data);
    }
    g_ptr_array_unref(group);
}

/* Until there is a group, or the end; the lock is held. */
static void wait_for_group(struct lane *l)
{
    struct committer *c = l->committer;
    while (l->waiting->len == 0 && !c->ends)
        g_cond_wait(&l->changed, &c->lock);
    if (l->waiting->len == 0)
        return;
    const struct commit_request *first = l->waiting->pdata[0];
    const int64_t until = first->since_us + c->o.group_ms * G_TIME_SPAN_MILLISECOND;
    while (l->waiting->len < c->o.group_max && !c->ends && g_cond_wait_until(&l->changed, &c->lock, until))
        continue;
}

static gpointer run(gpointer data)
{
    struct lane *l = data;
    GMutex *lock = &l->committer->lock;
    g_mutex_lock(lock);
    for (;;) {
        wait_for_group(l);
        if (l->waiting->len == 0)
            break;
        GPtrArray *group = take_group(l);
        g_mutex_unlock(lock);
        do_group(l, group);
        g_mutex_lock(lock);
    }
    g_mutex_unlock(lock);
    return NULL;
}

struct committer *committer_new(struct destination *const *destinations, guint n, const struct committer_options *o)
{
    struct committer *c = g_new0(struct committer, 1);
    c->o = *o;
    c->lanes = g_new0(struct lane, n);
    c->n_lanes = n;
    g_mutex_init(&c->lock);
    for (guint i = 0; i < n; i++) {
        struct lane *l = &c->lanes[i];
        l->committer = c;
        l->destination = destinations[i];
        l->waiting = g_ptr_array_new();
        g_cond_init(&l->changed);
    }
    assert(committer_check(c));
    for (guint i = 0; i < n; i++)
        c->lanes[i].thread = g_thread_new("committer", run, &c->lanes[i]);
    return c;
}

/* A commit failed a moment ago, and the next one would; the lock is held. */
static bool pauses(const struct lane *l)
{
    return l->failed_us != 0 && g_get_monotonic_time() - l->failed_us < PAUSE_US;
}

/* A viewing's batches never overtake each other. Erasures of many viewings win over whatever is there, in any order. */
static struct lane *choose_lane(struct committer *c, const struct collect_item *item)
{
    return &c->lanes[item->batch ? g_str_hash(item->batch->viewing) % c->n_lanes : 0];
}

void committer_put(struct committer *c, struct commit_request *r)
{
    struct lane *l = choose_lane(c, &r->item);
    g_mutex_lock(&c->lock);
    assert(committer_check(c) && !c->ends);
    const bool full = c->n_waiting == c->o.waiting_max || pauses(l);
    if (!full) {
        r->since_us = g_get_monotonic_time();
        g_ptr_array_add(l->waiting, r);
        c->n_waiting++;
    }
    g_cond_signal(&l->changed);
    g_mutex_unlock(&c->lock);
    if (full) {
        r->later = true;
        r->done(r, r->data);
    }
}

/* Whether all are in their place. */
static bool are_healthy(const struct committer *c, GError **error)
{
    for (guint i = 0; i < c->n_lanes; i++)
        if (!c->lanes[i].destination->is_healthy(c->lanes[i].destination, error))
            return false;
    return true;
}

void committer_read(struct committer *c, struct commit_counts *counts, char **problem)
{
    g_autoptr(GError) error = NULL;
    const bool there = are_healthy(c, &error);
    g_mutex_lock(&c->lock);
    *counts = c->counts;
    counts->waiting = c->n_waiting;
    counts->healthy = there;
    for (guint i = 0; i < c->n_lanes; i++)
        counts->healthy = counts->healthy && c->lanes[i].failed_us == 0;
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
    for (guint i = 0; i < c->n_lanes; i++)
        g_cond_signal(&c->lanes[i].changed);
    g_mutex_unlock(&c->lock);
    for (guint i = 0; i < c->n_lanes; i++) {
        struct lane *l = &c->lanes[i];
        g_thread_join(l->thread);
        assert(l->waiting->len == 0);
        l->destination->free(l->destination);
        g_ptr_array_unref(l->waiting);
        g_cond_clear(&l->changed);
    }
    g_free(c->lanes);
    g_free(c->problem);
    g_mutex_clear(&c->lock);
    g_free(c);
}

#include "explore/simulate.h"

#include "base/units.h"
#include "explore/path_cache.h"
#include "explore/viewer.h"
#include "play/schedule.h"

#include <stdatomic.h>
#include <string.h>

/* Viewings that a thread takes at a time: few enough to share evenly, many enough not to ask often. */
#define BLOCK       256
#define PROGRESS_US (G_USEC_PER_SEC / 10)

static const struct simulate_model models[] = {
    {"uniform", "takes any option, all alike", 0, false, false},
    {"default", "never chooses", 100, false, false},
    {"first", "takes the first option that is offered", 0, true, false},
    {"impatient", "takes any option, as soon as it can", 0, false, true},
    {"dreamy", "takes any option, and lets every second decision pass", 50, false, false},
    {NULL, NULL, 0, false, false},
};

const struct simulate_model *simulate_models(void)
{
    return models;
}

const struct simulate_model *simulate_model_find(const char *name)
{
    for (const struct simulate_model *m = models; m->name; m++)
        if (strcmp(m->name, name) == 0)
            return m;
    return NULL;
}

/* What all threads read. */
struct simulation {
    struct viewer_setup viewers;
    const struct simulate_options *o;
    atomic_uint_fast64_t next, done;
    atomic_bool stop;
};

struct simulate_worker {
    struct simulation *plan;
    struct viewer viewer;
    struct path_cache *trails; /* or NULL */
};

/* ---- all threads ------------------------------------------------------------------------------------------------ */

static void simulate_viewing(struct simulate_worker *w, uint64_t run)
{
    struct viewer *v = &w->viewer;
    const uint64_t seed = viewer_begin(v, run);
    if (w->trails) {
        path_cache_run(w->trails, v, seed);
        return;
    }
    viewer_start(v, seed);
    viewer_continue(v);
}

static void *simulate_thread(void *data)
{
    struct simulate_worker *w = data;
    struct simulation *p = w->plan;
    for (;;) {
        const uint64_t first = atomic_fetch_add(&p->next, BLOCK);
        const uint64_t end = MIN(first + BLOCK, p->o->runs);
        if (first >= p->o->runs)
            break;
        for (uint64_t run = first; run < end; run++) {
            if (atomic_load_explicit(&p->stop, memory_order_relaxed))
                return NULL;
            simulate_viewing(w, run);
        }
        atomic_fetch_add(&p->done, end - first);
    }
    return NULL;
}

static struct simulate_result *result_new(const struct story *s, guint n_edges)
{
    struct simulate_result *r = g_new0(struct simulate_result, 1);
    r->nodes = g_new0(uint64_t, s->n_nodes + 1);
    r->visits = g_new0(uint64_t, s->n_nodes + 1);
    r->offered = g_new0(uint64_t, s->n_options + 1);
    r->picked = g_new0(uint64_t, s->n_options + 1);
    r->opened = g_new0(uint64_t, s->n_decisions + 1);
    r->waited = g_new0(uint64_t, s->n_decisions + 1);
    r->endings = g_new0(uint64_t, s->n_endings + 1);
    r->edge_counts = g_new0(uint64_t, (gsize)n_edges + 1);
    r->seconds = g_new0(uint64_t, SIMULATE_SECONDS + 1);
    r->min_us = r->max_us = US_NONE;
    return r;
}

void simulate_free(struct simulate_result *r)
{
    if (!r)
        return;
    uint64_t *const arrays[] = {r->nodes,  r->visits,  r->offered,     r->picked, r->opened,
                                r->waited, r->endings, r->edge_counts, r->seconds};
    for (size_t i = 0; i < G_N_ELEMENTS(arrays); i++)
        g_free(arrays[i]);
    if (r->edges)
        g_array_unref(r->edges);
    g_free(r);
}

static void add_counts(uint64_t *to, const uint64_t *from, int32_t n)
{
    for (int32_t i = 0; i < n; i++)
        to[i] += from[i];
}

static void merge_results(const struct story *s, struct simulate_result *to, const struct simulate_result *from,
                          guint n_edges)
{
    add_counts(to->nodes, from->nodes, s->n_nodes);
    add_counts(to->visits, from->visits, s->n_nodes);
    add_counts(to->offered, from->offered, s->n_options);
    add_counts(to->picked, from->picked, s->n_options);
    add_counts(to->opened, from->opened, s->n_decisions);
    add_counts(to->waited, from->waited, s->n_decisions);
    add_counts(to->endings, from->endings, s->n_endings);
    add_counts(to->edge_counts, from->edge_counts, (int32_t)n_edges);
    add_counts(to->seconds, from->seconds, SIMULATE_SECONDS + 1);
    to->runs += from->runs;
    to->decisions += from->decisions;
    to->from_cache += from->from_cache;
    to->no_ending += from->no_ending;
    to->stuck += from->stuck;
    to->endless += from->endless;
    to->finished += from->finished;
    to->max_us = MAX(to->max_us, from->max_us);
    if (from->min_us != US_NONE)
        to->min_us = to->min_us == US_NONE ? from->min_us : MIN(to->min_us, from->min_us);
}

static void report_progress(struct simulation *p)
{
    const struct simulate_options *o = p->o;
    while (o->progress && atomic_load(&p->done) < o->runs && !atomic_load(&p->stop)) {
        g_usleep(PROGRESS_US);
        if (!o->progress(o->user, atomic_load(&p->done), o->runs))
            atomic_store(&p->stop, true);
    }
}

static void simulate_worker_begin(struct simulate_worker *w, struct simulation *p, guint n_edges)
{
    const struct story *s = p->viewers.s;
    w->plan = p;
    w->viewer = (struct viewer){.plan = &p->viewers,
                                .r = result_new(s, n_edges),
                                .state = g_new0(int32_t, play_state_slots(s)),
                                .met = g_new0(uint64_t, s->n_nodes + 1)};
    if (p->o->cache_bytes >= 0)
        w->trails =
            path_cache_new(&p->viewers, p->o->cache_bytes > 0 ? (size_t)p->o->cache_bytes : PATH_CACHE_BYTES_MAX);
}

static void simulate_worker_end(struct simulate_worker *w, struct simulate_result *r, guint n_edges)
{
    if (w->trails)
        path_cache_add_counts(w->trails, w->viewer.r);
    merge_results(w->viewer.plan->s, r, w->viewer.r, n_edges);
    path_cache_free(w->trails);
    simulate_free(w->viewer.r);
    g_free(w->viewer.state);
    g_free(w->viewer.met);
}

static void run_threads(struct simulation *p, struct simulate_result *r, guint n_edges)
{
    const int n = p->o->threads > 0 ? p->o->threads : (int)g_get_num_processors();
    struct simulate_worker *workers = g_new0(struct simulate_worker, n);
    GThread **threads = g_new0(GThread *, n);
    for (int i = 0; i < n; i++) {
        simulate_worker_begin(&workers[i], p, n_edges);
        threads[i] = g_thread_new("simulate", simulate_thread, &workers[i]);
    }
    report_progress(p);
    for (int i = 0; i < n; i++) {
        g_thread_join(threads[i]);
        simulate_worker_end(&workers[i], r, n_edges);
    }
    g_free(threads);
    g_free(workers);
}

/* Nobody goes back here, so the moments that only a viewer could go back to need not be kept: that is half the time. */
static struct story_decision *without_checkpoints(const struct story *s)
{
    struct story_decision *out = g_new(struct story_decision, s->n_decisions + 1);
    for (int32_t i = 0; i < s->n_decisions; i++) {
        out[i] = s->decisions[i];
        out[i].checkpoint = false;
    }
    return out;
}

struct simulate_result *simulate_run(const struct story *s, const struct simulate_options *o)
{
    struct story_decision *decisions = without_checkpoints(s);
    struct story lean = *s;
    lean.decisions = decisions;
    lean.n_asserts = 0; /* nobody asks them here */
    GArray *edges = node_edges_of(s);
    int32_t *index = node_edges_index(s, edges);
    int64_t *length_us = g_new0(int64_t, s->n_nodes + 1);
    struct simulate_result *r = result_new(s, edges->len);
    struct simulation p = {.viewers = {.s = &lean,
                                       .model = o->model ? o->model : models,
                                       .seed = o->seed,
                                       .edges = (const struct node_edge *)(const void *)edges->data,
                                       .index = index,
                                       .length_us = length_us},
                           .o = o};
    for (int32_t i = 0; i < s->n_nodes; i++)
        length_us[i] = schedule_planned_length(s, i);
    run_threads(&p, r, edges->len);
    r->stopped = r->runs < o->runs;
    r->edges = edges;
    g_free(length_us);
    g_free(index);
    g_free(decisions);
    return r;
}

int64_t simulate_length_us(const struct simulate_result *r, int32_t percent)
{
    uint64_t seen = 0;
    if (r->finished == 0)
        return US_NONE;
    if (percent <= 0)
        return r->min_us;
    for (int64_t i = 0; i <= SIMULATE_SECONDS; i++) {
        seen += r->seconds[i];
        if (seen * 100 >= r->finished * (uint64_t)percent)
            return CLAMP(i * US_PER_SECOND + US_PER_SECOND / 2, r->min_us, r->max_us);
    }
    return r->max_us;
}

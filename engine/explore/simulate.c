#include "explore/simulate.h"

#include "base/units.h"
#include "explore/trails.h"
#include "explore/viewer.h"
#include "play/sched.h"

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
struct plan {
    struct viewer_plan viewers;
    const struct simulate_options *o;
    atomic_uint_fast64_t next, done;
    atomic_bool stop;
};

struct worker {
    struct plan *plan;
    struct viewer viewer;
    struct trails *trails; /* or NULL */
};

/* ---- all threads ------------------------------------------------------------------------------------------------ */

static void view(struct worker *w, uint64_t run)
{
    struct viewer *v = &w->viewer;
    const uint64_t seed = viewer_begin(v, run);
    if (w->trails) {
        trails_walk(w->trails, v, seed);
        return;
    }
    viewer_start(v, seed);
    viewer_go_on(v);
}

static void *work(void *data)
{
    struct worker *w = data;
    struct plan *p = w->plan;
    for (;;) {
        const uint64_t first = atomic_fetch_add(&p->next, BLOCK);
        const uint64_t end = MIN(first + BLOCK, p->o->runs);
        if (first >= p->o->runs)
            break;
        for (uint64_t run = first; run < end; run++) {
            if (atomic_load_explicit(&p->stop, memory_order_relaxed))
                return NULL;
            view(w, run);
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
    r->ways = g_new0(uint64_t, (gsize)n_edges + 1);
    r->seconds = g_new0(uint64_t, SIMULATE_SECONDS + 1);
    r->min_us = r->max_us = US_NONE;
    return r;
}

void simulate_free(struct simulate_result *r)
{
    if (!r)
        return;
    uint64_t *const arrays[] = {r->nodes,  r->visits,  r->offered, r->picked, r->opened,
                                r->waited, r->endings, r->ways,    r->seconds};
    for (size_t i = 0; i < G_N_ELEMENTS(arrays); i++)
        g_free(arrays[i]);
    if (r->edges)
        g_array_unref(r->edges);
    g_free(r);
}

static void add(uint64_t *to, const uint64_t *from, int32_t n)
{
    for (int32_t i = 0; i < n; i++)
        to[i] += from[i];
}

static void merge(const struct story *s, struct simulate_result *to, const struct simulate_result *from, guint n_edges)
{
    add(to->nodes, from->nodes, s->n_nodes);
    add(to->visits, from->visits, s->n_nodes);
    add(to->offered, from->offered, s->n_options);
    add(to->picked, from->picked, s->n_options);
    add(to->opened, from->opened, s->n_decisions);
    add(to->waited, from->waited, s->n_decisions);
    add(to->endings, from->endings, s->n_endings);
    add(to->ways, from->ways, (int32_t)n_edges);
    add(to->seconds, from->seconds, SIMULATE_SECONDS + 1);
    to->runs += from->runs;
    to->decisions += from->decisions;
    to->on_trails += from->on_trails;
    to->no_ending += from->no_ending;
    to->stuck += from->stuck;
    to->endless += from->endless;
    to->finished += from->finished;
    to->max_us = MAX(to->max_us, from->max_us);
    if (from->min_us != US_NONE)
        to->min_us = to->min_us == US_NONE ? from->min_us : MIN(to->min_us, from->min_us);
}

static void watch(struct plan *p)
{
    const struct simulate_options *o = p->o;
    while (o->progress && atomic_load(&p->done) < o->runs && !atomic_load(&p->stop)) {
        g_usleep(PROGRESS_US);
        if (!o->progress(o->user, atomic_load(&p->done), o->runs))
            atomic_store(&p->stop, true);
    }
}

static void worker_begin(struct worker *w, struct plan *p, guint n_edges)
{
    const struct story *s = p->viewers.s;
    w->plan = p;
    w->viewer = (struct viewer){.plan = &p->viewers,
                                .r = result_new(s, n_edges),
                                .state = g_new0(int32_t, play_state_slots(s)),
                                .met = g_new0(uint64_t, s->n_nodes + 1)};
    if (p->o->trails_bytes >= 0)
        w->trails = trails_new(&p->viewers, p->o->trails_bytes > 0 ? (size_t)p->o->trails_bytes : TRAILS_BYTES_MAX);
}

static void worker_end(struct worker *w, struct simulate_result *r, guint n_edges)
{
    if (w->trails)
        trails_count(w->trails, w->viewer.r);
    merge(w->viewer.plan->s, r, w->viewer.r, n_edges);
    trails_free(w->trails);
    simulate_free(w->viewer.r);
    g_free(w->viewer.state);
    g_free(w->viewer.met);
}

static void run_threads(struct plan *p, struct simulate_result *r, guint n_edges)
{
    const int n = p->o->threads > 0 ? p->o->threads : (int)g_get_num_processors();
    struct worker *workers = g_new0(struct worker, n);
    GThread **threads = g_new0(GThread *, n);
    for (int i = 0; i < n; i++) {
        worker_begin(&workers[i], p, n_edges);
        threads[i] = g_thread_new("simulate", work, &workers[i]);
    }
    watch(p);
    for (int i = 0; i < n; i++) {
        g_thread_join(threads[i]);
        worker_end(&workers[i], r, n_edges);
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
    GArray *edges = edges_of(s);
    int32_t *index = edges_index(s, edges);
    int64_t *length_us = g_new0(int64_t, s->n_nodes + 1);
    struct simulate_result *r = result_new(s, edges->len);
    struct plan p = {.viewers = {.s = &lean,
                                 .model = o->model ? o->model : models,
                                 .seed = o->seed,
                                 .edges = (const struct edge *)(const void *)edges->data,
                                 .index = index,
                                 .length_us = length_us},
                     .o = o};
    for (int32_t i = 0; i < s->n_nodes; i++)
        length_us[i] = sched_planned_length(s, i);
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

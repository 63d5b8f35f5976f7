#include "explore/simulate.h"

#include "explore/lean_story.h"
#include "explore/path_cache.h"
#include "explore/viewer.h"
#include "play/schedule.h"

#include <assert.h>
#include <stdatomic.h>

/* Viewings that a thread claims at a time: few enough to share them evenly, many enough that claiming costs nothing. */
#define CLAIM_RUNS  256
#define PROGRESS_US (G_USEC_PER_SEC / 10)

/* What all threads share. They only read it, but for the atomics. */
struct simulation {
    struct viewer_setup setup;
    const struct simulate_options *o;
    atomic_uint_fast64_t next, done;
    atomic_bool stop;
};

struct simulate_worker {
    struct simulation *sim;
    struct viewer viewer;
    struct path_cache *cache; /* NULL: every step by play_step() */
};

/* ---- all threads ------------------------------------------------------------------------------------------------ */

static void simulate_viewing(struct simulate_worker *w, uint64_t run)
{
    struct viewer *v = &w->viewer;
    const uint64_t seed = viewer_begin(v, run);
    if (w->cache) {
        path_cache_run(w->cache, v, seed);
        return;
    }
    viewer_start(v, seed);
    viewer_continue(v);
}

static void *simulate_thread(void *data)
{
    struct simulate_worker *w = data;
    struct simulation *sim = w->sim;
    for (;;) {
        const uint64_t first = atomic_fetch_add(&sim->next, CLAIM_RUNS);
        const uint64_t end = MIN(first + CLAIM_RUNS, sim->o->runs);
        if (first >= sim->o->runs)
            break;
        for (uint64_t run = first; run < end; run++) {
            if (atomic_load_explicit(&sim->stop, memory_order_relaxed))
                return NULL;
            simulate_viewing(w, run);
        }
        atomic_fetch_add(&sim->done, end - first);
    }
    return NULL;
}

static void report_progress(struct simulation *sim)
{
    const struct simulate_options *o = sim->o;
    while (o->progress && atomic_load(&sim->done) < o->runs && !atomic_load(&sim->stop)) {
        g_usleep(PROGRESS_US);
        if (!o->progress(o->user, atomic_load(&sim->done), o->runs))
            atomic_store(&sim->stop, true);
    }
}

static void simulate_worker_begin(struct simulate_worker *w, struct simulation *sim, guint n_edges)
{
    const struct story *s = sim->setup.s;
    w->sim = sim;
    w->viewer = (struct viewer){.setup = &sim->setup,
                                .r = simulate_result_new(s, n_edges),
                                .state = g_new0(int32_t, play_state_slots(s)),
                                .met = g_new0(uint64_t, s->n_nodes + 1)};
    if (sim->o->cache_bytes >= 0)
        w->cache =
            path_cache_new(&sim->setup, sim->o->cache_bytes > 0 ? (size_t)sim->o->cache_bytes : PATH_CACHE_BYTES_MAX);
}

static void simulate_worker_end(struct simulate_worker *w, struct simulate_result *r)
{
    if (w->cache)
        path_cache_add_counts(w->cache, w->viewer.r);
    simulate_result_add(w->sim->setup.s, r, w->viewer.r);
    path_cache_free(w->cache);
    simulate_result_free(w->viewer.r);
    g_free(w->viewer.state);
    g_free(w->viewer.met);
}

static void run_threads(struct simulation *sim, struct simulate_result *r)
{
    const int n = sim->o->threads > 0 ? sim->o->threads : (int)g_get_num_processors();
    struct simulate_worker *workers = g_new0(struct simulate_worker, n);
    GThread **threads = g_new0(GThread *, n);
    for (int i = 0; i < n; i++) {
        simulate_worker_begin(&workers[i], sim, r->n_edges);
        threads[i] = i == 0 ? g_thread_new("simulate", simulate_thread, &workers[i])
                            : g_thread_try_new("simulate", simulate_thread, &workers[i], NULL);
    }
    report_progress(sim);
    for (int i = 0; i < n; i++) {
        if (threads[i]) /* where the system gives no more, the others did its part */
            g_thread_join(threads[i]);
        simulate_worker_end(&workers[i], r);
    }
    g_free(threads);
    g_free(workers);
}

struct simulate_result *simulate_run(const struct story *s, const struct simulate_options *o)
{
    struct story *lean = lean_story_new(s);
    lean->n_asserts = 0; /* simulated viewers do not look at them */
    GArray *edges = node_edges_of(s);
    int32_t *index = node_edges_index(s, edges);
    int64_t *length_us = g_new0(int64_t, s->n_nodes + 1);
    struct simulate_result *r = simulate_result_new(s, edges->len);
    struct simulation sim = {.setup = {.s = lean,
                                       .model = o->model ? o->model : simulate_models(),
                                       .seed = o->seed,
                                       .edges = (const struct node_edge *)(const void *)edges->data,
                                       .index = index,
                                       .length_us = length_us},
                             .o = o};
    for (int32_t i = 0; i < s->n_nodes; i++)
        length_us[i] = schedule_planned_length(s, i);
    run_threads(&sim, r);
    assert(simulate_result_check(s, r) && r->runs <= o->runs);
    r->stopped = r->runs < o->runs;
    r->edges = edges;
    g_free(length_us);
    g_free(index);
    lean_story_free(lean);
    return r;
}

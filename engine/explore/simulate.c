#include "explore/simulate.h"

#include "base/units.h"
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

/* ---- chance: splitmix64, one generator for each viewing, so that it does not matter who plays it ---------------- */

static uint64_t draw(uint64_t *rng)
{
    uint64_t z = *rng += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* 0 .. n-1; the bias of 2^-32 is below anything that is counted here. */
static uint32_t draw_below(uint64_t *rng, uint32_t n)
{
    return (uint32_t)((draw(rng) >> 32) * n >> 32);
}

/* ---- one thread's share ----------------------------------------------------------------------------------------- */

/* What all threads read. */
struct plan {
    const struct story *s;
    const struct simulate_options *o;
    const struct simulate_model *model;
    const struct edge *edges;
    const int32_t *index; /* edges_index() */
    int64_t *length_us;   /* of each node, as planned */
    atomic_uint_fast64_t next, done;
    atomic_bool stop;
};

struct viewer {
    struct plan *plan;
    struct simulate_result *r;
    int32_t *state;
    uint64_t *met; /* node: the last viewing (+ 1) that entered it */
    uint64_t run, rng;
    int32_t node; /* entered last; -1 */
    int32_t entered;
    int64_t at_us;
};

static void count_way(struct viewer *v, int32_t from, int32_t to)
{
    const struct plan *p = v->plan;
    for (int32_t i = p->index[from]; i < p->index[from + 1]; i++)
        if (p->edges[i].to == to) {
            v->r->ways[i]++;
            return;
        }
}

static void enter(struct viewer *v, int32_t node)
{
    if (v->node >= 0)
        count_way(v, v->node, node);
    v->node = node;
    v->entered++;
    v->r->visits[node]++;
    if (v->met[node] != v->run + 1) {
        v->met[node] = v->run + 1;
        v->r->nodes[node]++;
    }
}

static void on_effect(void *user, const struct play_effect *fx)
{
    struct viewer *v = user;
    if (fx->kind == PLAY_DID_ENTER)
        enter(v, fx->a);
    else if (fx->kind == PLAY_DID_REWIND)
        enter(v, fx->b);
}

static uint64_t offered(const int32_t *state)
{
    return (uint64_t)(uint32_t)state[PLAY_MASK_HI] << 32 | (uint32_t)state[PLAY_MASK_LO];
}

/* The option that this viewer takes, or -1. */
static int32_t choose(struct viewer *v, uint64_t mask)
{
    const struct simulate_model *m = v->plan->model;
    if (mask == 0 || (m->waits_percent > 0 && (int32_t)draw_below(&v->rng, 100) < m->waits_percent))
        return -1;
    if (!m->first)
        for (uint32_t skip = draw_below(&v->rng, (uint32_t)__builtin_popcountll(mask)); skip > 0; skip--)
            mask &= mask - 1;
    return __builtin_ctzll(mask);
}

static void count_choice(struct viewer *v, const struct story_decision *d, int32_t decision, uint64_t mask,
                         int32_t option)
{
    struct simulate_result *r = v->r;
    r->decisions++;
    r->opened[decision]++;
    for (; mask; mask &= mask - 1)
        r->offered[d->options.first + __builtin_ctzll(mask)]++;
    if (option >= 0)
        r->picked[d->options.first + option]++;
    else
        r->waited[decision]++;
}

static bool step(struct viewer *v, enum play_input_kind kind, int32_t option)
{
    const struct play_input in = {.kind = kind, .option = option};
    return play_step(v->plan->s, v->state, &in, NULL, NULL);
}

static const struct story_event *next_event(const struct viewer *v)
{
    const struct story *s = v->plan->s;
    const struct story_span events = s->nodes[v->state[PLAY_NODE]].events;
    const int32_t cursor = v->state[PLAY_CURSOR];
    return cursor < events.n ? &s->events[events.first + cursor] : NULL;
}

/* From right after a decision opened until it is behind us. */
static void decide(struct viewer *v)
{
    const int32_t decision = v->state[PLAY_OPEN];
    const struct story_decision *d = &v->plan->s->decisions[decision];
    const uint64_t mask = offered(v->state);
    const int32_t option = choose(v, mask);
    int64_t at_us = d->closes_us;
    count_choice(v, d, decision, mask, option);
    if (option >= 0 && d->cut == STORY_CUT_NOW)
        at_us = v->plan->model->at_once
                    ? d->opens_us
                    : d->opens_us + (int64_t)(draw(&v->rng) % (uint64_t)(d->closes_us - d->opens_us));
    for (const struct story_event *e; (e = next_event(v)) && e->kind != STORY_CLOSE && e->at_us <= at_us;)
        step(v, PLAY_ADVANCE, -1);
    if (option >= 0)
        step(v, PLAY_PICK, option);
    if (v->state[PLAY_CUT])
        v->at_us += at_us;
    else if (v->state[PLAY_OPEN] == decision)
        step(v, PLAY_ADVANCE, -1);
}

/* One node: its timetable, and the way out. */
static void pass_node(struct viewer *v)
{
    const struct play_input leave = {.kind = PLAY_LEAVE};
    const int32_t node = v->state[PLAY_NODE];
    while (!v->state[PLAY_CUT] && next_event(v)) {
        step(v, PLAY_ADVANCE, -1);
        if (v->state[PLAY_OPEN] >= 0)
            decide(v);
    }
    if (!v->state[PLAY_CUT])
        v->at_us += v->plan->length_us[node];
    play_step(v->plan->s, v->state, &leave, on_effect, v);
}

static void count_end(struct viewer *v)
{
    struct simulate_result *r = v->r;
    if (v->state[PLAY_PHASE] == PLAY_RUNNING) {
        r->endless++;
        return;
    }
    if (v->state[PLAY_PHASE] == PLAY_STUCK) {
        r->stuck++;
        return;
    }
    if (v->state[PLAY_ENDING] >= 0)
        r->endings[v->state[PLAY_ENDING]]++;
    else
        r->no_ending++;
    r->finished++;
    r->min_us = r->min_us == US_NONE ? v->at_us : MIN(r->min_us, v->at_us);
    r->max_us = MAX(r->max_us, v->at_us);
    r->seconds[MIN(v->at_us / US_PER_SECOND, SIMULATE_SECONDS)]++;
}

static void view(struct viewer *v)
{
    uint64_t seed = v->plan->o->seed;
    v->rng = draw(&seed) ^ (v->run + 1) * UINT64_C(0xd1342543de82ef95);
    const struct play_input start = {.kind = PLAY_START, .seed = draw(&v->rng)};
    v->node = -1;
    v->entered = 0;
    v->at_us = 0;
    play_init(v->plan->s, v->state);
    play_step(v->plan->s, v->state, &start, on_effect, v);
    while (v->state[PLAY_PHASE] == PLAY_RUNNING && v->entered < SIMULATE_NODES_MAX)
        pass_node(v);
    v->r->runs++;
    count_end(v);
}

/* ---- all threads ------------------------------------------------------------------------------------------------ */

static void *work(void *data)
{
    struct viewer *v = data;
    struct plan *p = v->plan;
    for (;;) {
        const uint64_t first = atomic_fetch_add(&p->next, BLOCK);
        const uint64_t end = MIN(first + BLOCK, p->o->runs);
        if (first >= p->o->runs)
            break;
        for (v->run = first; v->run < end; v->run++) {
            if (atomic_load_explicit(&p->stop, memory_order_relaxed))
                return NULL;
            view(v);
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

static void run_threads(struct plan *p, struct simulate_result *r, guint n_edges)
{
    const struct story *s = p->s;
    const int n = p->o->threads > 0 ? p->o->threads : (int)g_get_num_processors();
    struct viewer *viewers = g_new0(struct viewer, n);
    GThread **threads = g_new0(GThread *, n);
    for (int i = 0; i < n; i++) {
        viewers[i].plan = p;
        viewers[i].r = result_new(s, n_edges);
        viewers[i].state = g_new0(int32_t, play_state_slots(s));
        viewers[i].met = g_new0(uint64_t, s->n_nodes + 1);
        threads[i] = g_thread_new("simulate", work, &viewers[i]);
    }
    watch(p);
    for (int i = 0; i < n; i++) {
        g_thread_join(threads[i]);
        merge(s, r, viewers[i].r, n_edges);
        simulate_free(viewers[i].r);
        g_free(viewers[i].state);
        g_free(viewers[i].met);
    }
    g_free(threads);
    g_free(viewers);
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
    GArray *edges = edges_of(s);
    int32_t *index = edges_index(s, edges);
    int64_t *length_us = g_new0(int64_t, s->n_nodes + 1);
    struct simulate_result *r = result_new(s, edges->len);
    struct plan p = {.s = &lean,
                     .o = o,
                     .model = o->model ? o->model : models,
                     .edges = (const struct edge *)(const void *)edges->data,
                     .index = index,
                     .length_us = length_us};
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

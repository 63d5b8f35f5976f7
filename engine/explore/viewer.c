#include "explore/viewer.h"

#include "base/units.h"
#include "play/menu.h"

#include <assert.h>
#include <glib.h>

void viewer_count_edge(const struct viewer_setup *setup, struct simulate_result *r, int32_t from, int32_t to,
                       uint64_t times)
{
    for (int32_t i = setup->index[from]; i < setup->index[from + 1]; i++)
        if (setup->edges[i].to == to) {
            r->edge_counts[i] += times;
            return;
        }
}

bool viewer_check(const struct viewer *v)
{
    assert(v->node >= -1 && v->node < v->setup->s->n_nodes);
    assert(v->entered >= 0 && v->at_us >= 0);
    return true;
}

static void count_entered(struct viewer *v, int32_t node)
{
    assert(node >= 0 && node < v->setup->s->n_nodes);
    if (v->node >= 0)
        viewer_count_edge(v->setup, v->r, v->node, node, 1);
    v->node = node;
    v->entered++;
    v->r->visits[node]++;
    if (v->met[node] != v->run + 1) {
        v->met[node] = v->run + 1;
        v->r->nodes[node]++;
    }
}

static void watch_entered(void *user, const struct play_effect *fx)
{
    struct viewer *v = user;
    if (fx->kind == PLAY_DID_ENTER)
        count_entered(v, fx->enter.node);
    else if (fx->kind == PLAY_DID_REWIND)
        count_entered(v, fx->rewind.node);
}

void viewer_count_choice(const struct viewer_setup *setup, struct simulate_result *r, int32_t decision, uint64_t mask,
                         int32_t option, uint64_t times)
{
    const int32_t first = setup->s->decisions[decision].options.first;
    r->decisions += times;
    r->opened[decision] += times;
    for (; mask; mask &= mask - 1)
        r->offered[first + __builtin_ctzll(mask)] += times;
    if (option >= 0)
        r->picked[first + option] += times;
    else
        r->waited[decision] += times;
}

/* Only LEAVE and START enter nodes. */
static void step_film(struct viewer *v, enum play_input_kind kind, int32_t option)
{
    const struct play_input in = {.kind = kind, .option = option};
    if (v->step) {
        v->step(v->user, &in);
        return;
    }
    const bool taken = play_step(v->setup->s, v->state, &in, kind == PLAY_LEAVE ? watch_entered : NULL, v);
    assert(taken); /* the viewer only does what the state allows */
}

static const struct story_event *next_event(const struct viewer *v)
{
    const struct story *s = v->setup->s;
    const struct story_span events = s->nodes[v->state[PLAY_NODE]].events;
    const int32_t cursor = v->state[PLAY_CURSOR];
    return cursor < events.n ? &s->events[events.first + cursor] : NULL;
}

void viewer_decide(struct viewer *v, int32_t option, int64_t at_us)
{
    const int32_t decision = v->state[PLAY_OPEN];
    assert(decision >= 0);
    const int64_t until_us = at_us == US_NONE ? v->setup->s->decisions[decision].closes_us : at_us;
    for (const struct story_event *e; (e = next_event(v)) && e->kind != STORY_CLOSE && e->at_us <= until_us;)
        step_film(v, PLAY_ADVANCE, -1);
    if (option >= 0)
        step_film(v, PLAY_PICK, option);
    else
        step_film(v, PLAY_ADVANCE, -1);
    if (v->state[PLAY_CUT])
        v->at_us += until_us;
}

static void choose_and_count(struct viewer *v)
{
    const struct viewer_setup *setup = v->setup;
    const int32_t decision = v->state[PLAY_OPEN];
    const uint64_t mask = play_open_options(v->state);
    const struct viewer_choice c =
        viewer_choose(setup->model, &setup->s->decisions[decision], (uint32_t)__builtin_popcountll(mask), &v->rng);
    const int32_t option = menu_option_of_rank(mask, c.rank);
    viewer_count_choice(setup, v->r, decision, mask, option, 1);
    viewer_decide(v, option, c.at_us);
}

bool viewer_advance(struct viewer *v)
{
    while (!v->state[PLAY_CUT] && next_event(v)) {
        step_film(v, PLAY_ADVANCE, -1);
        if (v->state[PLAY_OPEN] >= 0)
            return true;
    }
    if (!v->state[PLAY_CUT])
        v->at_us += v->setup->length_us[v->state[PLAY_NODE]];
    step_film(v, PLAY_LEAVE, -1);
    return false;
}

/* One node: its timetable, and the way out. */
static void watch_node(struct viewer *v)
{
    if (v->state[PLAY_OPEN] >= 0)
        choose_and_count(v);
    while (viewer_advance(v))
        choose_and_count(v);
}

void viewer_count_end(const struct viewer *v, enum play_phase phase, int32_t ending)
{
    struct simulate_result *r = v->r;
    assert(viewer_check(v));
    assert(phase != PLAY_IDLE);
    r->runs++;
    if (phase == PLAY_RUNNING) {
        r->endless++;
        return;
    }
    if (phase == PLAY_STUCK) {
        r->stuck++;
        return;
    }
    if (ending >= 0)
        r->endings[ending]++;
    else
        r->no_ending++;
    r->finished++;
    r->min_us = r->min_us == US_NONE ? v->at_us : MIN(r->min_us, v->at_us);
    r->max_us = MAX(r->max_us, v->at_us);
    r->seconds[MIN(v->at_us / US_PER_SECOND, SIMULATE_SECONDS)]++;
}

uint64_t viewer_begin(struct viewer *v, uint64_t run)
{
    uint64_t seed = v->setup->seed;
    v->run = run;
    v->rng = splitmix64_next(&seed) ^ (run + 1) * UINT64_C(0xd1342543de82ef95);
    v->node = -1;
    v->entered = 0;
    v->at_us = 0;
    return splitmix64_next(&v->rng);
}

void viewer_start(struct viewer *v, uint64_t seed)
{
    const struct play_input start = {.kind = PLAY_START, .seed = seed};
    play_init(v->setup->s, v->state);
    play_step(v->setup->s, v->state, &start, watch_entered, v);
}

void viewer_continue(struct viewer *v)
{
    while (v->state[PLAY_PHASE] == PLAY_RUNNING && v->entered < SIMULATE_NODES_MAX)
        watch_node(v);
    viewer_count_end(v, (enum play_phase)v->state[PLAY_PHASE], v->state[PLAY_ENDING]);
}

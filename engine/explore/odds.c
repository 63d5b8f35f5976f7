#include "explore/odds.h"

#include <glib.h>
#include <math.h>
#include <string.h>

/* Ways that are looked at for one count of viewings. */
#define COUNT_WAYS_MAX UINT64_C(100000000)

struct odds {
    const struct graph *g;
    struct graph_view view;
    const int32_t *over;
    uint32_t start, n;
    uint32_t *order; /* states that are met from the start, each before most that it leads to */
    uint32_t n_order;
    bool circles; /* some ways lead back in the order */
    bool *leaves; /* state: with some chance the film stops from here */
    double *visits, *waiting, *towards;
    uint64_t work; /* ways that were looked at for chances */
    odds_goes_on goes_on;
    void *user;
    bool measured, stopped;
};

/* ---- an order ----------------------------------------------------------------------------------------------------- */

struct frame {
    uint32_t state, next;
};

enum { UNMET, BEFORE, DONE }; /* before: on the way to the state that is looked at */

/* Depth first; a state comes before all that it leads to, but for ways back. */
static void put_in_order(struct odds *o)
{
    GArray *stack = g_array_new(FALSE, FALSE, sizeof(struct frame));
    uint8_t *met = g_new0(uint8_t, (gsize)o->n + 1);
    struct frame first = {o->start, 0};
    g_array_append_val(stack, first);
    met[o->start] = BEFORE;
    while (stack->len > 0) {
        struct frame *top = &g_array_index(stack, struct frame, stack->len - 1);
        if (top->next == graph_view_n(&o->view, top->state)) {
            o->order[o->n - ++o->n_order] = top->state;
            met[top->state] = DONE;
            g_array_set_size(stack, stack->len - 1);
            continue;
        }
        const struct graph_step step = graph_view_step(&o->view, top->state, top->next++);
        o->circles |= !step.kind->back && met[step.to] == BEFORE;
        if (step.kind->back || met[step.to] != UNMET)
            continue;
        met[step.to] = BEFORE;
        const struct frame frame = {step.to, 0};
        g_array_append_val(stack, frame);
    }
    memmove(o->order, o->order + (o->n - o->n_order), o->n_order * sizeof *o->order);
    g_free(met);
    g_array_unref(stack);
}

static double chance_in(const struct odds *o, const struct graph_step *step)
{
    return o->measured ? step->kind->measured : step->kind->chance;
}

static bool may_leave(const struct odds *o, uint32_t state)
{
    if (o->over[state] != ODDS_ON)
        return true;
    for (uint32_t i = 0; i < graph_view_n(&o->view, state); i++) {
        const struct graph_step step = graph_view_step(&o->view, state, i);
        if (chance_in(o, &step) > 0 && o->leaves[step.to])
            return true;
    }
    return false;
}

static void find_leaves(struct odds *o)
{
    bool changed = true;
    while (changed) {
        changed = false;
        for (uint32_t i = o->n_order; i-- > 0;) {
            const uint32_t state = o->order[i];
            if (!o->leaves[state] && may_leave(o, state))
                o->leaves[state] = changed = true;
        }
    }
}

struct odds *odds_new(const struct graph *g, uint32_t start, const int32_t *over, bool measured)
{
    struct odds *o = g_new0(struct odds, 1);
    o->g = g;
    o->view = graph_view(g);
    o->over = over;
    o->measured = measured;
    o->start = start;
    o->n = graph_states(g);
    o->order = g_new(uint32_t, (gsize)o->n + 1);
    o->leaves = g_new0(bool, (gsize)o->n + 1);
    o->visits = g_new0(double, (gsize)o->n + 1);
    o->waiting = g_new0(double, (gsize)o->n + 1);
    o->towards = g_new0(double, (gsize)o->n + 1);
    put_in_order(o);
    find_leaves(o);
    return o;
}

void odds_free(struct odds *o)
{
    if (!o)
        return;
    g_free(o->towards);
    g_free(o->waiting);
    g_free(o->visits);
    g_free(o->leaves);
    g_free(o->order);
    g_free(o);
}

bool odds_whole(const struct odds *o)
{
    for (uint32_t i = 0; i < o->n_order; i++)
        for (uint32_t k = 0; k < graph_view_n(&o->view, o->order[i]); k++)
            if (graph_view_step(&o->view, o->order[i], k).kind->merged)
                return false;
    return true;
}

void odds_ask(struct odds *o, odds_goes_on goes_on, void *user)
{
    o->goes_on = goes_on;
    o->user = user;
}

bool odds_gave_up(const struct odds *o)
{
    return o->stopped || o->work > ODDS_WORK_MAX;
}

static bool may_go_on(struct odds *o)
{
    o->stopped = o->stopped || (o->goes_on && !o->goes_on(o->user));
    return !odds_gave_up(o);
}

/* ---- chances ------------------------------------------------------------------------------------------------------ */

/* Viewers who wait at a state go on; those who come to a state later in the order go on in the same round. */
static double go_on(struct odds *o)
{
    double moved = 0;
    o->work += graph_ways(o->g) + o->n;
    for (uint32_t i = 0; i < o->n_order; i++) {
        const uint32_t state = o->order[i];
        const double here = o->waiting[state];
        if (here <= 0)
            continue;
        o->waiting[state] = 0;
        o->visits[state] += o->leaves[state] ? here : 0;
        if (o->over[state] != ODDS_ON || !o->leaves[state])
            continue;
        moved += here;
        for (uint32_t k = 0; k < graph_view_n(&o->view, state); k++) {
            const struct graph_step step = graph_view_step(&o->view, state, k);
            if (!step.kind->back)
                o->waiting[step.to] += here * chance_in(o, &step);
        }
    }
    return moved;
}

const double *odds_visits(struct odds *o)
{
    memset(o->visits, 0, o->n * sizeof *o->visits);
    memset(o->waiting, 0, o->n * sizeof *o->waiting);
    o->waiting[o->start] = 1;
    for (int32_t round = 0; round < ODDS_ROUNDS && may_go_on(o) && go_on(o) > ODDS_GOOD; round++) {
    }
    return o->visits;
}

static double chance_of(const struct odds *o, uint32_t state)
{
    double chance = 0;
    for (uint32_t k = 0; k < graph_view_n(&o->view, state); k++) {
        const struct graph_step step = graph_view_step(&o->view, state, k);
        if (!step.kind->back)
            chance += chance_in(o, &step) * o->towards[step.to];
    }
    return chance;
}

const double *odds_towards(struct odds *o, int32_t ending)
{
    double change = 1;
    for (uint32_t i = 0; i < o->n; i++)
        o->towards[i] = o->over[i] != ODDS_ON && (o->over[i] == ending || ending == ODDS_ON) ? 1 : 0;
    for (int32_t round = 0; round < ODDS_ROUNDS && change > ODDS_GOOD && may_go_on(o); round++) {
        change = 0;
        o->work += graph_ways(o->g) + o->n;
        for (uint32_t i = o->n_order; i-- > 0;) {
            const uint32_t state = o->order[i];
            if (o->over[state] != ODDS_ON || !o->leaves[state])
                continue;
            const double now = chance_of(o, state);
            change = fmax(change, fabs(now - o->towards[state]));
            o->towards[state] = now;
        }
        if (!o->circles)
            break; /* the next round would find the same */
    }
    return o->towards;
}

/* ---- viewings ----------------------------------------------------------------------------------------------------- */

/* From which states can the film stop at all, by whatever way? Those that go on for ever are not counted. */
static bool *stops(const struct odds *o)
{
    bool *goal = g_new0(bool, (gsize)o->n + 1), *reaches = g_new0(bool, (gsize)o->n + 1);
    for (uint32_t i = 0; i < o->n; i++)
        goal[i] = o->over[i] != ODDS_ON;
    graph_reaching(o->g, o->n, goal, reaches);
    g_free(goal);
    return reaches;
}

/* Viewings by the state that they have come to, and after one more step; most are in a small part of the order. */
struct march {
    bool *reaches;   /* state: stops() */
    uint32_t *place; /* state: in the order */
    double *now, *next;
    uint32_t first, end; /* places of those that are not 0 now */
    bool anybody;        /* who goes on */
    uint64_t ways;
};

static struct march march_new(const struct odds *o)
{
    struct march m = {.reaches = stops(o), .anybody = true};
    m.place = g_new0(uint32_t, (gsize)o->n + 1);
    m.now = g_new0(double, (gsize)o->n + 1);
    m.next = g_new0(double, (gsize)o->n + 1);
    for (uint32_t i = 0; i < o->n_order; i++)
        m.place[o->order[i]] = i;
    m.now[o->start] = m.reaches[o->start] ? 1 : 0;
    m.first = m.place[o->start];
    m.end = m.first + 1;
    return m;
}

static void march_free(const struct march *m)
{
    g_free(m->next);
    g_free(m->now);
    g_free(m->place);
    g_free(m->reaches);
}

/* Does a circle lie on the way of viewings that stop? Some of them then go round it for ever so long. */
static bool goes_round(const struct odds *o, const struct march *m)
{
    for (uint32_t i = 0; o->circles && i < o->n_order; i++) {
        const uint32_t state = o->order[i];
        for (uint32_t k = 0; k < graph_view_n(&o->view, state); k++) {
            const struct graph_step step = graph_view_step(&o->view, state, k);
            if (!step.kind->back && m->reaches[step.to] && m->place[step.to] <= i)
                return true;
        }
    }
    return false;
}

/* Those at one state; how many of them stop by the step. */
static double step_from(const struct odds *o, struct march *m, uint32_t state, uint32_t *first, uint32_t *end)
{
    const double here = m->now[state];
    const uint32_t n_steps = graph_view_n(&o->view, state);
    double n = 0;
    m->ways += n_steps;
    for (uint32_t k = 0; k < n_steps; k++) {
        const struct graph_step step = graph_view_step(&o->view, state, k);
        if (step.kind->back || !m->reaches[step.to])
            continue;
        const bool on = o->over[step.to] == ODDS_ON;
        m->next[step.to] += here;
        m->anybody |= on;
        n += on ? 0 : here;
        *first = MIN(*first, m->place[step.to]);
        *end = MAX(*end, m->place[step.to] + 1);
    }
    return n;
}

/* All viewings take one more step; how many stop by it. */
static double count_step(const struct odds *o, struct march *m)
{
    double n = 0;
    uint32_t first = o->n_order, end = 0;
    m->anybody = false;
    for (uint32_t i = m->first; i < m->end; i++) {
        const uint32_t state = o->order[i];
        if (m->now[state] > 0 && o->over[state] == ODDS_ON)
            n += step_from(o, m, state, &first, &end);
        m->now[state] = 0;
    }
    double *swap = m->now;
    m->now = m->next;
    m->next = swap;
    m->first = first;
    m->end = end;
    m->ways += o->n;
    return n;
}

struct odds_viewings odds_viewings(struct odds *o)
{
    struct odds_viewings v = {0};
    struct march m = march_new(o);
    const int32_t steps = goes_round(o, &m) ? ODDS_SHORT : ODDS_STEPS;
    double few = 0;
    v.n = o->over[o->start] != ODDS_ON ? 1 : 0;
    for (int32_t i = 0; i < steps && !v.all && !v.cut && may_go_on(o); i++) {
        v.n += count_step(o, &m);
        v.all = !m.anybody;
        v.cut = !v.all && m.ways > COUNT_WAYS_MAX;
        if (i < ODDS_SHORT)
            few = v.n;
    }
    v.n = v.all ? v.n : few;
    march_free(&m);
    return v;
}

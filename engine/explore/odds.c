#include "explore/odds.h"

#include <assert.h>
#include <glib.h>
#include <math.h>
#include <string.h>

/* Transitions that one count of viewings follows. */
#define COUNT_TRANSITIONS_MAX UINT64_C(100000000)

/* Chances may exceed 1 by this much because of rounding. */
#define CHANCE_TOLERANCE 1e-6

struct odds {
    const struct state_graph *g;
    struct state_graph_view view;
    const int32_t *over;
    uint32_t start, n;
    uint32_t *order; /* the states that are met from the start, each before those that it leads to, but for cycles */
    uint32_t n_order;
    bool cycles;                         /* some transitions lead back in the order */
    bool *may_stop;                      /* state: from here the film stops with some chance */
    double *visits, *waiting, *reaching; /* of each state */
    uint64_t work;                       /* transitions followed for chances so far */
    odds_progress progress;
    void *user;
    bool measured, stopped;
};

/* ---- an order ----------------------------------------------------------------------------------------------------- */

struct order_frame {
    uint32_t state, next; /* transition of the state */
};

enum { UNMET, BEFORE, DONE }; /* BEFORE: on the path to the state that is looked at */

/* Depth first, filling the order from its end. A transition to a state that is still BEFORE closes a cycle. */
static void order_states(struct odds *o)
{
    GArray *stack = g_array_new(FALSE, FALSE, sizeof(struct order_frame));
    uint8_t *met = g_new0(uint8_t, (gsize)o->n + 1);
    struct order_frame first = {o->start, 0};
    g_array_append_val(stack, first);
    met[o->start] = BEFORE;
    while (stack->len > 0) {
        struct order_frame *top = &g_array_index(stack, struct order_frame, stack->len - 1);
        if (top->next == state_graph_view_out_degree(&o->view, top->state)) {
            o->order[o->n - ++o->n_order] = top->state;
            met[top->state] = DONE;
            g_array_set_size(stack, stack->len - 1);
            continue;
        }
        const struct state_graph_transition step = state_graph_view_transition(&o->view, top->state, top->next++);
        o->cycles |= !step.label->back && met[step.to] == BEFORE;
        if (step.label->back || met[step.to] != UNMET)
            continue;
        met[step.to] = BEFORE;
        const struct order_frame frame = {step.to, 0};
        g_array_append_val(stack, frame);
    }
    assert(o->n_order <= o->n);
    memmove(o->order, o->order + (o->n - o->n_order), o->n_order * sizeof *o->order);
    g_free(met);
    g_array_unref(stack);
}

static double transition_chance(const struct odds *o, const struct state_graph_transition *step)
{
    return o->measured ? step->label->measured : step->label->chance;
}

static bool stops_from(const struct odds *o, uint32_t state)
{
    if (o->over[state] != ODDS_RUNNING)
        return true;
    for (uint32_t i = 0; i < state_graph_view_out_degree(&o->view, state); i++) {
        const struct state_graph_transition step = state_graph_view_transition(&o->view, state, i);
        if (transition_chance(o, &step) > 0 && o->may_stop[step.to])
            return true;
    }
    return false;
}

static void find_may_stop(struct odds *o)
{
    bool changed = true;
    while (changed) {
        changed = false;
        for (uint32_t i = o->n_order; i-- > 0;) {
            const uint32_t state = o->order[i];
            if (!o->may_stop[state] && stops_from(o, state))
                o->may_stop[state] = changed = true;
        }
    }
}

static bool odds_check(const struct odds *o)
{
    assert(o->start < o->n && o->n == state_graph_n_states(o->g));
    assert(o->n_order > 0 && o->n_order <= o->n);
    assert(o->order[0] == o->start); /* all others are met behind it */
    return true;
}

struct odds *odds_new(const struct state_graph *g, uint32_t start, const int32_t *over, bool measured)
{
    struct odds *o = g_new0(struct odds, 1);
    o->g = g;
    o->view = state_graph_view(g);
    o->over = over;
    o->measured = measured;
    o->start = start;
    o->n = state_graph_n_states(g);
    o->order = g_new(uint32_t, (gsize)o->n + 1);
    o->may_stop = g_new0(bool, (gsize)o->n + 1);
    o->visits = g_new0(double, (gsize)o->n + 1);
    o->waiting = g_new0(double, (gsize)o->n + 1);
    o->reaching = g_new0(double, (gsize)o->n + 1);
    order_states(o);
    find_may_stop(o);
    assert(odds_check(o));
    return o;
}

void odds_free(struct odds *o)
{
    if (!o)
        return;
    g_free(o->reaching);
    g_free(o->waiting);
    g_free(o->visits);
    g_free(o->may_stop);
    g_free(o->order);
    g_free(o);
}

bool odds_exact(const struct odds *o)
{
    for (uint32_t i = 0; i < o->n_order; i++)
        for (uint32_t k = 0; k < state_graph_view_out_degree(&o->view, o->order[i]); k++)
            if (state_graph_view_transition(&o->view, o->order[i], k).label->merged)
                return false;
    return true;
}

void odds_set_progress(struct odds *o, odds_progress progress, void *user)
{
    o->progress = progress;
    o->user = user;
}

bool odds_gave_up(const struct odds *o)
{
    return o->stopped || o->work > ODDS_WORK_MAX;
}

static bool may_continue(struct odds *o)
{
    o->stopped = o->stopped || (o->progress && !o->progress(o->user));
    return !odds_gave_up(o);
}

/* ---- chances ------------------------------------------------------------------------------------------------------ */

/* Viewers who wait at a state go on. Those who come to a state later in the order go on in the same round. Returns how many
 * moved. */
static double advance_round(struct odds *o)
{
    double moved = 0;
    o->work += state_graph_n_transitions(o->g) + o->n;
    for (uint32_t i = 0; i < o->n_order; i++) {
        const uint32_t state = o->order[i];
        const double here = o->waiting[state];
        if (here <= 0)
            continue;
        o->waiting[state] = 0;
        o->visits[state] += o->may_stop[state] ? here : 0;
        if (o->over[state] != ODDS_RUNNING || !o->may_stop[state])
            continue;
        moved += here;
        for (uint32_t k = 0; k < state_graph_view_out_degree(&o->view, state); k++) {
            const struct state_graph_transition step = state_graph_view_transition(&o->view, state, k);
            if (!step.label->back)
                o->waiting[step.to] += here * transition_chance(o, &step);
        }
    }
    return moved;
}

const double *odds_visits_of(struct odds *o)
{
    memset(o->visits, 0, o->n * sizeof *o->visits);
    memset(o->waiting, 0, o->n * sizeof *o->waiting);
    o->waiting[o->start] = 1;
    for (int32_t round = 0; round < ODDS_ROUNDS && may_continue(o) && advance_round(o) > ODDS_PRECISION; round++) {
    }
    return o->visits;
}

static double state_chance(const struct odds *o, uint32_t state)
{
    double chance = 0;
    for (uint32_t k = 0; k < state_graph_view_out_degree(&o->view, state); k++) {
        const struct state_graph_transition step = state_graph_view_transition(&o->view, state, k);
        if (!step.label->back)
            chance += transition_chance(o, &step) * o->reaching[step.to];
    }
    return chance;
}

const double *odds_reaching(struct odds *o, int32_t ending)
{
    double change = 1;
    assert(ending >= ODDS_RUNNING);
    for (uint32_t i = 0; i < o->n; i++)
        o->reaching[i] = o->over[i] != ODDS_RUNNING && (o->over[i] == ending || ending == ODDS_RUNNING) ? 1 : 0;
    for (int32_t round = 0; round < ODDS_ROUNDS && change > ODDS_PRECISION && may_continue(o); round++) {
        change = 0;
        o->work += state_graph_n_transitions(o->g) + o->n;
        for (uint32_t i = o->n_order; i-- > 0;) {
            const uint32_t state = o->order[i];
            if (o->over[state] != ODDS_RUNNING || !o->may_stop[state])
                continue;
            const double now = state_chance(o, state);
            assert(now >= 0 && now < 1 + CHANCE_TOLERANCE);
            change = fmax(change, fabs(now - o->reaching[state]));
            o->reaching[state] = now;
        }
        if (!o->cycles)
            break; /* the next round would change nothing */
    }
    return o->reaching;
}

/* ---- viewings ----------------------------------------------------------------------------------------------------- */

/* From which states can the film stop at all, with whatever chance? Viewings that go on forever are not counted. */
static bool *find_stopping(const struct odds *o)
{
    bool *goal = g_new0(bool, (gsize)o->n + 1), *reaches = g_new0(bool, (gsize)o->n + 1);
    for (uint32_t i = 0; i < o->n; i++)
        goal[i] = o->over[i] != ODDS_RUNNING;
    state_graph_reaching(o->g, o->n, goal, reaches);
    g_free(goal);
    return reaches;
}

/* How many viewings of the same number of steps there are, by the state that they come to. Most states of the order have none. */
struct path_count {
    bool *reaches;       /* state: find_stopping() */
    uint32_t *place;     /* state: its place in the order */
    double *now, *next;  /* state: viewings of this number of steps, and of one more */
    uint32_t first, end; /* only places from `first` to before `end` have any viewings now */
    bool anybody;        /* some viewings go on */
    uint64_t followed;   /* transitions */
};

static struct path_count path_count_new(const struct odds *o)
{
    struct path_count m = {.reaches = find_stopping(o), .anybody = true};
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

static void path_count_free(const struct path_count *m)
{
    g_free(m->next);
    g_free(m->now);
    g_free(m->place);
    g_free(m->reaches);
}

/* Does a cycle lie on the path of viewings that stop? Then there are such viewings of any length. */
static bool has_cycle(const struct odds *o, const struct path_count *m)
{
    for (uint32_t i = 0; o->cycles && i < o->n_order; i++) {
        const uint32_t state = o->order[i];
        for (uint32_t k = 0; k < state_graph_view_out_degree(&o->view, state); k++) {
            const struct state_graph_transition step = state_graph_view_transition(&o->view, state, k);
            if (!step.label->back && m->reaches[step.to] && m->place[step.to] <= i)
                return true;
        }
    }
    return false;
}

/* The viewings at one state take one more step. Returns how many stop by it. */
static double step_from(const struct odds *o, struct path_count *m, uint32_t state, uint32_t *first, uint32_t *end)
{
    const double here = m->now[state];
    const uint32_t n_steps = state_graph_view_out_degree(&o->view, state);
    double n = 0;
    m->followed += n_steps;
    for (uint32_t k = 0; k < n_steps; k++) {
        const struct state_graph_transition step = state_graph_view_transition(&o->view, state, k);
        if (step.label->back || !m->reaches[step.to])
            continue;
        const bool on = o->over[step.to] == ODDS_RUNNING;
        m->next[step.to] += here;
        m->anybody |= on;
        n += on ? 0 : here;
        *first = MIN(*first, m->place[step.to]);
        *end = MAX(*end, m->place[step.to] + 1);
    }
    return n;
}

/* All viewings take one more step. Returns how many stop by it. */
static double count_step(const struct odds *o, struct path_count *m)
{
    double n = 0;
    uint32_t first = o->n_order, end = 0;
    m->anybody = false;
    for (uint32_t i = m->first; i < m->end; i++) {
        const uint32_t state = o->order[i];
        if (m->now[state] > 0 && o->over[state] == ODDS_RUNNING)
            n += step_from(o, m, state, &first, &end);
        m->now[state] = 0;
    }
    double *swap = m->now;
    m->now = m->next;
    m->next = swap;
    m->first = first;
    m->end = end;
    m->followed += o->n;
    return n;
}

struct odds_viewings odds_viewings(struct odds *o)
{
    struct odds_viewings v = {0};
    struct path_count m = path_count_new(o);
    const int32_t steps = has_cycle(o, &m) ? ODDS_SHORT_STEPS : ODDS_STEPS_MAX;
    double short_ones = 0;
    v.n = o->over[o->start] != ODDS_RUNNING ? 1 : 0;
    for (int32_t i = 0; i < steps && !v.all && !v.cut && may_continue(o); i++) {
        v.n += count_step(o, &m);
        v.all = !m.anybody;
        v.cut = !v.all && m.followed > COUNT_TRANSITIONS_MAX;
        if (i < ODDS_SHORT_STEPS)
            short_ones = v.n;
    }
    v.n = v.all ? v.n : short_ones;
    assert(!(v.all && v.cut));
    path_count_free(&m);
    return v;
}

#include "explore/odds.h"

#include <assert.h>
#include <glib.h>
#include <math.h>
#include <string.h>

/* Bytes of the chances that are solved at once, and how many of each state at most. */
#define REACHING_BYTES_MAX ((size_t)240 << 20)
#define LANES_MAX          8

/* `progress` is called every so many states. */
#define ASK_STATES (1 << 18)

/* Chances may exceed 1 by this much because of rounding. */
#define CHANCE_TOLERANCE 1e-6

struct odds {
    const struct state_graph *g;
    struct state_graph_view view;
    const int32_t *over;
    uint32_t start, n;
    const uint32_t
        *order; /* the states that are met from the start, each before those that it leads to, but for cycles */
    uint32_t *own_order; /* the same, or NULL: it is borrowed */
    uint32_t n_order;
    int32_t lanes;
    bool cycles;              /* some transitions lead back in the order */
    bool *may_stop;           /* state: from here the film stops with some chance */
    double *visits, *waiting; /* of each state; `waiting` NULL at first */
    double *chances;          /* of each label; NULL at first */
    double *reaching;         /* `lanes` of each state; NULL at first */
    uint64_t work;            /* transitions followed for chances so far */
    odds_progress progress;
    void *user;
    struct patience *patience; /* of the graph */
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
    for (uint64_t round = 0; stack->len > 0 && !patience_ends_at(o->patience, round); round++) {
        struct order_frame *top = &g_array_index(stack, struct order_frame, stack->len - 1);
        if (top->next == state_graph_view_out_degree(&o->view, top->state)) {
            o->own_order[o->n - ++o->n_order] = top->state;
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
    if (stack->len > 0) /* it was stopped */
        o->own_order[o->n - (o->n_order = 1)] = o->start;
    memmove(o->own_order, o->own_order + (o->n - o->n_order), o->n_order * sizeof *o->order);
    o->order = o->own_order;
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
    while (changed && !patience_is_over(o->patience)) {
        changed = false;
        for (uint32_t i = o->n_order; i-- > 0;) {
            const uint32_t state = o->order[i];
            if (!o->may_stop[state] && stops_from(o, state))
                o->may_stop[state] = changed = true;
        }
        changed &= o->cycles;
    }
}

static bool odds_check(const struct odds *o)
{
    assert(o->start < o->n && o->n == state_graph_n_states(o->g));
    assert(o->n_order > 0 && o->n_order <= o->n);
    assert(o->order[0] == o->start); /* all others are met behind it */
    return true;
}

struct odds *odds_new(const struct state_graph *g, uint32_t start, const struct state_graph_order *order,
                      const int32_t *over, bool measured)
{
    struct odds *o = g_new0(struct odds, 1);
    o->g = g;
    o->view = state_graph_view(g);
    o->over = over;
    o->patience = state_graph_patience(g);
    o->measured = measured;
    o->start = start;
    o->n = state_graph_n_states(g);
    o->may_stop = g_new0(bool, (gsize)o->n + 1);
    o->visits = g_new0(double, (gsize)o->n + 1);
    o->lanes = LANES_MAX;
    while (o->lanes > 1 && (size_t)o->n * (size_t)o->lanes * sizeof *o->reaching > REACHING_BYTES_MAX)
        o->lanes /= 2;
    if (order && !order->cycles) {
        o->order = order->states;
        o->n_order = order->n;
    } else {
        o->own_order = g_new(uint32_t, (gsize)o->n + 1);
        order_states(o);
    }
    find_may_stop(o);
    assert(odds_check(o));
    return o;
}

void odds_free(struct odds *o)
{
    if (!o)
        return;
    g_free(o->chances);
    g_free(o->reaching);
    g_free(o->waiting);
    g_free(o->visits);
    g_free(o->may_stop);
    g_free(o->own_order);
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
    return o->stopped || (o->cycles && o->work > ODDS_WORK_MAX) || patience_is_over(o->patience);
}

static bool may_continue(struct odds *o)
{
    o->stopped = o->stopped || (o->progress && !o->progress(o->user));
    return !odds_gave_up(o);
}

/* The same for the i-th state of a long round, which asks now and then. */
static bool may_continue_now(struct odds *o, uint32_t i)
{
    return i % ASK_STATES != 0 || may_continue(o);
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

/* Where the film only goes forward, one round is all, and whoever comes to a state has come when it is looked at. */
static void visit_in_order(struct odds *o)
{
    o->visits[o->start] = 1;
    for (uint32_t i = 0; i < o->n_order && may_continue_now(o, i); i++) {
        const uint32_t state = o->order[i];
        const double here = o->may_stop[state] ? o->visits[state] : 0;
        o->visits[state] = here;
        for (uint32_t k = 0; here > 0 && k < state_graph_view_out_degree(&o->view, state); k++) {
            const struct state_graph_transition step = state_graph_view_transition(&o->view, state, k);
            if (!step.label->back && o->over[state] == ODDS_RUNNING)
                o->visits[step.to] += here * transition_chance(o, &step);
        }
    }
}

const double *odds_visits_of(struct odds *o)
{
    memset(o->visits, 0, o->n * sizeof *o->visits);
    if (!o->cycles) {
        visit_in_order(o);
        return o->visits;
    }
    if (!o->waiting)
        o->waiting = g_new(double, (gsize)o->n + 1);
    memset(o->waiting, 0, o->n * sizeof *o->waiting);
    o->waiting[o->start] = 1;
    for (int32_t round = 0; round < ODDS_ROUNDS && may_continue(o) && advance_round(o) > ODDS_PRECISION; round++) {
    }
    return o->visits;
}

int32_t odds_lanes(const struct odds *o)
{
    return o->lanes;
}

/* The chances of one state from those of the states that it leads to. Returns by how much one of them changed. Inline, so that there
 * is a loop of its own for each number of lanes. */
static inline double update_lanes(struct odds *o, uint32_t state, int32_t lanes)
{
    double now[LANES_MAX] = {0}, change = 0;
    double *here = o->reaching + (size_t)state * (size_t)lanes;
    for (uint32_t k = o->view.first[state]; k < o->view.first[state + 1]; k++) {
        const struct state_graph_packed *step = &o->view.transitions[k];
        const double chance = o->chances[step->label & ~STATE_GRAPH_BACK];
        const double *there = o->reaching + (size_t)step->to * (size_t)lanes;
        for (int32_t l = 0; chance > 0 && l < lanes; l++)
            now[l] += chance * there[l];
    }
    for (int32_t l = 0; l < lanes; l++) {
        assert(now[l] >= 0 && now[l] < 1 + CHANCE_TOLERANCE);
        change = fmax(change, fabs(now[l] - here[l]));
        here[l] = now[l];
    }
    return change;
}

static double update_state(struct odds *o, uint32_t state)
{
    switch (o->lanes) {
    case 1:
        return update_lanes(o, state, 1);
    case 2:
        return update_lanes(o, state, 2);
    case 4:
        return update_lanes(o, state, 4);
    default:
        return update_lanes(o, state, LANES_MAX);
    }
}

static void begin_reaching(struct odds *o, const int32_t *endings, int32_t n)
{
    const size_t lanes = (size_t)o->lanes;
    if (!o->reaching)
        o->reaching = g_new(double, ((gsize)o->n + 1) * lanes);
    memset(o->reaching, 0, o->n * lanes * sizeof *o->reaching);
    for (uint32_t i = 0; i < o->n; i++)
        for (int32_t l = 0; o->over[i] != ODDS_RUNNING && l < n; l++)
            o->reaching[i * lanes + (size_t)l] = o->over[i] == endings[l] || endings[l] == ODDS_RUNNING ? 1 : 0;
}

/* The chance of each label, one behind the other; 0 where the viewer goes back. */
static void list_chances(struct odds *o)
{
    const uint32_t n = state_graph_n_labels(o->g);
    o->chances = g_new(double, (gsize)n + 1);
    for (uint32_t i = 0; i < n; i++) {
        const struct state_graph_label *l = &o->view.labels[i];
        o->chances[i] = l->back ? 0 : o->measured ? l->measured : l->chance;
    }
}

void odds_drop_reaching(struct odds *o)
{
    g_free(o->reaching);
    o->reaching = NULL;
}

const double *odds_reaching(struct odds *o, const int32_t *endings, int32_t n)
{
    double change = 1;
    assert(n <= o->lanes);
    if (!o->chances)
        list_chances(o);
    begin_reaching(o, endings, n);
    for (int32_t round = 0; round < ODDS_ROUNDS && change > ODDS_PRECISION && may_continue(o); round++) {
        change = 0;
        o->work += state_graph_n_transitions(o->g) + o->n;
        for (uint32_t i = o->n_order; i-- > 0 && may_continue_now(o, i);)
            if (o->over[o->order[i]] == ODDS_RUNNING && o->may_stop[o->order[i]])
                change = fmax(change, update_state(o, o->order[i]));
        if (!o->cycles)
            break; /* the next round would change nothing */
    }
    return o->reaching;
}

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
    struct state_graph_order order; /* of the start alone */
    bool own_order;                 /* else it is borrowed */
    uint64_t circling;              /* transitions of the states from order.n_forward on */
    bool circles_known;             /* heads and returns are */
    int32_t n_heads;                /* 0: there are too many */
    uint32_t heads[LANES_MAX];
    double returns
        [LANES_MAX]
        [LANES_MAX]; /* head: for viewers who begin there, the chance that the next transition that returns leads to each head */
    int32_t lanes;
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

/* From the end of this part of the order. Returns whether anything was found. */
static bool find_stops(struct odds *o, uint32_t from, uint32_t to)
{
    bool found = false;
    for (uint32_t i = to; i-- > from;) {
        const uint32_t state = o->order.states[i];
        if (!o->may_stop[state] && stops_from(o, state))
            o->may_stop[state] = found = true;
    }
    return found;
}

static void find_may_stop(struct odds *o)
{
    while (find_stops(o, o->order.n_forward, o->order.n) && !patience_is_over(o->patience)) {
    }
    find_stops(o, 0, o->order.n_forward);
}

static void count_circling(struct odds *o)
{
    for (uint32_t i = o->order.n_forward; i < o->order.n; i++)
        o->circling += 1 + state_graph_view_out_degree(&o->view, o->order.states[i]);
}

static bool odds_check(const struct odds *o)
{
    assert(o->start < o->n && o->n == state_graph_n_states(o->g));
    assert(o->order.n <= o->n);
    assert(o->order.n == 0 || o->order.states[0] == o->start); /* all others are met behind it */
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
    o->own_order = !order;
    o->order = order ? *order : state_graph_order_new(g, o->n, &start, 1);
    count_circling(o);
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
    if (o->own_order)
        state_graph_order_free(&o->order);
    g_free(o);
}

bool odds_exact(const struct odds *o)
{
    for (uint32_t i = 0; i < o->order.n; i++)
        for (uint32_t k = 0; k < state_graph_view_out_degree(&o->view, o->order.states[i]); k++)
            if (state_graph_view_transition(&o->view, o->order.states[i], k).label->merged)
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
    return o->stopped || o->work > ODDS_WORK_MAX || patience_is_over(o->patience);
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
    if (o->over[state] != ODDS_RUNNING || !o->may_stop[state])
        return 0;
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

static void begin_reaching(struct odds *o, const int32_t *endings, int32_t n)
{
    const size_t lanes = (size_t)o->lanes;
    if (!o->chances)
        list_chances(o);
    if (!o->reaching)
        o->reaching = g_new(double, ((gsize)o->n + 1) * lanes);
    memset(o->reaching, 0, o->n * lanes * sizeof *o->reaching);
    for (uint32_t i = 0; i < o->n; i++)
        for (int32_t l = 0; o->over[i] != ODDS_RUNNING && l < n; l++)
            o->reaching[i * lanes + (size_t)l] = o->over[i] == endings[l] || endings[l] == ODDS_RUNNING ? 1 : 0;
}

/* Viewers who wait at a state on a circle go on. Those who come to a state later in the order go on in the same round. Returns how many
 * moved. */
static double advance_round(struct odds *o)
{
    double moved = 0;
    o->work += o->circling;
    for (uint32_t i = o->order.n_forward; i < o->order.n; i++) {
        const uint32_t state = o->order.states[i];
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

/* ---- circles ------------------------------------------------------------------------------------------------------ */

/* One round over the states on circles and behind them, from the end. Returns by how much a chance changed. */
static double update_circles(struct odds *o)
{
    double change = 0;
    o->work += o->circling;
    for (uint32_t i = o->order.n; i-- > o->order.n_forward && may_continue_now(o, i);)
        change = fmax(change, update_state(o, o->order.states[i]));
    return change;
}

static bool is_head(const struct odds *o, uint32_t state)
{
    for (int32_t i = 0; i < o->n_heads; i++)
        if (o->heads[i] == state)
            return true;
    return false;
}

/* Lists the states to which transitions return in the order; more than there are lanes are too many. */
static void find_heads(struct odds *o)
{
    const struct state_graph_order *order = &o->order;
    uint32_t *place = g_new(uint32_t, (gsize)o->n + 1);
    for (uint32_t i = order->n_forward; i < order->n; i++)
        place[order->states[i]] = i;
    for (uint32_t i = order->n_forward; i < order->n && o->n_heads <= o->lanes; i++) {
        const uint32_t state = order->states[i];
        for (uint32_t t = o->view.first[state]; t < o->view.first[state + 1] && o->n_heads <= o->lanes; t++) {
            const struct state_graph_packed *step = &o->view.transitions[t];
            if (step->label & STATE_GRAPH_BACK || place[step->to] > i || is_head(o, step->to))
                continue;
            if (o->n_heads < o->lanes)
                o->heads[o->n_heads] = step->to;
            o->n_heads++;
        }
    }
    o->n_heads = o->n_heads > o->lanes ? 0 : o->n_heads;
    g_free(place);
}

/* For viewers at each head, the chance that a head is the next to which they return. Where there are few heads, what viewers do who go
 * round again and again is then known at once. */
static void find_returns(struct odds *o)
{
    if (o->circles_known)
        return;
    o->circles_known = true;
    find_heads(o);
    if (o->n_heads == 0)
        return;
    begin_reaching(o, NULL, 0);
    for (int32_t i = 0; i < o->n_heads; i++)
        if (o->over[o->heads[i]] == ODDS_RUNNING && o->may_stop[o->heads[i]])
            o->reaching[(size_t)o->heads[i] * (size_t)o->lanes + (size_t)i] = 1;
    update_circles(o);
    for (int32_t i = 0; i < o->n_heads; i++)
        for (int32_t k = 0; k < o->n_heads; k++)
            o->returns[i][k] = o->reaching[(size_t)o->heads[i] * (size_t)o->lanes + (size_t)k];
}

/* Solves x = b + returns * x, or with the transposed matrix, by elimination. Whoever goes round may stop, so there is a solution; false if
 * hardly anybody does, and it can't be found in these numbers. */
static bool solve_heads(const struct odds *o, bool transposed, const double *b, double *x)
{
    const int32_t n = o->n_heads;
    double a[LANES_MAX][LANES_MAX + 1];
    for (int32_t i = 0; i < n; i++) {
        for (int32_t k = 0; k < n; k++)
            a[i][k] = (i == k ? 1 : 0) - (transposed ? o->returns[k][i] : o->returns[i][k]);
        a[i][n] = b[i];
    }
    for (int32_t i = 0; i < n; i++) { /* the diagonal dominates, so no rows are exchanged */
        if (a[i][i] < ODDS_PRECISION)
            return false;
        for (int32_t k = 0; k < n; k++) {
            const double factor = k == i ? 0 : a[k][i] / a[i][i];
            for (int32_t c = i; factor != 0 && c <= n; c++)
                a[k][c] -= factor * a[i][c];
        }
    }
    for (int32_t i = 0; i < n; i++)
        x[i] = a[i][n] / a[i][i];
    return true;
}

/* What was found at the heads if nobody returned becomes what is found there in the end. */
static void guess_heads(struct odds *o, int32_t n)
{
    for (int32_t l = 0; l < n; l++) {
        double first[LANES_MAX], all[LANES_MAX];
        for (int32_t i = 0; i < o->n_heads; i++)
            first[i] = o->reaching[(size_t)o->heads[i] * (size_t)o->lanes + (size_t)l];
        const bool solved = solve_heads(o, false, first, all);
        for (int32_t i = 0; solved && i < o->n_heads; i++)
            o->reaching[(size_t)o->heads[i] * (size_t)o->lanes + (size_t)l] = CLAMP(all[i], 0, 1);
    }
}

/* Of those who wait at the heads, all are moved at once who will ever come there. */
static void advance_all(struct odds *o)
{
    double waiting[LANES_MAX], all[LANES_MAX];
    for (int32_t i = 0; i < o->n_heads; i++)
        waiting[i] = o->waiting[o->heads[i]];
    if (!solve_heads(o, true, waiting, all))
        return;
    for (int32_t i = 0; i < o->n_heads; i++)
        o->waiting[o->heads[i]] = MAX(all[i], 0);
    advance_round(o);
    for (int32_t i = 0; i < o->n_heads; i++)
        o->waiting[o->heads[i]] = 0;
}

/* ---- answers ------------------------------------------------------------------------------------------------------ */

/* Where the film only goes forward, whoever comes to a state has come when it is looked at. */
static void visit_in_order(struct odds *o)
{
    o->visits[o->start] = 1;
    for (uint32_t i = 0; i < o->order.n_forward && may_continue_now(o, i); i++) {
        const uint32_t state = o->order.states[i];
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
    visit_in_order(o);
    if (!o->order.cycles)
        return o->visits;
    if (!o->waiting)
        o->waiting = g_new(double, (gsize)o->n + 1);
    for (uint32_t i = o->order.n_forward; i < o->order.n; i++) {
        const uint32_t state = o->order.states[i];
        o->waiting[state] = o->visits[state];
        o->visits[state] = 0;
    }
    find_returns(o);
    advance_round(o);
    if (o->n_heads > 0)
        advance_all(o);
    for (int32_t round = 0; round < ODDS_ROUNDS && may_continue(o) && advance_round(o) > ODDS_PRECISION; round++) {
    }
    return o->visits;
}

int32_t odds_lanes(const struct odds *o)
{
    return o->lanes;
}

void odds_drop_reaching(struct odds *o)
{
    g_free(o->reaching);
    o->reaching = NULL;
}

const double *odds_reaching(struct odds *o, const int32_t *endings, int32_t n)
{
    const struct state_graph_order *order = &o->order;
    double change = order->cycles ? 1 : 0;
    assert(n <= o->lanes);
    if (order->cycles)
        find_returns(o);
    begin_reaching(o, endings, n);
    for (int32_t round = 0; round < ODDS_ROUNDS && change > ODDS_PRECISION && may_continue(o); round++) {
        change = update_circles(o);
        if (round == 0)
            guess_heads(o, n);
    }
    for (uint32_t i = order->n_forward; i-- > 0 && may_continue_now(o, i);)
        update_state(o, order->states[i]);
    return o->reaching;
}

#include "explore/consequence.h"

#include "base/units.h"
#include "explore/time_heap.h"
#include "play/schedule.h"
#include "story/limits.h"

#include <assert.h>
#include <glib.h>
#include <math.h>
#include <string.h>

/* Transitions that are followed over all decisions: to find where futures meet, and to find each option's own film. */
#define DIVERGENCE_TRANSITIONS_MAX UINT64_C(10000000)
#define EXCLUSIVE_TRANSITIONS_MAX  UINT64_C(100000000)
/* Two chances that differ by less are equal but for rounding. */
#define SAME 1e-9

/* In comparison.us: the state was passed on this side. Times themselves are not negative. */
#define PASSED (-1)

/* The transitions of one option in a state: most often one; several if routes are drawn on the way. */
struct branch {
    int32_t option;
    uint32_t first, n; /* of the state's transitions */
    double chance;
};

/* What is summed up for a decision. */
struct decision_sums {
    GArray *states; /* uint32: where two of its options can be taken */
    bool visited;   /* the viewers come to some of them; else all states weigh the same */
    double *sums; /* [a * options + b] for a < b: the distances between what follows, times the weights of the states */
    double *weights; /* the same of the weights alone */
    gsize pairs;     /* elements of both */
};

struct comparison {
    const struct consequence_input *in;
    struct consequence *out;
    const double *visits; /* by the viewers that are looked at now */
    struct decision_sums *by_decision;
    uint64_t transitions; /* followed so far */
    /* of two branches that are compared: the sides 0 and 1 */
    int64_t *us[2];     /* state: when it is reached soonest, or PASSED, or US_NONE */
    GArray *met;        /* uint32: states whose us is not US_NONE on some side */
    GArray *heap;       /* time_heap_entry: of both sides */
    int32_t *values[2]; /* a state */
    bool *live[2];      /* variable */
};

/* ---- branches ----------------------------------------------------------------------------------------------------- */

static const struct state_graph_label *label_of(const struct comparison *w, uint32_t state, uint32_t i)
{
    return state_graph_transition(w->in->graph, state, i).label;
}

/* Lists the options that can be picked in a state; their transitions stand together, option by option. Returns how many. */
static int32_t list_branches(const struct comparison *w, uint32_t state, struct branch *out)
{
    const uint32_t n = state_graph_out_degree(w->in->graph, state);
    int32_t count = 0;
    for (uint32_t i = 0; i < n; i++) {
        const struct state_graph_label *label = label_of(w, state, i);
        if (label->choice < 0)
            continue;
        assert(count == 0 || out[count - 1].option <= label->choice);
        if (count == 0 || out[count - 1].option != label->choice)
            out[count++] = (struct branch){label->choice, i, 0, 0};
        out[count - 1].n++;
        out[count - 1].chance += label->chance;
    }
    assert(count <= STORY_OPTIONS_MAX);
    return count;
}

static void find_states(struct comparison *w)
{
    struct branch b[STORY_OPTIONS_MAX];
    for (uint32_t i = 0; i < state_graph_n_states(w->in->graph); i++) {
        const int32_t n = list_branches(w, i, b);
        if (n == 0)
            continue;
        const int32_t d = label_of(w, i, b[0].first)->decision;
        struct decision_sums *q = &w->by_decision[d];
        for (int32_t k = 0; k < n; k++)
            w->out[d].met += w->visits[i] * b[k].chance;
        if (n == 1)
            continue;
        g_array_append_val(q->states, i);
    }
}

/* ---- endings ------------------------------------------------------------------------------------------------------ */

static double chance_after_branch(const struct comparison *w, uint32_t state, const struct branch *b,
                                  const double *chance)
{
    double sum = 0; /* once the option is picked, only draws decide; they are the same for all viewers */
    for (uint32_t i = b->first; i < b->first + b->n; i++) {
        const struct state_graph_transition step = state_graph_transition(w->in->graph, state, i);
        sum += step.label->chance * chance[step.to];
    }
    return b->chance > 0 ? sum / b->chance : 0;
}

/* Adds what this ending contributes to the distance between any two options. */
static void add_state_differences(struct comparison *w, int32_t d, uint32_t state, const double *chance)
{
    const struct decision_sums *q = &w->by_decision[d];
    const int32_t n_options = w->in->s->decisions[d].options.n;
    const double weight = q->visited ? w->visits[state] : 1;
    struct branch b[STORY_OPTIONS_MAX];
    double value[STORY_OPTIONS_MAX];
    const int32_t n = list_branches(w, state, b);
    for (int32_t k = 0; k < n; k++) {
        value[k] = chance_after_branch(w, state, &b[k], chance);
        for (int32_t j = 0; j < k; j++)
            q->sums[b[j].option * n_options + b[k].option] += weight * fabs(value[j] - value[k]) / 2;
    }
}

static void add_state_weights(struct comparison *w, int32_t d, uint32_t state)
{
    const struct decision_sums *q = &w->by_decision[d];
    const int32_t n_options = w->in->s->decisions[d].options.n;
    struct branch b[STORY_OPTIONS_MAX];
    const int32_t n = list_branches(w, state, b);
    for (int32_t k = 0; k < n; k++)
        for (int32_t j = 0; j < k; j++)
            q->weights[b[j].option * n_options + b[k].option] += q->visited ? w->visits[state] : 1;
}

static void add_ending(struct comparison *w, struct odds *odds, int32_t ending)
{
    const double *chance = odds_reaching(odds, ending);
    for (int32_t d = 0; d < w->in->s->n_decisions; d++)
        for (guint i = 0; i < w->by_decision[d].states->len; i++)
            add_state_differences(w, d, g_array_index(w->by_decision[d].states, uint32_t, i), chance);
}

/* Sums up, for these viewers, the distance between any two options over all endings. */
static void add_all_endings(struct comparison *w, struct odds *odds, const double *visits)
{
    w->visits = visits;
    for (int32_t d = 0; d < w->in->s->n_decisions; d++) {
        struct decision_sums *q = &w->by_decision[d];
        memset(q->sums, 0, q->pairs * sizeof *q->sums);
        memset(q->weights, 0, q->pairs * sizeof *q->weights);
        q->visited = false;
        for (guint i = 0; i < q->states->len; i++)
            q->visited |= visits[g_array_index(q->states, uint32_t, i)] > 0;
        for (guint i = 0; i < q->states->len; i++)
            add_state_weights(w, d, g_array_index(q->states, uint32_t, i));
    }
    for (int32_t e = 0; e < w->in->s->n_endings && !odds_gave_up(odds); e++)
        add_ending(w, odds, e);
    add_ending(w, odds, ODDS_NO_ENDING);
    add_ending(w, odds, ODDS_RUNNING); /* the chance of stopping at all; the rest goes on forever */
}

/* The total variation distance between what follows two options. */
struct shift {
    double distance;
    int32_t a, b;
};

static struct shift find_shift(const struct comparison *w, int32_t d)
{
    const struct decision_sums *q = &w->by_decision[d];
    const int32_t n = w->in->s->decisions[d].options.n;
    struct shift s = {0};
    for (int32_t pair = 0; pair < n * n; pair++) {
        const double shift = q->weights[pair] > 0 ? q->sums[pair] / q->weights[pair] : 0;
        const bool first = q->weights[pair] > 0 && s.a == s.b;
        if (first || shift > s.distance + SAME)
            s = (struct shift){shift > SAME ? MIN(shift, 1) : 0, pair / n, pair % n};
    }
    return s;
}

static void find_shifts(struct comparison *w)
{
    add_all_endings(w, w->in->odds, w->visits);
    for (int32_t d = 0; d < w->in->s->n_decisions; d++) {
        const struct shift s = find_shift(w, d);
        w->out[d].shift = s.distance;
        w->out[d].a = s.a;
        w->out[d].b = s.b;
        w->out[d].compared = w->by_decision[d].states->len > 0;
        w->out[d].measured = NAN;
    }
}

/* If this takes too long, `measured` stays unknown, and the rest is valid all the same. */
static void find_measured(struct comparison *w)
{
    add_all_endings(w, w->in->measured, odds_visits_of(w->in->measured));
    for (int32_t d = 0; d < w->in->s->n_decisions && !odds_gave_up(w->in->measured); d++)
        w->out[d].measured = find_shift(w, d).distance;
}

/* ---- until futures meet ---------------------------------------------------------------------------------- */

static void reach_state(struct comparison *w, int32_t side, const struct state_graph_transition *step, int64_t us)
{
    int64_t *known = &w->us[side][step->to];
    if (step->label->back || *known == PASSED || (*known != US_NONE && *known <= us))
        return;
    assert(us >= 0);
    *known = us;
    g_array_append_val(w->met, step->to);
    time_heap_push(w->heap, (struct time_heap_entry){us, step->to, side});
}

static bool same_branch(const struct comparison *w, uint32_t state, const struct branch *a, const struct branch *b)
{
    bool same = a->n == b->n;
    for (uint32_t i = 0; same && i < a->n; i++) {
        const struct state_graph_transition x = state_graph_transition(w->in->graph, state, a->first + i);
        const struct state_graph_transition y = state_graph_transition(w->in->graph, state, b->first + i);
        same = x.to == y.to && x.label->node_sequence == y.label->node_sequence && x.label->min_us == y.label->min_us &&
               x.label->max_us == y.label->max_us && fabs(x.label->chance - y.label->chance) < SAME;
    }
    return same;
}

/* Goes on from both sides at once, the soonest state first, until a state was passed on both. Returns when. */
static int64_t find_meeting(struct comparison *w)
{
    while (w->heap->len > 0) {
        const struct time_heap_entry e = time_heap_pop(w->heap);
        if (w->us[e.side][e.state] != e.us)
            continue;
        if (w->us[!e.side][e.state] == PASSED)
            return e.us;
        w->us[e.side][e.state] = PASSED;
        const uint32_t n = state_graph_out_degree(w->in->graph, e.state);
        w->transitions += n;
        for (uint32_t i = 0; i < n; i++) {
            const struct state_graph_transition step = state_graph_transition(w->in->graph, e.state, i);
            reach_state(w, e.side, &step, e.us + step.label->min_us);
        }
    }
    return CONSEQUENCE_FOR_GOOD;
}

/* Transitions begin at the event before the pick. This is the time from there to the pick itself. */
static int64_t wait_us(const struct story *s, int32_t decision)
{
    const struct story_decision *d = &s->decisions[decision];
    const struct story_event *events = &s->events[s->nodes[d->node].events.first];
    int32_t i = 0;
    while (events[i].kind != STORY_CLOSE || events[i].index != decision)
        i++;
    return d->cut == STORY_CUT_NOW ? 0 : d->closes_us - events[i - 1].at_us;
}

static int64_t find_divergence(struct comparison *w, uint32_t state, const struct branch *a, const struct branch *b)
{
    const struct branch *const both[] = {a, b};
    if (same_branch(w, state, a, b))
        return 0;
    for (int32_t side = 0; side < 2; side++)
        for (uint32_t i = both[side]->first; i < both[side]->first + both[side]->n; i++) {
            const struct state_graph_transition step = state_graph_transition(w->in->graph, state, i);
            reach_state(w, side, &step, step.label->min_us);
        }
    assert(w->heap->len > 0);
    int64_t us = find_meeting(w);
    if (us != CONSEQUENCE_FOR_GOOD)
        us -= wait_us(w->in->s, label_of(w, state, a->first)->decision);
    for (guint i = 0; i < w->met->len; i++)
        w->us[0][g_array_index(w->met, uint32_t, i)] = w->us[1][g_array_index(w->met, uint32_t, i)] = US_NONE;
    g_array_set_size(w->met, 0);
    g_array_set_size(w->heap, 0);
    return us;
}

/* ---- variables ---------------------------------------------------------------------------------------------------- */

static void unpack_side(struct comparison *w, int32_t side, uint32_t state)
{
    const struct story *s = w->in->s;
    pack_get(w->in->pack, w->in->words(w->in->user, state), w->values[side]);
    const bool *live = w->in->live ? liveness_at(w->in->live, w->values[side]) : NULL;
    for (int32_t i = 0; i < s->n_vars; i++)
        w->live[side][i] = !live || live[i];
}

static void compare_vars(struct comparison *w, struct consequence *c, uint32_t a, uint32_t b)
{
    if (a == b)
        return;
    unpack_side(w, 0, a);
    unpack_side(w, 1, b);
    for (int32_t i = 0; i < w->in->s->n_vars; i++)
        if (w->live[0][i] && w->live[1][i] && w->values[0][PLAY_VALUES + i] != w->values[1][PLAY_VALUES + i])
            c->vars[i] = true;
}

static void compare_pair(struct comparison *w, struct consequence *c, uint32_t state, const struct branch *a,
                         const struct branch *b)
{
    const bool known = w->transitions < DIVERGENCE_TRANSITIONS_MAX;
    const int64_t us = known ? find_divergence(w, state, a, b) : 0;
    c->divergence_us = MAX(c->divergence_us, us);
    c->divergence_known &= known;
    c->illusion &= known ? us == 0 : same_branch(w, state, a, b);
    for (uint32_t i = a->first; i < a->first + a->n; i++)
        for (uint32_t k = b->first; k < b->first + b->n; k++)
            compare_vars(w, c, state_graph_transition(w->in->graph, state, i).to,
                         state_graph_transition(w->in->graph, state, k).to);
}

static void compare_futures(struct comparison *w, int32_t d)
{
    struct consequence *c = &w->out[d];
    struct branch b[STORY_OPTIONS_MAX];
    c->illusion = c->compared;
    c->divergence_known = true;
    for (guint i = 0; i < w->by_decision[d].states->len; i++) {
        const uint32_t state = g_array_index(w->by_decision[d].states, uint32_t, i);
        const int32_t n = list_branches(w, state, b);
        for (int32_t k = 0; k < n; k++)
            for (int32_t j = 0; j < k; j++)
                compare_pair(w, c, state, &b[j], &b[k]);
    }
}

/* ---- film behind one option alone ---------------------------------------------------------------------------------- */

struct avoidance {
    struct state_graph_view view;
    bool *met;           /* state */
    GArray *queue;       /* uint32 */
    int32_t option;      /* of the story, SEQUENCES_OPTION(); or NO_OPTION */
    char *met_sequences; /* step sequence: 0, ENTERED or TAKES */
    bool *nodes;         /* entered */
};
#define NO_OPTION INT32_MAX
#define ENTERED   1 /* its nodes are entered */
#define TAKES     2 /* it takes the option; the nodes before that are entered, and the play is not followed further */

static void enter_sequence(const struct comparison *w, struct avoidance *x, uint32_t step_sequence)
{
    int32_t n;
    const int32_t *steps = sequences_steps(w->in->sequences, step_sequence, &n);
    x->met_sequences[step_sequence] = ENTERED;
    for (int32_t i = 0; i < n && x->met_sequences[step_sequence] == ENTERED; i++) {
        if (steps[i] == x->option)
            x->met_sequences[step_sequence] = TAKES;
        else if (steps[i] >= 0)
            x->nodes[steps[i]] = true;
    }
}

static inline void step_avoiding(const struct comparison *w, struct avoidance *x,
                                 const struct state_graph_transition *step)
{
    if (!x->met_sequences[step->label->step_sequence])
        enter_sequence(w, x, step->label->step_sequence);
    if (x->met[step->to] || x->met_sequences[step->label->step_sequence] == TAKES)
        return;
    x->met[step->to] = true;
    g_array_append_val(x->queue, step->to);
}

/* Finds all that is met by plays that never take this option. */
static void search_avoiding(struct comparison *w, struct avoidance *x, int32_t option)
{
    x->option = option;
    g_array_set_size(x->queue, 0);
    memset(x->met, 0, state_graph_n_states(w->in->graph));
    memset(x->met_sequences, 0, sequences_count(w->in->sequences));
    memset(x->nodes, 0, (size_t)w->in->s->n_nodes);
    g_array_append_vals(x->queue, w->in->starts, w->in->n_starts);
    for (guint i = 0; i < x->queue->len; i++) {
        const uint32_t state = g_array_index(x->queue, uint32_t, i);
        const uint32_t n = state_graph_view_out_degree(&x->view, state);
        w->transitions += n;
        for (uint32_t k = 0; k < n; k++) {
            const struct state_graph_transition step = state_graph_view_transition(&x->view, state, k);
            if (!step.label->back)
                step_avoiding(w, x, &step);
        }
    }
}

static void find_exclusive(struct comparison *w, struct avoidance *x, const bool *all, int32_t d)
{
    const struct story *s = w->in->s;
    struct consequence *c = &w->out[d];
    c->exclusive_known = w->transitions < EXCLUSIVE_TRANSITIONS_MAX;
    for (int32_t o = 0; c->exclusive_known && c->compared && o < s->decisions[d].options.n; o++) {
        search_avoiding(w, x, SEQUENCES_OPTION(s->decisions[d].options.first + o));
        for (int32_t i = 0; i < s->n_nodes; i++)
            c->exclusive[i] |= all[i] && !x->nodes[i];
    }
    for (int32_t i = 0; i < s->n_nodes; i++) {
        c->illusion &= !c->exclusive[i];
        c->exclusive_us += c->exclusive[i] ? schedule_planned_length(s, i) : 0;
    }
}

static void find_all_exclusive(struct comparison *w)
{
    const gsize nodes = (gsize)w->in->s->n_nodes + 1;
    struct avoidance x = {.view = state_graph_view(w->in->graph),
                          .met = g_new0(bool, (gsize)state_graph_n_states(w->in->graph) + 1),
                          .queue = g_array_new(FALSE, FALSE, sizeof(uint32_t)),
                          .met_sequences = g_new0(char, (gsize)sequences_count(w->in->sequences) + 1),
                          .nodes = g_new0(bool, nodes)};
    w->transitions = 0;
    search_avoiding(w, &x, NO_OPTION);
    bool *all = g_memdup2(x.nodes, nodes * sizeof *all);
    for (int32_t d = 0; d < w->in->s->n_decisions; d++)
        find_exclusive(w, &x, all, d);
    g_free(all);
    g_free(x.nodes);
    g_free(x.met_sequences);
    g_array_unref(x.queue);
    g_free(x.met);
}

/* ---- all ---------------------------------------------------------------------------------------------------------- */

static void comparison_begin(struct comparison *w)
{
    const struct story *s = w->in->s;
    const gsize n = (gsize)state_graph_n_states(w->in->graph) + 1;
    w->out = g_new0(struct consequence, (gsize)s->n_decisions + 1);
    w->by_decision = g_new0(struct decision_sums, (gsize)s->n_decisions + 1);
    for (int32_t d = 0; d < s->n_decisions; d++) {
        const gsize pairs = (gsize)s->decisions[d].options.n * (gsize)s->decisions[d].options.n + 1;
        w->by_decision[d].pairs = pairs;
        w->by_decision[d].states = g_array_new(FALSE, FALSE, sizeof(uint32_t));
        w->by_decision[d].sums = g_new0(double, pairs);
        w->by_decision[d].weights = g_new0(double, pairs);
        w->out[d].vars = g_new0(bool, (gsize)s->n_vars + 1);
        w->out[d].exclusive = g_new0(bool, (gsize)s->n_nodes + 1);
    }
    for (int32_t side = 0; side < 2; side++) {
        w->us[side] = g_new(int64_t, n);
        for (gsize i = 0; i < n; i++)
            w->us[side][i] = US_NONE;
        w->values[side] = g_new0(int32_t, (gsize)play_state_slots(s));
        w->live[side] = g_new0(bool, (gsize)s->n_vars + 1);
    }
    w->met = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    w->heap = g_array_new(FALSE, FALSE, sizeof(struct time_heap_entry));
}

static void comparison_end(struct comparison *w)
{
    for (int32_t d = 0; d < w->in->s->n_decisions; d++) {
        g_array_unref(w->by_decision[d].states);
        g_free(w->by_decision[d].sums);
        g_free(w->by_decision[d].weights);
    }
    for (int32_t side = 0; side < 2; side++) {
        g_free(w->us[side]);
        g_free(w->values[side]);
        g_free(w->live[side]);
    }
    g_free(w->by_decision);
    g_array_unref(w->met);
    g_array_unref(w->heap);
}

static bool consequence_check(const struct consequence *c)
{
    assert(c->shift >= 0 && c->shift <= 1);
    assert(!c->compared || c->a < c->b);
    assert(c->divergence_us >= 0 && c->exclusive_us >= 0);
    return true;
}

struct consequence *consequence_new(const struct consequence_input *in)
{
    struct comparison w = {.in = in, .visits = odds_visits_of(in->odds)};
    comparison_begin(&w);
    find_states(&w);
    find_shifts(&w);
    for (int32_t d = 0; d < in->s->n_decisions && !odds_gave_up(in->odds); d++)
        compare_futures(&w, d);
    if (!odds_gave_up(in->odds))
        find_all_exclusive(&w);
    if (in->measured && !odds_gave_up(in->odds))
        find_measured(&w);
    comparison_end(&w);
    for (int32_t d = 0; d < in->s->n_decisions && !odds_gave_up(in->odds); d++)
        assert(consequence_check(&w.out[d]));
    return w.out;
}

void consequence_free(struct consequence *c, const struct story *s)
{
    for (int32_t d = 0; c && d < s->n_decisions; d++) {
        g_free(c[d].vars);
        g_free(c[d].exclusive);
    }
    g_free(c);
}

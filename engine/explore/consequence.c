#include "explore/consequence.h"

#include "base/splitmix64.h"
#include "base/units.h"
#include "explore/time_heap.h"
#include "play/schedule.h"
#include "story/limits.h"

#include <assert.h>
#include <glib.h>
#include <math.h>
#include <string.h>

/* Transitions that are followed over all decisions to find where futures meet; fewer in a graph of so many that all of them can't be
 * compared anyway. Each decision has its share, and a single pair of options in a state a part of that. */
#define DIVERGENCE_TRANSITIONS_MAX UINT64_C(10000000)
#define DIVERGENCE_LARGE_GRAPH     UINT64_C(4000000)
#define DIVERGENCE_LARGE_MAX       UINT64_C(1000000)
#define DIVERGENCE_PAIRS_LEAST     UINT64_C(8)

/* From one of a decision's states to the next that is compared. It is a prime, so each has its turn; and those that
 * are compared before the share is used up lie all over the film. */
#define STATES_STEP UINT64_C(2654435761)
/* Two chances that differ by less are equal but for rounding. */
#define SAME 1e-9

/* In comparison.us: the state was passed on this side. Times themselves are not negative. */
#define PASSED (-1)

/* Flags of all nodes for all decisions; of a story with more, nobody looks for film that is met behind one option only. */
#define EXCLUSIVE_MAX INT64_C(400000000)

/* Locations whose live values are remembered. */
#define LOCATIONS_KNOWN 4096

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
    int32_t *endings;     /* n_endings that are met at all, as odds_reaching() wants them */
    int32_t n_endings;
    struct decision_sums *by_decision;
    struct state_graph_view view;    /* of the graph that is looked at now */
    uint64_t transitions;            /* followed so far to find where futures meet */
    uint64_t decision_end, pair_end; /* when so many were followed, the next decision or the next pair has its turn */
    uint64_t pairs_left;             /* of the decision, that were not compared */
    struct patience *patience;       /* of the graph; when it is over, nothing here is of use any more */
    /* of two branches that are compared: the sides 0 and 1 */
    GHashTable *place[2]; /* state: its place in `met` + 1; few states of a large graph are met */
    GArray *met;          /* meeting */
    GArray *heap;         /* time_heap_entry: of both sides */
    /* of the variables that differ */
    int32_t *values;         /* a state */
    size_t n_words;          /* of a packed state */
    uint64_t *location_mask; /* as pack_location_mask() */
    uint64_t *known;         /* LOCATIONS_KNOWN times: a location, then the bits of its live variables */
    uint64_t *both;          /* scratch */
    uint64_t *differ;        /* the bits in which live variables of the decision differ */
};

/* A state that is met on a side. */
struct meeting {
    int64_t us; /* when it is reached soonest, or PASSED */
};

/* ---- branches ----------------------------------------------------------------------------------------------------- */

static struct state_graph_transition transition_of(const struct comparison *w, uint32_t state, uint32_t i)
{
    return state_graph_view_transition(&w->view, state, i);
}

static const struct state_graph_label *label_of(const struct comparison *w, uint32_t state, uint32_t i)
{
    return transition_of(w, state, i).label;
}

/* Lists the options that can be picked in a state; their transitions stand together, option by option. Returns how many. */
static int32_t list_branches(const struct comparison *w, uint32_t state, struct branch *out)
{
    const uint32_t n = state_graph_view_out_degree(&w->view, state);
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

/* Stopping without an ending counts as one, and so does stopping at all, because the rest goes on forever. */
static void list_endings(struct comparison *w)
{
    const int32_t n = w->in->s->n_endings;
    bool *met = g_new0(bool, (gsize)n + 1);
    w->endings = g_new(int32_t, (gsize)n + 2);
    for (uint32_t i = 0; i < state_graph_n_states(w->in->graph); i++)
        if (w->in->over[i] >= 0)
            met[w->in->over[i]] = true;
    for (int32_t e = ODDS_RUNNING; e < n; e++)
        if (e < 0 || met[e])
            w->endings[w->n_endings++] = e;
    g_free(met);
}

/* Lists the states of a graph in which two options can be taken, by decision. */
static void find_states(struct comparison *w, const struct state_graph *graph)
{
    struct branch b[STORY_OPTIONS_MAX];
    w->view = state_graph_view(graph);
    for (int32_t d = 0; d < w->in->s->n_decisions; d++)
        g_array_set_size(w->by_decision[d].states, 0);
    for (uint32_t i = 0; i < state_graph_n_states(graph) && !patience_ends_at(w->patience, i); i++) {
        const int32_t n = state_graph_view_out_degree(&w->view, i) > 1 ? list_branches(w, i, b) : 0;
        if (n > 1)
            g_array_append_val(w->by_decision[label_of(w, i, b[0].first)->decision].states, i);
    }
}

/* How often a viewing takes an option of each decision. */
static void sum_met(struct comparison *w)
{
    for (uint32_t i = 0; i < state_graph_n_states(w->in->graph) && !patience_ends_at(w->patience, i); i++)
        for (uint32_t k = 0; k < state_graph_view_out_degree(&w->view, i); k++) {
            const struct state_graph_label *label = label_of(w, i, k);
            if (label->choice >= 0)
                w->out[label->decision].met += w->visits[i] * label->chance;
        }
}

/* Where the viewers come to none of the decision's states, all weigh the same. */
static double weight_of(const struct comparison *w, const struct decision_sums *q, uint32_t state)
{
    return q->visited ? w->visits[state] : w->in->sizes ? w->in->sizes[state] : 1;
}

/* ---- endings ------------------------------------------------------------------------------------------------------ */

/* The chances of so many endings, once this option is picked. */
static void chances_after_branch(const struct comparison *w, uint32_t state, const struct branch *b,
                                 const double *chances, int32_t lanes, double *sum)
{
    memset(sum, 0, (size_t)lanes * sizeof *sum); /* only draws decide; they are the same for all viewers */
    for (uint32_t i = b->first; i < b->first + b->n; i++) {
        const struct state_graph_transition step = transition_of(w, state, i);
        const double *there = chances + (size_t)step.to * (size_t)lanes;
        const double share = b->chance > 0 ? step.label->chance / b->chance : 0;
        for (int32_t l = 0; l < lanes; l++)
            sum[l] += share * there[l];
    }
}

/* Chances of a block of endings, for all states. */
struct ending_block {
    const double *chances;
    int32_t lanes, n; /* of the lanes, so many are endings */
};

/* The usual case: two options, each of which leads to one state. True if this is one, and was added. */
static bool add_two_options(const struct comparison *w, int32_t d, uint32_t state, const struct ending_block *e,
                            double weight)
{
    const struct state_graph_packed *t = &w->view.transitions[w->view.first[state]];
    if (w->view.first[state + 1] - w->view.first[state] != 2)
        return false;
    const struct state_graph_label *x = &w->view.labels[t[0].label & ~STATE_GRAPH_BACK];
    const struct state_graph_label *y = &w->view.labels[t[1].label & ~STATE_GRAPH_BACK];
    if (x->choice < 0 || y->choice <= x->choice || x->chance <= 0 || y->chance <= 0)
        return false;
    const double *a = e->chances + (size_t)t[0].to * (size_t)e->lanes;
    const double *b = e->chances + (size_t)t[1].to * (size_t)e->lanes;
    double distance = 0;
    for (int32_t l = 0; a != b && l < e->n; l++)
        distance += fabs(a[l] - b[l]);
    w->by_decision[d].sums[x->choice * w->in->s->decisions[d].options.n + y->choice] += weight * distance / 2;
    return true;
}

/* Adds what these endings contribute to the distance between any two options. */
static void add_state_differences(struct comparison *w, int32_t d, uint32_t state, const struct ending_block *e,
                                  double *values)
{
    const struct decision_sums *q = &w->by_decision[d];
    const int32_t n_options = w->in->s->decisions[d].options.n;
    const double weight = weight_of(w, q, state);
    struct branch b[STORY_OPTIONS_MAX];
    if (weight <= 0 || add_two_options(w, d, state, e, weight))
        return;
    const int32_t n = list_branches(w, state, b);
    for (int32_t k = 0; k < n; k++) {
        const double *mine = values + k * e->lanes;
        chances_after_branch(w, state, &b[k], e->chances, e->lanes, values + k * e->lanes);
        for (int32_t j = 0; j < k; j++) {
            double distance = 0;
            for (int32_t l = 0; l < e->n; l++)
                distance += fabs(values[j * e->lanes + l] - mine[l]);
            q->sums[b[j].option * n_options + b[k].option] += weight * distance / 2;
        }
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
            q->weights[b[j].option * n_options + b[k].option] += weight_of(w, q, state);
}

/* Adds what n endings contribute, which are solved at once. */
static void add_endings(struct comparison *w, struct odds *odds, const int32_t *endings, int32_t n)
{
    const int32_t lanes = odds_lanes(odds);
    const struct ending_block e = {odds_reaching(odds, endings, n), lanes, n};
    double *values = g_new(double, (gsize)lanes *STORY_OPTIONS_MAX);
    for (int32_t d = 0; d < w->in->s->n_decisions; d++)
        for (guint i = 0; i < w->by_decision[d].states->len && !patience_is_over(w->patience); i++)
            add_state_differences(w, d, g_array_index(w->by_decision[d].states, uint32_t, i), &e, values);
    g_free(values);
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
        for (guint i = 0; i < q->states->len && !patience_is_over(w->patience); i++)
            add_state_weights(w, d, g_array_index(q->states, uint32_t, i));
    }
    for (int32_t e = 0; e < w->n_endings && !odds_gave_up(odds); e += odds_lanes(odds))
        add_endings(w, odds, w->endings + e, MIN(odds_lanes(odds), w->n_endings - e));
    odds_drop_reaching(odds);
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

/* Where the state was met on this side; NULL: it was not. Valid until the next one is met. */
static struct meeting *meeting_of(const struct comparison *w, int32_t side, uint32_t state)
{
    const guint place = GPOINTER_TO_UINT(g_hash_table_lookup(w->place[side], GUINT_TO_POINTER(state)));
    return place > 0 ? &g_array_index(w->met, struct meeting, place - 1) : NULL;
}

static void reach_state(struct comparison *w, int32_t side, const struct state_graph_transition *step, int64_t us)
{
    struct meeting *known = meeting_of(w, side, step->to);
    if (step->label->back || (known && (known->us == PASSED || known->us <= us)))
        return;
    assert(us >= 0);
    if (known)
        known->us = us;
    else {
        const struct meeting m = {us};
        g_array_append_val(w->met, m);
        g_hash_table_insert(w->place[side], GUINT_TO_POINTER(step->to), GUINT_TO_POINTER(w->met->len));
    }
    time_heap_push(w->heap, (struct time_heap_entry){us, step->to, side});
}

static bool same_branch(const struct comparison *w, uint32_t state, const struct branch *a, const struct branch *b)
{
    bool same = a->n == b->n;
    for (uint32_t i = 0; same && i < a->n; i++) {
        const struct state_graph_transition x = transition_of(w, state, a->first + i);
        const struct state_graph_transition y = transition_of(w, state, b->first + i);
        same = x.to == y.to && x.label->node_sequence == y.label->node_sequence && x.label->min_us == y.label->min_us &&
               x.label->max_us == y.label->max_us && fabs(x.label->chance - y.label->chance) < SAME;
    }
    return same;
}

/* When futures meet. */
struct divergence {
    int64_t us;
    bool known; /* else they were not followed further: it is later */
};

/* Goes on from both sides at once, the soonest state first, until a state was passed on both. */
static struct divergence find_meeting(struct comparison *w)
{
    for (uint64_t round = 1; w->heap->len > 0 && !patience_ends_at(w->patience, round); round++) {
        const struct time_heap_entry e = time_heap_pop(w->heap);
        struct meeting *here = meeting_of(w, e.side, e.state);
        const struct meeting *other = meeting_of(w, !e.side, e.state);
        if (here->us != e.us)
            continue;
        if (other && other->us == PASSED)
            return (struct divergence){e.us, true};
        if (w->transitions > w->pair_end)
            return (struct divergence){e.us, false};
        here->us = PASSED;
        const uint32_t n = state_graph_view_out_degree(&w->view, e.state);
        w->transitions += n + 1;
        for (uint32_t i = 0; i < n; i++) {
            const struct state_graph_transition step = transition_of(w, e.state, i);
            reach_state(w, e.side, &step, e.us + step.label->min_us);
        }
    }
    return (struct divergence){CONSEQUENCE_FOR_GOOD, true};
}

/* Transitions begin at the event before the pick. This is the time from there to the pick itself. */
static int64_t wait_us(const struct story *s, int32_t decision)
{
    const struct story_decision *d = &s->decisions[decision];
    const struct story_event *events = &s->events[s->nodes[d->node].events.first];
    int32_t i = 0;
    while (events[i].kind != STORY_CLOSE || events[i].index != decision)
        i++;
    return story_pick_cuts(d) ? 0 : d->closes_us - events[i - 1].at_us;
}

static struct divergence find_divergence(struct comparison *w, uint32_t state, const struct branch *a,
                                         const struct branch *b)
{
    const struct branch *const both[] = {a, b};
    for (int32_t side = 0; side < 2; side++)
        for (uint32_t i = both[side]->first; i < both[side]->first + both[side]->n; i++) {
            const struct state_graph_transition step = transition_of(w, state, i);
            reach_state(w, side, &step, step.label->min_us);
        }
    assert(w->heap->len > 0);
    struct divergence x = find_meeting(w);
    if (x.us != CONSEQUENCE_FOR_GOOD)
        x.us = MAX(0, x.us - wait_us(w->in->s, label_of(w, state, a->first)->decision));
    g_hash_table_remove_all(w->place[0]);
    g_hash_table_remove_all(w->place[1]);
    g_array_set_size(w->met, 0);
    g_array_set_size(w->heap, 0);
    return x;
}

/* ---- variables ---------------------------------------------------------------------------------------------------- */

/* Which bits of the states at this location are variables that are live there? */
static void find_live_bits(struct comparison *w, const uint64_t *words, uint64_t *bits)
{
    pack_get(w->in->pack, words, w->values);
    const bool *live = w->in->live ? liveness_at(w->in->live, w->values) : NULL;
    memset(bits, 0, w->n_words * sizeof *bits);
    for (int32_t i = 0; i < w->in->s->n_vars; i++) {
        const struct pack_field f = pack_value(w->in->pack, i);
        bits[f.word] |= !live || live[i] ? pack_mask(f) : 0;
    }
}

/* The same, remembered: what is live depends on the location alone. */
static const uint64_t *live_bits(struct comparison *w, const uint64_t *words)
{
    uint64_t h = 0, differ = 0;
    for (size_t i = 0; i < w->n_words; i++)
        h = (h ^ (words[i] & w->location_mask[i])) * SPLITMIX64_STEP;
    uint64_t *known = w->known + (h >> 32) % LOCATIONS_KNOWN * 2 * w->n_words, *bits = known + w->n_words;
    for (size_t i = 0; i < w->n_words; i++)
        differ |= known[i] ^ (words[i] & w->location_mask[i]);
    if (!differ)
        return bits;
    for (size_t i = 0; i < w->n_words; i++)
        known[i] = words[i] & w->location_mask[i];
    find_live_bits(w, words, bits);
    return bits;
}

static void compare_vars(struct comparison *w, uint32_t a, uint32_t b)
{
    if (a == b)
        return;
    const uint64_t *x = w->in->words(w->in->user, a), *y = w->in->words(w->in->user, b);
    uint64_t both = 0;
    for (size_t i = 0; i < w->n_words; i++)
        both |= (x[i] ^ y[i]) & ~w->location_mask[i] & ~w->differ[i];
    if (!both)
        return; /* nothing that was not known to differ */
    both = 0;
    const uint64_t *live = live_bits(w, x);
    for (size_t i = 0; i < w->n_words; i++)
        both |= w->both[i] = (x[i] ^ y[i]) & live[i];
    live = both ? live_bits(w, y) : live;
    for (size_t i = 0; both && i < w->n_words; i++)
        w->differ[i] |= w->both[i] & live[i];
}

static void list_differing_vars(const struct comparison *w, struct consequence *c)
{
    for (int32_t i = 0; i < w->in->s->n_vars; i++) {
        const struct pack_field f = pack_value(w->in->pack, i);
        c->vars[i] = (w->differ[f.word] & pack_mask(f)) != 0;
    }
}

static void compare_pair_vars(struct comparison *w, uint32_t state, const struct branch *a, const struct branch *b)
{
    for (uint32_t i = a->first; i < a->first + a->n; i++)
        for (uint32_t k = b->first; k < b->first + b->n; k++)
            compare_vars(w, transition_of(w, state, i).to, transition_of(w, state, k).to);
}

/* Which variables differ is asked of every state. Keeps those of the states in which two options don't lead straight to the same.
 * Returns how many pairs of options these are. */
static uint64_t compare_next_states(struct comparison *w, int32_t d)
{
    GArray *states = w->by_decision[d].states;
    struct branch b[STORY_OPTIONS_MAX];
    uint64_t differ = 0;
    guint kept = 0;
    memset(w->differ, 0, w->n_words * sizeof *w->differ);
    for (guint i = 0; i < states->len; i++) {
        const uint32_t state = g_array_index(states, uint32_t, i);
        const int32_t n = list_branches(w, state, b);
        const uint64_t before = differ;
        for (int32_t k = 0; k < n && !patience_is_over(w->patience); k++)
            for (int32_t j = 0; j < k; j++) {
                differ += !same_branch(w, state, &b[j], &b[k]);
                compare_pair_vars(w, state, &b[j], &b[k]);
            }
        if (differ > before)
            g_array_index(states, uint32_t, kept++) = state;
    }
    g_array_set_size(states, kept);
    list_differing_vars(w, &w->out[d]);
    return differ;
}

/* Of the pairs of a state, counts those whose futures meet at once. */
static uint64_t compare_futures_of_state(struct comparison *w, struct consequence *c, uint32_t state)
{
    struct branch b[STORY_OPTIONS_MAX];
    const int32_t n = list_branches(w, state, b);
    uint64_t at_once = 0;
    for (int32_t k = 0; k < n && !patience_is_over(w->patience); k++)
        for (int32_t j = 0; j < k && w->transitions < w->decision_end; j++) {
            if (same_branch(w, state, &b[j], &b[k]))
                continue;
            w->pair_end =
                w->transitions + (w->decision_end - w->transitions) / MIN(w->pairs_left, DIVERGENCE_PAIRS_LEAST);
            w->pairs_left--;
            const struct divergence x = find_divergence(w, state, &b[j], &b[k]);
            c->divergence_us = MAX(c->divergence_us, x.us);
            c->divergence_known &= x.known;
            at_once += x.known && x.us == 0;
        }
    return at_once;
}

/* Nothing is longer than for good, so no further state is asked then. */
static void compare_futures(struct comparison *w, int32_t d)
{
    const GArray *states = w->by_decision[d].states;
    struct consequence *c = &w->out[d];
    const uint64_t differ = w->pairs_left = compare_next_states(w, d);
    uint64_t at_once = 0;
    c->divergence_known = true;
    for (guint i = 0; i < states->len && w->transitions < w->decision_end && c->divergence_us != CONSEQUENCE_FOR_GOOD &&
                      !patience_is_over(w->patience);
         i++)
        at_once +=
            compare_futures_of_state(w, c, g_array_index(states, uint32_t, (guint)(i * STATES_STEP % states->len)));
    c->divergence_known =
        c->divergence_us == CONSEQUENCE_FOR_GOOD || (c->divergence_known && w->transitions < w->decision_end);
    c->illusion = c->compared && at_once == differ;
}

/* Each decision has an equal share of what those before it left. The last ones come first: less follows them, so they leave more. */
static void compare_all_futures(struct comparison *w)
{
    const bool large = state_graph_n_transitions(w->in->states) > DIVERGENCE_LARGE_GRAPH;
    const uint64_t most = large ? DIVERGENCE_LARGE_MAX : DIVERGENCE_TRANSITIONS_MAX;
    find_states(w, w->in->states);
    for (int32_t d = w->in->s->n_decisions; d-- > 0 && !odds_gave_up(w->in->odds);) {
        const uint64_t left = most - MIN(most, w->transitions);
        w->decision_end = w->transitions + left / (uint64_t)(d + 1) + 1;
        compare_futures(w, d);
    }
    find_states(w, w->in->graph);
}

/* ---- film behind one option alone ---------------------------------------------------------------------------------- */

/* Bit 0 stands for plays that may take any option, each further bit for those that never take one certain option. */
#define OPTIONS_AT_ONCE 63

struct avoidance {
    int32_t first;       /* option of the story: bit 1 */
    uint64_t *states;    /* state: by which of these plays it is met */
    uint64_t *sequences; /* step sequence: by which of them it is begun */
    uint64_t *takes;     /* step sequence: which of the options it takes */
    uint64_t *nodes;     /* node: by which of them it is entered */
    bool *waits;         /* state: more plays go on from it than when it was looked at */
};

/* The bit of an option in this block, or 0. */
static uint64_t option_bit(const struct avoidance *x, int32_t step)
{
    const int32_t i = SEQUENCES_OPTION(step) - x->first;
    return step < 0 && i >= 0 && i < OPTIONS_AT_ONCE ? UINT64_C(2) << i : 0;
}

static void find_takers(const struct comparison *w, struct avoidance *x)
{
    for (uint32_t q = 0; q < sequences_count(w->in->sequences); q++) {
        int32_t n;
        const int32_t *steps = sequences_steps(w->in->sequences, q, &n);
        x->sequences[q] = x->takes[q] = 0;
        for (int32_t i = 0; i < n; i++)
            x->takes[q] |= option_bit(x, steps[i]);
    }
}

/* Which nodes the sequences enter before they take the option. */
static void find_entered(const struct comparison *w, struct avoidance *x)
{
    memset(x->nodes, 0, (size_t)w->in->s->n_nodes * sizeof *x->nodes);
    for (uint32_t q = 0; q < sequences_count(w->in->sequences); q++) {
        int32_t n;
        const int32_t *steps = sequences_steps(w->in->sequences, q, &n);
        uint64_t plays = x->sequences[q];
        for (int32_t i = 0; i < n; i++) {
            plays &= ~option_bit(x, steps[i]);
            if (steps[i] >= 0)
                x->nodes[steps[i]] |= plays;
        }
    }
}

/* The plays that come to a state go on. Returns whether more come to a state than before. */
static bool step_avoiding(const struct comparison *w, struct avoidance *x, uint32_t state)
{
    bool more = false;
    for (uint32_t k = 0; k < state_graph_view_out_degree(&w->view, state); k++) {
        const struct state_graph_transition t = transition_of(w, state, k);
        if (t.label->back)
            continue;
        const uint32_t q = t.label->step_sequence;
        const uint64_t behind = x->states[state] & ~x->takes[q];
        x->sequences[q] |= x->states[state];
        if (behind & ~x->states[t.to])
            more = x->waits[t.to] = true;
        x->states[t.to] |= behind;
    }
    return more;
}

/* Finds all that is met by plays that never take one of these options. */
static void search_avoiding(struct comparison *w, struct avoidance *x)
{
    const struct state_graph_order *order = w->in->order;
    memset(x->states, 0, state_graph_n_states(w->in->graph) * sizeof *x->states);
    for (guint i = 0; i < w->in->n_starts; i++) {
        x->states[w->in->starts[i]] = UINT64_MAX;
        x->waits[w->in->starts[i]] = true;
    }
    for (uint32_t i = 0; i < order->n_forward && !patience_ends_at(w->patience, i); i++)
        step_avoiding(w, x, order->states[i]);
    for (bool more = true; more && !patience_is_over(w->patience);) {
        more = false;
        for (uint32_t i = order->n_forward; i < order->n && !patience_ends_at(w->patience, i); i++) {
            const uint32_t state = order->states[i];
            if (!x->waits[state])
                continue;
            x->waits[state] = false;
            more |= step_avoiding(w, x, state);
        }
    }
}

/* Marks what is met by some plays, but not by those that never take this option. */
static void mark_exclusive(struct comparison *w, const struct avoidance *x, int32_t option)
{
    struct consequence *c = &w->out[w->in->s->options[option].decision];
    const uint64_t bit = UINT64_C(2) << (option - x->first);
    for (int32_t i = 0; c->compared && i < w->in->s->n_nodes; i++)
        c->exclusive[i] |= x->nodes[i] & 1 && !(x->nodes[i] & bit);
}

static void sum_exclusive(const struct story *s, struct consequence *c, bool known)
{
    c->exclusive_known = known;
    for (int32_t i = 0; i < s->n_nodes; i++) {
        c->exclusive[i] &= known;
        c->illusion &= !c->exclusive[i];
        c->exclusive_us += c->exclusive[i] ? schedule_planned_length(s, i) : 0;
    }
}

static void find_all_exclusive(struct comparison *w)
{
    const struct story *s = w->in->s;
    const gsize n = (gsize)state_graph_n_states(w->in->graph) + 1, q = (gsize)sequences_count(w->in->sequences) + 1;
    struct avoidance x = {.states = g_new(uint64_t, n),
                          .sequences = g_new(uint64_t, q),
                          .takes = g_new(uint64_t, q),
                          .nodes = g_new(uint64_t, (gsize)s->n_nodes + 1),
                          .waits = g_new0(bool, n)};
    bool known = true;
    for (x.first = 0; x.first < s->n_options && known; x.first += OPTIONS_AT_ONCE) {
        find_takers(w, &x);
        search_avoiding(w, &x);
        find_entered(w, &x);
        for (int32_t i = x.first; i < MIN(s->n_options, x.first + OPTIONS_AT_ONCE) && !patience_is_over(w->patience);
             i++)
            mark_exclusive(w, &x, i);
        known = !w->in->may_continue || w->in->may_continue(w->in->caller);
    }
    for (int32_t d = 0; d < s->n_decisions && !patience_is_over(w->patience); d++)
        sum_exclusive(s, &w->out[d], known);
    g_free(x.waits);
    g_free(x.nodes);
    g_free(x.takes);
    g_free(x.sequences);
    g_free(x.states);
}

/* ---- all ---------------------------------------------------------------------------------------------------------- */

static bool is_too_large(const struct story *s)
{
    return (int64_t)s->n_nodes * s->n_decisions > EXCLUSIVE_MAX;
}

static void comparison_begin(struct comparison *w)
{
    const struct story *s = w->in->s;
    w->out = g_new0(struct consequence, (gsize)s->n_decisions + 1);
    w->by_decision = g_new0(struct decision_sums, (gsize)s->n_decisions + 1);
    for (int32_t d = 0; d < s->n_decisions; d++) {
        const gsize pairs = (gsize)s->decisions[d].options.n * (gsize)s->decisions[d].options.n + 1;
        w->by_decision[d].pairs = pairs;
        w->by_decision[d].states = g_array_new(FALSE, FALSE, sizeof(uint32_t));
        w->by_decision[d].sums = g_new0(double, pairs);
        w->by_decision[d].weights = g_new0(double, pairs);
        w->out[d].vars = g_new0(bool, (gsize)s->n_vars + 1);
        w->out[d].exclusive = is_too_large(s) ? NULL : g_new0(bool, (gsize)s->n_nodes + 1);
    }
    w->values = g_new0(int32_t, (gsize)play_state_slots(s));
    w->n_words = (size_t)pack_words(w->in->pack);
    w->location_mask = g_new0(uint64_t, w->n_words);
    pack_location_mask(w->in->pack, w->location_mask);
    w->known = g_new0(uint64_t, 2 * w->n_words * LOCATIONS_KNOWN);
    memset(w->known, 0xff, 2 * w->n_words * LOCATIONS_KNOWN * sizeof *w->known); /* no location is all ones */
    w->both = g_new0(uint64_t, w->n_words);
    w->differ = g_new0(uint64_t, w->n_words);
    w->place[0] = g_hash_table_new(NULL, NULL);
    w->place[1] = g_hash_table_new(NULL, NULL);
    w->met = g_array_new(FALSE, FALSE, sizeof(struct meeting));
    w->heap = g_array_new(FALSE, FALSE, sizeof(struct time_heap_entry));
}

static void comparison_end(struct comparison *w)
{
    for (int32_t d = 0; d < w->in->s->n_decisions; d++) {
        g_array_unref(w->by_decision[d].states);
        g_free(w->by_decision[d].sums);
        g_free(w->by_decision[d].weights);
    }
    g_free(w->values);
    g_free(w->location_mask);
    g_free(w->known);
    g_free(w->both);
    g_free(w->differ);
    g_free(w->by_decision);
    g_free(w->endings);
    g_hash_table_unref(w->place[0]);
    g_hash_table_unref(w->place[1]);
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
    struct comparison w = {.in = in, .visits = odds_visits_of(in->odds), .patience = state_graph_patience(in->graph)};
    comparison_begin(&w);
    list_endings(&w);
    find_states(&w, in->graph);
    sum_met(&w);
    find_shifts(&w);
    compare_all_futures(&w);
    if (!odds_gave_up(in->odds) && !is_too_large(in->s))
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

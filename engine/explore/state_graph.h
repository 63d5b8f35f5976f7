/*
 * state_graph: the states that were found and the transitions between them, as arrays; and the questions that need all of them
 * at once. States are numbered from 0. The transitions of a state stand together, in the order of the states.
 *
 * Order of calls: state_graph_new(); for each state in turn state_graph_add_labelled() for each of its transitions, then
 * state_graph_close_state(); then the questions; state_graph_free(). One thread. Each question costs O(transitions), the
 * shortest times O(transitions * log states) where there are circles. No question follows the viewer's going back.
 */
#pragma once

#include "explore/patience.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A time that does not exist, and one without bound. */
#define STATE_GRAPH_NEVER   INT64_MAX
#define STATE_GRAPH_ENDLESS (INT64_MAX - 1)

struct state_graph;

struct state_graph *state_graph_new(void);
void state_graph_free(struct state_graph *g); /* accepts NULL */

/* An empty one, whose labels are those of the other, with the same numbers and the same patience. */
struct state_graph *state_graph_new_with_labels(const struct state_graph *other);

/* What is known of a transition besides the state where it ends. Few labels differ, so each is stored once. */
struct state_graph_label {
    int64_t min_us, max_us;   /* planned media time that passes; they differ where a pick may come at any moment */
    double chance;            /* choice_model_uniform() of its input, times the chances of its draws */
    double measured;          /* the same with choice_model_measured() */
    uint32_t node_sequence;   /* the nodes that it enters: explore/sequences.h */
    uint32_t step_sequence;   /* the same with the options that it takes, picked or when time runs out */
    int32_t decision, choice; /* the decision that is open, or -1; the option that is picked, or -1: time passes */
    bool back;                /* it begins with the viewer's going back */
    bool merged;              /* as in struct transition */
};

bool state_graph_label_equal(const struct state_graph_label *a, const struct state_graph_label *b);

/* The number of this label; a new one if need be. */
uint32_t state_graph_label_number(struct state_graph *g, const struct state_graph_label *label);

/* A transition of the state that is open now, to the state `to`, with the label of that number. */
void state_graph_add_labelled(struct state_graph *g, uint32_t to, uint32_t number);

/*
 * The open state has no more transitions; those of the next one follow. If its last ones repeat an earlier one, they become one with
 * it, and its chances the sum of theirs: time runs out and takes the very option that could be picked, at the same moment, with the
 * same film behind it. Earlier transitions keep their places.
 */
void state_graph_close_state(struct state_graph *g);

/* The same, but repeated transitions stay. */
void state_graph_close_as_it_is(struct state_graph *g);

uint32_t state_graph_n_states(const struct state_graph *g); /* that were closed */
uint32_t state_graph_n_labels(const struct state_graph *g);
uint64_t state_graph_n_transitions(const struct state_graph *g);
size_t state_graph_bytes(const struct state_graph *g); /* that it holds, but for the labels */

/* The i-th of the state_graph_out_degree() transitions of a state. The label is borrowed until the next one is added. */
struct state_graph_transition {
    uint32_t to;
    const struct state_graph_label *label;
};
uint32_t state_graph_out_degree(const struct state_graph *g, uint32_t state);
struct state_graph_transition state_graph_transition(const struct state_graph *g, uint32_t state, uint32_t i);

/* The same for a caller that looks at every transition again and again. For closed states; borrowed until the next transition
 * is added. */
struct state_graph_packed {
    uint32_t to, label; /* label: its number, with STATE_GRAPH_BACK where the viewer goes back */
};
#define STATE_GRAPH_BACK (UINT32_C(1) << 31)
struct state_graph_view {
    const uint32_t *first; /* transition of each state, and the end of the last state's */
    const struct state_graph_packed *transitions;
    const struct state_graph_label *labels;
};
struct state_graph_view state_graph_view(const struct state_graph *g);

static inline uint32_t state_graph_view_out_degree(const struct state_graph_view *v, uint32_t state)
{
    return v->first[state + 1] - v->first[state];
}

static inline struct state_graph_transition state_graph_view_transition(const struct state_graph_view *v,
                                                                        uint32_t state, uint32_t i)
{
    const struct state_graph_packed *out = &v->transitions[v->first[state] + i];
    return (struct state_graph_transition){out->to, &v->labels[out->label & ~STATE_GRAPH_BACK]};
}

/*
 * The states that are met from any of the starts, each before those that it leads to. Only in the part that begins with the n_forward-th
 * some transitions return: those states lie on circles or behind them, and no transition leads from there to the states before. What is
 * answered by iteration is iterated in that part alone. Of a single start, it is the first of all. `n` may be more than were closed.
 */
struct state_graph_order {
    uint32_t *states, n, n_forward;
    bool cycles; /* n_forward < n */
};
struct state_graph_order state_graph_order_new(const struct state_graph *g, uint32_t n, const uint32_t *starts,
                                               uint32_t n_starts);
void state_graph_order_free(struct state_graph_order *o);
/* Who waits for the following answers; NULL: they take as long as they take. When it is over, an answer is of no use. */
void state_graph_set_patience(struct state_graph *g, struct patience *patience);
struct patience *state_graph_patience(const struct state_graph *g);

/* From which of the `n` states can a state with goal[i] be reached? `n` may be more than were closed. Sets reaches[i], also for
 * the goals themselves. `order` may be NULL; with all `n` states in it, this costs little memory. */
void state_graph_reaching(const struct state_graph *g, uint32_t n, const struct state_graph_order *order,
                          const bool *goal, bool *reaches);

/* Sets us[i] to the shortest time from any of the starts to each of the `n` states, or to STATE_GRAPH_NEVER. For each state that
 * is reached and is no start, sets by[i] to the number of the transition that ends there soonest, for state_graph_source().
 * `order`: that of these starts. */
void state_graph_shortest(const struct state_graph *g, const struct state_graph_order *order, uint32_t n,
                          const uint32_t *starts, uint32_t n_starts, int64_t *us, uint32_t *by);

/* The state of which the transition with this number, among all, is the *i-th. O(log states). */
uint32_t state_graph_source(const struct state_graph *g, uint32_t number, uint32_t *i);

/* Sets us[i] to the longest time from a start to each of the `n` states: STATE_GRAPH_ENDLESS where a circle lies on a path to it,
 * STATE_GRAPH_NEVER where nothing leads to it. `shortest`: what state_graph_shortest() found. */
void state_graph_longest(const struct state_graph *g, const struct state_graph_order *order, uint32_t n,
                         const int64_t *shortest, int64_t *us);

/* True, or an assertion fails. O(1). */
bool state_graph_check(const struct state_graph *g);

/*
 * graph: the states that were found and the ways between them, as arrays; and the questions that need all of them at
 * once. States are numbered from 0; the ways of a state stand together, in the order of the states. One thread.
 * Build: state_graph_new(), then for each state in turn state_graph_add_plain() for its ways and state_graph_close_state(). Each question costs
 * O(ways), the shortest times O(ways * log states).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A time that is not known, and one without bound. */
#define STATE_GRAPH_NEVER   INT64_MAX
#define STATE_GRAPH_ENDLESS (INT64_MAX - 1)

struct state_graph;

struct state_graph *state_graph_new(void);
void state_graph_free(struct state_graph *g); /* accepts NULL */

/* A way of the state that is open now, to another; `back`: by the viewer's going back, which no question follows. */
void state_graph_add_plain(struct state_graph *g, uint32_t to, int64_t min_us, int64_t max_us, bool back);

/* What else is known of a way, for the questions further down; few differ. */
struct state_graph_label {
    int64_t min_us, max_us;
    double chance; /* that a viewer who takes any option alike goes it, with the draws on it; choice_model_uniform() */
    double measured;          /* the same for one who decides as was measured; choice_model_measured() */
    uint32_t node_sequence;   /* which nodes it enters, in which order: explore/sequences.h */
    int32_t length;           /* decisions and draws on it */
    int32_t decision, choice; /* the decision that is open, or -1; the option that is picked, or -1: time passes */
    uint32_t
        step_sequence; /* the same as film, with every option that is taken on the way, picked or when time runs out */
    bool back;
    bool merged; /* as in struct transition */
};

bool state_graph_label_equal(const struct state_graph_label *a, const struct state_graph_label *b);

/* As state_graph_add_plain(), which is one of chance 1 and length 0. */
void state_graph_add(struct state_graph *g, uint32_t to, const struct state_graph_label *label);

/* The same in two steps, for who adds many of a kind. */
uint32_t state_graph_label_number(struct state_graph *g, const struct state_graph_label *label);
void state_graph_add_labelled(struct state_graph *g, uint32_t to, uint32_t number);

/* The i-th of the state_graph_out_degree() ways of a state; `kind` is borrowed until the next way is added. */
struct state_graph_transition {
    uint32_t to;
    const struct state_graph_label *label;
};
uint32_t state_graph_out_degree(const struct state_graph *g, uint32_t state);
struct state_graph_transition state_graph_transition(const struct state_graph *g, uint32_t state, uint32_t i);

/* The same of closed states, for who looks at each way again and again; borrowed until the next way is added. */
struct state_graph_packed {
    uint32_t to, label; /* kind: with STATE_GRAPH_BACK where it is one of the viewer's going back */
};
#define STATE_GRAPH_BACK (UINT32_C(1) << 31)
struct state_graph_view {
    const uint32_t *first; /* way of each state, and the end of the last one's */
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

/* The state has no more ways; the next one's follow. */
void state_graph_close_state(struct state_graph *g);

uint32_t state_graph_n_states(const struct state_graph *g); /* that were closed */
uint64_t state_graph_n_transitions(const struct state_graph *g);
size_t state_graph_bytes(const struct state_graph *g);

/*
 * From which of the `n` states can a state with goal[i] be reached? n may be more than were closed. Sets reaches[i],
 * also for the goals themselves.
 */
void state_graph_reaching(const struct state_graph *g, uint32_t n, const bool *goal, bool *reaches);

/* The shortest time from any of the starts to each of the n states, or STATE_GRAPH_NEVER. `by`: of each state that is no start and
 * is reached, the number of the way by which it is so soon, for state_graph_source(). */
void state_graph_shortest(const struct state_graph *g, uint32_t n, const uint32_t *starts, uint32_t n_starts,
                          int64_t *us, uint32_t *by);

/* Whose i-th way has this number among all. */
uint32_t state_graph_source(const struct state_graph *g, uint32_t number, uint32_t *i);

/* The longest time from a start to each state, STATE_GRAPH_ENDLESS where a circle lies on a way to it. `shortest`: what
 * state_graph_shortest() found; states that are never reached get STATE_GRAPH_NEVER. */
void state_graph_longest(const struct state_graph *g, uint32_t n, const int64_t *shortest, int64_t *us);

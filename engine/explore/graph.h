/*
 * graph: the states that were found and the ways between them, as arrays; and the questions that need all of them at
 * once. States are numbered from 0; the ways of a state stand together, in the order of the states. One thread.
 * Build: graph_new(), then for each state in turn graph_way() for its ways and graph_close(). Each question costs
 * O(ways), the shortest times O(ways * log states).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A time that is not known, and one without bound. */
#define GRAPH_NEVER   INT64_MAX
#define GRAPH_ENDLESS (INT64_MAX - 1)

struct graph;

struct graph *graph_new(void);
void graph_free(struct graph *g); /* accepts NULL */

/* A way of the state that is open now, to another; `back`: by the viewer's going back, which no question follows. */
void graph_way(struct graph *g, uint32_t to, int64_t min_us, int64_t max_us, bool back);

/* What else is known of a way, for the questions further down; few differ. */
struct graph_kind {
    int64_t min_us, max_us;
    double chance;   /* that a viewer who takes any option alike goes it, with the draws on it; ways_chance() */
    double measured; /* the same for one who decides as was measured; ways_measured() */
    uint32_t film;   /* which nodes it enters, in which order: explore/films.h */
    int32_t length;  /* decisions and draws on it */
    int32_t decision, choice; /* the decision that is open, or -1; the option that is picked, or -1: time passes */
    uint32_t course; /* the same as film, with every option that is taken on the way, picked or when time runs out */
    bool back;
    bool merged; /* as in struct ways_edge */
};

bool graph_kind_equal(const struct graph_kind *a, const struct graph_kind *b);

/* As graph_way(), which is one of chance 1 and length 0. */
void graph_way_of(struct graph *g, uint32_t to, const struct graph_kind *kind);

/* The same in two steps, for who adds many of a kind. */
uint32_t graph_kind_number(struct graph *g, const struct graph_kind *kind);
void graph_way_numbered(struct graph *g, uint32_t to, uint32_t number);

/* The i-th of the graph_n_steps() ways of a state; `kind` is borrowed until the next way is added. */
struct graph_step {
    uint32_t to;
    const struct graph_kind *kind;
};
uint32_t graph_n_steps(const struct graph *g, uint32_t state);
struct graph_step graph_step(const struct graph *g, uint32_t state, uint32_t i);

/* The same of closed states, for who looks at each way again and again; borrowed until the next way is added. */
struct graph_way {
    uint32_t to, kind; /* kind: with GRAPH_BACK where it is one of the viewer's going back */
};
#define GRAPH_BACK (UINT32_C(1) << 31)
struct graph_view {
    const uint32_t *first; /* way of each state, and the end of the last one's */
    const struct graph_way *ways;
    const struct graph_kind *kinds;
};
struct graph_view graph_view(const struct graph *g);

static inline uint32_t graph_view_n(const struct graph_view *v, uint32_t state)
{
    return v->first[state + 1] - v->first[state];
}

static inline struct graph_step graph_view_step(const struct graph_view *v, uint32_t state, uint32_t i)
{
    const struct graph_way *way = &v->ways[v->first[state] + i];
    return (struct graph_step){way->to, &v->kinds[way->kind & ~GRAPH_BACK]};
}

/* The state has no more ways; the next one's follow. */
void graph_close(struct graph *g);

uint32_t graph_states(const struct graph *g); /* that were closed */
uint64_t graph_ways(const struct graph *g);
size_t graph_bytes(const struct graph *g);

/*
 * From which of the `n` states can a state with goal[i] be reached? n may be more than were closed. Sets reaches[i],
 * also for the goals themselves.
 */
void graph_reaching(const struct graph *g, uint32_t n, const bool *goal, bool *reaches);

/* The shortest time from any of the starts to each of the n states, or GRAPH_NEVER. `by`: of each state that is no start and
 * is reached, the number of the way by which it is so soon, for graph_way_owner(). */
void graph_shortest(const struct graph *g, uint32_t n, const uint32_t *starts, uint32_t n_starts, int64_t *us,
                    uint32_t *by);

/* Whose i-th way has this number among all. */
uint32_t graph_way_owner(const struct graph *g, uint32_t number, uint32_t *i);

/* The longest time from a start to each state, GRAPH_ENDLESS where a circle lies on a way to it. `shortest`: what
 * graph_shortest() found; states that are never reached get GRAPH_NEVER. */
void graph_longest(const struct graph *g, uint32_t n, const int64_t *shortest, int64_t *us);

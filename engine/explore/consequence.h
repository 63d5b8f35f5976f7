/*
 * consequence: what each decision changes, over the graph of all states and for the viewers of explore/odds.h. Two options are
 * compared where a viewer can take either of them in the very same state, so that every difference is caused by the choice.
 * The differences are then averaged over all such states, each weighted by how often viewings come to it.
 *
 * One thread. consequence_new() costs (endings + 2) solutions of odds, twice that with measured odds, some milliseconds for each
 * decision, and a pass over all transitions for every 63 options. What would take longer is left out, and says so
 * (`divergence_known`, `exclusive_known`).
 */
#pragma once

#include "explore/liveness.h"
#include "explore/odds.h"
#include "explore/pack.h"
#include "explore/sequences.h"
#include "explore/state_graph.h"

#include <glib.h>

/* A divergence that never ends. */
#define CONSEQUENCE_FOR_GOOD STATE_GRAPH_NEVER

struct consequence {
    bool compared; /* in some state two options can be taken; else the rest is 0 */
    double met;    /* how often a viewing takes one of the options, on average */
    double
        shift; /* of the two options that differ most, the total variation distance between the endings that they lead
                      to, 0 to 1; stopping without an ending and going on forever count as endings, too */
    int32_t a, b;          /* these two options, as indices in the decision; a < b */
    double measured;       /* `shift` for viewers who decide as was measured; NAN: not asked for, or it took too long */
    bool illusion;         /* whatever is picked, the same film follows, and nothing that is asked later differs */
    int64_t divergence_us; /* the longest time from a pick until two options can lead to the same state again, as media
                               time; CONSEQUENCE_FOR_GOOD: somewhere they never do */
    bool divergence_known; /* else it is at least divergence_us: not all states were compared, or not all the way */
    bool *vars;            /* variable: differs behind some two options, and is asked later */
    bool *exclusive;       /* node: entered by some play, but by none that never takes a certain one of the options,
                               be it by timeout; NULL in a story of so many nodes and decisions that it is not known */
    int64_t exclusive_us;  /* planned length of these nodes */
    bool exclusive_known;  /* false: they were not looked for */
};

struct consequence_input {
    const struct story *s;
    const struct state_graph
        *graph;            /* may be that of classes of states (explore/state_quotient.h), as may be `over`, `starts`,
                                        `order` and both odds */
    const uint32_t *sizes; /* of each state of it: how many states it stands for; NULL: itself */
    const struct state_graph *states;  /* the graph of all states, to which `words` belongs */
    const struct sequences *sequences; /* that the graph's labels name */
    const struct pack *pack;
    struct liveness *live; /* NULL: every value is taken for one that is asked later */
    const uint64_t *(*words)(const void *user, uint32_t state); /* the packed state */
    const void *user;
    const int32_t *over;    /* of each state, as for odds_new() */
    const uint32_t *starts; /* n_starts states where plays begin */
    guint n_starts;
    const struct state_graph_order *order; /* of these starts */
    bool (*may_continue)(void *caller);    /* or NULL. False: leave out the rest of what takes long */
    void *caller;
    struct odds *odds;     /* of viewers who take every option with equal probability */
    struct odds *measured; /* of those who decide as was measured, or NULL */
};

/* An array with one element for each decision of the story. Invalid if odds_gave_up() afterwards, as it is when the patience of the
 * graph was over. */
struct consequence *consequence_new(const struct consequence_input *in);
void consequence_free(struct consequence *c, const struct story *s); /* accepts NULL */

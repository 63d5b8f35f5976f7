/*
 * consequence: what each decision changes, over the graph of all states and for viewers who choose as explore/odds.h says.
 * Options are compared where a viewer can take either, in the very same state, so that what differs is the option's doing;
 * then over all such states, each as often as viewings come to it.
 *
 * consequence_new() needs the ways of all states; consequence_free(). One thread. Costs (endings + 2) solutions of odds,
 * twice that where they were measured, and some milliseconds for each decision; what takes longer is left out, and says so (`divergence_known`).
 */
#pragma once

#include "explore/sequences.h"
#include "explore/state_graph.h"
#include "explore/liveness.h"
#include "explore/odds.h"
#include "explore/pack.h"

#include <glib.h>

/* Never the same state again. */
#define CONSEQUENCE_FOR_GOOD STATE_GRAPH_NEVER

struct consequence {
    bool compared; /* somewhere two options can be taken; else the rest is 0 */
    double met;    /* how often a viewing comes to take one of them, on average */
    double shift; /* 0 to 1: of the two options that differ most, the total variation distance between what endings each
                      makes likely (stopping without an ending and going on for ever count as endings, too) */
    int32_t a, b; /* these options, of the decision; a < b */
    double measured; /* the same as `shift` for viewers who decide as was measured; NAN: not asked, or took too long */
    bool illusion;   /* whatever is picked, the same film comes, and nothing that is asked later differs */
    /* Of film, from the pick: after which at the latest what came of any two options can be in the same state again, in the
     * same node; STATE_GRAPH_NEVER: never, somewhere. Only of those that were looked at where divergence_known is false. */
    int64_t divergence_us;
    bool divergence_known;
    bool *vars;      /* variable: differs behind some two options, and is asked later */
    bool *exclusive; /* node: met by some play, but by none in which one of the options is never taken, be it by time */
    int64_t exclusive_us; /* planned length of these */
    bool exclusive_known; /* else they were not looked for */
};

struct consequence_input {
    const struct story *s;
    const struct state_graph *graph;
    const struct sequences *sequences; /* of the graph's kinds */
    const struct pack *pack;
    struct liveness *live; /* or NULL: all values are asked */
    const uint64_t *(*words)(const void *user, uint32_t state);
    const void *user;
    const uint32_t *starts; /* states where plays begin */
    guint n_starts;
    struct odds *odds;     /* viewers who take any option alike */
    struct odds *measured; /* or NULL: those who decide as was measured */
};

/* Of each decision of the story. Worth nothing where odds_gave_up() afterwards. */
struct consequence *consequence_new(const struct consequence_input *in);
void consequence_free(struct consequence *c, const struct story *s); /* accepts NULL */

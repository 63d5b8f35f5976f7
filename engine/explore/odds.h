/*
 * odds: what becomes of viewers who never go back and either take every option with equal probability
 * (choice_model_uniform()) or decide as was measured (choice_model_measured()); and how many different viewings there are.
 *
 * The film is a Markov chain over the graph of all states, so nothing is drawn or sampled. Where the film only goes forward,
 * the chances are exact but for rounding. Where it goes in cycles they are solved by iteration, to about ODDS_PRECISION.
 *
 * Order of calls: odds_new(), odds_set_progress() if wanted, then any of the questions; odds_free(). One thread. A solution costs
 * O(transitions), and where there are cycles up to ODDS_ROUNDS times as much.
 */
#pragma once

#include "explore/state_graph.h"

#define ODDS_PRECISION 1e-12
#define ODDS_ROUNDS    20000

struct odds;

/* `over`: for each of the state_graph_n_states() its ending, ODDS_NO_ENDING where the film stops without one, ODDS_RUNNING where
 * it goes on. Borrowed, as is the graph. `measured`: viewers decide as was measured. */
#define ODDS_NO_ENDING (-1)
#define ODDS_RUNNING   (-2)
struct odds *odds_new(const struct state_graph *g, uint32_t start, const int32_t *over, bool measured);
void odds_free(struct odds *o); /* accepts NULL */

/* Called before each round over all states; a round takes a fraction of a second. Return false to give up. */
typedef bool (*odds_progress)(void *user);
void odds_set_progress(struct odds *o, odds_progress progress, void *user);

/* Were all outcomes of chance followed, from every state that is met? Chains of random routes without a clip between them that
 * lead to the same place are followed once (explore/successors.h). Then this is false, and the chances below are lower
 * bounds. */
bool odds_exact(const struct odds *o);

/* Was it given up, because `progress` said so or because it took ODDS_WORK_MAX transitions, about two seconds? Then no answer
 * is valid, those given before included. */
#define ODDS_WORK_MAX UINT64_C(200000000)
bool odds_gave_up(const struct odds *o);

/* How often a viewing comes to each state, on average. Where the film can never stop, nobody is counted any more. Borrowed until
 * odds_free(). */
const double *odds_visits_of(struct odds *o);

/* For each state, the chance that the film stops at this ending (ODDS_NO_ENDING: without one; ODDS_RUNNING: at all). Borrowed
 * until the next call. */
const double *odds_reaching(struct odds *o, int32_t ending);

/*
 * How many different viewings stop. Two viewings are different when, at one of the moments at which somebody or something
 * chooses, another option was taken, time ran out, or chance drew something else. Counts all of them if none has more than
 * ODDS_STEPS_MAX such moments; else (the film goes in cycles) those of at most ODDS_SHORT_STEPS.
 */
#define ODDS_STEPS_MAX   1000
#define ODDS_SHORT_STEPS 40
struct odds_viewings {
    double n; /* exact up to 2^53, then about right; may be infinite */
    bool all; /* there are no longer ones */
    bool cut; /* counting took too long: there are more */
};
struct odds_viewings odds_viewings(struct odds *o);

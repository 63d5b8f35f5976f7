/*
 * odds: what becomes of viewers who take any option that is offered, all alike (choice_model_uniform()), or who decide as was
 * measured (choice_model_measured()), and never go back; and how
 * many different viewings there are. Over the graph of all states, so nothing here is drawn or sampled: the chances are
 * solved for, to about ODDS_PRECISION where the film goes in circles, and are exact but for rounding where it doesn't.
 *
 * One thread, no state. Each solution costs O(ways) where the film goes forward only, and some more rounds of that for
 * its circles, up to ODDS_ROUNDS.
 */
#pragma once

#include "explore/state_graph.h"

#define ODDS_PRECISION 1e-12
#define ODDS_ROUNDS    20000

struct odds;

/* `over`: of each of the state_graph_n_states(), its ending, ODDS_NO_ENDING where the film stops without one, ODDS_RUNNING where it goes
 * on. Borrowed, as is the graph. */
#define ODDS_NO_ENDING (-1)
#define ODDS_RUNNING   (-2)
struct odds *odds_new(const struct state_graph *g, uint32_t start, const int32_t *over, bool measured);

/* Asked before each round over all states, which takes a fraction of a second at most; false: give up. NULL: never. */
typedef bool (*odds_progress)(void *user);
void odds_set_progress(struct odds *o, odds_progress goes_on, void *user);
void odds_free(struct odds *o); /* accepts NULL */

/* Are the ways of every state that is met all that chance can make of it? Chains of random routes without a clip between
 * them that come together again are followed once (explore/successors.h): then the chances below are at least what they say. */
bool odds_exact(const struct odds *o);

/* In large stories that go in circles, chances may need more rounds than anybody waits for, which is about two seconds;
 * or odds_progress said no. Then nothing of what is told here is good, and this says so. */
#define ODDS_WORK_MAX UINT64_C(200000000)
bool odds_gave_up(const struct odds *o);

/* How often a viewing comes to each state, on average. Nobody is counted any more where the film
 * can't stop. Borrowed until
 * odds_free(). */
const double *odds_visits_of(struct odds *o);

/* From each state, how likely the film stops at this ending (ODDS_NO_ENDING: without one; ODDS_RUNNING: anyhow). Borrowed until the
 * next call. */
const double *odds_reaching(struct odds *o, int32_t ending);

/*
 * Different viewings that stop: two are different when at one of the moments at which somebody or something chooses another
 * option was taken, or time let pass, or chance drew something else. All of them where none has more than ODDS_STEPS_MAX such
 * moments; else (the film goes in circles) those of at most ODDS_SHORT_STEPS.
 */
#define ODDS_STEPS_MAX   1000
#define ODDS_SHORT_STEPS 40
struct odds_viewings {
    double n; /* exact up to 2^53, and about right then; may be infinite */
    bool all; /* there are none that are longer */
    bool cut; /* counting took too long: there are more */
};
struct odds_viewings odds_viewings(struct odds *o);

/*
 * odds: what becomes of viewers who never go back and either take every option with equal probability
 * (choice_model_uniform()) or decide as was measured (choice_model_measured()); and how many different viewings there are.
 *
 * The film is a Markov chain over the graph of all states, so nothing is drawn or sampled. Where the film only goes forward,
 * the chances are exact but for rounding. Where it goes in circles they are solved by iteration, to about ODDS_PRECISION.
 *
 * Order of calls: odds_new(), odds_set_progress() if wanted, then any of the questions; odds_free(). One thread. A solution costs
 * O(transitions), and of those on circles and behind them up to ODDS_ROUNDS times as much.
 */
#pragma once

#include "explore/state_graph.h"

#define ODDS_PRECISION 1e-12
#define ODDS_ROUNDS    20000

struct odds;

/* `over`: for each of the state_graph_n_states() its ending, ODDS_NO_ENDING where the film stops without one, ODDS_RUNNING where
 * it goes on. `order`: that of the start alone, or NULL. All are borrowed, as is the graph. `measured`: viewers decide as was
 * measured. */
#define ODDS_NO_ENDING (-1)
#define ODDS_RUNNING   (-2)
struct odds *odds_new(const struct state_graph *g, uint32_t start, const struct state_graph_order *order,
                      const int32_t *over, bool measured);
void odds_free(struct odds *o); /* accepts NULL */

/* Called before each round over all states; a round takes a fraction of a second. Return false to give up. The patience of the
 * graph (state_graph_set_patience()) is asked, too. */
typedef bool (*odds_progress)(void *user);
void odds_set_progress(struct odds *o, odds_progress progress, void *user);

/* Were all outcomes of chance followed, from every state that is met? Chains of random routes without a clip between them that
 * lead to the same place are followed once (explore/successors.h). Then this is false, and the chances below are lower
 * bounds. */
bool odds_exact(const struct odds *o);

/* Was it given up, because `progress` said so, because the patience was over, or because the film goes in circles and it took
 * ODDS_WORK_MAX transitions, about ten seconds? Then no answer is valid, those given before included. */
#define ODDS_WORK_MAX UINT64_C(1000000000)
bool odds_gave_up(const struct odds *o);

/* How often a viewing comes to each state, on average. Where the film can never stop, nobody is counted any more. Borrowed until
 * odds_free(). */
const double *odds_visits_of(struct odds *o);

/*
 * For each state, the chances that the film stops at each of n endings (ODDS_NO_ENDING: without one; ODDS_RUNNING: at all):
 * [state * odds_lanes() + i]. n is at most odds_lanes(), which says how many are solved at once. Borrowed until the next call.
 */
int32_t odds_lanes(const struct odds *o);
const double *odds_reaching(struct odds *o, const int32_t *endings, int32_t n);

/* Frees what odds_reaching() returned; it may be called again. */
void odds_drop_reaching(struct odds *o);

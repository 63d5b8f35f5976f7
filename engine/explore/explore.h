/*
 * explore: every play of a story at once. A breadth-first search over everything that can happen (explore/successors.h), until
 * nothing new comes. What is said then is proved, for all plays by all viewers. If a limit is hit before, the result is partial:
 * what was found does happen, but what was not seen may still happen. What simulated viewers meet beyond it is met as well, without
 * times and witnesses.
 *
 * What counts as a play: the first play starts with the initial values of the `keep: viewer` variables, later ones with any values
 * that earlier plays can have left behind. So the search runs in rounds: first all plays from the initial values; then all plays
 * from each combination of kept values that some moment of these plays leaves behind (a play may be quit at any moment); and so on
 * until no combination is new. Every outcome of random routes is followed.
 *
 * The viewer's going back (not the story's own `back()`) is followed where it can change what is possible: where the story has
 * `keep: viewer`, `rewind: keep` or `back()`. In other stories it only leads to moments that were met already. `no_back` leaves it
 * out in any case; the proof is then about plays in which nobody goes back.
 *
 * Order of calls: explore_new(), explore_run() once, then explore_result(), explore_witness() and explore_shortest_play();
 * explore_free(). The story is borrowed. One thread calls; explore_run() starts others, and the result is the same for any number
 * of them. Memory: about 15 bytes for each state, 8 for each transition, and the packed states; see max_memory.
 */
#pragma once

#include "explore/choice_model.h"
#include "explore/consequence.h"
#include "explore/coverage.h"
#include "explore/default_play.h"
#include "explore/explore_kind.h"
#include "explore/sequences.h"
#include "explore/state_graph.h"
#include "explore/state_table.h"
#include "explore/witness.h"

#include <stddef.h>

struct transcript;

struct explore_finding {
    enum explore_kind kind;
    int32_t subject;
    bool has_witness; /* something that happens; the first transition on which it does is: */
    uint32_t from;    /* the state where the transition begins */
    int32_t ordinal;  /* its ordinal */
    int32_t n_steps;  /* how many of its inputs it takes; -1: all */
};

/* Why a result is partial. */
enum explore_limit {
    EXPLORE_LIMIT_NONE, /* it is not: everything was seen */
    EXPLORE_LIMIT_STATES,
    EXPLORE_LIMIT_MEMORY,
    EXPLORE_LIMIT_TIME,
    EXPLORE_LIMIT_DRAWS, /* more combinations of draws than are followed: SUCCESSORS_DRAWS_MAX */
    EXPLORE_LIMIT_STOPPED,
    EXPLORE_LIMIT_UNREAD, /* only of n_exact: a variable that the viewer keeps is never read, so plays that begin with its other
                             values were not followed */
};

/* Plays that end with an ending: the film is over, and this ending was reached last. Times are planned
 * (schedule_planned_length), from the start of the play, without going back. In a partial result they are those of the plays that
 * were followed. */
struct explore_ending {
    bool reached;           /* its node is entered by some play, whether or not that ends with it */
    bool finishes;          /* some play ends with it */
    bool endless;           /* there is no longest such play */
    int64_t min_us, max_us; /* the shortest and the longest such play; max_us is 0 if endless */
    double likely;          /* the chance that a first play ends with it, for the viewers of struct explore_odds */
    double likely_low, likely_high; /* if odds.sampled: the 95 % interval of that chance */
};

/* What becomes of the first plays of viewers who take every option with equal probability (explore/odds.h). */
struct explore_odds {
    bool known; /* everything was seen, and solving it did not take too long; else the number of viewings is 0, and */
    uint64_t
        sampled; /* the chances are estimated from so many simulated viewings (explore/simulate.h); 0: they are 0 */
    enum explore_limit
        limit;              /* EXPLORE_LIMIT_TIME or _STOPPED: why the odds are not known although the rest is proved */
    bool exact;             /* false: chances and the number of viewings are lower bounds */
    double no_ending;       /* the chance that the film stops without an ending */
    double endless;         /* the chance that it goes on forever */
    double viewings;        /* how many different viewings stop (explore/film_count.h) */
    bool viewings_complete; /* there are no longer ones */
    bool viewings_endless;  /* there are viewings of any length: the film goes in circles */
    bool viewings_at_least, viewings_at_most; /* that number is a bound */
};

struct explore_result {
    enum explore_limit limit; /* EXPLORE_LIMIT_NONE: proved */
    bool backs;               /* the viewer's going back was followed */
    bool backs_matter;        /* going back could change what is possible */
    uint64_t n_states, n_transitions;
    uint64_t n_open;   /* states whose transitions were not all followed */
    uint64_t n_starts; /* states where plays begin */
    uint64_t n_exact;  /* with `exact`: states when none are merged; a lower bound unless exact_limit is _NONE */
    enum explore_limit exact_limit;
    size_t exact_bytes;
    int64_t exact_cpu_us;
    int32_t state_bits; /* of a packed state */
    size_t bytes;       /* that the search held */
    const struct coverage *coverage;
    const struct explore_finding *findings; /* mistakes first; then by kind; then in the order in which they were met */
    int32_t n_findings, n_mistakes;         /* findings that are no mistakes are notes */
    const struct explore_ending *endings;   /* of story->endings */
    struct default_play by_default;
    struct explore_odds odds;
    const struct consequence *consequences; /* of story->decisions; NULL unless the odds are known */
    const bool *unread;   /* variable: nothing reads it, so it is no part of the states, and whether it
                                               can leave its range is not known. All false with no_merge */
    int64_t unreached_us; /* planned length of the nodes that are never entered */
};

/* Viewings that are simulated where the odds cannot be solved. */
#define EXPLORE_SAMPLE 20000

/* Called every few thousand states, and with n_open 0 again and again while odds are solved, on the thread that called
 * explore_run(). Return false to stop. */
typedef bool (*explore_progress)(void *user, uint64_t n_states, uint64_t n_open);

struct explore_options {
    uint64_t max_states; /* 0: STATE_TABLE_MAX */
    size_t max_memory; /* bytes; 0: no limit. Kept to within a few per cent, together with what the answers will need */
    int64_t max_us; /* of real time, from explore_new() on; 0: no limit. Like `interrupted`, it ends everything within a
                            fraction of a second */
    int32_t threads;  /* 0: as many as there are cores; changes no answer */
    bool no_back;     /* the viewer never goes back */
    bool no_odds;     /* leave out odds and consequences */
    bool search_only; /* leave out all that needs the whole graph: traps, times, odds, consequences */
    bool first_plays; /* follow only plays that begin with the initial values */
    bool no_merge;    /* do not merge states that differ in dead values alone (explore/liveness.h) */
    bool exact;       /* also count the states when none are merged; takes long if they are many */
    const struct choice_model_shares *measure; /* or NULL: how people decided, for consequence.measured */
    explore_progress progress;                 /* or NULL */
    void *user;
    bool (*interrupted)(void); /* or NULL: asked everywhere and often, from any thread; true ends the search */
};

struct explore;

struct explore *explore_new(const struct story *s, const struct explore_options *options);
void explore_free(struct explore *e); /* accepts NULL */

/* Blocks until everything was seen or a limit is hit. What needs all states is partial, too, if the time is over before it is
 * answered. */
void explore_run(struct explore *e);

/* Borrowed until explore_free(). */
const struct explore_result *explore_result(const struct explore *e);

/*
 * The shortest play, counted in transitions, that shows the i-th finding, in the first round in which that is met. Free with
 * transcript_free(). NULL if the finding has no witness, or the time for them is over (explore_ran_late()). If one of the first EXPLORE_SEEDS seeds draws as the play does, the
 * transcript has that seed; else it prescribes its draws by `draw` lines, and *draws is set.
 */
#define EXPLORE_SEEDS 100000
struct transcript *explore_witness(const struct explore *e, int32_t i, bool *draws);

/* The play that ends soonest with this ending. Where it picks in a decision that cuts at once, it does so as soon as the pick may
 * come. NULL unless the ending finishes. Seed and draws as above. */
struct transcript *explore_shortest_play(const struct explore *e, int32_t ending, bool *draws);

/* What was searched, for further questions; borrowed until explore_free(). */
struct explore_states {
    const struct state_graph *graph;
    const struct state_graph_order
        *order;                        /* of the states that were met from all starts; NULL: the time was over before */
    const struct sequences *sequences; /* that the labels of the graph name */
    const struct state_table *table;
    const struct pack *pack;
    uint32_t start; /* where first plays begin */
};
struct explore_states explore_states(const struct explore *e);

/* Appends the transitions of the play by which this one was met first, as struct witness_transition, and then itself. */
void explore_trace(const struct explore *e, uint32_t transition, GArray *path);

/* The play along these transitions, from the start of a play, and `go_on` inputs further, for which nobody chooses. Picks come as
 * soon as they may. Draws as above, but fewer seeds are tried. Free with transcript_free(). */
struct transcript *explore_play(const struct explore *e, const GArray *path, int32_t go_on, bool *draws);

/* Is the time for witnesses over? It is EXPLORE_LATE_US after the search was stopped, or ran out of time. In between, no seeds are
 * tried. */
#define EXPLORE_LATE_US 300000
bool explore_ran_late(const struct explore *e);

/*
 * explore: every play of a story at once. Breadth first over all that can happen (explore/successors.h), until nothing new
 * comes: then what is said here is proved, for all plays by all viewers. When a limit is hit before, the report is
 * partial: what it found does happen, but what it did not see may still.
 *
 * What counts as a play: a viewer starts with any values of the `keep: viewer` variables that earlier plays can have
 * left behind, the first play with their initial ones. The search runs in rounds: all plays from the initial values;
 * then from each combination of kept values that some moment of those plays leaves behind (a play may be quit at any
 * moment); and so on until no combination is new. Every outcome of random routes is followed.
 *
 * Going back (the viewer's own, not `back()` in the story) is among the ways where it can change what is possible:
 * where the story has `keep: viewer`, `rewind: keep` or `back()`. Where it has none of them a rewind leads to a moment
 * that was met already, and is left out. `no_back` leaves it out always; the proof is then one of plays in which nobody
 * goes back.
 *
 * Order of calls: explore_new(), explore_run() once, explore_result(), explore_witness(); explore_free(). The story is
 * borrowed. One thread calls; explore_run() has others work for it, and says the same for any number of them. Memory: about 20
 * bytes for each state and way, and the packed state; see max_memory.
 */
#pragma once

#include "explore/consequence.h"
#include "explore/coverage.h"
#include "explore/choice_model.h"

#include <stddef.h>

struct transcript;

/* A row for each kind in explore_kinds(); all but the first ones name what is never met. */
enum explore_kind {
    EXPLORE_STUCK,    /* node */
    EXPLORE_LOOP,     /* node */
    EXPLORE_NOTHING,  /* decision without an available option */
    EXPLORE_VIOLATED, /* assert */
    EXPLORE_TRAP,     /* node: from here no ending can be reached; with its first state behind a state from which
                               one can */
    EXPLORE_ENDLESS,  /* start node: no ending can be reached at all */
    EXPLORE_CLAMPED,  /* effect */
    EXPLORE_GOAL,     /* goal */
    EXPLORE_NODE,     /* node never entered */
    EXPLORE_ENDING,   /* ending never reached, though its node may be */
    EXPLORE_DECISION, /* decision never opens, though its node is entered */
    EXPLORE_OPTION,   /* option never available, though its decision opens */
    EXPLORE_PART,     /* part of a route that is followed, but never by this part */
    EXPLORE_EFFECT,   /* effect with a condition that never holds where it is asked */
};

struct explore_kind_info {
    const char *name; /* stable: "stuck" */
    bool mistake;     /* else a note: worth a look */
    bool needs_proof; /* about what never happens: can only be said when all was seen */
    const char *text; /* what it means and what to do about it, for writers */
};

#define EXPLORE_KINDS (EXPLORE_EFFECT + 1)
const struct explore_kind_info *explore_kind_info(enum explore_kind kind);

/* A finding; where it is something that happens, with the first way on which it does: */
struct explore_finding {
    enum explore_kind kind;
    int32_t subject;
    bool has_witness;
    uint32_t from;            /* state where the way begins */
    int32_t ordinal, n_steps; /* the way, and how many inputs of it; n_steps -1: all of it */
};

/* Why a report is partial. */
enum explore_limit {
    EXPLORE_LIMIT_NONE,
    EXPLORE_LIMIT_STATES,
    EXPLORE_LIMIT_MEMORY,
    EXPLORE_LIMIT_TIME,
    EXPLORE_LIMIT_DRAWS,
    EXPLORE_LIMIT_STOPPED
};

/* Times as planned (schedule_planned_length), from the start of a play to the film's end with this ending the last. */
struct explore_ending {
    bool reached;           /* its node is entered */
    bool finishes;          /* some play ends with it */
    bool endless;           /* there is no longest such play */
    int64_t min_us, max_us; /* of these plays; without going back */
    double likely; /* that the first play of a viewer who takes any option alike ends with it (explore/odds.h) */
};

/* What becomes of the first plays of viewers who take any option alike. */
struct explore_odds {
    bool known; /* proved, and small enough for it; else the rest but `limit` is 0 */
    enum explore_limit
        limit; /* EXPLORE_LIMIT_TIME, EXPLORE_LIMIT_STOPPED: that is why they are not known, though the rest is proved */
    bool whole;                /* false: chances are at least what they say, and so is the number of viewings */
    double no_ending, endless; /* the film stops without an ending; it goes on for ever */
    double viewings;           /* different ones that stop; see odds_viewings() */
    bool viewings_complete;    /* there are no longer ones */
};

/* More ways than this, and odds and consequences are not looked for. */
#define EXPLORE_ODDS_TRANSITIONS_MAX 20000000

/* The play in which nobody touches anything, from the initial values and seed 1. */
struct explore_default {
    enum play_phase phase; /* PLAY_RUNNING: it goes on for ever, or at least very long */
    int32_t node, ending;  /* where it ends; ending may be -1 */
    int64_t us;
    bool random; /* chance was asked: another seed may lead elsewhere */
};

struct explore_result {
    enum explore_limit limit;                           /* EXPLORE_LIMIT_NONE: proved */
    bool backs;                                         /* the viewer's going back was among the ways */
    bool backs_matter;                                  /* it could change what is possible */
    uint64_t n_states, n_open, n_transitions, n_starts; /* n_open: states whose ways were not looked at */
    uint64_t n_exact; /* with `exact`: states that were counted as such; only a part if a limit came first: */
    enum explore_limit exact_limit;
    size_t exact_bytes;
    int64_t exact_cpu_us;
    int32_t state_bits, state_words;
    size_t bytes;
    const struct coverage *cover;
    const struct explore_finding *findings; /* mistakes first; by kind; in the order in which they were met */
    int32_t n_findings, n_mistakes;         /* notes are no mistakes */
    const struct explore_ending *endings;   /* of story->endings; times only when proved */
    struct explore_default by_default;
    struct explore_odds odds;
    const struct consequence *consequences; /* of story->decisions; NULL if the odds are not known */
    int64_t unreached_us;                   /* planned length of the nodes that can't be reached */
};

/* Called every few thousand states, and with n_open 0 again and again while odds are solved; false stops the work. */
typedef bool (*explore_progress)(void *user, uint64_t n_states, uint64_t n_open);

struct explore_options {
    uint64_t max_states; /* 0: as many as there are numbers for, 2^32 */
    size_t max_memory;   /* bytes; 0: no limit. Kept to within a few per cent, but for what the answers need at the
                            end: 40 bytes for each state and 4 for each way */
    int64_t max_us;      /* of real time; 0: no limit */
    int32_t threads;     /* 0: as many as there are cores; changes no answer */
    bool no_back;
    bool exact;   /* also count states without merging any: takes as long as there are many, and changes no answer */
    bool no_odds; /* leave out explore_odds and consequences */
    const struct choice_model_shares *measure; /* or NULL: how people decided, for what decisions change then */
    bool
        no_merge; /* states that differ only in what nobody will look at (explore/liveness.h) are states of their own */
    explore_progress progress; /* or NULL */
    void *user;
};

struct explore;

struct explore *explore_new(const struct story *s, const struct explore_options *options);
void explore_free(struct explore *e); /* accepts NULL */

void explore_run(struct explore *e);

/* Borrowed until explore_free(). */
const struct explore_result *explore_result(const struct explore *e);

/*
 * The shortest play, counted in choices, that shows the i-th finding (of the first round in which it is met, see
 * above), ready for replay; to be freed with transcript_free(). NULL if it has none. Random routes follow from its seed
 * where one of the first EXPLORE_SEEDS does it; else from `draw` lines, and *draws says so.
 */
#define EXPLORE_SEEDS 100000
struct transcript *explore_witness(const struct explore *e, int32_t i, bool *draws);

/* The play that ends soonest with this ending of the story; where it picks in a decision that cuts at once, in the middle of
 * the time that it has for that. NULL unless it finishes; else as above. */
struct transcript *explore_shortest_play(const struct explore *e, int32_t ending, bool *draws);

/*
 * coverage: which parts of a story have happened on the transitions that were followed. It watches the search
 * (explore/successors.h), ticks off nodes, options, parts of routes and so on, and reports mistakes that show in the middle of a
 * transition.
 *
 * Order of calls: coverage_new() with the story that is explored; coverage_watch() for successors_new(); then read the arrays,
 * which are indexed like the story's and belong to the coverage; coverage_free(). One thread. Costs little beside the step
 * itself.
 */
#pragma once

#include "explore/successors.h"
#include "explore/terms.h"

#include <glib.h>

/* Mistakes that a step shows, and what the subject of each is. */
enum coverage_event {
    COVERAGE_STUCK,    /* node: the film is stuck behind it */
    COVERAGE_LOOP,     /* node: the last one of silent nodes that lead to each other in a circle */
    COVERAGE_NOTHING,  /* decision: it opens, and no option is available */
    COVERAGE_CLAMPED,  /* effect: it wants a value outside its variable's range */
    COVERAGE_VIOLATED, /* assert: it is false */
    COVERAGE_EVENTS,   /* how many there are */
};

/* Called when an event happens for the first time, in the middle of a step. */
typedef void (*coverage_first)(void *user, enum coverage_event event, int32_t subject);

struct coverage {
    bool *nodes;     /* entered */
    bool *decisions; /* opened */
    bool *available; /* option: was on offer */
    bool *picked;    /* option: was picked */
    bool *timed_out; /* decision: closed undecided */
    bool *taken;     /* option: its effects and target were used, by a pick or a timeout */
    bool *parts;     /* part of a route: the film went by it */
    bool *routes;    /* route: the film went by it */
    bool *effects;   /* ran */
    bool *endings;   /* entered */
    bool *asked;     /* part: no earlier one held, so its condition was looked at */
    bool *
        false_sets; /* which terms (explore/terms.h) of the condition of a part, an option or an effect were false at once; coverage_cause() */
    bool *events[COVERAGE_EVENTS]; /* happened, by subject */
    bool *flags;                   /* all arrays above, one behind the other */
    size_t n_flags;
    GArray *fresh; /* uint32: indices of the flags that a step ticked off first; whoever reads it empties it */
    struct coverage_walker *walker; /* private */
};

/* The story is borrowed. `first` may be NULL. */
struct coverage *coverage_new(const struct story *s, coverage_first first, void *user);
void coverage_free(struct coverage *c); /* accepts NULL */

/* Why a part, an option or an effect with this condition never comes: the smallest set of its terms of which one was false wherever it was asked,
 * a bit of each. 0: somewhere it was true, or it was never asked. */
uint32_t coverage_cause(const struct coverage *c, int32_t when);

/* Ticks off what is `fresh` in another coverage of the same story. Does not call `first`. */
void coverage_add(struct coverage *c, const GArray *fresh);

/* A watch whose functions for step, effect and settled are the coverage's, and whose user is `c`; begin is NULL. */
struct successors_watch coverage_watch(struct coverage *c);

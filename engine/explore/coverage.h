/*
 * cover: what of a story has happened on the ways that were gone: a successors_watch (explore/successors.h) that ticks off nodes,
 * options, parts of routes and so on, and tells of mistakes that show themselves in the middle of a way.
 *
 * coverage_new() with the story that is explored; coverage_watch() for successors_new(); then read the arrays. Owner of the arrays,
 * which are indexed like the story's. One thread. Costs little beside the step itself.
 */
#pragma once

#include "explore/successors.h"

/* Mistakes that a step shows; the subject's array in the story stands behind. */
enum coverage_event {
    COVERAGE_STUCK,    /* the film is stuck after it; node */
    COVERAGE_LOOP,     /* silent nodes lead to each other in a circle; the last node */
    COVERAGE_NOTHING,  /* opens, and no option is available; decision */
    COVERAGE_CLAMPED,  /* wants a value that its variable can't have; effect */
    COVERAGE_VIOLATED, /* does not hold; assert */
    COVERAGE_EVENTS,   /* how many there are */
};

/* Something happened for the first time, in the middle of a way's step. */
typedef void (*coverage_first)(void *user, enum coverage_event event, int32_t subject);

struct coverage {
    bool *nodes;     /* entered */
    bool *decisions; /* opened */
    bool *available; /* option offered */
    bool *picked;    /* option picked */
    bool *timed_out; /* decision closed undecided */
    bool *taken;     /* option's effects and target gone through: by a pick or a timeout */
    bool *parts;     /* part of a route followed */
    bool *routes;    /* route followed */
    bool *effects;   /* run */
    bool *endings;   /* entered */
    bool *events[COVERAGE_EVENTS];
    bool *flags; /* all of these, one behind the other */
    size_t n_flags;
    struct coverage_walker *walk; /* private */
};

/* `first` may be NULL; the story is borrowed. */
struct coverage *coverage_new(const struct story *s, coverage_first first, void *user);
void coverage_free(struct coverage *c); /* accepts NULL */

/* Ticks off what is ticked off in the flags of another cover of the same story; `first` hears nothing of it. */
void coverage_add(struct coverage *c, const bool *flags);

/* Its functions for step, effect and settled, with itself as the user; begin stays NULL. */
struct successors_watch coverage_watch(struct coverage *c);

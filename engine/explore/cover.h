/*
 * cover: what of a story has happened on the ways that were gone: a ways_watch (explore/ways.h) that ticks off nodes,
 * options, parts of routes and so on, and tells of mistakes that show themselves in the middle of a way.
 *
 * cover_new() with the story that is explored; cover_watch() for ways_new(); then read the arrays. Owner of the arrays,
 * which are indexed like the story's. One thread. Costs little beside the step itself.
 */
#pragma once

#include "explore/ways.h"

/* Mistakes that a step shows; the subject's array in the story stands behind. */
enum cover_event {
    COVER_STUCK,    /* the film is stuck after it; node */
    COVER_LOOP,     /* silent nodes lead to each other in a circle; the last node */
    COVER_NOTHING,  /* opens, and no option is available; decision */
    COVER_CLAMPED,  /* wants a value that its variable can't have; effect */
    COVER_VIOLATED, /* does not hold; assert */
    COVER_EVENTS,   /* how many there are */
};

/* Something happened for the first time, in the middle of a way's step. */
typedef void (*cover_first)(void *user, enum cover_event event, int32_t subject);

struct cover {
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
    bool *events[COVER_EVENTS];
    bool *flags; /* all of these, one behind the other */
    size_t n_flags;
    struct cover_walk *walk; /* private */
};

/* `first` may be NULL; the story is borrowed. */
struct cover *cover_new(const struct story *s, cover_first first, void *user);
void cover_free(struct cover *c); /* accepts NULL */

/* Ticks off what is ticked off in the flags of another cover of the same story; `first` hears nothing of it. */
void cover_add(struct cover *c, const bool *flags);

/* Its functions for step, effect and settled, with itself as the user; begin stays NULL. */
struct ways_watch cover_watch(struct cover *c);

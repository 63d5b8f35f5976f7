/*
 * explore_kind: the kinds of findings that explore reports, and what writers read about them. Immutable; any thread.
 */
#pragma once

#include <stdbool.h>

/* What a finding is about, and what its subject is. */
enum explore_kind {
    EXPLORE_STUCK,    /* node: the film gets stuck behind it */
    EXPLORE_LOOP,     /* node: silent nodes lead to each other in a circle */
    EXPLORE_NOTHING,  /* decision: it can open without an available option */
    EXPLORE_VIOLATED, /* assert: it can be false */
    EXPLORE_TRAP,     /* node: in it the film can get from where an ending can be reached to where none can */
    EXPLORE_ENDLESS,  /* start node: no ending can be reached at all */
    EXPLORE_CLAMPED,  /* effect: it can leave its variable's range */
    EXPLORE_GOAL,     /* goal: never entered */
    EXPLORE_NODE,     /* node: never entered */
    EXPLORE_ENDING,   /* ending: never reached, though its node may be */
    EXPLORE_DECISION, /* decision: never opens, though its node is entered */
    EXPLORE_OPTION,   /* option: never available, though its decision opens */
    EXPLORE_PART,     /* part of a route: never taken, though the route is */
    EXPLORE_EFFECT,   /* effect: its condition never holds when its moment comes */
};
#define EXPLORE_KINDS (EXPLORE_EFFECT + 1)

struct explore_kind_info {
    const char *name; /* stable: "stuck" */
    bool mistake;     /* else a note: worth a look */
    bool needs_proof; /* says that something never happens, so it is reported only when everything was seen */
    const char *text; /* what it means, for writers */
    const char *help; /* what to do about it: no capital letter at its beginning, no full stop at its end */
};

const struct explore_kind_info *explore_kind_info(enum explore_kind kind);

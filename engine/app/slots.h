/*
 * slots: all counts of a film in one row of numbers, so that counts of several audiences add up by adding rows.
 *
 * The HTML report's figures name the places that they are made from. Pure; one thread. slots_new(), then slots_fill() for any survey of the same stores, slots_free() last.
 */
#pragma once

#include "telemetry/survey.h"

#include <glib.h>

/* From a version's first place. */
enum slots_version {
    SLOTS_VIEWINGS,
    SLOTS_TWO_MINUTES,
    SLOTS_REACHED,
    SLOTS_KNOWN,   /* viewings whose own path's length is known; */
    SLOTS_SEVENTY, /* of these, that watched 70 % of it */
    SLOTS_WHOLE,   /* viewings with a whole path */
    SLOTS_LOST,
    SLOTS_LEFT, /* ended before the end: left, restarted, killed */
    SLOTS_OF_VERSION
};

enum slots_node {
    SLOTS_OF, /* viewings that could have come here */
    SLOTS_CAME,
    SLOTS_VISITS,
    SLOTS_QUITS,
    SLOTS_PLAYING,
    SLOTS_PAUSED,
    SLOTS_HIDDEN,
    SLOTS_PLANNED,
    SLOTS_PLANNED_VISITS,
    SLOTS_OF_NODE
};

enum slots_decision {
    SLOTS_EXPOSURES,
    SLOTS_TIMEOUT,
    SLOTS_GONE, /* skipped, rewound, quit, unknown */
    SLOTS_OUTCOMES,
    SLOTS_CHANGED,
    SLOTS_PICKED_AT,                                     /* STATS_CLASSES of them */
    SLOTS_CENSORED_AT = SLOTS_PICKED_AT + STATS_CLASSES, /* and as many */
    SLOTS_OPTIONS = SLOTS_CENSORED_AT + STATS_CLASSES,   /* then each option's, SLOTS_OF_OPTION of them */
};

enum slots_option {
    SLOTS_PICKS,
    SLOTS_AVAILABLE,
    SLOTS_FIRST, /* picks, exposures; where it stood first, */
    SLOTS_LATER = SLOTS_FIRST + 2,
    SLOTS_LIT = SLOTS_LATER + 2,
    SLOTS_UNLIT = SLOTS_LIT + 2,
    SLOTS_OF_OPTION = SLOTS_UNLIT + 2
};

struct slots {
    const struct survey_film *film;                   /* borrowed */
    guint *version, *node, *decision, *ending, *edge; /* the first place of each */
    guint n;
    GHashTable *keys; /* "n/id/hash" -> place + 1 */
};

/* `film` must outlive it. */
struct slots *slots_new(const struct survey_film *film);
void slots_free(struct slots *s);

/* The place of an option's first count. */
guint slots_option(const struct slots *s, guint decision, guint option);

/* Adds the counts of `film`, the same one in another selection of the same stores, to x[n]. What `s` has no place for
 * is left out. */
void slots_fill(const struct slots *s, const struct survey_film *film, int64_t *x);

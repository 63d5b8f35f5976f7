/*
 * slots: all counts of a film in one row of numbers, so that counts of several groups of viewers add up by adding rows.
 *
 * The HTML report's figures name the places that they are made from, and its script adds up rows by the same places.
 * Pure; one thread. slots_new(), then slots_drain() for any number of parts of the same stores, slots_free() last.
 */
#pragma once

#include "telemetry/survey/survey.h"

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
    SLOTS_OF, /* viewings that could have come here: of the versions that have it. Never drained: slots_complete() */
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
    SLOTS_PICKED_AT,                                     /* STATS_CLASSES of them; drained: of no known option */
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
    SLOTS_TOOK = SLOTS_UNLIT + 2, /* picks by class of latency, STATS_CLASSES of them */
    SLOTS_OF_OPTION = SLOTS_TOOK + STATS_CLASSES
};

enum slots_trait {
    SLOTS_LEANS,                                 /* SURVEY_LEANS of them */
    SLOTS_SURE = SLOTS_LEANS + SURVEY_LEANS,     /* SURVEY_LEVELS of them */
    SLOTS_PROFILES = SLOTS_SURE + SURVEY_LEVELS, /* never drained: slots_complete() */
    SLOTS_ASKED,                                 /* viewings with a profile and without; drained: those without */
    SLOTS_TELLS                                  /* then the table of each of its tells, SURVEY_LEVELS for each row */
};

enum slots_prop {
    SLOTS_TAKEN, /* picks, exposures */
    SLOTS_AGAIN = SLOTS_TAKEN + 2,
    SLOTS_RIVALS = SLOTS_AGAIN + 2 /* then two of each of its rivals */
};

struct slots {
    const struct survey_film *film;                   /* borrowed */
    guint *version, *node, *decision, *ending, *edge; /* the first place of each */
    guint *trait, *prop, *rival;                      /* rival: of each prop, its first rival's */
    guint **path, **tell;                             /* of each version, of each of its named paths */
    guint n;
    /* Identity -> place + 1: these are in another order in another survey. */
    GHashTable *edges, *paths, *tells, *rivals;
};

/* `film` must outlive it. */
struct slots *slots_new(const struct survey_film *film);
void slots_free(struct slots *s);

/* The place of an option's first count. */
guint slots_option(const struct slots *s, guint decision, guint option);

/* One count of a part, on its way to its place. */
struct slots_count {
    guint place;
    int64_t n;
};

/* Takes all counts out of `film`, the same film while a survey of the same stores is read (survey_options.part), and
 * appends those that are not 0 to `out` (struct slots_count), in no order. What `s` has no place for is left out. */
void slots_drain(const struct slots *s, struct survey_film *film, GArray *out);

/* Makes what follows from other counts, after parts were added up to x[n]: SLOTS_OF, SLOTS_PICKED_AT,
 * SLOTS_PROFILES, SLOTS_ASKED. */
void slots_complete(const struct slots *s, int64_t *x);

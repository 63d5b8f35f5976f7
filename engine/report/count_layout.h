/*
 * slots: all counts of a film in one row of numbers, so that counts of several groups of viewers add up by adding rows.
 *
 * The HTML report's figures name the places that they are made from, and its script adds up rows by the same places.
 * Pure; one thread. count_layout_new(), then count_layout_drain() for any number of parts of the same stores, count_layout_free() last.
 */
#pragma once

#include "telemetry/survey/survey.h"

#include <glib.h>

/* From a version's first place. */
enum count_layout_version {
    COUNT_VIEWINGS,
    COUNT_TWO_MINUTES,
    COUNT_REACHED_ENDING,
    COUNT_LENGTH_KNOWN,    /* viewings whose own path's length is known; */
    COUNT_SEVENTY_PERCENT, /* of these, that watched 70 % of it */
    COUNT_WHOLE_PATHS,     /* viewings with a whole path */
    COUNT_LOST_EVENTS,
    COUNT_LEFT, /* ended before the end: left, restarted, killed */
    COUNTS_PER_VERSION
};

enum count_layout_node {
    COUNT_NODE_POSSIBLE, /* viewings that could have come here: of the versions that have it. Never drained: count_layout_complete() */
    COUNT_NODE_VIEWINGS,
    COUNT_VISITS,
    COUNT_QUITS,
    COUNT_PLAYING_US,
    COUNT_PAUSED_US,
    COUNT_HIDDEN_US,
    COUNT_PLANNED_US,
    COUNT_PLANNED_VISITS,
    COUNTS_PER_NODE
};

enum count_layout_decision {
    COUNT_EXPOSURES,
    COUNT_TIMEOUTS,
    COUNT_OTHER_OUTCOMES, /* skipped, rewound, quit, unknown */
    COUNT_OUTCOMES,
    COUNT_CHANGED_MIND,
    COUNT_PICKED_AT,                                     /* STATS_CLASSES of them; drained: of no known option */
    COUNT_CENSORED_AT = COUNT_PICKED_AT + STATS_CLASSES, /* and as many */
    COUNT_OPTIONS = COUNT_CENSORED_AT + STATS_CLASSES,   /* then each option's, COUNTS_PER_OPTION of them */
};

enum count_layout_option {
    COUNT_PICKS,
    COUNT_AVAILABLE,
    COUNT_SHOWN_FIRST, /* picks, exposures; where it stood first, */
    COUNT_SHOWN_LATER = COUNT_SHOWN_FIRST + 2,
    COUNT_FOCUSED = COUNT_SHOWN_LATER + 2,
    COUNT_UNFOCUSED = COUNT_FOCUSED + 2,
    COUNT_OPTION_PICKED_AT = COUNT_UNFOCUSED + 2, /* picks by class of latency, STATS_CLASSES of them */
    COUNTS_PER_OPTION = COUNT_OPTION_PICKED_AT + STATS_CLASSES
};

enum count_layout_trait {
    COUNT_LEANS,                                 /* SURVEY_LEANS of them */
    COUNT_SURE = COUNT_LEANS + SURVEY_LEANS,     /* SURVEY_LEVELS of them */
    COUNT_PROFILES = COUNT_SURE + SURVEY_LEVELS, /* never drained: count_layout_complete() */
    COUNT_TRAIT_VIEWINGS,                        /* viewings with a profile and without; drained: those without */
    COUNT_ASSOCIATIONS                           /* then the table of each of its tells, SURVEY_LEVELS for each row */
};

enum count_layout_prop {
    COUNT_PROP_PICKS, /* picks, exposures */
    COUNT_PROP_SEEN_AGAIN = COUNT_PROP_PICKS + 2,
    COUNT_RIVALS = COUNT_PROP_SEEN_AGAIN + 2 /* then two of each of its rivals */
};

struct count_layout {
    const struct survey_film *film;                   /* borrowed */
    guint *version, *node, *decision, *ending, *edge; /* the first place of each */
    guint *trait, *prop, *rival;                      /* rival: of each prop, its first rival's */
    guint **path, **association;                      /* of each version, of each of its named paths */
    guint n;
    /* Identity -> place + 1: these are in another order in another survey. */
    GHashTable *edges, *paths, *associations, *rivals;
};

/* `film` must outlive it. */
struct count_layout *count_layout_new(const struct survey_film *film);
void count_layout_free(struct count_layout *s);

/* The place of an option's first count. */
guint count_layout_option(const struct count_layout *s, guint decision, guint option);

/* One count of a part, on its way to its place. */
struct layout_count {
    guint place;
    int64_t n;
};

/* Takes all counts out of `film`, the same film while a survey of the same stores is read (survey_options.part), and
 * appends those that are not 0 to `out` (struct layout_count), in no order. What `s` has no place for is left out. */
void count_layout_drain(const struct count_layout *s, struct survey_film *film, GArray *out);

/* Makes what follows from other counts, after parts were added up to x[n]: COUNT_NODE_POSSIBLE, COUNT_PICKED_AT,
 * COUNT_PROFILES, COUNT_TRAIT_VIEWINGS. */
void count_layout_complete(const struct count_layout *s, int64_t *x);

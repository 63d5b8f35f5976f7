/*
 * count_layout: every count of a film has a place in one row of numbers, so that the counts of several groups of viewers
 * are added up by adding rows.
 *
 * count_layout_new() gives places to what the catalogue names. Edges, stays, associations, rivals and menus get theirs as
 * they are met: count_layout_edge() and the like. count_layout_settle(), once, orders them and renumbers all places; only then
 * are the places final. count_layout_free() last. Pure; one thread. Places are found in constant time.
 *
 * After count_layout_settle(), places below `n_shown` are what the HTML page shows: its figures name them, and its
 * script adds up rows by the same places. From `n_shown` on stand details that only text, JSON and CSV tell.
 */
#pragma once

#include "base/stats.h"
#include "telemetry/count/catalogue.h"
#include "telemetry/count/tally.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define COUNT_N_REASONS  6 /* TEL_REASON_… + 1; 0: no end was recorded */
#define COUNT_N_WHATS    8 /* TEL_WHAT_…, TALLY_UNKNOWN */
#define COUNT_N_DEVICES  8 /* TEL_GIVEN_… */
#define COUNT_N_PERCENTS 201
#define COUNT_N_LEANS    101 /* whole per cents */
#define COUNT_N_LEVELS   3   /* low, middling, high; surely against, not sure, surely for */

/* A decision with more options has no counts by menu. */
#define COUNT_MENU_OPTIONS_MAX 64

/* From a version's first place. */
enum count_of_version {
    COUNT_VIEWINGS,
    COUNT_TWO_MINUTES,
    COUNT_REACHED_ENDING,
    COUNT_LENGTH_KNOWN, /* viewings whose path has a known length: their own, or by the shortest way from where they left; */
    COUNT_SEVENTY_PERCENT, /* of these, those that watched 70 % of it */
    COUNT_EXPECTED_KNOWN,  /* the same, by the expected way */
    COUNT_EXPECTED_SEVENTY,
    COUNT_WHOLE_PATHS, /* viewings that ran to an ending and lost nothing */
    COUNT_LOST_EVENTS,
    COUNT_LEFT,    /* ended before the end: left, restarted, killed */
    COUNT_REDATED, /* whose own clock cannot have been right: a collector told when they began */
    COUNT_RUNNING, /* viewings that still play; they are in none of the others */
    COUNTS_PER_VERSION
};

/* From a node's first place. */
enum count_of_node {
    COUNT_NODE_POSSIBLE, /* viewings of the versions that have it. Never added to: count_layout_complete() */
    COUNT_NODE_VIEWINGS,
    COUNT_VISITS,
    COUNT_QUITS, /* viewings that were left, restarted or killed here */
    COUNT_PLAYING_US,
    COUNT_PAUSED_US,
    COUNT_HIDDEN_US,
    COUNT_PLANNED_US,     /* of the visits whose length is known, */
    COUNT_PLANNED_VISITS, /* which are so many */
    COUNTS_PER_NODE
};

/* From a decision's first place. Exposures are first answers (answers.h), here and in all that follows but for
 * COUNT_ASKED_AGAIN and COUNT_AGAIN. */
enum count_of_decision {
    COUNT_EXPOSURES,
    COUNT_TIMEOUTS,
    COUNT_OTHER_OUTCOMES, /* skipped, rewound, quit, unknown */
    COUNT_OUTCOMES,
    COUNT_CHANGED_MIND,
    COUNT_ASKED_AGAIN, /* exposures beyond the first answers */
    COUNT_UNANSWERED,  /* open in viewings that still play; they are in none of the others */
    COUNT_PICKED_AT, /* STATS_CLASSES of them. Added to: picks of no known option; count_layout_complete() adds the rest */
    COUNT_CENSORED_AT = COUNT_PICKED_AT + STATS_CLASSES, /* as many */
    COUNT_OPTIONS = COUNT_CENSORED_AT + STATS_CLASSES,   /* then COUNTS_PER_OPTION for each option */
};

/* From an option's first place. A ratio is two counts: how often, out of how many. */
enum count_of_option {
    COUNT_PICKS,
    COUNT_AVAILABLE,
    COUNT_SHOWN_FIRST, /* ratio: picks, of the exposures in which it stood first */
    COUNT_SHOWN_LATER = COUNT_SHOWN_FIRST + 2,
    COUNT_FOCUSED = COUNT_SHOWN_LATER + 2, /* ratio: picks, of the exposures in which it had the focus at first */
    COUNT_UNFOCUSED = COUNT_FOCUSED + 2,   /* ratio: the same where another option had it */
    COUNT_AGAIN = COUNT_UNFOCUSED + 2,     /* what further answers add: TALLY_AGAIN_ITEMS of them */
    COUNT_OPTION_PICKED_AT = COUNT_AGAIN + TALLY_AGAIN_ITEMS, /* picks by class of latency, STATS_CLASSES of them */
    COUNTS_PER_OPTION = COUNT_OPTION_PICKED_AT + STATS_CLASSES
};

/* From a trait's first place. */
enum count_of_trait {
    COUNT_LEANS,                                  /* viewings with a profile, by their lean: COUNT_N_LEANS of them */
    COUNT_SURE = COUNT_LEANS + COUNT_N_LEANS,     /* the same, by level: COUNT_N_LEVELS of them */
    COUNT_PROFILES = COUNT_SURE + COUNT_N_LEVELS, /* never added to: count_layout_complete() */
    COUNT_TRAIT_VIEWINGS, /* with a profile or without. Added to: those without; count_layout_complete() adds the rest */
    COUNTS_PER_TRAIT
};

/* From a prop's first place. */
enum count_of_prop {
    COUNT_PROP_PICKS,                             /* ratio: picks, of the exposures in which it could be taken */
    COUNT_PROP_SEEN_AGAIN = COUNT_PROP_PICKS + 2, /* ratio: met again, of the viewings that picked it */
    COUNTS_PER_PROP = COUNT_PROP_SEEN_AGAIN + 2
};

/* From the first place of a version's, node's, decision's or option's details. */
enum count_version_detail {
    COUNT_REASONS,
    COUNT_COMPLETION = COUNT_REASONS + COUNT_N_REASONS, /* viewings, by per cent watched of their own path */
    COUNT_LOST_VIEWINGS = COUNT_COMPLETION + COUNT_N_PERCENTS,
    COUNT_VERSION_PLAYING_US,
    COUNT_VERSION_PAUSED_US,
    COUNT_VERSION_HIDDEN_US,
    COUNT_VERSION_PLANNED_US,
    COUNT_DETAILS_PER_VERSION
};
enum count_node_detail { COUNT_LAST, COUNT_DETAILS_PER_NODE = COUNT_LAST + COUNT_N_REASONS };
enum count_decision_detail {
    COUNT_WHATS,
    COUNT_DEVICES = COUNT_WHATS + COUNT_N_WHATS,
    COUNT_POSITIONS = COUNT_DEVICES + COUNT_N_DEVICES,                  /* a ratio for each place in a menu */
    COUNT_OPTION_DETAILS = COUNT_POSITIONS + 2 * CATALOGUE_OPTIONS_MAX, /* then COUNT_DETAILS_PER_OPTION for each */
};
enum count_option_detail { COUNT_LOCKED, COUNT_OPTION_TIMEOUTS, COUNT_DETAILS_PER_OPTION };

/* From node to node, or into an ending. One count: times. */
struct count_edge {
    int32_t from, to; /* in film->nodes; from -1: the start. to of an ending: in film->endings */
    bool ending;
    guint place;
};

/* How many visits of a node ended in one of its seconds, and how. One count: visits. */
struct count_stay {
    guint node; /* in film->nodes */
    int32_t second;
    enum tally_stay how;
    guint place;
};

/* What the picks at one decision tell of a trait: COUNT_N_LEVELS counts for each of the decision's options. */
struct count_association {
    guint decision; /* in film->decisions */
    guint place;
};

/* One prop against another. A ratio: picks, of the exposures in which exactly one of the two was taken. */
struct count_rival {
    guint prop; /* in film->props */
    guint place;
};

/*
 * A menu: the options that were open together, in whatever order. Counts: exposures, then picks of each of the decision's
 * options.
 */
struct count_menu {
    guint decision;   /* in film->decisions */
    uint64_t options; /* a bit for each, by its place in the decision */
    guint place;
};

struct count_layout {
    const struct catalogue_film *film; /* borrowed */
    /* The first place of each thing of the film, and of its details. */
    guint *version, *node, *decision, *ending, *trait, *prop;
    guint *version_detail, *node_detail, *decision_detail;
    GArray *edges;         /* struct count_edge; commonest first once settled */
    GArray *stays;         /* struct count_stay; by node, second and how once settled */
    GArray **associations; /* of each trait: struct count_association; the strongest first once settled */
    GArray **rivals;       /* of each prop: struct count_rival; by prop once settled */
    GArray **menus;        /* of each decision: struct count_menu; the commonest first once settled */
    guint n_shown, n;      /* n_shown: 0 until settled */
    GHashTable *met;       /* private to count_layout.c; NULL once settled; here and below */
    GHashTable *met_menus;
};

/* `film` must outlive it. */
struct count_layout *count_layout_new(const struct catalogue_film *film);
void count_layout_free(struct count_layout *l); /* accepts NULL */

/* The first place of an option's counts, of an option's details. */
guint count_layout_option(const struct count_layout *l, guint decision, guint option);
guint count_layout_option_detail(const struct count_layout *l, guint decision, guint option);

/* The versions (int32_t, in film->versions) of the thing whose counts begin at or before this place: of a version, a node,
 * a decision or an ending. NULL for any other. The caller frees it with g_array_unref(). */
GArray *count_layout_versions(const struct count_layout *l, guint place);

/* The place of an edge's count, of a stay's, of an association's table, of a rival's ratio, of a menu. l->n grows where it was not met before.
 * Not once settled. */
guint count_layout_edge(struct count_layout *l, int32_t from, int32_t to, bool ending);
guint count_layout_stay(struct count_layout *l, guint node, int32_t second, enum tally_stay how);
guint count_layout_association(struct count_layout *l, guint trait, guint decision);
guint count_layout_rival(struct count_layout *l, guint prop, guint other);
guint count_layout_menu(struct count_layout *l, guint decision, uint64_t options);

/*
 * Orders edges, stays, associations, rivals and menus by the counts x[l->n], and gives all places their final numbers: `renumbered`,
 * of l->n entries, gets the new place for each old one. `paths`: for each version, how many places its paths shall have
 * in a row; path_place, of as many entries, gets the first. l->n grows by those.
 */
void count_layout_settle(struct count_layout *l, const int64_t *x, const guint *paths, guint *path_place,
                         guint *renumbered);

/* Makes what follows from other counts, after rows were added up to x[l->n]: COUNT_NODE_POSSIBLE, COUNT_PICKED_AT,
 * COUNT_PROFILES, COUNT_TRAIT_VIEWINGS. Once for each sum. */
void count_layout_complete(const struct count_layout *l, int64_t *x);

/* True, or a broken promise of the struct is asserted: places follow one another without gap or overlap. For a layout
 * that is settled. Costs as much as the film has things. */
bool count_layout_check(const struct count_layout *l);

/*
 * survey: what an audience did, as numbers by their definitions (telemetry/README.md, "The report's numbers").
 *
 * survey_new() reads one or more stores, survey_text(), survey_json() and survey_csv() write what it holds, any number
 * of times; survey_free() last. One thread. Everything below is counts; shares, intervals and times are made from them
 * by the writers, with base/stats.h.
 *
 * Only people's viewings count (in a window, chosen by a person), only those that the options select; what is left out
 * is counted in `groups`. Nodes and decisions are one over all versions in which nothing about them changed (their hash
 * is equal); what belongs to the film as a whole (endings, paths, completion) is apart for each version. With `pool`,
 * versions and changes are not looked at.
 *
 * Reading costs as much as there are days and groups with viewings, not events (aggregate.h), as long as the tallies
 * are up to date: call aggregate_update() before, where the store can be written.
 */
#pragma once

#include "telemetry/count/aggregate.h"
#include "base/stats.h"
#include "telemetry/store/store.h"

#include <glib.h>

#define SURVEY_ALL           (-1) /* of a filter */
#define SURVEY_FLOOR_DEFAULT 20
#define SURVEY_PATHS_DEFAULT 10
#define SURVEY_REASONS       6 /* TEL_REASON_… + 1; 0: no end was recorded */
#define SURVEY_WHATS         8 /* TEL_WHAT_…, TALLY_UNKNOWN */
#define SURVEY_POSITIONS     64
#define SURVEY_DEVICES       8
#define SURVEY_PERCENTS      201
#define SURVEY_LEANS         101
#define SURVEY_LEVELS        3

struct survey_film;

/* A part of the numbers: viewings of one version, day, place among their viewer's and time mode. */
struct survey_part {
    int32_t version; /* in film->versions */
    bool machine;    /* no audience: only `viewings` is told */
    int32_t nth, time, day;
    int64_t viewings;
};

struct survey_options {
    const char *story;    /* id of a film, or NULL: all */
    const char *version;  /* as the author named it, or NULL: all */
    const char *decision; /* id, or NULL: all; only changes what is written */
    int32_t since_day;    /* days since 1970 UTC; 0: always */
    int32_t viewings;     /* enum aggregate_nth, or SURVEY_ALL */
    int32_t time;         /* time mode, or SURVEY_ALL */
    int64_t floor;        /* with fewer than this, shares and times are too few to say */
    bool pool, recount;
    guint paths; /* so many of the commonest are named; 0: SURVEY_PATHS_DEFAULT */
    /*
     * Or NULL. Called for each part while the stores are read, with the film holding the part's counts on top of what
     * earlier calls left there: whoever sets what is read to 0 gets the parts alone. A part may come in several calls.
     * Edges and paths have no order yet, nodes' `of` is not set.
     */
    void (*part)(struct survey_film *film, const struct survey_part *p, void *data);
    void *part_data;
};

/* How many viewings there are of each kind, selected or not. */
struct survey_group {
    int32_t version; /* in film->versions */
    bool machine, selected;
    int32_t nth, time;
    int64_t viewings;
};

/* A version of a film; with pool, all of them in one. */
struct survey_version {
    char *version;
    int64_t hash;
    int64_t viewings; /* selected, as everything below */
    int64_t reasons[SURVEY_REASONS];
    int64_t two_minutes, reached; /* viewings that watched for so long; that reached an ending */
    int64_t lost_events, lost_viewings;
    int64_t completion[SURVEY_PERCENTS]; /* viewings, by per cent watched of their own path, where that is known */
    int64_t playing_us, paused_us, hidden_us, planned_us;
    GPtrArray *paths;    /* struct survey_path *, commonest first */
    GHashTable *by_hash; /* hash -> the same; NULL once they are named */
    int64_t distinct_paths, whole_paths;
};

struct survey_path {
    uint64_t hash;
    int64_t viewings, example;
    int32_t store;
    char **nodes; /* titles or names; only of the commonest */
};

struct survey_node {
    char *name, *title;
    int64_t hash;
    GArray *versions; /* int32_t: in which of film->versions it is */
    int64_t viewings, visits, playing_us, paused_us, hidden_us, planned_us, planned_visits;
    int64_t last[SURVEY_REASONS]; /* viewings that visited it last, by how they ended */
    int64_t of;                   /* viewings that could have come here: of the versions that have it */
};

/* Times picked, of exposures where it could be. */
struct survey_ratio {
    int64_t k, n;
};

struct survey_option {
    char *name, *title;
    int32_t position; /* as written */
    int64_t available, locked, picks, timeouts;
    struct survey_ratio first, later;       /* shown first; shown at another place */
    struct survey_ratio focused, unfocused; /* had the focus at first; another one had it */
    int64_t *picked_at;                     /* picks by class of latency; NULL: none */
};

/* What a decision changes, by the film's own graph: set by who knows the film (report/decision_impact.h), and only written here. */
struct survey_consequence {
    bool compared;          /* two of its options can be taken in the same state; else neither shift is known */
    bool illusion;          /* whatever is picked, the same film comes */
    double shift;           /* 0 to 1, of the odds of the endings, where any option is taken alike */
    double measured;        /* where viewers decide as those in the survey; NAN: not known */
    bool uniform;           /* too little is known of how people decided here: any option alike, for `measured`, too */
    int64_t exclusive_us;   /* film that is seen through one option only */
    int64_t divergence_us;  /* of film, until the options' futures are the same again; US_NONE: never, or not known */
    bool diverges_for_good; /* never */
    char *differs;          /* variables that differ afterwards and are asked later, "a, b"; "": none */
};

struct survey_decision {
    char *name, *title, *node;
    int64_t hash;
    GArray *versions; /* as a node's */
    GPtrArray *options;
    int64_t exposures, what[SURVEY_WHATS];
    int64_t outcomes, changed; /* outcomes; of these, after a change of mind */
    int64_t given[SURVEY_DEVICES];
    struct survey_ratio positions[SURVEY_POSITIONS]; /* picks there, of exposures with something to pick there */
    int64_t *picked_at, *censored_at;                /* by class of latency; NULL: none */
    struct survey_consequence *consequence;          /* NULL: not asked for */
};

struct survey_ending {
    char *name, *title;
    int32_t version; /* in film->versions */
    int64_t viewings;
};

struct survey_edge {
    int32_t from, to; /* in film->nodes; from -1: the start. to of an ending: in film->endings */
    bool ending;
    int64_t times;
};

/*
 * What the picks at one decision tell of a trait: of viewings with a pick there and a profile from their other picks, how
 * often which option went with a low, middling or high lean (SURVEY_LEVELS each, option by option).
 */
struct survey_association {
    struct survey_decision *decision;
    int64_t *table, n; /* rows: as many as the decision has options by now */
    guint rows;
    double bits;    /* mutual information, less what chance alone would show; 0 at least */
    double p_value; /* how likely chance alone would show as much (G test) */
};

/* Taste, by one trait of a version of the film; viewings. */
struct survey_trait {
    char *name;
    int32_t version;             /* in film->versions */
    int64_t leans[SURVEY_LEANS]; /* those with a profile, by their lean in per cent */
    int64_t sure[SURVEY_LEVELS]; /* of these: surely against, not sure, surely for */
    int64_t none;                /* too few picks to have a profile */
    double mean;                 /* of the leans, 0 to 1; NAN for none */
    struct stats_interval interval;
    GPtrArray *associations; /* struct survey_association *, who tells most first; only those with n > 0 */
};

/* One prop against another: exposures in which one could be taken without the other, and one of them was. */
struct survey_rival {
    int32_t prop; /* in film->props */
    struct survey_ratio picks;
};

struct survey_prop {
    char *name, *title;
    int32_t version;           /* in film->versions */
    struct survey_ratio picks; /* exposures in which it could be taken */
    struct survey_ratio again; /* viewings that picked it: those that met it again later */
    GArray *rivals;            /* struct survey_rival, by prop */
};

struct survey_film {
    char *name, *title;
    GPtrArray *versions, *nodes, *decisions, *endings; /* of the structs above, in the order of the film */
    GPtrArray *traits, *props;                         /* struct survey_trait *, survey_prop *; likewise */
    GArray *groups, *edges;                            /* struct survey_group, survey_edge; commonest first */
    GHashTable *keys;                                  /* of the reader */
};

struct survey {
    struct survey_options options; /* strings are the caller's */
    GPtrArray *films;              /* struct survey_film * */
};

/* `stores` are open, read-only or not, and are needed for this call only. NULL and error on failure: a store can't be
 * read, or two of them hold the same viewing. */
struct survey *survey_new(struct store *const *stores, int n_stores, const struct survey_options *o, GError **error);
void survey_free(struct survey *r);

/* What several writers need. Sum of a version's or film's selected viewings; the decision time's curve. */
int64_t survey_selected(const struct survey_film *film);
struct stats_survival *survey_curve(const struct survey_decision *d, size_t *n); /* g_free */
double survey_pick_ms(const struct survey_option *o, double q);                  /* NAN for none */
/* "1.0, 2.0": the versions listed. Caller frees. */
char *survey_versions(const struct survey_film *film, const GArray *versions);
int64_t survey_profiles(const struct survey_trait *t); /* viewings that have one */
/* Whether it tells of the trait: of so many decisions, chance alone would show one like it in one of twenty audiences. */
bool survey_is_associated(const struct survey_trait *t, const struct survey_association *association, int64_t floor);
struct survey_option *survey_option_of(const struct survey_decision *d, guint i);

/* Exactly `width` columns of a title, left-aligned; cut with an ellipsis; nothing in it steers a terminal. width 0: all
 * of it. */
void survey_append_padded(GString *out, const char *text, int width);

/* Aligned tables for a terminal, UTF-8, about 100 columns. */
void survey_text(const struct survey *r, GString *out);
/* One object, valid by telemetry/report.schema.json. */
void survey_json(const struct survey *r, GString *out);
/* One table: a row per number that has a definition; RFC 4180, first line the columns' names. */
void survey_csv(const struct survey *r, GString *out);

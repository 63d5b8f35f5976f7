/*
 * survey: what an audience did, as numbers by their definitions (telemetry/README.md, "The report's numbers").
 *
 * survey_slice() gives the numbers of a part of the audience from a cube of counts (count_cube.h), which the caller
 * owns and which must outlive the survey; survey_new() loads a cube for one part and keeps it. survey_text(),
 * survey_json() and survey_csv() write what a survey holds, any number of times; survey_free() last. One thread.
 *
 * A survey is a view: names are the catalogue's, counts stand in a slice of the cube, and nobody changes either.
 * Shares, intervals and times are made from the counts by the writers, with base/stats.h.
 *
 * Only people's viewings count (in a window, chosen by a person), and of these only those that the options select; what
 * is left out is counted in `groups`. Nodes and decisions are one over all versions in which nothing about them changed
 * (their hash is equal); what belongs to the film as a whole (endings, paths, completion) is apart for each version.
 * With `pool`, versions and changes are not looked at.
 */
#pragma once

#include "base/stats.h"
#include "telemetry/count/count_cube.h"
#include "telemetry/survey/drop_off.h"
#include "telemetry/store/store.h"
#include "telemetry/survey/mixture.h"

#include <glib.h>

#define SURVEY_FLOOR_DEFAULT 20
#define SURVEY_PATHS_DEFAULT 10

struct survey_options {
    const char *story;          /* id of a film, or NULL: all */
    const char *version;        /* as the author named it, or NULL: all */
    const char *decision;       /* id, or NULL: all; only changes what is written */
    int32_t since_day;          /* days since 1970, of `zone`; 0: always */
    GTimeZone *zone;            /* whose days they are; all events are counted then. NULL: UTC */
    int32_t viewings;           /* enum aggregate_nth, or COUNT_ALL */
    int32_t time;               /* time mode, or COUNT_ALL */
    int64_t floor;              /* with fewer cases than this, shares and times are too few to say */
    bool pool, recount;         /* catalogue.h; aggregate.h */
    const struct segment *only; /* only viewings that are in all of these segments; n_only of them */
    guint n_only;
    int32_t stratum; /* only this version of each film, from 1 on, of a cube that holds them apart; 0: all */
    guint paths;     /* so many of the commonest are named; 0: SURVEY_PATHS_DEFAULT */
};

/* How many viewings there are of each kind, selected or not. */
struct survey_group {
    int32_t version; /* in film->versions */
    bool machine, selected;
    int32_t nth, time;
    int64_t viewings;
};

/* k times out of n; and how many viewings that were erased might have counted, too (at most; 0: not known of this one). */
struct survey_ratio {
    int64_t k, n, erased;
};

/* A whole path. */
struct survey_path {
    uint64_t hash;
    int64_t viewings;
    guint place;  /* on the page; COUNT_NO_PLACE: it has none */
    char **nodes; /* their ids; the cube owns them; here and below */
    char **words; /* "Title [id]" of each */
};

/* A version of a film; with pool, all of them in one. Viewings are those selected, as everything below. */
struct survey_version {
    const char *version;
    int64_t hash;
    int64_t viewings;             /* that are over */
    int64_t running;              /* that still play: in none of the numbers here but the answers */
    int64_t erased, aged;         /* that somebody chose to erase, that were erased by age; selected or not */
    int64_t unrecorded;           /* that were not recorded, where the viewer let them be counted; selected or not */
    const int64_t *reasons;       /* COUNT_N_REASONS */
    int64_t two_minutes, reached; /* viewings that watched for so long; that reached an ending */
    int64_t lost_events, lost_viewings;
    int64_t length_known,
        seventy_percent; /* viewings whose path's length is known; that watched 70 % of it: of their own
                                              path or, if they were left, of the shortest way from there to an ending */
    int64_t expected_known, expected_seventy; /* the same by the expected way */
    const int64_t *completion;                /* the first of these, by per cent watched: COUNT_N_PERCENTS */
    int64_t playing_us, paused_us, hidden_us, planned_us;
    GPtrArray *paths; /* struct survey_path *, commonest first */
    int64_t distinct_paths, whole_paths;
};

struct survey_node {
    const char *name, *title;
    int64_t hash;
    const GArray *versions; /* int32_t: in which of film->versions it is */
    int64_t viewings, visits, playing_us, paused_us, hidden_us, planned_us, planned_visits;
    const int64_t *last;   /* viewings that visited it last, by how they ended: COUNT_N_REASONS */
    int64_t quits;         /* of these, those that were left, restarted or killed */
    int64_t of;            /* viewings that could have come here: of the versions that have it */
    int64_t erased;        /* as a version's, of these versions */
    const GArray *seconds; /* struct drop_off_second: when its visits ended; the film's */
};

struct survey_option {
    const char *name, *title;
    int32_t position; /* as written */
    bool forgets;     /* a pick erases the viewing: its picks cannot be counted */
    int64_t available, locked, picks, timeouts;
    struct stats_clusters all;              /* all answers, those after going back, too; clusters: viewings */
    struct survey_ratio first, later;       /* picks where it was shown first; at another place */
    struct survey_ratio focused, unfocused; /* picks where it had the focus at first; where another one had it */
    const int64_t *picked_at;               /* picks by class of latency: STATS_CLASSES */
};

/* The options that were open together, in whatever order. */
struct survey_menu {
    uint64_t options;     /* a bit for each, by its place in the decision's */
    int64_t exposures;    /* at least 1; as a decision's */
    const int64_t *picks; /* of each of the decision's options */
};

struct survey_decision {
    const char *name, *title, *node;
    int64_t hash;
    const GArray *versions; /* as a node's */
    GPtrArray *options;
    GArray *menus;             /* struct survey_menu: those that were met, the commonest first */
    int64_t exposures;         /* viewings' first answers (count/answers.h); here and below, but for the next two */
    int64_t asked_again;       /* exposures beyond these */
    int64_t unanswered;        /* open, in viewings that still play */
    int64_t erased;            /* as a node's */
    const int64_t *what;       /* by outcome: COUNT_N_WHATS */
    int64_t outcomes, changed; /* outcomes; of these, after a change of mind */
    const int64_t *given;      /* picks by device: COUNT_N_DEVICES */
    const int64_t *positions;  /* k and n by turns: picks at each place, of exposures with an option there */
    const int64_t *picked_at, *censored_at; /* by class of latency: STATS_CLASSES */
};

struct survey_ending {
    const char *name, *title;
    int32_t version; /* in film->versions */
    int64_t viewings;
};

struct survey_edge {
    int32_t from, to; /* in film->nodes; from -1: the start. to of an ending: in film->endings */
    bool ending;
    int64_t times;
    guint place; /* count_layout.h; here and below */
};

/*
 * What the picks at one decision tell of a trait: of viewings with a pick there and a profile from their other picks, how
 * often which option went with a low, middling or high lean.
 */
struct survey_association {
    const struct survey_decision *decision;
    guint decision_at;    /* the same, in film->decisions */
    const int64_t *table; /* COUNT_N_LEVELS counts for each of the decision's options */
    int64_t n;            /* of them all */
    double bits;          /* mutual information, less what chance alone would show; 0 at least */
    double p_value;       /* how likely chance alone would show as much (G test) */
    double q;             /* that, corrected for all associations of the film; NAN: too few to say */
    guint place;
};

/* Taste, by one trait of a version of the film; viewings. */
struct survey_trait {
    const char *name;
    int32_t version;      /* in film->versions */
    const int64_t *leans; /* those with a profile, by their lean in per cent: COUNT_N_LEANS */
    const int64_t *sure;  /* of these: surely against, not sure, surely for */
    int64_t none;         /* too few picks to have a profile */
    double mean;          /* of the leans, 0 to 1; NAN for none */
    struct stats_interval interval;
    GPtrArray *associations; /* struct survey_association *, the strongest first; only those with n > 0 */
};

/* One prop against another: exposures in which one could be taken without the other, and one of them was. */
struct survey_rival {
    int32_t prop; /* in film->props */
    struct survey_ratio picks;
    guint place;
};

struct survey_prop {
    const char *name, *title;
    int32_t version;           /* in film->versions */
    struct survey_ratio picks; /* exposures in which it could be taken */
    struct survey_ratio again; /* viewings that picked it: those that met it again later */
    GArray *rivals;            /* struct survey_rival, by prop */
};

struct survey_film {
    const char *name, *title;
    const GArray *undated; /* struct count_undated: viewings that are on no day; the cube's */
    int64_t redated;       /* viewings whose own clock cannot have been right: a collector told when they began */
    GPtrArray *mixtures;   /* struct mixture *: all that could be tested; NULL: the cube doesn't hold the parts apart */
    GPtrArray *versions, *nodes, *decisions, *endings; /* of the structs above, in the order of the film */
    GPtrArray *traits, *props;                         /* likewise */
    GPtrArray *drop_off;                               /* of each node (drop_off_new()) */
    GArray *groups, *edges;                            /* struct survey_group, survey_edge; edges: commonest first */
    const struct count_layout *layout;
    const int64_t *x; /* all counts of the slice, by place */
};

struct survey {
    struct survey_options options; /* strings are the caller's */
    GPtrArray *films;              /* struct survey_film *, as the cube's */
    struct count_cube *cube;       /* of survey_new(), else NULL */
};

/* What a decision changes, by the film's own graph. Made by whoever knows the film (report/decision_impact.h). */
struct survey_consequence {
    bool compared;         /* two of its options can be taken in the same state; else neither shift is known */
    bool illusion;         /* whatever is picked, the same film comes */
    double shift;          /* 0 to 1, of the odds of the endings, where each option is as likely as any other */
    double measured;       /* where viewers decide as those in the survey did; NAN: not known */
    bool uniform;          /* too little is known of how people decided here: `measured`, too, takes options as equal */
    int64_t exclusive_us;  /* film that is seen through one option only */
    int64_t divergence_us; /* of film, until the options' futures are the same again; US_NONE: never, or not known */
    bool diverges_for_good; /* never */
    const char *verdict;    /* what stands out about it, "" for nothing; static */
    char *differs;          /* variables that differ afterwards and are read later, "a, b"; "": none */
};

/* Of one film's decisions, in the order of film->decisions; NULL for those that are not known. */
struct survey_consequences {
    guint film; /* in the survey's films; G_MAXUINT: none of them */
    struct survey_consequence **by_decision;
};

/*
 * `stores` are open, read-only or not, and are needed for this call only. NULL and error on failure: a store cannot be
 * read, or two of them hold the same viewing.
 */
struct survey *survey_new(struct store *const *stores, guint n_stores, const struct survey_options *o, GError **error);

/*
 * The part of the cube's audience that `viewings` and `time` select; the other options must be those that the cube was
 * loaded with. The cube is still reading (count_cube_end_reading()), as paths are named from the stores.
 */
struct survey *survey_slice(struct count_cube *cube, const struct survey_options *o, GError **error);
void survey_free(struct survey *r); /* accepts NULL */

/* A share that depends on what was erased; NAN where it cannot: r.erased is 0. */
struct stats_interval survey_bounds(struct survey_ratio r);

/* Whether n cases are enough to tell a share or a time of them. */
bool survey_is_enough(int64_t n, int64_t floor);

/* "input=touch, took=door:open": the segments that are selected; "" for none. The caller frees. */
char *survey_only(const struct survey_options *o);

/* The cube that holds just what `o` selects, and versions apart. */
struct count_cube_options survey_cube_options(const struct survey_options *o);

/* The name of the time zone whose days are counted. */
const char *survey_zone(const struct survey_options *o);

/* Viewings selected, of all versions; those that still play, too. */
int64_t survey_selected(const struct survey_film *film);
/* The curve of the decision time, *n entries. The caller frees with g_free(). */
struct stats_survival *survey_curve(const struct survey_decision *d, size_t *n);
/* The time in ms by which the share q of the option's picks had been made; NAN for none. */
double survey_pick_ms(const struct survey_option *o, double q);
/* "1.0, 2.0": the versions listed. The caller frees. */
char *survey_versions(const struct survey_film *film, const GArray *versions);
/* Viewings that have a profile. */
int64_t survey_profiles(const struct survey_trait *t);
/* Whether it tells of the trait more than chance allows. */
bool survey_is_associated(const struct survey_association *association);
/* Whether all options were offered to the same people; else their shares cannot be set side by side, but within a menu. */
bool survey_has_one_menu(const struct survey_decision *d);
bool survey_menu_has(const struct survey_menu *m, guint option);
const struct survey_menu *survey_menu_of(const struct survey_decision *d, guint i);
const struct survey_option *survey_option_of(const struct survey_decision *d, guint i);
/* The consequence of a decision of a film, by their places; NULL: not known. `c` may be NULL. */
const struct survey_consequence *survey_consequence_of(const struct survey_consequences *c, guint film, guint decision);

/* Exactly `width` columns of a title, left-aligned; cut with an ellipsis; nothing in it steers a terminal. width 0: all
 * of it. */
void survey_append_padded(GString *out, const char *text, int width);

/* Aligned tables for a terminal, UTF-8, about 100 columns. */
void survey_text(const struct survey *r, GString *out);
/* One object, valid by telemetry/report.schema.json. `c` may be NULL; here and below. */
void survey_json(const struct survey *r, const struct survey_consequences *c, GString *out);
/* One table: a row for each number that has a definition; RFC 4180, the first line has the names of the columns. */
void survey_csv(const struct survey *r, const struct survey_consequences *c, GString *out);

/* True, or a broken promise of the structs is asserted. Costs as much as the films have things. */
bool survey_check(const struct survey *r);

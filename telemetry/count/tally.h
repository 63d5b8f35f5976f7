/*
 * tally: counts by key, in a form small enough to be kept in the store for every day and group of viewers.
 *
 * tally_add() any number of times, then tally_settle(); after that `cells` ascends by (kind, time, a, b) and has one
 * cell for each key. Two tallies of different viewings add up to the tally of both: counts are added, and of two
 * examples the smaller one stays. One thread at a time. Adding takes some 10 ns; nothing here does I/O.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * What is counted. a and b are ids of the store's dictionaries or small numbers, 0 stands for "none". `time` is a time
 * mode: that of the exposure for what is said of exposures, else that of the viewing. The numbers are stored: they do
 * not change.
 */
enum tally_kind {
    TALLY_VIEWINGS = 1, /* a: reason + 1 of the finish, 0 where there is none; TALLY_RUNNING. Viewings */
    TALLY_MARK,         /* a: enum tally_mark. Viewings */
    TALLY_COMPLETION, /* a: watched, in whole per cent of the path by the shortest way, at most 200. Viewings whose path is known */
    TALLY_LOST,        /* a: 0: events lost; 1: viewings that lost some */
    TALLY_NODE,        /* a: node, b: enum tally_node */
    TALLY_LAST,        /* a: node visited last, b: as VIEWINGS' a. Viewings */
    TALLY_EDGE,        /* a: node or 0 for the start, b: node entered next. Times */
    TALLY_END,         /* a: node, b: ending reached there. Times */
    TALLY_ENDING,      /* a: ending. Viewings that reached it */
    TALLY_OUTCOME,     /* a: menu, b: tally_outcome(). Exposures */
    TALLY_LATENCY,     /* a: decision, b: tally_latency(). Exposures whose outcome has a latency */
    TALLY_CHANGES,     /* a: decision, b: changes of mind, at most 15. Those with an outcome */
    TALLY_GIVEN,       /* a: decision, b: device. Picks */
    TALLY_PATH,        /* b: hash of the whole path. Viewings that ran to an ending and lost nothing */
    TALLY_EXAMPLE,     /* b: as PATH's. Not a count: the smallest id of a viewing with that path */
    TALLY_PROFILE,     /* a: trait, b: 0 for no profile, or tally_profile(). Viewings */
    TALLY_ASSOCIATION, /* a: decision, b: tally_association(). Viewings with a pick there and a profile without it */
    TALLY_PROP,        /* a: prop, b: enum tally_prop. Viewings */
    TALLY_AGAIN,       /* a: option, b: enum tally_again. What answers beyond a viewing's first one add */
    TALLY_ASKED_AGAIN, /* a: decision. Exposures that are not the viewing's first answer */
    TALLY_EXPECTED,    /* as COMPLETION, of the path by the expected way */
    TALLY_STAY,        /* a: node, b: tally_stay(). Visits */
    TALLY_KINDS
};

enum tally_mark { TALLY_MARK_TWO_MINUTES, TALLY_MARK_ENDING, TALLY_MARK_REDATED, TALLY_MARKS };
enum tally_node {
    TALLY_NODE_VIEWINGS,
    TALLY_NODE_VISITS,
    TALLY_NODE_PLAYING_US,
    TALLY_NODE_PAUSED_US,
    TALLY_NODE_HIDDEN_US,
    TALLY_NODE_PLANNED_US, /* of the visits whose length is known, */
    TALLY_NODE_PLANNED,    /* which are so many */
    TALLY_NODE_ITEMS
};

enum tally_prop { TALLY_PROP_TAKEN, TALLY_PROP_AGAIN };

/* Whether a viewing with this `a` of TALLY_VIEWINGS was broken off by its viewer or by the system. */
bool tally_is_left(int64_t reason);

/* How a visit of a node ended: the viewing was left, restarted or killed there; the viewer went back or skipped on; or neither:
 * the film went on, or what came then is not known. */
enum tally_stay { TALLY_STAY_LEFT, TALLY_STAY_JUMPED, TALLY_STAY_OTHER, TALLY_STAYS };

/* a of TALLY_VIEWINGS for a viewing that still plays: of it, only its answers are counted. No reason is so large. */
#define TALLY_RUNNING 20

/*
 * b of TALLY_AGAIN. Of each viewing, with n exposures in which the option could be taken, k of which picked it: the sums
 * of k, n, k², k n, n² and 1 over all viewings, less what they would be if it had answered once, as it did first.
 */
enum tally_again {
    TALLY_AGAIN_PICKS,
    TALLY_AGAIN_OFFERS,
    TALLY_AGAIN_PICKS_SQUARED,
    TALLY_AGAIN_PICKS_OFFERS,
    TALLY_AGAIN_OFFERS_SQUARED,
    TALLY_AGAIN_VIEWINGS,
    TALLY_AGAIN_ITEMS
};

/* b of TALLY_STAY: for how many whole seconds the node had played, at most TALLY_STAY_SECONDS. */
#define TALLY_STAY_SECONDS (24 * 60 * 60)
uint64_t tally_stay(int64_t playing_us, enum tally_stay how);
int32_t tally_stay_second(uint64_t b);
int tally_stay_how(uint64_t b);

/* b of TALLY_PROFILE: the lean in per cent, and 0: surely against, 1: not sure, 2: surely for. b is never 0. */
uint64_t tally_profile(int percent, int sure);
int tally_profile_percent(uint64_t b);
int tally_profile_sure(uint64_t b);

/* b of TALLY_ASSOCIATION: the option picked first at the decision, and the level (0 to 2) of the lean that the viewing's
 * picks at other decisions make. */
uint64_t tally_association(int64_t trait, int64_t option, int level);
int64_t tally_association_trait(uint64_t b);
int64_t tally_association_option(uint64_t b);
int tally_association_level(uint64_t b);

/* b of TALLY_OUTCOME. focus: which option had it at first, by its place in the menu, -1 for none; what: TEL_WHAT_…, TALLY_UNKNOWN, or
 * TALLY_OPEN: the viewing still plays, and has not answered yet. */
#define TALLY_OPEN    6
#define TALLY_UNKNOWN 7
uint64_t tally_outcome(int focus, int what, int64_t option);
int tally_outcome_focus(uint64_t b);
int tally_outcome_what(uint64_t b);
int64_t tally_outcome_option(uint64_t b);

/* b of TALLY_LATENCY. cls: stats_class() of the latency; option: the one that was picked, else 0. */
uint64_t tally_latency(int what, int64_t option, int cls);
int tally_latency_what(uint64_t b);
int64_t tally_latency_option(uint64_t b);
int tally_latency_class(uint64_t b);

struct tally_cell {
    uint64_t key; /* kind, time and a: tally_kind() … */
    uint64_t b;
    int64_t n;
};
enum tally_kind tally_kind(const struct tally_cell *c);
int tally_time(const struct tally_cell *c);
int64_t tally_a(const struct tally_cell *c);

struct tally {
    GArray *cells; /* struct tally_cell: what was settled; ascending, each key once */
    /* What was not settled yet: a hash table with open addressing. A cell with n = 0 is free; at most half are taken. */
    struct tally_cell *added;
    guint n_added, table_size; /* table_size: 0 or a power of two */
};

struct tally *tally_new(void);
void tally_free(struct tally *t); /* accepts NULL */

/*
 * Adds n. What a sound store never has is not counted: n of 0 or less, an `a` that is negative or does not fit into 48
 * bits. `time` is below 256. Counts stop growing at TALLY_MOST.
 */
#define TALLY_MOST (INT64_C(1) << 60)
void tally_add(struct tally *t, enum tally_kind kind, int time, int64_t a, uint64_t b, int64_t n);

/* Sorts what was added since the last time and adds it to `cells`. */
void tally_settle(struct tally *t);

/* Adds all of `from`. Settles both; then linear in both. */
void tally_merge(struct tally *t, struct tally *from);

/* The first byte of an encoded tally; this program reads no other encoding. Kept counts are made anew when it changes, and the
 * table of telemetry/store/schema.sql says it, too. */
#define TALLY_ENCODING 7

/* Settles, and makes bytes of it: a few for each cell. The caller frees. */
GByteArray *tally_encode(struct tally *t);

/*
 * What tallies add up to. Within these limits no sum of any part of them overflows, and counts are exact in JSON and in
 * a double. They are far beyond any audience: 9 * 10^15 events, and 9,000 years of film.
 */
struct tally_total {
    int64_t counts, lengths_us;
};
#define TALLY_COUNTS_MOST  (INT64_C(1) << 53)
#define TALLY_LENGTHS_MOST (INT64_C(1) << 58)

/* Adds all of `t`, which is settled. False: a limit is passed, as only a damaged or forged store does. */
bool tally_add_total(const struct tally *t, struct tally_total *total);

/* Adds what was encoded. False where the bytes make no sense; then `t` is as before. */
bool tally_decode(struct tally *t, const uint8_t *bytes, size_t n);

/* True, or a broken promise of the struct is asserted: the order of the cells, the hash table. Costs as much as the
 * tally is large. */
bool tally_check(const struct tally *t);

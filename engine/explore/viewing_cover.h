/*
 * plan: a few viewings that together show every node and pick every option: what somebody must watch to have seen the
 * film.
 *
 * viewing_cover_new() looks at what a viewer can do (each option when its decision opens, or waiting), up to a number of
 * states, and puts viewings together: each the one that shows most of what is still missing, by a search that keeps the
 * best few; then those that the others make needless are left out. Finding the fewest is a problem for which nobody
 * has a fast way; `least` is a bound below which there is none. Random routes are tried with the first seeds; nobody
 * goes back; a pick that cuts at once comes when its decision opens. One thread. Free with viewing_cover_free().
 */
#pragma once

#include "play/transcript.h"

#include <stdbool.h>

struct viewing_cover_item {
    uint64_t seed;
    GArray *choices;   /* int32_t: for each decision that opens, the option or -1 */
    int64_t us;        /* planned */
    int32_t ending;    /* or -1 */
    bool over;         /* else it gets stuck, or never ends */
    int32_t new_nodes; /* that no viewing before it shows */
    int32_t new_options;
};

struct viewing_cover {
    GArray *viewings;           /* struct viewing_cover_item */
    bool *nodes;                /* shown by one of them */
    bool *options;              /* picked in one of them */
    int32_t n_nodes, n_options; /* how many that are */
    int32_t lower_bound;        /* viewings that are needed at least */
    bool partial;               /* there were more states than were looked at, or the caller stopped */
};

/* Called now and then; false stops. */
typedef bool (*viewing_cover_progress)(void *user, uint64_t states);

/* max_states: 0 for a usual number. */
struct viewing_cover *viewing_cover_new(const struct story *s, int32_t max_states, viewing_cover_progress progress,
                                        void *user);
void viewing_cover_free(struct viewing_cover *p); /* accepts NULL */

/* A viewing for replay; to be freed with transcript_free(). */
struct transcript *viewing_cover_transcript(const struct story *s, const struct viewing_cover_item *v);

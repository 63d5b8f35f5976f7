/*
 * viewing_cover: a few viewings that together show every node and pick every option; what somebody must watch to have seen the
 * whole film.
 *
 * viewing_cover_new() explores all first plays (explore/explore.h), with states merged, so what can be shown at all is exact. Then it
 * makes one viewing after the other, each along the way that shows most of what is still missing, and at the end drops those that the
 * others make redundant. To find the smallest cover is NP-hard (it is a set cover), so this one may be larger; `at_least` viewings
 * are needed in any case (explore/cover_bound.h). Every draw of a random route counts as a way; nobody goes back, and a pick that
 * cuts at once comes when its decision opens.
 *
 * Of a story with many states, viewings are first made without knowing them (explore/cover_walk.h). If these show all there is, and
 * fewer could not, nothing is searched further.
 *
 * If the search is cut short, the viewings show all that it met, and each of them goes on to its end without choosing; what those others
 * show is added. Only if that is all that the story has is the cover complete.
 *
 * One thread calls. As expensive as explore without its answers; then O(transitions) for each viewing, until
 * COVER_PLAN_WORK_MAX transitions were looked at. Further viewings are made without looking ahead.
 */
#pragma once

#include "explore/explore.h"

#include <stdbool.h>

/* One viewing. */
struct viewing_cover_item {
    struct transcript *transcript; /* for replay */
    bool draws;                    /* it prescribes what its random routes draw */
    int64_t us;                    /* planned length */
    int32_t ending;                /* or -1 */
    bool over;         /* the film comes to its end; else it gets stuck, never ends, or was followed no further */
    int32_t new_nodes; /* nodes and options that no viewing before it shows */
    int32_t new_options;
};

struct viewing_cover {
    GArray *viewings;           /* viewing_cover_item */
    bool *nodes;                /* node: some viewing shows it */
    bool *options;              /* option: some viewing picks it */
    int32_t n_nodes, n_options; /* how many these are */
    int32_t at_least; /* so many viewings are needed to show these; fewer than there are, if the fewest are not known */
    enum explore_limit limit;  /* EXPLORE_LIMIT_NONE: nothing else can be shown */
    bool stopped;              /* before the viewings showed all that was met */
    uint64_t n_states, n_open; /* states that were met; and of those, how many were not explored */
};

/* Of the options, those count that limit the search, and its progress. */
struct viewing_cover *viewing_cover_new(const struct story *s, const struct explore_options *options);
void viewing_cover_free(struct viewing_cover *c); /* accepts NULL */

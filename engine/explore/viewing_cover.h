/*
 * viewing_cover: a few viewings that together show every node and pick every option; what somebody must watch to have seen the
 * whole film.
 *
 * viewing_cover_new() explores what a viewer can do (each option when its decision opens, or waiting), up to a number of states.
 * Then it builds one viewing after the other, each by a beam search for the one that shows most of what is still missing, and at the
 * end drops those that the others make redundant. To find the smallest cover is NP-hard (it is a set cover), so this one may be
 * larger; `lower_bound` says how many viewings are needed at least. Random routes are tried with the first seeds, nobody goes back,
 * and a pick that cuts at once comes when its decision opens.
 *
 * One thread. Expensive: up to some seconds, and where each of thousands of nodes needs a viewing of its own, minutes.
 */
#pragma once

#include "play/transcript.h"

#include <stdbool.h>

/* One viewing. */
struct viewing_cover_item {
    uint64_t seed;
    GArray *choices;   /* int32_t: for each decision that opens, the option, or -1 to wait */
    int64_t us;        /* planned length */
    int32_t ending;    /* or -1 */
    bool over;         /* the film comes to its end; else it gets stuck or never ends */
    bool goes_on;      /* its choices end where the search did; from there on nobody chooses */
    int32_t new_nodes; /* nodes and options that no viewing before it shows */
    int32_t new_options;
};

struct viewing_cover {
    GArray *viewings;           /* viewing_cover_item */
    bool *nodes;                /* node: some viewing shows it */
    bool *options;              /* option: some viewing picks it */
    int32_t n_nodes, n_options; /* how many these are */
    int32_t lower_bound;        /* of the number of viewings */
    bool partial;               /* there were more states than were explored, or the caller stopped it */
};

/* Called again and again, so it must be cheap. Return false to stop: then the result is what was found until then. */
typedef bool (*viewing_cover_progress)(void *user, uint64_t states);

/* `max_states`: 0 for VIEWING_COVER_STATES. `progress` may be NULL. */
#define VIEWING_COVER_STATES 100000
struct viewing_cover *viewing_cover_new(const struct story *s, int32_t max_states, viewing_cover_progress progress,
                                        void *user);
void viewing_cover_free(struct viewing_cover *c); /* accepts NULL */

/* A viewing for replay. Free with transcript_free(). */
struct transcript *viewing_cover_transcript(const struct story *s, const struct viewing_cover_item *v);

/*
 * cover_bound: how many viewings are needed at least to show what a cover of viewings shows (explore/viewing_cover.h).
 *
 * A viewing goes from node to option to node, as the story is written, whether or not a condition holds. How few such walks cover
 * everything is known exactly: it is the least flow that passes each target at least once, and targets on a circle are passed
 * together. Real viewings can do no more than these walks, so they cannot be fewer. The given cover is a flow to begin with, and a
 * unit of it is taken back as long as that is possible.
 *
 * Pure; one thread. Expensive: O(edges of the story) for each viewing that is saved. What would take more than COVER_BOUND_WORK_MAX
 * steps is answered by the number of nodes shown from which nothing leads on: no viewing shows two of these.
 */
#pragma once

#include "story/story.h"

#include <glib.h>
#include <stdbool.h>

#define COVER_BOUND_WORK_MAX UINT64_C(300000000)

struct cover_bound_input {
    const struct story *s;
    const bool *covered;    /* target (node, or n_nodes + option): some viewing shows it */
    const GPtrArray *walks; /* of each viewing: GArray of int32_t, the targets that it shows, in order; at least one */
    bool all;               /* no viewing could show anything else */
};

/* At least 1, and at most the number of walks. */
int32_t cover_bound(const struct cover_bound_input *in);

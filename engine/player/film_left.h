/*
 * film_left: how much film comes behind each node of a story until an ending, for telemetry: of a viewing that was left,
 * a report says how much of its path it watched.
 *
 * Lengths are planned ones (schedule_planned_length()), known without opening a clip. Conditions are not looked at: a way
 * on is one whether or not it is ever open. So the shortest way may be shorter than any that a viewer can take, never
 * longer. Pure; any thread. Costs some rounds over all ways on, and gives up where a story has too many of them.
 */
#pragma once

#include "story/story.h"

struct film_left {
    int64_t shortest_us; /* by the shortest way; US_NONE: none leads to an ending */
    int64_t
        expected_us; /* on average, where every exit is as likely as any other, and every branch of an exit; timeouts
                            and going back are left out. US_NONE: it has no end */
};

/* One for each node, without the node itself. The caller frees it with g_free(). */
struct film_left *film_left_of(const struct story *s);

/*
 * flow_parts: a large flow in parts that can be drawn one by one, in their order: its acts where it has some, and what is still too
 * large by its dominators: a part is entered at few places, as a chapter is.
 *
 * Pure; any thread. O(arrows × log boxes).
 */
#pragma once

#include "explore/flow.h"

struct flow_part {
    int32_t act;   /* story->acts, or -1 */
    int32_t entry; /* box: its first */
    int32_t n_boxes;
    bool lost;     /* no way leads to its boxes from the start */
    int32_t piece; /* which of the pieces of its act; 0: the act is whole */
};

struct flow_parts {
    struct flow_part *parts;
    int32_t n;
    int32_t *part_of; /* box: its part */
};

/* A part has at most `max` boxes. What no way leads to is a part of its own, the last one. `by_act`: none has boxes of two acts. To be freed. */
struct flow_parts *flow_parts_new(const struct flow *f, int32_t max, bool by_act);
void flow_parts_free(struct flow_parts *p); /* accepts NULL */

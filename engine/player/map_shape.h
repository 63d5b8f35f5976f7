/*
 * map_shape: lays a story's map out as the film's shape: from the start on the left, each decision one column further than
 * the one that led to it, its answers below each other.
 *
 * What the viewer has not found is a stub, which leads out of its decision to nowhere and says nothing. Pure; any thread.
 */
#pragma once

#include "player/story_map.h"

enum map_tile_kind { MAP_DECISION, MAP_ENDING, MAP_STUB };

struct map_tile {
    enum map_tile_kind kind;
    int32_t index; /* the decision, or the ending */
    int32_t act;   /* the act that begins here, story->acts; -1: none does */
    int column, row;
};

struct map_link {
    int from, to; /* tiles; from -1: the start */
    bool far;     /* it does not lead to the next column: the film goes round, or comes together again further on */
};

struct map_shape {
    GArray *tiles; /* struct map_tile; no two have the same place */
    GArray *links; /* struct map_link */
};

/* `ways` as story_map_ways() sorts them. */
void map_shape_make(struct map_shape *shape, const struct story *s, const GArray *ways);
void map_shape_clear(struct map_shape *shape);

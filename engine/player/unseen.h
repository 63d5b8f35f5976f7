/*
 * unseen: where a film that is over has an answer that this viewer never gave (player/story_map.h). Pure; main thread.
 */
#pragma once

#include "player/story_map.h"

/* The latest decision of this viewing that the viewer can go back to and that had such an answer to give then, else -1. */
int32_t unseen_in_viewing(const struct story *s, const int32_t *state, const struct story_map *map);

/* A decision of the map to which a way is kept, with an answer that was never given; -1: none. Whether it can be given there is not
 * known. */
int32_t unseen_on_map(const struct story *s, const struct story_map *map);

/*
 * unseen: where a film that is over has an answer that this viewer never gave (player/story_map.h), and can give: what is locked or hidden
 * in all plays that lead from there is none. Plays on in thought, on copies. Main thread.
 */
#pragma once

#include "player/story_map.h"

/* The latest decision of this viewing that the viewer can go back to and that had such an answer to give then, else -1. */
int32_t unseen_in_viewing(const struct story *s, const int32_t *state, const struct story_map *map);

/* A decision of the map to which a way is kept, and from which other answers lead to one that was never given and can be given then:
 * the decision from which fewest answers do, at best none. -1: there is none, or none was found among the next few thousand decisions. */
int32_t unseen_on_map(const struct story *s, const struct story_map *map);

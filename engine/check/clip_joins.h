/*
 * joins: which clip can follow which: the story's edges, silent nodes between two clips passed over. Whether a condition
 * holds is not asked. Pure, any thread. O(nodes * edges) at worst, where much is silent; O(edges) in a film.
 */
#pragma once

#include "story/story.h"

/* Called for each pair of nodes with clips once, in the order of `from`; a node may follow itself. */
typedef void (*clip_joins_visit)(void *user, int32_t from, int32_t to);

/* `wanted`: of each node, is what follows it asked for? NULL: of all that have a clip. */
void clip_joins_each(const struct story *s, const bool *wanted, clip_joins_visit visit, void *user);

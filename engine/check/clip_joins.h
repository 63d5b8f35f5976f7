/*
 * clip_joins: which clip can follow which: the edges of the story, where silent nodes between two clips are passed over.
 *
 * Conditions are not evaluated, so it may name pairs that never meet. Pure; any thread. O(edges) in a usual film, at worst
 * O(nodes * edges), where most nodes are silent.
 */
#pragma once

#include "story/story.h"

/* Called once for each pair of nodes with clips, in the order of `from`. A node may follow itself. */
typedef void (*clip_joins_visit)(void *user, int32_t from, int32_t to);

/* `wanted`: for each node, whether what follows it is asked for; NULL: all nodes. */
void clip_joins_each(const struct story *s, const bool *wanted, clip_joins_visit visit, void *user);

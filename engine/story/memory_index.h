/*
 * memory_index: which memories (struct story_memory) a node's entering and a decision's pick concern, so that a step need
 * not look at all of them. Used by what builds a story. Pure; any thread.
 */
#pragma once

#include "story/story.h"

/*
 * Sets `memories` of each of the story's nodes and decisions to its part of `index`, which has room for n_memories
 * numbers: memories in ascending order. O(nodes + decisions + memories).
 */
void memory_index_fill(const struct story *s, struct story_node *nodes, struct story_decision *decisions,
                       int32_t *index);

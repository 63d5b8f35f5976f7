/*
 * story_changes: what is different between two versions of a story, in its writer's terms.
 *
 * Nodes are told apart by their names, those that `was` gives included; a node has changed if anything that a viewer could see or cause there has
 * (content_hash.h), or a text of it. Pure. O(nodes and texts).
 */
#pragma once

#include "story/story.h"

/* "node `cellar` is new, `rocks` is gone, `stair` has changed", a few of each by name and the others counted; "nothing that
 * a viewer could notice". The caller frees it. */
char *story_changes(const struct story *before, const struct story *after);

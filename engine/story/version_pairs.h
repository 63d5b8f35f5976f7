/*
 * version_pairs: which node, decision, option and variable of one version of a story is which one of another version.
 *
 * Two are the same if one of them has a name that the other has, or had before (`was`). Pure; any thread.
 */
#pragma once

#include "story/story.h"

struct version_pairs {
    const struct story *before, *after;
    /* By index in one version, the index in the other; -1: it has none. Options count in story->options. */
    struct version_map {
        int32_t *nodes, *decisions, *options, *vars, *endings;
    } to_after, to_before;
};

/* The stories are borrowed until version_pairs_free(). O(the stories). */
struct version_pairs *version_pairs_new(const struct story *before, const struct story *after);
void version_pairs_free(struct version_pairs *p); /* accepts NULL */

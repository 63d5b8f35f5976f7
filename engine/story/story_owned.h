/*
 * story_owned: what a story owns beside the arrays that everybody reads. Internal to story/: finish.c makes it, story.c
 * looks names up in it and frees it.
 */
#pragma once

#include "base/arena.h"

#include <glib.h>

struct story_owned {
    struct arena *arena; /* the story's arrays, names and texts */
    /* By each name, also earlier ones (in the arena): index + 1. Nobody writes to them after loading, so any thread may look up. */
    GHashTable *nodes, *decisions, *vars;
};

void story_owned_free(struct story_owned *o);

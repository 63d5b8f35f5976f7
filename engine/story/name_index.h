/*
 * name_index: finds the nodes, decisions and variables of a story by name. Internal to story/, and for tests that make a story
 * by hand.
 */
#pragma once

#include "story/story.h"
#include "story/story_owned.h"

/* Takes over the arena, which may be NULL, and indexes all names, earlier ones (`was`) included. No name may stand for two
 * things. Free with story_owned_free(). */
struct story_owned *name_index_new(const struct story *s, struct arena *arena);

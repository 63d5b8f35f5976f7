/*
 * scenes: the nodes of a story in the order of a screenplay: act by act, within an act by how many scenes lie between the
 * film's beginning and them, then as the story has them. Scenes without an act come before all acts if the film can show them
 * before it comes to any, else behind all acts. Behind the film come its credits, then what is seen after these.
 *
 * A node is a scene if it has a clip or a script. Pure; any thread.
 */
#pragma once

#include "story/story.h"

struct scenes {
    const struct story *story;
    int32_t *nodes; /* the scenes, in order */
    int32_t *of;    /* node: its place in `nodes`; -1: it is none */
    int32_t *acts;  /* node: its act; without one -1, or behind all acts story->n_acts */
    int32_t n;
};

struct scenes *scenes_new(const struct story *s); /* borrows the story */
void scenes_free(struct scenes *sc);              /* accepts NULL */

/* Its title, or else its name. Borrowed from the story. */
const char *scenes_title(const struct story *s, int32_t node);

/* Where a target leads, in words: "12 THE CELLAR (cellar)", "back to the decision lamp", "if x > 1, …; else …". To be freed. */
char *scenes_target(const struct scenes *sc, struct story_target to);

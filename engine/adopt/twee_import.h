/*
 * twee_import: a story of Twine becomes one of Frumious.
 *
 * Each passage becomes a node with a card, its links the options of a decision, its variables the state. What has no word in a
 * story is listed, and stands in the node's note. Pure; any thread.
 */
#pragma once

#include "adopt/twee_body.h"

/* Where something is that was left out. */
struct twee_missed {
    const char *passage; /* of the twee; NULL: it is about a variable */
    int line;
    const char *why;
    const char *what;
};

struct twee_story {
    GString *yaml;  /* in the layout of `frumious fmt` */
    GArray *missed; /* struct twee_missed, in the order of the file */
    int passages, links, variables;
    GPtrArray *owned;
};

/* Borrows from `t`, which must outlive the result; free with twee_story_free(). */
struct twee_story *twee_story_make(const struct twee *t);
void twee_story_free(struct twee_story *s); /* accepts NULL */

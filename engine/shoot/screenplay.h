/*
 * screenplay: a story as a script for the shoot: its scenes in order, what the state is when each begins, what is said, which
 * choices fall, and where the ways lead. As Fountain, which screenwriters' programs read, and as a page that prints well.
 *
 * Pure; any thread. A screenplay borrows from its story.
 */
#pragma once

#include "explore/entry_values.h"
#include "shoot/scenes.h"

enum screenplay_kind {
    SCREENPLAY_ACT,
    SCREENPLAY_SCENE,
    SCREENPLAY_FACT, /* about the scene, for those who shoot it: clip, props, state */
    SCREENPLAY_NOTE, /* of the writer: note and todo */
    SCREENPLAY_ACTION,
    SCREENPLAY_CHARACTER,
    SCREENPLAY_PARENTHETICAL,
    SCREENPLAY_DIALOGUE,
    SCREENPLAY_TRANSITION,
    SCREENPLAY_CHOICE, /* a question */
    SCREENPLAY_OPTION, /* an answer */
};

struct screenplay_block {
    enum screenplay_kind kind;
    int32_t scene; /* its place in the order, from 0; of acts: -1 */
    char *text;    /* one line */
};

struct screenplay {
    const struct story *story;
    GPtrArray *blocks; /* struct screenplay_block */
};

/* `values` may be NULL: then nothing is told about the state. Both are borrowed for the call. */
struct screenplay *screenplay_new(const struct scenes *scenes, const struct entry_values *values);
void screenplay_free(struct screenplay *p); /* accepts NULL */

void screenplay_fountain(const struct screenplay *p, GString *out);
void screenplay_html(const struct screenplay *p, GString *out);

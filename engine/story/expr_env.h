/*
 * expr_env: what an expression's lexer and compiler need of their caller: what names mean, and where problems go.
 *
 * The compiler knows nothing about files: places are byte offsets in the expression's text, and the caller's `problem`
 * turns them into diagnostics. All callbacks run on the thread that called expr_compile(), before it returns.
 */
#pragma once

#include "story/story.h"

struct expr_problem {
    const char *code; /* of the diagnostic */
    uint32_t at, len; /* bytes of the text */
    const char *message;
    const char *advice; /* or NULL */
};

/* A name given to seen, count or picked. */
struct expr_name {
    const char *text; /* NUL-terminated; valid during the call */
    uint32_t at, len;
};

struct expr_env {
    void *user; /* handed to the callbacks */
    const struct story_var *vars;
    int32_t n_vars;
    const char *const *names; /* enum values; story_var.values are spans of it */

    /* The index of the variable, or -1. *broken: its type is not known, so nothing more is reported about it. */
    int32_t (*find_var)(void *user, const char *name, bool *broken);
    /* The index of the memory, which is made where it is new; -1 if a node, decision or option does not exist, which is
     * reported. `names`: one, or for STORY_PICKED two. */
    int32_t (*find_memory)(void *user, enum story_memory_kind kind, const struct expr_name *names);
    void (*problem)(void *user, const struct expr_problem *problem);
};

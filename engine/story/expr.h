/*
 * expr: compiles the text of an expression to postfix code, and checks its types.
 *
 * Pure but for the callbacks; one thread. Knows nothing about files: places are byte offsets in the text, and
 * the caller's `problem` turns them into diagnostics. Precedence, loosest first: or, and, not, one
 * comparison, + and -,
 * *, unary -. Limits: STORY_EXPR_* in story/limits.h.
 */
#pragma once

#include "story/story.h"

#include <glib.h>

struct expr_problem {
    const char *code; /* of the diagnostic */
    uint32_t at, len; /* bytes of the text */
    const char *message;
    const char *advice; /* or NULL */
};

/* A name that stands as an argument of seen, count, picked. */
struct expr_name {
    const char *text; /* terminated; valid during the call */
    uint32_t at, len;
};

/* What names mean. */
struct expr_env {
    void *user;
    const struct story_var *vars;
    int32_t n_vars;
    const char *const *names; /* enum values; story_var.values are spans of it */

    /* The variable of this name or -1. *broken: its type is not known, so nothing more is said about it. */
    int32_t (*find_var)(void *user, const char *name, bool *broken);
    /* A place for the memory, reported and -1 if there is no such node, decision, option. picked has two
     * names. */
    int32_t (*find_memory)(void *user, enum story_memory_kind kind, const struct expr_name *names);
    void (*problem)(void *user, const struct expr_problem *problem);
};

/* What the result must be. enum_var: for STORY_ENUM, the variable whose values are meant. any: no matter
 * what. */
struct expr_want {
    bool any;
    enum story_type type;
    int32_t enum_var;
    const char *code;   /* of the diagnostic when it is something else */
    const char *target; /* what takes the value, for the message: "`trust`" or "a condition" */
};

/*
 * Appends the code (struct story_code) to `code` and sets *type. False, and `code` as before, after at least
 * one problem was reported.
 */
bool expr_compile(const struct expr_env *env, const char *text, const struct expr_want *want, GArray *code,
                  enum story_type *type);

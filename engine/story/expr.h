/*
 * expr: compiles the text of an expression to postfix code, and checks its types.
 *
 * Pure but for the callbacks; one thread. Knows nothing about files: places are byte offsets in the text, and
 * the caller's `problem` turns them into diagnostics. Precedence, loosest first: or, and, not, one
 * comparison, + and -,
 * *, unary -. Limits: STORY_EXPR_* in story/limits.h.
 */
#pragma once

#include "story/expr_env.h"

#include <glib.h>

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

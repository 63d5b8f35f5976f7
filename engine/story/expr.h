/*
 * expr: compiles the text of an expression to postfix code and checks its types.
 *
 * Pure, except for the callbacks in story/expr_env.h. From loosest to tightest, operators bind like this: or, and,
 * not, one comparison, + and -, *, unary -. A recursive-descent parser; story/limits.h bounds its depth, the length of
 * the text and the stack that the code needs (STORY_EXPR_*).
 */
#pragma once

#include "story/expr_env.h"

#include <glib.h>

/* What the function of this name asks about the play so far: of `seen(node)` that is STORY_SEEN. False: it is no such function. */
bool expr_memory_function(const char *name, enum story_memory_kind *kind);

/* What the result must be. */
struct expr_want {
    enum story_type type;
    int32_t enum_var;   /* STORY_ENUM: the variable whose values are meant */
    const char *code;   /* of the diagnostic if it is something else */
    const char *target; /* what takes the value, for the message: "`trust`" or "a condition" */
};

/*
 * Appends the code of `text` (struct story_code) to `code`, and sets *type. False if at least one problem was reported;
 * `code` is as before then.
 */
bool expr_compile(const struct expr_env *env, const char *text, const struct expr_want *want, GArray *code,
                  enum story_type *type);

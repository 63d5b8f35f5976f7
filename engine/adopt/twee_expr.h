/*
 * twee_expr: conditions and values of SugarCube and Harlowe, as trees. Pure; any thread.
 */
#pragma once

#include "adopt/twee.h"

#include <stdbool.h>

enum twee_op {
    TWEE_UNKNOWN, /* it means something that a story has no word for */
    TWEE_INT,
    TWEE_BOOL,
    TWEE_TEXT,
    TWEE_VAR,
    TWEE_VISITED, /* how often the passage `text` was entered */
    TWEE_NOT,
    TWEE_NEG,
    TWEE_OR,
    TWEE_AND,
    TWEE_EQ,
    TWEE_NE,
    TWEE_LT,
    TWEE_LE,
    TWEE_GT,
    TWEE_GE,
    TWEE_ADD,
    TWEE_SUB,
    TWEE_MUL,
};

/* Trees may share their branches. */
struct twee_expr {
    enum twee_op op;
    int number;      /* or the truth value */
    char *text;      /* a text, a variable's name without `$`, a passage's name */
    int depth, size; /* of the tree; kept small, so that it can be walked */
    const struct twee_expr *a, *b;
};

/* Who owns the trees. */
GPtrArray *twee_exprs_new(void);

/* One node more over trees that are there; TWEE_UNKNOWN in its place if the tree would become too large. `b` may be NULL. */
const struct twee_expr *twee_expr_over(GPtrArray *own, enum twee_op op, const struct twee_expr *a,
                                       const struct twee_expr *b);

const struct twee_expr *twee_expr_variable(GPtrArray *own, const char *name);
const struct twee_expr *twee_expr_number(GPtrArray *own, int number);
const struct twee_expr *twee_expr_truth(GPtrArray *own, bool truth);
const struct twee_expr *twee_expr_text(GPtrArray *own, const char *text);
const struct twee_expr *twee_expr_unknown(void);

/* NULL stands for `true`. */
const struct twee_expr *twee_expr_and(GPtrArray *own, const struct twee_expr *a, const struct twee_expr *b);

/* Never NULL. */
const struct twee_expr *twee_expr_parse(GPtrArray *own, enum twee_format format, const char *text, gsize len);

/* "$a to 1, $b += 2": calls `take` for each. False: something in it is none. */
typedef void (*twee_assigned)(void *user, const char *variable, const struct twee_expr *value);
bool twee_assignments(GPtrArray *own, enum twee_format format, const char *text, gsize len, twee_assigned take,
                      void *user);

/*
 * bounds: between which values an expression must lie, by the types of the variables and memories that it reads. It
 * finds conditions that always have the same outcome. Pure; any thread; O(the code).
 *
 * Each value is considered by itself, so `x == 1 and x == 2` counts as possibly true: the bounds are correct, but not
 * always tight.
 */
#pragma once

#include "story/story.h"

struct bounds {
    int32_t low, high; /* both included */
    bool reads;        /* it reads some variable or memory */
    bool settled;      /* it reads something, and yet one comparison in it has only one outcome */
};

/* `code`: the n instructions of one expression, as expr_compile() makes them. */
struct bounds bounds_of(const struct story_code *code, int32_t n, const struct story_var *vars, int32_t n_vars,
                        const struct story_memory *memories);

/*
 * bounds: between which values an expression must lie, by the types of what it reads alone. For conditions that are always
 * the same. Pure, any thread; O(the code).
 *
 * Each value is looked at by itself: `x == 1 and x == 2` can be true here. What is said is true; not all is said.
 */
#pragma once

#include "story/story.h"

#include <glib.h>

struct bounds {
    int32_t low, high;
    bool reads;   /* some variable or memory */
    bool settled; /* it reads something, and a comparison in it has one outcome all the same */
};

/* `code`: n instructions, one expression. */
struct bounds bounds_of(const struct story_code *code, int32_t n, const struct story_var *vars, int32_t n_vars,
                        const struct story_memory *memories);

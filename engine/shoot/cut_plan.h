/*
 * cut_plan: what a linear cut asks of the film that it becomes: size, rate, and whether its pictures can be copied as they are.
 *
 * Reads files. One thread.
 */
#pragma once

#include "media/film_copy.h"
#include "shoot/linear_cut.h"

struct cut_shape {
    int32_t width, height;    /* of the largest picture in it; even numbers */
    struct footage_rate rate; /* of its first film that tells one */
};

struct cut_shape cut_plan_shape(const struct linear_cut *c, struct footage *f);

/* A part for each segment, in order. NULL, with *why (a sentence; g_free() it): these pictures have to be encoded anew. */
struct film_copy *cut_plan_copy(const struct linear_cut *c, struct footage *f, enum film_container into, char **why);

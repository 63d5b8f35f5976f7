/*
 * cover_walk: a viewing that is made by playing, without looking at all that can happen. In each decision it takes the option that was
 * taken least often, so a few of them show most of a film, also of one with more states than any memory holds. What can't be
 * shown, and whether fewer are enough, they don't know.
 *
 * Pure; one thread. O(inputs of the viewing).
 */
#pragma once

#include "story/story.h"

#include <stdint.h>

struct transcript;

/* Inputs of a viewing. One that is not over by then is none. */
#define COVER_WALK_INPUTS_MAX 200000

/* `taken`: of each option how often it was picked in viewings before this one; those that it picks are added. Random routes draw by the
 * seed. *inputs: how many it took. Free with transcript_free(); NULL: the film did not come to its end. */
struct transcript *cover_walk(const struct story *s, uint64_t seed, uint32_t *taken, uint32_t *inputs);

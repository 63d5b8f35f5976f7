/*
 * trails: takes simulated viewers (explore/viewer.h) through a film along trails that others have trodden, four to ten
 * times as fast as by play_step(), and with exactly the same result.
 *
 * A trail leads from one place (all of a state but its values) by one outcome (an option, or none) to where the next
 * decision is open. Which trail it is follows from the values that play_step() looked at on the way (explore/reads.h), so
 * these are looked up bit by bit in the packed state, and then the state changes by an `and` and an `or`. The first viewer
 * who gets to where there is no trail makes it, by play_step(). Where a random route draws, the trail forks. What is
 * counted is counted on the trails, and summed up at the end.
 *
 * The values at decisions to which some back() leads are kept beside the trails; a trail ends where the film goes back, and
 * then they are what it was.
 *
 * What no trail can tell is left to play_step(): chains of many silent nodes, which end by a hash of all values; whatever
 * is behind what TRAILS_BYTES_MAX holds; the last nodes of a viewing that would not end.
 *
 * Order of calls: trails_new(), trails_walk() for each viewer that has begun, trails_count() once. One thread.
 */
#pragma once

#include "explore/viewer.h"

struct trails;

#define TRAILS_BYTES_MAX ((size_t)64 << 20)

/* The plan is borrowed. `bytes_max`: TRAILS_BYTES_MAX, or less for tests. */
struct trails *trails_new(const struct viewer_plan *plan, size_t bytes_max);
void trails_free(struct trails *t); /* accepts NULL */

/* The whole viewing, from right after viewer_begin(), whose result is `seed`. */
void trails_walk(struct trails *t, struct viewer *v, uint64_t seed);

/* Adds what was met on trails. */
void trails_count(const struct trails *t, struct simulate_result *r);

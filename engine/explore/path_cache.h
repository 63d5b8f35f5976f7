/*
 * trails: takes simulated viewers (explore/viewer.h) through a film along trails that others have trodden, four to ten
 * times as fast as by play_step(), and with exactly the same result.
 *
 * A trail leads from one place (all of a state but its values) by one outcome (an option, or none) to where the next
 * decision is open. Which trail it is follows from the values that play_step() looked at on the way (explore/read_set.h), so
 * these are looked up bit by bit in the packed state, and then the state changes by an `and` and an `or`. The first viewer
 * who gets to where there is no trail makes it, by play_step(). Where a random route draws, the trail forks. What is
 * counted is counted on the trails, and summed up at the end.
 *
 * The values at decisions to which some back() leads are kept beside the trails; a trail ends where the film goes back, and
 * then they are what it was.
 *
 * What no trail can tell is left to play_step(): chains of many silent nodes, which end by a hash of all values; whatever
 * is behind what PATH_CACHE_BYTES_MAX holds; the last nodes of a viewing that would not end.
 *
 * Order of calls: path_cache_new(), path_cache_run() for each viewer that has begun, path_cache_add_counts() once. One thread.
 */
#pragma once

#include "explore/viewer.h"

struct path_cache;

#define PATH_CACHE_BYTES_MAX ((size_t)64 << 20)

/* The plan is borrowed. `bytes_max`: PATH_CACHE_BYTES_MAX, or less for tests. */
struct path_cache *path_cache_new(const struct viewer_setup *plan, size_t bytes_max);
void path_cache_free(struct path_cache *t); /* accepts NULL */

/* The whole viewing, from right after viewer_begin(), whose result is `seed`. */
void path_cache_run(struct path_cache *t, struct viewer *v, uint64_t seed);

/* Adds what was met on trails. */
void path_cache_add_counts(const struct path_cache *t, struct simulate_result *r);

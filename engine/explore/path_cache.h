/*
 * path_cache: takes simulated viewers (explore/viewer.h) through a film along paths that were taken before, four to ten times
 * as fast as play_step(), and with exactly the same result.
 *
 * A path leads from one location (everything in a state but its values) by one outcome (an option, or none) to where the next
 * decision is open. Which path it is depends on the values that play_step() looked at (explore/read_set.h), so a path is
 * found by a few bit tests of the packed state (explore/bit_trie.h), and taken by one mask for each word of it. The first
 * viewer who needs a path that is missing makes it, by play_step(). Where a random route draws, the paths fork. Viewers are
 * counted on the paths, and the counts are added up at the end.
 *
 * The values at decisions to which some back() leads are kept beside the packed state. A path ends where the film goes back,
 * and then these values are restored.
 *
 * Three cases are left to play_step(): long chains of silent nodes, which it ends by a hash of all values; what lies behind
 * paths that there is no more room for; and the last nodes of a viewing that would not end.
 *
 * Order of calls: path_cache_new(), path_cache_run() for each viewer that has begun, path_cache_add_counts() once,
 * path_cache_free(). One thread.
 */
#pragma once

#include "explore/viewer.h"

struct path_cache;

#define PATH_CACHE_BYTES_MAX ((size_t)64 << 20)

/* The setup is borrowed. No path is made once the cache holds `bytes_max`: PATH_CACHE_BYTES_MAX, or less in tests. */
struct path_cache *path_cache_new(const struct viewer_setup *setup, size_t bytes_max);
void path_cache_free(struct path_cache *c); /* accepts NULL */

/* The whole viewing, right behind viewer_begin(), whose result is `seed`. */
void path_cache_run(struct path_cache *c, struct viewer *v, uint64_t seed);

/* Adds what viewers met on paths to the result that they count in. */
void path_cache_add_counts(const struct path_cache *c, struct simulate_result *r);

/* True, or an assertion fails. O(1). */
bool path_cache_check(const struct path_cache *c);

/*
 * merge_progress: how far `merge` is, in one line on the terminal. The caller has the clock: `now_us` is monotonic and never goes back.
 * Main thread.
 */
#pragma once

#include <stdint.h>

struct merge_progress {
    const char *doing; /* the other store, or what is done; borrowed */
    int64_t looked_at, all;
    int64_t began_us, told_us;
};

struct merge_progress merge_progress_begin(const char *doing, int64_t now_us);

/* So many viewings of all were looked at. */
void merge_progress_batch(struct merge_progress *p, int64_t looked_at, int64_t all, int64_t now_us);

/* A statement goes on. If nothing was told for a second, the seconds are. */
void merge_progress_steps(struct merge_progress *p, int64_t now_us);

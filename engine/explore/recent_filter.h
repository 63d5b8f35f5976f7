/*
 * sieve: leaves out states that came just now. Two ways of a state often lead to the same one, and so do those of its
 * neighbours: to remember the last few is cheaper than to ask a table (explore/state_table.h), and to send them to another thread.
 * One thread.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct recent_filter;

struct recent_filter *recent_filter_new(int32_t words); /* 64-bit words of a state */
void recent_filter_free(struct recent_filter *filter);  /* accepts NULL */

/* Copies those of n states that did not come just now to `kept`, and their hashes (explore/state_table.h); in both there must be
 * room for all. Returns how many these are. */
size_t recent_filter_pass(struct recent_filter *filter, const uint64_t *states, size_t n, uint64_t *kept,
                          uint64_t *hashes);

size_t recent_filter_bytes(const struct recent_filter *filter); /* that it holds */

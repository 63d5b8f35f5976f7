/*
 * recent_filter: leaves out states that came a short time ago. Several transitions of a state often lead to the same one, and
 * so do those of its neighbours; remembering the last few states is cheaper than looking each up in a table
 * (explore/state_table.h) or sending it to another thread. A state that comes again may still pass: the filter only thins out.
 *
 * One thread.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct recent_filter;

struct recent_filter *recent_filter_new(int32_t words); /* 64-bit words of a state */
void recent_filter_free(struct recent_filter *filter);  /* accepts NULL */

/* Copies those of the n states that did not come lately to `kept`, and their state_table_hash() to `hashes`. Both must have
 * room for n. Returns how many were copied. */
size_t recent_filter_pass(struct recent_filter *filter, const uint64_t *states, size_t n, uint64_t *kept,
                          uint64_t *hashes);

/* Bytes that it holds. */
size_t recent_filter_bytes(const struct recent_filter *filter);

/*
 * table: a set of packed states, each with a number: the order in which they came. Open addressing over 32-bit
 * numbers; grows with what is in it. One thread. Cheap: a few cache misses per call.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TABLE_MAX (UINT32_MAX - 1)

struct table;

struct table *table_new(int32_t words); /* 64-bit words of a state */
void table_free(struct table *t);       /* accepts NULL */

/* The number of this state, which is added if it is not there; *is_new says so. Holds TABLE_MAX at most: ask
 * table_count() before. */
uint32_t table_add(struct table *t, const uint64_t *words, bool *is_new);

uint32_t table_count(const struct table *t);

/* Borrowed until table_free(). */
const uint64_t *table_get(const struct table *t, uint32_t number);

/* Bytes that it holds now. */
size_t table_bytes(const struct table *t);

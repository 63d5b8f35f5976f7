/*
 * table: a set of packed states, each with a number: the order in which they came. Open addressing over 32-bit numbers, with
 * as many bits of the state's hash beside each as there is room for; grows with what is in it. One thread, but for
 * table_get(). Cheap: a look-up is one wait for memory, and several wait at the same time in table_add_all(). 16 bytes
 * a state and word of it, and 5 to 10 bytes more.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TABLE_MAX (UINT32_MAX - 1)

struct table;

struct table *table_new(int32_t words); /* 64-bit words of a state */
void table_free(struct table *t);       /* accepts NULL */

/* Of a state of so many words. The upper half finds it; of the lower one any part is for who shares states out. */
static inline uint64_t table_hash(const uint64_t *state, size_t words)
{
    uint64_t h = UINT64_C(0x9e3779b97f4a7c15);
    for (size_t i = 0; i < words; i++) {
        h = (h ^ state[i]) * UINT64_C(0xbf58476d1ce4e5b9);
        h ^= h >> 29;
    }
    h *= UINT64_C(0x94d049bb133111eb);
    return h ^ h >> 32;
}

/* Asks the memory for what table_add() will want, some time before; the second a while after the first. */
void table_fetch(const struct table *t, uint64_t hash);
void table_fetch_state(const struct table *t, uint64_t hash);

/* The number of this state, which is added if it is not there; *is_new says so. Holds TABLE_MAX at most: ask
 * table_count() before. */
uint32_t table_add(struct table *t, const uint64_t *words, uint64_t hash, bool *is_new);

/* Adds n states that stand one behind the other, and so their hashes; copies those that are new to `fresh`, where there
 * must be room for all. Returns how many these are. */
size_t table_add_all(struct table *t, const uint64_t *states, const uint64_t *hashes, size_t n, uint64_t *fresh);

uint32_t table_count(const struct table *t);

/* Borrowed until table_free(). Another thread may ask, too, for a number that it was told. */
const uint64_t *table_get(const struct table *t, uint32_t number);

/* Bytes that it holds now. */
size_t table_bytes(const struct table *t);

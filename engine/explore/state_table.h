/*
 * table: a set of packed states, each with a number: the order in which they came. Open addressing over 32-bit numbers, with
 * as many bits of the state's hash beside each as there is room for; grows with what is in it. One thread, but for
 * state_table_get(). Cheap: a look-up is one wait for memory, and several wait at the same time in state_table_add_all(). 16 bytes
 * a state and word of it, and 5 to 10 bytes more.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STATE_TABLE_MAX (UINT32_MAX - 1)

struct state_table;

struct state_table *state_table_new(int32_t words); /* 64-bit words of a state */
void state_table_free(struct state_table *t);       /* accepts NULL */

/* Of a state of so many words. The upper half finds it; of the lower one any part is for who shares states out. */
static inline uint64_t state_table_hash(const uint64_t *state, size_t words)
{
    uint64_t h = UINT64_C(0x9e3779b97f4a7c15);
    for (size_t i = 0; i < words; i++) {
        h = (h ^ state[i]) * UINT64_C(0xbf58476d1ce4e5b9);
        h ^= h >> 29;
    }
    h *= UINT64_C(0x94d049bb133111eb);
    return h ^ h >> 32;
}

/* Asks the memory for what state_table_add() will want, some time before; the second a while after the first. */
void state_table_prefetch(const struct state_table *t, uint64_t hash);
void state_table_prefetch_state(const struct state_table *t, uint64_t hash);

/* The number of this state, which is added if it is not there; *is_new says so. Holds STATE_TABLE_MAX at most: ask
 * state_table_count() before. */
uint32_t state_table_add(struct state_table *t, const uint64_t *words, uint64_t hash, bool *is_new);

/* Adds n states that stand one behind the other, and so their hashes; copies those that are new to `fresh`, where there
 * must be room for all. Returns how many these are. */
size_t state_table_add_all(struct state_table *t, const uint64_t *states, const uint64_t *hashes, size_t n,
                           uint64_t *fresh);

uint32_t state_table_count(const struct state_table *t);

/* Borrowed until state_table_free(). Another thread may ask, too, for a number that it was told. */
const uint64_t *state_table_get(const struct state_table *t, uint32_t number);

/* Bytes that it holds now. */
size_t state_table_bytes(const struct state_table *t);

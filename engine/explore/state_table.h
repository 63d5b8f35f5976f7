/*
 * state_table: a set of packed states (explore/pack.h). Each state has a number, from 0 on in the order in which the states
 * were added, and is never removed.
 *
 * A hash table of 32-bit numbers with open addressing. Beside each number stand as many bits of the state's hash as there is
 * room for, so that a look-up rarely compares states in vain. It costs one wait for memory, and state_table_add_all() lets
 * several of these waits overlap. Memory: the packed state, and 5 to 10 bytes more for each.
 *
 * One thread, but for state_table_get(). The caller computes hashes by state_table_hash() and passes them in.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many states a table can hold. */
#define STATE_TABLE_MAX (UINT32_MAX - 1)

struct state_table;

struct state_table *state_table_new(int32_t words); /* 64-bit words of a state */
void state_table_free(struct state_table *t);       /* accepts NULL */

/* The hash of a state of so many words. The table uses the upper half; any bits of the lower half are free for a caller that
 * divides states among workers. The constants are those of splitmix64 (base/splitmix64.h). */
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

/* Ask the memory, ahead of time, for what state_table_add() will read: first the slots, and some look-ups later the state that
 * may be the same. */
void state_table_prefetch(const struct state_table *t, uint64_t hash);
void state_table_prefetch_state(const struct state_table *t, uint64_t hash);

/* The number of this state. Adds it if it is not there, and says so in *is_new. The caller makes sure that no more than
 * STATE_TABLE_MAX states are added. */
uint32_t state_table_add(struct state_table *t, const uint64_t *words, uint64_t hash, bool *is_new);

/* Adds n states that stand one behind the other, as do their hashes. Copies those that are new to `fresh`, which must have
 * room for n, and returns how many they are. */
size_t state_table_add_all(struct state_table *t, const uint64_t *states, const uint64_t *hashes, size_t n,
                           uint64_t *fresh);

/* No more states will be added. Frees what is needed for that; states can still be got by their numbers. */
void state_table_seal(struct state_table *t);

uint32_t state_table_count(const struct state_table *t);

/* The words of a state that was added. Borrowed until state_table_free(). Another thread may call this for a number that it
 * was given under a lock, even while states are added. */
const uint64_t *state_table_get(const struct state_table *t, uint32_t number);

/* Bytes that it holds now. */
size_t state_table_bytes(const struct state_table *t);

/* True, or an assertion fails. O(1). */
bool state_table_check(const struct state_table *t);

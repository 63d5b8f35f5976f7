#include "explore/table.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* States lie in blocks that never move, so growing copies nothing but numbers. */
#define BLOCK_BITS 17
#define BLOCK      (UINT32_C(1) << BLOCK_BITS)
#define EMPTY      UINT32_MAX
#define FIRST_SIZE 1024
#define GROW_AHEAD 16 /* states whose slots are fetched while the table grows */
#define FULL_16THS 12 /* of the slots in use: time to grow */

struct table {
    size_t words;
    GPtrArray *blocks;
    uint32_t count;
    uint32_t *slots;
    size_t size; /* of slots; a power of two */
};

/* Looking up is waiting for memory, half of that for the tables of small pages: large tables stand in large pages. */
#define LARGE_PAGE ((size_t)2 << 20)

static void *allocate(size_t bytes)
{
    if (bytes < LARGE_PAGE)
        return g_malloc(bytes);
    const size_t whole = (bytes + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE;
    void *p = aligned_alloc(LARGE_PAGE, whole);
    if (!p)
        g_error("out of memory");
    madvise(p, whole, MADV_HUGEPAGE); /* refused: slower, that is all */
    return p;
}

static uint32_t *empty_slots(size_t size)
{
    uint32_t *slots = allocate(size * sizeof *slots);
    memset(slots, 0xff, size * sizeof *slots);
    return slots;
}

struct table *table_new(int32_t words)
{
    struct table *t = g_new0(struct table, 1);
    t->words = (size_t)words;
    t->blocks = g_ptr_array_new_with_free_func(free);
    t->size = FIRST_SIZE;
    t->slots = empty_slots(t->size);
    return t;
}

void table_free(struct table *t)
{
    if (!t)
        return;
    g_ptr_array_unref(t->blocks);
    free(t->slots);
    g_free(t);
}

uint32_t table_count(const struct table *t)
{
    return t->count;
}

static uint64_t *at(const struct table *t, uint32_t number)
{
    return (uint64_t *)g_ptr_array_index(t->blocks, number >> BLOCK_BITS) + (number & (BLOCK - 1)) * t->words;
}

const uint64_t *table_get(const struct table *t, uint32_t number)
{
    return at(t, number);
}

/* Of a slot, the bits that are the number: there are never as many states as slots, so no slot looks EMPTY. */
static uint32_t number_mask(const struct table *t)
{
    return (uint32_t)(t->size - 1);
}

size_t table_bytes(const struct table *t)
{
    return t->blocks->len * (size_t)BLOCK * t->words * sizeof(uint64_t) + t->size * sizeof *t->slots;
}

uint64_t table_hash(const struct table *t, const uint64_t *words)
{
    uint64_t h = UINT64_C(0x9e3779b97f4a7c15);
    for (size_t i = 0; i < t->words; i++) {
        h = (h ^ words[i]) * UINT64_C(0xbf58476d1ce4e5b9);
        h ^= h >> 29;
    }
    h *= UINT64_C(0x94d049bb133111eb);
    return h ^ h >> 32;
}

void table_fetch(const struct table *t, uint64_t hash)
{
    __builtin_prefetch(&t->slots[hash & (t->size - 1)], 1);
}

void table_fetch_state(const struct table *t, uint64_t hash)
{
    const uint32_t slot = t->slots[hash & (t->size - 1)];
    if (slot != EMPTY)
        __builtin_prefetch(at(t, slot & number_mask(t)));
}

/* A slot is a number with the upper bits of the hash above it. */
static uint32_t slot_of(const struct table *t, uint32_t number, uint64_t hash)
{
    return number | ((uint32_t)(hash >> 32) & ~number_mask(t));
}

static bool same(const struct table *t, uint32_t number, const uint64_t *words)
{
    const uint64_t *there = at(t, number);
    uint64_t differ = 0;
    for (size_t i = 0; i < t->words; i++)
        differ |= there[i] ^ words[i];
    return differ == 0;
}

/* The slot that holds these words, or the empty one where they belong. */
static size_t find(const struct table *t, const uint64_t *words, uint64_t hash)
{
    const uint32_t numbers = number_mask(t), tag = (uint32_t)(hash >> 32) & ~numbers;
    size_t i = hash & (t->size - 1);
    while (t->slots[i] != EMPTY && ((t->slots[i] & ~numbers) != tag || !same(t, t->slots[i] & numbers, words)))
        i = (i + 1) & (t->size - 1);
    return i;
}

/* The lower half of the hash finds the slot: it must not be what the upper bits say, too. */
static void grow(struct table *t)
{
    free(t->slots);
    t->size *= 2;
    t->slots = empty_slots(t->size);
    for (uint32_t n = 0; n < t->count; n++) {
        if (n + GROW_AHEAD < t->count)
            table_fetch(t, table_hash(t, at(t, n + GROW_AHEAD)));
        const uint64_t hash = table_hash(t, at(t, n));
        size_t i = hash & (t->size - 1);
        while (t->slots[i] != EMPTY)
            i = (i + 1) & (t->size - 1);
        t->slots[i] = slot_of(t, n, hash);
    }
}

uint32_t table_add(struct table *t, const uint64_t *words, uint64_t hash, bool *is_new)
{
    size_t i = find(t, words, hash);
    *is_new = t->slots[i] == EMPTY;
    if (!*is_new)
        return t->slots[i] & number_mask(t);
    if (t->count + 1 > t->size / 16 * FULL_16THS) {
        grow(t);
        i = find(t, words, hash);
    }
    if ((t->count & (BLOCK - 1)) == 0)
        g_ptr_array_add(t->blocks, allocate(BLOCK * t->words * sizeof *words));
    t->slots[i] = slot_of(t, t->count, hash);
    memcpy(at(t, t->count), words, t->words * sizeof *words);
    return t->count++;
}

#include "explore/table.h"

#include "explore/pages.h"

#include <glib.h>
#include <string.h>

/* So that the number of words is a constant where it is known. */
#define ALWAYS_INLINE __attribute__((always_inline)) static inline

/* States lie in blocks that never move, so growing copies nothing but numbers. */
#define BLOCK_BITS 17
#define BLOCK      (UINT32_C(1) << BLOCK_BITS)
#define BLOCKS_MAX (UINT32_C(1) << (32 - BLOCK_BITS))
#define EMPTY      0
#define FIRST_SIZE 1024
#define GROW_AHEAD 32 /* states whose slots are fetched while the table grows; a power of two */
#define FULL_64THS 53 /* of the slots in use: time to grow */

/* In table_add_all(), states whose slots are fetched before they are looked at, and which then wait for others that may be
 * the same; powers of two. */
#define AHEAD      32
#define AHEAD_SAME 12

/* The last states that came, by some bits of their hash; a power of two. */
#define LATELY       4096
#define LATELY_SHIFT 40

struct table {
    size_t words;
    uint64_t **blocks; /* BLOCKS_MAX */
    uint32_t count;
    uint32_t *slots;
    size_t size; /* of slots; a power of two */
    size_t full;
    uint64_t *lately; /* with the first word turned round: an empty one is no state (explore/pack.h) */
};

static size_t block_bytes(const struct table *t)
{
    return BLOCK * t->words * sizeof(uint64_t);
}

static uint32_t blocks_in_use(const struct table *t)
{
    return (t->count + BLOCK - 1) >> BLOCK_BITS;
}

static void make_slots(struct table *t, size_t size)
{
    t->slots = pages_new(size * sizeof *t->slots);
    t->size = size;
    t->full = size / 64 * FULL_64THS;
}

struct table *table_new(int32_t words)
{
    struct table *t = g_new0(struct table, 1);
    t->words = (size_t)words;
    t->blocks = g_new0(uint64_t *, BLOCKS_MAX);
    make_slots(t, FIRST_SIZE);
    return t;
}

void table_free(struct table *t)
{
    if (!t)
        return;
    for (uint32_t i = 0; i < blocks_in_use(t); i++)
        if (i > 0)
            pages_free(t->blocks[i], block_bytes(t));
        else
            g_free(t->blocks[i]);
    pages_free(t->slots, t->size * sizeof *t->slots);
    g_free(t->blocks);
    g_free(t->lately);
    g_free(t);
}

uint32_t table_count(const struct table *t)
{
    return t->count;
}

ALWAYS_INLINE uint64_t *state_at(const struct table *t, uint32_t number, size_t words)
{
    return t->blocks[number >> BLOCK_BITS] + (number & (BLOCK - 1)) * words;
}

const uint64_t *table_get(const struct table *t, uint32_t number)
{
    return state_at(t, number, t->words);
}

size_t table_bytes(const struct table *t)
{
    const size_t lately = t->lately ? LATELY * t->words * sizeof *t->lately : 0;
    return blocks_in_use(t) * block_bytes(t) + t->size * sizeof *t->slots + lately;
}

/* ---- slots ---------------------------------------------------------------------------------------------------- */

ALWAYS_INLINE uint64_t hash_of(const uint64_t *state, size_t words)
{
    uint64_t h = UINT64_C(0x9e3779b97f4a7c15);
    for (size_t i = 0; i < words; i++) {
        h = (h ^ state[i]) * UINT64_C(0xbf58476d1ce4e5b9);
        h ^= h >> 29;
    }
    h *= UINT64_C(0x94d049bb133111eb);
    return h ^ h >> 32;
}

uint64_t table_hash(const struct table *t, const uint64_t *words)
{
    return hash_of(words, t->words);
}

/* Of a slot, the bits that are the number and one more: there are never as many states as slots, so no slot that is used
 * looks EMPTY. */
ALWAYS_INLINE uint32_t number_mask(const struct table *t)
{
    return (uint32_t)(t->size - 1);
}

/* The upper bits of the hash, above the number. The lower half finds the slot: it must not be what these say, too. */
ALWAYS_INLINE uint32_t tag_of(const struct table *t, uint64_t hash)
{
    return (uint32_t)(hash >> 32) & ~number_mask(t);
}

ALWAYS_INLINE uint32_t slot_of(const struct table *t, uint32_t number, uint64_t hash)
{
    return (number + 1) | tag_of(t, hash);
}

ALWAYS_INLINE uint32_t number_in(const struct table *t, uint32_t slot)
{
    return (slot & number_mask(t)) - 1;
}

ALWAYS_INLINE bool same(const uint64_t *a, const uint64_t *b, size_t words)
{
    uint64_t differ = 0;
    for (size_t i = 0; i < words; i++)
        differ |= a[i] ^ b[i];
    return differ == 0;
}

/* The slot that holds this state, or the empty one where it belongs. */
ALWAYS_INLINE size_t find(const struct table *t, const uint64_t *state, uint64_t hash, size_t words)
{
    const uint32_t numbers = number_mask(t), tag = tag_of(t, hash);
    size_t i = hash & numbers;
    while (t->slots[i] != EMPTY &&
           ((t->slots[i] & ~numbers) != tag || !same(state_at(t, number_in(t, t->slots[i]), words), state, words)))
        i = (i + 1) & numbers;
    return i;
}

/* A function that does nothing but this is taken for one without effect, and its calls are left out, unless it is
 * inlined. */
ALWAYS_INLINE void fetch_slot(const struct table *t, uint64_t hash)
{
    __builtin_prefetch(&t->slots[hash & (t->size - 1)], 1);
}

/* Where a state has the same bits beside its number. */
ALWAYS_INLINE void fetch_same(const struct table *t, uint64_t hash, size_t words)
{
    const uint32_t numbers = number_mask(t), tag = tag_of(t, hash);
    for (size_t i = hash & numbers; t->slots[i] != EMPTY; i = (i + 1) & numbers)
        if ((t->slots[i] & ~numbers) == tag) {
            __builtin_prefetch(state_at(t, number_in(t, t->slots[i]), words));
            return;
        }
}

void table_fetch(const struct table *t, uint64_t hash)
{
    fetch_slot(t, hash);
}

void table_fetch_state(const struct table *t, uint64_t hash)
{
    fetch_same(t, hash, t->words);
}

/* From the states, in their order: that goes along the memory. */
ALWAYS_INLINE void fill_slots(struct table *t, size_t words)
{
    uint64_t hashes[GROW_AHEAD];
    for (uint32_t n = 0; n < t->count + GROW_AHEAD; n++) {
        if (n >= GROW_AHEAD) {
            const uint64_t hash = hashes[n % GROW_AHEAD];
            size_t i = hash & (t->size - 1);
            while (t->slots[i] != EMPTY)
                i = (i + 1) & (t->size - 1);
            t->slots[i] = slot_of(t, n - GROW_AHEAD, hash);
        }
        if (n < t->count)
            fetch_slot(t, hashes[n % GROW_AHEAD] = hash_of(state_at(t, n, words), words));
    }
}

static void grow(struct table *t)
{
    const size_t size = t->size;
    pages_free(t->slots, size * sizeof *t->slots);
    make_slots(t, 2 * size);
    if (t->words == 2)
        fill_slots(t, 2);
    else
        fill_slots(t, t->words);
}

/* Most stories need no more than a part of the first, so that one is taken as it is used. */
static uint64_t *new_block(const struct table *t)
{
    return t->count == 0 ? g_malloc(block_bytes(t)) : pages_new(block_bytes(t));
}

ALWAYS_INLINE uint32_t add(struct table *t, const uint64_t *state, uint64_t hash, size_t words, bool *is_new)
{
    size_t i = find(t, state, hash, words);
    *is_new = t->slots[i] == EMPTY;
    if (!*is_new)
        return number_in(t, t->slots[i]);
    if (t->count + 1 > t->full) {
        grow(t);
        i = find(t, state, hash, words);
    }
    if ((t->count & (BLOCK - 1)) == 0)
        t->blocks[t->count >> BLOCK_BITS] = new_block(t);
    t->slots[i] = slot_of(t, t->count, hash);
    uint64_t *to = state_at(t, t->count, words);
    for (size_t w = 0; w < words; w++)
        to[w] = state[w];
    return t->count++;
}

uint32_t table_add(struct table *t, const uint64_t *words, uint64_t hash, bool *is_new)
{
    return add(t, words, hash, t->words, is_new);
}

/* ---- many at once --------------------------------------------------------------------------------------------- */

/* Was this one of the last that came? Two ways of a state often lead to the same one, and those of its neighbours. */
ALWAYS_INLINE bool came_just_now(struct table *t, const uint64_t *state, uint64_t hash, size_t words)
{
    uint64_t *at = t->lately + (hash >> LATELY_SHIFT & (LATELY - 1)) * words;
    uint64_t differ = at[0] ^ ~state[0];
    at[0] = ~state[0];
    for (size_t w = 1; w < words; w++) {
        differ |= at[w] ^ state[w];
        at[w] = state[w];
    }
    return differ == 0;
}

/* They wait in a ring: until their slots are there, then until states that may be the same are. */
ALWAYS_INLINE size_t add_all(struct table *t, const uint64_t *states, size_t n, uint64_t *fresh, size_t words)
{
    struct {
        uint64_t hash;
        const uint64_t *state;
    } ring[AHEAD];
    size_t head = 0, tail = 0;
    uint64_t *out = fresh;
    for (size_t i = 0; i < n || head < tail;) {
        if (i < n && tail - head < AHEAD) {
            const uint64_t *state = states + i++ * words, hash = hash_of(state, words);
            if (came_just_now(t, state, hash, words))
                continue;
            fetch_slot(t, hash);
            ring[tail % AHEAD].hash = hash;
            ring[tail++ % AHEAD].state = state;
            continue;
        }
        if (head + AHEAD_SAME < tail)
            fetch_same(t, ring[(head + AHEAD_SAME) % AHEAD].hash, words);
        const uint64_t *state = ring[head % AHEAD].state;
        bool is_new;
        add(t, state, ring[head++ % AHEAD].hash, words, &is_new);
        for (size_t w = 0; is_new && w < words; w++)
            *out++ = state[w];
    }
    return (size_t)(out - fresh) / words;
}

size_t table_add_all(struct table *t, const uint64_t *states, size_t n, uint64_t *fresh)
{
    if (!t->lately)
        t->lately = g_new0(uint64_t, LATELY * t->words);
    switch (t->words) {
    case 1:
        return add_all(t, states, n, fresh, 1);
    case 2:
        return add_all(t, states, n, fresh, 2);
    default:
        return add_all(t, states, n, fresh, t->words);
    }
}

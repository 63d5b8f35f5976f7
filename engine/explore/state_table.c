#include "explore/state_table.h"

#include "explore/huge_memory.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

/* Functions that are inlined for each number of words, so that it is a constant. */
#define ALWAYS_INLINE __attribute__((always_inline)) static inline

/* States lie in blocks that never move, so growing the table copies only numbers. */
#define BLOCK_BITS  17
#define BLOCK       (UINT32_C(1) << BLOCK_BITS)
#define BLOCKS_MAX  (UINT32_C(1) << (32 - BLOCK_BITS))
#define EMPTY       0
#define FIRST_SLOTS 1024
#define LINE_SLOTS  16 /* of a cache line */
#define FULL_IN_64  48 /* when so many slots of 64 are in use, the table grows */
#define GROW_AHEAD  12 /* lines whose states are prefetched while the table grows */

static_assert((LINE_SLOTS & (LINE_SLOTS - 1)) == 0, "lines are found by a mask");
static_assert((FIRST_SLOTS & (FIRST_SLOTS - 1)) == 0 && FIRST_SLOTS >= LINE_SLOTS,
              "the number of slots is a power of two");
static_assert(FULL_IN_64 < 64, "an empty slot ends every search");
static_assert((uint64_t)BLOCK * BLOCKS_MAX > STATE_TABLE_MAX, "every number has a block");

/* state_table_add_all() prefetches the slots of a state this many states ahead, and then the state that may be the same. */
#define AHEAD      32
#define AHEAD_SAME 12
static_assert(AHEAD > AHEAD_SAME, "the slots must be there before they say which state to fetch");

/*
 * Some bits of a state's hash choose its line. The state stands in the first slot there that was empty, or in the lines behind
 * if all were in use. A slot holds the state's number + 1 in its low bits, and in the bits above them its tag: the bits of the
 * hash next to those that chose the line. There are never as many states as slots, so when the slots double, the lowest bit of
 * the tag becomes a bit of the line, and the number gets its place. Most states need not be hashed again for that.
 */
struct state_table {
    size_t words;
    uint64_t **blocks; /* BLOCKS_MAX pointers */
    uint32_t count;    /* states */
    uint32_t *slots;
    size_t size; /* slots; a power of two */
    size_t full; /* with more states than this, the table grows */
};

static size_t block_bytes(const struct state_table *t)
{
    return BLOCK * t->words * sizeof(uint64_t);
}

static uint32_t blocks_in_use(const struct state_table *t)
{
    return (t->count + BLOCK - 1) >> BLOCK_BITS;
}

static void set_size(struct state_table *t, size_t size)
{
    t->size = size;
    t->full = size / 64 * FULL_IN_64;
}

bool state_table_check(const struct state_table *t)
{
    assert(t->words > 0);
    assert(t->size >= FIRST_SLOTS && (t->size & (t->size - 1)) == 0);
    assert(t->full < t->size && t->count <= t->full);
    assert(t->count == 0 || t->blocks[(t->count - 1) >> BLOCK_BITS]);
    return true;
}

struct state_table *state_table_new(int32_t words)
{
    struct state_table *t = g_new0(struct state_table, 1);
    t->words = (size_t)words;
    t->blocks = g_new0(uint64_t *, BLOCKS_MAX);
    t->slots = huge_memory_new(FIRST_SLOTS * sizeof *t->slots);
    set_size(t, FIRST_SLOTS);
    assert(state_table_check(t));
    return t;
}

void state_table_free(struct state_table *t)
{
    if (!t)
        return;
    assert(state_table_check(t));
    for (uint32_t i = 0; i < blocks_in_use(t); i++)
        if (i > 0) /* new_block() */
            huge_memory_free(t->blocks[i], block_bytes(t));
        else
            g_free(t->blocks[i]);
    state_table_seal(t);
    g_free(t->blocks);
    g_free(t);
}

void state_table_seal(struct state_table *t)
{
    if (t->slots)
        huge_memory_free(t->slots, t->size * sizeof *t->slots);
    t->slots = NULL;
}

uint32_t state_table_count(const struct state_table *t)
{
    return t->count;
}

ALWAYS_INLINE uint64_t *state_at(const struct state_table *t, uint32_t number, size_t words)
{
    return t->blocks[number >> BLOCK_BITS] + (number & (BLOCK - 1)) * words;
}

const uint64_t *state_table_get(const struct state_table *t, uint32_t number)
{
    return state_at(t, number, t->words);
}

size_t state_table_bytes(const struct state_table *t)
{
    return blocks_in_use(t) * block_bytes(t) + (t->slots ? t->size * sizeof *t->slots : 0);
}

/* ---- slots ---------------------------------------------------------------------------------------------------- */

/* The bits of a slot that hold the number + 1. */
ALWAYS_INLINE uint32_t number_mask(const struct state_table *t)
{
    return (uint32_t)(t->size - 1);
}

ALWAYS_INLINE uint32_t tag_of(const struct state_table *t, uint64_t hash)
{
    return (uint32_t)(hash >> 32) & ~number_mask(t);
}

/* The first slot of the line that the hash chooses. */
ALWAYS_INLINE size_t line_of(const struct state_table *t, uint64_t hash)
{
    return (uint32_t)(hash >> 32) & number_mask(t) & ~(uint32_t)(LINE_SLOTS - 1);
}

ALWAYS_INLINE size_t next_line(const struct state_table *t, size_t line)
{
    return (line + LINE_SLOTS) & number_mask(t);
}

ALWAYS_INLINE uint32_t slot_of(const struct state_table *t, uint32_t number, uint64_t hash)
{
    return (number + 1) | tag_of(t, hash);
}

ALWAYS_INLINE uint32_t number_in(const struct state_table *t, uint32_t slot)
{
    return (slot & number_mask(t)) - 1;
}

ALWAYS_INLINE bool same_words(const uint64_t *a, const uint64_t *b, size_t words)
{
    uint64_t differ = 0;
    for (size_t i = 0; i < words; i++)
        differ |= a[i] ^ b[i];
    return differ == 0;
}

/* A bit for each slot of a line: the empty ones, and those in use that have the tag. */
struct line_match {
    uint32_t empty, tagged;
};

/* Compares four slots at a time, without a branch. */
ALWAYS_INLINE struct line_match match_line(const uint32_t *line, uint32_t tags, uint32_t tag)
{
    typedef uint32_t quad __attribute__((vector_size(16)));
    quad bits = {1, 2, 4, 8}, seen = {0, 0, 0, 0};
    for (size_t i = 0; i < LINE_SLOTS / 4; i++, bits <<= 4) {
        quad slots;
        memcpy(&slots, line + 4 * i, sizeof slots);
        seen |= (quad)((slots & tags) == tag) & bits;
        seen |= (quad)(slots == EMPTY) & bits << LINE_SLOTS;
    }
    const uint32_t all = seen[0] | seen[1] | seen[2] | seen[3], empty = all >> LINE_SLOTS;
    return (struct line_match){empty, all & ~empty & ((UINT32_C(1) << LINE_SLOTS) - 1)};
}

/* The slot of this state, or the empty one where it belongs. */
ALWAYS_INLINE size_t find_slot(const struct state_table *t, const uint64_t *state, uint64_t hash, size_t words)
{
    const uint32_t tags = ~number_mask(t), tag = tag_of(t, hash);
    for (size_t line = line_of(t, hash);; line = next_line(t, line)) {
        struct line_match s = match_line(t->slots + line, tags, tag);
        for (; s.tagged; s.tagged &= s.tagged - 1) {
            const size_t i = line + (size_t)__builtin_ctz(s.tagged);
            if (same_words(state_at(t, number_in(t, t->slots[i]), words), state, words))
                return i;
        }
        if (s.empty)
            return line + (size_t)__builtin_ctz(s.empty);
    }
}

/* Must be inlined: the compiler takes a function that only prefetches for one without effect, and drops its calls. */
ALWAYS_INLINE void prefetch_slot(const struct state_table *t, uint64_t hash)
{
    __builtin_prefetch(&t->slots[line_of(t, hash)], 1);
}

/* The first state of the line that has the same tag. */
ALWAYS_INLINE void prefetch_same(const struct state_table *t, uint64_t hash, size_t words)
{
    const uint32_t *line = t->slots + line_of(t, hash);
    const struct line_match s = match_line(line, ~number_mask(t), tag_of(t, hash));
    if (s.tagged)
        __builtin_prefetch(state_at(t, number_in(t, line[__builtin_ctz(s.tagged)]), words));
}

void state_table_prefetch(const struct state_table *t, uint64_t hash)
{
    prefetch_slot(t, hash);
}

void state_table_prefetch_state(const struct state_table *t, uint64_t hash)
{
    prefetch_same(t, hash, t->words);
}

/* ---- growing -------------------------------------------------------------------------------------------------- */

/* Puts it into the first empty slot from this line on. */
static void put_slot(struct state_table *t, size_t line, uint32_t slot)
{
    for (;; line = next_line(t, line))
        for (size_t i = line; i < line + LINE_SLOTS; i++)
            if (t->slots[i] == EMPTY) {
                t->slots[i] = slot;
                return;
            }
}

/* A line into which nothing overflowed: all of its states stay, or move to the line as many slots behind as there were. */
static void split_line(struct state_table *t, size_t line)
{
    const uint32_t bit = (uint32_t)(t->size / 2);
    uint32_t *here = t->slots + line, *there = here + bit;
    size_t n_here = 0, n_there = 0;
    uint32_t all[LINE_SLOTS];
    memcpy(all, here, sizeof all);
    memset(here, 0, sizeof all);
    for (size_t i = 0; i < LINE_SLOTS && all[i] != EMPTY; i++) {
        const bool moves = all[i] & bit;
        here[n_here] = moves ? here[n_here] : all[i];
        there[n_there] = moves ? all[i] & ~bit : there[n_there];
        n_there += moves;
        n_here += !moves;
    }
}

/* A line into which the one before overflowed: its states are hashed again. Lines behind this one are still as they were, so a
 * state that belongs there waits; such states overflowed from the last lines into the first ones. */
static void scatter_line(struct state_table *t, size_t line, GArray *waiting)
{
    const size_t half = t->size / 2;
    uint32_t all[LINE_SLOTS];
    memcpy(all, t->slots + line, sizeof all);
    memset(t->slots + line, 0, sizeof all);
    for (size_t i = 0; i < LINE_SLOTS && all[i] != EMPTY; i++) {
        const uint32_t number = (all[i] & (uint32_t)(half - 1)) - 1;
        const uint64_t hash = state_table_hash(state_at(t, number, t->words), t->words);
        const size_t to = line_of(t, hash);
        if ((to & (half - 1)) > line)
            g_array_append_val(waiting, number);
        else
            put_slot(t, to, slot_of(t, number, hash));
    }
}

/* Prefetches what scatter_line() will read some lines later. `old`: the size before. */
ALWAYS_INLINE void prefetch_line(const struct state_table *t, size_t line, size_t old)
{
    if (line >= old || t->slots[line - 1] == EMPTY)
        return;
    for (size_t i = line; i < line + LINE_SLOTS && t->slots[i] != EMPTY; i++)
        __builtin_prefetch(state_at(t, (t->slots[i] & (uint32_t)(old - 1)) - 1, t->words));
}

/* In place, line by line. What is moved goes no further than the line that is looked at, or the line one old size behind. */
static void grow_slots(struct state_table *t)
{
    const size_t old = t->size;
    GArray *waiting = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    bool was_full = t->slots[old - 1] != EMPTY;
    t->slots = huge_memory_grow(t->slots, old * sizeof *t->slots, 2 * old * sizeof *t->slots);
    set_size(t, 2 * old);
    for (size_t line = 0; line < old; line += LINE_SLOTS) {
        const bool is_full = t->slots[line + LINE_SLOTS - 1] != EMPTY;
        prefetch_line(t, line + GROW_AHEAD * LINE_SLOTS, old);
        if (was_full)
            scatter_line(t, line, waiting);
        else
            split_line(t, line);
        was_full = is_full;
    }
    for (guint i = 0; i < waiting->len; i++) {
        const uint32_t number = g_array_index(waiting, uint32_t, i);
        const uint64_t hash = state_table_hash(state_at(t, number, t->words), t->words);
        put_slot(t, line_of(t, hash), slot_of(t, number, hash));
    }
    g_array_unref(waiting);
    assert(state_table_check(t));
}

/* ---- adding --------------------------------------------------------------------------------------------------- */

/* Most stories need only part of the first block. So that is plain memory, which the system provides page by page as it is
 * used. */
static uint64_t *new_block(const struct state_table *t)
{
    return t->count == 0 ? g_malloc(block_bytes(t)) : huge_memory_new(block_bytes(t));
}

ALWAYS_INLINE uint32_t add_state(struct state_table *t, const uint64_t *state, uint64_t hash, size_t words,
                                 bool *is_new)
{
    size_t i = find_slot(t, state, hash, words);
    *is_new = t->slots[i] == EMPTY;
    if (!*is_new)
        return number_in(t, t->slots[i]);
    assert(t->count < STATE_TABLE_MAX);
    if (t->count + 1 > t->full) {
        grow_slots(t);
        i = find_slot(t, state, hash, words);
    }
    if ((t->count & (BLOCK - 1)) == 0)
        t->blocks[t->count >> BLOCK_BITS] = new_block(t);
    t->slots[i] = slot_of(t, t->count, hash);
    uint64_t *to = state_at(t, t->count, words);
    for (size_t w = 0; w < words; w++)
        to[w] = state[w];
    return t->count++;
}

uint32_t state_table_add(struct state_table *t, const uint64_t *words, uint64_t hash, bool *is_new)
{
    return add_state(t, words, hash, t->words, is_new);
}

/* While one state is looked up, the memory already delivers what the next ones need. */
ALWAYS_INLINE size_t add_all_states(struct state_table *t, const uint64_t *states, const uint64_t *hashes, size_t n,
                                    uint64_t *fresh, size_t words)
{
    assert(words > 0);
    uint64_t *out = fresh;
    for (size_t i = 0; i < n; i++) {
        if (i + AHEAD < n)
            prefetch_slot(t, hashes[i + AHEAD]);
        if (i + AHEAD_SAME < n)
            prefetch_same(t, hashes[i + AHEAD_SAME], words);
        bool is_new;
        const uint64_t *state = states + i * words;
        add_state(t, state, hashes[i], words, &is_new);
        for (size_t w = 0; w < words; w++)
            out[w] = state[w];
        out += is_new ? words : 0;
    }
    return (size_t)(out - fresh) / words;
}

size_t state_table_add_all(struct state_table *t, const uint64_t *states, const uint64_t *hashes, size_t n,
                           uint64_t *fresh)
{
    switch (t->words) {
    case 1:
        return add_all_states(t, states, hashes, n, fresh, 1);
    case 2:
        return add_all_states(t, states, hashes, n, fresh, 2);
    default:
        return add_all_states(t, states, hashes, n, fresh, t->words);
    }
}

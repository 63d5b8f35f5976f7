/*
 * bit_trie: what is known of packed states (explore/pack.h), found by looking at a few of their bits.
 *
 * A branch looks at up to BIT_TRIE_BITS bits of one word of the state and leads on by what they are; a leaf holds what the
 * caller knows of all states that come to it. Where something other than the state's bits decides, the caller puts in a
 * fork of its own and follows it itself. Two states that agree in all bits looked at come to the same leaf.
 *
 * A trie begins as an empty slot, struct bit_trie, zeroed. To look something up, go from slot to slot while the slot is no
 * leaf. Slots and branches stay where they are until their arena is freed. One thread. The look-up is the innermost loop of
 * the search, so it is inlined and checks nothing.
 */
#pragma once

#include "base/arena.h"
#include "explore/pack.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

/* A wide field is looked at in several branches, so that one branch has 16 children at most. */
#define BIT_TRIE_BITS 4

/* The lowest bits of a slot tell what it points to. Empty slots are 0. */
enum bit_trie_kind { BIT_TRIE_BRANCH, BIT_TRIE_LEAF, BIT_TRIE_FORK };
#define BIT_TRIE_TAG ((uintptr_t)3)
static_assert(BIT_TRIE_FORK <= 3, "kinds fit into the tag; an arena aligns to 8 bytes");

struct bit_trie {
    uintptr_t tagged;
};

struct bit_trie_branch {
    int32_t word, shift;
    uint64_t mask; /* of the bits, once they are shifted down */
    struct bit_trie child[];
};

static inline bool bit_trie_is_empty(struct bit_trie slot)
{
    return slot.tagged == 0;
}

static inline enum bit_trie_kind bit_trie_kind(struct bit_trie slot)
{
    return (enum bit_trie_kind)(slot.tagged & BIT_TRIE_TAG);
}

/* What the slot points to; its type follows from bit_trie_kind(). */
static inline void *bit_trie_target(struct bit_trie slot)
{
    return (void *)(slot.tagged & ~BIT_TRIE_TAG);
}

static inline struct bit_trie bit_trie_point_to(void *target, enum bit_trie_kind kind)
{
    assert(target && ((uintptr_t)target & BIT_TRIE_TAG) == 0);
    return (struct bit_trie){(uintptr_t)target | (uintptr_t)kind};
}

/* Where the slot's branch leads for this state. */
static inline struct bit_trie *bit_trie_next(struct bit_trie slot, const uint64_t *words)
{
    struct bit_trie_branch *b = bit_trie_target(slot);
    return &b->child[words[b->word] >> b->shift & b->mask];
}

/*
 * From the slot `at`: looks at the field, and returns the slot behind it for this state. Branches that are missing are made
 * in the arena. Where a branch is there already, it must look at the same bits. Bits that are set in `known` (pack_words()
 * words, or NULL) were looked at on the way here and are passed over.
 */
struct bit_trie *bit_trie_add(struct arena *a, struct bit_trie *at, struct pack_field f, const uint64_t *words,
                              const uint64_t *known);

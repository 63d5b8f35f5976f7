#include "explore/bit_trie.h"

#include <glib.h>

static struct bit_trie new_branch(struct arena *a, int32_t word, int32_t shift, uint64_t mask)
{
    struct bit_trie_branch *b = arena_alloc(a, sizeof *b + (size_t)(mask + 1) * sizeof *b->child);
    b->word = word;
    b->shift = shift;
    b->mask = mask;
    return bit_trie_point_to(b, BIT_TRIE_BRANCH);
}

static bool looks_at(struct bit_trie slot, int32_t word, int32_t shift, uint64_t mask)
{
    const struct bit_trie_branch *b = bit_trie_target(slot);
    return bit_trie_kind(slot) == BIT_TRIE_BRANCH && b->word == word && b->shift == shift && b->mask == mask;
}

struct bit_trie *bit_trie_add(struct arena *a, struct bit_trie *at, struct pack_field f, const uint64_t *words,
                              const uint64_t *known)
{
    for (int32_t left = f.bits; left > 0; left -= BIT_TRIE_BITS, f.shift += BIT_TRIE_BITS) {
        const uint64_t mask = (UINT64_C(1) << MIN(left, BIT_TRIE_BITS)) - 1;
        if (known && known[f.word] >> f.shift & mask)
            continue;
        if (bit_trie_is_empty(*at))
            *at = new_branch(a, f.word, f.shift, mask);
        assert(looks_at(*at, f.word, f.shift, mask));
        at = bit_trie_next(*at, words);
    }
    return at;
}

#include "explore/sieve.h"

#include "explore/table.h"

#include <glib.h>

/* The last states that came, by some bits of their hash; a power of two. */
#define LATELY       4096
#define LATELY_SHIFT 40

struct sieve {
    size_t words;
    uint64_t *lately; /* with the first word turned round: an empty one is no state (explore/pack.h) */
};

struct sieve *sieve_new(int32_t words)
{
    struct sieve *sieve = g_new0(struct sieve, 1);
    sieve->words = (size_t)words;
    sieve->lately = g_new0(uint64_t, LATELY * sieve->words);
    return sieve;
}

void sieve_free(struct sieve *sieve)
{
    if (!sieve)
        return;
    g_free(sieve->lately);
    g_free(sieve);
}

size_t sieve_bytes(const struct sieve *sieve)
{
    return LATELY * sieve->words * sizeof *sieve->lately;
}

/* Inlined where the number of words is known. Without branches: nobody can guess which states came. */
__attribute__((always_inline)) static inline size_t pass(uint64_t *lately, const uint64_t *states, size_t n,
                                                         uint64_t *kept, uint64_t *hashes, size_t words)
{
    size_t n_kept = 0;
    for (size_t i = 0; i < n; i++) {
        const uint64_t *state = states + i * words, hash = table_hash(state, words);
        uint64_t *at = lately + (hash >> LATELY_SHIFT & (LATELY - 1)) * words;
        uint64_t differ = at[0] ^ ~state[0];
        at[0] = ~state[0];
        kept[n_kept * words] = state[0];
        for (size_t w = 1; w < words; w++) {
            differ |= at[w] ^ state[w];
            kept[n_kept * words + w] = at[w] = state[w];
        }
        hashes[n_kept] = hash;
        n_kept += differ != 0;
    }
    return n_kept;
}

size_t sieve_pass(struct sieve *sieve, const uint64_t *states, size_t n, uint64_t *kept, uint64_t *hashes)
{
    switch (sieve->words) {
    case 1:
        return pass(sieve->lately, states, n, kept, hashes, 1);
    case 2:
        return pass(sieve->lately, states, n, kept, hashes, 2);
    default:
        return pass(sieve->lately, states, n, kept, hashes, sieve->words);
    }
}

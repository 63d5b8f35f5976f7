#include "explore/recent_filter.h"

#include "explore/state_table.h"

#include <assert.h>
#include <glib.h>

/* One state for each value of some bits of the hash: the last one that came. */
#define RECENT_STATES 4096
#define RECENT_SHIFT  40
static_assert((RECENT_STATES & (RECENT_STATES - 1)) == 0, "the slot is found by a mask");

struct recent_filter {
    size_t words;
    uint64_t *
        recent; /* first words are inverted; so an empty slot is no state, as none begins with all ones (explore/pack.h) */
};

struct recent_filter *recent_filter_new(int32_t words)
{
    assert(words > 0);
    struct recent_filter *filter = g_new0(struct recent_filter, 1);
    filter->words = (size_t)words;
    filter->recent = g_new0(uint64_t, RECENT_STATES * filter->words);
    return filter;
}

void recent_filter_free(struct recent_filter *filter)
{
    if (!filter)
        return;
    g_free(filter->recent);
    g_free(filter);
}

size_t recent_filter_bytes(const struct recent_filter *filter)
{
    return RECENT_STATES * filter->words * sizeof *filter->recent;
}

/* Inlined for each number of words, so that it is a constant. Has no branches, because a processor could not predict which
 * states came lately. */
__attribute__((always_inline)) static inline size_t filter_states(uint64_t *recent, const uint64_t *states, size_t n,
                                                                  uint64_t *kept, uint64_t *hashes, size_t words)
{
    size_t n_kept = 0;
    for (size_t i = 0; i < n; i++) {
        const uint64_t *state = states + i * words, hash = state_table_hash(state, words);
        uint64_t *at = recent + (hash >> RECENT_SHIFT & (RECENT_STATES - 1)) * words;
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

size_t recent_filter_pass(struct recent_filter *filter, const uint64_t *states, size_t n, uint64_t *kept,
                          uint64_t *hashes)
{
    assert(filter->words > 0 && kept != states);
    switch (filter->words) {
    case 1:
        return filter_states(filter->recent, states, n, kept, hashes, 1);
    case 2:
        return filter_states(filter->recent, states, n, kept, hashes, 2);
    default:
        return filter_states(filter->recent, states, n, kept, hashes, filter->words);
    }
}

/*
 * pack: a play state (play/play.h) in as few 64-bit words as the domains of its slots allow, and back. For the search,
 * which holds millions of them. The generator of random routes is not packed: the search draws by force, and it is 0.
 * Immutable after pack_new(); any thread. O(slots) per call.
 */
#pragma once

#include "story/story.h"

struct pack;

/* Of the states of this story, which is only read here. */
struct pack *pack_new(const struct story *s);

/* The same without the values of checkpoints, for who keeps them elsewhere: pack_get() makes them 0. */
struct pack *pack_new_without_checkpoint_values(const struct story *s);
void pack_free(struct pack *p); /* accepts NULL */

/* 64-bit words of a packed state, at least 1; the bits of them that are used. */
int32_t pack_words(const struct pack *p);
int32_t pack_bits(const struct pack *p);

/* Equal states give equal words and the other way round. The first word is never all ones. */
void pack_put(const struct pack *p, const int32_t *state, uint64_t *words);
void pack_get(const struct pack *p, const uint64_t *words, int32_t *state);

/* Where the i-th value (variables, then memories; not those of checkpoints) stands in the words: less its lowest, in
 * `bits` bits, which may be 0. */
struct pack_field {
    int32_t word, shift, bits;
};
struct pack_field pack_value(const struct pack *p, int32_t i);

/* The bits of its word that are the field's. */
static inline uint64_t pack_mask(struct pack_field f)
{
    return f.bits == 0 ? 0 : (UINT64_MAX >> (64 - f.bits)) << f.shift;
}

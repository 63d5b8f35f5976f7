/*
 * pack: a play state (play/play.h) in as few 64-bit words as the ranges of its slots allow, and back. The search holds
 * millions of states.
 *
 * The slots are fields of bits, none of which crosses a word. The generator of random routes is left out: the search forces
 * every draw, so the generator is always 0. An update changes a packed state without unpacking it.
 *
 * A pack is immutable after pack_new(), so any thread may use it. Packing and unpacking cost O(slots).
 */
#pragma once

#include "story/story.h"

#include <stddef.h>

struct pack;

/* For the states of this story, which is read only here. */
struct pack *pack_new(const struct story *s);

/* Leaves the values of checkpoints out, too, for a caller that keeps them elsewhere. pack_get() makes them 0. */
struct pack *pack_new_without_checkpoint_values(const struct story *s);
void pack_free(struct pack *p); /* accepts NULL */

/* How many 64-bit words a packed state has, at least 1; how many bits of them are in use. */
int32_t pack_words(const struct pack *p);
int32_t pack_bits(const struct pack *p);

/* Equal states have equal words, and different states different ones. The first word is never all ones. */
void pack_put(const struct pack *p, const int32_t *state, uint64_t *words);
void pack_get(const struct pack *p, const uint64_t *words, int32_t *state);

/* Where the i-th value (variables, then memories; not those of checkpoints) stands in the words. The field holds the value
 * less its lowest possible one; a value that never changes has 0 bits. */
struct pack_field {
    int32_t word, shift, bits;
};
struct pack_field pack_value(const struct pack *p, int32_t i);

/* The bits of its word that belong to the field. */
static inline uint64_t pack_mask(struct pack_field f)
{
    return f.bits == 0 ? 0 : (UINT64_MAX >> (64 - f.bits)) << f.shift;
}

/* Sets the bits of all fields that are no values. States that agree in them are at the same location of the story: the same
 * node, the same open decision with the same options. `mask` has pack_words() words. */
void pack_location_mask(const struct pack *p, uint64_t *mask);

/* ---- updates: for each word, the bits that stay and then the bits that are set; so 2 * pack_words() words ---- */

/* Replaces any state by this one. */
void pack_update_begin(const struct pack *p, const int32_t *state, uint64_t *update);

/* The i-th value stays as it is. */
void pack_update_keep(const struct pack *p, uint64_t *update, int32_t i);

/* The i-th value becomes its lowest possible one. */
void pack_update_clear(const struct pack *p, uint64_t *update, int32_t i);

/* `to` may be `from`. */
static inline void pack_update_apply(const uint64_t *update, const uint64_t *from, uint64_t *to, size_t words)
{
    for (size_t i = 0; i < words; i++)
        to[i] = (from[i] & update[2 * i]) | update[2 * i + 1];
}

/* Are all fields inside their words, and none over another? True, or an assertion fails. O(slots). */
bool pack_check(const struct pack *p);

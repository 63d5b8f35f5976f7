/*
 * terms: the parts of conditions, each of which can be evaluated; and a condition as the terms that must all hold: of
 * `a and (b or c)`, `a` and `b or c`.
 *
 * terms_new() costs O(code of the story); the story is borrowed. Any thread may ask; terms_text() makes a text to be freed.
 */
#pragma once

#include "story/story.h"

struct terms;

/* Terms of a condition that are told apart; a condition of more is one term. */
#define TERMS_MAX 8

struct terms *terms_new(const struct story *s);
void terms_free(struct terms *t); /* accepts NULL */

/* The code of the part that ends with this place of the story's code. */
struct story_span terms_part(const struct terms *t, int32_t end);

/* The value of that part in this state. */
int32_t terms_part_value(const struct terms *t, const int32_t *state, int32_t end);

/* How many terms the expression has: 1 to TERMS_MAX. */
int32_t terms_count(const struct terms *t, int32_t expr);

/* Where its terms end in the story's code: `ends` has room for TERMS_MAX. Returns how many there are. */
int32_t terms_ends(const struct terms *t, int32_t expr, int32_t *ends);

/* Which of its terms are false in this state: a bit of each. */
uint32_t terms_false(const struct terms *t, const int32_t *state, int32_t expr);

/* A term as written. To be freed. */
char *terms_text(const struct terms *t, int32_t expr, int32_t term);

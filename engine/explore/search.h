/*
 * search: breadth first over packed states. Each is met once and gets a number in the order of meeting; each is looked
 * at once, in the order of the numbers. Ways wait in a short queue while the memory that they need is fetched; they are
 * told in order all the same.
 *
 * Order of calls: search_new(), search_start() for each state to begin with, search_step() until it returns false; then
 * more starts and steps, if there are. One thread.
 */
#pragma once

#include "explore/memo.h"
#include "explore/table.h"

/* NULL where nobody wants to know. `about` is NULL for a start. */
struct search_hooks {
    void (*met)(void *user, uint32_t number, uint32_t parent, int32_t ordinal, const struct memo_way *about);
    void (*way)(void *user, uint32_t from, uint32_t to, const struct memo_way *about);
    void (*looked_at)(void *user, uint32_t number, bool complete); /* its ways are all told */
    void *user;
};

struct search;

/* The memo is borrowed; words: of a packed state. */
struct search *search_new(struct memo *memo, int32_t words, const struct search_hooks *hooks);
void search_free(struct search *s); /* accepts NULL */

void search_start(struct search *s, const uint64_t *words);

/* Looks at the next state; false: all that were met have been looked at, and all ways are told. */
bool search_step(struct search *s);

/* Tells what still waits, when no more steps will come. */
void search_flush(struct search *s);

uint32_t search_next(const struct search *s); /* the number that is looked at next */
const struct table *search_table(const struct search *s);

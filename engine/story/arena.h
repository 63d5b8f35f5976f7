/*
 * arena: memory that is given out piece by piece and freed all at once.
 *
 * For the many small strings and tree nodes of a story: no free() per piece, no header per piece, good
 * locality. One owner, one thread; after the last arena_alloc() anybody may read what was given out. Never
 * fails (GLib aborts when there is no memory).
 */
#pragma once

#include <stddef.h>

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *a); /* accepts NULL */

/* Takes everything back, keeps one block for what comes next. */
void arena_reset(struct arena *a);

/* `size` bytes, zeroed, aligned for any object; lives until arena_reset() or arena_free(). */
void *arena_alloc(struct arena *a, size_t size);

/* A copy of len bytes with a NUL behind it. */
char *arena_copy(struct arena *a, const char *text, size_t len);

/*
 * arena: memory that is handed out piece by piece and freed all at once.
 *
 * For many small pieces that live equally long: the strings and tree nodes of a story, the paths that a search
 * remembers. No free() per piece, no header per piece, good locality. Only one thread may allocate; any thread may read
 * a piece once it is written. Never fails: GLib aborts when there is no memory left.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *a); /* accepts NULL */

/* Invalidates all pieces. One block stays allocated for the pieces to come. */
void arena_reset(struct arena *a);

/* `size` bytes, zeroed, aligned to 8 bytes; they live until arena_reset() or arena_free(). */
void *arena_alloc(struct arena *a, size_t size);

/* A copy of `size` bytes, aligned like those of arena_alloc(). `bytes` may be NULL if size is 0. */
void *arena_dup(struct arena *a, const void *bytes, size_t size);

/* A copy of `len` bytes, with a NUL behind them. */
char *arena_copy(struct arena *a, const char *text, size_t len);

/* How much memory the arena's blocks take, in bytes. O(1). */
size_t arena_held(const struct arena *a);

/* How many bytes of that were handed out, for limits that must not depend on the size of a block. O(1). */
size_t arena_used(const struct arena *a);

/* True, or fails an assertion. */
bool arena_check(const struct arena *a);

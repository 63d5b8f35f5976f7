#include "base/arena.h"

#include <assert.h>
#include <glib.h>
#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#define BLOCK_BYTES ((size_t)64 * 1024)
#define ALIGN       ((size_t)8)

static_assert((ALIGN & (ALIGN - 1)) == 0, "positions are rounded up by masking");
static_assert(ALIGN >= alignof(void *) && ALIGN >= alignof(int64_t), "arrays of a story are allocated here");

struct arena_block {
    struct arena_block *next;
    size_t size, used;
    alignas(ALIGN) char bytes[];
};

struct arena {
    struct arena_block *blocks; /* pieces are cut from the first one */
    size_t held;                /* bytes of all blocks */
    size_t used;                /* bytes of all pieces */
};

bool arena_check(const struct arena *a)
{
    assert(a && a->blocks);
    assert(a->blocks->size == BLOCK_BYTES); /* a block of one large piece is never the first */
    assert(a->blocks->used <= BLOCK_BYTES);
    assert(a->held >= BLOCK_BYTES && a->held >= a->used);
    return true;
}

static struct arena_block *block_new(struct arena *a, size_t size, struct arena_block *next)
{
    struct arena_block *b = g_malloc(sizeof *b + size);
    b->next = next;
    b->size = size;
    b->used = 0;
    a->held += sizeof *b + size;
    return b;
}

struct arena *arena_new(void)
{
    struct arena *a = g_new0(struct arena, 1);
    a->blocks = block_new(a, BLOCK_BYTES, NULL);
    return a;
}

void arena_reset(struct arena *a)
{
    assert(arena_check(a));
    struct arena_block *const kept = a->blocks;
    while (kept->next) {
        struct arena_block *b = kept->next;
        kept->next = b->next;
        a->held -= sizeof *b + b->size;
        g_free(b);
    }
    kept->used = 0;
    a->used = 0;
    assert(a->held == sizeof *kept + kept->size);
}

void arena_free(struct arena *a)
{
    if (!a)
        return;
    arena_reset(a);
    g_free(a->blocks);
    g_free(a);
}

/* A large piece gets a block of its own behind the first one, so that the rest of the first one is not wasted. */
static void *alloc_large(struct arena *a, size_t size)
{
    struct arena_block *b = block_new(a, size, a->blocks->next);
    b->used = size;
    a->blocks->next = b;
    return b->bytes;
}

static void *take_from_new_block(struct arena *a, size_t size)
{
    if (size > BLOCK_BYTES / 4)
        return alloc_large(a, size);
    a->blocks = block_new(a, BLOCK_BYTES, a->blocks);
    a->blocks->used = size;
    return a->blocks->bytes;
}

static inline void *take_bytes(struct arena *a, size_t size, size_t align)
{
    struct arena_block *b = a->blocks;
    const size_t at = (b->used + align - 1) & ~(align - 1);
    a->used += size;
    if (size > BLOCK_BYTES / 4 || at + size > BLOCK_BYTES)
        return take_from_new_block(a, size);
    b->used = at + size;
    return b->bytes + at;
}

void *arena_alloc(struct arena *a, size_t size)
{
    return memset(take_bytes(a, size, ALIGN), 0, size);
}

void *arena_dup(struct arena *a, const void *bytes, size_t size)
{
    void *copy = take_bytes(a, size, ALIGN);
    if (size > 0)
        memcpy(copy, bytes, size);
    return copy;
}

char *arena_copy(struct arena *a, const char *text, size_t len)
{
    char *copy = take_bytes(a, len + 1, 1);
    memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

size_t arena_held(const struct arena *a)
{
    return a->held;
}

size_t arena_used(const struct arena *a)
{
    return a->used;
}

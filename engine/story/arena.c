#include "story/arena.h"

#include <glib.h>
#include <stdalign.h>
#include <string.h>

#define BLOCK_BYTES (64 * 1024)
#define ALIGN       alignof(max_align_t)

struct arena_block {
    struct arena_block *next;
    size_t size, used;
    alignas(max_align_t) char bytes[];
};

struct arena {
    struct arena_block *blocks; /* the first one is in use */
};

static struct arena_block *block_new(size_t size, struct arena_block *next)
{
    struct arena_block *b = g_malloc(sizeof *b + size);
    b->next = next;
    b->size = size;
    b->used = 0;
    return b;
}

struct arena *arena_new(void)
{
    struct arena *a = g_new(struct arena, 1);
    a->blocks = block_new(BLOCK_BYTES, NULL);
    return a;
}

void arena_reset(struct arena *a)
{
    while (a->blocks->next) {
        struct arena_block *b = a->blocks;
        a->blocks = b->next;
        g_free(b);
    }
    a->blocks->used = 0;
}

void arena_free(struct arena *a)
{
    if (!a)
        return;
    arena_reset(a);
    g_free(a->blocks);
    g_free(a);
}

/* What is large gets a block of its own behind the first one, so that the rest of that one isn't lost. */
static void *alloc_large(struct arena *a, size_t size)
{
    struct arena_block *b = block_new(size, a->blocks->next);
    b->used = size;
    a->blocks->next = b;
    return b->bytes;
}

static void *take_bytes(struct arena *a, size_t size, size_t align)
{
    struct arena_block *b = a->blocks;
    size_t at = (b->used + align - 1) & ~(align - 1);
    if (size > BLOCK_BYTES / 4)
        return alloc_large(a, size);
    if (at + size > b->size) {
        a->blocks = b = block_new(BLOCK_BYTES, b);
        at = 0;
    }
    b->used = at + size;
    return b->bytes + at;
}

void *arena_alloc(struct arena *a, size_t size)
{
    return memset(take_bytes(a, size, ALIGN), 0, size);
}

char *arena_copy(struct arena *a, const char *text, size_t len)
{
    char *copy = take_bytes(a, len + 1, 1);
    memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

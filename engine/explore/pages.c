#include "explore/pages.h"

#include <glib.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#define LARGE ((size_t)2 << 20)
#define LINE  64 /* of the cache: all pages begin with one */

static size_t whole(size_t bytes)
{
    return (bytes + LARGE - 1) / LARGE * LARGE;
}

/* Addresses without memory behind them, that begin where a large page can. More are asked for, and given back. */
static char *addresses(size_t size)
{
    char *p = mmap(NULL, size + LARGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED)
        g_error("out of memory: %" G_GSIZE_FORMAT " bytes", size);
    const size_t before = (LARGE - (uintptr_t)p % LARGE) % LARGE;
    if (before > 0)
        munmap(p, before);
    munmap(p + before + size, LARGE - before);
    return p + before;
}

static void *large_pages(size_t bytes)
{
    char *p = addresses(whole(bytes));
    if (mprotect(p, whole(bytes), PROT_READ | PROT_WRITE) != 0)
        g_error("out of memory: %" G_GSIZE_FORMAT " bytes", bytes);
    madvise(p, whole(bytes), MADV_HUGEPAGE); /* refused: slower, that is all */
    return p;
}

void *pages_new(size_t bytes)
{
    return bytes < LARGE ? g_aligned_alloc0(1, bytes, LINE) : large_pages(bytes);
}

void pages_free(void *pages, size_t bytes)
{
    if (bytes < LARGE)
        g_aligned_free(pages);
    else if (pages)
        munmap(pages, whole(bytes));
}

/* The memory moves by its addresses alone. */
static void *grow_large(void *pages, size_t bytes, size_t more)
{
    char *to = addresses(whole(more));
    if (mremap(pages, whole(bytes), whole(more), MREMAP_MAYMOVE | MREMAP_FIXED, to) == MAP_FAILED)
        g_error("out of memory: %" G_GSIZE_FORMAT " bytes", more);
    return to;
}

void *pages_grow(void *pages, size_t bytes, size_t more)
{
    if (bytes >= LARGE)
        return whole(bytes) == whole(more) ? pages : grow_large(pages, bytes, more);
    void *p = pages_new(more);
    memcpy(p, pages, bytes);
    pages_free(pages, bytes);
    return p;
}

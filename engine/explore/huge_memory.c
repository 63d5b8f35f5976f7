#include "explore/huge_memory.h"

#include <glib.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_PAGE  ((size_t)2 << 20)
#define CACHE_LINE 64 /* of the cache: all pages begin with one */

static size_t round_up(size_t bytes)
{
    return (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
}

/* Addresses without memory behind them, that begin where a large page can. More are asked for, and given back. */
static char *reserve_addresses(size_t size)
{
    char *p = mmap(NULL, size + HUGE_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED)
        g_error("out of memory: %" G_GSIZE_FORMAT " bytes", size);
    const size_t before = (HUGE_PAGE - (uintptr_t)p % HUGE_PAGE) % HUGE_PAGE;
    if (before > 0)
        munmap(p, before);
    munmap(p + before + size, HUGE_PAGE - before);
    return p + before;
}

static void *map_huge(size_t bytes)
{
    char *p = reserve_addresses(round_up(bytes));
    if (mprotect(p, round_up(bytes), PROT_READ | PROT_WRITE) != 0)
        g_error("out of memory: %" G_GSIZE_FORMAT " bytes", bytes);
    madvise(p, round_up(bytes), MADV_HUGEPAGE); /* refused: slower, that is all */
    return p;
}

void *huge_memory_new(size_t bytes)
{
    return bytes < HUGE_PAGE ? g_aligned_alloc0(1, bytes, CACHE_LINE) : map_huge(bytes);
}

void huge_memory_free(void *pages, size_t bytes)
{
    if (bytes < HUGE_PAGE)
        g_aligned_free(pages);
    else if (pages)
        munmap(pages, round_up(bytes));
}

/* The memory moves by its addresses alone. */
static void *grow_huge(void *pages, size_t bytes, size_t more)
{
    char *to = reserve_addresses(round_up(more));
    if (mremap(pages, round_up(bytes), round_up(more), MREMAP_MAYMOVE | MREMAP_FIXED, to) == MAP_FAILED)
        g_error("out of memory: %" G_GSIZE_FORMAT " bytes", more);
    return to;
}

void *huge_memory_grow(void *pages, size_t bytes, size_t more)
{
    if (bytes >= HUGE_PAGE)
        return round_up(bytes) == round_up(more) ? pages : grow_huge(pages, bytes, more);
    void *p = huge_memory_new(more);
    memcpy(p, pages, bytes);
    huge_memory_free(pages, bytes);
    return p;
}

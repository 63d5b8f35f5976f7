#include "explore/huge_memory.h"

#include <assert.h>
#include <glib.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_PAGE  ((size_t)2 << 20)
#define CACHE_LINE 64
static_assert(HUGE_PAGE % CACHE_LINE == 0, "huge memory is aligned to cache lines, too");

static size_t whole_pages(size_t bytes)
{
    return (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
}

/* Addresses without memory behind them, aligned to a huge page: reserves a page more than needed, and gives back what stands
 * out at both ends. */
static char *reserve_addresses(size_t size)
{
    char *p = mmap(NULL, size + HUGE_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED)
        g_error("out of memory: %" G_GSIZE_FORMAT " bytes", size);
    const size_t before = (HUGE_PAGE - (uintptr_t)p % HUGE_PAGE) % HUGE_PAGE;
    if (before > 0)
        munmap(p, before);
    munmap(p + before + size, HUGE_PAGE - before);
    assert((uintptr_t)(p + before) % HUGE_PAGE == 0);
    return p + before;
}

static void *map_huge(size_t bytes)
{
    char *p = reserve_addresses(whole_pages(bytes));
    if (mprotect(p, whole_pages(bytes), PROT_READ | PROT_WRITE) != 0)
        g_error("out of memory: %" G_GSIZE_FORMAT " bytes", bytes);
    madvise(p, whole_pages(bytes), MADV_HUGEPAGE); /* if it is refused, look-ups are slower */
    return p;
}

void *huge_memory_new(size_t bytes)
{
    return bytes < HUGE_PAGE ? g_aligned_alloc0(1, bytes, CACHE_LINE) : map_huge(bytes);
}

void huge_memory_free(void *memory, size_t bytes)
{
    if (bytes < HUGE_PAGE)
        g_aligned_free(memory);
    else if (memory)
        munmap(memory, whole_pages(bytes));
}

static void *grow_huge(void *memory, size_t bytes, size_t more)
{
    char *to = reserve_addresses(whole_pages(more));
    if (mremap(memory, whole_pages(bytes), whole_pages(more), MREMAP_MAYMOVE | MREMAP_FIXED, to) == MAP_FAILED)
        g_error("out of memory: %" G_GSIZE_FORMAT " bytes", more);
    return to;
}

void *huge_memory_grow(void *memory, size_t bytes, size_t more)
{
    assert(memory && more >= bytes);
    if (bytes >= HUGE_PAGE)
        return whole_pages(bytes) == whole_pages(more) ? memory : grow_huge(memory, bytes, more);
    void *p = huge_memory_new(more);
    memcpy(p, memory, bytes);
    huge_memory_free(memory, bytes);
    return p;
}

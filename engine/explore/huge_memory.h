/*
 * huge_memory: memory for large tables, in huge pages where the system has them. A look-up in a large table waits for memory,
 * and with small pages about half of that wait is for the tables that map the pages.
 *
 * Any thread; each piece has one owner. Without memory the program ends.
 */
#pragma once

#include <stddef.h>

/* Zeroed; never NULL. Aligned to a cache line at least. */
void *huge_memory_new(size_t bytes);

/* Grows memory of `bytes` bytes to `more` bytes; what is new is zero. The memory may move; what is large moves by its
 * addresses alone, without being copied. */
void *huge_memory_grow(void *memory, size_t bytes, size_t more);

/* `bytes` as it was allocated or grown to. Accepts NULL. */
void huge_memory_free(void *memory, size_t bytes);

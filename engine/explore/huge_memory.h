/*
 * pages: memory for large tables. Looking something up is waiting for memory, half of that for the tables of small
 * pages; so what is large stands in large pages, where the system has them. Any thread.
 */
#pragma once

#include <stddef.h>

/* All zero. Never NULL: without memory the program ends. */
void *huge_memory_new(size_t bytes);
void *huge_memory_grow(void *pages, size_t bytes, size_t more); /* from bytes to more; what is new is zero */
void huge_memory_free(void *pages, size_t bytes);               /* as many as it was made with; accepts NULL */

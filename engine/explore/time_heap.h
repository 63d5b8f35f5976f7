/*
 * time_heap: states by the time at which they are reached, the soonest first. A binary heap in a GArray of struct
 * time_heap_entry, which the caller makes and frees. An entry cannot be changed: whoever finds a sooner time for a state pushes
 * it again, and passes over the later entry when it comes out.
 *
 * Pure; O(log entries).
 */
#pragma once

#include <glib.h>
#include <stdint.h>

struct time_heap_entry {
    int64_t us;
    uint32_t state;
    int32_t side; /* for a caller that runs two searches over one heap */
};

void time_heap_push(GArray *heap, struct time_heap_entry e);

/* Removes the soonest entry and returns it. The heap must not be empty. */
struct time_heap_entry time_heap_pop(GArray *heap);

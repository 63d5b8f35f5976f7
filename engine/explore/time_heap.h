/*
 * arrival: when states are come to, the soonest first: a binary heap in a GArray of struct time_heap_entry. Whoever finds a sooner
 * time for a state puts it in again. Pure.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

struct time_heap_entry {
    int64_t us;
    uint32_t state;
    int32_t side; /* of two that go on at once; for the caller */
};

void time_heap_push(GArray *heap, struct time_heap_entry a);

/* Takes the soonest one; there must be one. */
struct time_heap_entry time_heap_pop(GArray *heap);

/*
 * arrival: when states are come to, the soonest first: a binary heap in a GArray of struct arrival. Whoever finds a sooner
 * time for a state puts it in again. Pure.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

struct arrival {
    int64_t us;
    uint32_t state;
    int32_t side; /* of two that go on at once; for the caller */
};

void arrival_push(GArray *heap, struct arrival a);

/* Takes the soonest one; there must be one. */
struct arrival arrival_pop(GArray *heap);

/*
 * patience: how long a question about a story may take. Whatever may take long asks now and then whether it is over, and
 * then comes back with what it has; the caller knows that this is not all. Once over, it stays over.
 *
 * The caller's memory; it outlives all who ask. Any thread may ask.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct patience {
    int64_t until_us;          /* g_get_monotonic_time(); 0: as long as it takes */
    bool (*interrupted)(void); /* or NULL; any thread calls it, so often that it must be cheap */
    _Atomic int64_t over_us;   /* when it ended; 0: it has not */
};

/* Ends it now. */
void patience_end(struct patience *p);

/* Costs about 30 ns. NULL: never. */
bool patience_is_over(struct patience *p);

/* In a loop whose rounds are cheap: the i-th one asks only now and then. */
#define PATIENCE_ROUNDS 4096
static inline bool patience_ends_at(struct patience *p, uint64_t i)
{
    return i % PATIENCE_ROUNDS == 0 && patience_is_over(p);
}

/*
 * count_row: one row of counts, by place, while it is being added to.
 *
 * count_row_init(), count_row_reserve() whenever there are more places, count_row_add() any number of times;
 * count_row_flush() moves what was added elsewhere and leaves zeros, at the cost of the places that were touched, not of
 * the whole row. count_row_clear() last. One thread. Counts never fall below 0.
 */
#pragma once

#include <assert.h>
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct count_row {
    int64_t *x;
    guint n;         /* places */
    guint capacity;  /* of x, at least n; what lies beyond n is 0 */
    GArray *touched; /* guint: each place that is not 0, once; NULL: nobody is going to flush */
};

/* `flushed`: count_row_flush() is going to be called. */
void count_row_init(struct count_row *r, bool flushed);
void count_row_clear(struct count_row *r);

/* Makes room for n places, at least as many as there are. New ones are 0. */
void count_row_reserve(struct count_row *r, guint n);

/* `place` is below r->n, `n` is 0 or more. */
static inline void count_row_add(struct count_row *r, guint place, int64_t n)
{
    assert(place < r->n && n >= 0);
    if (r->touched && r->x[place] == 0 && n > 0)
        g_array_append_val(r->touched, place);
    r->x[place] += n;
}

/* Calls `take` for each place that is not 0, in the order in which they were first touched, and sets all to 0. */
void count_row_flush(struct count_row *r, void (*take)(guint place, int64_t n, void *data), void *data);

/* True, or a broken promise of the struct is asserted. Costs as much as the row is long. */
bool count_row_check(const struct count_row *r);

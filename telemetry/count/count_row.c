#include "telemetry/count/count_row.h"

#include <string.h>

void count_row_init(struct count_row *r, bool flushed)
{
    *r = (struct count_row){.touched = flushed ? g_array_new(FALSE, FALSE, sizeof(guint)) : NULL};
}

void count_row_clear(struct count_row *r)
{
    g_free(r->x);
    if (r->touched)
        g_array_unref(r->touched);
    *r = (struct count_row){0};
}

void count_row_reserve(struct count_row *r, guint n)
{
    assert(n >= r->n);
    if (n > r->capacity) {
        const guint capacity = MAX(n, r->capacity + r->capacity / 2);
        r->x = g_renew(int64_t, r->x, capacity);
        memset(r->x + r->capacity, 0, (capacity - r->capacity) * sizeof *r->x);
        r->capacity = capacity;
    }
    r->n = n;
}

void count_row_flush(struct count_row *r, void (*take)(guint place, int64_t n, void *data), void *data)
{
    assert(r->touched);
    for (guint i = 0; i < r->touched->len; i++) {
        const guint place = g_array_index(r->touched, guint, i);
        assert(r->x[place] != 0);
        take(place, r->x[place], data);
        r->x[place] = 0;
    }
    g_array_set_size(r->touched, 0);
}

bool count_row_check(const struct count_row *r)
{
    guint used = 0;
    assert(r->n <= r->capacity);
    for (guint i = 0; i < r->n; i++) {
        assert(r->x[i] >= 0);
        used += r->x[i] > 0;
    }
    assert(!r->touched || r->touched->len == used);
    return true;
}

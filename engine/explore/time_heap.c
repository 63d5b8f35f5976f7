#include "explore/time_heap.h"

#include <assert.h>

void time_heap_push(GArray *heap, struct time_heap_entry e)
{
    g_array_append_val(heap, e);
    struct time_heap_entry *h = &g_array_index(heap, struct time_heap_entry, 0);
    guint i = heap->len - 1;
    for (; i > 0 && h[(i - 1) / 2].us > e.us; i = (i - 1) / 2)
        h[i] = h[(i - 1) / 2];
    h[i] = e;
}

struct time_heap_entry time_heap_pop(GArray *heap)
{
    assert(heap->len > 0);
    struct time_heap_entry *h = &g_array_index(heap, struct time_heap_entry, 0);
    const struct time_heap_entry soonest = h[0], last = h[heap->len - 1];
    const guint n = heap->len - 1;
    guint i = 0;
    for (guint child = 1; child < n; child = 2 * i + 1) {
        if (child + 1 < n && h[child + 1].us < h[child].us)
            child++;
        if (h[child].us >= last.us)
            break;
        h[i] = h[child];
        i = child;
    }
    h[i] = last;
    g_array_set_size(heap, n);
    assert(n == 0 || g_array_index(heap, struct time_heap_entry, 0).us >= soonest.us);
    return soonest;
}

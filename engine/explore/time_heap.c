#include "explore/time_heap.h"

void time_heap_push(GArray *heap, struct time_heap_entry a)
{
    g_array_append_val(heap, a);
    struct time_heap_entry *h = &g_array_index(heap, struct time_heap_entry, 0);
    guint i = heap->len - 1;
    for (; i > 0 && h[(i - 1) / 2].us > a.us; i = (i - 1) / 2)
        h[i] = h[(i - 1) / 2];
    h[i] = a;
}

struct time_heap_entry time_heap_pop(GArray *heap)
{
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
    return soonest;
}

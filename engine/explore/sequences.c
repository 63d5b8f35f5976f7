#include "explore/sequences.h"

#include <assert.h>

struct sequences {
    GPtrArray *all;      /* GBytes by number; borrowed from `numbers` */
    GHashTable *numbers; /* GBytes to number */
};

struct sequences *sequences_new(void)
{
    struct sequences *q = g_new0(struct sequences, 1);
    q->all = g_ptr_array_new();
    q->numbers = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
    return q;
}

void sequences_free(struct sequences *q)
{
    if (!q)
        return;
    g_ptr_array_unref(q->all);
    g_hash_table_unref(q->numbers);
    g_free(q);
}

uint32_t sequences_number(struct sequences *q, GBytes *sequence)
{
    gpointer number;
    assert(g_bytes_get_size(sequence) % sizeof(int32_t) == 0);
    if (g_hash_table_lookup_extended(q->numbers, sequence, NULL, &number))
        return GPOINTER_TO_UINT(number);
    g_hash_table_insert(q->numbers, g_bytes_ref(sequence), GUINT_TO_POINTER(q->all->len));
    g_ptr_array_add(q->all, sequence);
    assert(g_hash_table_size(q->numbers) == q->all->len); /* numbers are given without gaps */
    return q->all->len - 1;
}

uint32_t sequences_count(const struct sequences *q)
{
    return q->all->len;
}

GBytes *sequences_bytes_of(const struct sequences *q, uint32_t number)
{
    assert(number < q->all->len);
    return g_ptr_array_index(q->all, number);
}

const int32_t *sequences_steps(const struct sequences *q, uint32_t number, int32_t *n)
{
    gsize bytes;
    const int32_t *steps = g_bytes_get_data(sequences_bytes_of(q, number), &bytes);
    *n = (int32_t)(bytes / sizeof *steps);
    return steps;
}

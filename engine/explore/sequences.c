#include "explore/sequences.h"

struct sequences {
    GPtrArray *rows; /* GBytes, owned by: */
    GHashTable *numbers;
};

static void free_sequence(gpointer row)
{
    g_bytes_unref(row);
}

struct sequences *sequences_new(void)
{
    struct sequences *f = g_new0(struct sequences, 1);
    f->rows = g_ptr_array_new();
    f->numbers = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, free_sequence, NULL);
    return f;
}

void sequences_free(struct sequences *f)
{
    if (!f)
        return;
    g_ptr_array_unref(f->rows);
    g_hash_table_unref(f->numbers);
    g_free(f);
}

uint32_t sequences_number(struct sequences *f, GBytes *row)
{
    gpointer number;
    if (g_hash_table_lookup_extended(f->numbers, row, NULL, &number))
        return GPOINTER_TO_UINT(number);
    g_hash_table_insert(f->numbers, g_bytes_ref(row), GUINT_TO_POINTER(f->rows->len));
    g_ptr_array_add(f->rows, row);
    return f->rows->len - 1;
}

uint32_t sequences_count(const struct sequences *f)
{
    return f->rows->len;
}

GBytes *sequences_row(const struct sequences *f, uint32_t film)
{
    return g_ptr_array_index(f->rows, film);
}

const int32_t *sequences_steps(const struct sequences *f, uint32_t film, int32_t *n)
{
    gsize bytes;
    const int32_t *steps = g_bytes_get_data(sequences_row(f, film), &bytes);
    *n = (int32_t)(bytes / sizeof *steps);
    return steps;
}

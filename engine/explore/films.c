#include "explore/films.h"

struct films {
    GPtrArray *rows; /* GBytes, owned by: */
    GHashTable *numbers;
};

static void free_row(gpointer row)
{
    g_bytes_unref(row);
}

struct films *films_new(void)
{
    struct films *f = g_new0(struct films, 1);
    f->rows = g_ptr_array_new();
    f->numbers = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, free_row, NULL);
    return f;
}

void films_free(struct films *f)
{
    if (!f)
        return;
    g_ptr_array_unref(f->rows);
    g_hash_table_unref(f->numbers);
    g_free(f);
}

uint32_t films_number(struct films *f, GBytes *row)
{
    gpointer number;
    if (g_hash_table_lookup_extended(f->numbers, row, NULL, &number))
        return GPOINTER_TO_UINT(number);
    g_hash_table_insert(f->numbers, g_bytes_ref(row), GUINT_TO_POINTER(f->rows->len));
    g_ptr_array_add(f->rows, row);
    return f->rows->len - 1;
}

uint32_t films_count(const struct films *f)
{
    return f->rows->len;
}

GBytes *films_row(const struct films *f, uint32_t film)
{
    return g_ptr_array_index(f->rows, film);
}

const int32_t *films_steps(const struct films *f, uint32_t film, int32_t *n)
{
    gsize bytes;
    const int32_t *steps = g_bytes_get_data(films_row(f, film), &bytes);
    *n = (int32_t)(bytes / sizeof *steps);
    return steps;
}

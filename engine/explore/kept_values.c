#include "explore/kept_values.h"

#include "play/play.h"

int32_t kept_values_count(const struct story *s)
{
    int32_t n = 0;
    for (int32_t i = 0; i < s->n_vars; i++)
        n += s->vars[i].keep_viewer;
    return n;
}

void kept_values_get(const struct story *s, const int32_t *state, int32_t *row)
{
    for (int32_t i = 0; i < s->n_vars; i++)
        if (s->vars[i].keep_viewer)
            *row++ = state[PLAY_VALUES + i];
}

void kept_values_set(const struct story *s, const int32_t *row, int32_t *state)
{
    for (int32_t i = 0; i < s->n_vars; i++)
        if (s->vars[i].keep_viewer)
            state[PLAY_VALUES + i] = *row++;
}

GBytes *kept_values_bytes(const struct story *s, const int32_t *state)
{
    const gsize bytes = (gsize)kept_values_count(s) * sizeof *state;
    int32_t *row = g_malloc(bytes);
    kept_values_get(s, state, row);
    return g_bytes_new_take(row, bytes);
}

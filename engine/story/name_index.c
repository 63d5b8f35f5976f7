#include "story/name_index.h"

#include <assert.h>

static void index_name(GHashTable *index, const char *name, int32_t at)
{
    const bool is_new = g_hash_table_insert(index, (gpointer)name, GINT_TO_POINTER(at + 1));
    assert(is_new); /* a name that is declared twice is an error, so there would be no story */
}

static void index_names(GHashTable *index, const struct story *s, const char *name, struct story_span was, int32_t at)
{
    index_name(index, name, at);
    for (int32_t i = 0; i < was.n; i++)
        index_name(index, s->former[was.first + i], at);
}

struct story_owned *name_index_new(const struct story *s, struct arena *arena)
{
    struct story_owned *o = g_new0(struct story_owned, 1);
    o->arena = arena;
    o->nodes = g_hash_table_new(g_str_hash, g_str_equal);
    o->decisions = g_hash_table_new(g_str_hash, g_str_equal);
    o->vars = g_hash_table_new(g_str_hash, g_str_equal);
    for (int32_t i = 0; i < s->n_nodes; i++)
        index_names(o->nodes, s, s->nodes[i].name, s->nodes[i].was, i);
    for (int32_t i = 0; i < s->n_decisions; i++)
        index_names(o->decisions, s, s->decisions[i].name, s->decisions[i].was, i);
    for (int32_t i = 0; i < s->n_vars; i++)
        index_names(o->vars, s, s->vars[i].name, s->vars[i].was, i);
    return o;
}

#include "story/story_owned.h"

void story_owned_free(struct story_owned *o)
{
    g_hash_table_destroy(o->nodes);
    g_hash_table_destroy(o->decisions);
    g_hash_table_destroy(o->vars);
    arena_free(o->arena);
    g_free(o);
}

#include "story/version_pairs.h"

#include <glib.h>
#include <string.h>

/* Looks up a name, or else one of those that the thing had before, the latest first. */
static int32_t find(const struct story *in, int32_t (*by_name)(const struct story *s, const char *name),
                    const struct story *of, struct story_span was, const char *name)
{
    int32_t found = by_name(in, name);
    for (int32_t i = was.n - 1; found < 0 && i >= 0; i--)
        found = by_name(in, of->former[was.first + i]);
    return found;
}

static int32_t find_option(const struct story *in, int32_t decision, const struct story *of,
                           const struct story_option *o)
{
    if (decision < 0)
        return -1;
    int32_t found = story_find_option(in, decision, o->name);
    for (int32_t i = o->was.n - 1; found < 0 && i >= 0; i--)
        found = story_find_option(in, decision, of->former[o->was.first + i]);
    return found < 0 ? -1 : in->decisions[decision].options.first + found;
}

static struct version_map map_between(const struct story *from, const struct story *to)
{
    const struct version_map map = {g_new(int32_t, from->n_nodes + 1), g_new(int32_t, from->n_decisions + 1),
                                    g_new(int32_t, from->n_options + 1), g_new(int32_t, from->n_vars + 1),
                                    g_new(int32_t, from->n_endings + 1)};
    for (int32_t i = 0; i < from->n_nodes; i++)
        map.nodes[i] = find(to, story_find_node, from, from->nodes[i].was, from->nodes[i].name);
    for (int32_t i = 0; i < from->n_decisions; i++)
        map.decisions[i] = find(to, story_find_decision, from, from->decisions[i].was, from->decisions[i].name);
    for (int32_t i = 0; i < from->n_options; i++)
        map.options[i] = find_option(to, map.decisions[from->options[i].decision], from, &from->options[i]);
    for (int32_t i = 0; i < from->n_vars; i++)
        map.vars[i] = find(to, story_find_var, from, from->vars[i].was, from->vars[i].name);
    for (int32_t i = 0; i < from->n_endings; i++)
        map.endings[i] = find(to, story_find_ending, from, from->endings[i].was, from->endings[i].name);
    return map;
}

static void clear_map(struct version_map *map)
{
    g_free(map->nodes);
    g_free(map->decisions);
    g_free(map->options);
    g_free(map->vars);
    g_free(map->endings);
}

struct version_pairs *version_pairs_new(const struct story *before, const struct story *after)
{
    struct version_pairs *p = g_new(struct version_pairs, 1);
    *p = (struct version_pairs){before, after, map_between(before, after), map_between(after, before)};
    return p;
}

void version_pairs_free(struct version_pairs *p)
{
    if (!p)
        return;
    clear_map(&p->to_after);
    clear_map(&p->to_before);
    g_free(p);
}

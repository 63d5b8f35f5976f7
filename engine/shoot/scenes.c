#include "shoot/scenes.h"

#include "story/node_edges.h"

#include <string.h>

/* Routes within routes are told to this depth; further in, by their names. */
#define TARGET_DEPTH 3

struct order {
    const struct story *s;
    const int32_t *acts, *depths;
};

static bool is_scene(const struct story_node *n)
{
    return n->clip.kind != STORY_SILENT || n->script;
}

/* What no way leads to comes last in its act, and what is seen after the film behind all acts. */
static gint compare(gconstpointer pa, gconstpointer pb, gpointer user)
{
    const int32_t a = *(const int32_t *)pa, b = *(const int32_t *)pb;
    const struct order *o = user;
    const enum story_role role_a = o->s->nodes[a].role, role_b = o->s->nodes[b].role;
    const int32_t act_a = o->acts[a], act_b = o->acts[b];
    const guint32 depth_a = (guint32)o->depths[a], depth_b = (guint32)o->depths[b];
    if (role_a != role_b)
        return role_a < role_b ? -1 : 1;
    if (act_a != act_b)
        return act_a < act_b ? -1 : 1;
    if (depth_a != depth_b)
        return depth_a < depth_b ? -1 : 1;
    return a < b ? -1 : a > b;
}

/* What the film can show before it comes to an act. */
static void mark_opening(const struct story *s, const GArray *edges, const int32_t *index, bool *opening)
{
    g_autofree int32_t *queue = g_new(int32_t, s->n_nodes + 1);
    int32_t n = 0;
    if (s->nodes[s->start].act < 0) {
        opening[s->start] = true;
        queue[n++] = s->start;
    }
    for (int32_t i = 0; i < n; i++) {
        for (int32_t k = index[queue[i]]; k < index[queue[i] + 1]; k++) {
            const int32_t to = g_array_index(edges, struct node_edge, k).to;
            if (s->nodes[to].act >= 0 || opening[to])
                continue;
            opening[to] = true;
            queue[n++] = to;
        }
    }
}

static int32_t *acts_of(const struct story *s, const GArray *edges, const int32_t *index)
{
    g_autofree bool *opening = g_new0(bool, s->n_nodes + 1);
    int32_t *acts = g_new(int32_t, s->n_nodes + 1);
    mark_opening(s, edges, index, opening);
    for (int32_t i = 0; i < s->n_nodes; i++)
        acts[i] = s->nodes[i].act >= 0 ? s->nodes[i].act : opening[i] || s->n_acts == 0 ? -1 : s->n_acts;
    return acts;
}

struct scenes *scenes_new(const struct story *s)
{
    struct scenes *sc = g_new(struct scenes, 1);
    *sc = (struct scenes){s, g_new(int32_t, s->n_nodes + 1), g_new(int32_t, s->n_nodes + 1), NULL, 0};
    g_autoptr(GArray) edges = node_edges_of(s);
    g_autofree int32_t *index = node_edges_index(s, edges), *depths = node_edges_depths(s, edges, index);
    sc->acts = acts_of(s, edges, index);
    struct order order = {s, sc->acts, depths};
    for (int32_t i = 0; i < s->n_nodes; i++) {
        sc->of[i] = -1;
        if (is_scene(&s->nodes[i]))
            sc->nodes[sc->n++] = i;
    }
    g_qsort_with_data(sc->nodes, sc->n, sizeof *sc->nodes, compare, &order);
    for (int32_t i = 0; i < sc->n; i++)
        sc->of[sc->nodes[i]] = i;
    return sc;
}

void scenes_free(struct scenes *sc)
{
    if (!sc)
        return;
    g_free(sc->nodes);
    g_free(sc->of);
    g_free(sc->acts);
    g_free(sc);
}

const char *scenes_title(const struct story *s, int32_t node)
{
    const char *title = story_text(s, s->nodes[node].title, NULL);
    return title ? title : s->nodes[node].name;
}

static void print_target(const struct scenes *sc, struct story_target to, int depth, GString *out);

static void print_route(const struct scenes *sc, const struct story_route *r, int depth, GString *out)
{
    const struct story *s = sc->story;
    if (depth >= TARGET_DEPTH && r->name) {
        g_string_append_printf(out, "by the route %s", r->name);
        return;
    }
    for (int32_t i = 0; i < r->parts.n; i++) {
        const struct story_part *p = &s->parts[r->parts.first + i];
        g_string_append(out, i > 0 ? "; " : "");
        if (r->random)
            g_string_append_printf(out, "by chance (%d) ", p->weight);
        if (p->when >= 0)
            g_string_append_printf(out, "if %s, ", s->exprs[p->when].source);
        else if (i > 0 && !r->random)
            g_string_append(out, "else ");
        print_target(sc, p->to, depth + 1, out);
    }
}

static void print_target(const struct scenes *sc, struct story_target to, int depth, GString *out)
{
    const struct story *s = sc->story;
    switch (to.kind) {
    case STORY_NOWHERE:
        g_string_append(out, "nowhere");
        return;
    case STORY_TO_ROUTE:
        print_route(sc, &s->routes[to.index], depth, out);
        return;
    case STORY_TO_BACK:
        g_string_append_printf(out, "back to the decision %s", s->decisions[to.index].name);
        return;
    case STORY_TO_AGAIN:
        g_string_append_printf(out, "again to the decision %s", s->decisions[to.index].name);
        return;
    case STORY_TO_NODE:
        break;
    }
    if (sc->of[to.index] >= 0) {
        g_string_append_printf(out, "%d %s", sc->of[to.index] + 1, scenes_title(s, to.index));
        return;
    }
    /* A node without a clip takes no time: what counts is where it leads. */
    const struct story_node *silent = &s->nodes[to.index];
    if (depth < TARGET_DEPTH && silent->next.kind != STORY_NOWHERE)
        print_target(sc, silent->next, depth + 1, out);
    else
        g_string_append_printf(out, "%s", silent->name);
}

char *scenes_target(const struct scenes *sc, struct story_target to)
{
    GString *out = g_string_new(NULL);
    print_target(sc, to, 0, out);
    return g_string_free(out, FALSE);
}

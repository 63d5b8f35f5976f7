#include "explore/finding_groups.h"

#include "story/node_edges.h"

#include <assert.h>
#include <string.h>

/* Names and ways that a group shows. */
#define NAMES_SHOWN 6
#define WAYS_SHOWN  4

/* What leads to a node that is not reached: a number of such a node, by which every way to it goes, or */
#define GATE_NONE    (-1) /* nothing that is reached */
#define GATE_SEVERAL (-2)

struct groups {
    const struct story *s;
    const struct explore_result *r;
    GArray *edges; /* struct node_edge */
    struct terms *terms;
    int32_t *gate;      /* node that is not reached: GATE_…, or the node by which every way to it goes */
    bool *has_way;      /* node: some other one could lead to it */
    int32_t *of_node;   /* node: its finding */
    int32_t *of_ending; /* ending: its finding, or -1 */
    int32_t *route_of;  /* part */
    GHashTable *causes; /* a cause as text, to the group with it + 1 */
    GString *out;       /* the message that is written now */
    struct finding_groups *to;
};

/* ---- groups --------------------------------------------------------------------------------------------------- */

static void clear_way(gpointer way)
{
    g_free(((struct finding_way *)way)->text);
}

static void clear_group(gpointer group)
{
    const struct finding_group *g = group;
    g_free(g->message);
    g_array_unref(g->findings);
    g_array_unref(g->ways);
}

/* A group that begins with this finding, and has no message yet. Valid until the next one is begun. */
static struct finding_group *begin_group(const struct groups *g, int32_t finding)
{
    const struct explore_finding *f = &g->r->findings[finding];
    struct finding_group group = {.kind = f->kind, .span = finding_span(g->s, f)};
    group.findings = g_array_new(FALSE, FALSE, sizeof(int32_t));
    group.ways = g_array_new(FALSE, FALSE, sizeof(struct finding_way));
    g_array_set_clear_func(group.ways, clear_way);
    g_array_append_val(g->to->all, group);
    g_string_truncate(g->out, 0);
    return &g_array_index(g->to->all, struct finding_group, g->to->all->len - 1);
}

static void add_to_group(const struct groups *g, guint group, int32_t finding)
{
    assert(g->to->group_of[finding] < 0);
    g_array_append_val(g_array_index(g->to->all, struct finding_group, group).findings, finding);
    g->to->group_of[finding] = (int32_t)group;
}

static void end_group(const struct groups *g, struct finding_group *group)
{
    group->message = g_strdup(g->out->str);
}

/* What is written so far becomes a way in. */
static void add_way(const struct groups *g, struct finding_group *group, struct story_mark mark)
{
    const struct finding_way way = {mark, g_strdup(g->out->str)};
    g_array_append_val(group->ways, way);
    g_string_truncate(g->out, 0);
}

/* "\"a\", \"b\", 3 more" */
static void add_names(const struct groups *g, const GArray *nodes)
{
    for (guint i = 0; i < MIN(nodes->len, NAMES_SHOWN); i++)
        g_string_append_printf(g->out, "%s\"%s\"", i > 0 ? ", " : "",
                               g->s->nodes[g_array_index(nodes, int32_t, i)].name);
    if (nodes->len > NAMES_SHOWN)
        g_string_append_printf(g->out, ", %u more", nodes->len - NAMES_SHOWN);
}

/* ---- nodes ---------------------------------------------------------------------------------------------------- */

static bool is_reached(const struct groups *g, int32_t node)
{
    return g->r->coverage->nodes[node];
}

/* Of the two ways by which a node can be met. */
static int32_t join_gates(int32_t a, int32_t b)
{
    return a == GATE_NONE || a == b ? b : b == GATE_NONE ? a : GATE_SEVERAL;
}

/* A node that a reached one could lead to is a gate, and so is one to which nothing leads. What lies behind one gate alone belongs to
 * it. */
static void find_gates(struct groups *g)
{
    bool *is_gate = g_new0(bool, (gsize)g->s->n_nodes + 1), more = true;
    for (guint i = 0; i < g->edges->len; i++) {
        const struct node_edge *e = &g_array_index(g->edges, struct node_edge, i);
        g->has_way[e->to] |= e->from != e->to;
        is_gate[e->to] |= is_reached(g, e->from) && !is_reached(g, e->to);
    }
    for (int32_t i = 0; i < g->s->n_nodes; i++) {
        is_gate[i] |= !is_reached(g, i) && !g->has_way[i];
        g->gate[i] = is_gate[i] ? i : GATE_NONE;
    }
    while (more) {
        more = false;
        for (guint i = 0; i < g->edges->len; i++) {
            const struct node_edge *e = &g_array_index(g->edges, struct node_edge, i);
            if (is_reached(g, e->from) || is_reached(g, e->to) || is_gate[e->to])
                continue;
            const int32_t gate = join_gates(g->gate[e->to], g->gate[e->from]);
            more |= gate != g->gate[e->to];
            g->gate[e->to] = gate;
        }
    }
    g_free(is_gate);
}

/* "`a` and `b` are never true there together": the smallest set of the condition's terms that rules it out. NULL: none does. To be
 * freed. */
static char *terms_cause(const struct groups *g, int32_t when)
{
    const uint32_t cause = when >= 0 ? coverage_cause(g->r->coverage, when) : 0;
    const int32_t n = __builtin_popcount(cause);
    GString *out = g_string_new(NULL);
    int32_t told = 0;
    for (int32_t i = 0; i < TERMS_MAX; i++) {
        if (!(cause >> i & 1))
            continue;
        g_autofree char *text = terms_text(g->terms, when, i);
        g_string_append_printf(out, "%s`%s`", told == 0 ? "" : told == n - 1 ? " and " : ", ", text);
        told++;
    }
    g_string_append(out, n == 1 ? " is never true there" : " are never true there together");
    return g_string_free(out, n == 0);
}

/* Why a part of a route that is followed never wins. To be freed. */
static char *part_cause(const struct groups *g, int32_t part)
{
    if (!g->r->coverage->asked[part])
        return g_strdup("an earlier part always wins");
    char *terms = terms_cause(g, g->s->parts[part].when);
    return terms ? terms : g_strdup("where it leads, there is no way on then");
}

static void add_because(const struct groups *g, const char *cause)
{
    if (cause)
        g_string_append_printf(g->out, ", because %s", cause);
}

/* Does anybody come by the route of this part? */
static bool is_followed(const struct groups *g, int32_t part)
{
    return g->r->coverage->routes[g->route_of[part]];
}

/* The parts that lead to the node and are never taken. Returns how many there are. */
static int32_t add_parts_to(const struct groups *g, struct finding_group *group, int32_t node)
{
    int32_t n = 0;
    for (int32_t i = 0; i < g->s->n_parts; i++) {
        const struct story_part *p = &g->s->parts[i];
        if (p->to.kind != STORY_TO_NODE || p->to.index != node || g->r->coverage->parts[i] || n++ >= WAYS_SHOWN)
            continue;
        g_autofree char *place = finding_part_place(g->s, i), *cause = is_followed(g, i) ? part_cause(g, i) : NULL;
        g_string_append_printf(g->out, "%s is never taken", place);
        add_because(g, cause);
        add_way(g, group, p->mark);
    }
    return n;
}

/* The options that lead straight to the node. */
static int32_t add_options_to(const struct groups *g, struct finding_group *group, int32_t node)
{
    int32_t n = 0;
    for (int32_t i = 0; i < g->s->n_options; i++) {
        const struct story_option *o = &g->s->options[i];
        if (o->to.kind != STORY_TO_NODE || o->to.index != node || g->r->coverage->taken[i] || n++ >= WAYS_SHOWN)
            continue;
        g_autofree char *cause = terms_cause(g, o->when);
        g_string_append_printf(g->out, "option \"%s\" of decision \"%s\" is never taken", o->name,
                               g->s->decisions[o->decision].name);
        add_because(g, cause);
        add_way(g, group, o->mark);
    }
    return n;
}

static void add_ways_in(const struct groups *g, struct finding_group *group, int32_t node)
{
    g_string_truncate(g->out, 0);
    const int32_t n = add_parts_to(g, group, node) + add_options_to(g, group, node);
    if (n <= (int32_t)group->ways->len)
        return;
    g_string_append_printf(g->out, "and %d more", n - (int32_t)group->ways->len);
    add_way(g, group, (struct story_mark){0});
}

/* How many of the nodes are endings. */
static int32_t count_endings(const struct groups *g, const GArray *nodes)
{
    int32_t n = 0;
    for (guint i = 0; i < nodes->len; i++)
        n += g->s->nodes[g_array_index(nodes, int32_t, i)].ending >= 0;
    return n;
}

static void write_node_group(const struct groups *g, const GArray *nodes, int32_t gate)
{
    const int32_t first = g_array_index(nodes, int32_t, 0), endings = count_endings(g, nodes);
    if (nodes->len == 1)
        g_string_append_printf(g->out, "node \"%s\" can't be reached", g->s->nodes[first].name);
    else
        g_string_append_printf(g->out, "%u nodes can't be reached", nodes->len);
    if (endings > 0 && nodes->len == 1)
        g_string_append(g->out, ", and so can't its ending");
    else if (endings > 0)
        g_string_append_printf(g->out, ", %d of them %s", endings, endings == 1 ? "an ending" : "endings");
    const bool alone = gate >= 0 && !g->has_way[gate];
    if (nodes->len > 1 && gate >= 0)
        g_string_append_printf(g->out, ", all behind \"%s\"%s", g->s->nodes[gate].name,
                               alone ? ", to which nothing leads" : "");
    else if (gate == GATE_SEVERAL)
        g_string_append(g->out, ", only from several of the others");
    else if (gate == GATE_NONE || alone)
        g_string_append(g->out, ": nothing leads there");
    if (nodes->len > 1) {
        g_string_append(g->out, ": ");
        add_names(g, nodes);
    }
}

/* The findings about the node and its ending. */
static void add_node_findings(const struct groups *g, int32_t node)
{
    const guint group = g->to->all->len - 1;
    const int32_t ending = g->s->nodes[node].ending;
    add_to_group(g, group, g->of_node[node]);
    if (ending >= 0 && g->of_ending[ending] >= 0 && g->to->group_of[g->of_ending[ending]] < 0)
        add_to_group(g, group, g->of_ending[ending]);
}

/* One group: the gate itself first, if it is one. */
static void add_node_group(const struct groups *g, const GArray *nodes, int32_t gate)
{
    struct finding_group *group = begin_group(g, g->of_node[g_array_index(nodes, int32_t, 0)]);
    for (guint i = 0; i < nodes->len; i++)
        add_node_findings(g, g_array_index(nodes, int32_t, i));
    write_node_group(g, nodes, gate);
    end_group(g, group);
    if (gate >= 0 && g->has_way[gate])
        add_ways_in(g, group, gate);
}

static void add_nodes_of(const struct groups *g, int32_t gate)
{
    GArray *nodes = g_array_new(FALSE, FALSE, sizeof(int32_t));
    if (gate >= 0)
        g_array_append_val(nodes, gate);
    for (int32_t i = 0; i < g->s->n_nodes; i++)
        if (!is_reached(g, i) && g->gate[i] == gate && i != gate)
            g_array_append_val(nodes, i);
    if (nodes->len > 0)
        add_node_group(g, nodes, gate);
    g_array_unref(nodes);
}

/* Nodes to which nothing leads, and behind which there is nothing, stand together. */
static void join_lonely(struct groups *g)
{
    int32_t *behind = g_new0(int32_t, (gsize)g->s->n_nodes + 1);
    for (int32_t i = 0; i < g->s->n_nodes; i++)
        if (!is_reached(g, i) && g->gate[i] >= 0)
            behind[g->gate[i]]++;
    for (int32_t i = 0; i < g->s->n_nodes; i++)
        if (behind[i] == 1 && !g->has_way[i])
            g->gate[i] = GATE_NONE;
    g_free(behind);
}

static void add_all_nodes(struct groups *g)
{
    find_gates(g);
    join_lonely(g);
    for (int32_t i = 0; i < g->s->n_nodes; i++)
        if (!is_reached(g, i) && g->gate[i] == i)
            add_nodes_of(g, i);
    add_nodes_of(g, GATE_SEVERAL);
    add_nodes_of(g, GATE_NONE);
}

/* ---- endings, options, parts, effects ------------------------------------------------------------------------- */

static int32_t condition_of(const struct story *s, const struct explore_finding *f)
{
    return f->kind == EXPLORE_OPTION   ? s->options[f->subject].when
           : f->kind == EXPLORE_PART   ? s->parts[f->subject].when
           : f->kind == EXPLORE_EFFECT ? s->effects[f->subject].when
                                       : -1;
}

/* Is it a part that never gets its turn? */
static bool is_late(const struct groups *g, const struct explore_finding *f)
{
    return f->kind == EXPLORE_PART && is_followed(g, f->subject) && !g->r->coverage->asked[f->subject];
}

/* Why it never happens, as far as that is known. To be freed. */
static char *cause_of(const struct groups *g, const struct explore_finding *f)
{
    if (f->kind == EXPLORE_PART)
        return is_followed(g, f->subject) ? part_cause(g, f->subject) : NULL;
    return terms_cause(g, condition_of(g->s, f));
}

/* What findings with the same cause have in common: that an earlier part always wins, or the condition as it is written, and why it
 * never holds. NULL: this one stands alone. To be freed. */
static char *key_of(const struct groups *g, int32_t finding)
{
    const struct explore_finding *f = &g->r->findings[finding];
    const int32_t when = condition_of(g->s, f);
    if (is_late(g, f))
        return g_strdup("late");
    return when < 0 ? NULL
                    : g_strdup_printf("%d %s: %s", (int)f->kind, g->s->exprs[when].source,
                                      g->to->because[finding] ? g->to->because[finding] : "");
}

/* A group of its own, or that of an earlier finding with the same cause. */
static void add_by_cause(const struct groups *g, int32_t finding)
{
    g_autofree char *key = key_of(g, finding);
    const guint known = key ? GPOINTER_TO_UINT(g_hash_table_lookup(g->causes, key)) : 0;
    if (known == 0)
        begin_group(g, finding);
    const guint group = known > 0 ? known - 1 : g->to->all->len - 1;
    add_to_group(g, group, finding);
    if (key && known == 0)
        g_hash_table_insert(g->causes, g_steal_pointer(&key), GUINT_TO_POINTER(group + 1));
}

static void write_by_cause(const struct groups *g, struct finding_group *group)
{
    static const char *const things[EXPLORE_KINDS] = {
        [EXPLORE_OPTION] = "options are never available",
        [EXPLORE_PART] = "parts of routes are never taken",
        [EXPLORE_EFFECT] = "changes never happen",
    };
    const int32_t first = g_array_index(group->findings, int32_t, 0);
    const struct explore_finding *all = g->r->findings;
    g_autofree char *sentence = finding_sentence(g->s, &all[first]);
    g_string_truncate(g->out, 0);
    if (group->findings->len == 1)
        g_string_append(g->out, sentence);
    else
        g_string_append_printf(g->out, "%u %s", group->findings->len, things[group->kind]);
    add_because(g, g->to->because[first]);
    for (guint i = 0; group->findings->len > 1 && i < group->findings->len; i++)
        g_string_append_printf(g->out, "%s %u", i == 0 ? ": lines" : "",
                               finding_mark(g->s, &all[g_array_index(group->findings, int32_t, i)]).line);
    end_group(g, group);
}

static void add_all(struct groups *g)
{
    bool nodes = false;
    for (int32_t i = 0; i < g->r->n_findings; i++) {
        if (g->r->findings[i].kind == EXPLORE_NODE && !nodes) {
            add_all_nodes(g);
            nodes = true;
        }
        if (g->to->group_of[i] < 0)
            add_by_cause(g, i);
    }
    for (guint i = 0; i < g->to->all->len; i++) {
        struct finding_group *group = &g_array_index(g->to->all, struct finding_group, i);
        if (!group->message)
            write_by_cause(g, group);
    }
}

/* Where the findings about nodes and endings stand, and the routes of parts. */
static void index_story(struct groups *g)
{
    const struct story *s = g->s;
    g->of_node = g_new0(int32_t, (gsize)s->n_nodes + 1);
    g->of_ending = g_new(int32_t, (gsize)s->n_endings + 1);
    g->route_of = g_new0(int32_t, (gsize)s->n_parts + 1);
    for (int32_t i = 0; i < s->n_endings; i++)
        g->of_ending[i] = -1;
    for (int32_t i = 0; i < g->r->n_findings; i++) {
        const struct explore_finding *f = &g->r->findings[i];
        if (f->kind == EXPLORE_NODE)
            g->of_node[f->subject] = i;
        if (f->kind == EXPLORE_ENDING)
            g->of_ending[f->subject] = i;
    }
    for (int32_t i = 0; i < s->n_routes; i++)
        for (int32_t k = 0; k < s->routes[i].parts.n; k++)
            g->route_of[s->routes[i].parts.first + k] = i;
}

struct finding_groups *finding_groups_new(const struct story *s, const struct explore_result *r)
{
    struct finding_groups *to = g_new0(struct finding_groups, 1);
    struct groups g = {.s = s, .r = r, .edges = node_edges_of(s), .terms = terms_new(s), .to = to};
    g.gate = g_new0(int32_t, (gsize)s->n_nodes + 1);
    g.has_way = g_new0(bool, (gsize)s->n_nodes + 1);
    g.causes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g.out = g_string_new(NULL);
    index_story(&g);
    to->all = g_array_new(FALSE, FALSE, sizeof(struct finding_group));
    g_array_set_clear_func(to->all, clear_group);
    to->n_findings = r->n_findings;
    to->group_of = g_new(int32_t, (gsize)r->n_findings + 1);
    to->because = g_new0(char *, (gsize)r->n_findings + 1);
    for (int32_t i = 0; i < r->n_findings; i++) {
        to->group_of[i] = -1;
        to->because[i] = cause_of(&g, &r->findings[i]);
    }
    add_all(&g);
    g_string_free(g.out, TRUE);
    g_hash_table_unref(g.causes);
    g_free(g.route_of);
    g_free(g.of_ending);
    g_free(g.of_node);
    g_free(g.has_way);
    g_free(g.gate);
    terms_free(g.terms);
    g_array_unref(g.edges);
    return to;
}

void finding_groups_free(struct finding_groups *g)
{
    if (!g)
        return;
    for (int32_t i = 0; i < g->n_findings; i++)
        g_free(g->because[i]);
    g_free(g->because);
    g_free(g->group_of);
    g_array_unref(g->all);
    g_free(g);
}

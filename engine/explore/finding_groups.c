#include "explore/finding_groups.h"

#include "base/console.h"
#include "base/safe.h"
#include "explore/finding_words.h"
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
    bool colour;
    GArray *edges; /* struct node_edge */
    struct terms *terms;
    int32_t *gate; /* node that is not reached: GATE_…, or the node by which every way to it goes */
    bool *has_way; /* node: some other one could lead to it */
    GString *out;
};

bool finding_groups_has(enum explore_kind kind)
{
    return kind == EXPLORE_NODE || kind == EXPLORE_ENDING || kind == EXPLORE_OPTION || kind == EXPLORE_PART ||
           kind == EXPLORE_EFFECT;
}

/* ---- lines ---------------------------------------------------------------------------------------------------- */

static void begin_line(const struct groups *g, struct story_mark mark, enum explore_kind kind)
{
    const bool mistake = explore_kind_info(kind)->mistake;
    if (mark.line > 0 && mark.file < g->s->n_files)
        safe_printf(g->out, "%s:%u:%u: ", g->s->files[mark.file], mark.line, (unsigned)mark.col);
    console_paint(g->out, mistake ? PAINT_ERROR : PAINT_WARNING, g->colour);
    g_string_append(g->out, mistake ? "mistake" : "note");
    console_paint(g->out, PAINT_NONE, g->colour);
    g_string_append(g->out, ": ");
}

static void end_line(const struct groups *g, enum explore_kind kind)
{
    safe_printf(g->out, " [%s]\n", explore_kind_info(kind)->name);
}

/* "\"a\", \"b\", 3 more" */
static void add_names(const struct groups *g, const GArray *nodes)
{
    for (guint i = 0; i < MIN(nodes->len, NAMES_SHOWN); i++)
        safe_printf(g->out, "%s\"%s\"", i > 0 ? ", " : "", g->s->nodes[g_array_index(nodes, int32_t, i)].name);
    if (nodes->len > NAMES_SHOWN)
        safe_printf(g->out, ", %u more", nodes->len - NAMES_SHOWN);
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

/* ", because `a` and `b` are never true there together": the smallest set of the condition's terms that rules it out. */
static void add_terms(const struct groups *g, int32_t when)
{
    const uint32_t cause = coverage_cause(g->r->coverage, when);
    const int32_t n = __builtin_popcount(cause);
    int32_t told = 0;
    for (int32_t i = 0; i < TERMS_MAX; i++) {
        if (!(cause >> i & 1))
            continue;
        g_autofree char *text = terms_text(g->terms, when, i);
        safe_printf(g->out, "%s`%s`", told == 0 ? ", because " : told == n - 1 ? " and " : ", ", text);
        told++;
    }
    g_string_append(g->out, n == 0 ? "" : n == 1 ? " is never true there" : " are never true there together");
}

/* Why a part never wins: ", because …". */
static void add_part_cause(const struct groups *g, int32_t part)
{
    const int32_t when = g->s->parts[part].when;
    if (!g->r->coverage->asked[part])
        g_string_append(g->out, ", because an earlier part always wins");
    else if (when >= 0 && coverage_cause(g->r->coverage, when) != 0)
        add_terms(g, when);
    else
        g_string_append(g->out, ", because where it leads, there is no way on then");
}

/* Does anybody come by the route of this part? */
static bool is_followed(const struct groups *g, int32_t part)
{
    for (int32_t i = 0; i < g->s->n_routes; i++) {
        const struct story_span parts = g->s->routes[i].parts;
        if (part >= parts.first && part < parts.first + parts.n)
            return g->r->coverage->routes[i];
    }
    return false;
}

/* The parts that lead to the node and are never taken. Returns how many there are. */
static int32_t add_parts_to(const struct groups *g, int32_t node)
{
    int32_t n = 0;
    for (int32_t i = 0; i < g->s->n_parts; i++) {
        const struct story_part *p = &g->s->parts[i];
        if (p->to.kind != STORY_TO_NODE || p->to.index != node || g->r->coverage->parts[i] || n++ >= WAYS_SHOWN)
            continue;
        g_autofree char *place = finding_part_place(g->s, i);
        safe_printf(g->out, "    way in, line %u: %s is never taken", p->mark.line, place);
        if (is_followed(g, i))
            add_part_cause(g, i);
        g_string_append_c(g->out, '\n');
    }
    return n;
}

/* The options that lead straight to the node. */
static int32_t add_options_to(const struct groups *g, int32_t node)
{
    int32_t n = 0;
    for (int32_t i = 0; i < g->s->n_options; i++) {
        const struct story_option *o = &g->s->options[i];
        if (o->to.kind != STORY_TO_NODE || o->to.index != node || g->r->coverage->taken[i] || n++ >= WAYS_SHOWN)
            continue;
        safe_printf(g->out, "    way in, line %u: option \"%s\" of decision \"%s\" is never taken", o->mark.line,
                    o->name, g->s->decisions[o->decision].name);
        if (o->when >= 0)
            add_terms(g, o->when);
        g_string_append_c(g->out, '\n');
    }
    return n;
}

static void add_ways_in(const struct groups *g, int32_t node)
{
    const int32_t n = add_parts_to(g, node) + add_options_to(g, node);
    if (n > 2 * WAYS_SHOWN)
        safe_printf(g->out, "    and %d more\n", n - 2 * WAYS_SHOWN);
}

/* How many of the nodes are endings. */
static int32_t count_endings(const struct groups *g, const GArray *nodes)
{
    int32_t n = 0;
    for (guint i = 0; i < nodes->len; i++)
        n += g->s->nodes[g_array_index(nodes, int32_t, i)].ending >= 0;
    return n;
}

/* One group: the gate itself first, if it is one. */
static void add_node_group(const struct groups *g, const GArray *nodes, int32_t gate)
{
    const int32_t first = g_array_index(nodes, int32_t, 0), endings = count_endings(g, nodes);
    begin_line(g, g->s->nodes[first].mark, EXPLORE_NODE);
    if (nodes->len == 1)
        safe_printf(g->out, "node \"%s\" can't be reached", g->s->nodes[first].name);
    else
        safe_printf(g->out, "%u nodes can't be reached", nodes->len);
    if (endings > 0 && nodes->len == 1)
        g_string_append(g->out, ", and so can't its ending");
    else if (endings > 0)
        safe_printf(g->out, ", %d of them %s", endings, endings == 1 ? "an ending" : "endings");
    const bool alone = gate >= 0 && !g->has_way[gate];
    if (nodes->len > 1 && gate >= 0)
        safe_printf(g->out, ", all behind \"%s\"%s", g->s->nodes[gate].name, alone ? ", to which nothing leads" : "");
    else if (gate == GATE_SEVERAL)
        g_string_append(g->out, ", only from several of the others");
    else if (gate == GATE_NONE || alone)
        g_string_append(g->out, ": nothing leads there");
    if (nodes->len > 1) {
        g_string_append(g->out, ": ");
        add_names(g, nodes);
    }
    end_line(g, EXPLORE_NODE);
    if (gate >= 0 && !alone)
        add_ways_in(g, gate);
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

/* Do both fail for the same reason: an earlier part, or what is the same condition as written? */
static bool same_cause(const struct groups *g, const struct explore_finding *a, const struct explore_finding *b)
{
    const int32_t x = condition_of(g->s, a), y = condition_of(g->s, b);
    if (a->kind != b->kind || is_late(g, a) || is_late(g, b))
        return a->kind == b->kind && is_late(g, a) && is_late(g, b);
    return x >= 0 && y >= 0 && strcmp(g->s->exprs[x].source, g->s->exprs[y].source) == 0 &&
           coverage_cause(g->r->coverage, x) == coverage_cause(g->r->coverage, y);
}

/* Why it never happens, as far as that is known. */
static void add_cause(const struct groups *g, const struct explore_finding *f)
{
    const int32_t when = condition_of(g->s, f);
    if (f->kind == EXPLORE_PART && is_followed(g, f->subject))
        add_part_cause(g, f->subject);
    else if (f->kind == EXPLORE_OPTION && when >= 0)
        add_terms(g, when);
    else if (when >= 0)
        safe_printf(g->out, ", because `%s` is never true there", g->s->exprs[when].source);
}

static void add_finding(const struct groups *g, const struct explore_finding *f)
{
    g_autofree char *sentence = finding_sentence(g->s, f);
    begin_line(g, finding_mark(g->s, f), f->kind);
    safe_printf(g->out, "%s", sentence);
    add_cause(g, f);
    end_line(g, f->kind);
}

/* A finding with all later ones that have the same cause. */
static void add_same(const struct groups *g, int32_t first, bool *told)
{
    static const char *const things[EXPLORE_KINDS] = {
        [EXPLORE_OPTION] = "options are never available",
        [EXPLORE_PART] = "parts of routes are never taken",
        [EXPLORE_EFFECT] = "changes never happen",
    };
    const struct explore_finding *all = g->r->findings, *f = &all[first];
    int32_t n = 0;
    for (int32_t i = first; i < g->r->n_findings; i++)
        n += i == first || same_cause(g, f, &all[i]);
    if (n == 1) {
        add_finding(g, f);
        return;
    }
    begin_line(g, finding_mark(g->s, f), f->kind);
    safe_printf(g->out, "%d %s", n, things[f->kind]);
    add_cause(g, f);
    g_string_append(g->out, ": lines");
    for (int32_t i = first; i < g->r->n_findings; i++) {
        if (i != first && !same_cause(g, f, &all[i]))
            continue;
        told[i] = true;
        safe_printf(g->out, " %u", finding_mark(g->s, &all[i]).line);
    }
    end_line(g, f->kind);
}

/* Is it told with its node? */
static bool goes_with_node(const struct groups *g, const struct explore_finding *f)
{
    bool any = false, reached = false;
    for (int32_t i = 0; i < g->s->n_nodes && f->kind == EXPLORE_ENDING; i++)
        if (g->s->nodes[i].ending == f->subject) {
            any = true;
            reached |= is_reached(g, i);
        }
    return f->kind == EXPLORE_NODE || (any && !reached);
}

void finding_groups_text(const struct story *s, const struct explore_result *r, const struct finding_groups_options *o,
                         GString *out)
{
    struct groups g = {s,
                       r,
                       o->colour,
                       node_edges_of(s),
                       terms_new(s),
                       g_new0(int32_t, (gsize)s->n_nodes + 1),
                       g_new0(bool, (gsize)s->n_nodes + 1),
                       out};
    bool *told = g_new0(bool, (gsize)r->n_findings + 1), nodes = false;
    for (int32_t i = 0; i < r->n_findings; i++) {
        const struct explore_finding *f = &r->findings[i];
        if (f->kind == EXPLORE_NODE && !nodes)
            add_all_nodes(&g);
        nodes |= f->kind == EXPLORE_NODE;
        if (finding_groups_has(f->kind) && !told[i] && !goes_with_node(&g, f))
            add_same(&g, i, told);
    }
    g_free(told);
    g_free(g.has_way);
    g_free(g.gate);
    terms_free(g.terms);
    g_array_unref(g.edges);
}

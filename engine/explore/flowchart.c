#include "explore/flowchart.h"

#include "base/json.h"
#include "base/safe.h"
#include "base/units.h"
#include "story/node_edges.h"
#include "explore/graphviz.h"
#include "play/schedule.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* How many lines of how many characters a box and an arrow have. */
#define BOX_CHARS   24
#define BOX_LINES   3
#define ARROW_CHARS 22
#define ARROW_LINES 3
/* Boxes that no arrow touches stand in columns of so many. */
#define LONELY_COLUMN 12

/* With more arrows than this, the texts of options stand in the arrows' tooltips: beside so many arrows nobody could read them, and
 * Graphviz would take minutes to find room for them. */
#define LABELLED_ARROWS_MAX 150

/* All edges from one node to another, drawn as one arrow. */
struct arrow {
    int32_t from, to;
    GString *label; /* the texts of the options, a line each */
    int32_t lines;
    bool sure;    /* one of the edges has no condition */
    bool usual;   /* one of them is taken if nobody chooses, whatever was before */
    bool back;    /* all of them are a back() */
    bool returns; /* it closes a circle; the layout ignores it */
};

struct flowchart {
    const struct story *s;
    const struct flowchart_options *o;
    GArray *edges;  /* struct node_edge */
    GArray *arrows; /* struct arrow, by from */
    int32_t *first; /* node: its first arrow; n_nodes + 1 */
    int32_t *depth; /* node_edges_depths() */
    bool *neck;     /* node: every way from the start to an ending goes by it */
};

/* ---- words ------------------------------------------------------------------------------------------------------ */

static const char *title_of(const struct flowchart *c, int32_t node)
{
    const struct story_node *n = &c->s->nodes[node];
    const char *title = story_text(c->s, n->title, c->o->language);
    if (!title && n->ending >= 0)
        title = story_text(c->s, c->s->endings[n->ending].title, c->o->language);
    return title ? title : n->name;
}

static const char *option_text(const struct flowchart *c, const struct node_edge *e)
{
    const struct story_option *o = &c->s->options[c->s->decisions[e->decision].options.first + e->option];
    const char *text = story_text(c->s, o->text, c->o->language);
    return text ? text : o->name;
}

static const struct flowchart_mark *mark_of(const struct flowchart *c, int32_t node)
{
    return c->o->marks && c->o->marks[node].text ? &c->o->marks[node] : NULL;
}

/* ---- arrows ----------------------------------------------------------------------------------------------------- */

static struct arrow *arrow_of(struct flowchart *c, guint begin, const struct node_edge *e)
{
    for (guint i = begin; i < c->arrows->len; i++)
        if (g_array_index(c->arrows, struct arrow, i).to == e->to)
            return &g_array_index(c->arrows, struct arrow, i);
    const struct arrow a = {.from = e->from, .to = e->to, .label = g_string_new(NULL), .back = true};
    g_array_append_val(c->arrows, a);
    return &g_array_index(c->arrows, struct arrow, c->arrows->len - 1);
}

/* Is an option under a condition? */
static bool is_conditional(const struct flowchart *c, const struct node_edge *e)
{
    if (e->kind != NODE_EDGE_OPTION)
        return e->maybe;
    return e->maybe || c->s->options[c->s->decisions[e->decision].options.first + e->option].when >= 0;
}

/* The option that is taken if nobody chooses, or -1. */
static int32_t option_by_default(const struct story_decision *d)
{
    return d->timeout.given ? d->timeout.as : d->fallback;
}

/* Does the decision leave the way on to its node if nobody chooses? */
static bool leaves_way(const struct flowchart *c, const struct story_decision *d)
{
    const int32_t option = option_by_default(d);
    return d->timeout.to.kind == STORY_NOWHERE &&
           (option < 0 || c->s->options[d->options.first + option].to.kind == STORY_NOWHERE);
}

/* Is it taken if nobody chooses? */
static bool is_usual(const struct flowchart *c, const struct node_edge *e)
{
    const struct story_span decisions = c->s->nodes[e->from].decisions;
    bool usual = !is_conditional(c, e);
    if (e->kind == NODE_EDGE_OPTION) {
        const struct story_decision *d = &c->s->decisions[e->decision];
        return usual && option_by_default(d) == e->option && d->timeout.to.kind == STORY_NOWHERE;
    }
    for (int32_t i = 0; e->kind == NODE_EDGE_NEXT && i < decisions.n; i++)
        usual &= leaves_way(c, &c->s->decisions[decisions.first + i]);
    return usual;
}

static void add_edge_to_arrow(struct flowchart *c, struct arrow *a, const struct node_edge *e)
{
    a->sure |= !is_conditional(c, e);
    a->back &= e->back;
    a->usual |= is_usual(c, e);
    if (e->kind != NODE_EDGE_OPTION)
        return;
    if (a->lines++ > 0 && a->lines <= ARROW_LINES)
        g_string_append_c(a->label, '\n');
    if (a->lines <= ARROW_LINES)
        graphviz_wrap(a->label, option_text(c, e), ARROW_CHARS, 1);
    else if (a->lines == ARROW_LINES + 1)
        g_string_append(a->label, " …");
}

static void make_arrows(struct flowchart *c)
{
    guint i = 0;
    for (int32_t node = 0; node < c->s->n_nodes; node++) {
        const guint begin = c->arrows->len;
        c->first[node] = (int32_t)begin;
        for (; i < c->edges->len && g_array_index(c->edges, struct node_edge, i).from == node; i++) {
            const struct node_edge *e = &g_array_index(c->edges, struct node_edge, i);
            add_edge_to_arrow(c, arrow_of(c, begin, e), e);
        }
    }
    c->first[c->s->n_nodes] = (int32_t)c->arrows->len;
    assert(i == c->edges->len); /* edges come in the order of their nodes */
}

/* Depth first from one node. An arrow to a node that is still open closes a circle. */
static void find_back_arrows_from(struct flowchart *c, int32_t root, char *state, int32_t *at, GArray *stack)
{
    enum { NEW, OPEN, DONE };
    if (state[root] != NEW)
        return;
    state[root] = OPEN;
    g_array_append_val(stack, root);
    while (stack->len > 0) {
        const int32_t node = g_array_index(stack, int32_t, stack->len - 1);
        if (at[node] == c->first[node + 1]) {
            state[node] = DONE;
            g_array_set_size(stack, stack->len - 1);
            continue;
        }
        struct arrow *a = &g_array_index(c->arrows, struct arrow, at[node]++);
        a->returns = state[a->to] == OPEN;
        if (state[a->to] == NEW) {
            const int32_t to = a->to;
            state[to] = OPEN;
            g_array_append_val(stack, to);
        }
    }
}

static void find_back_arrows(struct flowchart *c)
{
    const gsize n = (gsize)c->s->n_nodes;
    char *state = g_new0(char, n + 1);
    int32_t *at = g_new(int32_t, n + 1);
    GArray *stack = g_array_new(FALSE, FALSE, sizeof(int32_t));
    memcpy(at, c->first, n * sizeof *at);
    find_back_arrows_from(c, c->s->start, state, at, stack);
    for (int32_t i = 0; i < c->s->n_nodes; i++)
        find_back_arrows_from(c, i, state, at, stack);
    g_array_free(stack, TRUE);
    g_free(state);
    g_free(at);
}

/* Is an ending met from the start without coming by this node? */
static bool can_avoid(const struct flowchart *c, int32_t avoided, bool *met, int32_t *stack)
{
    int32_t n = 0;
    memset(met, 0, (size_t)c->s->n_nodes * sizeof *met);
    met[c->s->start] = met[avoided] = true;
    stack[n++] = c->s->start;
    while (n > 0) {
        const int32_t node = stack[--n];
        if (c->s->nodes[node].ending >= 0)
            return true;
        for (int32_t i = c->first[node]; i < c->first[node + 1]; i++) {
            const int32_t to = g_array_index(c->arrows, struct arrow, i).to;
            if (!met[to])
                stack[n++] = to;
            met[to] = true;
        }
    }
    return false;
}

/* The bottlenecks of the film. Its first node and its endings are none: there is nothing to learn from them. */
static void find_necks(struct flowchart *c)
{
    bool *met = g_new0(bool, (gsize)c->s->n_nodes + 1);
    int32_t *stack = g_new(int32_t, (gsize)c->s->n_nodes + 1);
    const bool ends = can_avoid(c, c->s->n_nodes, met, stack); /* avoids no node */
    c->neck = g_new0(bool, (gsize)c->s->n_nodes + 1);
    for (int32_t i = 0; ends && c->s->n_nodes <= FLOWCHART_SVG_NODES_MAX && i < c->s->n_nodes; i++)
        c->neck[i] = i != c->s->start && c->s->nodes[i].ending < 0 && c->depth[i] >= 0 && !can_avoid(c, i, met, stack);
    g_free(stack);
    g_free(met);
}

static void flowchart_begin(struct flowchart *c, const struct story *s, const struct flowchart_options *o)
{
    static const struct flowchart_options none;
    *c = (struct flowchart){.s = s, .o = o ? o : &none, .edges = node_edges_of(s)};
    c->arrows = g_array_new(FALSE, FALSE, sizeof(struct arrow));
    c->first = g_new0(int32_t, s->n_nodes + 1);
    int32_t *index = node_edges_index(s, c->edges);
    c->depth = node_edges_depths(s, c->edges, index);
    g_free(index);
    make_arrows(c);
    find_back_arrows(c);
    find_necks(c);
}

static void flowchart_end(struct flowchart *c)
{
    for (guint i = 0; i < c->arrows->len; i++)
        g_string_free(g_array_index(c->arrows, struct arrow, i).label, TRUE);
    g_array_free(c->arrows, TRUE);
    g_array_unref(c->edges);
    g_free(c->first);
    g_free(c->depth);
    g_free(c->neck);
}

static bool is_pale(const struct flowchart *c, int32_t node)
{
    return c->depth[node] < 0 || (c->o->unreached && c->o->unreached[node]);
}

/* ---- DOT -------------------------------------------------------------------------------------------------------- */

static void dot_attribute(GString *out, const char *name, const char *text)
{
    g_string_append_printf(out, ", %s=", name);
    safe_dot(out, text);
}

static char *box_label(const struct flowchart *c, int32_t node)
{
    const struct story_node *n = &c->s->nodes[node];
    const struct flowchart_mark *mark = mark_of(c, node);
    GString *out = g_string_new(NULL);
    graphviz_wrap(out, title_of(c, node), BOX_CHARS, BOX_LINES);
    for (int32_t i = 0; i < n->decisions.n; i++) {
        const char *prompt = story_text(c->s, c->s->decisions[n->decisions.first + i].prompt, c->o->language);
        if (prompt) {
            g_string_append(out, "\n– ");
            graphviz_wrap(out, prompt, BOX_CHARS, BOX_LINES);
        }
    }
    if (mark) {
        g_string_append(out, "\n⚠ ");
        graphviz_wrap(out, mark->text, BOX_CHARS, BOX_LINES);
    }
    return g_string_free(out, FALSE);
}

struct node_style {
    const char *shape, *style, *fill, *line, *ink;
};

static struct node_style style_of(const struct flowchart *c, int32_t node)
{
    const struct story_node *n = &c->s->nodes[node];
    if (n->ending >= 0)
        return (struct node_style){"box", "rounded,filled", "#1f3a4d", "#1f3a4d", "#ffffff"};
    if (n->clip.kind == STORY_SILENT)
        return (struct node_style){"box", "rounded,filled", "#f4f4f4", "#b0b0b0", "#707070"};
    if (n->decisions.n > 0)
        return (struct node_style){"box", "rounded,filled", "#ffe9b8", "#b98a1e", "#20180a"};
    return (struct node_style){"box", "rounded,filled", "#ffffff", "#606060", "#101010"};
}

static void dot_node(const struct flowchart *c, int32_t node, GString *out)
{
    struct node_style look = style_of(c, node);
    const struct flowchart_mark *mark = mark_of(c, node);
    g_autofree char *label = box_label(c, node), *tip = NULL;
    if (is_pale(c, node) && c->s->nodes[node].ending < 0)
        look.fill = "#ffffff", look.ink = "#909090", look.style = "rounded,filled,dashed";
    if (c->neck[node])
        look.shape = "hexagon", look.style = "filled";
    if (mark)
        look.line = mark->mistake ? "#d01c1c" : "#d07a00";
    g_string_append_printf(out, "  n%d [shape=%s, style=\"%s\", fillcolor=\"%s\", color=\"%s\", fontcolor=\"%s\"", node,
                           look.shape, look.style, look.fill, look.line, look.ink);
    if (node == c->s->start)
        g_string_append(out, ", peripheries=2");
    if (mark)
        g_string_append(out, ", penwidth=3");
    tip = mark ? g_strdup_printf("%s: %s", c->s->nodes[node].name, mark->text) : g_strdup(c->s->nodes[node].name);
    dot_attribute(out, "label", label);
    dot_attribute(out, "tooltip", tip);
    g_string_append(out, "];\n");
}

static bool has_labels(const struct flowchart *c)
{
    return c->arrows->len <= LABELLED_ARROWS_MAX;
}

static void dot_arrow(const struct flowchart *c, const struct arrow *a, GString *out)
{
    const bool ending = c->s->nodes[a->from].ending >= 0; /* it stays at the end, whatever leads on from it */
    g_string_append_printf(out, "  n%d -> n%d [style=\"%s\", color=\"%s\"", a->from, a->to,
                           a->back                    ? "dotted"
                           : !a->sure                 ? "dashed"
                           : a->usual && a->lines > 0 ? "bold"
                                                      : "solid",
                           a->returns || a->back ? "#8a6fb0" : "#505050");
    if (a->returns || a->back || ending)
        g_string_append(out, ", constraint=false");
    if (a->label->len > 0 && !has_labels(c))
        dot_attribute(out, "edgetooltip", a->label->str);
    else if (a->label->len > 0) {
        g_auto(GStrv) lines = g_strsplit(a->label->str, "\n", -1);
        g_autofree char *apart = g_strjoinv(" \n ", lines), *label = g_strdup_printf(" %s ", apart);
        dot_attribute(out, "label", label); /* blanks keep the label off the line */
    }
    g_string_append(out, "];\n");
}

/* Which nodes does no arrow touch? To be freed. */
static bool *find_lonely(const struct flowchart *c)
{
    bool *lonely = g_new(bool, (gsize)c->s->n_nodes + 1);
    memset(lonely, true, (gsize)c->s->n_nodes + 1);
    for (guint i = 0; i < c->arrows->len; i++) {
        const struct arrow *a = &g_array_index(c->arrows, struct arrow, i);
        lonely[a->from] = lonely[a->to] = false;
    }
    return lonely;
}

/* Side by side they would make the drawing many times as wide as the film, so invisible arrows put them into columns. */
static void dot_lonely(const struct flowchart *c, const bool *lonely, GString *out)
{
    int32_t n = 0;
    for (int32_t i = 0, last = -1; i < c->s->n_nodes; i++) {
        if (!lonely[i])
            continue;
        if (n++ % LONELY_COLUMN > 0)
            g_string_append_printf(out, "  n%d -> n%d [style=invis];\n", last, i);
        last = i;
    }
}

static void dot_endings(const struct flowchart *c, const bool *lonely, GString *out)
{
    g_string_append(out, "  {rank=sink;");
    for (int32_t i = 0; i < c->s->n_nodes; i++)
        if (c->s->nodes[i].ending >= 0 && !lonely[i])
            g_string_append_printf(out, " n%d;", i);
    g_string_append(out, "}\n");
}

static void write_dot(const struct flowchart *c, GString *out)
{
    g_string_append(out, "digraph ");
    safe_dot(out, c->s->id);
    g_string_append(
        out, " {\n  graph [rankdir=TB, ranksep=0.55, nodesep=0.3, fontname=\"sans-serif\", labelloc=t, labeljust=l");
    const char *title = story_text(c->s, c->s->title, c->o->language);
    dot_attribute(out, "label", title ? title : c->s->id);
    if (!has_labels(c)) /* good enough, in seconds instead of minutes; and no larger than a poster (A0) */
        g_string_append(out, ", nslimit=1, nslimit1=1, mclimit=0.2, size=\"33.1,46.8\"");
    g_string_append(out, "];\n  node [fontname=\"sans-serif\", fontsize=11, margin=\"0.14,0.07\"];\n"
                         "  edge [fontname=\"sans-serif\", fontsize=9, fontcolor=\"#404040\", arrowsize=0.7];\n");
    for (int32_t i = 0; i < c->s->n_nodes; i++)
        dot_node(c, i, out);
    for (guint i = 0; i < c->arrows->len; i++)
        dot_arrow(c, &g_array_index(c->arrows, struct arrow, i), out);
    bool *lonely = find_lonely(c);
    dot_lonely(c, lonely, out);
    dot_endings(c, lonely, out);
    g_free(lonely);
    g_string_append(out, "}\n");
}

void flowchart_dot(const struct story *s, const struct flowchart_options *o, GString *out)
{
    struct flowchart c;
    flowchart_begin(&c, s, o);
    write_dot(&c, out);
    flowchart_end(&c);
}

/* ---- SVG -------------------------------------------------------------------------------------------------------- */

bool flowchart_svg(const struct story *s, const struct flowchart_options *o, GString *out, GError **error)
{
    g_autoptr(GString) dot = g_string_new(NULL);
    if (s->n_nodes > FLOWCHART_SVG_NODES_MAX) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
                    "%d nodes are too many to lay out (FLOWCHART_SVG_NODES_MAX: %d)", s->n_nodes,
                    FLOWCHART_SVG_NODES_MAX);
        return false;
    }
    flowchart_dot(s, o, dot);
    return graphviz_svg(dot->str, out, error);
}

/* ---- Mermaid ---------------------------------------------------------------------------------------------------- */

/* Mermaid takes Markdown, HTML and its own syntax in labels for markup, so all special characters become character codes. */
static void mermaid_text(GString *out, const char *text)
{
    g_string_append_c(out, '"');
    for (const char *p = text; *p; p = g_utf8_next_char(p)) {
        const gunichar ch = g_utf8_get_char(p);
        if (ch == '\n')
            g_string_append(out, "<br/>");
        else if (safe_is_control(ch))
            g_string_append(out, "\uFFFD");
        else if (ch > 127 || g_ascii_isalnum((char)ch) || strchr(" .,:?!'-", (int)ch))
            g_string_append_unichar(out, ch);
        else
            g_string_append_printf(out, "#%u;", ch);
    }
    g_string_append_c(out, '"');
}

static void mermaid_node(const struct flowchart *c, int32_t node, GString *out)
{
    const struct flowchart_mark *mark = mark_of(c, node);
    const bool ending = c->s->nodes[node].ending >= 0;
    g_autofree char *label = box_label(c, node);
    g_string_append_printf(out, "  n%d%s", node, ending ? "([" : "[");
    mermaid_text(out, label);
    g_string_append(out, ending ? "])" : "]");
    if (mark)
        g_string_append(out, mark->mistake ? ":::mistake" : ":::note");
    else if (is_pale(c, node))
        g_string_append(out, ":::pale");
    g_string_append_c(out, '\n');
}

void flowchart_mermaid(const struct story *s, const struct flowchart_options *o, GString *out)
{
    struct flowchart c;
    flowchart_begin(&c, s, o);
    g_string_append(out, "flowchart TD\n");
    for (int32_t i = 0; i < s->n_nodes; i++)
        mermaid_node(&c, i, out);
    for (guint i = 0; i < c.arrows->len; i++) {
        const struct arrow *a = &g_array_index(c.arrows, struct arrow, i);
        g_string_append_printf(out, "  n%d %s", a->from, a->sure && !a->back ? "-->" : "-.->");
        if (a->label->len > 0) {
            g_string_append_c(out, '|');
            mermaid_text(out, a->label->str);
            g_string_append_c(out, '|');
        }
        g_string_append_printf(out, " n%d\n", a->to);
    }
    g_string_append(
        out, "  classDef mistake stroke:#d01c1c,stroke-width:3px\n  classDef note stroke:#d07a00,stroke-width:3px\n"
             "  classDef pale stroke-dasharray:4 4,color:#909090\n");
    flowchart_end(&c);
}

/* ---- JSON ------------------------------------------------------------------------------------------------------- */

static void put_flowchart_node(JsonBuilder *b, const struct flowchart *c, int32_t node)
{
    const struct story_node *n = &c->s->nodes[node];
    const struct flowchart_mark *mark = mark_of(c, node);
    json_builder_begin_object(b);
    json_put_text(b, "node", n->name);
    json_put_text(b, "title", title_of(c, node));
    json_put_bool(b, "silent", n->clip.kind == STORY_SILENT);
    json_put_int(b, "planned_us", schedule_planned_length(c->s, node));
    json_put_int(b, "depth", c->depth[node]);
    json_put_text(b, "ending", n->ending >= 0 ? c->s->endings[n->ending].name : NULL);
    json_put_bool(b, "unreached", is_pale(c, node));
    json_put_text(b, "finding", mark ? mark->text : NULL);
    json_put_bool(b, "mistake", mark && mark->mistake);
    json_builder_end_object(b);
}

static void put_flowchart_edge(JsonBuilder *b, const struct flowchart *c, const struct node_edge *e)
{
    static const char *const kinds[] = {
        [NODE_EDGE_NEXT] = "next", [NODE_EDGE_OPTION] = "option", [NODE_EDGE_TIMEOUT] = "timeout"};
    const struct story_decision *d = e->decision >= 0 ? &c->s->decisions[e->decision] : NULL;
    const bool option = e->kind == NODE_EDGE_OPTION && d;
    json_builder_begin_object(b);
    json_put_text(b, "from", c->s->nodes[e->from].name);
    json_put_text(b, "to", c->s->nodes[e->to].name);
    json_put_text(b, "kind", kinds[e->kind]);
    json_put_text(b, "decision", d ? d->name : NULL);
    json_put_text(b, "option", option ? c->s->options[d->options.first + e->option].name : NULL);
    json_put_text(b, "text", option ? option_text(c, e) : NULL);
    json_put_bool(b, "conditional", is_conditional(c, e));
    json_put_bool(b, "back", e->back);
    json_builder_end_object(b);
}

static void put_flowchart(JsonBuilder *b, const struct flowchart *c)
{
    json_builder_begin_object(b);
    json_put_int(b, "format", 1);
    json_put_text(b, "story", c->s->id);
    json_put_text(b, "title", story_text(c->s, c->s->title, c->o->language));
    json_put_text(b, "start", c->s->nodes[c->s->start].name);
    json_put_array(b, "nodes");
    for (int32_t i = 0; i < c->s->n_nodes; i++)
        put_flowchart_node(b, c, i);
    json_builder_end_array(b);
    json_put_array(b, "edges");
    for (guint i = 0; i < c->edges->len; i++)
        put_flowchart_edge(b, c, &g_array_index(c->edges, struct node_edge, i));
    json_builder_end_array(b);
    json_builder_end_object(b);
}

void flowchart_json(const struct story *s, const struct flowchart_options *o, GString *out)
{
    struct flowchart c;
    g_autoptr(JsonBuilder) b = json_builder_new();
    flowchart_begin(&c, s, o);
    put_flowchart(b, &c);
    flowchart_end(&c);
    json_put_document(b, true, out);
}

#include "explore/flowchart.h"

#include "base/json.h"
#include "base/safe.h"
#include "base/units.h"
#include "story/node_edges.h"
#include "explore/flow_dot.h"
#include "explore/flow_page.h"
#include "play/schedule.h"

#include <string.h>

#define MERMAID_LINES  3  /* of an arrow's label */
#define OVERVIEW_PARTS 12 /* of a film without acts */

/* ---- DOT -------------------------------------------------------------------------------------------------------- */

/* What all drawings begin with. */
struct chart {
    struct flow_drawing d;
    struct flow *f;
    struct flow_parts *parts;
    bool *apart; /* node: it is marked, so it has its own box */
};

static void chart_begin(struct chart *c, const struct story *s, const struct flowchart_options *o)
{
    static const struct flowchart_options none;
    *c = (struct chart){.apart = g_new0(bool, s->n_nodes + 1)};
    o = o ? o : &none;
    for (int32_t i = 0; o->marks && i < s->n_nodes; i++)
        c->apart[i] = o->marks[i].text;
    const struct flow_options options = {.unfolded = o->unfolded, .apart = c->apart};
    c->f = flow_new(s, &options);
    const int32_t parts = o->overview && s->n_acts == 0 ? OVERVIEW_PARTS : 1;
    c->parts = flow_parts_new(c->f, (c->f->n_boxes + parts - 1) / parts, s->n_acts > 0);
    c->d = (struct flow_drawing){c->f, c->parts, o};
}

static void chart_end(struct chart *c)
{
    flow_parts_free(c->parts);
    flow_free(c->f);
    g_free(c->apart);
}

void flowchart_dot(const struct story *s, const struct flowchart_options *o, GString *out)
{
    struct chart c;
    chart_begin(&c, s, o);
    if (c.d.o->overview)
        flow_dot_overview(&c.d, false, out);
    else
        flow_dot_whole(&c.d, out);
    chart_end(&c);
}

/* ---- SVG -------------------------------------------------------------------------------------------------------- */

bool flowchart_svg(const struct story *s, const struct flowchart_options *o, GString *out,
                   struct flowchart_drawn *drawn, GError **error)
{
    struct chart c;
    chart_begin(&c, s, o);
    drawn->overview = c.d.o->overview || !flow_page_fits(c.f);
    drawn->boxes = c.f->n_boxes;
    drawn->arrows = c.f->n_arrows;
    const bool good = flow_page_svg(c.f, c.d.o, out, &drawn->text, error);
    chart_end(&c);
    return good;
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

static void mermaid_box(const struct flow_drawing *d, int32_t box, GString *out)
{
    const struct flow_box *b = &d->f->boxes[box];
    const struct flowchart_mark *mark = flow_words_mark(d, box);
    const char *open = flow_ending(d->f, box) >= 0 ? "([" : b->neck ? "{{" : b->route >= 0 ? "(" : "[";
    const char *close = flow_ending(d->f, box) >= 0 ? "])" : b->neck ? "}}" : b->route >= 0 ? ")" : "]";
    g_autofree char *label = flow_words_box_label(d, box);
    g_string_append_printf(out, "  n%d%s", box, open);
    mermaid_text(out, label);
    g_string_append(out, close);
    if (mark)
        g_string_append(out, mark->mistake ? ":::mistake" : ":::note");
    else if (!b->reached)
        g_string_append(out, ":::pale");
    g_string_append_c(out, '\n');
}

static void mermaid_part(const struct flow_drawing *d, int32_t part, GString *out)
{
    g_autofree char *title = flow_words_part_title(d, part);
    g_string_append_printf(out, "  subgraph p%d[", part);
    mermaid_text(out, title);
    g_string_append(out, "]\n");
    for (int32_t i = 0; i < d->f->n_boxes; i++)
        if (d->parts->part_of[i] == part)
            mermaid_box(d, i, out);
    g_string_append(out, "  end\n");
}

static void mermaid_arrow(const struct flow_drawing *d, const struct flow_arrow *a, GString *out)
{
    g_autofree char *label = flow_words_arrow_label(d, a, MERMAID_LINES);
    g_string_append_printf(out, "  n%d %s", a->from, !a->sure ? "-.->" : a->usual ? "==>" : "-->");
    if (*label) {
        g_string_append_c(out, '|');
        mermaid_text(out, label);
        g_string_append_c(out, '|');
    }
    g_string_append_printf(out, " n%d\n", a->to);
}

void flowchart_mermaid(const struct story *s, const struct flowchart_options *o, GString *out)
{
    struct chart c;
    chart_begin(&c, s, o);
    g_string_append(out, "flowchart TD\n");
    for (int32_t i = 0; c.parts->n > 1 && i < c.parts->n; i++)
        mermaid_part(&c.d, i, out);
    for (int32_t i = 0; c.parts->n == 1 && i < c.f->n_boxes; i++)
        mermaid_box(&c.d, i, out);
    for (int32_t i = 0; i < c.f->n_arrows; i++)
        mermaid_arrow(&c.d, &c.f->arrows[i], out);
    g_string_append(
        out, "  classDef mistake stroke:#d01c1c,stroke-width:3px\n  classDef note stroke:#d07a00,stroke-width:3px\n"
             "  classDef pale stroke-dasharray:4 4,color:#909090\n");
    chart_end(&c);
}

/* ---- JSON ------------------------------------------------------------------------------------------------------- */

static void put_node(JsonBuilder *b, const struct flow_drawing *d, int32_t node, int32_t depth)
{
    const struct story *s = d->f->s;
    const struct story_node *n = &s->nodes[node];
    const int32_t box = d->f->box_of[node];
    const struct flowchart_mark *mark = flow_words_mark(d, box);
    json_builder_begin_object(b);
    json_put_text(b, "node", n->name);
    json_put_text(b, "title", flow_words_title(d, node));
    json_put_text(b, "act", n->act >= 0 ? s->acts[n->act] : NULL);
    json_put_bool(b, "silent", n->clip.kind == STORY_SILENT);
    json_put_int(b, "planned_us", schedule_planned_length(s, node));
    json_put_int(b, "depth", depth);
    json_put_text(b, "ending", n->ending >= 0 ? s->endings[n->ending].name : NULL);
    json_put_bool(b, "bottleneck", d->f->boxes[box].neck);
    json_put_bool(b, "unreached", depth < 0);
    json_put_text(b, "finding", mark ? mark->text : NULL);
    json_put_bool(b, "mistake", mark && mark->mistake);
    json_builder_end_object(b);
}

static void put_edge(JsonBuilder *b, const struct flow_drawing *d, const struct node_edge *e)
{
    static const char *const kinds[] = {
        [NODE_EDGE_NEXT] = "next", [NODE_EDGE_OPTION] = "option", [NODE_EDGE_TIMEOUT] = "timeout"};
    const struct story *s = d->f->s;
    const struct story_decision *decision = e->decision >= 0 ? &s->decisions[e->decision] : NULL;
    const struct story_option *o =
        e->kind == NODE_EDGE_OPTION ? &s->options[decision->options.first + e->option] : NULL;
    const char *text = o ? story_text(s, o->text, d->o->language) : NULL;
    json_builder_begin_object(b);
    json_put_text(b, "from", s->nodes[e->from].name);
    json_put_text(b, "to", s->nodes[e->to].name);
    json_put_text(b, "kind", kinds[e->kind]);
    json_put_text(b, "decision", decision ? decision->name : NULL);
    json_put_text(b, "option", o ? o->name : NULL);
    json_put_text(b, "text", o && !text ? o->name : text);
    json_put_bool(b, "conditional", e->maybe || (o && o->when >= 0));
    json_put_bool(b, "back", e->back);
    json_builder_end_object(b);
}

static void put_flowchart(JsonBuilder *b, const struct flow_drawing *d)
{
    const struct story *s = d->f->s;
    g_autoptr(GArray) edges = node_edges_of(s);
    g_autofree int32_t *index = node_edges_index(s, edges), *depths = node_edges_depths(s, edges, index);
    json_builder_begin_object(b);
    json_put_int(b, "format", 1);
    json_put_text(b, "story", s->id);
    json_put_text(b, "title", story_text(s, s->title, d->o->language));
    json_put_text(b, "start", s->nodes[s->start].name);
    json_put_array(b, "nodes");
    for (int32_t i = 0; i < s->n_nodes; i++)
        put_node(b, d, i, depths[i]);
    json_builder_end_array(b);
    json_put_array(b, "edges");
    for (guint i = 0; i < edges->len; i++)
        put_edge(b, d, &g_array_index(edges, struct node_edge, i));
    json_builder_end_array(b);
    json_builder_end_object(b);
}

void flowchart_json(const struct story *s, const struct flowchart_options *o, GString *out)
{
    struct chart c;
    g_autoptr(JsonBuilder) b = json_builder_new();
    chart_begin(&c, s, o);
    put_flowchart(b, &c.d);
    chart_end(&c);
    json_put_document(b, true, out);
}

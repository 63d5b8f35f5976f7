#include "explore/flow_dot.h"

#include "base/safe.h"
#include "explore/graphviz.h"

#include <string.h>

#define ARROW_LINES 3  /* of a label */
#define LABEL_CHARS 18 /* of a label that stands for another part */

/* In a drawing of more arrows, the texts of options stand in the arrows' tooltips: nobody could read them beside so many arrows, and
 * Graphviz would take minutes to find room for them. */
#define LABELLED_ARROWS_MAX 150

/* An overview of more endings counts them. */
#define OVERVIEW_ENDINGS_MAX 30

/* An arrow back is drawn as a curve, if not more than so many lead to its box, and over not more than so many ranks. */
#define CURVES_MAX      3
#define CURVE_RANKS_MAX 6

/* Boxes that no arrow touches stand in columns of so many. */
#define LONELY_COLUMN 12

/* ---- attributes -------------------------------------------------------------------------------------------------- */

struct look {
    const char *shape, *style, *fill, *line, *ink;
    int line_width, size;
};

static const struct look ending_look = {"octagon", "filled", "#1f3a4d", "#1f3a4d", "#ffffff", 1, 12};
static const struct look decision_look = {"box", "rounded,filled", "#ffe9b8", "#b98a1e", "#20180a", 1, 11};
static const struct look role_look = {"box", "rounded,filled", "#e4efe0", "#4f7d4a", "#10200e", 1, 11};
static const struct look plain_look = {"box", "rounded,filled", "#ffffff", "#606060", "#101010", 1, 11};
static const struct look silent_look = {"box", "rounded,filled", "#f0f0f0", "#b0b0b0", "#606060", 1, 9};
static const struct look route_look = {"ellipse", "filled", "#f0f0f0", "#b0b0b0", "#606060", 1, 9};
static const struct look label_look = {"box", "rounded,filled", "#e3ebf0", "#e3ebf0", "#30505f", 1, 9};
static const struct look back_look = {"box", "rounded,filled", "#ece4f4", "#ece4f4", "#5a3d85", 1, 9};

#define LOOP_INK "#6b3fa0"

static struct look look_of(const struct flow_drawing *d, int32_t box)
{
    const struct flow_box *b = &d->f->boxes[box];
    const struct flowchart_mark *mark = flow_words_mark(d, box);
    const bool ending = flow_ending(d->f, box) >= 0;
    const bool silent = b->route < 0 && b->n_nodes == 1 && d->f->s->nodes[b->first_node].clip.kind == STORY_SILENT;
    struct look look = ending                    ? ending_look
                       : b->route >= 0           ? route_look
                       : flow_role(d->f, box)    ? role_look
                       : flow_decides(d->f, box) ? decision_look
                       : silent                  ? silent_look
                                                 : plain_look;
    if (!b->reached && !ending)
        look.fill = "#ffffff", look.ink = "#808080", look.style = "rounded,filled,dashed";
    if (b->neck)
        look.shape = "hexagon", look.style = "filled", look.line_width = 3;
    if (b->loops > 0)
        look.line = LOOP_INK, look.line_width = 3;
    if (mark)
        look.line = mark->mistake ? "#d01c1c" : "#d07a00", look.line_width = 3;
    return look;
}

static void put_text(GString *out, const char *name, const char *text)
{
    g_string_append_printf(out, ", %s=", name);
    safe_dot(out, text);
}

static void put_look(GString *out, const struct look *look)
{
    g_string_append_printf(out, "shape=%s, style=\"%s\", fillcolor=\"%s\", color=\"%s\", fontcolor=\"%s\"", look->shape,
                           look->style, look->fill, look->line, look->ink);
    if (look->line_width > 1)
        g_string_append_printf(out, ", penwidth=%d", look->line_width);
    if (g_str_has_suffix(look->shape, "agon")) /* it leaves room enough around a text */
        g_string_append(out, ", margin=\"0.02,0\"");
    if (look->size != plain_look.size)
        g_string_append_printf(out, ", fontsize=%d", look->size);
}

static void put_begin(GString *out, const char *name)
{
    g_string_append(out, "digraph ");
    safe_dot(out, name);
    g_string_append(
        out,
        " {\n  graph [fontname=\"Helvetica,Arial,sans-serif\", ranksep=0.3, nodesep=0.18, labelloc=t, labeljust=l");
}

static void put_rest_of_graph(GString *out, bool across, bool dense)
{
    if (across)
        g_string_append(out, ", rankdir=LR");
    if (dense) /* good enough, in seconds instead of minutes */
        g_string_append(out, ", nslimit=1, nslimit1=1, mclimit=0.2");
    g_string_append(
        out, "];\n  node [fontname=\"Helvetica,Arial,sans-serif\", fontsize=11, margin=\"0.12,0.06\", height=0.3];\n"
             "  edge [fontname=\"Helvetica,Arial,sans-serif\", fontsize=9, fontcolor=\"#404040\", arrowsize=0.7];\n");
}

/* ---- boxes and arrows -------------------------------------------------------------------------------------------- */

/* Adds the numbers of the other parts from which an arrow leads to the box. */
static void add_origins(const struct flow_drawing *d, int32_t box, GString *label)
{
    const int32_t here = d->parts->part_of[box];
    g_autofree bool *met = g_new0(bool, (gsize)d->parts->n);
    const char *before = "\n◂ from part ";
    for (int32_t i = 0; i < d->f->n_arrows; i++) {
        const int32_t part = d->parts->part_of[d->f->arrows[i].from];
        if (d->f->arrows[i].to == box && part != here)
            met[part] = true;
    }
    for (int32_t i = 0; i < d->parts->n; i++) {
        if (!met[i])
            continue;
        g_string_append_printf(label, "%s%d", before, i + 1);
        before = ", ";
    }
}

/* `alone`: the box stands in a drawing of its part. */
static void put_box(const struct flow_drawing *d, int32_t box, bool alone, GString *out)
{
    const struct flow_box *b = &d->f->boxes[box];
    const struct flowchart_mark *mark = flow_words_mark(d, box);
    const struct look look = look_of(d, box);
    g_autofree char *words = flow_words_box_label(d, box);
    g_autoptr(GString) label = g_string_new(words), tip = g_string_new(NULL);
    if (alone)
        add_origins(d, box, label);
    g_string_append_printf(out, "  n%d [", box);
    put_look(out, &look);
    if (box == d->f->start)
        g_string_append(out, ", peripheries=2");
    put_text(out, "label", label->str);
    if (b->route >= 0)
        g_string_append(tip, d->f->s->routes[b->route].name);
    for (int32_t node = b->first_node; node >= 0; node = d->f->next_of[node])
        g_string_append_printf(tip, "%s%s", tip->len > 0 ? " → " : "", d->f->s->nodes[node].name);
    if (mark)
        g_string_append_printf(tip, ": %s", mark->text);
    put_text(out, "tooltip", tip->str);
    if (alone)
        g_string_append_printf(out, ", id=box%d", box);
    g_string_append(out, "];\n");
}

static bool leads_back(const struct flow_arrow *a)
{
    return a->returns || a->back;
}

/* The attributes of an arrow but for its label. Bold only where the film goes if nobody chooses, dashed where all is under conditions. */
static void put_line(const struct flow_arrow *a, GString *out)
{
    const bool back = leads_back(a);
    g_string_append_printf(out, " [style=\"%s\", color=\"%s\"",
                           !a->sure   ? "dashed"
                           : a->usual ? "bold"
                                      : "solid",
                           back ? LOOP_INK ":" LOOP_INK : "#505050");
    if (back && a->sure && a->usual)
        g_string_append(out, ", penwidth=1.6"); /* of each of its two lines */
}

static void put_arrow_end(const struct flow_drawing *d, const struct flow_arrow *a, bool labelled, GString *out)
{
    g_autofree char *label = flow_words_arrow_label(d, a, labelled ? ARROW_LINES : a->n);
    if (*label && !labelled)
        put_text(out, "edgetooltip", label);
    else if (*label) {
        g_auto(GStrv) lines = g_strsplit(label, "\n", -1);
        g_autofree char *apart = g_strjoinv(" \n ", lines), *padded = g_strdup_printf(" %s ", apart);
        put_text(out, "label", padded); /* blanks keep the label off the line */
    }
    g_string_append(out, "];\n");
}

static void put_arrow(const struct flow_drawing *d, const struct flow_arrow *a, bool labelled, GString *out)
{
    const bool ends = flow_ending(d->f, a->from) >= 0; /* it stays at the end, whatever leads on from it */
    g_string_append_printf(out, "  n%d -> n%d", a->from, a->to);
    put_line(a, out);
    if (leads_back(a) || ends)
        g_string_append(out, ", constraint=false");
    put_arrow_end(d, a, labelled, out);
}

/* In a drawing that is laid out here, an arrow that leads back is given from its head to its tail, because Graphviz 2.43 corrupts its
 * memory where arrows that don't constrain the ranks have labels. */
static void put_inner_arrow(const struct flow_drawing *d, const struct flow_arrow *a, bool labelled, GString *out)
{
    const bool back = a->returns && a->from != a->to;
    g_string_append_printf(out, "  n%d -> n%d", back ? a->to : a->from, back ? a->from : a->to);
    put_line(a, out);
    g_string_append_printf(out, "%s, id=arrow%d", back ? ", dir=back" : "", (int)(a - d->f->arrows));
    put_arrow_end(d, a, labelled, out);
}

/* Is only the label of where it leads drawn? For arrows to other parts, and for those that lead far back, or back to where many do. */
static bool is_exit(const struct flow_drawing *d, const struct flow_arrow *a)
{
    const struct flow_box *from = &d->f->boxes[a->from], *to = &d->f->boxes[a->to];
    return d->parts->part_of[a->from] != d->parts->part_of[a->to] ||
           (leads_back(a) && a->from != a->to &&
            (to->loops > CURVES_MAX || from->rank - to->rank > CURVE_RANKS_MAX || a->back));
}

static void put_exit_label(const struct flow_drawing *d, const struct flow_arrow *a, const char *name, GString *out)
{
    const bool back = leads_back(a), other = d->parts->part_of[a->from] != d->parts->part_of[a->to];
    g_autoptr(GString) label = g_string_new(back ? "↺ " : "▸ ");
    if (other)
        g_string_append_printf(label, "%d: ", d->parts->part_of[a->to] + 1);
    graphviz_wrap(label, flow_words_box_title(d, a->to), LABEL_CHARS, 1);
    g_string_append_printf(out, "  %s [", name);
    put_look(out, back ? &back_look : &label_look);
    g_string_append_printf(out, ", margin=\"0.06,0.02\", height=0.2, href=\"#box%d\"", a->to);
    put_text(out, "label", label->str);
    put_text(out, "tooltip", flow_words_box_title(d, a->to));
    g_string_append_printf(out, ", id=to%d];\n", (int)(a - d->f->arrows));
}

/* An arrow that ends at a label. Arrows on to the same box share one; each that leads back has its own, beside where it begins. */
static void put_exit(const struct flow_drawing *d, const struct flow_arrow *a, bool labelled, GHashTable *met,
                     GString *out)
{
    g_autofree char *name =
        leads_back(a) ? g_strdup_printf("back%d_%d", a->from, a->to) : g_strdup_printf("to%d", a->to);
    if (!g_hash_table_contains(met, name))
        put_exit_label(d, a, name, out);
    g_string_append_printf(out, "  n%d -> %s", a->from, name);
    g_hash_table_add(met, g_steal_pointer(&name));
    put_line(a, out);
    g_string_append_printf(out, ", id=arrow%d", (int)(a - d->f->arrows));
    put_arrow_end(d, a, labelled, out);
}

int32_t flow_dot_crossings(const struct flow_drawing *d)
{
    int32_t n = 0;
    for (int32_t i = 0; i < d->f->n_arrows; i++)
        n += d->parts->part_of[d->f->arrows[i].from] != d->parts->part_of[d->f->arrows[i].to];
    return n;
}

/* ---- a whole flow ------------------------------------------------------------------------------------------------ */

/* Side by side, boxes that no arrow touches would make the drawing many times as wide as the film, so invisible arrows put them into
 * columns. */
static void put_lonely(const struct flow_drawing *d, int32_t part, GString *out)
{
    const struct flow *f = d->f;
    g_autofree bool *touched = g_new0(bool, (gsize)f->n_boxes + 1);
    int32_t n = 0;
    for (int32_t i = 0; i < f->n_arrows; i++)
        touched[f->arrows[i].from] = touched[f->arrows[i].to] = true;
    for (int32_t i = 0, last = -1; i < f->n_boxes; i++) {
        if (touched[i] || (part >= 0 && d->parts->part_of[i] != part))
            continue;
        if (n++ % LONELY_COLUMN > 0)
            g_string_append_printf(out, "  n%d -> n%d [style=invis];\n", last, i);
        last = i;
    }
}

static void put_cluster(const struct flow_drawing *d, int32_t part, GString *out)
{
    g_autofree char *title = flow_words_part_title(d, part);
    g_string_append_printf(out, "  subgraph cluster_%d {\n  graph [style=\"rounded\", color=\"#a0b0b8\", fontsize=14",
                           part);
    put_text(out, "label", title);
    g_string_append(out, "];\n");
    for (int32_t i = 0; i < d->f->n_boxes; i++)
        if (d->parts->part_of[i] == part)
            put_box(d, i, false, out);
    g_string_append(out, "  }\n");
}

void flow_dot_whole(const struct flow_drawing *d, GString *out)
{
    const struct flow *f = d->f;
    const char *title = story_text(f->s, f->s->title, d->o->language);
    const bool labelled = f->n_arrows <= LABELLED_ARROWS_MAX;
    put_begin(out, f->s->id);
    put_text(out, "label", title ? title : f->s->id);
    put_rest_of_graph(out, false, !labelled);
    for (int32_t i = 0; d->parts->n > 1 && i < d->parts->n; i++)
        put_cluster(d, i, out);
    for (int32_t i = 0; d->parts->n == 1 && i < f->n_boxes; i++)
        put_box(d, i, false, out);
    for (int32_t i = 0; i < f->n_arrows; i++)
        put_arrow(d, &f->arrows[i], labelled, out);
    put_lonely(d, -1, out);
    g_string_append(out, "}\n");
}

/* ---- a part ------------------------------------------------------------------------------------------------------ */

static int32_t count_arrows(const struct flow_drawing *d, int32_t part)
{
    int32_t n = 0;
    for (int32_t i = 0; i < d->f->n_arrows; i++)
        n += d->parts->part_of[d->f->arrows[i].from] == part;
    return n;
}

void flow_dot_part(const struct flow_drawing *d, int32_t part, bool across, GString *out)
{
    const struct flow *f = d->f;
    const bool labelled = count_arrows(d, part) <= LABELLED_ARROWS_MAX;
    g_autoptr(GHashTable) met = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    put_begin(out, f->s->id);
    put_rest_of_graph(out, across, !labelled);
    for (int32_t i = 0; i < f->n_boxes; i++) {
        if (d->parts->part_of[i] != part)
            continue;
        put_box(d, i, true, out);
        for (int32_t k = f->first[i]; k < f->first[i + 1]; k++) {
            if (is_exit(d, &f->arrows[k]))
                put_exit(d, &f->arrows[k], labelled, met, out);
            else
                put_inner_arrow(d, &f->arrows[k], labelled, out);
        }
    }
    put_lonely(d, part, out);
    g_string_append(out, "}\n");
}

/* ---- the overview ------------------------------------------------------------------------------------------------ */

/* The parts, and behind them the endings if they are drawn. */
struct overview {
    const struct flow_drawing *d;
    int32_t *vertex_of; /* box */
    int32_t n;
    int32_t *nodes, *decisions, *endings, *loops; /* vertex: how many */
    GArray *arrows; /* struct flow_arrow, between vertices; n: how many arrows it stands for */
};

static void count_box(struct overview *v, int32_t box)
{
    const struct flow *f = v->d->f;
    const struct flow_box *b = &f->boxes[box];
    const int32_t at = v->vertex_of[box];
    v->nodes[at] += b->n_nodes;
    v->decisions[at] += b->last_node >= 0 ? f->s->nodes[b->last_node].decisions.n : 0;
    v->endings[at] += flow_ending(f, box) >= 0;
}

static void place_boxes(struct overview *v)
{
    const struct flow *f = v->d->f;
    v->n = v->d->parts->n;
    for (int32_t i = 0; i < f->n_boxes; i++) {
        const bool own = flow_ending(f, i) >= 0 && f->s->n_endings <= OVERVIEW_ENDINGS_MAX;
        v->vertex_of[i] = own ? v->n++ : v->d->parts->part_of[i];
    }
    int32_t **const counts[] = {&v->nodes, &v->decisions, &v->endings, &v->loops};
    for (size_t i = 0; i < G_N_ELEMENTS(counts); i++)
        *counts[i] = g_new0(int32_t, v->n + 1);
    for (int32_t i = 0; i < f->n_boxes; i++)
        count_box(v, i);
}

/* One arrow for all between the same two vertices. It leads back only if all of them do. */
static void bundle_arrows(struct overview *v)
{
    const struct flow *f = v->d->f;
    g_autoptr(GHashTable) of_pair = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    for (int32_t i = 0; i < f->n_arrows; i++) {
        const struct flow_arrow *a = &f->arrows[i];
        const int64_t from = v->vertex_of[a->from], to = v->vertex_of[a->to], pair = from << 32 | to;
        if (from == to) {
            v->loops[from] += leads_back(a);
            continue;
        }
        guint at = GPOINTER_TO_UINT(g_hash_table_lookup(of_pair, &pair));
        if (at == 0) {
            const struct flow_arrow fresh = {.from = (int32_t)from, .to = (int32_t)to, .returns = true};
            g_array_append_val(v->arrows, fresh);
            at = v->arrows->len;
            g_hash_table_insert(of_pair, g_memdup2(&pair, sizeof pair), GUINT_TO_POINTER(at));
        }
        struct flow_arrow *bundle = &g_array_index(v->arrows, struct flow_arrow, at - 1);
        bundle->n++;
        bundle->sure |= a->sure;
        bundle->returns &= leads_back(a);
    }
}

static void add_count(GString *out, int32_t n, const char *one, const char *many)
{
    if (n > 0)
        g_string_append_printf(out, "\n%d %s", n, n == 1 ? one : many);
}

static void put_part_box(const struct overview *v, int32_t part, GString *out)
{
    const struct look look = {"folder", "filled", "#ffffff", "#607078", "#101010", 1, 12};
    g_autofree char *title = flow_words_part_title(v->d, part);
    g_autoptr(GString) label = g_string_new(NULL);
    const bool starts = v->d->parts->part_of[v->d->f->start] == part;
    g_string_append(label, starts ? "▶ " : "");
    graphviz_wrap(label, title, FLOW_WORDS_CHARS, FLOW_WORDS_LINES);
    add_count(label, v->nodes[part], "node", "nodes");
    add_count(label, v->decisions[part], "decision", "decisions");
    add_count(label, v->loops[part], "↺ way back within", "↺ ways back within");
    add_count(label, v->endings[part], "■ ending", "■ endings");
    g_string_append_printf(out, "  p%d [", part);
    put_look(out, &look);
    if (starts)
        g_string_append(out, ", peripheries=2");
    put_text(out, "label", label->str);
    g_string_append(out, "];\n");
}

static void put_ending(const struct overview *v, int32_t box, GString *out)
{
    g_autoptr(GString) label = g_string_new("■ ");
    graphviz_wrap(label, flow_words_box_title(v->d, box), FLOW_WORDS_CHARS, FLOW_WORDS_LINES);
    g_string_append_printf(out, "  p%d [", v->vertex_of[box]);
    put_look(out, &ending_look);
    put_text(out, "label", label->str);
    g_string_append(out, "];\n");
}

static void put_bundle(const struct flow_arrow *a, GString *out)
{
    g_string_append_printf(out, "  p%d -> p%d", a->returns ? a->to : a->from, a->returns ? a->from : a->to);
    put_line(a, out);
    if (a->returns)
        g_string_append(out, ", dir=back");
    if (a->n > 1)
        g_string_append_printf(out, ", label=\" %d ways \"", a->n);
    g_string_append(out, "];\n");
}

void flow_dot_overview(const struct flow_drawing *d, bool across, GString *out)
{
    struct overview v = {.d = d, .arrows = g_array_new(FALSE, FALSE, sizeof(struct flow_arrow))};
    v.vertex_of = g_new0(int32_t, d->f->n_boxes + 1);
    place_boxes(&v);
    bundle_arrows(&v);
    put_begin(out, d->f->s->id);
    put_rest_of_graph(out, across, v.arrows->len > LABELLED_ARROWS_MAX);
    for (int32_t i = 0; i < d->parts->n; i++)
        if (v.nodes[i] > 0)
            put_part_box(&v, i, out);
    for (int32_t i = 0; i < d->f->n_boxes; i++)
        if (v.vertex_of[i] >= d->parts->n)
            put_ending(&v, i, out);
    for (guint i = 0; i < v.arrows->len; i++)
        put_bundle(&g_array_index(v.arrows, struct flow_arrow, i), out);
    g_string_append(out, "}\n");
    void *const arrays[] = {v.vertex_of, v.nodes, v.decisions, v.endings, v.loops};
    for (size_t i = 0; i < G_N_ELEMENTS(arrays); i++)
        g_free(arrays[i]);
    g_array_free(v.arrows, TRUE);
}

/* ---- the legend -------------------------------------------------------------------------------------------------- */

struct key {
    struct look look;
    const char *label;
    bool twice; /* two outlines */
};

static void put_keys(const struct key *keys, size_t n, GString *out)
{
    for (size_t i = 0; i < n; i++) {
        g_string_append_printf(out, "  k%zu [", i);
        put_look(out, &keys[i].look);
        put_text(out, "label", keys[i].label);
        g_string_append(out, keys[i].twice ? ", peripheries=2];\n" : "];\n");
    }
}

static void put_sample(const char *name, const struct flow_arrow *a, const char *label, GString *out)
{
    g_string_append_printf(out, "  {rank=same; %sa [shape=point, style=invis]; %sb [shape=plaintext, fontsize=10", name,
                           name);
    put_text(out, "label", label);
    g_string_append_printf(out, "]; %sa -> %sb", name, name);
    put_line(a, out);
    g_string_append(out, ", minlen=3];}\n");
}

void flow_dot_legend(bool overview, bool roles, GString *out)
{
    static const struct look neck = {"hexagon", "filled", "#ffffff", "#606060", "#101010", 3, 11},
                             loop = {"box", "rounded,filled", "#ffffff", LOOP_INK, "#101010", 3, 11};
    const struct key keys[] = {
        {plain_look, "▶ the start", true},
        {ending_look, "■ an ending", false},
        {neck, "a bottleneck: every way\nto an ending goes by it", false},
        {loop, "↺ a place to which\nthe film comes back", false},
        {decision_look, "a decision", false},
        {silent_look, "without a clip", false},
        {route_look, "◇ a route", false},
        {label_look, "▸ goes on in that part", false},
        {role_look, "credits, and what is seen\nafter the film", false},
    };
    static const struct flow_arrow usual = {.sure = true, .usual = true}, sure = {.sure = true},
                                   maybe = {.sure = false}, returns = {.sure = true, .returns = true};
    put_begin(out, "legend");
    put_rest_of_graph(out, false, false);
    put_keys(keys, overview ? 2 : G_N_ELEMENTS(keys) - !roles, out);
    if (!overview)
        put_sample("u", &usual, " if nobody chooses, always", out);
    put_sample("s", &sure, " without a condition", out);
    put_sample("m", &maybe, " only under a condition", out);
    put_sample("r", &returns, " leads back", out);
    g_string_append(out, "}\n");
}

#include "report/film_graph.h"

#include "base/json.h"
#include "base/units.h"
#include "explore/traffic.h"

#include <assert.h>

/* ---- boxes and arrows -------------------------------------------------------------------------------------------- */

static bool asks_something(const struct survey_film *f, const char *node)
{
    for (guint i = 0; i < f->decisions->len; i++) {
        const struct survey_decision *d = f->decisions->pdata[i];
        if (d->node && g_str_equal(d->node, node))
            return true;
    }
    return false;
}

/* `notes` owns the boxes' second lines. */
static void fill_node_boxes(const struct film_section *s, struct traffic_box *boxes, GPtrArray *notes)
{
    const struct survey_film *f = s->film;
    const int64_t *x = s->counts.x;
    for (guint i = 0; i < f->nodes->len; i++) {
        const struct survey_node *n = f->nodes->pdata[i];
        const guint at = s->layout->node[i];
        char *note = g_strdup_printf("%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT, x[at + COUNT_NODE_VIEWINGS],
                                     x[at + COUNT_NODE_POSSIBLE]);
        g_ptr_array_add(notes, note);
        boxes[i] = (struct traffic_box){.title = film_section_title(n->title, n->name),
                                        .note = note,
                                        .kind = asks_something(f, n->name) ? TRAFFIC_DECISION : TRAFFIC_PLAIN,
                                        .visits = x[at + COUNT_VISITS]};
    }
}

static void fill_ending_boxes(const struct film_section *s, struct traffic_box *boxes, GPtrArray *notes)
{
    const struct survey_film *f = s->film;
    for (guint i = 0; i < f->endings->len; i++) {
        const struct survey_ending *e = f->endings->pdata[i];
        const struct survey_version *v = f->versions->pdata[e->version];
        const int64_t n = s->counts.x[s->layout->ending[i]];
        char *note = f->versions->len > 1 && v->version
                         ? g_strdup_printf("%" G_GINT64_FORMAT ", version %s", n, units_or_dash(v->version))
                         : g_strdup_printf("%" G_GINT64_FORMAT, n);
        g_ptr_array_add(notes, note);
        boxes[i] = (struct traffic_box){
            .title = film_section_title(e->title, e->name), .note = note, .kind = TRAFFIC_ENDING, .visits = n};
    }
}

/* Endings' boxes stand behind those of nodes. Returns how many arrows there are; an edge from nowhere marks the
 * start. */
static int32_t fill_arrows(const struct film_section *s, struct traffic_box *boxes, struct traffic_arrow *arrows)
{
    const struct survey_film *f = s->film;
    int32_t n = 0;
    for (guint i = 0; i < f->edges->len; i++) {
        const struct survey_edge *e = &g_array_index(f->edges, struct survey_edge, i);
        assert(e->from < (int32_t)f->nodes->len && e->to >= 0);
        assert((guint)e->to < (e->ending ? f->endings->len : f->nodes->len));
        if (e->from < 0 && !e->ending)
            boxes[e->to].start = true;
        else if (e->from >= 0)
            arrows[n++] = (struct traffic_arrow){e->from, e->ending ? (int32_t)f->nodes->len + e->to : e->to,
                                                 s->counts.x[e->place]};
    }
    assert((guint)n <= f->edges->len);
    return n;
}

static void put_drawing(JsonBuilder *b, const struct film_section *s)
{
    const struct survey_film *f = s->film;
    g_autofree struct traffic_box *boxes = g_new0(struct traffic_box, f->nodes->len + f->endings->len + 1);
    g_autofree struct traffic_arrow *arrows = g_new0(struct traffic_arrow, f->edges->len + 1);
    g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) svg = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    g_autofree char *prefix = g_strdup_printf("f%u", s->film_index);
    fill_node_boxes(s, boxes, notes);
    fill_ending_boxes(s, boxes + f->nodes->len, notes);
    const struct traffic t = {
        .prefix = prefix,
        .label = "The film as a graph: each node with how many viewings came there, arrows as wide as their traffic",
        .boxes = boxes,
        .arrows = arrows,
        .n_boxes = (int32_t)(f->nodes->len + f->endings->len),
        .n_arrows = fill_arrows(s, boxes, arrows),
    };
    if (traffic_svg(&t, svg, &error))
        json_put_text(b, "graph", svg->str);
    else
        json_put_text(b, "no_graph", error->message);
}

/* ---- the same as a table ----------------------------------------------------------------------------------------- */

/* The caller frees it. */
static char *place_title(const struct film_section *s, int32_t box, bool ending)
{
    const struct survey_film *f = s->film;
    if (box < 0)
        return g_strdup("the beginning");
    if (!ending) {
        const struct survey_node *n = f->nodes->pdata[box];
        return g_strdup(film_section_title(n->title, n->name));
    }
    const struct survey_ending *e = f->endings->pdata[box];
    const char *version = ((const struct survey_version *)f->versions->pdata[e->version])->version;
    const bool many = f->versions->len > 1 && version;
    return g_strconcat(film_section_title(e->title, e->name), many ? ", version " : "", many ? version : "", NULL);
}

static void put_edges(JsonBuilder *b, const struct film_section *s)
{
    json_put_array(b, "edges");
    for (guint i = 0; i < s->film->edges->len; i++) {
        const struct survey_edge *e = &g_array_index(s->film->edges, struct survey_edge, i);
        g_autofree char *from = place_title(s, e->from, false), *to = place_title(s, e->to, e->ending);
        json_builder_begin_object(b);
        json_put_text(b, "from", from);
        json_put_text(b, "to", to);
        json_put_int(b, "place", e->place);
        json_put_int(b, "times", s->counts.x[e->place]);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

void film_graph_put(JsonBuilder *b, const struct film_section *s)
{
    put_drawing(b, s);
    put_edges(b, s);
}

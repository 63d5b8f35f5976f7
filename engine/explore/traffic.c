#include "explore/traffic.h"

#include "base/safe.h"
#include "base/units.h"
#include "explore/graphviz.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define BOX_CHARS 24
#define BOX_LINES 3
#define WIDEST    12.0 /* width of an arrow in points */
#define THINNEST  0.6

/* ---- DOT -------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name, *fill, *line, *ink;
} looks[] = {
    [TRAFFIC_PLAIN] = {"plain", "#ffffff", "#606060", "#101010"},
    [TRAFFIC_DECISION] = {"decision", "#ffe9b8", "#b98a1e", "#20180a"},
    [TRAFFIC_ENDING] = {"ending", "#1f3a4d", "#1f3a4d", "#ffffff"},
};

static void dot_box(const struct traffic *t, int32_t i, GString *out)
{
    const struct traffic_box *b = &t->boxes[i];
    assert(b->kind < G_N_ELEMENTS(looks) && b->visits >= 0);
    const bool pale = b->visits == 0;
    g_autoptr(GString) label = g_string_new(NULL);
    graphviz_wrap(label, b->title, BOX_CHARS, BOX_LINES);
    if (b->note)
        g_string_append_printf(label, "\n%s", b->note);
    g_string_append_printf(
        out,
        "  n%d [id=\"%s-node-%d\", class=\"%s%s\", style=\"rounded,filled%s\", fillcolor=\"%s\", color=\"%s\", "
        "fontcolor=\"%s\", peripheries=%d, label=",
        i, t->prefix, i, looks[b->kind].name, pale ? " unvisited" : "", pale ? ",dashed" : "",
        pale ? "#ffffff" : looks[b->kind].fill, looks[b->kind].line, pale ? "#6b6b6b" : looks[b->kind].ink,
        b->start ? 2 : 1);
    safe_dot(out, label->str);
    g_string_append(out, "];\n");
}

static void dot_traffic_arrow(const struct traffic *t, int32_t i, bool back, int64_t most, GString *out)
{
    const struct traffic_arrow *a = &t->arrows[i];
    assert(a->from >= 0 && a->from < t->n_boxes && a->to >= 0 && a->to < t->n_boxes);
    assert(a->times <= most);
    char width[G_ASCII_DTOSTR_BUF_SIZE];
    const double share = (double)a->times / (double)MAX(most, 1);
    g_ascii_formatd(width, sizeof width, "%.2f", THINNEST + share * (WIDEST - THINNEST));
    g_string_append_printf(out, "  n%d -> n%d [id=\"%s-edge-%d\", class=\"%s\", penwidth=%s, color=\"%s\"%s];\n",
                           a->from, a->to, t->prefix, i, back ? "back" : "on", width, back ? "#8a6fb0" : "#7a8894",
                           back || t->boxes[a->from].kind == TRAFFIC_ENDING ? ", constraint=false" : "");
}

/* ---- which arrows lead back -------------------------------------------------------------------------------------- */

struct back_search {
    const struct traffic *t;
    char *state; /* box: NEW, OPEN while its successors are searched, or DONE */
    bool *back;  /* arrow: leads back to a box that is OPEN, so it closes a circle */
};

/* Recurses no deeper than there are boxes: TRAFFIC_BOXES_MAX at most. */
static void search_back_from(struct back_search *w, int32_t box) // NOLINT(misc-no-recursion)
{
    enum { NEW, OPEN, DONE };
    w->state[box] = OPEN;
    for (int32_t i = 0; i < w->t->n_arrows; i++) {
        const struct traffic_arrow *a = &w->t->arrows[i];
        if (a->from != box)
            continue;
        w->back[i] = w->state[a->to] == OPEN;
        if (w->state[a->to] == NEW)
            search_back_from(w, a->to);
    }
    w->state[box] = DONE;
}

static bool *find_back_arrows_of(const struct traffic *t)
{
    char *state = g_new0(char, t->n_boxes + 1);
    struct back_search w = {t, state, g_new0(bool, t->n_arrows + 1)};
    for (int32_t pass = 0; pass < 2; pass++)
        for (int32_t i = 0; i < t->n_boxes; i++)
            if (state[i] == 0 && (pass > 0 || t->boxes[i].start))
                search_back_from(&w, i);
    g_free(state);
    return w.back;
}

static void write_traffic_dot(const struct traffic *t, GString *out)
{
    bool *back = find_back_arrows_of(t);
    int64_t most = 0;
    for (int32_t i = 0; i < t->n_arrows; i++)
        most = MAX(most, t->arrows[i].times);
    g_string_append(out, "digraph {\n  graph [rankdir=TB, ranksep=0.5, nodesep=0.25, bgcolor=transparent];\n"
                         "  node [shape=box, fontname=\"sans-serif\", fontsize=11, margin=\"0.14,0.07\"];\n"
                         "  edge [arrowsize=0.5];\n");
    for (int32_t i = 0; i < t->n_boxes; i++)
        dot_box(t, i, out);
    for (int32_t i = 0; i < t->n_arrows; i++)
        dot_traffic_arrow(t, i, back[i], most, out);
    g_free(back);
    g_string_append(out, "  {rank=sink;");
    for (int32_t i = 0; i < t->n_boxes; i++)
        if (t->boxes[i].kind == TRAFFIC_ENDING)
            g_string_append_printf(out, " n%d;", i);
    g_string_append(out, "}\n}\n");
}

/* ---- SVG -------------------------------------------------------------------------------------------------------- */

/* Describes the box or the arrow whose name in the drawing is "n3" or "n3->n4". NULL if there is none. To be freed. */
static char *tooltip_of(const struct traffic *t, const char *name)
{
    char *end = NULL;
    const gint64 from = *name == 'n' ? g_ascii_strtoll(name + 1, &end, 10) : -1;
    if (from < 0 || from >= t->n_boxes)
        return NULL;
    if (*end == '<')
        return t->boxes[from].note ? g_strdup_printf("%s: %s", t->boxes[from].title, t->boxes[from].note)
                                   : g_strdup(t->boxes[from].title);
    const char *arrow = strstr(end, "n");
    const gint64 to = arrow ? g_ascii_strtoll(arrow + 1, NULL, 10) : -1;
    for (int32_t i = 0; i < t->n_arrows; i++)
        if (t->arrows[i].from == from && t->arrows[i].to == to)
            return g_strdup_printf("%s → %s: %" G_GINT64_FORMAT " time%s", t->boxes[from].title, t->boxes[to].title,
                                   t->arrows[i].times, units_s(t->arrows[i].times));
    return NULL;
}

/* Appends Graphviz's document as an element: without the prolog, with a label, and with descriptions where Graphviz has its own
 * names. */
static void append_svg(const struct traffic *t, const char *svg, GString *out)
{
    static const char open[] = "<title>", close[] = "</title>";
    const char *at = strstr(svg, "<svg");
    if (!at)
        return;
    g_string_append(out, "<svg role=\"group\" aria-label=\"");
    safe_markup(out, t->label);
    g_string_append_c(out, '"');
    at += strlen("<svg");
    for (const char *title; (title = strstr(at, open)) != NULL;) {
        const char *end = strstr(title, close);
        if (!end)
            break;
        g_autofree char *words = tooltip_of(t, title + strlen(open));
        g_string_append_len(out, at, title - at);
        if (words) {
            g_string_append(out, open);
            safe_markup(out, words);
            g_string_append(out, close);
        }
        at = end + strlen(close);
    }
    g_string_append(out, at);
}

bool traffic_svg(const struct traffic *t, GString *out, GError **error)
{
    g_autoptr(GString) dot = g_string_new(NULL);
    if (t->n_boxes > TRAFFIC_BOXES_MAX) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
                    "%d nodes are too many to lay out (TRAFFIC_BOXES_MAX: %d)", t->n_boxes, TRAFFIC_BOXES_MAX);
        return false;
    }
    write_traffic_dot(t, dot);
    g_autoptr(GString) svg = g_string_new(NULL);
    if (!graphviz_svg(dot->str, svg, error))
        return false;
    append_svg(t, svg->str, out);
    return true;
}

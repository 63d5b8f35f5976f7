#include "app/page.h"

#include "app/page_html.h"
#include "app/page_style.h"
#include "app/slots.h"
#include "explore/traffic.h"
#include "telemetry/record.h"

#include <math.h>

/* One film on its way onto the page. */
struct sheet {
    const struct survey *survey;
    const struct survey_film *film;
    struct slots *slots;
    struct html h;
    const struct weigh *weigh; /* or NULL */
    guint nth;                 /* of the films: makes ids different */
};

static const char *titled(const char *title, const char *name)
{
    return title && *title ? title : name;
}

/* ---- the head ------------------------------------------------------------------------------------------------------ */

static void key(GString *out, const char *what, const char *value, const char *note)
{
    html_put(out, "<div><dt>%s</dt><dd>", what);
    html_text(out, value);
    if (note)
        html_put(out, "<small>%s</small>", note);
    html_put(out, "</dd></div>\n");
}

static void key_share(const struct sheet *s, const char *what, int64_t k, int64_t n)
{
    char share[32], low[32], high[32];
    const bool enough = n >= MAX(s->h.floor, 1);
    const struct stats_interval w = stats_wilson(k, n, STATS_Z95);
    g_autofree char *value =
        enough ? g_strdup_printf("%s %%", html_number(share, stats_share(k, n) * 100, 1)) : g_strdup("too few to say");
    g_autofree char *note =
        enough ? g_strdup_printf("%s to %s %%, %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT,
                                 html_number(low, w.low * 100, 1), html_number(high, w.high * 100, 1), k, n)
               : g_strdup_printf("%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT, k, n);
    key(s->h.out, what, value, note);
}

static void put_keys(const struct sheet *s)
{
    int64_t sum[SLOTS_OF_VERSION] = {0};
    for (guint v = 0; v < s->film->versions->len; v++)
        for (int i = 0; i < SLOTS_OF_VERSION; i++)
            sum[i] += s->h.x[s->slots->version[v] + (guint)i];
    g_autofree char *viewings = g_strdup_printf("%" G_GINT64_FORMAT, sum[SLOTS_VIEWINGS]);
    html_put(s->h.out, "<dl class=\"key\">\n");
    key(s->h.out, "Viewings counted", viewings, NULL);
    key_share(s, "Reached an ending", sum[SLOTS_REACHED], sum[SLOTS_VIEWINGS]);
    key_share(s, "Watched two minutes", sum[SLOTS_TWO_MINUTES], sum[SLOTS_VIEWINGS]);
    key_share(s, "Watched 70 % of their own path", sum[SLOTS_SEVENTY], sum[SLOTS_KNOWN]);
    key_share(s, "Left before the end", sum[SLOTS_LEFT], sum[SLOTS_VIEWINGS]);
    html_put(s->h.out, "</dl>\n");
}

static void put_groups(const struct sheet *s)
{
    static const char *const heads[] = {"Version", "Who", "Viewings", "Time", "Number", "Counted here"};
    static const char *const nth[] = {"unknown which", "first", "replay"};
    GString *out = s->h.out;
    html_put(out, "<details><summary>Who is counted here, and who is not</summary>\n");
    html_table(out, "groups", "Groups are never mixed; machines are never counted.", heads, G_N_ELEMENTS(heads));
    for (guint i = 0; i < s->film->groups->len; i++) {
        const struct survey_group *g = &g_array_index(s->film->groups, struct survey_group, i);
        const struct survey_version *v = s->film->versions->pdata[g->version];
        html_put(out, "<tr><th scope=\"row\">");
        html_text(out, v->version && *v->version ? v->version : "–");
        html_put(out, "</th><td class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"n\">",
                 g->machine ? "a machine" : "a person", nth[g->nth % 3]);
        if (g->time == 0)
            html_put(out, "no limit");
        else
            html_put(out, "%d ×", g->time);
        html_put(out, "</td><td class=\"n\">%" G_GINT64_FORMAT "</td><td class=\"n\">%s</td></tr>\n", g->viewings,
                 g->selected ? "yes" : "no");
    }
    html_table_end(out);
    html_put(out, "</details>\n");
}

/* ---- the graph ----------------------------------------------------------------------------------------------------- */

static bool has_decision(const struct survey_film *f, const char *node)
{
    for (guint i = 0; i < f->decisions->len; i++) {
        const struct survey_decision *d = f->decisions->pdata[i];
        if (d->node && g_str_equal(d->node, node))
            return true;
    }
    return false;
}

static void fill_boxes(const struct survey_film *f, struct traffic_box *boxes, GPtrArray *notes)
{
    for (guint i = 0; i < f->nodes->len; i++) {
        const struct survey_node *n = f->nodes->pdata[i];
        char *note = g_strdup_printf("%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT, n->viewings, n->of);
        g_ptr_array_add(notes, note);
        boxes[i] = (struct traffic_box){.title = titled(n->title, n->name),
                                        .note = note,
                                        .kind = has_decision(f, n->name) ? TRAFFIC_DECISION : TRAFFIC_PLAIN,
                                        .visits = n->visits};
    }
    for (guint i = 0; i < f->endings->len; i++) {
        const struct survey_ending *e = f->endings->pdata[i];
        const struct survey_version *v = f->versions->pdata[e->version];
        char *note = f->versions->len > 1 && v->version
                         ? g_strdup_printf("%" G_GINT64_FORMAT ", version %s", e->viewings, v->version)
                         : g_strdup_printf("%" G_GINT64_FORMAT, e->viewings);
        g_ptr_array_add(notes, note);
        boxes[f->nodes->len + i] = (struct traffic_box){
            .title = titled(e->title, e->name), .note = note, .kind = TRAFFIC_ENDING, .visits = e->viewings};
    }
}

static int32_t fill_arrows(const struct survey_film *f, struct traffic_box *boxes, struct traffic_arrow *arrows)
{
    int32_t n = 0;
    for (guint i = 0; i < f->edges->len; i++) {
        const struct survey_edge *e = &g_array_index(f->edges, struct survey_edge, i);
        if (e->from < 0 && !e->ending)
            boxes[e->to].start = true;
        else if (e->from >= 0)
            arrows[n++] = (struct traffic_arrow){e->from, e->ending ? (int32_t)f->nodes->len + e->to : e->to, e->times};
    }
    return n;
}

static void put_graph(const struct sheet *s)
{
    const struct survey_film *f = s->film;
    g_autofree struct traffic_box *boxes = g_new0(struct traffic_box, f->nodes->len + f->endings->len + 1);
    g_autofree struct traffic_arrow *arrows = g_new0(struct traffic_arrow, f->edges->len + 1);
    g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;
    g_autofree char *prefix = g_strdup_printf("f%u", s->nth);
    fill_boxes(f, boxes, notes);
    const struct traffic t = {
        .prefix = prefix,
        .label = "The film as a graph: each node with how many viewings came there, arrows as wide as their traffic",
        .boxes = boxes,
        .arrows = arrows,
        .n_boxes = (int32_t)(f->nodes->len + f->endings->len),
        .n_arrows = fill_arrows(f, boxes, arrows),
    };
    html_put(s->h.out,
             "<h2 id=\"graph-%u\">The way through the film</h2>\n<p class=\"soft\">Arrows are as wide as their "
             "traffic; below a title stand the viewings that came there, of those that could have. The same numbers "
             "stand under <a href=\"#nodes-%u\">Nodes</a>.</p>\n<div class=\"graph\" tabindex=\"0\" role=\"group\" "
             "aria-label=\"Graph of the film\">",
             s->nth, s->nth);
    if (!traffic_svg(&t, s->h.out, &error)) {
        html_put(s->h.out, "<p>There is no drawing: ");
        html_text(s->h.out, error->message);
        html_put(s->h.out, "</p>");
    }
    html_put(s->h.out, "</div>\n");
}

/* ---- decisions ----------------------------------------------------------------------------------------------------- */

static void put_shares(const struct sheet *s, guint decision)
{
    const struct survey_decision *d = s->film->decisions->pdata[decision];
    const guint at = s->slots->decision[decision];
    html_share_table(s->h.out, d->name, "Picks, of the exposures in which the option could be picked", "Option");
    for (guint i = 0; i < d->options->len; i++) {
        const struct survey_option *o = survey_option_of(d, i);
        const guint x = slots_option(s->slots, decision, i);
        html_share(&s->h, NULL, titled(o->title, o->name), x + SLOTS_PICKS, x + SLOTS_AVAILABLE);
    }
    html_share(&s->h, NULL, "Nobody chose in time", at + SLOTS_TIMEOUT, at + SLOTS_EXPOSURES);
    html_share(&s->h, NULL, "Left, skipped, went back", at + SLOTS_GONE, at + SLOTS_EXPOSURES);
    html_share(&s->h, NULL, "Changed their mind", at + SLOTS_CHANGED, at + SLOTS_OUTCOMES);
    html_table_end(s->h.out);
}

static void put_bias(const struct sheet *s, guint decision)
{
    static const char *const heads[] = {"Option", "Difference", "95 % interval", "Counted"};
    const struct survey_decision *d = s->film->decisions->pdata[decision];
    static const struct {
        guint a, b;
        const char *caption;
    } biases[] = {{SLOTS_FIRST, SLOTS_LATER, "Standing first, against standing later"},
                  {SLOTS_LIT, SLOTS_UNLIT, "Having the light at first, against not having it"}};
    html_put(s->h.out, "<details><summary>Does place or light sway the choice?</summary>\n");
    for (size_t b = 0; b < G_N_ELEMENTS(biases); b++) {
        html_table(s->h.out, d->name, biases[b].caption, heads, G_N_ELEMENTS(heads));
        for (guint i = 0; i < d->options->len; i++) {
            const struct survey_option *o = survey_option_of(d, i);
            const guint x = slots_option(s->slots, decision, i);
            html_difference(&s->h, titled(o->title, o->name), x + biases[b].a, x + biases[b].b);
        }
        html_table_end(s->h.out);
    }
    html_put(s->h.out, "</details>\n");
}

static void put_decisions(const struct sheet *s)
{
    html_put(s->h.out, "<h2 id=\"decisions-%u\">Decisions</h2>\n", s->nth);
    for (guint i = 0; i < s->film->decisions->len; i++) {
        const struct survey_decision *d = s->film->decisions->pdata[i];
        if (s->survey->options.decision && !g_str_equal(s->survey->options.decision, d->name))
            continue;
        g_autofree char *versions = survey_versions(s->film, d->versions);
        html_put(s->h.out, "<article><h3>");
        html_text(s->h.out, titled(d->title, d->name));
        html_put(s->h.out, "</h3><p class=\"soft\"><code>");
        html_text(s->h.out, d->name);
        html_put(s->h.out, "</code>, version ");
        html_text(s->h.out, versions);
        html_put(s->h.out, ", offered ");
        html_count(&s->h, "span", s->slots->decision[i] + SLOTS_EXPOSURES);
        html_put(s->h.out, " times</p>\n<div class=\"two\"><div>");
        put_shares(s, i);
        html_put(s->h.out, "</div><div>");
        html_curve(&s->h, titled(d->title, d->name), s->slots->decision[i]);
        html_put(s->h.out, "</div></div>\n");
        put_bias(s, i);
        html_put(s->h.out, "</article>\n");
    }
}

/* ---- consequence against hesitation --------------------------------------------------------------------------------- */

enum { WEIGH_LEFT = 56, WEIGH_TOP = 14, WEIGH_WIDTH = 620, WEIGH_HEIGHT = 260 };

static double slowest(const GArray *rows)
{
    double most = 1000;
    for (guint i = 0; i < rows->len; i++) {
        const struct weigh_row *r = &g_array_index(rows, struct weigh_row, i);
        most = isfinite(r->median.value) ? MAX(most, r->median.value) : most;
    }
    return ceil(most * 1.15 / 1000) * 1000;
}

static void put_weigh_axes(GString *out, double end_ms)
{
    for (int i = 0; i <= 4; i++) {
        const int y = WEIGH_TOP + WEIGH_HEIGHT * (4 - i) / 4, x = WEIGH_LEFT + WEIGH_WIDTH * i / 4;
        char seconds[32];
        html_put(
            out,
            "<path class=\"grid\" d=\"M%d %dH%d\"/><text x=\"%d\" y=\"%d\" dy=\"4\" text-anchor=\"end\">%d %%</text>",
            WEIGH_LEFT, y, WEIGH_LEFT + WEIGH_WIDTH, WEIGH_LEFT - 6, y, i * 25);
        html_put(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s s</text>", x, WEIGH_TOP + WEIGH_HEIGHT + 17,
                 html_number(seconds, end_ms * i / 4000, 1));
    }
    html_put(out, "<text x=\"%d\" y=\"%d\" class=\"corner\">matters, and goes by unnoticed</text>", WEIGH_LEFT + 8,
             WEIGH_TOP + 14);
    html_put(out, "<text x=\"%d\" y=\"%d\" class=\"corner\" text-anchor=\"end\">agonises, and changes nothing</text>",
             WEIGH_LEFT + WEIGH_WIDTH - 8, WEIGH_TOP + WEIGH_HEIGHT - 10);
    html_put(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">half have decided within</text>",
             WEIGH_LEFT + WEIGH_WIDTH / 2, WEIGH_TOP + WEIGH_HEIGHT + 36);
}

static void put_weigh_dots(GString *out, const GArray *rows, double end_ms)
{
    char x[32], y[32];
    for (guint i = 0; i < rows->len; i++) {
        const struct weigh_row *r = &g_array_index(rows, struct weigh_row, i);
        if (!r->compared || !isfinite(r->median.value))
            continue;
        html_number(x, WEIGH_LEFT + WEIGH_WIDTH * r->median.value / end_ms, 1);
        html_number(y, WEIGH_TOP + WEIGH_HEIGHT * (1 - r->shift), 1);
        html_put(out,
                 "<circle class=\"%s\" cx=\"%s\" cy=\"%s\" r=\"11\"/><text class=\"in\" x=\"%s\" y=\"%s\" dy=\"4\" "
                 "text-anchor=\"middle\">%u</text>",
                 r->illusion ? "dot none" : "dot", x, y, x, y, i + 1);
    }
}

static void put_weigh_rows(GString *out, const GArray *rows)
{
    static const char *const heads[] = {"Decision", "No.", "Endings shift", "Film of its own", "Half decided within",
                                        ""};
    char text[32];
    html_table(out, "consequence", "The same as a table", heads, G_N_ELEMENTS(heads));
    for (guint i = 0; i < rows->len; i++) {
        const struct weigh_row *r = &g_array_index(rows, struct weigh_row, i);
        html_put(out, "<tr><th scope=\"row\">");
        html_text(out, r->title);
        html_put(out, "</th><td class=\"n\">%u</td><td class=\"n\">", i + 1);
        if (r->compared)
            html_put(out, "%s %%", html_number(text, r->shift * 100, 1));
        html_put(out, "</td><td class=\"n\">%s s</td><td class=\"n\">", html_number(text, (double)r->only_us / 1e6, 1));
        if (isfinite(r->median.value))
            html_put(out, "%s s", html_number(text, r->median.value / 1000, 1));
        else
            html_put(out, r->enough ? "not reached" : "too few to say");
        html_put(out, "</td><td class=\"n\">%s</td></tr>\n", r->illusion ? "changes nothing" : "");
    }
    html_table_end(out);
}

static void put_weigh(const struct sheet *s)
{
    const GArray *rows = weigh_rows(s->weigh, s->nth);
    if (!rows)
        return;
    const double end_ms = slowest(rows);
    html_put(
        s->h.out,
        "<h2 id=\"consequence-%u\">Consequence against hesitation</h2>\n<p class=\"soft\">Upwards: by how much the "
        "option taken shifts the odds of the endings (0 %%: not at all; 100 %%: other endings altogether), from all "
        "plays "
        "that the film allows. To the right: how long people took.</p>\n<figure class=\"curve weigh\"><svg viewBox=\"0 "
        "0 %d %d\" role=\"img\" aria-label=\"Consequence against hesitation; the table below has the same\"><g "
        "aria-hidden=\"true\">",
        s->nth, WEIGH_LEFT + WEIGH_WIDTH + 16, WEIGH_TOP + WEIGH_HEIGHT + 44);
    put_weigh_axes(s->h.out, end_ms);
    put_weigh_dots(s->h.out, rows, end_ms);
    html_put(s->h.out, "</g></svg></figure>\n");
    put_weigh_rows(s->h.out, rows);
    if (weigh_changed(s->weigh) > 0)
        html_put(s->h.out,
                 "<p class=\"soft\">%u decisions are left out: the story given has them no more, or changed.</p>\n",
                 weigh_changed(s->weigh));
}

/* ---- endings, nodes, paths ----------------------------------------------------------------------------------------- */

static void put_endings(const struct sheet *s)
{
    html_put(s->h.out, "<h2 id=\"endings-%u\">Endings</h2>\n", s->nth);
    for (guint v = 0; v < s->film->versions->len; v++) {
        const struct survey_version *version = s->film->versions->pdata[v];
        g_autofree char *caption =
            g_strdup_printf("Viewings that reached it%s%s", version->version && *version->version ? ", version " : "",
                            version->version ? version->version : "");
        html_share_table(s->h.out, "endings", caption, "Ending");
        for (guint i = 0; i < s->film->endings->len; i++) {
            const struct survey_ending *e = s->film->endings->pdata[i];
            if (e->version == (int32_t)v)
                html_share(&s->h, NULL, titled(e->title, e->name), s->slots->ending[i],
                           s->slots->version[v] + SLOTS_VIEWINGS);
        }
        html_table_end(s->h.out);
    }
}

static void put_nodes(const struct sheet *s)
{
    static const char *const heads[] = {"Node", "Visits", "Left here", "Playing", "Paused", "Planned"};
    html_put(s->h.out, "<h2 id=\"nodes-%u\">Nodes</h2>\n", s->nth);
    html_share_table(s->h.out, "reach", "Reach: viewings that came there, of those that could have", "Node");
    for (guint i = 0; i < s->film->nodes->len; i++) {
        const struct survey_node *n = s->film->nodes->pdata[i];
        html_share(&s->h, NULL, titled(n->title, n->name), s->slots->node[i] + SLOTS_CAME,
                   s->slots->node[i] + SLOTS_OF);
    }
    html_table_end(s->h.out);
    html_share_table(s->h.out, "drop-off", "Drop-off: viewings that were left there, of those that came", "Node");
    for (guint i = 0; i < s->film->nodes->len; i++) {
        const struct survey_node *n = s->film->nodes->pdata[i];
        if (s->h.x[s->slots->node[i] + SLOTS_QUITS] > 0)
            html_share(&s->h, NULL, titled(n->title, n->name), s->slots->node[i] + SLOTS_QUITS,
                       s->slots->node[i] + SLOTS_CAME);
    }
    html_table_end(s->h.out);
    html_table(s->h.out, "dwell", "Dwell: seconds for each visit", heads, G_N_ELEMENTS(heads));
    for (guint i = 0; i < s->film->nodes->len; i++) {
        const struct survey_node *n = s->film->nodes->pdata[i];
        const guint at = s->slots->node[i];
        html_put(s->h.out, "<tr><th scope=\"row\">");
        html_text(s->h.out, titled(n->title, n->name));
        html_put(s->h.out, "</th>");
        html_count(&s->h, "td", at + SLOTS_VISITS);
        html_count(&s->h, "td", at + SLOTS_QUITS);
        html_seconds(&s->h, at + SLOTS_PLAYING, at + SLOTS_VISITS);
        html_seconds(&s->h, at + SLOTS_PAUSED, at + SLOTS_VISITS);
        html_seconds(&s->h, at + SLOTS_PLANNED, at + SLOTS_PLANNED_VISITS);
        html_put(s->h.out, "</tr>\n");
    }
    html_table_end(s->h.out);
}

static void put_paths(const struct sheet *s)
{
    html_put(s->h.out, "<h2 id=\"paths-%u\">Commonest whole paths</h2>\n", s->nth);
    for (guint v = 0; v < s->film->versions->len; v++) {
        const struct survey_version *version = s->film->versions->pdata[v];
        int64_t rest = version->whole_paths;
        g_autofree char *caption = g_strdup_printf("Version %s: %" G_GINT64_FORMAT " different paths",
                                                   version->version ? version->version : "–", version->distinct_paths);
        html_share_table(s->h.out, "paths", caption, "Path");
        for (guint i = 0; version->paths && i < version->paths->len; i++) {
            const struct survey_path *p = version->paths->pdata[i];
            if (!p->nodes)
                continue;
            g_autofree char *words = g_strjoinv(" › ", p->nodes);
            html_share_fixed(&s->h, words, p->viewings, version->viewings);
            rest -= p->viewings;
        }
        html_share_fixed(&s->h, "all other whole paths", MAX(rest, 0), version->viewings);
        html_share_fixed(&s->h, "no whole path", version->viewings - version->whole_paths, version->viewings);
        html_table_end(s->h.out);
    }
}

/* ---- all ----------------------------------------------------------------------------------------------------------- */

static void put_film(const struct survey *r, const struct weigh *w, guint nth, GString *out)
{
    static const char *const parts[][2] = {{"graph", "The way through the film"},
                                           {"decisions", "Decisions"},
                                           {"endings", "Endings"},
                                           {"nodes", "Nodes"},
                                           {"paths", "Paths"}};
    const struct survey_film *f = r->films->pdata[nth];
    struct slots *slots = slots_new(f);
    g_autofree int64_t *x = g_new0(int64_t, slots->n + 1);
    slots_fill(slots, f, x);
    const struct sheet s = {.survey = r,
                            .film = f,
                            .slots = slots,
                            .h = {.out = out, .x = x, .floor = r->options.floor},
                            .weigh = w,
                            .nth = nth};
    html_put(out, "<section aria-labelledby=\"film-%u\"><h1 id=\"film-%u\">", nth, nth);
    html_text(out, titled(f->title, f->name));
    html_put(out, "</h1>\n<nav aria-label=\"Parts of the report\"><ul>");
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
        html_put(out, "<li><a href=\"#%s-%u\">%s</a></li>", parts[i][0], nth, parts[i][1]);
    html_put(out, "</ul></nav>\n");
    put_keys(&s);
    put_groups(&s);
    put_graph(&s);
    put_decisions(&s);
    put_weigh(&s);
    put_endings(&s);
    put_nodes(&s);
    put_paths(&s);
    html_put(out, "</section>\n");
    slots_free(slots);
}

void page_write_film(const struct survey *r, const struct weigh *w, GString *out)
{
    html_put(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        "<meta name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\">"
        "<title>What the audience did</title><style>");
    g_string_append(out, page_style);
    html_put(out, "</style></head><body>\n<a class=\"skip\" href=\"#main\">To the report</a><main id=\"main\">\n");
    if (r->films->len == 0)
        html_put(out,
                 "<h1>Nothing is recorded yet</h1>\n<p>There is no viewing in the store. Play a film, and come back."
                 "</p>\n");
    for (guint i = 0; i < r->films->len; i++)
        put_film(r, w, i, out);
    html_put(out,
             "</main>\n<footer><p>Shares stand with 95 %% Wilson intervals; with fewer than %" G_GINT64_FORMAT
             " cases a share is too few to say. Whoever let the time run out or left is censored in the curve of "
             "decision time, not dropped. This page is one file; it asks the network for nothing.</p></footer>\n"
             "</body></html>\n",
             MAX(r->options.floor, 1));
}

void page_write(const struct survey *r, GString *out)
{
    page_write_film(r, NULL, out);
}

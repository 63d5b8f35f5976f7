#include "report/page.h"

#include "base/embedded.h"
#include "report/film_section.h"
#include "report/page_style.h"
#include "explore/traffic.h"

const char *title_or_name(const char *title, const char *name)
{
    return title && *title ? title : name;
}

void film_section_heading(const struct film_section *s, const char *part, const char *text, const char *below)
{
    html_put(s->h.out, "<h2 id=\"%s-%u\">%s</h2>\n<p class=\"soft\">%s</p>\n", part, s->nth, text, below);
}

/* ---- the head ------------------------------------------------------------------------------------------------------ */

/* Empty where the build had no npm. */
static const struct embedded *page_script(void)
{
    return embedded_file("page/script.js");
}

static bool has_script(void)
{
    return page_script()->size > 0;
}

static void put_key_figures(const struct film_section *s)
{
    static const struct {
        const char *what;
        int k, n;
    } keys[] = {{"Reached an ending", COUNT_REACHED_ENDING, COUNT_VIEWINGS},
                {"Watched two minutes", COUNT_TWO_MINUTES, COUNT_VIEWINGS},
                {"Watched 70 % of their own path", COUNT_SEVENTY_PERCENT, COUNT_LENGTH_KNOWN},
                {"Left before the end", COUNT_LEFT, COUNT_VIEWINGS}};
    int64_t sum[COUNTS_PER_VERSION] = {0};
    for (guint v = 0; v < s->film->versions->len; v++)
        for (int i = 0; i < COUNTS_PER_VERSION; i++)
            sum[i] += s->h.x[s->layout->version[v] + (guint)i];
    html_put(s->h.out,
             "<dl class=\"key\">\n<div><dt>Viewings counted</dt><dd data-key=\"%d\">%" G_GINT64_FORMAT "</dd></div>\n",
             COUNT_VIEWINGS, sum[COUNT_VIEWINGS]);
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        const int64_t k = sum[keys[i].k], n = sum[keys[i].n];
        const struct stats_interval w = stats_wilson(k, n, STATS_Z95);
        char share[32], low[32], high[32];
        html_put(s->h.out, "<div><dt>%s</dt><dd data-key=\"%d\" data-of=\"%d\">", keys[i].what, keys[i].k, keys[i].n);
        if (n >= s->h.floor)
            html_put(s->h.out, "%s %%<small>%s to %s %%, ", html_number(share, stats_share(k, n) * 100, 1),
                     html_number(low, w.low * 100, 1), html_number(high, w.high * 100, 1));
        else
            html_put(s->h.out, "too few to say<small>");
        html_put(s->h.out, "%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT "</small></dd></div>\n", k, n);
    }
    html_put(s->h.out, "</dl>\n");
}

static void put_viewer_groups(const struct film_section *s)
{
    static const char *const heads[] = {"Version", "Who", "Viewings", "Time", "Number", "Counted here"};
    static const char *const nth[] = {"unknown which", "first", "replay"};
    GString *out = s->h.out;
    html_put(out, "<details><summary>Who is counted here, and who is not</summary>\n");
    html_table(out, "groups", "Groups are never mixed; machines are never counted.", heads, G_N_ELEMENTS(heads));
    for (guint i = 0; i < s->chosen->groups->len; i++) {
        const struct survey_group *g = &g_array_index(s->chosen->groups, struct survey_group, i);
        const struct survey_version *v = s->chosen->versions->pdata[g->version];
        html_put(out, "<tr data-group=\"%d,%d,%d,%d\"><th scope=\"row\">", g->version, g->machine, g->nth, g->time);
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

static bool node_has_decision(const struct survey_film *f, const char *node)
{
    for (guint i = 0; i < f->decisions->len; i++) {
        const struct survey_decision *d = f->decisions->pdata[i];
        if (d->node && g_str_equal(d->node, node))
            return true;
    }
    return false;
}

static void fill_graph_boxes(const struct film_section *s, struct traffic_box *boxes, GPtrArray *notes)
{
    const struct survey_film *f = s->film;
    const int64_t *x = s->h.x;
    for (guint i = 0; i < f->nodes->len; i++) {
        const struct survey_node *n = f->nodes->pdata[i];
        const guint at = s->layout->node[i];
        char *note = g_strdup_printf("%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT, x[at + COUNT_NODE_VIEWINGS],
                                     x[at + COUNT_NODE_POSSIBLE]);
        g_ptr_array_add(notes, note);
        boxes[i] = (struct traffic_box){.title = title_or_name(n->title, n->name),
                                        .note = note,
                                        .kind = node_has_decision(f, n->name) ? TRAFFIC_DECISION : TRAFFIC_PLAIN,
                                        .visits = x[at + COUNT_VISITS]};
    }
    for (guint i = 0; i < f->endings->len; i++) {
        const struct survey_ending *e = f->endings->pdata[i];
        const struct survey_version *v = f->versions->pdata[e->version];
        const int64_t n = x[s->layout->ending[i]];
        char *note = f->versions->len > 1 && v->version
                         ? g_strdup_printf("%" G_GINT64_FORMAT ", version %s", n, v->version)
                         : g_strdup_printf("%" G_GINT64_FORMAT, n);
        g_ptr_array_add(notes, note);
        boxes[f->nodes->len + i] = (struct traffic_box){
            .title = title_or_name(e->title, e->name), .note = note, .kind = TRAFFIC_ENDING, .visits = n};
    }
}

static int32_t fill_graph_arrows(const struct film_section *s, struct traffic_box *boxes, struct traffic_arrow *arrows)
{
    const struct survey_film *f = s->film;
    int32_t n = 0;
    for (guint i = 0; i < f->edges->len; i++) {
        const struct survey_edge *e = &g_array_index(f->edges, struct survey_edge, i);
        if (e->from < 0 && !e->ending)
            boxes[e->to].start = true;
        else if (e->from >= 0)
            arrows[n++] = (struct traffic_arrow){e->from, e->ending ? (int32_t)f->nodes->len + e->to : e->to,
                                                 s->h.x[s->layout->edge[i]]};
    }
    return n;
}

static void put_graph_place(const struct film_section *s, int32_t box, bool ending)
{
    const struct survey_film *f = s->film;
    if (box < 0)
        html_put(s->h.out, "the beginning");
    else if (!ending) {
        const struct survey_node *n = f->nodes->pdata[box];
        html_text(s->h.out, title_or_name(n->title, n->name));
    } else {
        const struct survey_ending *e = f->endings->pdata[box];
        const char *version = ((const struct survey_version *)f->versions->pdata[e->version])->version;
        html_text(s->h.out, title_or_name(e->title, e->name));
        if (f->versions->len > 1 && version) {
            html_put(s->h.out, ", version ");
            html_text(s->h.out, version);
        }
    }
}

/* What the drawing shows, as a table. */
static void put_flow_table(const struct film_section *s)
{
    const struct survey_film *f = s->film;
    static const char *const heads[] = {"From", "To", "Times"};
    html_put(s->h.out, "<details><summary>The same as a table</summary>\n");
    html_table(s->h.out, "flow", "From which node to which, how often", heads, G_N_ELEMENTS(heads));
    for (guint i = 0; i < f->edges->len; i++) {
        const struct survey_edge *e = &g_array_index(f->edges, struct survey_edge, i);
        html_put(s->h.out, "<tr><th scope=\"row\">");
        put_graph_place(s, e->from, false);
        html_put(s->h.out, "</th><td>");
        put_graph_place(s, e->to, e->ending);
        html_put(s->h.out, "</td>");
        html_count(&s->h, "td", s->layout->edge[i]);
        html_put(s->h.out, "</tr>\n");
    }
    html_table_end(s->h.out);
    html_put(s->h.out, "</details>\n");
}

static void put_graph(const struct film_section *s)
{
    const struct survey_film *f = s->film;
    g_autofree struct traffic_box *boxes = g_new0(struct traffic_box, f->nodes->len + f->endings->len + 1);
    g_autofree struct traffic_arrow *arrows = g_new0(struct traffic_arrow, f->edges->len + 1);
    g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;
    g_autofree char *prefix = g_strdup_printf("f%u", s->nth);
    fill_graph_boxes(s, boxes, notes);
    const struct traffic t = {
        .prefix = prefix,
        .label = "The film as a graph: each node with how many viewings came there, arrows as wide as their traffic",
        .boxes = boxes,
        .arrows = arrows,
        .n_boxes = (int32_t)(f->nodes->len + f->endings->len),
        .n_arrows = fill_graph_arrows(s, boxes, arrows),
    };
    film_section_heading(
        s, "graph", "The way through the film",
        "Arrows are as wide as their traffic, violet ones lead back. Below a title stand the viewings that "
        "came there, of those that could have. Golden boxes ask something, dark ones are endings.");
    html_put(s->h.out, "<div class=\"graph\" tabindex=\"0\" role=\"group\" aria-label=\"Graph of the film\">");
    if (!traffic_svg(&t, s->h.out, &error)) {
        html_put(s->h.out, "<p>There is no drawing: ");
        html_text(s->h.out, error->message);
        html_put(s->h.out, "</p>");
    }
    html_put(s->h.out, "</div>\n");
    put_flow_table(s);
}

/* ---- endings, nodes, paths ----------------------------------------------------------------------------------------- */

static void put_ending_shares(const struct film_section *s)
{
    film_section_heading(s, "endings", "Endings", "Where viewings came out; one viewing can see more than one.");
    for (guint v = 0; v < s->film->versions->len; v++) {
        const struct survey_version *version = s->film->versions->pdata[v];
        const char *name = version->version ? version->version : "";
        g_autofree char *caption = g_strdup_printf("Viewings that reached it%s%s", *name ? ", version " : "", name);
        html_put(s->h.out, "<div data-version=\"%u\"%s>", v,
                 s->h.x[s->layout->version[v] + COUNT_VIEWINGS] > 0 ? "" : " hidden=\"\"");
        html_share_table(s->h.out, "endings", caption, "Ending", NULL);
        for (guint i = 0; i < s->film->endings->len; i++) {
            const struct survey_ending *e = s->film->endings->pdata[i];
            if (e->version == (int32_t)v)
                html_share(&s->h, title_or_name(e->title, e->name), s->layout->ending[i],
                           s->layout->version[v] + COUNT_VIEWINGS);
        }
        html_table_end(s->h.out);
        html_put(s->h.out, "</div>\n");
    }
}

static void put_dwell_table(const struct film_section *s)
{
    static const char *const heads[] = {"Node", "Visits", "Left here", "Playing", "Paused", "Hidden", "Planned"};
    html_table(s->h.out, "dwell", "Dwell: seconds for each visit", heads, G_N_ELEMENTS(heads));
    for (guint i = 0; i < s->film->nodes->len; i++) {
        const struct survey_node *n = s->film->nodes->pdata[i];
        const guint at = s->layout->node[i];
        html_put(s->h.out, "<tr><th scope=\"row\">");
        html_text(s->h.out, title_or_name(n->title, n->name));
        html_put(s->h.out, "</th>");
        html_count(&s->h, "td", at + COUNT_VISITS);
        html_count(&s->h, "td", at + COUNT_QUITS);
        html_seconds(&s->h, at + COUNT_PLAYING_US, at + COUNT_VISITS);
        html_seconds(&s->h, at + COUNT_PAUSED_US, at + COUNT_VISITS);
        html_seconds(&s->h, at + COUNT_HIDDEN_US, at + COUNT_VISITS);
        html_seconds(&s->h, at + COUNT_PLANNED_US, at + COUNT_PLANNED_VISITS);
        html_put(s->h.out, "</tr>\n");
    }
    html_table_end(s->h.out);
}

static void put_node_tables(const struct film_section *s)
{
    film_section_heading(s, "nodes", "Along the film", "Who came where, where people left, and how long they stayed.");
    html_share_table(s->h.out, "reach", "Reach: viewings that came there, of those that could have", "Node", NULL);
    for (guint i = 0; i < s->film->nodes->len; i++) {
        const struct survey_node *n = s->film->nodes->pdata[i];
        html_share(&s->h, title_or_name(n->title, n->name), s->layout->node[i] + COUNT_NODE_VIEWINGS,
                   s->layout->node[i] + COUNT_NODE_POSSIBLE);
    }
    html_table_end(s->h.out);
    html_share_table(s->h.out, "drop-off", "Drop-off: viewings that were left there, of those that came", "Node", NULL);
    for (guint i = 0; i < s->film->nodes->len; i++) {
        const struct survey_node *n = s->film->nodes->pdata[i];
        html_share_if_any(&s->h, title_or_name(n->title, n->name), s->layout->node[i] + COUNT_QUITS,
                          s->layout->node[i] + COUNT_NODE_VIEWINGS);
    }
    html_table_end(s->h.out);
    put_dwell_table(s);
}

static void put_path_shares(const struct film_section *s)
{
    film_section_heading(s, "paths", "Paths", "The commonest whole paths, with their share of all viewings.");
    for (guint v = 0; v < s->chosen->versions->len; v++) {
        const struct survey_version *version = s->chosen->versions->pdata[v];
        int64_t rest = version->whole_paths;
        const char *name = version->version ? version->version : "–";
        g_autofree char *caption =
            g_strdup_printf("Version %s: %" G_GINT64_FORMAT " different paths", name, version->distinct_paths);
        html_put(s->h.out, "<div data-version=\"%u\" data-paths=\"\"%s>", v,
                 version->viewings > 0 ? "" : " hidden=\"\"");
        html_share_table(s->h.out, "paths", caption, "Path", NULL);
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
        html_put(s->h.out, "</div>\n");
    }
}

/* ---- all ----------------------------------------------------------------------------------------------------------- */

static void put_contents(const struct film_section *s)
{
    const struct {
        const char *part, *words;
        bool there;
    } parts[] = {{"graph", "The way", true},
                 {"paths", "Paths", true},
                 {"decisions", "Decisions", true},
                 {"consequence", "Consequence", decision_impact_rows(s->impact, s->nth) != NULL},
                 {"endings", "Endings", true},
                 {"nodes", "Along the film", true},
                 {"taste", "Taste", s->film->traits->len > 0},
                 {"props", "Props", s->film->props->len > 0}};
    html_put(s->h.out, "<nav aria-label=\"Parts of the report\"><ul>");
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
        if (parts[i].there)
            html_put(s->h.out, "<li><a href=\"#%s-%u\">%s</a></li>", parts[i].part, s->nth, parts[i].words);
    html_put(s->h.out, "</ul></nav>\n");
}

static void put_film_section(const struct survey *r, const struct count_cube *c, const struct decision_impact *w,
                             guint nth, GString *out)
{
    const struct survey_film *f = count_cube_survey(c)->films->pdata[nth];
    const struct count_layout *layout = count_cube_layout(c, nth);
    g_autofree int64_t *x = g_new0(int64_t, layout->n + 1);
    count_cube_sum(c, nth, r->options.viewings, r->options.time, x);
    const struct film_section s = {.survey = r,
                                   .chosen = r->films->pdata[nth],
                                   .film = f,
                                   .cube = c,
                                   .layout = layout,
                                   .h = {.out = out, .x = x, .floor = MAX(r->options.floor, 1)},
                                   .impact = w,
                                   .nth = nth};
    html_put(out,
             "<section data-film=\"%u\" aria-labelledby=\"film-%u\"><p class=\"kicker\">What the audience did</p><h1 "
             "id=\"film-%u\">",
             nth, nth, nth);
    html_text(out, title_or_name(f->title, f->name));
    html_put(out, "</h1>\n");
    put_contents(&s);
    put_key_figures(&s);
    put_viewer_groups(&s);
    put_graph(&s);
    put_path_shares(&s);
    film_section_decisions(&s);
    film_section_impact(&s);
    put_ending_shares(&s);
    put_node_tables(&s);
    film_section_traits(&s);
    film_section_props(&s);
    if (has_script())
        film_section_data(&s);
    html_put(out, "</section>\n");
}

/* ---- a page that is served ----------------------------------------------------------------------------------------- */

/* What was chosen stays: filters that were changed, and where somebody reads. */
static const char reload_script[] =
    "{const d=document,key='frumious',filters=[...d.querySelectorAll('.filters "
    "select')],was=filters.map((s)=>s.value);\n"
    "const label=(s)=>s.options[s.selectedIndex].text;\n"
    "const kept=JSON.parse(sessionStorage.getItem(key)||'null');\n"
    "sessionStorage.removeItem(key);\n"
    "if(kept){\n"
    "  filters.forEach((s,i)=>{\n"
    "    const o=[...s.options].find((o)=>o.text===kept.filters[i]);\n"
    "    if(o){s.value=o.value;s.dispatchEvent(new Event('change'));}\n"
    "  });\n"
    "  scrollTo(0,kept.y);\n"
    "}\n"
    "const timer=setInterval(async()=>{\n"
    "  try{\n"
    "    const tag=await(await fetch('/tag')).text();\n"
    "    if(tag===d.documentElement.dataset.tag)return;\n"
    "    "
    "sessionStorage.setItem(key,JSON.stringify({y:scrollY,filters:filters.map((s,i)=>s.value===was[i]?null:label(s))}))"
    ";\n"
    "    clearInterval(timer);\n"
    "    location.reload();\n"
    "  }catch{\n"
    "    clearInterval(timer);\n"
    "    d.querySelector('footer p').append(' The program that followed the store has ended.');\n"
    "  }\n"
    "},2000);}\n";

/* ---- all ----------------------------------------------------------------------------------------------------------- */

static void put_script_hash(GString *out, const void *script, gsize n)
{
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    guint8 digest[32];
    gsize size = sizeof digest;
    g_checksum_update(sum, script, (gssize)n);
    g_checksum_get_digest(sum, digest, &size);
    g_autofree char *base64 = g_base64_encode(digest, size);
    html_put(out, " 'sha256-%s'", base64);
    g_checksum_free(sum);
}

/* The page may run the script that it carries, and nothing else; one that is served may ask its server. */
static void put_policy(GString *out, bool served)
{
    html_put(out,
             "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'");
    if (has_script() || served)
        html_put(out, "; script-src");
    if (has_script())
        put_script_hash(out, page_script()->text, page_script()->size);
    if (served)
        put_script_hash(out, reload_script, sizeof reload_script - 1);
    html_put(out, "%s\">", served ? "; connect-src 'self'" : "");
}

static void put_scripts(GString *out, bool served)
{
    if (has_script()) {
        html_put(out, "<script>");
        g_string_append_len(out, page_script()->text, (gssize)page_script()->size);
        html_put(out, "</script>\n");
    }
    if (served) {
        html_put(out, "<script>");
        g_string_append(out, reload_script);
        html_put(out, "</script>\n");
    }
}

void page_write(const struct survey *r, const struct count_cube *c, const struct decision_impact *w, const char *tag,
                GString *out)
{
    html_put(out, "<!DOCTYPE html>\n<html lang=\"en\"%s%s%s><head><meta charset=\"utf-8\">", tag ? " data-tag=\"" : "",
             tag ? tag : "", tag ? "\"" : "");
    put_policy(out, tag != NULL);
    html_put(out, "<meta name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light "
                  "dark\"><title>What the audience did</title><style>");
    g_string_append(out, page_style);
    html_put(out, "</style></head><body>\n<a class=\"skip\" href=\"#main\">To the report</a><main id=\"main\">\n");
    if (r->films->len == 0)
        html_put(out,
                 "<h1>Nothing is recorded yet</h1>\n<p>There is no viewing in the store. Play a film, and come back."
                 "</p>\n");
    for (guint i = 0; i < MIN(r->films->len, count_cube_survey(c)->films->len); i++)
        put_film_section(r, c, w, i, out);
    html_put(out,
             "</main>\n<footer><p>Shares stand with 95 %% Wilson intervals; with fewer than %" G_GINT64_FORMAT
             " cases a share is too few to say. Whoever let the time run out or left is censored in the curve of "
             "decision time, not dropped. %s</p></footer>\n",
             MAX(r->options.floor, 1),
             tag ? "This page follows the store; it asks nobody but the program on this machine that made it."
                 : "This page is one file; it asks the network for nothing.");
    put_scripts(out, tag != NULL);
    html_put(out, "</body></html>\n");
}

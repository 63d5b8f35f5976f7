#include "story/validate.h"

#include "story/limits.h"
#include "story/story_parts.h"

#include <assert.h>
#include <string.h>

/*
 * The story's arrays, and what the rules find out for each other. The graph has a vertex for each node and, after them,
 * one for each route, so it is never larger than the story's text.
 */
struct validation {
    struct builder *b;
    const struct story_node *nodes;
    const struct story_decision *decisions;
    const struct story_option *options;
    const struct story_route *routes;
    const struct story_part *parts;
    int32_t n_nodes, n_routes;
    signed char *always; /* routes: does it hold in every state? -1: not known yet */
    bool *reached;       /* vertices, from the start */
    bool circle;         /* some routes form one, or are refused for their size */
    GArray *stack;       /* int32_t: vertices still to be visited */
};

static uint32_t name_width(const char *name)
{
    return (uint32_t)g_utf8_strlen(name, -1);
}

static bool has_start(const struct validation *c)
{
    return c->b->start_node >= 0;
}

/* ---- routes --------------------------------------------------------------------------------------------------- */

enum { UNMEASURED = 0, IN_PROGRESS = -1 };

struct route_extent {
    int depth;     /* or UNMEASURED, IN_PROGRESS */
    int64_t parts; /* that a step looks at when it follows the route, including those of nested routes */
};

static void report_large_route(struct validation *c, const struct story_route *r, bool too_deep)
{
    const uint32_t width = r->name ? name_width(r->name) : 1;
    if (too_deep)
        builder_error_at(c->b, r->mark, width, "E513", "shorten the chain of routes",
                         "this route uses routes more than %d levels deep", STORY_ROUTE_DEPTH);
    else
        builder_error_at(c->b, r->mark, width, "E513", "shorten the chain of routes",
                         "this route and the routes in it have more than %d parts", STORY_ROUTE_PARTS_MAX);
    c->circle = true;
}

/*
 * A part that leads back into a route in progress closes a circle. Recursion ends at the limit, because deeper routes
 * are refused anyway.
 */
static const struct route_extent *measure_route(struct validation *c, int32_t index, struct route_extent *sizes,
                                                int level)
{
    const struct story_route *r = &c->routes[index];
    struct route_extent *size = &sizes[index];
    if (size->depth != UNMEASURED)
        return size;
    *size = (struct route_extent){IN_PROGRESS, r->parts.n};
    int deepest = 0;
    for (int32_t i = 0; i < r->parts.n && level <= STORY_ROUTE_DEPTH; i++) {
        const struct story_part *p = &c->parts[r->parts.first + i];
        if (p->to.kind != STORY_TO_ROUTE)
            continue;
        const struct route_extent *below = measure_route(c, p->to.index, sizes, level + 1);
        if (below->depth == IN_PROGRESS) {
            builder_error_at(c->b, p->mark, 1, "E409", "lead to a node here", "this leads back into the route `%s`",
                             c->routes[p->to.index].name);
            c->circle = true;
        }
        deepest = MAX(deepest, below->depth);
        size->parts = MIN(size->parts + below->parts, STORY_ROUTE_PARTS_MAX + 1);
    }
    assert(size->depth == IN_PROGRESS);
    size->depth = deepest + 1;
    if (size->depth == STORY_ROUTE_DEPTH + 1)
        report_large_route(c, r, true);
    else if (size->parts > STORY_ROUTE_PARTS_MAX)
        report_large_route(c, r, false);
    return size;
}

static void check_circles(struct validation *c)
{
    struct route_extent *sizes = g_new0(struct route_extent, c->n_routes + 1);
    for (int32_t i = 0; i < c->n_routes; i++)
        measure_route(c, i, sizes, 1);
    g_free(sizes);
}

static bool route_always(struct validation *c, int32_t index);

/* Does this part hold in every state? */
static bool always_holds(struct validation *c, const struct story_part *p)
{
    if (p->when >= 0 || p->to.kind == STORY_NOWHERE || p->to.kind == STORY_TO_BACK)
        return false;
    return p->to.kind == STORY_TO_NODE || p->to.kind == STORY_TO_AGAIN || route_always(c, p->to.index);
}

/* A route holds in every state if one of its parts does. */
static bool route_always(struct validation *c, int32_t index)
{
    const struct story_route *r = &c->routes[index];
    if (c->always[index] >= 0)
        return c->always[index];
    c->always[index] = 0;
    for (int32_t i = 0; i < r->parts.n && !c->always[index]; i++)
        c->always[index] = always_holds(c, &c->parts[r->parts.first + i]);
    return c->always[index];
}

/* The compiled condition as a key, so that conditions that differ only in spaces are the same. */
static GBytes *condition_of(const struct validation *c, const struct story_part *p)
{
    const struct story_span code = g_array_index(c->b->exprs, struct story_expr, p->when).code;
    return g_bytes_new_static(&g_array_index(c->b->code, struct story_code, code.first),
                              sizeof(struct story_code) * (gsize)code.n);
}

/* Reports parts behind one that leads on under the very same condition. */
static void check_twins(struct validation *c, const struct story_route *r)
{
    g_autoptr(GHashTable) seen = NULL;
    for (int32_t i = 0; i < r->parts.n; i++) {
        const struct story_part *p = &c->parts[r->parts.first + i];
        if (p->when < 0)
            continue;
        if (!seen)
            seen = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
        struct story_part anyway = *p;
        anyway.when = -1;
        GBytes *key = condition_of(c, p);
        if (g_hash_table_contains(seen, key))
            builder_error_at(c->b, p->mark, 1, "W607", "did you mean another condition?",
                             "this part is never taken: a part before it has the same condition");
        if (always_holds(c, &anyway))
            g_hash_table_add(seen, key);
        else
            g_bytes_unref(key);
    }
}

static void check_dead_parts(struct validation *c)
{
    for (int32_t i = 0; i < c->n_routes; i++) {
        const struct story_route *r = &c->routes[i];
        if (!r->random && !c->b->expressions_broken)
            check_twins(c, r);
        for (int32_t j = 0; j + 1 < r->parts.n && !r->random; j++) {
            if (!always_holds(c, &c->parts[r->parts.first + j]))
                continue;
            builder_error_at(c->b, c->parts[r->parts.first + j + 1].mark, 1, "W607",
                             "move the part without `when` to the end",
                             "this part is never taken: the part before it always holds");
            break;
        }
    }
}

/* ---- the graph ------------------------------------------------------------------------------------------------ */

typedef void (*vertex_visitor)(struct validation *c, int32_t vertex, void *user);

static void visit_target(struct validation *c, struct story_target t, vertex_visitor visit, void *user)
{
    switch (t.kind) {
    case STORY_NOWHERE:
        break;
    case STORY_TO_NODE:
        visit(c, t.index, user);
        break;
    case STORY_TO_ROUTE:
        visit(c, c->n_nodes + t.index, user);
        break;
    case STORY_TO_BACK:
    case STORY_TO_AGAIN:
        visit(c, c->decisions[t.index].node, user);
        break;
    }
}

/* Leaves out parts behind one that always holds: they are never taken. */
static void visit_route(struct validation *c, const struct story_route *r, vertex_visitor visit, void *user)
{
    for (int32_t i = 0; i < r->parts.n; i++) {
        const struct story_part *p = &c->parts[r->parts.first + i];
        visit_target(c, p->to, visit, user);
        if (!r->random && always_holds(c, p))
            return;
    }
}

static void visit_decision(struct validation *c, const struct story_decision *d, vertex_visitor visit, void *user)
{
    for (int32_t i = 0; i < d->options.n; i++)
        visit_target(c, c->options[d->options.first + i].to, visit, user);
    visit_target(c, d->timeout.to, visit, user);
}

/* Visits every vertex that this one leads to. */
static void visit_vertex(struct validation *c, int32_t vertex, vertex_visitor visit, void *user)
{
    if (vertex >= c->n_nodes) {
        visit_route(c, &c->routes[vertex - c->n_nodes], visit, user);
        return;
    }
    const struct story_node *n = &c->nodes[vertex];
    for (int32_t i = 0; i < n->decisions.n; i++)
        visit_decision(c, &c->decisions[n->decisions.first + i], visit, user);
    visit_target(c, n->next, visit, user);
}

static void push_vertex(struct validation *c, int32_t vertex)
{
    assert(vertex >= 0 && vertex < c->n_nodes + c->n_routes);
    g_array_append_val(c->stack, vertex);
}

static int32_t pop_vertex(struct validation *c)
{
    assert(c->stack->len > 0);
    const int32_t vertex = g_array_index(c->stack, int32_t, c->stack->len - 1);
    g_array_set_size(c->stack, c->stack->len - 1);
    return vertex;
}

static void mark_vertex(struct validation *c, int32_t vertex, void *user)
{
    bool *marks = user;
    if (marks[vertex])
        return;
    marks[vertex] = true;
    push_vertex(c, vertex);
}

/* Marks everything that can be reached from here. */
static void mark_reachable(struct validation *c, int32_t from, bool *marks)
{
    mark_vertex(c, from, marks);
    while (c->stack->len > 0)
        visit_vertex(c, pop_vertex(c), mark_vertex, marks);
}

static void check_reach(struct validation *c)
{
    bool ended = false;
    if (!has_start(c))
        return;
    mark_reachable(c, c->b->start_node, c->reached);
    for (int32_t i = 0; i < c->n_nodes; i++) {
        const struct story_node *n = &c->nodes[i];
        ended |= c->reached[i] && n->ending >= 0;
        if (!c->reached[i])
            builder_error_at(c->b, n->mark, name_width(n->name), "W602",
                             "lead to it with `goto` or `next`, or remove it", "nothing leads to `%s`", n->name);
    }
    if (!ended && !c->b->endings_broken)
        builder_error_at(c->b, c->b->start.mark, c->b->start.width, "W609", "mark the last nodes with `ending`",
                         "no ending can be reached from here");
}

/* ---- endless silence ------------------------------------------------------------------------------------------ */

struct silence_search {
    bool *doomed;  /* of each vertex: it is silent, and leads only to such vertices */
    bool escapes;  /* the vertex being inspected leads to one that is not doomed */
    bool any;      /* the vertex being inspected leads somewhere */
    int32_t next;  /* a doomed vertex that it leads to, or -1 */
    GArray *edges; /* struct silent_edge, sorted by target */
    int32_t from;
};

struct silent_edge {
    int32_t to, from;
};

static void note_successor(struct validation *c, int32_t vertex, void *user)
{
    struct silence_search *s = user;
    (void)c;
    s->any = true;
    if (s->doomed[vertex])
        s->next = vertex;
    else
        s->escapes = true;
}

static void inspect_successors(struct validation *c, struct silence_search *s, int32_t vertex)
{
    s->escapes = s->any = false;
    s->next = -1;
    visit_vertex(c, vertex, note_successor, s);
}

static void collect_edge(struct validation *c, int32_t vertex, void *user)
{
    struct silence_search *s = user;
    const struct silent_edge e = {vertex, s->from};
    (void)c;
    g_array_append_val(s->edges, e);
}

static int edge_by_target(const void *a, const void *b)
{
    const struct silent_edge *x = a, *y = b;
    return (x->to > y->to) - (x->to < y->to);
}

static guint first_edge_to(const GArray *edges, int32_t to)
{
    guint lo = 0, hi = edges->len;
    while (lo < hi) {
        const guint mid = (lo + hi) / 2;
        if (g_array_index(edges, struct silent_edge, mid).to < to)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* A vertex that leads to one that escapes, escapes. Each is pushed once, so this is linear. */
static void spread_escape(struct validation *c, struct silence_search *s)
{
    while (c->stack->len > 0) {
        const int32_t vertex = pop_vertex(c);
        for (guint i = first_edge_to(s->edges, vertex); i < s->edges->len; i++) {
            const struct silent_edge *e = &g_array_index(s->edges, struct silent_edge, i);
            if (e->to != vertex)
                break;
            if (s->doomed[e->from])
                push_vertex(c, e->from);
            s->doomed[e->from] = false;
        }
    }
}

/* All silent vertices are taken for doomed until a way out is found. */
static void find_doomed(struct validation *c, struct silence_search *s)
{
    const int32_t n = c->n_nodes + c->n_routes;
    for (int32_t i = 0; i < n; i++)
        s->doomed[i] = i >= c->n_nodes || c->nodes[i].clip.kind == STORY_SILENT;
    for (int32_t i = 0; i < n; i++) {
        if (!s->doomed[i])
            continue;
        s->from = i;
        visit_vertex(c, i, collect_edge, s);
        inspect_successors(c, s, i);
        if (!s->escapes && s->any)
            continue;
        s->doomed[i] = false;
        push_vertex(c, i);
    }
    if (s->edges->len > 1)
        qsort(s->edges->data, s->edges->len, sizeof(struct silent_edge), edge_by_target);
    spread_escape(c, s);
    assert(c->stack->len == 0);
}

/* Follows doomed vertices from `node` until one comes twice, and reports the circle. */
static void report_silence(struct validation *c, struct silence_search *s, bool *told, int32_t node)
{
    g_autoptr(GString) way = g_string_new(NULL);
    int32_t at = node;
    int shown = 0;
    while (!told[at]) {
        told[at] = true;
        if (at < c->n_nodes && shown++ < 6)
            g_string_append_printf(way, "`%s` → ", c->nodes[at].name);
        inspect_successors(c, s, at);
        at = s->next;
        assert(at >= 0); /* a doomed vertex leads to doomed ones only, and to at least one */
    }
    if (shown > 6)
        g_string_append(way, "… → ");
    const char *again = at < c->n_nodes ? c->nodes[at].name : c->nodes[node].name;
    const struct story_node *n = &c->nodes[node];
    c->b->targets_broken = true;
    builder_error_at(c->b, n->mark, name_width(n->name), "E411", "give one of them a clip, or a way out",
                     "nodes without a clip lead around in a circle: %s`%s`", way->str, again);
}

static void check_silence(struct validation *c)
{
    const size_t n = (size_t)c->n_nodes + (size_t)c->n_routes + 1;
    bool *doomed = g_new0(bool, n), *told = g_new0(bool, n), *passed = g_new0(bool, n);
    struct silence_search s = {.doomed = doomed, .edges = g_array_new(FALSE, FALSE, sizeof(struct silent_edge))};
    find_doomed(c, &s);
    for (int32_t i = 0; i < c->n_nodes; i++) {
        if (!doomed[i] || passed[i])
            continue;
        report_silence(c, &s, told, i);
        mark_reachable(c, i, passed); /* one report for all that are connected */
    }
    g_array_free(s.edges, TRUE);
    g_free(doomed);
    g_free(told);
    g_free(passed);
}

/* ---- what is not used ----------------------------------------------------------------------------------------- */

static void mark_used(struct validation *c, int32_t vertex, void *user)
{
    (void)c;
    ((bool *)user)[vertex] = true;
}

static void check_unused_routes(struct validation *c)
{
    bool *used = g_new0(bool, c->n_nodes + c->n_routes + 1);
    for (int32_t i = 0; i < c->n_nodes; i++)
        visit_target(c, c->nodes[i].next, mark_used, used);
    for (guint i = 0; i < c->b->decisions->len; i++)
        visit_target(c, c->decisions[i].timeout.to, mark_used, used);
    for (guint i = 0; i < c->b->options->len; i++)
        visit_target(c, c->options[i].to, mark_used, used);
    for (guint i = 0; i < c->b->parts->len; i++)
        visit_target(c, c->parts[i].to, mark_used, used);
    for (int32_t i = 0; i < c->n_routes; i++)
        if (c->routes[i].name && !c->routes[i].arms && !used[c->n_nodes + i])
            builder_error_at(c->b, c->routes[i].mark, name_width(c->routes[i].name), "W606", "remove it, or use it",
                             "nothing uses the route `%s`", c->routes[i].name);
    g_free(used);
}

static void check_unused_vars(struct validation *c)
{
    for (guint i = 0; i < c->b->vars->len; i++) {
        const struct story_var *v = &g_array_index(c->b->vars, struct story_var, i);
        const struct builder_var *info = &g_array_index(c->b->var_uses, struct builder_var, i);
        const uint32_t width = name_width(v->name);
        if (info->broken)
            continue; /* its mistake is known, and so may be its uses */
        if (!info->read && !info->written)
            builder_error_at(c->b, v->mark, width, "W603", "remove it, or use it", "nothing uses `%s`", v->name);
        else if (!info->written)
            builder_error_at(c->b, v->mark, width, "W604", "set it somewhere, or write its value instead",
                             "nothing ever sets `%s`", v->name);
        else if (!info->read && info->arm)
            builder_error_at(c->b, v->mark, width, "W605",
                             "let a condition read it: a `when`, or a decision's `variants`",
                             "the arms of `%s` all show the same film: nothing reads it", v->name);
        else if (!info->read)
            builder_error_at(c->b, v->mark, width, "W605", "read it in a condition, or remove it", "nothing reads `%s`",
                             v->name);
    }
}

static void check_unused_words(struct validation *c, const GArray *words, const char *what)
{
    for (guint i = 0; i < words->len; i++) {
        const struct builder_tag *w = &g_array_index(words, struct builder_tag, i);
        if (w->declared && !w->used)
            builder_error_at(c->b, w->mark, name_width(w->name), "W611", "use it, or remove it",
                             "nothing uses the %s `%s`", what, w->name);
    }
}

static void check_unused_declarations(struct validation *c)
{
    check_unused_words(c, c->b->traits, "trait");
    check_unused_words(c, c->b->props, "prop");
    check_unused_words(c, c->b->acts, "act");
}

static void check_unused_media(struct validation *c)
{
    for (guint i = 0; i < c->b->media->len; i++) {
        const struct builder_medium *m = &g_array_index(c->b->media, struct builder_medium, i);
        if (!m->used)
            builder_error_at(c->b, m->mark, name_width(m->name), "W610", "remove it, or use it", "no clip uses `%s`",
                             m->name);
    }
}

static void check_unused_cues(struct validation *c)
{
    for (guint i = 0; i < c->b->cue_sets->len; i++) {
        const struct builder_cue_set *set = &g_array_index(c->b->cue_sets, struct builder_cue_set, i);
        if (!set->used)
            builder_error_at(c->b, set->mark, name_width(set->name), "W615", "remove it, or use it",
                             "no decision uses the cues `%s`", set->name);
    }
}

/* `o`: the default of a decision or of a variant; NULL: it has none. */
static void check_default(struct validation *c, const struct story_option *o)
{
    if (o && o->when >= 0)
        builder_error_at(c->b, o->mark, name_width(o->name), "W608", "choose one without `when`, or give a `timeout`",
                         "`%s` is the default, but not always available", o->name);
}

static void check_defaults(struct validation *c)
{
    for (guint i = 0; i < c->b->decisions->len; i++) {
        const struct story_decision *d = &c->decisions[i];
        const struct story_option *o = d->fallback >= 0 ? &c->options[d->options.first + d->fallback] : NULL;
        if (!d->timeout.given)
            check_default(c, o);
        for (int32_t k = 0; k < d->variants.n; k++) {
            const int32_t fallback =
                g_array_index(c->b->variants, struct story_variant, d->variants.first + k).fallback;
            check_default(c, fallback >= 0 ? &c->options[d->options.first + fallback] : NULL);
        }
    }
}

static void check_track_languages(struct validation *c)
{
    const GArray *languages = c->b->languages;
    for (guint i = 0; i < c->b->track_marks->len; i++) {
        const struct pending_name *ref = &g_array_index(c->b->track_marks, struct pending_name, i);
        bool found = ref->name[0] == '\0';
        for (guint j = 0; j < languages->len; j++)
            found |= g_ascii_strcasecmp(g_array_index(languages, const char *, j), ref->name) == 0;
        if (!found && !c->b->languages_unknown)
            builder_error_at(c->b, ref->mark, ref->width, "W704", "add it to `languages`", "`%s` is not in `languages`",
                             ref->name);
    }
}

/* ---- all rules ------------------------------------------------------------------------------------------------ */

/* What a rule can't do without. After unknown names all is read, though not everything leads somewhere. Where a medium, a tag
 * or a set of cues is unknown, its name may be a misspelt one of those that seem unused. */
enum {
    NEEDS_TARGETS = 1,
    NEEDS_EXPRESSIONS = 2,
    NEEDS_NO_CIRCLE = 4,
    NEEDS_ALL_READ = 8,
    NEEDS_TAGS = 16,
    NEEDS_MEDIA = 32,
    NEEDS_CUES = 64
};

static const struct {
    void (*run)(struct validation *c);
    int needs;
    enum story_left_out about;
} rules[] = {
    {check_circles, 0, 0},
    {check_dead_parts, NEEDS_TARGETS | NEEDS_NO_CIRCLE, STORY_LEFT_WAYS},
    {check_silence, NEEDS_TARGETS | NEEDS_NO_CIRCLE, STORY_LEFT_WAYS},
    {check_reach, NEEDS_TARGETS | NEEDS_NO_CIRCLE, STORY_LEFT_WAYS},
    {check_unused_routes, NEEDS_TARGETS | NEEDS_NO_CIRCLE, STORY_LEFT_UNUSED},
    {check_unused_vars, NEEDS_EXPRESSIONS | NEEDS_ALL_READ, STORY_LEFT_UNUSED},
    {check_unused_declarations, NEEDS_ALL_READ | NEEDS_TAGS, STORY_LEFT_UNUSED},
    {check_unused_media, NEEDS_MEDIA, STORY_LEFT_UNUSED},
    {check_unused_cues, NEEDS_CUES, STORY_LEFT_UNUSED},
    {check_defaults, NEEDS_ALL_READ, STORY_LEFT_WAYS},
    {check_track_languages, 0, 0},
};

/* Of what the rules can't do without, what there is not. */
static int lacking(const struct validation *c)
{
    const struct builder *b = c->b;
    return (b->targets_broken ? NEEDS_TARGETS : 0) | (b->expressions_broken ? NEEDS_EXPRESSIONS : 0) |
           (c->circle ? NEEDS_NO_CIRCLE : 0) | (b->unread ? NEEDS_ALL_READ : 0) | (b->tags_broken ? NEEDS_TAGS : 0) |
           (b->media_broken ? NEEDS_MEDIA : 0) | (b->cues_broken ? NEEDS_CUES : 0);
}

unsigned validate_story(struct builder *b)
{
    unsigned left_out = 0;
    struct validation c = {
        .b = b,
        .nodes = (const struct story_node *)(void *)b->nodes->data,
        .decisions = (const struct story_decision *)(void *)b->decisions->data,
        .options = (const struct story_option *)(void *)b->options->data,
        .routes = (const struct story_route *)(void *)b->routes->data,
        .parts = (const struct story_part *)(void *)b->parts->data,
        .n_nodes = (int32_t)b->nodes->len,
        .n_routes = (int32_t)b->routes->len,
        .always = g_malloc(b->routes->len + 1),
        .reached = g_new0(bool, b->nodes->len + b->routes->len + 1),
        .stack = g_array_new(FALSE, FALSE, sizeof(int32_t)),
    };
    memset(c.always, -1, b->routes->len + 1);
    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
        if (rules[i].needs & lacking(&c))
            left_out |= rules[i].about;
        else
            rules[i].run(&c);
    }
    g_array_free(c.stack, TRUE);
    g_free(c.always);
    g_free(c.reached);
    return left_out;
}

/*
 * play_model: small random stories for the tests of play/, once as a model of trees and pointers (which the tests'
 * own interpreter walks), once compiled into a struct story as the loader would make it.
 *
 * model_random() makes one from a seed, with everything that the step function knows; model_free() frees it and its
 * story. Names are "n0", "d0", "o0", ...; times are whole seconds.
 */
#pragma once

#include "play/play.h"
#include "story/limits.h"
#include "story/memory_index.h"
#include "story/name_index.h"

#include <glib.h>
#include <string.h>

/*
 * How many random stories a test compares: n, but a third of them under AddressSanitizer. It is slow, and it looks for
 * wrong accesses, which are as likely in one story as in another.
 */
#ifdef __SANITIZE_ADDRESS__
#define RANDOM_STORIES(n) ((n) / 3)
#else
#define RANDOM_STORIES(n) (n)
#endif

struct m_expr {
    enum story_op op;
    int32_t arg;
    struct m_expr *a, *b;
};

struct m_effect {
    enum story_effect_op op;
    int32_t var, index; /* index: in story->effects */
    struct m_expr *value, *when;
};

struct m_target {
    enum story_target_kind kind;
    int32_t index;
};

struct m_part {
    struct m_expr *when;
    int32_t weight;
    struct m_target to;
};

struct m_route {
    bool random;
    GArray *parts; /* m_part */
};

struct m_option {
    struct m_expr *when;
    GPtrArray *run, *after; /* m_effect */
    struct m_target to;
};

struct m_decision {
    int32_t node, fallback, as;
    int64_t opens, closes; /* s */
    bool cut_now, cut_picks, checkpoint, back_target, given;
    bool code;          /* a code entry, its last option for wrong codes */
    GPtrArray *options; /* m_option */
    GPtrArray *timeout_run;
    struct m_target timeout_to;
};

struct m_at {
    int64_t at; /* s */
    GPtrArray *run;
};

struct m_node {
    bool silent;
    int32_t ending;
    enum story_role role;
    GPtrArray *enter;
    GArray *ats;       /* m_at */
    GArray *decisions; /* int32 */
    struct m_target next;
};

struct model {
    GRand *rand;
    GPtrArray *garbage; /* everything below */
    GArray *vars;       /* story_var */
    GArray *memories;   /* story_memory */
    GPtrArray *nodes, *decisions, *routes;
    int32_t n_endings, start, n_nodes_wanted, n_decisions_wanted, n_routes_wanted;
    struct story *s;
    GArray *code, *exprs, *effects, *parts, *c_routes, *options, *c_decisions, *ats, *events, *c_nodes, *endings;
};

static inline int32_t m_below(struct model *m, int32_t n)
{
    return n <= 0 ? 0 : g_rand_int_range(m->rand, 0, n);
}

static inline bool m_chance(struct model *m, int32_t percent)
{
    return m_below(m, 100) < percent;
}

static inline void *m_new(struct model *m, size_t size)
{
    void *p = g_malloc0(size);
    g_ptr_array_add(m->garbage, p);
    return p;
}

/* ---- random expressions ------------------------------------------------------------------------------------- */

static inline struct m_expr *m_node2(struct model *m, enum story_op op, struct m_expr *a, struct m_expr *b)
{
    struct m_expr *e = m_new(m, sizeof *e);
    *e = (struct m_expr){op, 0, a, b};
    return e;
}

static inline struct m_expr *m_leaf(struct model *m, enum story_op op, int32_t arg)
{
    struct m_expr *e = m_new(m, sizeof *e);
    *e = (struct m_expr){op, arg, NULL, NULL};
    return e;
}

/* A value of the state that is an int (or count), or a bool (or seen, picked); -1 if there is none. */
static inline int32_t m_any_value(struct model *m, bool is_bool)
{
    int32_t found[64], n = 0;
    for (guint i = 0; i < m->vars->len; i++)
        if (g_array_index(m->vars, struct story_var, i).type == (is_bool ? STORY_BOOL : STORY_INT))
            found[n++] = (int32_t)i;
    for (guint i = 0; i < m->memories->len; i++)
        if ((g_array_index(m->memories, struct story_memory, i).kind != STORY_COUNT) == is_bool)
            found[n++] = (int32_t)(m->vars->len + i);
    return n ? found[m_below(m, n)] : -1;
}

static inline struct m_expr *m_int(struct model *m, int depth)
{
    static const enum story_op ops[] = {OP_ADD, OP_SUB, OP_MUL, OP_MIN, OP_MAX};
    const int32_t v = m_any_value(m, false);
    if (depth == 0 || m_chance(m, 40)) {
        if (v >= 0 && m_chance(m, 65))
            return m_leaf(m, OP_LOAD, v);
        return m_leaf(m, OP_CONST, m_chance(m, 4) ? G_MAXINT32 - m_below(m, 3) : m_below(m, 7) - 3);
    }
    if (m_chance(m, 15))
        return m_node2(m, OP_NEG, m_int(m, depth - 1), NULL);
    struct m_expr *a = m_int(m, depth - 1);
    return m_node2(m, ops[m_below(m, G_N_ELEMENTS(ops))], a, m_int(m, depth - 1));
}

static inline struct m_expr *m_bool(struct model *m, int depth)
{
    static const enum story_op compare[] = {OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE};
    const int32_t v = m_any_value(m, true);
    if (depth == 0 || m_chance(m, 25))
        return v >= 0 && m_chance(m, 80) ? m_leaf(m, OP_LOAD, v) : m_leaf(m, OP_CONST, m_chance(m, 50));
    switch (m_below(m, 4)) {
    case 0:
        return m_node2(m, OP_NOT, m_bool(m, depth - 1), NULL);
    case 1: {
        struct m_expr *a = m_bool(m, depth - 1);
        return m_node2(m, m_chance(m, 50) ? OP_AND : OP_OR, a, m_bool(m, depth - 1));
    }
    default: {
        struct m_expr *a = m_int(m, depth - 1);
        return m_node2(m, compare[m_below(m, G_N_ELEMENTS(compare))], a, m_int(m, depth - 1));
    }
    }
}

static inline struct m_expr *m_when(struct model *m, int32_t percent)
{
    return m_chance(m, percent) ? m_bool(m, 3) : NULL;
}

/* ---- random parts ------------------------------------------------------------------------------------------- */

static inline GPtrArray *m_effects(struct model *m, int32_t most)
{
    GPtrArray *run = g_ptr_array_new();
    for (int32_t n = m_below(m, most + 1); n > 0; n--) {
        struct m_effect *e = m_new(m, sizeof *e);
        e->var = m_below(m, (int32_t)m->vars->len);
        const struct story_var *v = &g_array_index(m->vars, struct story_var, e->var);
        const struct m_effect *before = run->len ? g_ptr_array_index(run, run->len - 1) : NULL;
        e->when = before && before->when && m_chance(m, 50) ? before->when : m_when(m, 30);
        if (v->type == STORY_BOOL) {
            e->op = m_chance(m, 40) ? STORY_TOGGLE : STORY_SET;
            e->value = e->op == STORY_SET ? m_bool(m, 2) : NULL;
        } else if (v->type == STORY_ENUM) {
            e->op = STORY_SET;
            e->value = m_leaf(m, OP_CONST, m_below(m, v->max + 1));
        } else {
            e->op = m_chance(m, 60) ? STORY_ADD : STORY_SET;
            e->value = m_int(m, 2);
        }
        g_ptr_array_add(run, e);
    }
    return run;
}

/* Only routes from `first_route` on may be named, so that there are no circles. */
static inline struct m_target m_any_target(struct model *m, int32_t percent, int32_t first_route)
{
    if (!m_chance(m, percent))
        return (struct m_target){STORY_NOWHERE, -1};
    const int32_t routes = m->n_routes_wanted - first_route;
    const int32_t dice = m_below(m, 100);
    if (dice < 40 && routes > 0)
        return (struct m_target){STORY_TO_ROUTE, first_route + m_below(m, routes)};
    if (dice < 52 && m->n_decisions_wanted > 0)
        return (struct m_target){STORY_TO_BACK, m_below(m, m->n_decisions_wanted)};
    if (dice < 58 && m->n_decisions_wanted > 0)
        return (struct m_target){STORY_TO_AGAIN, m_below(m, m->n_decisions_wanted)};
    return (struct m_target){STORY_TO_NODE, m_below(m, m->n_nodes_wanted)};
}

static inline void m_add_route(struct model *m)
{
    struct m_route *r = m_new(m, sizeof *r);
    r->random = m_chance(m, 45);
    r->parts = g_array_new(FALSE, FALSE, sizeof(struct m_part));
    for (int32_t n = 1 + m_below(m, 4); n > 0; n--) {
        struct m_part part = {m_when(m, 60), r->random ? 1 + m_below(m, 5) : 0,
                              m_any_target(m, 97, (int32_t)m->routes->len + 1)};
        g_array_append_val(r->parts, part);
    }
    g_ptr_array_add(m->routes, r);
}

static inline void m_add_var(struct model *m)
{
    static const char *const names[] = {"v0", "v1", "v2", "v3", "v4"};
    struct story_var v = {.name = names[m->vars->len], .type = (enum story_type)m_below(m, 3)};
    v.min = v.type == STORY_INT ? -m_below(m, 4) : 0;
    v.max = v.type == STORY_BOOL ? 1 : 1 + m_below(m, 5);
    v.values = (struct story_span){0, v.type == STORY_ENUM ? v.max + 1 : 0};
    v.initial = v.min + m_below(m, v.max - v.min + 1);
    v.keep_viewer = m_chance(m, 20);
    v.keep_rewind = m_chance(m, 20);
    g_array_append_val(m->vars, v);
}

static inline struct m_option *m_add_option(struct model *m, bool routes)
{
    struct m_option *o = m_new(m, sizeof *o);
    o->when = m_when(m, 40);
    o->run = m_effects(m, 2);
    o->after = m_effects(m, 1);
    o->to = m_any_target(m, routes ? 75 : 8, 0);
    return o;
}

/* Decisions are 10 s apart, opening after 1 to 3 s and closing before the next begins. */
static inline void m_add_decision(struct model *m, struct m_node *n, int32_t node, int64_t base)
{
    struct m_decision *d = m_new(m, sizeof *d);
    const int32_t index = (int32_t)m->decisions->len;
    const bool routes = m_chance(m, 60);
    d->node = node;
    d->opens = base + 1 + m_below(m, 3);
    d->closes = d->opens + 1 + m_below(m, 6);
    d->cut_now = m_chance(m, 20);              /* when a pick comes */
    d->cut_picks = d->cut_now && d->opens % 2; /* and only then */
    d->checkpoint = m_chance(m, 70);
    d->options = g_ptr_array_new();
    for (int32_t i = 1 + m_below(m, 4); i > 0; i--)
        g_ptr_array_add(d->options, m_add_option(m, routes));
    d->code = d->options->len > 1 && d->opens % 3 == 0; /* not drawn at random, so that seeds keep their stories */
    d->fallback = m_chance(m, 60) ? m_below(m, (int32_t)d->options->len) : -1;
    d->given = m_chance(m, 40);
    d->as = d->given && m_chance(m, 40) ? m_below(m, (int32_t)d->options->len) : -1;
    d->timeout_run = m_effects(m, d->given ? 2 : 0);
    d->timeout_to = m_any_target(m, d->given ? 60 : 0, 0);
    g_array_append_val(n->decisions, index);
    g_ptr_array_add(m->decisions, d);
}

static inline void m_add_node(struct model *m)
{
    struct m_node *n = m_new(m, sizeof *n);
    const int32_t node = (int32_t)m->nodes->len;
    n->silent = m_chance(m, 30);
    n->ending = m_chance(m, 15) ? m->n_endings++ : -1;
    n->enter = m_effects(m, 2);
    n->ats = g_array_new(FALSE, FALSE, sizeof(struct m_at));
    n->decisions = g_array_new(FALSE, FALSE, sizeof(int32_t));
    n->role = n->ending < 0 && !n->silent && m_chance(m, 12) ? STORY_ROLE_POST_PLAY : STORY_ROLE_NONE;
    n->next = m_any_target(m, n->ending >= 0 || n->role ? 30 : 85, 0);
    for (int64_t base = 0; !n->silent && base < 30 && (int32_t)m->decisions->len < m->n_decisions_wanted; base += 10)
        if (m_chance(m, 50))
            m_add_decision(m, n, node, base);
    for (int64_t at = m_below(m, 6); !n->silent && at < 30; at += 1 + m_below(m, 20)) {
        struct m_at a = {at, m_effects(m, 2)};
        g_array_append_val(n->ats, a);
    }
    g_ptr_array_add(m->nodes, n);
}

/* ---- compiling ---------------------------------------------------------------------------------------------- */

static inline void c_code(struct model *m, const struct m_expr *e)
{
    const struct story_code code = {e->op, e->arg};
    if (e->a)
        c_code(m, e->a);
    if (e->b)
        c_code(m, e->b);
    g_array_append_val(m->code, code);
}

static inline int32_t c_expr(struct model *m, const struct m_expr *e)
{
    if (!e)
        return -1;
    struct story_expr x = {.code = {(int32_t)m->code->len, 0}, .source = ""};
    c_code(m, e);
    x.code.n = (int32_t)m->code->len - x.code.first;
    g_array_append_val(m->exprs, x);
    return (int32_t)m->exprs->len - 1;
}

static inline struct story_span c_effects(struct model *m, const GPtrArray *run)
{
    const struct story_span span = {(int32_t)m->effects->len, (int32_t)run->len};
    for (guint i = 0; i < run->len; i++) {
        struct m_effect *e = g_ptr_array_index(run, i);
        const struct m_effect *before = i ? g_ptr_array_index(run, i - 1) : NULL;
        const bool together = before && before->when && before->when == e->when;
        const int32_t when =
            together ? g_array_index(m->effects, struct story_effect, m->effects->len - 1).when : c_expr(m, e->when);
        const struct story_effect fx = {e->op, e->var, c_expr(m, e->value), when, {0, 0, 0}};
        e->index = (int32_t)m->effects->len;
        g_array_append_val(m->effects, fx);
    }
    return span;
}

static inline struct story_target c_target(struct model *m, struct m_target to)
{
    if (to.kind == STORY_TO_BACK)
        ((struct m_decision *)g_ptr_array_index(m->decisions, to.index))->back_target = true;
    return (struct story_target){to.kind, to.index};
}

static inline const char *m_name(struct model *m, char letter, int32_t i)
{
    char *name = g_strdup_printf("%c%d", letter, i);
    g_ptr_array_add(m->garbage, name);
    return name;
}

static inline void c_route(struct model *m, int32_t i)
{
    const struct m_route *r = g_ptr_array_index(m->routes, i);
    const struct story_route route = {.name = i % 2 ? m_name(m, 'r', i) : NULL,
                                      .parts = {(int32_t)m->parts->len, (int32_t)r->parts->len},
                                      .random = r->random};
    for (guint k = 0; k < r->parts->len; k++) {
        const struct m_part *p = &g_array_index(r->parts, struct m_part, k);
        const struct story_part part = {c_expr(m, p->when), p->weight, c_target(m, p->to), {0, 0, 0}};
        g_array_append_val(m->parts, part);
    }
    g_array_append_val(m->c_routes, route);
}

static inline void c_decision(struct model *m, int32_t i)
{
    const struct m_decision *d = g_ptr_array_index(m->decisions, i);
    struct story_decision c = {.name = m_name(m, 'd', i), .node = d->node, .prompt = -1};
    c.opens_us = d->opens * US_PER_SECOND;
    c.closes_us = d->closes * US_PER_SECOND;
    c.cut = d->cut_picks ? STORY_CUT_PICK : d->cut_now ? STORY_CUT_NOW : STORY_CUT_END;
    c.options = (struct story_span){(int32_t)m->options->len, (int32_t)d->options->len};
    c.layout = d->code ? STORY_CODE : STORY_ROW;
    c.fallback = d->fallback;
    c.checkpoint = d->checkpoint;
    for (guint k = 0; k < d->options->len; k++) {
        const struct m_option *o = g_ptr_array_index(d->options, k);
        struct story_option x = {.name = m_name(m, 'o', (int32_t)k), .decision = i, .text = -1, .sub = -1};
        if (d->code && k + 1 < d->options->len)
            x.code = m_name(m, 'c', (int32_t)k);
        x.when = c_expr(m, o->when);
        x.run = c_effects(m, o->run);
        x.after = c_effects(m, o->after);
        x.to = c_target(m, o->to);
        g_array_append_val(m->options, x);
    }
    c.timeout = (struct story_timeout){d->given, c_effects(m, d->timeout_run), c_target(m, d->timeout_to), d->as};
    g_array_append_val(m->c_decisions, c);
}

static inline int c_event_order(const void *a, const void *b)
{
    const struct story_event *x = a, *y = b;
    if (x->at_us != y->at_us)
        return x->at_us < y->at_us ? -1 : 1;
    return (int)x->kind - (int)y->kind;
}

static inline void c_node(struct model *m, int32_t i)
{
    const struct m_node *n = g_ptr_array_index(m->nodes, i);
    struct story_node c = {.name = m_name(m, 'n', i), .title = -1, .ending = n->ending, .role = n->role, .act = -1};
    GArray *events = g_array_new(FALSE, FALSE, sizeof(struct story_event));
    c.clip.kind = n->silent ? STORY_SILENT : STORY_CARD;
    c.clip.from_us = c.clip.to_us = US_NONE;
    c.clip.for_us = i % 2 ? 8 * US_PER_SECOND : US_NONE;
    c.enter = c_effects(m, n->enter);
    c.next = c_target(m, n->next);
    for (guint k = 0; k < n->ats->len; k++) {
        const struct m_at *a = &g_array_index(n->ats, struct m_at, k);
        const struct story_at at = {a->at * US_PER_SECOND, c_effects(m, a->run)};
        const struct story_event e = {at.at_us, STORY_AT, (int32_t)m->ats->len};
        g_array_append_val(m->ats, at);
        g_array_append_val(events, e);
    }
    for (guint k = 0; k < n->decisions->len; k++) {
        const int32_t index = g_array_index(n->decisions, int32_t, k);
        const struct m_decision *d = g_ptr_array_index(m->decisions, index);
        const struct story_event open = {d->opens * US_PER_SECOND, STORY_OPEN, index};
        const struct story_event close = {d->closes * US_PER_SECOND, STORY_CLOSE, index};
        g_array_append_val(events, open);
        g_array_append_val(events, close);
    }
    g_array_sort(events, c_event_order);
    c.events = (struct story_span){(int32_t)m->events->len, (int32_t)events->len};
    if (events->len)
        g_array_append_vals(m->events, events->data, events->len);
    g_array_unref(events);
    if (n->decisions->len > 0)
        c.decisions = (struct story_span){g_array_index(n->decisions, int32_t, 0), (int32_t)n->decisions->len};
    if (n->ending >= 0) {
        const struct story_ending ending = {m_name(m, 'e', n->ending), -1, i, {0, 0}, {0, 0, 0}};
        g_array_append_val(m->endings, ending);
    }
    g_array_append_val(m->c_nodes, c);
}

static inline void c_story(struct model *m)
{
    static const char *const values[] = {"a", "b", "c", "d", "e", "f", "g"};
    struct story *s = m->s = g_new0(struct story, 1);
    GArray **const all[] = {&m->code,        &m->exprs, &m->effects, &m->parts,   &m->c_routes, &m->options,
                            &m->c_decisions, &m->ats,   &m->events,  &m->c_nodes, &m->endings};
    static const size_t sizes[] = {
        sizeof(struct story_code),     sizeof(struct story_expr),  sizeof(struct story_effect),
        sizeof(struct story_part),     sizeof(struct story_route), sizeof(struct story_option),
        sizeof(struct story_decision), sizeof(struct story_at),    sizeof(struct story_event),
        sizeof(struct story_node),     sizeof(struct story_ending)};
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
        *all[i] = g_array_new(FALSE, FALSE, (guint)sizes[i]);
    for (guint i = 0; i < m->routes->len; i++)
        c_route(m, (int32_t)i);
    for (guint i = 0; i < m->decisions->len; i++)
        c_decision(m, (int32_t)i);
    for (guint i = 0; i < m->nodes->len; i++)
        c_node(m, (int32_t)i);
    for (guint i = 0; i < m->decisions->len; i++)
        g_array_index(m->c_decisions, struct story_decision, i).back_target =
            ((struct m_decision *)g_ptr_array_index(m->decisions, i))->back_target;
#define GIVE(field, count, array) (s->field = (const void *)(array)->data, s->count = (int32_t)(array)->len)
    GIVE(vars, n_vars, m->vars);
    GIVE(memories, n_memories, m->memories);
    GIVE(code, n_code, m->code);
    GIVE(exprs, n_exprs, m->exprs);
    GIVE(effects, n_effects, m->effects);
    GIVE(parts, n_parts, m->parts);
    GIVE(routes, n_routes, m->c_routes);
    GIVE(options, n_options, m->options);
    GIVE(decisions, n_decisions, m->c_decisions);
    GIVE(ats, n_ats, m->ats);
    GIVE(events, n_events, m->events);
    GIVE(nodes, n_nodes, m->c_nodes);
    GIVE(endings, n_endings, m->endings);
#undef GIVE
    int32_t *remembered = g_new0(int32_t, m->memories->len + 1);
    g_ptr_array_add(m->garbage, remembered);
    memory_index_fill(s, (struct story_node *)(void *)m->c_nodes->data,
                      (struct story_decision *)(void *)m->c_decisions->data, remembered);
    s->remembered = remembered;
    s->names = values;
    s->n_names = G_N_ELEMENTS(values);
    s->id = "test.random";
    s->version = "1.0 \"quoted\"";
    s->hash = 0x0123456789abcdef;
    s->start = m->start;
    s->owned = name_index_new(s, NULL);
}

/* ---- the whole ---------------------------------------------------------------------------------------------- */

static inline void m_add_memories(struct model *m)
{
    for (int32_t n = m_below(m, 4); n > 0; n--) {
        struct story_memory k = {(enum story_memory_kind)m_below(m, 4), 0, -1};
        k.subject = m_below(m, story_remembers_decision(k.kind) ? m->n_decisions_wanted : m->n_nodes_wanted);
        k.option = k.kind == STORY_PICKED ? m_below(m, 2) : -1;
        g_array_append_val(m->memories, k);
    }
}

/* Decisions for which no node had room never open. */
static inline void m_add_missing_decisions(struct model *m)
{
    struct m_node *last = g_ptr_array_index(m->nodes, m->nodes->len - 1);
    last->silent = false;
    for (int64_t base = 40; (int32_t)m->decisions->len < m->n_decisions_wanted; base += 10)
        m_add_decision(m, last, (int32_t)m->nodes->len - 1, base);
}

static inline struct model *model_random(uint32_t seed)
{
    struct model *m = g_new0(struct model, 1);
    m->rand = g_rand_new_with_seed(seed);
    m->garbage = g_ptr_array_new_with_free_func(g_free);
    m->vars = g_array_new(FALSE, FALSE, sizeof(struct story_var));
    m->memories = g_array_new(FALSE, FALSE, sizeof(struct story_memory));
    m->nodes = g_ptr_array_new();
    m->decisions = g_ptr_array_new();
    m->routes = g_ptr_array_new();
    m->n_nodes_wanted = 2 + m_below(m, 7);
    m->n_decisions_wanted = 1 + m_below(m, 6);
    m->n_routes_wanted = m_below(m, 5);
    for (int32_t i = 1 + m_below(m, 4); i > 0; i--)
        m_add_var(m);
    m_add_memories(m);
    while ((int32_t)m->routes->len < m->n_routes_wanted)
        m_add_route(m);
    while ((int32_t)m->nodes->len < m->n_nodes_wanted)
        m_add_node(m);
    m_add_missing_decisions(m);
    m->start = m_below(m, m->n_nodes_wanted);
    c_story(m);
    return m;
}

static inline void model_free(struct model *m)
{
    GArray *const arrays[] = {m->vars,    m->memories,    m->code, m->exprs,  m->effects, m->parts,  m->c_routes,
                              m->options, m->c_decisions, m->ats,  m->events, m->c_nodes, m->endings};
    for (size_t i = 0; i < G_N_ELEMENTS(arrays); i++)
        g_array_unref(arrays[i]);
    for (guint i = 0; i < m->nodes->len; i++) {
        struct m_node *n = g_ptr_array_index(m->nodes, i);
        for (guint k = 0; k < n->ats->len; k++)
            g_ptr_array_unref(g_array_index(n->ats, struct m_at, k).run);
        g_ptr_array_unref(n->enter);
        g_array_unref(n->ats);
        g_array_unref(n->decisions);
    }
    for (guint i = 0; i < m->decisions->len; i++) {
        struct m_decision *d = g_ptr_array_index(m->decisions, i);
        for (guint k = 0; k < d->options->len; k++) {
            struct m_option *o = g_ptr_array_index(d->options, k);
            g_ptr_array_unref(o->run);
            g_ptr_array_unref(o->after);
        }
        g_ptr_array_unref(d->options);
        g_ptr_array_unref(d->timeout_run);
    }
    for (guint i = 0; i < m->routes->len; i++)
        g_array_unref(((struct m_route *)g_ptr_array_index(m->routes, i))->parts);
    g_ptr_array_unref(m->nodes);
    g_ptr_array_unref(m->decisions);
    g_ptr_array_unref(m->routes);
    g_ptr_array_unref(m->garbage);
    g_rand_free(m->rand);
    story_owned_free(m->s->owned);
    g_free(m->s);
    g_free(m);
}

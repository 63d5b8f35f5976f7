#include "explore/liveness.h"

#include "play/checkpoint.h"
#include "story/node_edges.h"
#include "play/play.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

#define SET_BITS     64 /* of a word of a set */
#define SCRATCH_SETS 16

/* A set of values is an array of `words` 64-bit words. */
struct liveness {
    const struct story *s;
    int32_t n_values, words;
    bool *read;        /* variable: something reads it, be it by way of another one */
    bool shared;       /* the arrays from here to may_clamp, and `read`, belong to another */
    uint64_t *always;  /* kept while the viewer goes back or between plays, or read by asserts */
    uint64_t *asked;   /* of each expression: what it reads */
    uint64_t *entry;   /* of each node: what is live before it is entered */
    uint64_t *opening; /* of each decision: what is live right before it opens, if the film came there by itself */
    bool *may_clamp;   /* effect: on a number that is read, which may be clamped, so that its value matters in itself */
    uint64_t *scratch; /* a stack of sets: set_push(), set_pop() */
    int32_t depth;     /* sets in use */
    int32_t open;      /* while events are walked: the decision that is open, or -1 */
    bool goes_again;   /* some target is an again() */
    bool *flags;       /* the answer of liveness_at() */
};

/* An empty set, until set_pop(). */
static uint64_t *set_push(struct liveness *l)
{
    assert(l->depth < SCRATCH_SETS);
    uint64_t *set = l->scratch + (size_t)l->words * (size_t)l->depth++;
    memset(set, 0, (size_t)l->words * sizeof *set);
    return set;
}

static void set_pop(struct liveness *l, int32_t n)
{
    assert(n <= l->depth);
    l->depth -= n;
}

static void set_add(const struct liveness *l, uint64_t *to, const uint64_t *from)
{
    for (int32_t i = 0; i < l->words; i++)
        to[i] |= from[i];
}

static void set_copy(const struct liveness *l, uint64_t *to, const uint64_t *from)
{
    memcpy(to, from, (size_t)l->words * sizeof *to);
}

static bool set_has(const uint64_t *set, int32_t value)
{
    return set[value / SET_BITS] >> (value % SET_BITS) & 1;
}

static void set_put(uint64_t *set, int32_t value)
{
    set[value / SET_BITS] |= UINT64_C(1) << (value % SET_BITS);
}

static void set_drop(uint64_t *set, int32_t value)
{
    set[value / SET_BITS] &= ~(UINT64_C(1) << (value % SET_BITS));
}

static void add_expr(const struct liveness *l, uint64_t *set, int32_t expr)
{
    if (expr >= 0)
        set_add(l, set, l->asked + (size_t)l->words * (size_t)expr);
}

/* ---- backwards ------------------------------------------------------------------------------------------------ */

/* Takes `set` from what is live behind the effects to what is live before them. Conditions always matter, because whether an
 * effect ever runs is among explore's answers. */
static void live_before_effects(const struct liveness *l, struct story_span run, uint64_t *set)
{
    for (int32_t i = run.first + run.n - 1; i >= run.first; i--) {
        const struct story_effect *e = &l->s->effects[i];
        const bool matters = set_has(set, e->var) || l->may_clamp[i];
        if (e->op == STORY_SET && e->when < 0)
            set_drop(set, e->var);
        if (matters)
            add_expr(l, set, e->value);
        if (l->may_clamp[i] && e->op != STORY_SET)
            set_put(set, e->var);
        add_expr(l, set, e->when);
    }
    set_add(l, set, l->always);
}

/* Adds what the conditions on the way to a target read. */
static void add_conditions(const struct liveness *l, struct story_target to, uint64_t *set)
{
    if (to.kind != STORY_TO_ROUTE)
        return;
    const struct story_span parts = l->s->routes[to.index].parts;
    for (int32_t i = parts.first; i < parts.first + parts.n; i++) {
        add_expr(l, set, l->s->parts[i].when);
        add_conditions(l, l->s->parts[i].to, set);
    }
}

/* Adds what is live where the target can lead. */
static void add_entries(const struct liveness *l, struct story_target to, uint64_t *set)
{
    if (to.kind == STORY_TO_NODE)
        set_add(l, set, l->entry + (size_t)l->words * (size_t)to.index);
    if (to.kind == STORY_TO_AGAIN)
        set_add(l, set, l->opening + (size_t)l->words * (size_t)to.index);
    if (to.kind != STORY_TO_ROUTE)
        return;
    const struct story_span parts = l->s->routes[to.index].parts;
    for (int32_t i = parts.first; i < parts.first + parts.n; i++)
        add_entries(l, l->s->parts[i].to, set);
}

static void add_all_entries(const struct liveness *l, const struct story_decision *d, uint64_t *set)
{
    for (int32_t i = d->options.first; i < d->options.first + d->options.n; i++)
        add_entries(l, l->s->options[i].to, set);
    add_entries(l, d->timeout.to, set);
}

/* One outcome of a decision: effects, then a target (`first` if it holds, else `to`), then more effects. */
struct decision_outcome {
    struct story_span run, after;
    struct story_target first, to;
    bool picked;
};

/* A point in a node's timetable at which a decision may be made. */
struct decision_point {
    const struct story_decision *d;
    int32_t next;          /* the first event that has not happened yet */
    const uint64_t *leave; /* live when the node is left by the target kept so far, or by its own `next` */
    const uint64_t *rest;  /* live before event `next`, whatever was taken, if more decisions are to come; else NULL */
};

static void add_outcome(struct liveness *l, const struct decision_point *m, const struct decision_outcome *o,
                        uint64_t *set)
{
    uint64_t *out = set_push(l);
    const struct story_span events = l->s->nodes[m->d->node].events;
    const bool cut = m->d->cut == STORY_CUT_NOW || (m->d->cut == STORY_CUT_PICK && o->picked);
    const bool holds = o->first.kind == STORY_TO_NODE || o->to.kind == STORY_TO_NODE;
    if (m->rest && !cut)
        set_copy(l, out, m->rest);
    else if (!holds)
        set_copy(l, out, m->leave);
    add_entries(l, o->first, out);
    add_entries(l, o->to, out);
    for (int32_t i = events.n - 1; !cut && !m->rest && i >= m->next; i--) {
        const struct story_event *e = &l->s->events[events.first + i];
        if (e->kind == STORY_AT)
            live_before_effects(l, l->s->ats[e->index].run, out);
    }
    live_before_effects(l, o->after, out);
    add_conditions(l, o->first, out);
    add_conditions(l, o->to, out);
    live_before_effects(l, o->run, out);
    set_add(l, set, out);
    set_pop(l, 1);
}

static const struct story_target nowhere = {STORY_NOWHERE, -1};

static struct decision_outcome outcome_of(const struct liveness *l, const struct story_decision *d, int32_t option)
{
    if (option < 0)
        return (struct decision_outcome){.first = nowhere, .to = nowhere};
    const struct story_option *o = &l->s->options[d->options.first + option];
    return (struct decision_outcome){o->run, o->after, nowhere, o->to, false};
}

static void add_picks(struct liveness *l, const struct decision_point *m, uint64_t *set)
{
    for (int32_t i = 0; i < m->d->options.n; i++) {
        struct decision_outcome o = outcome_of(l, m->d, i);
        o.picked = true;
        add_outcome(l, m, &o, set);
    }
}

/* The defaults of the decision's variants, and what tells which of them holds. */
static void add_variants(struct liveness *l, const struct decision_point *m, uint64_t *set)
{
    for (int32_t i = m->d->variants.first; i < m->d->variants.first + m->d->variants.n; i++) {
        const struct story_variant *v = &l->s->variants[i];
        const struct decision_outcome o = outcome_of(l, m->d, v->fallback);
        if (v->fallback >= 0)
            add_outcome(l, m, &o, set);
        add_expr(l, set, v->when);
    }
}

static void add_timeout(struct liveness *l, const struct decision_point *m, uint64_t *set)
{
    const struct story_decision *d = m->d;
    uint64_t *out = set_push(l);
    struct decision_outcome o = outcome_of(l, d, d->timeout.given ? d->timeout.as : d->fallback);
    const struct decision_outcome nothing = outcome_of(l, d, -1);
    o.first = d->timeout.to;
    add_outcome(l, m, &o, out);
    if (!d->timeout.given) {
        add_outcome(l, m, &nothing, out); /* the default option may not be available */
        add_variants(l, m, out);
    }
    live_before_effects(l, d->timeout.run, out);
    set_add(l, set, out);
    set_pop(l, 1);
}

/* ---- a node --------------------------------------------------------------------------------------------------- */

static bool opens_from(const struct liveness *l, int32_t node, int32_t from, int32_t decision)
{
    const struct story_span events = l->s->nodes[node].events;
    for (int32_t i = from; i < events.n; i++) {
        const struct story_event *e = &l->s->events[events.first + i];
        if (e->kind == STORY_OPEN && e->index == decision)
            return true;
    }
    return false;
}

/* Takes `now` from what is live behind the event to what is live before it. `open`: the decision that is open then, m->d, or
 * -1. */
static void live_before_event(struct liveness *l, const struct story_event *e, const struct decision_point *m,
                              int32_t open, uint64_t *now)
{
    uint64_t *out = set_push(l);
    const struct decision_point behind = {m->d, m->next + 1, m->leave, m->rest};
    if (e->kind == STORY_AT)
        live_before_effects(l, l->s->ats[e->index].run, now);
    if (e->kind == STORY_OPEN)
        for (int32_t i = 0; i < l->s->decisions[e->index].options.n; i++)
            add_expr(l, now, l->s->options[l->s->decisions[e->index].options.first + i].when);
    if (e->kind == STORY_CLOSE && m->d && open == e->index) {
        add_timeout(l, &behind, out);
        add_picks(l, &behind, out);
        set_copy(l, now, out);
    }
    if (m->d && story_pick_cuts(m->d)) /* a pick may come at any moment */
        add_picks(l, m, now);
    set_pop(l, 1);
}

/*
 * What is live in the node before event `from`, while this decision (or -1) is open. If several decisions are to come, each is
 * assumed to lead wherever any of them does.
 */
static void live_before_events(struct liveness *l, int32_t node, int32_t from, int32_t open, const uint64_t *leave,
                               uint64_t *set)
{
    const struct story_node *n = &l->s->nodes[node];
    const struct story_event *e = l->s->events + n->events.first;
    uint64_t *any = set_push(l), *rest = set_push(l);
    int32_t n_decisions = 0;
    set_copy(l, any, leave);
    for (int32_t i = from; i < n->events.n; i++) {
        const int32_t d = e[i].index;
        if (e[i].kind != STORY_CLOSE || (d != open && !opens_from(l, node, from, d)))
            continue;
        add_all_entries(l, &l->s->decisions[d], any);
        n_decisions++;
    }
    set_copy(l, set, n_decisions > 1 ? any : leave);
    for (int32_t i = n->events.n - 1; i >= from; i--) {
        const bool closes = e[i].kind == STORY_CLOSE;
        const int32_t d = closes ? e[i].index : -1;
        set_copy(l, rest, set);
        if (closes && (d == open || opens_from(l, node, from, d)))
            l->open = d;
        else if (e[i].kind == STORY_OPEN)
            l->open = -1;
        const struct story_decision *opened = l->open >= 0 ? &l->s->decisions[l->open] : NULL;
        const struct decision_point m = {opened, i, n_decisions > 1 ? any : leave, n_decisions > 1 ? rest : NULL};
        live_before_event(l, &e[i], &m, l->open, set);
    }
    l->open = -1;
    set_pop(l, 2);
}

/* What is live when the node is left by its own `next`. */
static void live_at_leave(const struct liveness *l, int32_t node, uint64_t *set)
{
    set_copy(l, set, l->always);
    add_conditions(l, l->s->nodes[node].next, set);
    add_entries(l, l->s->nodes[node].next, set);
}

/* Finds what is live before each decision of the node opens. True if that is more than was known. */
static bool update_openings(struct liveness *l, int32_t node, const uint64_t *leave)
{
    const struct story_span decisions = l->s->nodes[node].decisions;
    uint64_t *set = set_push(l);
    bool more = false;
    for (int32_t i = decisions.first; l->goes_again && i < decisions.first + decisions.n; i++) {
        uint64_t *opening = l->opening + (size_t)l->words * (size_t)i;
        live_before_events(l, node, play_events_before(l->s, i), -1, leave, set);
        set_add(l, set, l->always);
        more |= memcmp(opening, set, (size_t)l->words * sizeof *set) != 0;
        set_copy(l, opening, set);
    }
    set_pop(l, 1);
    return more;
}

/* Finds what is live before the node is entered. True if that, or what is live before its decisions, is more than was known. */
static bool update_entry(struct liveness *l, int32_t node)
{
    const struct story *s = l->s;
    uint64_t *leave = set_push(l), *set = set_push(l), *entry = l->entry + (size_t)l->words * (size_t)node;
    live_at_leave(l, node, leave);
    bool more = update_openings(l, node, leave);
    live_before_events(l, node, 0, -1, leave, set);
    live_before_effects(l, s->nodes[node].enter, set);
    const struct story_span memories = s->nodes[node].memories;
    for (int32_t k = memories.first; k < memories.first + memories.n; k++) {
        const int32_t i = s->remembered[k];
        if (s->memories[i].kind == STORY_SEEN && !set_has(l->always, s->n_vars + i))
            set_drop(set, s->n_vars + i);
    }
    more |= memcmp(entry, set, (size_t)l->words * sizeof *set) != 0;
    set_copy(l, entry, set);
    set_pop(l, 2);
    return more;
}

bool liveness_is_read(const struct liveness *l, int32_t var)
{
    assert(var >= 0 && var < l->s->n_vars);
    return l->read[var];
}

const bool *liveness_at_checkpoint(struct liveness *l, const int32_t *state, int32_t i)
{
    const int32_t *checkpoint = state + checkpoint_offset(l->s, i);
    int32_t before[PLAY_VALUES] = {
        [PLAY_PHASE] = PLAY_RUNNING,
        [PLAY_NODE] = l->s->decisions[checkpoint[CHECKPOINT_DECISION]].node,
        [PLAY_CURSOR] = checkpoint[CHECKPOINT_CURSOR],
        [PLAY_OPEN] = -1,
        [PLAY_TO_KIND] = checkpoint[CHECKPOINT_TO_KIND],
        [PLAY_TO_INDEX] = checkpoint[CHECKPOINT_TO_INDEX],
    };
    return liveness_at(l, before);
}

const bool *liveness_at(struct liveness *l, const int32_t *state)
{
    const struct story_target to = {(enum story_target_kind)state[PLAY_TO_KIND], state[PLAY_TO_INDEX]};
    const bool running = state[PLAY_PHASE] == PLAY_RUNNING,
               kept = to.kind == STORY_TO_NODE || to.kind == STORY_TO_AGAIN;
    uint64_t *leave = set_push(l), *set = set_push(l);
    set_copy(l, set, l->always);
    if (running && kept)
        add_entries(l, to, leave);
    else if (running)
        live_at_leave(l, state[PLAY_NODE], leave);
    if (running && state[PLAY_CUT])
        set_add(l, set, leave);
    else if (running)
        live_before_events(l, state[PLAY_NODE], state[PLAY_CURSOR], state[PLAY_OPEN], leave, set);
    set_add(l, set, l->always);
    for (int32_t i = 0; i < l->n_values; i++)
        l->flags[i] = state[PLAY_PHASE] == PLAY_IDLE || set_has(set, i);
    set_pop(l, 2);
    assert(l->depth == 0 && l->open == -1);
    return l->flags;
}

/* ---- life ----------------------------------------------------------------------------------------------------- */

static void find_asked_values(struct liveness *l)
{
    const struct story *s = l->s;
    for (int32_t i = 0; i < s->n_exprs; i++) {
        const struct story_span code = s->exprs[i].code;
        for (int32_t c = code.first; c < code.first + code.n; c++)
            if (s->code[c].op == OP_LOAD)
                set_put(l->asked + (size_t)l->words * (size_t)i, s->code[c].arg);
    }
}

/* Words in the picture quote numbers by their names. */
static void find_quoted_variables(struct liveness *l, const struct story_inscription *in)
{
    const struct story *s = l->s;
    for (int32_t i = 0; i < s->n_vars; i++) {
        g_autofree char *quote = g_strdup_printf("{%s}", s->vars[i].name);
        for (int32_t k = 0; k < s->n_languages; k++)
            l->read[i] |= strstr(story_text(s, in->text, s->languages[k]), quote) != NULL;
    }
}

static void find_variables_in_use(struct liveness *l)
{
    const struct story *s = l->s;
    uint64_t *used = set_push(l);
    for (int32_t i = 0; i < s->n_asserts; i++)
        add_expr(l, used, s->asserts[i].expr);
    for (int32_t i = 0; i < s->n_options; i++)
        add_expr(l, used, s->options[i].when);
    for (int32_t i = 0; i < s->n_parts; i++)
        add_expr(l, used, s->parts[i].when);
    for (int32_t i = 0; i < s->n_effects; i++)
        add_expr(l, used, s->effects[i].when);
    for (int32_t i = 0; i < s->n_variants; i++)
        add_expr(l, used, s->variants[i].when);
    for (int32_t i = 0; i < s->n_inscriptions; i++)
        add_expr(l, used, s->inscriptions[i].when);
    for (int32_t i = 0; i < s->n_vars; i++)
        l->read[i] |= set_has(used, i);
    set_pop(l, 1);
}

/* What an effect reads is read only where somebody reads the variable that it sets: nobody reads a number that only counts on. */
static void find_read_variables(struct liveness *l)
{
    const struct story *s = l->s;
    bool more = true;
    for (int32_t i = 0; i < s->n_inscriptions; i++)
        find_quoted_variables(l, &s->inscriptions[i]);
    find_variables_in_use(l);
    while (more) {
        more = false;
        for (int32_t i = 0; i < s->n_effects; i++) {
            const int32_t value = l->read[s->effects[i].var] ? s->effects[i].value : -1;
            for (int32_t v = 0; value >= 0 && v < s->n_vars; v++) {
                const bool is_new = !l->read[v] && set_has(l->asked + (size_t)l->words * (size_t)value, v);
                l->read[v] |= is_new;
                more |= is_new;
            }
        }
    }
}

/* Going back restores all values but those that are kept, so their last ones may be read from then on. */
static void find_lasting_values(struct liveness *l)
{
    const struct story *s = l->s;
    bool back = false;
    for (int32_t i = 0; i < s->n_decisions; i++)
        back |= s->decisions[i].checkpoint || s->decisions[i].back_target;
    for (int32_t i = 0; i < s->n_asserts; i++)
        add_expr(l, l->always, s->asserts[i].expr);
    for (int32_t i = 0; i < s->n_vars; i++)
        if (l->read[i] && (s->vars[i].keep_viewer || (back && s->vars[i].keep_rewind)))
            set_put(l->always, i);
    for (int32_t i = 0; i < s->n_effects; i++)
        l->may_clamp[i] = s->vars[s->effects[i].var].type == STORY_INT && l->read[s->effects[i].var];
}

static bool liveness_check(const struct liveness *l)
{
    assert(l->depth == 0 && l->open == -1); /* nothing is being walked */
    assert(l->n_values < l->words * SET_BITS);
    return true;
}

/* Nodes whose entries are yet to be found, or found again because what follows them changed. */
struct liveness_queue {
    GArray *edges;  /* node_edge, by the node that they come from */
    int32_t *first; /* node: its first link, or -1 */
    int32_t *next;  /* edge: the next one that leads to the same node, or -1 */
    GQueue nodes;
    bool *queued; /* node */
};

static void queue_node(struct liveness_queue *q, int32_t node)
{
    if (q->queued[node])
        return;
    q->queued[node] = true;
    g_queue_push_tail(&q->nodes, GINT_TO_POINTER(node));
}

/* The last nodes first: most stories go forward, so what follows a node is then known before it. */
static void queue_begin(struct liveness_queue *q, const struct story *s)
{
    *q = (struct liveness_queue){.edges = node_edges_of(s), .nodes = G_QUEUE_INIT};
    q->first = g_new(int32_t, (gsize)s->n_nodes + 1);
    q->next = g_new(int32_t, (gsize)q->edges->len + 1);
    q->queued = g_new0(bool, (gsize)s->n_nodes + 1);
    for (int32_t i = 0; i < s->n_nodes; i++)
        q->first[i] = -1;
    for (int32_t i = 0; i < (int32_t)q->edges->len; i++) {
        const int32_t to = g_array_index(q->edges, struct node_edge, i).to;
        q->next[i] = q->first[to];
        q->first[to] = i;
    }
    for (int32_t i = s->n_nodes - 1; i >= 0; i--)
        queue_node(q, i);
}

static void queue_end(struct liveness_queue *q)
{
    g_queue_clear(&q->nodes);
    g_free(q->queued);
    g_free(q->next);
    g_free(q->first);
    g_array_unref(q->edges);
}

/* If what is live before the node changes, so may what is live before those that lead to it. */
static void update_next(struct liveness *l, struct liveness_queue *q)
{
    const int32_t node = GPOINTER_TO_INT(g_queue_pop_head(&q->nodes));
    q->queued[node] = false;
    for (int32_t i = update_entry(l, node) ? q->first[node] : -1; i >= 0; i = q->next[i])
        queue_node(q, g_array_index(q->edges, struct node_edge, i).from);
}

/* Again and again, until nothing changes. */
static void find_entries_in_rounds(struct liveness *l, struct patience *patience)
{
    for (bool more = true; more;) {
        more = false;
        for (int32_t i = l->s->n_nodes - 1; i >= 0 && !patience_is_over(patience); i--)
            more |= update_entry(l, i);
        more &= !patience_is_over(patience);
    }
}

/* What is live where somebody can go back is live before a node from which no edge leads there. */
static bool has_checkpoints(const struct story *s)
{
    for (int32_t i = 0; i < s->n_decisions; i++)
        if (s->decisions[i].checkpoint || s->decisions[i].back_target)
            return true;
    return false;
}

static void find_entries(struct liveness *l, struct patience *patience)
{
    struct liveness_queue q;
    queue_begin(&q, l->s);
    if (q.edges->len >= NODE_EDGES_MAX || has_checkpoints(l->s)) /* the edges do not tell all */
        find_entries_in_rounds(l, patience);
    else
        while (!g_queue_is_empty(&q.nodes) && !patience_is_over(patience))
            update_next(l, &q);
    queue_end(&q);
}

static bool goes_again(const struct story *s)
{
    bool again = false;
    for (int32_t i = 0; i < s->n_parts; i++)
        again |= s->parts[i].to.kind == STORY_TO_AGAIN;
    for (int32_t i = 0; i < s->n_options; i++)
        again |= s->options[i].to.kind == STORY_TO_AGAIN;
    for (int32_t i = 0; i < s->n_decisions; i++)
        again |= s->decisions[i].timeout.to.kind == STORY_TO_AGAIN;
    for (int32_t i = 0; i < s->n_nodes; i++)
        again |= s->nodes[i].next.kind == STORY_TO_AGAIN;
    return again;
}

struct liveness *liveness_new(const struct story *s, struct patience *patience)
{
    struct liveness *l = g_new0(struct liveness, 1);
    l->s = s;
    l->n_values = s->n_vars + s->n_memories;
    l->words = l->n_values / SET_BITS + 1;
    l->open = -1;
    const gsize size = (gsize)l->words;
    l->always = g_new0(uint64_t, size);
    l->asked = g_new0(uint64_t, size * ((gsize)s->n_exprs + 1));
    l->entry = g_new0(uint64_t, size * ((gsize)s->n_nodes + 1));
    l->opening = g_new0(uint64_t, size * ((gsize)s->n_decisions + 1));
    l->goes_again = goes_again(s);
    l->may_clamp = g_new0(bool, (gsize)s->n_effects + 1);
    l->scratch = g_new0(uint64_t, size * SCRATCH_SETS);
    l->flags = g_new0(bool, (gsize)l->n_values + 1);
    l->read = g_new0(bool, (gsize)s->n_vars + 1);
    find_asked_values(l);
    find_read_variables(l);
    find_lasting_values(l);
    find_entries(l, patience);
    assert(liveness_check(l));
    return l;
}

struct liveness *liveness_share(const struct liveness *l)
{
    if (!l)
        return NULL;
    struct liveness *share = g_memdup2(l, sizeof *l);
    share->shared = true;
    share->scratch = g_new0(uint64_t, (gsize)l->words * SCRATCH_SETS);
    share->flags = g_new0(bool, (gsize)l->n_values + 1);
    share->depth = 0;
    share->open = -1;
    assert(liveness_check(share));
    return share;
}

void liveness_free(struct liveness *l)
{
    if (!l)
        return;
    if (!l->shared) {
        g_free(l->read);
        g_free(l->may_clamp);
        g_free(l->opening);
        g_free(l->entry);
        g_free(l->asked);
        g_free(l->always);
    }
    g_free(l->flags);
    g_free(l->scratch);
    g_free(l);
}

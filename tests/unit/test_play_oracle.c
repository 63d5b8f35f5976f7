/*
 * The step function against a second interpreter, which walks the story's model as trees, keeps whole copies of its
 * state as checkpoints and remembers every place of a silent chain. Over thousands of random stories and inputs, their
 * effects and states must be the same. Also: the same inputs give the same bytes; a state survives being stored;
 * play_foresee() finds what trying everything finds. Argument: a seed.
 */
#include "effects.h"
#include "play_model.h"
#include "tap.h"

#include "play/schedule.h"

#include <inttypes.h>
#include <stdlib.h>

/* ---- the oracle --------------------------------------------------------------------------------------------- */

struct o_state {
    enum play_phase phase;
    int32_t node, done, open, ending, why;
    bool cut;
    uint64_t mask, rng;
    struct m_target to;
    GArray *values;  /* int32 */
    GPtrArray *back; /* o_state: whole copies, each as it was before `of` opened */
    int32_t of;
};

struct oracle {
    const struct model *m;
    struct o_state *st;
    GArray *told; /* play_effect */
    const struct play_input *in;
    int32_t met;
    bool loops; /* a silent chain came back to where it was; the rest is not compared */
};

static void o_free(void *p)
{
    struct o_state *st = p;
    g_array_unref(st->values);
    g_ptr_array_unref(st->back);
    g_free(st);
}

/* All but what is kept for going back: that is the same list, however far one goes back in it. */
static struct o_state *o_copy(const struct o_state *st)
{
    struct o_state *c = g_memdup2(st, sizeof *st);
    c->values = g_array_copy(st->values);
    c->back = g_ptr_array_new_with_free_func(o_free);
    return c;
}

static struct o_state *o_new(const struct model *m)
{
    struct o_state *st = g_new0(struct o_state, 1);
    st->node = st->open = st->ending = st->to.index = -1;
    st->values = g_array_new(FALSE, TRUE, sizeof(int32_t));
    g_array_set_size(st->values, m->vars->len + m->memories->len);
    for (guint i = 0; i < m->vars->len; i++)
        g_array_index(st->values, int32_t, i) = g_array_index(m->vars, struct story_var, i).initial;
    st->back = g_ptr_array_new_with_free_func(o_free);
    return st;
}

static void o_tell(struct oracle *o, struct play_effect fx)
{
    g_array_append_val(o->told, fx);
}

static int64_t o_eval(const struct o_state *st, const struct m_expr *e)
{
    if (!e)
        return 1;
    const int64_t a = e->a ? o_eval(st, e->a) : 0, b = e->b ? o_eval(st, e->b) : 0;
    int64_t v = 0;
    switch (e->op) {
    case OP_CONST:
        v = e->arg;
        break;
    case OP_LOAD:
        v = g_array_index(st->values, int32_t, e->arg);
        break;
    case OP_NOT:
        v = a == 0;
        break;
    case OP_NEG:
        v = 0 - a;
        break;
    case OP_AND:
        v = a ? b : 0;
        break;
    case OP_OR:
        v = a ? 1 : b;
        break;
    case OP_EQ:
        v = a == b;
        break;
    case OP_NE:
        v = !(a == b);
        break;
    case OP_LT:
        v = b > a;
        break;
    case OP_LE:
        v = !(a > b);
        break;
    case OP_GT:
        v = a > b;
        break;
    case OP_GE:
        v = !(b > a);
        break;
    case OP_ADD:
        v = b + a;
        break;
    case OP_SUB:
        v = a - b;
        break;
    case OP_MUL:
        v = b * a;
        break;
    case OP_MIN:
        v = MIN(a, b);
        break;
    case OP_MAX:
        v = MAX(a, b);
        break;
    }
    return CLAMP(v, (int64_t)INT32_MIN, (int64_t)INT32_MAX);
}

static void o_run(struct oracle *o, const GPtrArray *run)
{
    const struct m_expr *together = NULL; /* effects written under one condition, which is asked once */
    bool held = false;
    for (guint i = 0; i < run->len; i++) {
        const struct m_effect *e = g_ptr_array_index(run, i);
        const struct story_var *v = &g_array_index(o->m->vars, struct story_var, e->var);
        int32_t *slot = &g_array_index(o->st->values, int32_t, e->var);
        if (!e->when || e->when != together)
            held = o_eval(o->st, e->when) != 0;
        together = e->when;
        if (!held)
            continue;
        const int32_t old = *slot;
        const int64_t want = e->op == STORY_TOGGLE ? (old == 0)
                             : e->op == STORY_ADD  ? old + o_eval(o->st, e->value)
                                                   : o_eval(o->st, e->value);
        *slot = (int32_t)CLAMP(want, (int64_t)v->min, (int64_t)v->max);
        o_tell(o, (struct play_effect){.kind = PLAY_DID_SET,
                                       .set = {e->var, old, *slot, e->index, want < v->min || want > v->max}});
    }
}

static struct o_state *o_checkpoint(const struct oracle *o, int32_t decision)
{
    for (guint i = 0; i < o->st->back->len; i++)
        if (((struct o_state *)g_ptr_array_index(o->st->back, i))->of == decision)
            return g_ptr_array_index(o->st->back, i);
    return NULL;
}

static uint64_t o_random(struct o_state *st)
{
    st->rng += 0x9e3779b97f4a7c15ull;
    uint64_t z = st->rng;
    z ^= z >> 30, z *= 0xbf58476d1ce4e5b9ull;
    z ^= z >> 27, z *= 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

static uint64_t o_below(struct o_state *st, uint64_t n)
{
    const unsigned __int128 words = (unsigned __int128)1 << 64;
    const unsigned __int128 usable = words / n * n;
    for (;;) {
        const uint64_t x = o_random(st);
        if (x < usable)
            return x % n;
    }
}

/* Every part of the route that holds, as indices. */
static GArray *o_parts(const struct oracle *o, const struct m_route *r);

static bool o_holds(const struct oracle *o, struct m_target to)
{
    if (to.kind != STORY_TO_ROUTE)
        return to.kind == STORY_TO_NODE || to.kind == STORY_TO_AGAIN ||
               (to.kind == STORY_TO_BACK && o_checkpoint(o, to.index));
    GArray *parts = o_parts(o, g_ptr_array_index(o->m->routes, to.index));
    const bool some = parts->len > 0;
    g_array_unref(parts);
    return some;
}

static GArray *o_parts(const struct oracle *o, const struct m_route *r)
{
    GArray *found = g_array_new(FALSE, FALSE, sizeof(int32_t));
    for (int32_t i = 0; i < (int32_t)r->parts->len; i++) {
        const struct m_part *p = &g_array_index(r->parts, struct m_part, i);
        if (o_eval(o->st, p->when) && o_holds(o, p->to))
            g_array_append_val(found, i);
    }
    return found;
}

/* One ticket per unit of weight. */
static int32_t o_ticket(struct oracle *o, const struct m_route *r, const GArray *parts)
{
    GArray *tickets = g_array_new(FALSE, FALSE, sizeof(int32_t));
    for (guint i = 0; i < parts->len; i++) {
        const int32_t part = g_array_index(parts, int32_t, i);
        for (int32_t w = g_array_index(r->parts, struct m_part, part).weight; w > 0; w--)
            g_array_append_val(tickets, part);
    }
    const int32_t drawn = g_array_index(tickets, int32_t, o_below(o->st, tickets->len));
    g_array_unref(tickets);
    return drawn;
}

static int32_t o_draw(struct oracle *o, const struct m_route *r, const GArray *parts)
{
    const int32_t i = o->met++;
    if (!o->in->draws || i >= o->in->n_draws)
        return o_ticket(o, r, parts);
    const int32_t n = (int32_t)r->parts->len;
    int32_t part = o->in->draws[i] >= 0 && o->in->draws[i] < n ? o->in->draws[i] : 0;
    for (;; part = (part + 1) % n)
        for (guint k = 0; k < parts->len; k++)
            if (g_array_index(parts, int32_t, k) == part)
                return part;
}

static struct m_target o_resolve(struct oracle *o, struct m_target to)
{
    if (!o_holds(o, to))
        return (struct m_target){STORY_NOWHERE, -1};
    if (to.kind != STORY_TO_ROUTE)
        return to;
    const struct m_route *r = g_ptr_array_index(o->m->routes, to.index);
    GArray *parts = o_parts(o, r);
    int32_t part = g_array_index(parts, int32_t, 0);
    if (r->random) {
        part = o_draw(o, r, parts);
        o_tell(o, (struct play_effect){.kind = PLAY_DID_DRAW, .draw = {to.index, part}});
    }
    g_array_unref(parts);
    return o_resolve(o, g_array_index(r->parts, struct m_part, part).to);
}

static void o_stand(struct o_state *st, enum play_phase phase, int32_t node)
{
    st->phase = phase;
    st->node = node;
    st->done = 0;
    st->open = -1;
    st->mask = 0;
    st->to = (struct m_target){STORY_NOWHERE, -1};
    st->cut = false;
    st->why = 0;
}

static void o_enter(struct oracle *o, int32_t node)
{
    const struct m_node *n = g_ptr_array_index(o->m->nodes, node);
    o_stand(o->st, PLAY_RUNNING, node);
    o_tell(o, (struct play_effect){.kind = PLAY_DID_ENTER, .enter.node = node});
    for (guint i = 0; i < o->m->memories->len; i++) {
        const struct story_memory *k = &g_array_index(o->m->memories, struct story_memory, i);
        int32_t *v = &g_array_index(o->st->values, int32_t, o->m->vars->len + i);
        if ((k->kind == STORY_SEEN || k->kind == STORY_COUNT) && k->subject == node)
            *v = k->kind == STORY_SEEN ? 1 : MIN(*v + 1, STORY_COUNT_MAX);
    }
    o_run(o, n->enter);
    if (n->ending >= 0) {
        o->st->ending = n->ending;
        o_tell(o, (struct play_effect){.kind = PLAY_DID_END, .end.ending = n->ending});
    }
}

static void o_rewind(struct oracle *o, int32_t decision)
{
    struct o_state *now = o->st, *then = o_copy(o_checkpoint(o, decision));
    for (guint i = 0; i < o->m->vars->len; i++) {
        const struct story_var *v = &g_array_index(o->m->vars, struct story_var, i);
        if (v->keep_viewer || v->keep_rewind)
            g_array_index(then->values, int32_t, i) = g_array_index(now->values, int32_t, i);
    }
    for (guint i = 0; i < now->back->len; i++) {
        const struct o_state *c = g_ptr_array_index(now->back, i);
        if (c->of == decision)
            break;
        g_ptr_array_add(then->back, o_copy(c));
    }
    o_free(now);
    o->st = then;
    o_tell(o, (struct play_effect){.kind = PLAY_DID_REWIND, .rewind = {decision, then->node, false}});
}

static void o_again(struct oracle *o, int32_t decision);

static void o_places_free(void *p)
{
    g_bytes_unref(p);
}

/* Has the chain been here with these values (and this generator) before? */
static bool o_was_here(const struct oracle *o, GHashTable *places)
{
    GByteArray *b = g_byte_array_new();
    g_byte_array_append(b, (const guint8 *)&o->st->node, sizeof o->st->node);
    g_byte_array_append(b, (const guint8 *)&o->st->rng, sizeof o->st->rng);
    g_byte_array_append(b, (const guint8 *)o->st->values->data, o->st->values->len * (guint)sizeof(int32_t));
    return !g_hash_table_add(places, g_byte_array_free_to_bytes(b));
}

static void o_travel(struct oracle *o, struct m_target to)
{
    GHashTable *places = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, o_places_free, NULL);
    bool arrived = false;
    for (int passed = 1; to.kind == STORY_TO_NODE && !o->loops; passed++) {
        o_enter(o, to.index);
        const struct m_node *n = g_ptr_array_index(o->m->nodes, to.index);
        arrived = !n->silent;
        if (arrived)
            break;
        o->loops = passed >= STORY_SILENT_MAX || (o->met >= o->in->n_draws && o_was_here(o, places));
        o_tell(o, (struct play_effect){.kind = PLAY_DID_LEAVE, .leave.node = to.index});
        to = o_resolve(o, n->next);
    }
    g_hash_table_unref(places);
    if (arrived || o->loops)
        return;
    if (to.kind == STORY_TO_BACK) {
        o_rewind(o, to.index);
        return;
    }
    if (to.kind == STORY_TO_AGAIN) {
        o_again(o, to.index);
        return;
    }
    const struct m_node *last = g_ptr_array_index(o->m->nodes, o->st->node);
    const bool over = last->ending >= 0 || (last->role != STORY_ROLE_NONE && o->st->ending >= 0);
    o_stand(o->st, over ? PLAY_OVER : PLAY_STUCK, o->st->node);
    if (over)
        o_tell(o, (struct play_effect){.kind = PLAY_DID_FINISH, .finish.ending = o->st->ending});
    else
        o_tell(o, (struct play_effect){.kind = PLAY_DID_STICK, .stick = {PLAY_NO_WAY, o->st->node}});
}

/* What the node's timetable says happens as the i-th: found by sorting on the spot. */
struct o_event {
    int64_t at;
    int rank; /* 0 at, 1 close, 2 open */
    const struct m_at *effects;
    int32_t decision;
};

static int o_event_order(const void *a, const void *b)
{
    const struct o_event *x = a, *y = b;
    return x->at != y->at ? (x->at > y->at) - (x->at < y->at) : x->rank - y->rank;
}

static GArray *o_events(const struct oracle *o)
{
    const struct m_node *n = g_ptr_array_index(o->m->nodes, o->st->node);
    GArray *events = g_array_new(FALSE, FALSE, sizeof(struct o_event));
    for (guint i = 0; i < n->decisions->len; i++) {
        const int32_t index = g_array_index(n->decisions, int32_t, i);
        const struct m_decision *d = g_ptr_array_index(o->m->decisions, index);
        const struct o_event both[] = {{d->closes, 1, NULL, index}, {d->opens, 2, NULL, index}};
        g_array_append_vals(events, both, 2);
    }
    for (guint i = 0; i < n->ats->len; i++) {
        const struct m_at *at = &g_array_index(n->ats, struct m_at, i);
        const struct o_event e = {at->at, 0, at, -1};
        g_array_append_val(events, e);
    }
    g_array_sort(events, o_event_order);
    return events;
}

/* Nothing changes but the place. */
static void o_again(struct oracle *o, int32_t decision)
{
    const struct m_decision *d = g_ptr_array_index(o->m->decisions, decision);
    o_stand(o->st, PLAY_RUNNING, d->node);
    GArray *events = o_events(o);
    while (g_array_index(events, struct o_event, o->st->done).rank != 2 ||
           g_array_index(events, struct o_event, o->st->done).decision != decision)
        o->st->done++;
    g_array_unref(events);
    const int32_t ending = ((struct m_node *)g_ptr_array_index(o->m->nodes, d->node))->ending;
    o->st->ending = ending >= 0 ? ending : o->st->ending;
    o_tell(o, (struct play_effect){.kind = PLAY_DID_REWIND, .rewind = {decision, d->node, true}});
}

static int32_t o_left(const struct oracle *o)
{
    GArray *events = o_events(o);
    const int32_t n = (int32_t)events->len - o->st->done;
    g_array_unref(events);
    return n;
}

static void o_drop_checkpoints(struct oracle *o, int32_t decision)
{
    for (guint i = 0; i < o->st->back->len; i++)
        if (((struct o_state *)g_ptr_array_index(o->st->back, i))->of == decision)
            g_ptr_array_remove_index(o->st->back, i--);
}

static void o_open(struct oracle *o, int32_t index)
{
    const struct m_decision *d = g_ptr_array_index(o->m->decisions, index);
    if (d->checkpoint || d->back_target) {
        struct o_state *moment = o_copy(o->st);
        moment->of = index;
        o_drop_checkpoints(o, index);
        g_ptr_array_add(o->st->back, moment);
    }
    o->st->open = index;
    o->st->mask = 0;
    for (guint i = 0; i < d->options->len; i++)
        if (o_eval(o->st, ((struct m_option *)g_ptr_array_index(d->options, i))->when))
            o->st->mask |= 1ull << i;
    o_tell(o, (struct play_effect){.kind = PLAY_DID_OPEN, .open = {index, o->st->mask}});
}

static bool o_route(struct oracle *o, struct m_target to)
{
    const struct m_target found = o_resolve(o, to);
    if (found.kind != STORY_NOWHERE)
        o->st->to = found;
    return found.kind != STORY_NOWHERE;
}

static void o_decided(struct oracle *o, int32_t index, enum play_outcome outcome, int32_t option)
{
    const struct m_decision *d = g_ptr_array_index(o->m->decisions, index);
    o->st->open = -1;
    o->st->mask = 0;
    const bool cut = d->cut_now && (!d->cut_picks || outcome == PLAY_PICKED);
    o->st->cut = cut;
    o_tell(o, (struct play_effect){.kind = PLAY_DID_DECIDE, .decide = {index, outcome, option, cut}});
    for (guint i = 0; i < o->m->memories->len; i++) {
        const struct story_memory *k = &g_array_index(o->m->memories, struct story_memory, i);
        if (k->kind == STORY_ASKED && k->subject == index)
            g_array_index(o->st->values, int32_t, o->m->vars->len + i) = 1;
    }
}

static void o_pick(struct oracle *o, int32_t option)
{
    const int32_t index = o->st->open;
    const struct m_decision *d = g_ptr_array_index(o->m->decisions, index);
    const struct m_option *x = g_ptr_array_index(d->options, option);
    o_decided(o, index, PLAY_PICKED, option);
    for (guint i = 0; i < o->m->memories->len; i++) {
        const struct story_memory *k = &g_array_index(o->m->memories, struct story_memory, i);
        if (k->kind == STORY_PICKED && k->subject == index && k->option == option)
            g_array_index(o->st->values, int32_t, o->m->vars->len + i) = 1;
    }
    o_run(o, x->run);
    o_route(o, x->to);
    o_run(o, x->after);
}

static void o_time_out(struct oracle *o, int32_t index)
{
    const struct m_decision *d = g_ptr_array_index(o->m->decisions, index);
    int32_t option = -1;
    if (d->given)
        option = d->as;
    else if (d->fallback >= 0 && o->st->mask & 1ull << d->fallback)
        option = d->fallback;
    const struct m_option *x = option >= 0 ? g_ptr_array_index(d->options, option) : NULL;
    o_decided(o, index, PLAY_TIMED_OUT, option);
    if (d->given)
        o_run(o, d->timeout_run);
    if (x)
        o_run(o, x->run);
    if (!(d->given && o_route(o, d->timeout_to)) && x)
        o_route(o, x->to);
    if (x)
        o_run(o, x->after);
}

static void o_advance(struct oracle *o)
{
    GArray *events = o_events(o);
    const struct o_event e = g_array_index(events, struct o_event, o->st->done);
    g_array_unref(events);
    if (e.rank == 2)
        o_open(o, e.decision);
    o->st->done++;
    if (e.rank == 0)
        o_run(o, e.effects->run);
    if (e.rank == 1 && o->st->open == e.decision)
        o_time_out(o, e.decision);
}

static void o_start(struct oracle *o)
{
    o->st->rng = o->in->seed;
    const int32_t *kept = o->in->kept;
    for (guint i = 0; kept && i < o->m->vars->len; i++) {
        const struct story_var *v = &g_array_index(o->m->vars, struct story_var, i);
        if (v->keep_viewer) {
            g_array_index(o->st->values, int32_t, i) = CLAMP(*kept, v->min, v->max);
            kept++;
        }
    }
    o_travel(o, (struct m_target){STORY_TO_NODE, o->m->start});
}

static void o_leave(struct oracle *o)
{
    const struct m_node *n = g_ptr_array_index(o->m->nodes, o->st->node);
    const struct m_target kept = o->st->to;
    o_tell(o, (struct play_effect){.kind = PLAY_DID_LEAVE, .leave.node = o->st->node});
    o_travel(o, o_holds(o, kept) ? kept : o_resolve(o, n->next));
}

static bool o_possible(const struct oracle *o)
{
    const struct o_state *st = o->st;
    const int32_t option = o->in->option, decision = o->in->decision;
    switch (o->in->kind) {
    case PLAY_START:
        return st->phase == PLAY_IDLE;
    case PLAY_ADVANCE:
        return st->phase == PLAY_RUNNING && !st->cut && o_left(o) > 0;
    case PLAY_PICK:
        return st->phase == PLAY_RUNNING && option >= 0 && option < 64 && st->mask >> option & 1;
    case PLAY_LEAVE:
        return st->phase == PLAY_RUNNING && (st->cut || o_left(o) == 0);
    case PLAY_BACK:
        return st->phase != PLAY_IDLE && !st->cut && decision >= 0 && decision < (int32_t)o->m->decisions->len &&
               o_checkpoint(o, decision) &&
               ((struct m_decision *)g_ptr_array_index(o->m->decisions, decision))->checkpoint;
    case PLAY_CHANGE: {
        const int32_t var = o->in->variable;
        const struct story_var *v = (const struct story_var *)(void *)o->m->vars->data + MAX(var, 0);
        return st->phase != PLAY_IDLE && var >= 0 && var < (int32_t)o->m->vars->len && o->in->value >= v->min &&
               o->in->value <= v->max;
    }
    case PLAY_JUMP:
        return st->phase != PLAY_IDLE && o->in->node >= 0 && o->in->node < (int32_t)o->m->nodes->len;
    }
    return false;
}

static void o_change(struct oracle *o)
{
    int32_t *value = &g_array_index(o->st->values, int32_t, o->in->variable);
    o_tell(o, (struct play_effect){.kind = PLAY_DID_SET, .set = {o->in->variable, *value, o->in->value, -1, false}});
    *value = o->in->value;
}

static bool o_step(struct oracle *o, const struct play_input *in)
{
    o->in = in;
    o->met = 0;
    g_array_set_size(o->told, 0);
    if (!o_possible(o))
        return false;
    switch (in->kind) {
    case PLAY_START:
        o_start(o);
        break;
    case PLAY_ADVANCE:
        o_advance(o);
        break;
    case PLAY_PICK:
        o_pick(o, in->option);
        break;
    case PLAY_LEAVE:
        o_leave(o);
        break;
    case PLAY_BACK:
        if (o->st->phase == PLAY_RUNNING)
            o_tell(o, (struct play_effect){.kind = PLAY_DID_LEAVE, .leave.node = o->st->node});
        o_rewind(o, in->decision);
        break;
    case PLAY_CHANGE:
        o_change(o);
        break;
    case PLAY_JUMP:
        if (o->st->phase == PLAY_RUNNING)
            o_tell(o, (struct play_effect){.kind = PLAY_DID_LEAVE, .leave.node = o->st->node});
        o_travel(o, (struct m_target){STORY_TO_NODE, in->node});
        break;
    }
    return true;
}

/* ---- comparing ---------------------------------------------------------------------------------------------- */

static void collect(void *user, const struct play_effect *fx)
{
    g_array_append_vals(user, fx, 1);
}

static bool same_state(const struct model *m, const struct o_state *o, const int32_t *st)
{
    const int32_t want[] = {(int32_t)o->phase,
                            o->node,
                            o->done,
                            o->open,
                            (int32_t)(uint32_t)o->mask,
                            (int32_t)(o->mask >> 32),
                            (int32_t)o->to.kind,
                            o->to.index,
                            o->cut,
                            o->ending,
                            o->why,
                            (int32_t)(uint32_t)o->rng,
                            (int32_t)(uint32_t)(o->rng >> 32),
                            (int32_t)o->back->len};
    G_STATIC_ASSERT(G_N_ELEMENTS(want) == PLAY_VALUES);
    if (memcmp(want, st, sizeof want) != 0 ||
        memcmp(o->values->data, st + PLAY_VALUES, o->values->len * sizeof(int32_t)) != 0)
        return false;
    for (guint i = 0; i < o->back->len; i++)
        if (play_checkpoint(m->s, st, (int32_t)i) != ((struct o_state *)g_ptr_array_index(o->back, i))->of)
            return false;
    return play_check(m->s, st);
}

static void print_effects(const char *title, const GArray *told)
{
    printf("# %s:", title);
    for (guint i = 0; i < told->len; i++) {
        const struct play_effect *fx = &g_array_index(told, struct play_effect, i);
        const struct effect_fields f = effect_fields(fx);
        printf(" %d(", (int)fx->kind);
        for (size_t k = 0; k < G_N_ELEMENTS(f.v); k++)
            printf(k ? " %" PRId64 : "%" PRId64, f.v[k]);
        printf(")");
    }
    printf("\n");
}

static void print_states(const struct o_state *o, const int32_t *st)
{
    printf("# oracle: phase %d node %d done %d open %d to %d/%d checkpoints %u\n# play:", (int)o->phase, o->node,
           o->done, o->open, (int)o->to.kind, o->to.index, o->back->len);
    for (int i = 0; i < PLAY_VALUES; i++)
        printf(" %d", st[i]);
    printf("\n");
}

/* ---- one random play ---------------------------------------------------------------------------------------- */

/* What was tried and seen over all plays: shows that the test tests something. */
struct tally {
    int64_t steps, refused, effects[PLAY_DID_STICK + 1], loops, clamped, forced, foreseen;
};

struct play_case {
    struct model *m;
    struct oracle o;
    int32_t *st, slots;
    GArray *told;
    GRand *rand;
    struct tally *tally;
    int32_t draws[4], kept[8];
};

static struct play_input random_input(struct play_case *c, bool first)
{
    static const enum play_input_kind kinds[] = {PLAY_ADVANCE, PLAY_ADVANCE, PLAY_ADVANCE, PLAY_ADVANCE,
                                                 PLAY_PICK,    PLAY_PICK,    PLAY_PICK,    PLAY_LEAVE,
                                                 PLAY_LEAVE,   PLAY_BACK,    PLAY_CHANGE,  PLAY_JUMP};
    struct play_input in = {.kind = kinds[g_rand_int_range(c->rand, 0, G_N_ELEMENTS(kinds))]};
    if (first || g_rand_int_range(c->rand, 0, 100) == 0)
        in.kind = PLAY_START;
    in.seed = (uint64_t)g_rand_int(c->rand) << 32 | g_rand_int(c->rand);
    in.option = g_rand_int_range(c->rand, -1, 5);
    in.decision = g_rand_int_range(c->rand, -1, (int32_t)c->m->decisions->len + 1);
    in.variable = g_rand_int_range(c->rand, -1, (int32_t)c->m->vars->len + 1);
    in.value = g_rand_int_range(c->rand, -3, 5);
    in.node = g_rand_int_range(c->rand, -1, (int32_t)c->m->nodes->len + 1);
    for (size_t i = 0; i < G_N_ELEMENTS(c->kept); i++)
        c->kept[i] = g_rand_int_range(c->rand, -9, 9);
    for (size_t i = 0; i < G_N_ELEMENTS(c->draws); i++)
        c->draws[i] = g_rand_int_range(c->rand, -1, 5);
    in.kept = g_rand_boolean(c->rand) ? c->kept : NULL;
    if (g_rand_int_range(c->rand, 0, 3) == 0) {
        in.draws = c->draws;
        in.n_draws = g_rand_int_range(c->rand, 0, (int32_t)G_N_ELEMENTS(c->draws) + 1);
    }
    return in;
}

static void count(struct play_case *c, bool taken, const struct play_input *in)
{
    c->tally->steps += taken;
    c->tally->refused += !taken;
    for (guint i = 0; i < c->told->len; i++) {
        const struct play_effect *fx = &g_array_index(c->told, struct play_effect, i);
        c->tally->effects[fx->kind]++;
        c->tally->clamped += fx->kind == PLAY_DID_SET && fx->set.clamped;
        c->tally->forced += fx->kind == PLAY_DID_DRAW && in->draws && in->n_draws;
    }
}

/* The same state and input again, without a sink, give the same bytes. */
static bool same_again(struct play_case *c, const int32_t *before, const struct play_input *in, bool taken)
{
    int32_t *again = g_memdup2(before, (size_t)c->slots * sizeof *before);
    const bool same = play_step(c->m->s, again, in, NULL, NULL) == taken &&
                      memcmp(again, c->st, (size_t)c->slots * sizeof *again) == 0;
    g_free(again);
    return same;
}

static bool step_agrees(struct play_case *c, const struct play_input *in)
{
    int32_t *before = g_memdup2(c->st, (size_t)c->slots * sizeof *c->st);
    g_array_set_size(c->told, 0);
    const bool taken = play_step(c->m->s, c->st, in, collect, c->told), possible = o_step(&c->o, in);
    bool good = taken == possible && same_again(c, before, in, taken);
    if (taken && c->o.loops)
        good &= c->st[PLAY_PHASE] == PLAY_STUCK && c->st[PLAY_STUCK_WHY] == PLAY_SILENT_LOOP &&
                same_first_effects(c->told, c->o.told, MIN(c->told->len - 1, c->o.told->len));
    else if (taken)
        good &= same_effects(c->told, c->o.told) && same_state(c->m, c->o.st, c->st);
    else
        good &= c->told->len == 0 && memcmp(before, c->st, (size_t)c->slots * sizeof *before) == 0;
    count(c, taken, in);
    c->tally->loops += c->o.loops;
    if (!good) {
        printf("# input %d option %d decision %d: play %d, oracle %d\n", (int)in->kind, in->option, in->decision, taken,
               possible);
        print_effects("play", c->told);
        print_effects("oracle", c->o.told);
        print_states(c->o.st, c->st);
    }
    g_free(before);
    return good;
}

/* ---- foreseeing --------------------------------------------------------------------------------------------- */

struct found {
    GArray *bytes; /* int32: state, decision, option, ... */
    int32_t slots;
};

static void note_found(void *user, const int32_t *state, int32_t decision, int32_t option)
{
    struct found *f = user;
    g_array_append_vals(f->bytes, state, (guint)f->slots);
    g_array_append_val(f->bytes, decision);
    g_array_append_val(f->bytes, option);
}

/* There may be very many ways through a node. */
#define FORESEEN_MOST 40

/* Tries everything, by the schedule; keeps copies where play_foresee() keeps levels. */
static void try_all(const struct story *s, int32_t slots, const int32_t *from, int32_t decision, int32_t option,
                    struct found *f)
{
    int32_t *st = g_memdup2(from, (size_t)slots * sizeof *from);
    const int32_t open = st[PLAY_OPEN];
    if ((int32_t)f->bytes->len / (slots + 2) > FORESEEN_MOST) {
        g_free(st);
        return;
    }
    for (int32_t i = 0; open >= 0 && i < 64; i++) {
        const struct play_input pick = {.kind = PLAY_PICK, .option = i};
        memcpy(st, from, (size_t)slots * sizeof *st);
        if (play_step(s, st, &pick, NULL, NULL))
            try_all(s, slots, st, open, i, f);
    }
    memcpy(st, from, (size_t)slots * sizeof *st);
    const struct schedule_due due = schedule_next(s, st, 0, -1);
    const int32_t timeout = open >= 0 ? play_timeout_option(s, st, open) : -1;
    play_step(s, st, &due.input, NULL, NULL);
    if (due.input.kind == PLAY_LEAVE)
        note_found(f, st, decision, option);
    else if (open >= 0 && st[PLAY_OPEN] < 0)
        try_all(s, slots, st, open, timeout, f);
    else
        try_all(s, slots, st, decision, option, f);
    g_free(st);
}

static bool foresight_agrees(struct play_case *c)
{
    struct found all = {g_array_new(FALSE, FALSE, sizeof(int32_t)), c->slots};
    struct found seen = {g_array_new(FALSE, FALSE, sizeof(int32_t)), c->slots};
    int32_t *scratch = g_new(int32_t, (size_t)c->slots * PLAY_FORESEE_STATES);
    int32_t *before = g_memdup2(c->st, (size_t)c->slots * sizeof *c->st);
    if (c->st[PLAY_PHASE] == PLAY_RUNNING)
        try_all(c->m->s, c->slots, c->st, -1, -1, &all);
    const int32_t n_all = (int32_t)all.bytes->len / (c->slots + 2), limit = g_rand_int_range(c->rand, 1, FORESEEN_MOST);
    const int32_t n = play_foresee(c->m->s, c->st, scratch, limit, note_found, &seen);
    const bool good = n == MIN(n_all, limit) && (int32_t)seen.bytes->len == n * (c->slots + 2) &&
                      (n == 0 || memcmp(seen.bytes->data, all.bytes->data, seen.bytes->len * sizeof(int32_t)) == 0) &&
                      memcmp(before, c->st, (size_t)c->slots * sizeof *before) == 0;
    c->tally->foreseen += n;
    if (!good)
        printf("# foresee: %d of %d, limit %d, decision open %d\n", n, n_all, limit, c->st[PLAY_OPEN]);
    g_free(before);
    g_free(scratch);
    g_array_unref(seen.bytes);
    g_array_unref(all.bytes);
    return good;
}

/* ---- the whole ---------------------------------------------------------------------------------------------- */

/* Stored and loaded again elsewhere: the play goes on from there. */
static void store_and_load(struct play_case *c)
{
    int32_t *elsewhere = g_memdup2(c->st, (size_t)c->slots * sizeof *c->st);
    memset(c->st, 0x5a, (size_t)c->slots * sizeof *c->st);
    g_free(c->st);
    c->st = elsewhere;
}

static bool play_agrees(struct model *m, GRand *rand, struct tally *tally)
{
    struct play_case c = {.m = m, .rand = rand, .tally = tally, .slots = play_state_slots(m->s)};
    c.st = g_new(int32_t, c.slots);
    c.told = g_array_new(FALSE, FALSE, sizeof(struct play_effect));
    c.o = (struct oracle){.m = m, .st = o_new(m), .told = g_array_new(FALSE, FALSE, sizeof(struct play_effect))};
    play_init(m->s, c.st);
    bool good = same_state(m, c.o.st, c.st);
    for (int i = 0; i < 90 && good && !c.o.loops; i++) {
        const struct play_input in = random_input(&c, i == 0);
        good = step_agrees(&c, &in);
        if (i % 16 == 3)
            store_and_load(&c);
        if (good && !c.o.loops && g_rand_int_range(rand, 0, 12) == 0)
            good = foresight_agrees(&c);
    }
    o_free(c.o.st);
    g_array_unref(c.o.told);
    g_array_unref(c.told);
    g_free(c.st);
    return good;
}

static void test_against_oracle(uint32_t seed, int n_stories)
{
    struct tally t = {0};
    int bad = 0;
    for (int i = 0; i < n_stories && bad < 3; i++) {
        struct model *m = model_random(seed + (uint32_t)i);
        GRand *rand = g_rand_new_with_seed(seed ^ (uint32_t)(i * 7919 + 1));
        for (int k = 0; k < 4; k++) {
            if (play_agrees(m, rand, &t))
                continue;
            printf("# story seed %u, play %d\n", seed + (uint32_t)i, k);
            bad++;
            break;
        }
        g_rand_free(rand);
        model_free(m);
    }
    is_int(bad, 0, "every step agrees with the oracle");
    printf("# %" PRId64 " steps, %" PRId64 " refused, %" PRId64 " clamped, %" PRId64 " loops, %" PRId64
           " forced draws, %" PRId64 " foreseen\n",
           t.steps, t.refused, t.clamped, t.loops, t.forced, t.foreseen);
    for (int i = 0; i <= PLAY_DID_STICK; i++)
        ok(t.effects[i] > 100, "effects of kind %d were seen (%" PRId64 ")", i, t.effects[i]);
    ok(t.clamped > 100 && t.loops > 5 && t.forced > 100 && t.foreseen > 1000 && t.refused > 1000,
       "the rare cases were seen");
}

int main(int argc, char **argv)
{
    const uint32_t seed = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1;
    const int n_stories = argc > 2 ? atoi(argv[2]) : RANDOM_STORIES(500);
    printf("# seed %u\n", seed);
    test_against_oracle(seed, n_stories);
    return tap_done();
}

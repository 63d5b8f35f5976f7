/* The step function. Nothing here may allocate, log, read a clock or keep anything between calls; a test looks at which
 * functions the object file calls. */
#include "play/checkpoint.h"
#include "play/play.h"

#include "base/splitmix64.h"
#include "story/limits.h"

#include <assert.h>
#include <string.h>

static_assert(STORY_OPTIONS_MAX <= 64, "the open options are two slots of a state");
static_assert(STORY_CHECKPOINTS_KEPT >= 1, "going back needs a checkpoint");

/* One call of play_step(). */
struct step_call {
    const struct story *s;
    int32_t *st;
    const struct play_input *in;
    play_sink sink;
    void *user;
    int32_t draws; /* random routes met so far */
};

/* By address: a copy of what was just written field by field stalls the processor, at every effect. */
static inline void emit(const struct step_call *p, const struct play_effect *fx)
{
    if (p->sink)
        p->sink(p->user, fx);
}

/* ---- expressions -------------------------------------------------------------------------------------------- */

static int64_t eval_binary(enum story_op op, int64_t a, int64_t b)
{
    switch (op) {
    case OP_AND:
        return a && b;
    case OP_OR:
        return a || b;
    case OP_EQ:
        return a == b;
    case OP_NE:
        return a != b;
    case OP_LT:
        return a < b;
    case OP_LE:
        return a <= b;
    case OP_GT:
        return a > b;
    case OP_GE:
        return a >= b;
    case OP_ADD:
        return a + b;
    case OP_SUB:
        return a - b;
    case OP_MUL:
        return a * b;
    case OP_MIN:
        return a < b ? a : b;
    case OP_MAX:
        return a > b ? a : b;
    case OP_CONST:
    case OP_LOAD:
    case OP_NOT:
    case OP_NEG:
        break;
    }
    return 0;
}

int32_t play_eval(const struct story *s, const int32_t *state, int32_t expr)
{
    if (expr < 0)
        return 1;
    const struct story_span span = s->exprs[expr].code;
    const struct story_code *code = s->code + span.first;
    /* NOLINTBEGIN(clang-analyzer-core*): the loader emits only code that fills a place before it reads it */
    int32_t stack[STORY_EXPR_STACK + 1];
    int32_t *top = stack; /* stack[0] is never a value: top points at the last one */
    for (int32_t i = 0; i < span.n; i++) {
        switch (code[i].op) {
        case OP_CONST:
            *++top = code[i].arg;
            break;
        case OP_LOAD:
            *++top = state[PLAY_VALUES + code[i].arg];
            break;
        case OP_NOT:
            *top = !*top;
            break;
        case OP_NEG:
            *top = story_saturate(-(int64_t)*top);
            break;
        case OP_AND:
        case OP_OR:
        case OP_EQ:
        case OP_NE:
        case OP_LT:
        case OP_LE:
        case OP_GT:
        case OP_GE:
        case OP_ADD:
        case OP_SUB:
        case OP_MUL:
        case OP_MIN:
        case OP_MAX:
            top--;
            top[0] = story_saturate(eval_binary(code[i].op, top[0], top[1]));
            break;
        }
    }
    return *top;
    /* NOLINTEND(clang-analyzer-core*) */
}

/* ---- effects ------------------------------------------------------------------------------------------------ */

static int64_t effect_value(const struct step_call *p, const struct story_effect *e, int32_t old)
{
    switch (e->op) {
    case STORY_SET:
        return play_eval(p->s, p->st, e->value);
    case STORY_ADD:
        return (int64_t)old + play_eval(p->s, p->st, e->value);
    case STORY_TOGGLE:
        return !old;
    }
    return old;
}

static void run_effects(const struct step_call *p, struct story_span run)
{
    int32_t asked = -1;
    bool holds = true;
    for (int32_t i = run.first; i < run.first + run.n; i++) {
        const struct story_effect *e = &p->s->effects[i];
        if (e->when != asked) {
            asked = e->when;
            holds = play_eval(p->s, p->st, asked);
        }
        if (!holds)
            continue;
        const struct story_var *var = &p->s->vars[e->var];
        int32_t *slot = &p->st[PLAY_VALUES + e->var];
        const int32_t old = *slot;
        const int64_t want = effect_value(p, e, old);
        *slot = want < var->min ? var->min : want > var->max ? var->max : (int32_t)want;
        emit(p, &(struct play_effect){.kind = PLAY_DID_SET, .set = {e->var, old, *slot, i, *slot != want}});
    }
}

static void remember_entering(const struct step_call *p, int32_t node)
{
    int32_t *value = p->st + PLAY_VALUES + p->s->n_vars;
    const struct story_span memories = p->s->nodes[node].memories;
    for (int32_t k = memories.first; k < memories.first + memories.n; k++) {
        const int32_t i = p->s->remembered[k];
        if (p->s->memories[i].kind == STORY_SEEN)
            value[i] = 1;
        else if (value[i] < STORY_COUNT_MAX)
            value[i]++;
    }
}

/* `option`: the one that was picked; -1: it timed out. */
static void remember_decided(const struct step_call *p, int32_t decision, int32_t option)
{
    const struct story_span memories = p->s->decisions[decision].memories;
    for (int32_t k = memories.first; k < memories.first + memories.n; k++) {
        const int32_t i = p->s->remembered[k];
        if (p->s->memories[i].kind == STORY_ASKED || p->s->memories[i].option == option)
            p->st[PLAY_VALUES + p->s->n_vars + i] = 1;
    }
}

/* ---- checkpoints -------------------------------------------------------------------------------------------- */

/* Drops `n` checkpoints from the i-th on; those above move down. */
static void drop_checkpoints(const struct step_call *p, int32_t i, int32_t n)
{
    const size_t size = (size_t)checkpoint_slots(p->s) * sizeof(int32_t);
    const int32_t above = p->st[PLAY_CHECKPOINTS] - i - n;
    p->st[PLAY_CHECKPOINTS] -= n;
    memmove(p->st + checkpoint_offset(p->s, i), p->st + checkpoint_offset(p->s, i + n), (size_t)above * size);
    memset(p->st + checkpoint_offset(p->s, i + above), 0, (size_t)n * size);
}

/* Makes room for a checkpoint of `decision`: drops an older one of it, or the oldest ordinary one if it is one too
 * many. */
static void make_checkpoint_room(const struct step_call *p, int32_t decision)
{
    const bool ordinary = !p->s->decisions[decision].back_target;
    int32_t oldest = -1, n_ordinary = 0;
    for (int32_t i = 0; i < p->st[PLAY_CHECKPOINTS]; i++) {
        const int32_t of = p->st[checkpoint_offset(p->s, i)];
        if (of == decision) {
            drop_checkpoints(p, i, 1);
            return;
        }
        if (p->s->decisions[of].back_target)
            continue;
        n_ordinary++;
        if (oldest < 0)
            oldest = i;
    }
    if (ordinary && n_ordinary >= STORY_CHECKPOINTS_KEPT)
        drop_checkpoints(p, oldest, 1);
}

static void keep_checkpoint(const struct step_call *p, int32_t decision)
{
    make_checkpoint_room(p, decision);
    int32_t *m = p->st + checkpoint_offset(p->s, p->st[PLAY_CHECKPOINTS]++);
    m[CHECKPOINT_DECISION] = decision;
    m[CHECKPOINT_CURSOR] = p->st[PLAY_CURSOR];
    m[CHECKPOINT_TO_KIND] = p->st[PLAY_TO_KIND];
    m[CHECKPOINT_TO_INDEX] = p->st[PLAY_TO_INDEX];
    m[CHECKPOINT_ENDING] = p->st[PLAY_ENDING];
    m[CHECKPOINT_RNG_LO] = p->st[PLAY_RNG_LO];
    m[CHECKPOINT_RNG_HI] = p->st[PLAY_RNG_HI];
    memcpy(m + CHECKPOINT_VALUES, p->st + PLAY_VALUES, (size_t)n_values(p->s) * sizeof(int32_t));
}

static void restore_values(const struct step_call *p, const int32_t *values)
{
    int32_t *now = p->st + PLAY_VALUES;
    const int32_t n_vars = p->s->n_vars;
    for (int32_t i = 0; i < n_vars; i++)
        if (!p->s->vars[i].keep_viewer && !p->s->vars[i].keep_rewind)
            now[i] = values[i];
    memcpy(now + n_vars, values + n_vars, (size_t)p->s->n_memories * sizeof(int32_t));
}

/* Sets the slots that tell where in a node the film is to what they are on entering it. */
static void set_place(int32_t *st, enum play_phase phase, int32_t node)
{
    st[PLAY_PHASE] = (int32_t)phase;
    st[PLAY_NODE] = node;
    st[PLAY_CURSOR] = 0;
    st[PLAY_OPEN] = -1;
    st[PLAY_MASK_LO] = st[PLAY_MASK_HI] = 0;
    st[PLAY_TO_KIND] = STORY_NOWHERE;
    st[PLAY_TO_INDEX] = -1;
    st[PLAY_CUT] = 0;
    st[PLAY_STUCK_WHY] = 0;
}

static void rewind_to(const struct step_call *p, int32_t decision)
{
    int32_t *st = p->st;
    const int32_t i = find_checkpoint(p->s, st, decision);
    const int32_t *m = st + checkpoint_offset(p->s, i);
    set_place(st, PLAY_RUNNING, p->s->decisions[decision].node);
    st[PLAY_CURSOR] = m[CHECKPOINT_CURSOR];
    st[PLAY_TO_KIND] = m[CHECKPOINT_TO_KIND];
    st[PLAY_TO_INDEX] = m[CHECKPOINT_TO_INDEX];
    st[PLAY_ENDING] = m[CHECKPOINT_ENDING];
    st[PLAY_RNG_LO] = m[CHECKPOINT_RNG_LO];
    st[PLAY_RNG_HI] = m[CHECKPOINT_RNG_HI];
    restore_values(p, m + CHECKPOINT_VALUES);
    drop_checkpoints(p, i, st[PLAY_CHECKPOINTS] - i);
    emit(p, &(struct play_effect){.kind = PLAY_DID_REWIND, .rewind = {decision, st[PLAY_NODE], false}});
}

int32_t play_events_before(const struct story *s, int32_t decision)
{
    const struct story_event *e = s->events + s->nodes[s->decisions[decision].node].events.first;
    int32_t i = 0;
    while (e[i].kind != STORY_OPEN || e[i].index != decision)
        i++;
    return i;
}

/* The node's ending, if it has one, was reached when the film came there first: now it is the latest again. */
static void return_to(const struct step_call *p, int32_t decision)
{
    const int32_t node = p->s->decisions[decision].node, ending = p->s->nodes[node].ending;
    set_place(p->st, PLAY_RUNNING, node);
    p->st[PLAY_CURSOR] = play_events_before(p->s, decision);
    if (ending >= 0)
        p->st[PLAY_ENDING] = ending;
    emit(p, &(struct play_effect){.kind = PLAY_DID_REWIND, .rewind = {decision, node, true}});
}

/* ---- ways --------------------------------------------------------------------------------------------------- */

/* Numbers beyond the last whole multiple of n are drawn again, or the low results would be likelier. */
uint64_t play_random_below(uint64_t *generator, uint64_t n)
{
    const uint64_t excess = (UINT64_MAX % n + 1) % n;
    uint64_t x;
    do
        x = splitmix64_next(generator);
    while (x > UINT64_MAX - excess);
    return x % n;
}

uint64_t play_generator(const int32_t *state)
{
    return (uint64_t)(uint32_t)state[PLAY_RNG_HI] << 32 | (uint32_t)state[PLAY_RNG_LO];
}

void play_set_generator(int32_t *state, uint64_t generator)
{
    state[PLAY_RNG_LO] = (int32_t)(uint32_t)generator;
    state[PLAY_RNG_HI] = (int32_t)(uint32_t)(generator >> 32);
}

static uint64_t random_below(int32_t *st, uint64_t n)
{
    uint64_t generator = play_generator(st);
    const uint64_t x = play_random_below(&generator, n);
    play_set_generator(st, generator);
    return x;
}

bool play_part_holds(const struct story *s, const int32_t *st, const struct story_part *part)
{
    return play_eval(s, st, part->when) && play_target_holds(s, st, part->to);
}

/* The first part of [from, to) of the route that holds, or -1. */
static int32_t first_part(const struct story *s, const int32_t *st, const struct story_route *r, int32_t from,
                          int32_t to)
{
    for (int32_t i = from; i < to; i++)
        if (play_part_holds(s, st, &s->parts[r->parts.first + i]))
            return i;
    return -1;
}

bool play_target_holds(const struct story *s, const int32_t *st, struct story_target to)
{
    switch (to.kind) {
    case STORY_NOWHERE:
        return false;
    case STORY_TO_NODE:
    case STORY_TO_AGAIN:
        return true;
    case STORY_TO_BACK:
        return find_checkpoint(s, st, to.index) >= 0;
    case STORY_TO_ROUTE: {
        const struct story_route *r = &s->routes[to.index];
        return first_part(s, st, r, 0, r->parts.n) >= 0;
    }
    }
    return false;
}

/* Draws among the parts that hold, of which there is at least one. It asks each twice whether it holds, because there
 * is no room to note the answer. */
static int32_t draw_by_weight(const struct step_call *p, const struct story_route *r)
{
    const struct story_part *parts = p->s->parts + r->parts.first;
    uint64_t total = 0;
    for (int32_t i = 0; i < r->parts.n; i++)
        if (play_part_holds(p->s, p->st, &parts[i]))
            total += (uint64_t)parts[i].weight;
    uint64_t left = random_below(p->st, total);
    for (int32_t i = 0; i < r->parts.n; i++) {
        if (!play_part_holds(p->s, p->st, &parts[i]))
            continue;
        if (left < (uint64_t)parts[i].weight)
            return i;
        left -= (uint64_t)parts[i].weight;
    }
    return -1;
}

static int32_t forced_draw(const struct step_call *p, const struct story_route *r, int32_t want)
{
    const int32_t from = want < 0 || want >= r->parts.n ? 0 : want;
    const int32_t found = first_part(p->s, p->st, r, from, r->parts.n);
    return found >= 0 ? found : first_part(p->s, p->st, r, 0, from);
}

static int32_t draw_part(struct step_call *p, int32_t route)
{
    const struct story_route *r = &p->s->routes[route];
    const int32_t i = p->draws++;
    const bool forced = p->in->draws && i < p->in->n_draws;
    const int32_t part = forced ? forced_draw(p, r, p->in->draws[i]) : draw_by_weight(p, r);
    emit(p, &(struct play_effect){.kind = PLAY_DID_DRAW, .draw = {route, part}});
    return part;
}

/* Follows a target through routes to a node, a back() or an again(); STORY_NOWHERE if the target does not hold. */
static struct story_target resolve_target(struct step_call *p, struct story_target to)
{
    if (!play_target_holds(p->s, p->st, to))
        return (struct story_target){STORY_NOWHERE, -1};
    while (to.kind == STORY_TO_ROUTE) {
        const struct story_route *r = &p->s->routes[to.index];
        const int32_t i = r->random ? draw_part(p, to.index) : first_part(p->s, p->st, r, 0, r->parts.n);
        to = p->s->parts[r->parts.first + i].to;
    }
    return to;
}

/* ---- nodes -------------------------------------------------------------------------------------------------- */

static void enter(const struct step_call *p, int32_t node)
{
    const struct story_node *n = &p->s->nodes[node];
    set_place(p->st, PLAY_RUNNING, node);
    emit(p, &(struct play_effect){.kind = PLAY_DID_ENTER, .enter.node = node});
    remember_entering(p, node);
    run_effects(p, n->enter);
    if (n->ending < 0)
        return;
    p->st[PLAY_ENDING] = n->ending;
    emit(p, &(struct play_effect){.kind = PLAY_DID_END, .end.ending = n->ending});
}

static void get_stuck(const struct step_call *p, enum play_stuck why)
{
    set_place(p->st, PLAY_STUCK, p->st[PLAY_NODE]);
    p->st[PLAY_STUCK_WHY] = (int32_t)why;
    emit(p, &(struct play_effect){.kind = PLAY_DID_STICK, .stick = {why, p->st[PLAY_NODE]}});
}

static void finish_film(const struct step_call *p)
{
    set_place(p->st, PLAY_OVER, p->st[PLAY_NODE]);
    emit(p, &(struct play_effect){.kind = PLAY_DID_FINISH, .finish.ending = p->st[PLAY_ENDING]});
}

/* Notices when a chain of silent nodes comes back to where it was, by Brent's algorithm: it compares with one earlier
 * place, which is replaced after 1, 2, 4, ... nodes. It compares hashes, because there is no room for a copy of the
 * values. */
struct silent_chain {
    int32_t passed, next_place;
    int32_t node; /* of that place */
    uint64_t place;
};

/* Short chains of silent nodes are usual, and must cost nothing: only longer ones are hashed. */
#define CHAIN_FREE 32

static uint64_t hash_state(const struct step_call *p)
{
    uint64_t h = (uint64_t)(uint32_t)p->st[PLAY_NODE];
    for (int32_t i = PLAY_RNG_LO; i < PLAY_VALUES + n_values(p->s); i++) {
        h = (h ^ (uint32_t)p->st[i]) * UINT64_C(0x9fb21c651e98df25);
        h ^= h >> 28;
    }
    return h;
}

static bool chain_loops(struct silent_chain *c, const struct step_call *p)
{
    if (++c->passed >= STORY_SILENT_MAX)
        return true;
    /* Draws that were forced from outside do not repeat just because the place does. */
    if (c->passed < CHAIN_FREE || (p->in->draws && p->draws < p->in->n_draws))
        return false;
    const bool next = c->passed >= c->next_place, met = c->next_place > 0 && c->node == p->st[PLAY_NODE];
    const uint64_t here = next || met ? hash_state(p) : 0;
    if (met && here == c->place)
        return true;
    if (next) {
        c->node = p->st[PLAY_NODE];
        c->place = here;
        c->next_place = 2 * c->passed;
    }
    return false;
}

/* Leaves the node; the way out is `kept` if that holds, else the node's next. */
static struct story_target way_out(struct step_call *p, struct story_target kept)
{
    const int32_t node = p->st[PLAY_NODE];
    emit(p, &(struct play_effect){.kind = PLAY_DID_LEAVE, .leave.node = node});
    return play_target_holds(p->s, p->st, kept) ? kept : resolve_target(p, p->s->nodes[node].next);
}

static bool may_finish(const struct step_call *p)
{
    const struct story_node *n = &p->s->nodes[p->st[PLAY_NODE]];
    return n->ending >= 0 || (n->role != STORY_ROLE_NONE && p->st[PLAY_ENDING] >= 0);
}

/* Goes where `to` leads, and on through silent nodes until the film runs, is over or is stuck. */
static void follow_target(struct step_call *p, struct story_target to)
{
    struct silent_chain chain = {0};
    while (to.kind == STORY_TO_NODE) {
        enter(p, to.index);
        if (p->s->nodes[to.index].clip.kind != STORY_SILENT)
            return;
        if (chain_loops(&chain, p)) {
            get_stuck(p, PLAY_SILENT_LOOP);
            return;
        }
        to = way_out(p, (struct story_target){STORY_NOWHERE, -1});
    }
    if (to.kind == STORY_TO_BACK)
        rewind_to(p, to.index);
    else if (to.kind == STORY_TO_AGAIN)
        return_to(p, to.index);
    else if (may_finish(p))
        finish_film(p);
    else
        get_stuck(p, PLAY_NO_WAY);
}

/* ---- decisions ---------------------------------------------------------------------------------------------- */

uint64_t play_available(const struct story *s, const int32_t *state, int32_t decision)
{
    const struct story_span options = s->decisions[decision].options;
    uint64_t mask = 0;
    for (int32_t i = 0; i < options.n; i++)
        if (play_eval(s, state, s->options[options.first + i].when))
            mask |= UINT64_C(1) << i;
    return mask;
}

uint64_t play_options(const struct story *s, const int32_t *state, int32_t decision)
{
    const bool open = state[PLAY_PHASE] == PLAY_RUNNING && state[PLAY_OPEN] == decision;
    return open ? play_open_options(state) : play_available(s, state, decision);
}

const struct story_variant *play_variant(const struct story *s, const int32_t *state, int32_t decision)
{
    const struct story_span variants = s->decisions[decision].variants;
    for (int32_t i = variants.first; i < variants.first + variants.n; i++)
        if (play_eval(s, state, s->variants[i].when))
            return &s->variants[i];
    return NULL;
}

int32_t play_default_option(const struct story *s, const int32_t *state, int32_t decision)
{
    const struct story_variant *v = play_variant(s, state, decision);
    return v && v->fallback >= 0 ? v->fallback : s->decisions[decision].fallback;
}

int32_t play_timeout_option(const struct story *s, const int32_t *state, int32_t decision)
{
    const struct story_decision *d = &s->decisions[decision];
    if (d->timeout.given)
        return d->timeout.as;
    const int32_t option = play_default_option(s, state, decision);
    return option >= 0 && play_options(s, state, decision) >> option & 1 ? option : -1;
}

static void open_decision(const struct step_call *p, int32_t decision)
{
    const struct story_decision *d = &p->s->decisions[decision];
    if (d->checkpoint || d->back_target)
        keep_checkpoint(p, decision);
    const uint64_t mask = play_available(p->s, p->st, decision);
    p->st[PLAY_OPEN] = decision;
    p->st[PLAY_MASK_LO] = (int32_t)(uint32_t)mask;
    p->st[PLAY_MASK_HI] = (int32_t)(uint32_t)(mask >> 32);
    emit(p, &(struct play_effect){.kind = PLAY_DID_OPEN, .open = {decision, mask}});
}

static bool keep_target(struct step_call *p, struct story_target to)
{
    const struct story_target found = resolve_target(p, to);
    if (found.kind == STORY_NOWHERE)
        return false;
    p->st[PLAY_TO_KIND] = (int32_t)found.kind;
    p->st[PLAY_TO_INDEX] = found.index;
    return true;
}

static void close_decision(const struct step_call *p, int32_t decision, enum play_outcome outcome, int32_t option)
{
    const enum story_cut when = p->s->decisions[decision].cut;
    const bool cut = when == STORY_CUT_NOW || (when == STORY_CUT_PICK && outcome == PLAY_PICKED);
    p->st[PLAY_OPEN] = -1;
    p->st[PLAY_MASK_LO] = p->st[PLAY_MASK_HI] = 0;
    p->st[PLAY_CUT] = cut;
    emit(p, &(struct play_effect){.kind = PLAY_DID_DECIDE, .decide = {decision, outcome, option, cut}});
}

/* Runs the option's effects and keeps its target, or `first` if that holds. */
static void take_option(struct step_call *p, const struct story_option *o, struct story_target first)
{
    run_effects(p, o->run);
    if (!keep_target(p, first))
        keep_target(p, o->to);
    run_effects(p, o->after);
}

static void pick_option(struct step_call *p, int32_t option)
{
    const int32_t decision = p->st[PLAY_OPEN];
    close_decision(p, decision, PLAY_PICKED, option);
    remember_decided(p, decision, option);
    const int32_t index = p->s->decisions[decision].options.first + option;
    take_option(p, &p->s->options[index], (struct story_target){STORY_NOWHERE, -1});
}

static void time_out(struct step_call *p, int32_t decision)
{
    const struct story_decision *d = &p->s->decisions[decision];
    const int32_t option = play_timeout_option(p->s, p->st, decision);
    const struct story_target nowhere = {STORY_NOWHERE, -1};
    const struct story_target first = d->timeout.given ? d->timeout.to : nowhere;
    close_decision(p, decision, PLAY_TIMED_OUT, option);
    remember_decided(p, decision, -1);
    if (d->timeout.given)
        run_effects(p, d->timeout.run);
    if (option >= 0)
        take_option(p, &p->s->options[d->options.first + option], first);
    else
        keep_target(p, first);
}

static void advance(struct step_call *p)
{
    const struct story_node *n = &p->s->nodes[p->st[PLAY_NODE]];
    const struct story_event *e = &p->s->events[n->events.first + p->st[PLAY_CURSOR]];
    if (e->kind == STORY_OPEN)
        open_decision(p, e->index); /* keeps its checkpoint before the event counts as happened */
    p->st[PLAY_CURSOR]++;
    if (e->kind == STORY_AT)
        run_effects(p, p->s->ats[e->index].run);
    else if (e->kind == STORY_CLOSE && p->st[PLAY_OPEN] == e->index)
        time_out(p, e->index);
}

/* ---- steps -------------------------------------------------------------------------------------------------- */

int32_t play_state_slots(const struct story *s)
{
    int32_t back = 0, ordinary = 0;
    for (int32_t i = 0; i < s->n_decisions; i++) {
        if (s->decisions[i].back_target)
            back++;
        else if (s->decisions[i].checkpoint && ordinary < STORY_CHECKPOINTS_KEPT)
            ordinary++;
    }
    return (int32_t)checkpoint_offset(s, back + ordinary);
}

static void initial_values(const struct story *s, int32_t *state)
{
    for (int32_t i = 0; i < s->n_vars; i++)
        state[PLAY_VALUES + i] = s->vars[i].initial;
}

void play_init(const struct story *s, int32_t *state)
{
    memset(state, 0, (size_t)play_state_slots(s) * sizeof *state);
    set_place(state, PLAY_IDLE, -1);
    state[PLAY_ENDING] = -1;
    initial_values(s, state);
}

/* Nothing was entered yet, so the parts, which have no condition, all hold. */
static void draw_arms(struct step_call *p)
{
    for (int32_t i = 0; i < p->s->n_experiments; i++) {
        const struct story_experiment *e = &p->s->experiments[i];
        p->st[PLAY_VALUES + e->var] = draw_part(p, e->route);
    }
}

static void start(struct step_call *p)
{
    play_set_generator(p->st, p->in->seed);
    draw_arms(p);
    const int32_t *kept = p->in->kept;
    for (int32_t i = 0; kept && i < p->s->n_vars; i++) {
        const struct story_var *v = &p->s->vars[i];
        if (!v->keep_viewer)
            continue;
        p->st[PLAY_VALUES + i] = *kept < v->min ? v->min : *kept > v->max ? v->max : *kept;
        kept++;
    }
    follow_target(p, (struct story_target){STORY_TO_NODE, p->s->start});
}

static void go_back(const struct step_call *p)
{
    const bool in_loop = p->st[PLAY_PHASE] == PLAY_STUCK && p->st[PLAY_STUCK_WHY] == PLAY_SILENT_LOOP;
    if (p->st[PLAY_PHASE] == PLAY_RUNNING || in_loop)
        emit(p, &(struct play_effect){.kind = PLAY_DID_LEAVE, .leave.node = p->st[PLAY_NODE]});
    rewind_to(p, p->in->decision);
}

static void change(const struct step_call *p)
{
    int32_t *slot = &p->st[PLAY_VALUES + p->in->variable];
    const int32_t old = *slot;
    *slot = p->in->value;
    emit(p, &(struct play_effect){.kind = PLAY_DID_SET, .set = {p->in->variable, old, *slot, -1, false}});
}

static void jump(struct step_call *p)
{
    if (p->st[PLAY_PHASE] == PLAY_RUNNING)
        emit(p, &(struct play_effect){.kind = PLAY_DID_LEAVE, .leave.node = p->st[PLAY_NODE]});
    follow_target(p, (struct story_target){STORY_TO_NODE, p->in->node});
}

static int32_t events_left(const struct story *s, const int32_t *st)
{
    return s->nodes[st[PLAY_NODE]].events.n - st[PLAY_CURSOR];
}

bool play_can_go_back(const struct story *s, const int32_t *state, int32_t decision)
{
    return state[PLAY_PHASE] != PLAY_IDLE && !state[PLAY_CUT] && decision >= 0 && decision < s->n_decisions &&
           s->decisions[decision].checkpoint && find_checkpoint(s, state, decision) >= 0;
}

static bool can_happen(const struct story *s, const int32_t *st, const struct play_input *in)
{
    const bool running = st[PLAY_PHASE] == PLAY_RUNNING;
    switch (in->kind) {
    case PLAY_START:
        return st[PLAY_PHASE] == PLAY_IDLE;
    case PLAY_ADVANCE:
        return running && !st[PLAY_CUT] && events_left(s, st) > 0;
    case PLAY_PICK:
        return running && st[PLAY_OPEN] >= 0 && play_can_pick(st, in->option);
    case PLAY_LEAVE:
        return running && (st[PLAY_CUT] || events_left(s, st) == 0);
    case PLAY_BACK:
        return play_can_go_back(s, st, in->decision);
    case PLAY_CHANGE:
        return st[PLAY_PHASE] != PLAY_IDLE && in->variable >= 0 && in->variable < s->n_vars &&
               in->value >= s->vars[in->variable].min && in->value <= s->vars[in->variable].max;
    case PLAY_JUMP:
        return st[PLAY_PHASE] != PLAY_IDLE && in->node >= 0 && in->node < s->n_nodes;
    }
    return false;
}

bool play_step(const struct story *s, int32_t *state, const struct play_input *in, play_sink sink, void *user)
{
    if (!can_happen(s, state, in))
        return false;
    struct step_call p = {.s = s, .st = state, .in = in, .sink = sink, .user = user};
    switch (in->kind) {
    case PLAY_START:
        start(&p);
        break;
    case PLAY_ADVANCE:
        advance(&p);
        break;
    case PLAY_PICK:
        pick_option(&p, in->option);
        break;
    case PLAY_LEAVE:
        follow_target(
            &p, way_out(&p, (struct story_target){(enum story_target_kind)state[PLAY_TO_KIND], state[PLAY_TO_INDEX]}));
        break;
    case PLAY_BACK:
        go_back(&p);
        break;
    case PLAY_CHANGE:
        change(&p);
        break;
    case PLAY_JUMP:
        jump(&p);
        break;
    }
    return true;
}

int32_t play_checkpoint(const struct story *s, const int32_t *state, int32_t i)
{
    return state[checkpoint_offset(s, i) + CHECKPOINT_DECISION];
}

void play_set_checkpoint(const struct story *s, int32_t *state, int32_t i, const int32_t *values, uint64_t generator)
{
    int32_t *m = state + checkpoint_offset(s, i);
    m[CHECKPOINT_RNG_LO] = (int32_t)(uint32_t)generator;
    m[CHECKPOINT_RNG_HI] = (int32_t)(uint32_t)(generator >> 32);
    memcpy(m + CHECKPOINT_VALUES, values, (size_t)n_values(s) * sizeof *m);
}

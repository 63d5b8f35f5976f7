#include "explore/read_set.h"

#include "explore/terms.h"
#include "story/limits.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

struct read_set {
    const struct story *s;
    struct terms *terms;
    size_t bytes; /* of a state */
    int32_t n_values;
    bool *read;      /* value: was read */
    bool *set;       /* value: was set on this transition, so that what it is now follows from what was read */
    bool *ever_set;  /* value: was set on some transition of the input */
    GArray *values;  /* int32: those that were read, in order */
    GArray *draws;   /* int32: how many of them before each draw of this transition */
    int32_t *now;    /* the state, as far as the step was followed */
    GArray *effects; /* play_effect: of this step */
    guint next;      /* of these, the first that was not followed yet */
    struct play_input in;
    bool kept_set; /* a value that the viewer keeps was set on this transition, or right before it */
    int32_t n_transitions;
    bool whole;   /* the whole state matters */
    bool apart;   /* as in read_set_new() */
    bool rewound; /* the transition ended by going back */
};

/* ---- expressions ---------------------------------------------------------------------------------------------- */

static void read_value(struct read_set *r, int32_t value)
{
    assert(value >= 0 && value < r->n_values);
    if (r->set[value] || r->read[value])
        return;
    r->read[value] = true;
    g_array_append_val(r->values, value);
}

/* The value, now, of the expression that ends at this code. */
static bool is_true(const struct read_set *r, int32_t end)
{
    return terms_part_value(r->terms, r->now, end) != 0;
}

/* Reads what the expression that ends there looks at. Of `false and x`, `true or x` and their mirror images, one side is enough to
 * know the result. */
static void read_code(struct read_set *r, int32_t end)
{
    const struct story_code c = r->s->code[end];
    const int32_t right = end - 1;
    if (c.op == OP_CONST)
        return;
    if (c.op == OP_LOAD) {
        read_value(r, c.arg);
        return;
    }
    if (c.op == OP_NOT || c.op == OP_NEG) {
        read_code(r, right);
        return;
    }
    const int32_t left = terms_part(r->terms, right).first - 1;
    const bool logic = c.op == OP_AND || c.op == OP_OR, decides = c.op == OP_OR;
    const bool by_left = logic && is_true(r, left) == decides;
    const bool by_right = logic && !by_left && is_true(r, right) == decides;
    if (!by_right)
        read_code(r, left);
    if (!by_left)
        read_code(r, right);
}

static void read_expr(struct read_set *r, int32_t expr)
{
    if (expr < 0)
        return;
    const struct story_span code = r->s->exprs[expr].code;
    read_code(r, code.first + code.n - 1);
}

/* Reads what each term of a condition looks at, so that it is known of each whether it holds, and not only of the whole. Who looks
 * for the cause of something that never happens (explore/coverage.h) then sees every combination. */
static void read_terms(struct read_set *r, int32_t expr)
{
    int32_t ends[TERMS_MAX];
    const int32_t n = r->apart || expr < 0 ? 0 : terms_ends(r->terms, expr, ends);
    for (int32_t i = 0; i < n; i++)
        read_code(r, ends[i]);
    read_expr(r, n > 0 ? -1 : expr);
}

/* ---- what a step does ----------------------------------------------------------------------------------------- */

/* The next effect if it is of this kind, else NULL. */
static const struct play_effect *next_effect(const struct read_set *r, enum play_effect_kind kind)
{
    if (r->next >= r->effects->len)
        return NULL;
    const struct play_effect *fx = &g_array_index(r->effects, struct play_effect, r->next);
    return fx->kind == kind ? fx : NULL;
}

static void set_value(struct read_set *r, int32_t value, int32_t to)
{
    assert(value >= 0 && value < r->n_values);
    r->now[PLAY_VALUES + value] = to;
    r->set[value] = r->ever_set[value] = true;
    r->kept_set |= value < r->s->n_vars && r->s->vars[value].keep_viewer;
}

/* Follows the story's effects of this span. Those whose condition holds were told. */
static void follow_effects(struct read_set *r, struct story_span span)
{
    int32_t asked = -1;
    for (int32_t i = span.first; i < span.first + span.n; i++) {
        const struct story_effect *e = &r->s->effects[i];
        const struct play_effect *fx = next_effect(r, PLAY_DID_SET);
        if (e->when != asked)
            read_terms(r, asked = e->when);
        if (!fx || fx->set.effect != i)
            continue;
        read_expr(r, e->value);
        if (e->op != STORY_SET)
            read_value(r, e->var);
        set_value(r, e->var, fx->set.new_value);
        r->next++;
    }
}

static void read_holds(struct read_set *r, struct story_target to);

static void read_part_holds(struct read_set *r, const struct story_part *part)
{
    read_terms(r, part->when);
    if (play_eval(r->s, r->now, part->when))
        read_holds(r, part->to);
}

/* Reads what tells whether a target holds: up to the first part that does. */
static void read_holds(struct read_set *r, struct story_target to)
{
    if (to.kind != STORY_TO_ROUTE)
        return;
    const struct story_route *route = &r->s->routes[to.index];
    for (int32_t i = 0; i < route->parts.n; i++) {
        const struct story_part *part = &r->s->parts[route->parts.first + i];
        read_part_holds(r, part);
        if (play_part_holds(r->s, r->now, part))
            return;
    }
}

/* Follows a route by one part. All parts of a random route matter, because each that holds makes a transition of its own. */
static struct story_target read_route(struct read_set *r, const struct story_route *route)
{
    const struct story_part *parts = &r->s->parts[route->parts.first];
    const struct play_effect *draw = route->random ? next_effect(r, PLAY_DID_DRAW) : NULL;
    for (int32_t i = 0; i < route->parts.n; i++) {
        read_part_holds(r, &parts[i]);
        if (!route->random && play_part_holds(r->s, r->now, &parts[i]))
            return parts[i].to;
    }
    const int32_t before = (int32_t)r->values->len;
    if (draw)
        g_array_append_val(r->draws, before);
    r->next += draw != NULL;
    return draw ? parts[draw->draw.part].to : (struct story_target){STORY_NOWHERE, -1};
}

/* True if the target holds; then its routes are followed. */
static bool follow_target(struct read_set *r, struct story_target to)
{
    read_holds(r, to);
    if (!play_target_holds(r->s, r->now, to))
        return false;
    while (to.kind == STORY_TO_ROUTE)
        to = read_route(r, &r->s->routes[to.index]);
    return true;
}

/* ---- effects -------------------------------------------------------------------------------------------- */

static void follow_enter(struct read_set *r, int32_t node)
{
    const struct story *s = r->s;
    const struct story_span memories = s->nodes[node].memories;
    for (int32_t k = memories.first; k < memories.first + memories.n; k++) {
        const struct story_memory *m = &s->memories[s->remembered[k]];
        const int32_t value = s->n_vars + s->remembered[k], was = r->now[PLAY_VALUES + value];
        if (m->kind == STORY_COUNT)
            read_value(r, value);
        set_value(r, value, m->kind == STORY_SEEN ? 1 : MIN(was + 1, STORY_COUNT_MAX));
    }
    follow_effects(r, s->nodes[node].enter);
}

static void follow_leave(struct read_set *r, int32_t node, bool first)
{
    const struct story_target kept = {(enum story_target_kind)r->now[PLAY_TO_KIND], r->now[PLAY_TO_INDEX]};
    if (!first || !play_target_holds(r->s, r->now, kept))
        follow_target(r, r->s->nodes[node].next);
}

static void follow_open(struct read_set *r, int32_t decision)
{
    const struct story_decision *d = &r->s->decisions[decision];
    r->whole |= !r->apart && (d->checkpoint || d->back_target);
    for (int32_t i = 0; i < d->options.n; i++)
        read_terms(r, r->s->options[d->options.first + i].when);
}

/* What tells which variant of the decision holds: up to the first that does. */
static void read_variant(struct read_set *r, const struct story_decision *d)
{
    for (int32_t i = d->variants.first; i < d->variants.first + d->variants.n; i++) {
        read_expr(r, r->s->variants[i].when);
        if (play_eval(r->s, r->now, r->s->variants[i].when))
            return;
    }
}

static void follow_decide(struct read_set *r, const struct play_effect *fx)
{
    const struct story *s = r->s;
    const struct story_decision *d = &s->decisions[fx->decide.decision];
    const bool own = fx->decide.outcome == PLAY_TIMED_OUT && d->timeout.given;
    if (fx->decide.outcome == PLAY_TIMED_OUT && !own)
        read_variant(r, d); /* before it counts as asked */
    for (int32_t k = 0; k < d->memories.n; k++) {
        const int32_t i = s->remembered[d->memories.first + k];
        const bool picked = fx->decide.outcome == PLAY_PICKED && s->memories[i].option == fx->decide.option;
        if (picked || s->memories[i].kind == STORY_ASKED)
            set_value(r, s->n_vars + i, 1);
    }
    if (own)
        follow_effects(r, d->timeout.run);
    if (fx->decide.option >= 0)
        follow_effects(r, s->options[d->options.first + fx->decide.option].run);
    const bool taken = own && follow_target(r, d->timeout.to);
    if (fx->decide.option < 0)
        return;
    const struct story_option *o = &s->options[d->options.first + fx->decide.option];
    if (!taken)
        follow_target(r, o->to);
    follow_effects(r, o->after);
}

/* PLAY_START draws an arm of each experiment before anything else. It reads nothing. */
static void follow_start(struct read_set *r)
{
    for (int32_t i = 0; i < r->s->n_experiments; i++) {
        const struct play_effect *draw = next_effect(r, PLAY_DID_DRAW);
        const int32_t before = (int32_t)r->values->len;
        assert(draw && draw->draw.route == r->s->experiments[i].route);
        g_array_append_val(r->draws, before);
        set_value(r, r->s->experiments[i].var, draw->draw.part);
        r->next++;
    }
}

static void follow_timed_effects(struct read_set *r)
{
    const struct story_node *n = &r->s->nodes[r->now[PLAY_NODE]];
    const struct story_event *e = &r->s->events[n->events.first + r->now[PLAY_CURSOR]];
    if (e->kind == STORY_AT)
        follow_effects(r, r->s->ats[e->index].run);
}

/* Goes through the effects of the step; follow_effects() and follow_target() consume those that they expect. An effect that nobody
 * expects means that the step cannot be followed: then the whole state matters. */
static void follow_step(struct read_set *r)
{
    bool first = true;
    r->next = 0;
    if (r->in.kind == PLAY_ADVANCE)
        follow_timed_effects(r);
    if (r->in.kind == PLAY_START)
        follow_start(r);
    r->whole |= r->in.kind == PLAY_BACK;
    while (r->next < r->effects->len && !r->whole) {
        const struct play_effect *fx = &g_array_index(r->effects, struct play_effect, r->next++);
        if (fx->kind == PLAY_DID_ENTER)
            follow_enter(r, fx->enter.node);
        else if (fx->kind == PLAY_DID_OPEN)
            follow_open(r, fx->open.decision);
        else if (fx->kind == PLAY_DID_DECIDE)
            follow_decide(r, fx);
        else if (fx->kind == PLAY_DID_LEAVE) {
            follow_leave(r, fx->leave.node, first);
            first = false;
        }
        r->rewound |= fx->kind == PLAY_DID_REWIND && !fx->rewind.keeps;
        r->whole |= fx->kind == PLAY_DID_SET || fx->kind == PLAY_DID_DRAW;
    }
}

/* ---- transitions ----------------------------------------------------------------------------------------------------- */

void read_set_begin(struct read_set *r)
{
    const size_t n = (size_t)r->n_values * sizeof(bool);
    memset(r->read, 0, n);
    memset(r->set, 0, n);
    memset(r->ever_set, 0, n);
    g_array_set_size(r->values, 0);
    r->n_transitions = 0;
    r->whole = r->rewound = false;
}

void read_set_begin_transition(struct read_set *r, bool quiet)
{
    memset(r->set, 0, (size_t)r->n_values * sizeof(bool));
    g_array_set_size(r->draws, 0);
    r->kept_set = !quiet;
    r->n_transitions++;
}

void read_set_step(struct read_set *r, const int32_t *state, const struct play_input *in)
{
    memcpy(r->now, state, r->bytes);
    g_array_set_size(r->effects, 0);
    r->in = *in;
}

void read_set_effect(struct read_set *r, const struct play_effect *fx)
{
    assert(r->n_transitions > 0);
    g_array_append_val(r->effects, *fx);
}

/* Asserts are evaluated after every step. The kept values are noted in the first quiet moment after one of them was set, so all
 * of them are read there. */
void read_set_settled(struct read_set *r, const int32_t *state)
{
    const struct story *s = r->s;
    follow_step(r);
    r->whole |= r->rewound && !r->apart;
    if (r->whole || r->rewound)
        return;
    assert(memcmp(r->now + PLAY_VALUES, state + PLAY_VALUES, (size_t)r->n_values * sizeof *state) == 0);
    for (int32_t i = 0; i < s->n_asserts; i++)
        read_expr(r, s->asserts[i].expr);
    for (int32_t i = 0; r->kept_set && i < s->n_vars; i++)
        if (s->vars[i].keep_viewer)
            read_value(r, i);
}

/* Draws that come back to where they were end a transition (explore/successors.h). Whether they come back depends on the values
 * that were set on one of the transitions, so these are read, too. */
const int32_t *read_set_values(struct read_set *r, int32_t *n)
{
    *n = 0;
    if (r->whole)
        return NULL;
    memset(r->set, 0, (size_t)r->n_values * sizeof(bool));
    for (int32_t i = 0; r->n_transitions > 1 && i < r->n_values; i++)
        if (r->ever_set[i])
            read_value(r, i);
    *n = (int32_t)r->values->len;
    assert(*n <= r->n_values); /* each is listed once */
    return (const int32_t *)(void *)r->values->data;
}

const int32_t *read_set_draws(const struct read_set *r, int32_t *n)
{
    *n = (int32_t)r->draws->len;
    return (const int32_t *)(void *)r->draws->data;
}

bool read_set_was_set(const struct read_set *r, int32_t value)
{
    return r->whole || r->set[value];
}

/* ---- life ----------------------------------------------------------------------------------------------------- */

struct read_set *read_set_new(const struct story *s, bool apart)
{
    struct read_set *r = g_new0(struct read_set, 1);
    r->s = s;
    r->apart = apart;
    r->bytes = (size_t)play_state_slots(s) * sizeof(int32_t);
    r->n_values = s->n_vars + s->n_memories;
    r->read = g_new0(bool, (gsize)r->n_values + 1);
    r->set = g_new0(bool, (gsize)r->n_values + 1);
    r->ever_set = g_new0(bool, (gsize)r->n_values + 1);
    r->values = g_array_new(TRUE, FALSE, sizeof(int32_t));
    r->draws = g_array_new(TRUE, FALSE, sizeof(int32_t));
    r->now = g_malloc0(r->bytes);
    r->effects = g_array_new(FALSE, FALSE, sizeof(struct play_effect));
    r->terms = terms_new(s);
    return r;
}

void read_set_free(struct read_set *r)
{
    if (!r)
        return;
    g_array_unref(r->effects);
    g_array_unref(r->values);
    g_array_unref(r->draws);
    g_free(r->now);
    g_free(r->ever_set);
    g_free(r->set);
    g_free(r->read);
    terms_free(r->terms);
    g_free(r);
}

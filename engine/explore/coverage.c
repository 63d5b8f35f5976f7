#include "explore/coverage.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

/* play_step() follows routes, but its effects only name draws. Which other parts it went by is found by following the routes
 * again, in the state in which it did so. */
struct coverage_walker {
    const struct story *s;
    coverage_first first;
    void *user;
    enum play_input_kind input;
    bool pending;                   /* a decision was made, and its targets were not followed yet */
    struct story_target targets[2]; /* of that decision: the film goes by the first one that holds */
    struct story_span after;        /* of that decision: the effects that run behind that */
    struct story_span turns[3];     /* effects whose turn comes, and whose conditions were not asked yet */
    int32_t n_turns, asked;         /* asked: the condition that was asked last in the first of these; -1: none */
    struct terms *terms;
    int32_t
        *first_set; /* expression: its first flag in false_sets, and the end; only of parts and options there are any */
    int32_t *copy;  /* a state */
    size_t bytes;   /* of a state */
};

static void tick(struct coverage *c, bool *flag)
{
    const uint32_t index = (uint32_t)(flag - c->flags);
    if (*flag)
        return;
    assert(index < c->n_flags);
    *flag = true;
    g_array_append_val(c->fresh, index);
}

static void note_event(struct coverage *c, enum coverage_event event, int32_t subject)
{
    assert(event < COVERAGE_EVENTS && subject >= 0);
    if (c->events[event][subject])
        return;
    tick(c, &c->events[event][subject]);
    if (c->walker->first)
        c->walker->first(c->walker->user, event, subject);
}

/* A condition is asked: which of its terms are false? */
static void note_asked(struct coverage *c, const int32_t *state, int32_t when)
{
    if (when >= 0)
        tick(c, &c->false_sets[c->walker->first_set[when] + (int32_t)terms_false(c->walker->terms, state, when)]);
}

/* Conditions of effects are asked one after the other, each once for the effects that share it. Those whose turn has come are asked in
 * this state, up to that effect; -1: all of them. What did not run has changed nothing. */
static void ask_effects(struct coverage *c, const int32_t *state, int32_t until)
{
    struct coverage_walker *w = c->walker;
    while (w->n_turns > 0) {
        struct story_span *turn = &w->turns[0];
        while (turn->n > 0) {
            const int32_t effect = turn->first++, when = w->s->effects[effect].when;
            turn->n--;
            if (when != w->asked)
                note_asked(c, state, when);
            w->asked = when;
            if (effect == until)
                return;
        }
        w->asked = -1;
        memmove(turn, turn + 1, (size_t)--w->n_turns * sizeof *turn);
    }
}

static void add_turn(struct coverage_walker *w, struct story_span run)
{
    assert((size_t)w->n_turns < G_N_ELEMENTS(w->turns));
    w->turns[w->n_turns++] = run;
}

static void ask_part(struct coverage *c, const int32_t *state, int32_t part)
{
    tick(c, &c->asked[part]);
    note_asked(c, state, c->walker->s->parts[part].when);
}

/* Follows routes up to a node, a back() or a random route. */
static void follow_routes(struct coverage *c, const int32_t *state, struct story_target to)
{
    const struct story *s = c->walker->s;
    while (to.kind == STORY_TO_ROUTE) {
        const struct story_route *r = &s->routes[to.index];
        tick(c, &c->routes[to.index]);
        if (r->random)
            return;
        int32_t i = r->parts.first;
        for (ask_part(c, state, i); !play_part_holds(s, state, &s->parts[i]); ask_part(c, state, ++i)) {
        }
        assert(i < r->parts.first + r->parts.n); /* the target holds, so some part does */
        tick(c, &c->parts[i]);
        to = s->parts[i].to;
    }
}

static void follow_decided_target(struct coverage *c, const int32_t *state)
{
    struct coverage_walker *w = c->walker;
    w->pending = false;
    for (size_t i = 0; i < G_N_ELEMENTS(w->targets); i++)
        if (play_target_holds(w->s, state, w->targets[i])) {
            follow_routes(c, state, w->targets[i]);
            return;
        }
}

static void see_decided(struct coverage *c, const struct play_effect *fx)
{
    struct coverage_walker *w = c->walker;
    const struct story_decision *d = &w->s->decisions[fx->decide.decision];
    const bool timed_out = fx->decide.outcome == PLAY_TIMED_OUT;
    const struct story_target nowhere = {STORY_NOWHERE, -1};
    const struct story_option *o = fx->decide.option >= 0 ? &w->s->options[d->options.first + fx->decide.option] : NULL;
    if (timed_out)
        tick(c, &c->timed_out[fx->decide.decision]);
    if (o)
        tick(c, &c->taken[d->options.first + fx->decide.option]);
    if (o && !timed_out)
        tick(c, &c->picked[d->options.first + fx->decide.option]);
    if (timed_out && d->timeout.given)
        add_turn(w, d->timeout.run);
    if (o) {
        add_turn(w, o->run);
        add_turn(w, o->after);
    }
    w->pending = true;
    w->targets[0] = timed_out && d->timeout.given ? d->timeout.to : nowhere;
    w->targets[1] = o ? o->to : nowhere;
    w->after = o ? o->after : (struct story_span){0, 0};
}

static void see_set(struct coverage *c, const int32_t *state, const struct play_effect *fx)
{
    struct coverage_walker *w = c->walker;
    tick(c, &c->effects[fx->set.effect]);
    if (fx->set.clamped)
        note_event(c, COVERAGE_CLAMPED, fx->set.effect);
    memcpy(w->copy, state, w->bytes); /* as it was right before */
    w->copy[PLAY_VALUES + fx->set.variable] = fx->set.old_value;
    ask_effects(c, w->copy, fx->set.effect);
    /* The target was chosen before the first of the `after` effects. */
    if (w->pending && fx->set.effect >= w->after.first && fx->set.effect < w->after.first + w->after.n)
        follow_decided_target(c, w->copy);
}

static void see_draw(struct coverage *c, const int32_t *state, const struct play_effect *fx)
{
    const struct story *s = c->walker->s;
    const struct story_span parts = s->routes[fx->draw.route].parts;
    const int32_t part = parts.first + fx->draw.part;
    if (c->walker->pending)
        follow_decided_target(c, state);
    tick(c, &c->routes[fx->draw.route]);
    for (int32_t i = parts.first; i < parts.first + parts.n; i++)
        ask_part(c, state, i);
    tick(c, &c->parts[part]);
    follow_routes(c, state, s->parts[part].to);
}

/* A kept target comes before the node's `next`, and its routes were followed when it was decided. */
static void see_leave(struct coverage *c, const int32_t *state, int32_t node)
{
    const struct story *s = c->walker->s;
    const struct story_target kept = {(enum story_target_kind)state[PLAY_TO_KIND], state[PLAY_TO_INDEX]};
    if (c->walker->input == PLAY_BACK || play_target_holds(s, state, kept))
        return;
    if (play_target_holds(s, state, s->nodes[node].next))
        follow_routes(c, state, s->nodes[node].next);
}

static void see_open(struct coverage *c, const int32_t *state, const struct play_effect *fx)
{
    const struct story_span options = c->walker->s->decisions[fx->open.decision].options;
    const uint64_t mask = fx->open.available;
    tick(c, &c->decisions[fx->open.decision]);
    for (int32_t i = 0; i < options.n; i++) {
        if (mask >> i & 1)
            tick(c, &c->available[options.first + i]);
        note_asked(c, state, c->walker->s->options[options.first + i].when);
    }
    if (mask == 0)
        note_event(c, COVERAGE_NOTHING, fx->open.decision);
}

static void see_effect(void *user, const int32_t *state, const struct play_effect *fx)
{
    struct coverage *c = user;
    if (fx->kind != PLAY_DID_SET)
        ask_effects(c, state, -1);
    switch (fx->kind) {
    case PLAY_DID_LEAVE:
        see_leave(c, state, fx->leave.node);
        break;
    case PLAY_DID_ENTER:
        tick(c, &c->nodes[fx->enter.node]);
        add_turn(c->walker, c->walker->s->nodes[fx->enter.node].enter);
        break;
    case PLAY_DID_SET:
        see_set(c, state, fx);
        break;
    case PLAY_DID_OPEN:
        see_open(c, state, fx);
        break;
    case PLAY_DID_DECIDE:
        see_decided(c, fx);
        break;
    case PLAY_DID_DRAW:
        see_draw(c, state, fx);
        break;
    case PLAY_DID_END:
        tick(c, &c->endings[fx->end.ending]);
        break;
    case PLAY_DID_STICK:
        note_event(c, fx->stick.why == PLAY_SILENT_LOOP ? COVERAGE_LOOP : COVERAGE_STUCK, fx->stick.node);
        break;
    case PLAY_DID_REWIND:
    case PLAY_DID_FINISH:
        break;
    }
}

static void see_step(void *user, const int32_t *state, const struct play_input *in, int64_t at_us)
{
    struct coverage *c = user;
    const struct story *s = c->walker->s;
    (void)at_us;
    c->walker->input = in->kind;
    c->walker->pending = false;
    c->walker->n_turns = 0;
    c->walker->asked = -1;
    if (in->kind != PLAY_ADVANCE)
        return;
    const struct story_event *e = &s->events[s->nodes[state[PLAY_NODE]].events.first + state[PLAY_CURSOR]];
    if (e->kind == STORY_AT)
        add_turn(c->walker, s->ats[e->index].run);
}

static void see_settled(void *user, const int32_t *state, const struct play_input *in, bool quiet)
{
    struct coverage *c = user;
    const struct story *s = c->walker->s;
    (void)in, (void)quiet;
    ask_effects(c, state, -1);
    if (c->walker->pending)
        follow_decided_target(c, state);
    for (int32_t i = 0; i < s->n_asserts; i++)
        if (!play_eval(s, state, s->asserts[i].expr))
            note_event(c, COVERAGE_VIOLATED, i);
}

static void count_sets(const struct coverage_walker *w, int32_t when)
{
    if (when >= 0)
        w->first_set[when + 1] = 1 << terms_count(w->terms, when);
}

/* Of each condition of a part, an option or an effect there is a flag for every set of its terms. Returns how many there are in all. */
static int32_t index_false_sets(struct coverage_walker *w)
{
    const struct story *s = w->s;
    int32_t n = 0;
    w->first_set = g_new0(int32_t, (gsize)s->n_exprs + 1);
    for (int32_t i = 0; i < s->n_parts; i++)
        count_sets(w, s->parts[i].when);
    for (int32_t i = 0; i < s->n_options; i++)
        count_sets(w, s->options[i].when);
    for (int32_t i = 0; i < s->n_effects; i++)
        count_sets(w, s->effects[i].when);
    for (int32_t i = 1; i <= s->n_exprs; i++)
        w->first_set[i] = n += w->first_set[i];
    return n;
}

/* Allocates the flags and cuts them into the arrays. */
static void slice_flags(struct coverage *c, const struct story *s)
{
    const struct {
        bool **array;
        int32_t n;
    } arrays[] = {
        {&c->nodes, s->n_nodes},
        {&c->decisions, s->n_decisions},
        {&c->timed_out, s->n_decisions},
        {&c->available, s->n_options},
        {&c->picked, s->n_options},
        {&c->taken, s->n_options},
        {&c->parts, s->n_parts},
        {&c->routes, s->n_routes},
        {&c->effects, s->n_effects},
        {&c->endings, s->n_endings},
        {&c->asked, s->n_parts},
        {&c->false_sets, index_false_sets(c->walker)},
        {&c->events[COVERAGE_STUCK], s->n_nodes},
        {&c->events[COVERAGE_LOOP], s->n_nodes},
        {&c->events[COVERAGE_NOTHING], s->n_decisions},
        {&c->events[COVERAGE_CLAMPED], s->n_effects},
        {&c->events[COVERAGE_VIOLATED], s->n_asserts},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(arrays); i++)
        c->n_flags += (size_t)arrays[i].n;
    bool *next = c->flags = g_new0(bool, c->n_flags + 1);
    for (size_t i = 0; i < G_N_ELEMENTS(arrays); i++) {
        *arrays[i].array = next;
        next += arrays[i].n;
    }
    assert(next == c->flags + c->n_flags);
}

struct coverage *coverage_new(const struct story *s, coverage_first first, void *user)
{
    struct coverage *c = g_new0(struct coverage, 1);
    c->fresh = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    c->walker = g_new0(struct coverage_walker, 1);
    c->walker->s = s;
    c->walker->first = first;
    c->walker->user = user;
    c->walker->bytes = (size_t)play_state_slots(s) * sizeof(int32_t);
    c->walker->terms = terms_new(s);
    c->walker->copy = g_malloc0(c->walker->bytes);
    slice_flags(c, s);
    return c;
}

/* Is one of these terms false in each of the sets that were seen, and was any? */
static bool rules_out(const bool *seen, uint32_t n_sets, uint32_t terms)
{
    bool any = false;
    for (uint32_t set = 0; set < n_sets; set++) {
        if (seen[set] && !(set & terms))
            return false;
        any |= seen[set];
    }
    return any;
}

uint32_t coverage_cause(const struct coverage *c, int32_t when)
{
    const int32_t first = c->walker->first_set[when];
    const uint32_t n_sets = (uint32_t)(c->walker->first_set[when + 1] - first);
    uint32_t best = 0;
    for (uint32_t terms = 1; terms < n_sets; terms++)
        if ((best == 0 || __builtin_popcount(terms) < __builtin_popcount(best)) &&
            rules_out(c->false_sets + first, n_sets, terms))
            best = terms;
    return best;
}

void coverage_add(struct coverage *c, const GArray *fresh)
{
    for (guint i = 0; i < fresh->len; i++)
        c->flags[g_array_index(fresh, uint32_t, i)] = true;
}

void coverage_free(struct coverage *c)
{
    if (!c)
        return;
    g_array_unref(c->fresh);
    g_free(c->flags);
    terms_free(c->walker->terms);
    g_free(c->walker->first_set);
    g_free(c->walker->copy);
    g_free(c->walker);
    g_free(c);
}

struct successors_watch coverage_watch(struct coverage *c)
{
    return (struct successors_watch){.step = see_step, .effect = see_effect, .settled = see_settled, .user = c};
}

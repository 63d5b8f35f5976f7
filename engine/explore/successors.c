#include "explore/successors.h"

#include "explore/kept_values.h"
#include "play/schedule.h"
#include "story/limits.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

/* The patience is asked after so many inputs of a transition. */
#define STEPS_UNASKED 16

struct successors {
    const struct story *s;
    struct successors_watch watch;
    bool backs;
    struct patience *patience; /* or NULL */
    size_t bytes;
    int32_t *st;       /* the state on the transition */
    bool *leave_draws; /* node: leaving it may draw */
    bool *enter_draws; /* node: it is silent, and entering it may draw */
    bool *close_draws; /* decision: an outcome may draw when it closes */
    GArray *inputs;    /* successors_input: the answer of successors_inputs() */
    /* of one transition */
    struct transition transition;
    int64_t pos_us;  /* media time in the node */
    bool left;       /* the last step left the node */
    int32_t rewound; /* the last step went back to this decision, or -1 */
    GArray *drawn;   /* int32: the parts that were drawn */
    guint forced;    /* the first so many of them were prescribed */
    /* of one input */
    int32_t *kept;          /* values of a PLAY_START */
    GPtrArray *pending;     /* GArray of int32: the draws that a transition yet to be followed begins with */
    GHashTable *draw_spots; /* GBytes: state and route of each draw that was met */
    int32_t n_transitions, n_effects;
    bool complete;
};

/* Between two calls. */
static bool successors_check(const struct successors *w)
{
    assert(w->pending->len == 0);
    assert(w->transition.ordinal >= 0 && w->transition.min_us <= w->transition.max_us);
    assert(w->st[PLAY_RNG_LO] == 0 && w->st[PLAY_RNG_HI] == 0);
    return true;
}

/* ---- routes ------------------------------------------------------------------------------------------------- */

/* Can a random route be met behind the target, silent nodes included? */
static bool may_draw(const struct successors *w, struct story_target to)
{
    if (to.kind == STORY_TO_NODE)
        return w->enter_draws[to.index];
    if (to.kind != STORY_TO_ROUTE)
        return false;
    const struct story_route *r = &w->s->routes[to.index];
    bool any = r->random;
    for (int32_t i = 0; i < r->parts.n && !any; i++)
        any = may_draw(w, w->s->parts[r->parts.first + i].to);
    return any;
}

/* Silent nodes that lead to silent nodes: what one may draw, the nodes before it may draw, too. */
struct draw_search {
    GArray *before; /* of each silent node, as node_list_link: the nodes whose `next` may lead to it */
    int32_t *first; /* node: its first link, or -1 */
    GArray *found;  /* int32: nodes whose leaving may draw */
};

struct node_list_link {
    int32_t node, next;
};

static void link_target(const struct successors *w, struct draw_search *d, int32_t from, struct story_target to)
{
    if (to.kind == STORY_TO_NODE && w->s->nodes[to.index].clip.kind == STORY_SILENT) {
        const struct node_list_link link = {from, d->first[to.index]};
        d->first[to.index] = (int32_t)d->before->len;
        g_array_append_val(d->before, link);
    }
    if (to.kind != STORY_TO_ROUTE)
        return;
    const struct story_span parts = w->s->routes[to.index].parts;
    for (int32_t i = parts.first; i < parts.first + parts.n; i++)
        link_target(w, d, from, w->s->parts[i].to);
}

static void note_leave_draws(struct successors *w, struct draw_search *d, int32_t node)
{
    if (w->leave_draws[node])
        return;
    w->leave_draws[node] = true;
    w->enter_draws[node] = w->s->nodes[node].clip.kind == STORY_SILENT;
    g_array_append_val(d->found, node);
}

static void find_leave_draws(struct successors *w)
{
    struct draw_search d = {.before = g_array_new(FALSE, FALSE, sizeof(struct node_list_link)),
                            .first = g_new(int32_t, (gsize)w->s->n_nodes + 1),
                            .found = g_array_new(FALSE, FALSE, sizeof(int32_t))};
    for (int32_t i = 0; i < w->s->n_nodes; i++)
        d.first[i] = -1;
    for (int32_t i = 0; i < w->s->n_nodes; i++) {
        link_target(w, &d, i, w->s->nodes[i].next);
        if (may_draw(w, w->s->nodes[i].next)) /* of itself, or by a node that was found already */
            note_leave_draws(w, &d, i);
    }
    for (guint i = 0; i < d.found->len; i++)
        for (int32_t k = d.first[g_array_index(d.found, int32_t, i)]; k >= 0;) {
            const struct node_list_link link = g_array_index(d.before, struct node_list_link, k);
            note_leave_draws(w, &d, link.node);
            k = link.next;
        }
    g_array_unref(d.found);
    g_array_unref(d.before);
    g_free(d.first);
}

static void find_draws(struct successors *w)
{
    find_leave_draws(w);
    for (int32_t i = 0; i < w->s->n_decisions; i++) {
        const struct story_decision *d = &w->s->decisions[i];
        w->close_draws[i] = may_draw(w, d->timeout.to);
        for (int32_t o = 0; o < d->options.n; o++)
            w->close_draws[i] |= may_draw(w, w->s->options[d->options.first + o].to);
    }
}

/* ---- moments ------------------------------------------------------------------------------------------------ */

static const struct story_event *event_at(const struct successors *w, int32_t i)
{
    const struct story_span events = w->s->nodes[w->st[PLAY_NODE]].events;
    return i < events.n ? &w->s->events[events.first + i] : NULL;
}

/* If a decision closes next but is open no more, its pick has just become final: a pick that cuts at once would have cut. */
int64_t successors_since_us(const struct story *s, const int32_t *state)
{
    const struct story_span events = s->nodes[state[PLAY_NODE]].events;
    const struct story_event *e = s->events + events.first;
    const int32_t cursor = state[PLAY_CURSOR];
    if (cursor < events.n && e[cursor].kind == STORY_CLOSE && state[PLAY_OPEN] < 0 && !state[PLAY_CUT])
        return e[cursor].at_us;
    return cursor > 0 ? e[cursor - 1].at_us : 0;
}

static int64_t since_us(const struct successors *w)
{
    return successors_since_us(w->s, w->st);
}

static int64_t next_us(const struct story *s, const int32_t *state)
{
    const struct story_span events = s->nodes[state[PLAY_NODE]].events;
    const int32_t i = state[PLAY_CURSOR];
    return i < events.n ? s->events[events.first + i].at_us : schedule_planned_length(s, state[PLAY_NODE]);
}

static int64_t until_us(const struct successors *w)
{
    return next_us(w->s, w->st);
}

bool successors_quiet(const struct story *s, const int32_t *state)
{
    return state[PLAY_PHASE] != PLAY_RUNNING || (!state[PLAY_CUT] && successors_since_us(s, state) < next_us(s, state));
}

static bool is_quiet(const struct successors *w)
{
    return successors_quiet(w->s, w->st);
}

static bool closes_next(const struct successors *w)
{
    const struct story_event *next = event_at(w, w->st[PLAY_CURSOR]);
    return w->st[PLAY_OPEN] >= 0 && next && next->kind == STORY_CLOSE && next->index == w->st[PLAY_OPEN];
}

static bool can_pick(const struct successors *w)
{
    if (w->st[PLAY_OPEN] < 0 || play_open_options(w->st) == 0)
        return false;
    return story_pick_cuts(&w->s->decisions[w->st[PLAY_OPEN]]) ? is_quiet(w) : closes_next(w);
}

static bool can_go_back(const struct successors *w)
{
    for (int32_t i = 0; w->backs && is_quiet(w) && i < w->st[PLAY_CHECKPOINTS]; i++)
        if (play_can_go_back(w->s, w->st, play_checkpoint(w->s, w->st, i)))
            return true;
    return false;
}

static bool chance_is_next(const struct successors *w)
{
    if (closes_next(w) && w->close_draws[w->st[PLAY_OPEN]])
        return true;
    if (!w->st[PLAY_CUT] && event_at(w, w->st[PLAY_CURSOR]))
        return false;
    const bool kept_node = w->st[PLAY_TO_KIND] == STORY_TO_NODE;
    return w->leave_draws[w->st[PLAY_NODE]] || (kept_node && w->enter_draws[w->st[PLAY_TO_INDEX]]);
}

/* ---- one transition ------------------------------------------------------------------------------------------------ */

/* Every other part that could be drawn here makes a transition of its own, unless this spot was met before. */
static void add_other_draws(struct successors *w, int32_t route, int32_t drawn)
{
    const struct story_route *r = &w->s->routes[route];
    GByteArray *spot = g_byte_array_new();
    g_byte_array_append(spot, (const guint8 *)w->st, (guint)w->bytes);
    g_byte_array_append(spot, (const guint8 *)&route, sizeof route);
    /* The generator moved with the draws before; it is no part of the spot. */
    memset(spot->data + PLAY_RNG_LO * sizeof(int32_t), 0, 2 * sizeof(int32_t));
    const bool is_new = g_hash_table_add(w->draw_spots, g_byte_array_free_to_bytes(spot));
    for (int32_t i = r->parts.n - 1; i >= 0; i--) {
        if (i == drawn || !play_part_holds(w->s, w->st, &w->s->parts[r->parts.first + i]))
            continue;
        w->transition.merged |= !is_new;
        if (!is_new)
            continue;
        GArray *draws = g_array_new(FALSE, FALSE, sizeof(int32_t));
        if (w->drawn->len > 0)
            g_array_append_vals(draws, w->drawn->data, w->drawn->len);
        g_array_append_val(draws, i);
        g_ptr_array_add(w->pending, draws);
    }
}

static void track_effect(void *user, const struct play_effect *fx)
{
    struct successors *w = user;
    w->n_effects++;
    if (fx->kind == PLAY_DID_DRAW) {
        if (w->drawn->len >= w->forced)
            add_other_draws(w, fx->draw.route, fx->draw.part);
        g_array_append_val(w->drawn, fx->draw.part);
    } else if (fx->kind == PLAY_DID_ENTER)
        w->left = true;
    else if (fx->kind == PLAY_DID_REWIND)
        w->rewound = fx->rewind.decision;
    if (w->watch.effect)
        w->watch.effect(w->watch.user, w->st, fx);
}

/* Takes an input that comes at some media time from `from_us` to `to_us`. */
static void take_input(struct successors *w, const struct play_input *in, int64_t from_us, int64_t to_us)
{
    assert(from_us <= to_us);
    from_us = MAX(from_us, w->pos_us);
    to_us = MAX(to_us, w->pos_us);
    w->transition.min_us += from_us - w->pos_us;
    w->transition.max_us += to_us - w->pos_us;
    w->left = false;
    w->rewound = -1;
    if (w->watch.step)
        w->watch.step(w->watch.user, w->st, in, w->watch.soonest ? from_us : from_us + (to_us - from_us) / 2);
    const bool taken = play_step(w->s, w->st, in, track_effect, w);
    assert(taken);
    w->st[PLAY_RNG_LO] = w->st[PLAY_RNG_HI] = 0;
    w->pos_us = w->rewound >= 0 ? w->s->decisions[w->rewound].opens_us : w->left ? 0 : from_us;
    if (w->watch.settled)
        w->watch.settled(w->watch.user, w->st, in, w->rewound < 0 && is_quiet(w));
}

/* Right behind a rewind, its decision opens before anything else can happen. */
static bool transition_ends(const struct successors *w, int32_t steps)
{
    if (w->st[PLAY_PHASE] != PLAY_RUNNING)
        return true;
    return w->rewound < 0 && (can_pick(w) || can_go_back(w) || chance_is_next(w) || steps >= SUCCESSORS_STEPS_MAX);
}

static bool ends_early(const struct successors *w, int32_t steps)
{
    return steps % STEPS_UNASKED == STEPS_UNASKED - 1 && patience_is_over(w->patience);
}

static void follow_input(struct successors *w, const int32_t *from, const struct play_input *in, int64_t from_us,
                         int64_t to_us)
{
    if (w->watch.begin)
        w->watch.begin(w->watch.user, from, w->transition.ordinal);
    w->transition.min_us = w->transition.max_us = 0;
    w->transition.merged = false;
    w->transition.back = in->kind == PLAY_BACK;
    take_input(w, in, from_us, to_us);
    for (int32_t steps = 0; !transition_ends(w, steps) && !ends_early(w, steps); steps++) {
        const struct schedule_due due = schedule_next(w->s, w->st, schedule_planned_length(w->s, w->st[PLAY_NODE]), -1);
        take_input(w, &due.input, due.at_us, due.at_us);
    }
}

/* ---- all transitions ----------------------------------------------------------------------------------------------- */

struct successors_caller {
    const int32_t *from;
    successors_found found;
    void *user;
};

static bool may_try_more(const struct successors *w)
{
    return w->n_transitions < SUCCESSORS_DRAWS_MAX && w->n_effects < SUCCESSORS_EFFECTS_MAX &&
           !patience_is_over(w->patience);
}

/* Follows one input with every combination of draws. */
static void try_input(struct successors *w, const struct successors_caller *c, struct play_input in, int64_t from_us,
                      int64_t to_us)
{
    const int64_t pos_us = w->pos_us;
    assert(w->pending->len == 0);
    w->n_transitions = w->n_effects = 0;
    g_hash_table_remove_all(w->draw_spots);
    g_ptr_array_add(w->pending, g_array_new(FALSE, FALSE, sizeof(int32_t)));
    while (w->pending->len > 0) {
        GArray *draws = g_ptr_array_steal_index(w->pending, w->pending->len - 1);
        w->complete &= may_try_more(w);
        if (w->complete) {
            w->n_transitions++;
            memcpy(w->st, c->from, w->bytes);
            g_array_set_size(w->drawn, 0);
            w->forced = draws->len;
            w->pos_us = pos_us;
            in.draws = draws->len > 0 ? (const int32_t *)(void *)draws->data : NULL;
            in.n_draws = (int32_t)draws->len;
            follow_input(w, c->from, &in, from_us, to_us);
            c->found(c->user, w->st, &w->transition);
            w->transition.ordinal++;
        }
        g_array_unref(draws);
    }
    memcpy(w->st, c->from, w->bytes);
    w->pos_us = pos_us;
}

static void add_input(struct successors *w, struct play_input in, int64_t from_us, int64_t to_us)
{
    const struct successors_input input = {in, from_us, to_us};
    g_array_append_val(w->inputs, input);
}

static void add_picks(struct successors *w)
{
    const bool now = story_pick_cuts(&w->s->decisions[w->st[PLAY_OPEN]]);
    const uint64_t mask = play_open_options(w->st);
    const int64_t until = until_us(w);
    for (int32_t o = 0; o < STORY_OPTIONS_MAX; o++)
        if (mask >> o & 1)
            add_input(w, (struct play_input){.kind = PLAY_PICK, .option = o}, now ? since_us(w) : until, until);
}

static void add_backs(struct successors *w)
{
    const bool running = w->st[PLAY_PHASE] == PLAY_RUNNING;
    const int64_t from_us = running ? since_us(w) : 0, to_us = running ? until_us(w) : 0;
    for (int32_t i = 0; i < w->st[PLAY_CHECKPOINTS]; i++) {
        const int32_t d = play_checkpoint(w->s, w->st, i);
        if (play_can_go_back(w->s, w->st, d))
            add_input(w, (struct play_input){.kind = PLAY_BACK, .decision = d}, from_us, to_us);
    }
}

const struct successors_input *successors_inputs(struct successors *w, const int32_t *state, int32_t *n)
{
    assert(successors_check(w) && state != w->st);
    memcpy(w->st, state, w->bytes);
    g_array_set_size(w->inputs, 0);
    if (state[PLAY_PHASE] == PLAY_IDLE)
        add_input(w, (struct play_input){.kind = PLAY_START}, 0, 0);
    if (state[PLAY_PHASE] == PLAY_RUNNING) {
        if (can_pick(w))
            add_picks(w);
        const struct schedule_due due = schedule_next(w->s, w->st, schedule_planned_length(w->s, w->st[PLAY_NODE]), -1);
        add_input(w, due.input, due.at_us, due.at_us);
    }
    if (state[PLAY_PHASE] != PLAY_IDLE && can_go_back(w))
        add_backs(w);
    *n = (int32_t)w->inputs->len;
    return (const struct successors_input *)(void *)w->inputs->data;
}

bool successors_of_input(struct successors *w, const int32_t *state, const struct successors_input *input,
                         int32_t *ordinal, successors_found found, void *user)
{
    const struct successors_caller c = {state, found, user};
    struct play_input in = input->in;
    memcpy(w->st, state, w->bytes);
    w->transition.ordinal = *ordinal;
    w->complete = true;
    if (in.kind == PLAY_START) {
        kept_values_get(w->s, state, w->kept);
        in.kept = w->kept;
    }
    w->pos_us = state[PLAY_PHASE] == PLAY_RUNNING ? since_us(w) : 0;
    try_input(w, &c, in, input->from_us, input->to_us);
    *ordinal = w->transition.ordinal;
    assert(successors_check(w));
    return w->complete;
}

bool successors_expand(struct successors *w, const int32_t *state, successors_found found, void *user)
{
    int32_t n, ordinal = 0;
    bool complete = true;
    const struct successors_input *inputs = successors_inputs(w, state, &n);
    for (int32_t i = 0; i < n; i++)
        complete &= successors_of_input(w, state, &inputs[i], &ordinal, found, user);
    return complete;
}

/* ---- life --------------------------------------------------------------------------------------------------- */

struct successors *successors_new(const struct story *s, const struct successors_watch *watch, bool backs)
{
    struct successors *w = g_new0(struct successors, 1);
    w->s = s;
    if (watch)
        w->watch = *watch;
    w->backs = backs;
    w->bytes = (size_t)play_state_slots(s) * sizeof(int32_t);
    w->st = g_malloc0(w->bytes);
    w->leave_draws = g_new0(bool, (gsize)s->n_nodes + 1);
    w->enter_draws = g_new0(bool, (gsize)s->n_nodes + 1);
    w->close_draws = g_new0(bool, (gsize)s->n_decisions + 1);
    w->inputs = g_array_new(FALSE, FALSE, sizeof(struct successors_input));
    w->kept = g_new0(int32_t, (gsize)s->n_vars + 1);
    w->pending = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
    w->draw_spots = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
    w->drawn = g_array_new(FALSE, FALSE, sizeof(int32_t));
    find_draws(w);
    return w;
}

void successors_set_patience(struct successors *w, struct patience *patience)
{
    w->patience = patience;
}

void successors_free(struct successors *w)
{
    if (!w)
        return;
    g_array_unref(w->drawn);
    g_array_unref(w->inputs);
    g_free(w->kept);
    g_hash_table_unref(w->draw_spots);
    g_ptr_array_unref(w->pending);
    g_free(w->close_draws);
    g_free(w->enter_draws);
    g_free(w->leave_draws);
    g_free(w->st);
    g_free(w);
}

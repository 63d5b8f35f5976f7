#include "explore/successors.h"

#include "play/schedule.h"

#include <glib.h>
#include <string.h>

/* Inputs that leave nobody a choice before a way ends all the same: a film without decisions may loop for ever. */
#define WAY_STEPS_MAX 256

struct successors {
    const struct story *s;
    struct successors_watch watch;
    bool backs;
    size_t bytes;
    int32_t *st;                                  /* the state on the way */
    bool *leave_draws, *enter_draws, *time_draws; /* may chance be asked: leaving a node, entering a silent one, when a
                                                     decision times out */
    /* of one way */
    struct transition edge;
    int64_t pos_us;  /* media time in the node */
    bool left;       /* the step left the node */
    int32_t rewound; /* the step went back to this decision, or -1 */
    /* of one input: what is left to draw */
    GArray *inputs;        /* successors_input: of successors_inputs() */
    int32_t *kept;         /* of a start */
    GPtrArray *pending;    /* GArray of int32: draws to begin with */
    GHashTable *places;    /* state and route where chance was asked */
    GArray *drawn;         /* int32: on this way */
    guint forced;          /* of them, this many were asked for */
    int32_t n_transitions; /* followed from this input */
    bool complete;
};

/* ---- routes ------------------------------------------------------------------------------------------------- */

/* Can following the target ask chance, silent nodes behind it included? */
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

/* Until nothing changes: silent nodes lead to silent nodes. */
static void find_draws(struct successors *w)
{
    bool changed = true;
    while (changed) {
        changed = false;
        for (int32_t i = 0; i < w->s->n_nodes; i++) {
            const struct story_node *n = &w->s->nodes[i];
            if (w->leave_draws[i] || !may_draw(w, n->next))
                continue;
            w->leave_draws[i] = changed = true;
            w->enter_draws[i] = n->clip.kind == STORY_SILENT;
        }
    }
    for (int32_t i = 0; i < w->s->n_decisions; i++) {
        const struct story_decision *d = &w->s->decisions[i];
        w->time_draws[i] = may_draw(w, d->timeout.to);
        for (int32_t o = 0; o < d->options.n; o++)
            w->time_draws[i] |= may_draw(w, w->s->options[d->options.first + o].to);
    }
}

/* ---- moments ------------------------------------------------------------------------------------------------ */

static const struct story_event *event_at(const struct successors *w, int32_t i)
{
    const struct story_span events = w->s->nodes[w->st[PLAY_NODE]].events;
    return i < events.n ? &w->s->events[events.first + i] : NULL;
}

/* A decision that closes next, but is open no more, was picked right now: else it would have cut at once. */
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
    return w->s->decisions[w->st[PLAY_OPEN]].cut == STORY_CUT_NOW ? is_quiet(w) : closes_next(w);
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
    if (closes_next(w) && w->time_draws[w->st[PLAY_OPEN]])
        return true;
    if (!w->st[PLAY_CUT] && event_at(w, w->st[PLAY_CURSOR]))
        return false;
    const bool kept_node = w->st[PLAY_TO_KIND] == STORY_TO_NODE;
    return w->leave_draws[w->st[PLAY_NODE]] || (kept_node && w->enter_draws[w->st[PLAY_TO_INDEX]]);
}

/* ---- one way ------------------------------------------------------------------------------------------------ */

/* Every other part that could be drawn here is a way of its own, if this place is new. */
static void add_other_draws(struct successors *w, int32_t route, int32_t drawn)
{
    const struct story_route *r = &w->s->routes[route];
    GByteArray *place = g_byte_array_new();
    g_byte_array_append(place, (const guint8 *)w->st, (guint)w->bytes);
    g_byte_array_append(place, (const guint8 *)&route, sizeof route);
    /* What the generator drew on the way here is no part of the place. */
    memset(place->data + PLAY_RNG_LO * sizeof(int32_t), 0, 2 * sizeof(int32_t));
    const bool is_new = g_hash_table_add(w->places, g_byte_array_free_to_bytes(place));
    for (int32_t i = r->parts.n - 1; i >= 0; i--) {
        if (i == drawn || !play_part_holds(w->s, w->st, &w->s->parts[r->parts.first + i]))
            continue;
        w->edge.merged |= !is_new;
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

/* The input happens at some time from `from` to `to`. */
static void take_input(struct successors *w, const struct play_input *in, int64_t from_us, int64_t to_us)
{
    from_us = MAX(from_us, w->pos_us);
    to_us = MAX(to_us, w->pos_us);
    w->edge.min_us += from_us - w->pos_us;
    w->edge.max_us += to_us - w->pos_us;
    w->left = false;
    w->rewound = -1;
    if (w->watch.step)
        w->watch.step(w->watch.user, w->st, in, from_us + (to_us - from_us) / 2);
    const bool taken = play_step(w->s, w->st, in, track_effect, w);
    g_assert(taken);
    w->st[PLAY_RNG_LO] = w->st[PLAY_RNG_HI] = 0;
    w->pos_us = w->rewound >= 0 ? w->s->decisions[w->rewound].opens_us : w->left ? 0 : from_us;
    if (w->watch.settled)
        w->watch.settled(w->watch.user, w->st, in, w->rewound < 0 && is_quiet(w));
}

/* Right behind a rewind its decision opens before anything else can happen. */
static bool way_ends(const struct successors *w, int32_t steps)
{
    if (w->st[PLAY_PHASE] != PLAY_RUNNING)
        return true;
    return w->rewound < 0 && (can_pick(w) || can_go_back(w) || chance_is_next(w) || steps >= WAY_STEPS_MAX);
}

static void follow_input(struct successors *w, const int32_t *from, const struct play_input *in, int64_t from_us,
                         int64_t to_us)
{
    if (w->watch.begin)
        w->watch.begin(w->watch.user, from, w->edge.ordinal);
    w->edge.min_us = w->edge.max_us = 0;
    w->edge.merged = false;
    w->edge.back = in->kind == PLAY_BACK;
    take_input(w, in, from_us, to_us);
    for (int32_t steps = 0; !way_ends(w, steps); steps++) {
        const struct schedule_due due = schedule_next(w->s, w->st, schedule_planned_length(w->s, w->st[PLAY_NODE]), -1);
        take_input(w, &due.input, due.at_us, due.at_us);
    }
}

/* ---- all ways ----------------------------------------------------------------------------------------------- */

struct successors_caller {
    const int32_t *from;
    successors_found found;
    void *user;
};

/* One input with everything that chance can make of it. */
static void try_input(struct successors *w, const struct successors_caller *c, struct play_input in, int64_t from_us,
                      int64_t to_us)
{
    const int64_t pos_us = w->pos_us;
    w->n_transitions = 0;
    g_hash_table_remove_all(w->places);
    g_ptr_array_add(w->pending, g_array_new(FALSE, FALSE, sizeof(int32_t)));
    while (w->pending->len > 0) {
        GArray *draws = g_ptr_array_steal_index(w->pending, w->pending->len - 1);
        w->complete &= w->n_transitions < SUCCESSORS_DRAWS_MAX;
        if (w->n_transitions++ < SUCCESSORS_DRAWS_MAX) {
            memcpy(w->st, c->from, w->bytes);
            g_array_set_size(w->drawn, 0);
            w->forced = draws->len;
            w->pos_us = pos_us;
            in.draws = draws->len > 0 ? (const int32_t *)(void *)draws->data : NULL;
            in.n_draws = (int32_t)draws->len;
            follow_input(w, c->from, &in, from_us, to_us);
            c->found(c->user, w->st, &w->edge);
            w->edge.ordinal++;
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
    const bool now = w->s->decisions[w->st[PLAY_OPEN]].cut == STORY_CUT_NOW;
    const uint64_t mask = play_open_options(w->st);
    const int64_t until = until_us(w);
    for (int32_t o = 0; o < 64; o++)
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

static const int32_t *kept_of(struct successors *w, const int32_t *state)
{
    int32_t n = 0;
    for (int32_t i = 0; i < w->s->n_vars; i++)
        if (w->s->vars[i].keep_viewer)
            w->kept[n++] = state[PLAY_VALUES + i];
    return n > 0 ? w->kept : NULL;
}

bool successors_of_input(struct successors *w, const int32_t *state, const struct successors_input *input,
                         int32_t *ordinal, successors_found found, void *user)
{
    const struct successors_caller c = {state, found, user};
    struct play_input in = input->in;
    memcpy(w->st, state, w->bytes);
    w->edge.ordinal = *ordinal;
    w->complete = true;
    if (in.kind == PLAY_START)
        in.kept = kept_of(w, state);
    w->pos_us = state[PLAY_PHASE] == PLAY_RUNNING ? since_us(w) : 0;
    try_input(w, &c, in, input->from_us, input->to_us);
    *ordinal = w->edge.ordinal;
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

static void free_draws(gpointer draws)
{
    g_array_unref(draws);
}

static void free_place(gpointer place)
{
    g_bytes_unref(place);
}

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
    w->time_draws = g_new0(bool, (gsize)s->n_decisions + 1);
    w->inputs = g_array_new(FALSE, FALSE, sizeof(struct successors_input));
    w->kept = g_new0(int32_t, (gsize)s->n_vars + 1);
    w->pending = g_ptr_array_new_with_free_func(free_draws);
    w->places = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, free_place, NULL);
    w->drawn = g_array_new(FALSE, FALSE, sizeof(int32_t));
    find_draws(w);
    return w;
}

void successors_free(struct successors *w)
{
    if (!w)
        return;
    g_array_unref(w->drawn);
    g_array_unref(w->inputs);
    g_free(w->kept);
    g_hash_table_unref(w->places);
    g_ptr_array_unref(w->pending);
    g_free(w->time_draws);
    g_free(w->enter_draws);
    g_free(w->leave_draws);
    g_free(w->st);
    g_free(w);
}

/*
 * explore_oracle: everything that can happen in a small story, by brute force. Whole states in a hash table, one behind every
 * single input; every input and every draw is tried, codes as the player takes them (player/choice.h). It shares nothing with
 * engine/explore but play_step() and schedule_next().
 *
 * oracle_new(), then look at states, edges, said; oracle_free(). Too large a story has too_much set.
 */
#pragma once

#include "player/choice.h"
#include "play/schedule.h"
#include "play_model.h"
#include "tap.h"

#include <math.h>
#include <stdlib.h>

#ifndef STATES_MAX
#define STATES_MAX 1200
#endif
#define DRAWS_MAX 8

struct oracle_edge {
    uint32_t from, to;
    int64_t min_us, max_us;
    bool back;
    double chance;   /* that a viewer who takes every option with equal probability causes it, with these draws */
    double measured; /* that a viewer who decides by the oracle's shares does */
    int32_t choice;  /* the option that is picked, or -1 */
    int32_t takes;   /* the option that is taken in the open decision, or -1 */
    uint64_t film;   /* a bit for each node that it enters */
    guint first_step,
        n_steps; /* in oracle->steps: the nodes that it enters, and as -1 - option the options that it takes */
};

struct oracle {
    const struct story *s;
    const double *picks, *timeouts; /* of options, of decisions: how people decided; or NULL */
    bool backs;
    size_t bytes;
    GHashTable *seen;  /* GBytes -> number + 1 */
    GPtrArray *states; /* GBytes */
    GArray *edges;
    GArray *steps;    /* int32: of all edges */
    GHashTable *kept; /* GBytes */
    GHashTable *said; /* what happened: "node 3", "picked 7" */
    uint32_t from, n_starts;
    int32_t open; /* the open decision of the state that is expanded, or -1 */
    bool too_much;
    /* of a step */
    GArray *told; /* effects */
};

static inline void oracle_say(struct oracle *o, const char *what, int32_t subject)
{
    g_hash_table_add(o->said, g_strdup_printf("%s %d", what, subject));
}

static inline void collect_effect(void *user, const struct play_effect *fx)
{
    g_array_append_vals(user, fx, 1);
}

static inline uint32_t oracle_number(struct oracle *o, const int32_t *st)
{
    GBytes *key = g_bytes_new(st, o->bytes);
    gpointer known = g_hash_table_lookup(o->seen, key);
    if (known) {
        g_bytes_unref(key);
        return GPOINTER_TO_UINT(known) - 1;
    }
    g_ptr_array_add(o->states, key);
    g_hash_table_insert(o->seen, key, GUINT_TO_POINTER(o->states->len));
    o->too_much |= o->states->len > STATES_MAX;
    return o->states->len - 1;
}

static inline void oracle_say_effects(struct oracle *o)
{
    for (guint i = 0; i < o->told->len; i++) {
        const struct play_effect *fx = &g_array_index(o->told, struct play_effect, i);
        const int32_t decision = fx->kind == PLAY_DID_OPEN     ? fx->open.decision
                                 : fx->kind == PLAY_DID_DECIDE ? fx->decide.decision
                                                               : -1;
        const int32_t first = decision >= 0 ? o->s->decisions[decision].options.first : 0;
        if (fx->kind == PLAY_DID_ENTER)
            oracle_say(o, "node", fx->enter.node);
        if (fx->kind == PLAY_DID_SET)
            oracle_say(o, "effect", fx->set.effect);
        if (fx->kind == PLAY_DID_SET && fx->set.clamped)
            oracle_say(o, "clamped", fx->set.effect);
        if (fx->kind == PLAY_DID_OPEN)
            oracle_say(o, "opened", fx->open.decision);
        if (fx->kind == PLAY_DID_OPEN && !fx->open.available)
            oracle_say(o, "nothing", fx->open.decision);
        for (int32_t k = 0; fx->kind == PLAY_DID_OPEN && k < 32; k++)
            if (fx->open.available >> k & 1)
                oracle_say(o, "available", first + k);
        if (fx->kind == PLAY_DID_DECIDE && fx->decide.outcome == PLAY_PICKED)
            oracle_say(o, "picked", first + fx->decide.option);
        if (fx->kind == PLAY_DID_DECIDE && fx->decide.outcome == PLAY_TIMED_OUT)
            oracle_say(o, "timed out", fx->decide.decision);
        if (fx->kind == PLAY_DID_END)
            oracle_say(o, "ending", fx->end.ending);
        if (fx->kind == PLAY_DID_STICK)
            oracle_say(o, fx->stick.why == PLAY_NO_WAY ? "stuck" : "loop", fx->stick.node);
    }
}

/* When the last event happened. A pick that does not cut at once happens when its window closes. */
static inline int64_t last_event_us(const struct story *s, const int32_t *st)
{
    int64_t us = 0;
    const struct story_span events = s->nodes[MAX(st[PLAY_NODE], 0)].events;
    for (int32_t i = 0; st[PLAY_PHASE] == PLAY_RUNNING && i < events.n; i++) {
        const struct story_event *e = &s->events[events.first + i];
        const bool picked = i == st[PLAY_CURSOR] && e->kind == STORY_CLOSE && st[PLAY_OPEN] == -1 && !st[PLAY_CUT];
        if (i < st[PLAY_CURSOR] || picked)
            us = e->at_us;
    }
    return us;
}

static inline int64_t next_event_us(const struct story *s, const int32_t *st)
{
    const struct story_span e = s->nodes[st[PLAY_NODE]].events;
    return st[PLAY_CURSOR] < e.n ? s->events[e.first + st[PLAY_CURSOR]].at_us
                                 : schedule_planned_length(s, st[PLAY_NODE]);
}

static inline bool time_passes(const struct story *s, const int32_t *st)
{
    return st[PLAY_PHASE] != PLAY_RUNNING || (!st[PLAY_CUT] && last_event_us(s, st) < next_event_us(s, st));
}

static inline bool has_rewound(const struct oracle *o)
{
    for (guint i = 0; i < o->told->len; i++)
        if (g_array_index(o->told, struct play_effect, i).kind == PLAY_DID_REWIND)
            return true;
    return false;
}

static inline void note_state(struct oracle *o, const int32_t *st, bool settled)
{
    GByteArray *kept = g_byte_array_new();
    for (int32_t i = 0; i < o->s->n_asserts; i++)
        if (!play_eval(o->s, st, o->s->asserts[i].expr))
            oracle_say(o, "violated", i);
    for (int32_t i = 0; i < o->s->n_vars; i++)
        if (o->s->vars[i].keep_viewer)
            g_byte_array_append(kept, (const guint8 *)&st[PLAY_VALUES + i], 4);
    GBytes *key = g_byte_array_free_to_bytes(kept);
    if (settled)
        g_hash_table_add(o->kept, key);
    else
        g_bytes_unref(key);
}

static inline void note_steps(struct oracle *o, struct oracle_edge *e)
{
    e->first_step = o->steps->len;
    for (guint i = 0; i < o->told->len; i++) {
        const struct play_effect *fx = &g_array_index(o->told, struct play_effect, i);
        int32_t step = fx->enter.node;
        if (fx->kind == PLAY_DID_DECIDE && fx->decide.option >= 0)
            step = -1 - (o->s->decisions[fx->decide.decision].options.first + fx->decide.option);
        if (fx->kind == PLAY_DID_ENTER || (fx->kind == PLAY_DID_DECIDE && fx->decide.option >= 0))
            g_array_append_val(o->steps, step);
    }
    e->n_steps = o->steps->len - e->first_step;
}

/* An input that has all the draws it needs has this outcome. */
static inline void add_outcome(struct oracle *o, int32_t *st, const struct play_input *in,
                               const struct oracle_edge *about)
{
    const bool rewound = has_rewound(o);
    struct oracle_edge e = *about;
    e.from = o->from;
    e.back = in->kind == PLAY_BACK;
    e.choice = in->kind == PLAY_PICK ? in->option : -1;
    e.takes = e.choice;
    note_steps(o, &e);
    for (guint i = 0; i < o->told->len; i++) {
        const struct play_effect *fx = &g_array_index(o->told, struct play_effect, i);
        if (fx->kind == PLAY_DID_DECIDE && fx->decide.outcome == PLAY_TIMED_OUT && fx->decide.decision == o->open)
            e.takes = fx->decide.option;
    }
    for (guint i = 0; i < o->told->len; i++)
        if (g_array_index(o->told, struct play_effect, i).kind == PLAY_DID_ENTER)
            e.film |= UINT64_C(1) << (g_array_index(o->told, struct play_effect, i).enter.node % 64);
    oracle_say_effects(o);
    st[PLAY_RNG_LO] = st[PLAY_RNG_HI] = 0;
    note_state(o, st, !rewound && time_passes(o->s, st));
    if (rewound) { /* the decision opens at once */
        const struct play_input open = {.kind = PLAY_ADVANCE};
        g_array_set_size(o->told, 0);
        play_step(o->s, st, &open, collect_effect, o->told);
        oracle_say_effects(o);
        note_state(o, st, time_passes(o->s, st));
    }
    e.to = oracle_number(o, st);
    g_array_append_val(o->edges, e);
}

static inline const struct play_effect *nth_draw(const struct oracle *o, guint n)
{
    for (guint i = 0; i < o->told->len; i++) {
        const struct play_effect *fx = &g_array_index(o->told, struct play_effect, i);
        if (fx->kind == PLAY_DID_DRAW && n-- == 0)
            return fx;
    }
    return NULL;
}

static inline void oracle_step(struct oracle *o, int32_t *st, const int32_t *from, const struct play_input *in)
{
    memcpy(st, from, o->bytes);
    g_array_set_size(o->told, 0);
    if (!play_step(o->s, st, in, collect_effect, o->told))
        ok(false, "the oracle's input is taken");
}

/* Tries an input with these draws. If it draws once more, asks for part 0, then for the part after the one drawn, until all were
 * drawn; then goes on with each of them. */
static inline void try_draws(struct oracle *o, const int32_t *from, struct play_input in, const int32_t *draws,
                             int32_t n, const struct oracle_edge *about)
{
    int32_t more[DRAWS_MAX + 1], parts[64], n_parts = 0, weights = 0;
    int32_t *st = g_malloc(o->bytes);
    in.draws = draws;
    in.n_draws = n;
    oracle_step(o, st, from, &in);
    if (!nth_draw(o, (guint)n)) {
        add_outcome(o, st, &in, about);
        g_free(st);
        return;
    }
    o->too_much |= n == DRAWS_MAX;
    memcpy(more, draws, (size_t)n * sizeof *more);
    in.draws = more;
    in.n_draws = n + 1;
    const struct story_part *route = &o->s->parts[o->s->routes[nth_draw(o, (guint)n)->draw.route].parts.first];
    for (more[n] = 0; !o->too_much && n_parts < 64;) {
        oracle_step(o, st, from, &in);
        const int32_t drawn = nth_draw(o, (guint)n)->draw.part;
        if (n_parts > 0 && drawn == parts[0])
            break;
        weights += route[drawn].weight;
        parts[n_parts++] = drawn;
        more[n] = drawn + 1;
    }
    for (int32_t i = 0; !o->too_much && i < n_parts; i++) {
        struct oracle_edge part = *about;
        part.chance *= (double)route[parts[i]].weight / weights;
        part.measured *= (double)route[parts[i]].weight / weights;
        more[n] = parts[i];
        try_draws(o, from, in, more, n + 1, &part);
    }
    g_free(st);
}

static inline void try_input(struct oracle *o, const int32_t *from, struct play_input in, int64_t min_us,
                             int64_t max_us, double chance, double measured)
{
    const int32_t none[1] = {0};
    const struct oracle_edge about = {.min_us = min_us, .max_us = max_us, .chance = chance, .measured = measured};
    try_draws(o, from, in, none, 0, &about);
}

/* Viewers pick when the window closes, or at any moment of it. What share of those who have not picked yet does so now? */
static inline double picked_now(const struct story *s, const int32_t *st)
{
    if (st[PLAY_OPEN] < 0 || (st[PLAY_MASK_LO] == 0 && st[PLAY_MASK_HI] == 0))
        return 0;
    const struct story_decision *d = &s->decisions[st[PLAY_OPEN]];
    const int64_t from_us = last_event_us(s, st), to_us = next_event_us(s, st);
    if (!story_pick_cuts(d))
        return s->events[s->nodes[d->node].events.first + st[PLAY_CURSOR]].kind == STORY_CLOSE;
    return to_us > from_us ? (double)(to_us - from_us) / (double)(d->closes_us - from_us) : 0;
}

/* Can the option be picked now? In a code entry, if the player takes it when its code, or a code that no option has, is typed. */
static inline bool can_pick_now(const struct story *s, const int32_t *st, int32_t option)
{
    const struct story_decision *d = &s->decisions[st[PLAY_OPEN]];
    if (d->layout != STORY_CODE)
        return (uint32_t)st[PLAY_MASK_LO] >> option & 1;
    const char *code = s->options[d->options.first + option].code;
    struct choice c;
    int32_t taken = -1;
    choice_open(&c, s, st, 0, 0);
    for (const char *p = code ? code : "zz"; *p && taken < 0; p++)
        taken = choice_type(&c, s, (uint32_t)*p);
    return taken == option;
}

/* By measured shares: of the viewers who come to the window, the share that has not picked by this time. */
static inline double undecided_share(const struct story_decision *d, double picks, double timeouts, int64_t us)
{
    return 1 - picks / (picks + timeouts) * (double)(us - d->opens_us) / (double)(d->closes_us - d->opens_us);
}

/* The sum of the shares of the options on offer, and in *timeouts that of running out of time; 0 if not known. */
static inline double shares_on_offer(const struct oracle *o, const int32_t *st, double *timeouts)
{
    const struct story_decision *d = &o->s->decisions[st[PLAY_OPEN]];
    double sum = 0;
    *timeouts = 0;
    for (int32_t i = 0; o->picks && i < d->options.n; i++)
        if ((uint32_t)st[PLAY_MASK_LO] >> i & 1)
            sum += o->picks[d->options.first + i];
    if (isnan(sum) || !o->picks || st[PLAY_MASK_LO] == 0)
        return 0;
    *timeouts = o->timeouts[st[PLAY_OPEN]];
    return sum;
}

static inline double measured_now(const struct oracle *o, const int32_t *st)
{
    double timeouts = 0, picks = 0;
    if (st[PLAY_OPEN] >= 0)
        picks = shares_on_offer(o, st, &timeouts);
    if (picks + timeouts == 0)
        return picked_now(o->s, st);
    const struct story_decision *d = &o->s->decisions[st[PLAY_OPEN]];
    if (!story_pick_cuts(d))
        return picked_now(o->s, st) * picks / (picks + timeouts);
    const double before = undecided_share(d, picks, timeouts, last_event_us(o->s, st));
    return before > 0 ? 1 - undecided_share(d, picks, timeouts, next_event_us(o->s, st)) / before : 0;
}

static inline double measured_share(const struct oracle *o, const int32_t *st, int32_t option)
{
    double timeouts;
    const double picks = shares_on_offer(o, st, &timeouts);
    if (picks + timeouts == 0)
        return 1.0 / __builtin_popcount((uint32_t)st[PLAY_MASK_LO]);
    return picks > 0 ? o->picks[o->s->decisions[st[PLAY_OPEN]].options.first + option] / picks : 0;
}

static inline void try_inputs(struct oracle *o, const int32_t *st)
{
    const struct story *s = o->s;
    const int64_t from_us = last_event_us(s, st);
    const bool running = st[PLAY_PHASE] == PLAY_RUNNING, still = time_passes(s, st);
    const double now = running ? picked_now(s, st) : 0, measured = running ? measured_now(o, st) : 0;
    const int options = __builtin_popcount((uint32_t)st[PLAY_MASK_LO]);
    if (running) {
        const struct schedule_due due = schedule_next(s, st, schedule_planned_length(s, st[PLAY_NODE]), -1);
        try_input(o, st, due.input, due.at_us - from_us, due.at_us - from_us, 1 - now, 1 - measured);
    }
    for (int32_t i = 0; running && st[PLAY_OPEN] >= 0 && i < s->decisions[st[PLAY_OPEN]].options.n; i++) {
        const struct story_decision *d = &s->decisions[st[PLAY_OPEN]];
        const int64_t room_us = next_event_us(s, st) - from_us;
        const struct story_event *next = &s->events[s->nodes[d->node].events.first + st[PLAY_CURSOR]];
        if (!can_pick_now(s, st, i))
            continue;
        if (story_pick_cuts(d) ? room_us > 0 : next->kind == STORY_CLOSE)
            try_input(o, st, (struct play_input){.kind = PLAY_PICK, .option = i}, story_pick_cuts(d) ? 0 : room_us,
                      room_us, now / options, measured * measured_share(o, st, i));
    }
    for (int32_t i = 0; o->backs && still && i < s->n_decisions; i++)
        if (play_can_go_back(s, st, i))
            try_input(o, st, (struct play_input){.kind = PLAY_BACK, .decision = i}, 0, 0, 0, 0);
}

static inline void expand_state(struct oracle *o)
{
    int32_t *st = g_memdup2(g_bytes_get_data(g_ptr_array_index(o->states, o->from), NULL), o->bytes);
    int32_t kept[8], n = 0;
    for (int32_t i = 0; i < o->s->n_vars; i++)
        if (o->s->vars[i].keep_viewer)
            kept[n++] = st[PLAY_VALUES + i];
    o->open = st[PLAY_PHASE] == PLAY_RUNNING ? st[PLAY_OPEN] : -1;
    if (st[PLAY_PHASE] == PLAY_IDLE)
        try_input(o, st, (struct play_input){.kind = PLAY_START, .kept = kept}, 0, 0, 1, 1);
    else
        try_inputs(o, st);
    g_free(st);
}

static inline void add_idle(struct oracle *o, const int32_t *values)
{
    int32_t *st = g_malloc(o->bytes);
    play_init(o->s, st);
    for (int32_t i = 0; values && i < o->s->n_vars; i++)
        if (o->s->vars[i].keep_viewer)
            st[PLAY_VALUES + i] = *values++;
    oracle_number(o, st);
    g_free(st);
}

static inline void add_idles(struct oracle *o)
{
    GHashTableIter it;
    gpointer key;
    g_hash_table_iter_init(&it, o->kept);
    while (g_hash_table_iter_next(&it, &key, NULL))
        if (g_bytes_get_size(key) > 0)
            add_idle(o, g_bytes_get_data(key, NULL));
}

static inline void free_bytes(gpointer p)
{
    g_bytes_unref(p);
}

/* From `start`, or (NULL) from the beginning with all values that viewers can have kept. `picks` and `timeouts` are borrowed, or
 * NULL. */
static inline struct oracle *oracle_measured(const struct story *s, bool backs, const int32_t *start,
                                             const double *picks, const double *timeouts)
{
    struct oracle *o = g_new0(struct oracle, 1);
    o->s = s;
    o->picks = picks;
    o->timeouts = timeouts;
    o->backs = backs;
    o->bytes = (size_t)play_state_slots(s) * sizeof(int32_t);
    o->seen = g_hash_table_new(g_bytes_hash, g_bytes_equal);
    o->states = g_ptr_array_new_with_free_func(free_bytes);
    o->edges = g_array_new(FALSE, FALSE, sizeof(struct oracle_edge));
    o->steps = g_array_new(FALSE, FALSE, sizeof(int32_t));
    o->kept = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, free_bytes, NULL);
    o->said = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    o->told = g_array_new(FALSE, FALSE, sizeof(struct play_effect));
    if (start)
        oracle_number(o, start);
    else
        add_idle(o, NULL);
    for (; o->from < o->states->len && !o->too_much; o->from++) {
        expand_state(o);
        if (!start && o->from + 1 == o->states->len)
            add_idles(o);
    }
    return o;
}

static inline struct oracle *oracle_new(const struct story *s, bool backs, const int32_t *start)
{
    return oracle_measured(s, backs, start, NULL, NULL);
}

static inline void oracle_free(struct oracle *o)
{
    g_array_unref(o->told);
    g_hash_table_unref(o->said);
    g_hash_table_unref(o->kept);
    g_array_unref(o->steps);
    g_array_unref(o->edges);
    g_hash_table_unref(o->seen);
    g_ptr_array_unref(o->states);
    g_free(o);
}

static inline const int32_t *oracle_state(const struct oracle *o, uint32_t i)
{
    return g_bytes_get_data(g_ptr_array_index(o->states, i), NULL);
}

/* From which states can the film end? Goes through all edges until nothing changes. */
static inline bool *oracle_ends(const struct oracle *o)
{
    bool *can = g_new0(bool, o->states->len + 1), changed = true;
    for (uint32_t i = 0; i < o->states->len; i++)
        can[i] = oracle_state(o, i)[PLAY_PHASE] == PLAY_OVER;
    while (changed) {
        changed = false;
        for (guint i = o->edges->len; i-- > 0;) {
            const struct oracle_edge *e = &g_array_index(o->edges, struct oracle_edge, i);
            if (!e->back && can[e->to] && !can[e->from])
                can[e->from] = changed = true;
        }
    }
    return can;
}

/* Shortest and longest times, by relaxing all edges. A longest time that still grows after n rounds has no bound. */
static inline void oracle_times(const struct oracle *o, int64_t *min, int64_t *max)
{
    const uint32_t n = o->states->len;
    bool changed = true;
    for (uint32_t i = 0; i < n; i++) {
        const bool idle = oracle_state(o, i)[PLAY_PHASE] == PLAY_IDLE;
        min[i] = idle ? 0 : INT64_MAX;
        max[i] = idle ? 0 : -1;
    }
    for (uint32_t round = 0; changed; round++) {
        changed = false;
        for (guint i = 0; i < o->edges->len; i++) {
            const struct oracle_edge *e = &g_array_index(o->edges, struct oracle_edge, i);
            if (e->back || max[e->from] < 0)
                continue;
            if (min[e->from] + e->min_us < min[e->to])
                min[e->to] = min[e->from] + e->min_us, changed = true;
            const int64_t late = max[e->from] == INT64_MAX ? INT64_MAX : max[e->from] + e->max_us;
            if (late > max[e->to])
                max[e->to] = round > n ? INT64_MAX : late, changed = true;
        }
    }
}

/* ---- stories -------------------------------------------------------------------------------------------------------- */

static inline void lead_to_node(const struct model *m, struct story_target *to)
{
    if (to->kind == STORY_TO_BACK) /* an again() needs no checkpoint */
        *to = (struct story_target){STORY_TO_NODE, to->index % m->s->n_nodes};
}

/* Removes back() from a story. If nobody goes back, its states then have no checkpoints, so they can be remembered and merged. */
static inline void without_backs(struct model *m)
{
    for (guint i = 0; i < m->parts->len; i++)
        lead_to_node(m, &g_array_index(m->parts, struct story_part, i).to);
    for (guint i = 0; i < m->options->len; i++)
        lead_to_node(m, &g_array_index(m->options, struct story_option, i).to);
    for (guint i = 0; i < m->c_nodes->len; i++)
        lead_to_node(m, &g_array_index(m->c_nodes, struct story_node, i).next);
    for (guint i = 0; i < m->c_decisions->len; i++) {
        lead_to_node(m, &g_array_index(m->c_decisions, struct story_decision, i).timeout.to);
        g_array_index(m->c_decisions, struct story_decision, i).back_target = false;
    }
}

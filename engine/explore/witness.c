#include "explore/witness.h"

#include "explore/kept_values.h"
#include "play/schedule.h"
#include "play/transcript.h"

#include <assert.h>
#include <string.h>

/* Inputs that may fall due at one moment. Nodes that take no time could lead to each other in a circle. */
#define SETTLE_STEPS_MAX 1000

/* An input of the play, and what its random routes drew. */
struct recorded_input {
    struct play_input in;
    int64_t at_us;
    guint first_draw, n_draws;
};

struct recorded_draw {
    int32_t route, part;
};

/* The play so far, recorded while successors_expand() tells all transitions of a state. */
struct recording {
    GArray *inputs;  /* recorded_input */
    GArray *draws;   /* recorded_draw */
    int32_t ordinal; /* of the transition that is wanted */
    int32_t now;     /* the ordinal of the one that is being told */
    int32_t left;    /* inputs of it that are still wanted; -1: all */
    gsize kept_bytes;
    int32_t *kept; /* a copy of the values that the play starts with */
};

static bool is_wanted(const struct recording *r)
{
    return r->now == r->ordinal && r->left != 0;
}

static void record_begin(void *user, const int32_t *state, int32_t ordinal)
{
    struct recording *t = user;
    (void)state;
    t->now = ordinal;
}

static void record_step(void *user, const int32_t *state, const struct play_input *in, int64_t at_us)
{
    struct recording *t = user;
    (void)state;
    if (!is_wanted(t))
        return;
    struct recorded_input input = {*in, at_us, t->draws->len, 0};
    if (in->kind == PLAY_START && in->kept)
        input.in.kept = t->kept = g_memdup2(in->kept, t->kept_bytes);
    g_array_append_val(t->inputs, input);
}

static void record_effect(void *user, const int32_t *state, const struct play_effect *fx)
{
    struct recording *t = user;
    (void)state;
    if (fx->kind != PLAY_DID_DRAW || !is_wanted(t))
        return;
    assert(t->inputs->len > 0);
    const struct recorded_draw draw = {fx->draw.route, fx->draw.part};
    g_array_append_val(t->draws, draw);
    g_array_index(t->inputs, struct recorded_input, t->inputs->len - 1).n_draws++;
}

static void record_settled(void *user, const int32_t *state, const struct play_input *in, bool quiet)
{
    struct recording *t = user;
    (void)state, (void)in;
    if (!is_wanted(t))
        return;
    /* A play can be left only where time passes. */
    if (t->left > 0 && (t->left > 1 || quiet))
        t->left--;
}

static void ignore_transition(void *user, const int32_t *state, const struct transition *transition)
{
    (void)user, (void)state, (void)transition;
}

/* ---- seeds ---------------------------------------------------------------------------------------------------- */

struct draw_comparison {
    const struct recorded_draw *draws;
    guint n, seen;
    bool same;
};

static void compare_draw(void *user, const struct play_effect *fx)
{
    struct draw_comparison *c = user;
    if (fx->kind != PLAY_DID_DRAW)
        return;
    c->same &= c->seen < c->n && c->draws[c->seen].route == fx->draw.route && c->draws[c->seen].part == fx->draw.part;
    c->seen++;
}

/* Does the play draw the same with this seed? */
static bool seed_fits(const struct story *s, int32_t *state, const struct recording *t, uint64_t seed)
{
    struct draw_comparison c = {&g_array_index(t->draws, struct recorded_draw, 0), t->draws->len, 0, true};
    play_init(s, state);
    for (guint i = 0; i < t->inputs->len && c.same; i++) {
        struct play_input in = g_array_index(t->inputs, struct recorded_input, i).in;
        in.seed = seed;
        in.draws = NULL;
        in.n_draws = 0;
        c.same &= play_step(s, state, &in, compare_draw, &c);
    }
    return c.same && c.seen == c.n;
}

/* ---- the play ------------------------------------------------------------------------------------------------- */

static void add_recorded_input(struct transcript *t, const struct story *s, int32_t *state,
                               const struct recording *recording, const struct recorded_input *i, bool draws,
                               uint64_t seed)
{
    g_autofree int32_t *parts = draws ? g_new0(int32_t, (gsize)i->n_draws + 1) : NULL;
    struct play_input in = i->in;
    transcript_add(t, s, state, &in, i->at_us);
    for (guint d = 0; draws && d < i->n_draws; d++) {
        const struct recorded_draw *draw = &g_array_index(recording->draws, struct recorded_draw, i->first_draw + d);
        parts[d] = draw->part;
        transcript_add_draw(t, s, draw->route, draw->part);
    }
    in.seed = seed;
    in.draws = parts;
    in.n_draws = draws ? (int32_t)i->n_draws : 0;
    const bool taken = play_step(s, state, &in, NULL, NULL);
    assert(taken); /* it was when the transitions were found */
}

/* Plays what is due at the very moment at which the play ends, because it cannot be left in between. Returns the media time in the
 * node at which it is left. */
static int64_t settle_end(const struct story *s, int32_t *state, struct transcript *t)
{
    for (int32_t i = 0; i < SETTLE_STEPS_MAX && state[PLAY_PHASE] == PLAY_RUNNING; i++) {
        const int64_t last_us = successors_since_us(s, state);
        const struct schedule_due due = schedule_next(s, state, schedule_planned_length(s, state[PLAY_NODE]), -1);
        if (due.at_us > last_us)
            return last_us;
        transcript_add(t, s, state, &due.input, due.at_us);
        play_step(s, state, &due.input, NULL, NULL);
    }
    return 0;
}

/* Nobody chooses from here on. */
static void go_on(const struct story *s, int32_t *state, struct transcript *t, int32_t inputs)
{
    for (int32_t i = 0; i < inputs && state[PLAY_PHASE] == PLAY_RUNNING; i++) {
        const struct schedule_due due = schedule_next(s, state, schedule_planned_length(s, state[PLAY_NODE]), -1);
        transcript_add(t, s, state, &due.input, due.at_us);
        play_step(s, state, &due.input, NULL, NULL);
    }
}

static struct transcript *write_transcript(const struct witness_source *of, int32_t *state,
                                           const struct recording *recording, bool draws, uint64_t seed)
{
    const struct story *s = of->s;
    struct transcript *t = transcript_new(s, seed, g_array_index(recording->inputs, struct recorded_input, 0).in.kept);
    play_init(s, state);
    for (guint i = 0; i < recording->inputs->len; i++)
        add_recorded_input(t, s, state, recording, &g_array_index(recording->inputs, struct recorded_input, i), draws,
                           seed);
    go_on(s, state, t, of->go_on);
    const int64_t last_us = settle_end(s, state, t);
    transcript_add_stop(t, s, state, last_us);
    return t;
}

struct transcript *witness_make(const struct witness_source *of, const struct witness_transition *transitions,
                                uint32_t n_transitions, bool *draws)
{
    const struct story *s = of->s;
    struct recording recording = {.inputs = g_array_new(FALSE, FALSE, sizeof(struct recorded_input)),
                                  .draws = g_array_new(FALSE, FALSE, sizeof(struct recorded_draw)),
                                  .kept_bytes = (gsize)kept_values_count(s) * sizeof(int32_t)};
    const struct successors_watch watch = {.begin = record_begin,
                                           .step = record_step,
                                           .effect = record_effect,
                                           .settled = record_settled,
                                           .soonest = of->soonest,
                                           .user = &recording};
    struct successors *w = successors_new(of->explored, &watch, of->backs);
    int32_t *from = g_new(int32_t, (gsize)play_state_slots(of->explored));
    for (uint32_t i = 0; i < n_transitions; i++) {
        recording.ordinal = transitions[i].ordinal;
        recording.left = transitions[i].n_steps;
        pack_get(of->pack, state_table_get(of->table, transitions[i].state), from);
        successors_expand(w, from, ignore_transition, NULL);
    }
    g_free(from);
    successors_free(w);
    assert(recording.inputs->len > 0); /* PLAY_START at least */

    int32_t *state = g_new(int32_t, (gsize)play_state_slots(s));
    int32_t seed = 0;
    *draws = true;
    for (int32_t i = 0; i < of->n_seeds && *draws && (i == 0 || !patience_is_over(of->patience)); i++) {
        *draws = !seed_fits(s, state, &recording, (uint64_t)i);
        seed = i;
    }
    struct transcript *t = write_transcript(of, state, &recording, *draws, *draws ? 0 : (uint64_t)seed);
    g_free(state);
    g_free(recording.kept);
    g_array_unref(recording.draws);
    g_array_unref(recording.inputs);
    return t;
}

#include "explore/witness.h"

#include "play/schedule.h"
#include "play/transcript.h"

#include <string.h>

/* Things that fall due at one moment; nodes that take no time could lead to each other in a circle. */
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

struct recording {
    GArray *inputs, *draws;
    int32_t ordinal, now; /* wanted; being told */
    int32_t left;         /* inputs that are still wanted of it, or -1: all */
    gsize kept_bytes;
    int32_t *kept; /* of the start, whose own don't outlive it */
};

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
    if (t->now != t->ordinal || t->left == 0)
        return;
    struct recorded_input input = {*in, at_us, t->draws->len, 0};
    if (in->kind == PLAY_START && in->kept)
        input.in.kept = t->kept = g_memdup2(in->kept, t->kept_bytes);
    g_array_append_val(t->inputs, input);
}

static void record_effect(void *user, const int32_t *state, const struct play_effect *fx)
{
    struct recording *t = user;
    const struct recorded_draw draw = {fx->draw.route, fx->draw.part};
    (void)state;
    if (fx->kind != PLAY_DID_DRAW || t->now != t->ordinal || t->left == 0)
        return;
    g_array_append_val(t->draws, draw);
    g_array_index(t->inputs, struct recorded_input, t->inputs->len - 1).n_draws++;
}

static void record_settled(void *user, const int32_t *state, const struct play_input *in, bool quiet)
{
    struct recording *t = user;
    (void)state, (void)in;
    if (t->now != t->ordinal || t->left == 0)
        return;
    /* The play can be left only where time passes. */
    if (t->left > 0 && (t->left > 1 || quiet))
        t->left--;
}

static void ignore_transition(void *user, const int32_t *state, const struct transition *edge)
{
    (void)user, (void)state, (void)edge;
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
    play_step(s, state, &in, NULL, NULL);
}

/* What is due at the very moment at which the play ends happens, too: it can't be left in between. Returns where in the
 * node it is left. */
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

static struct transcript *write_transcript(const struct story *s, int32_t *state, const struct recording *recording,
                                           bool draws, uint64_t seed)
{
    struct transcript *t = transcript_new(s, seed, g_array_index(recording->inputs, struct recorded_input, 0).in.kept);
    play_init(s, state);
    for (guint i = 0; i < recording->inputs->len; i++)
        add_recorded_input(t, s, state, recording, &g_array_index(recording->inputs, struct recorded_input, i), draws,
                           seed);
    const int64_t last_us = settle_end(s, state, t);
    transcript_add_stop(t, s, state, last_us);
    return t;
}

static gsize kept_bytes(const struct story *s)
{
    gsize n = 0;
    for (int32_t i = 0; i < s->n_vars; i++)
        n += s->vars[i].keep_viewer;
    return n * sizeof(int32_t);
}

struct transcript *witness_make(const struct witness_source *of, const struct witness_transition *ways, uint32_t n_ways,
                                bool *draws)
{
    const struct story *s = of->s;
    struct recording recording = {g_array_new(FALSE, FALSE, sizeof(struct recorded_input)),
                                  g_array_new(FALSE, FALSE, sizeof(struct recorded_draw)),
                                  0,
                                  0,
                                  0,
                                  kept_bytes(s),
                                  NULL};
    const struct successors_watch watch = {record_begin, record_step, record_effect, record_settled, &recording};
    struct successors *w = successors_new(of->explored, &watch, of->backs);
    int32_t *from = g_new(int32_t, (gsize)play_state_slots(of->explored));
    for (uint32_t i = 0; i < n_ways; i++) {
        recording.ordinal = ways[i].ordinal;
        recording.left = ways[i].n_steps;
        pack_get(of->pack, state_table_get(of->table, ways[i].state), from);
        successors_expand(w, from, ignore_transition, NULL);
    }
    g_free(from);
    successors_free(w);

    int32_t *state = g_new(int32_t, (gsize)play_state_slots(s));
    int32_t seed = 0;
    while (seed < of->n_seeds && !seed_fits(s, state, &recording, (uint64_t)seed))
        seed++;
    *draws = seed == of->n_seeds;
    struct transcript *t = write_transcript(s, state, &recording, *draws, *draws ? 0 : (uint64_t)seed);
    g_free(state);
    g_free(recording.kept);
    g_array_unref(recording.draws);
    g_array_unref(recording.inputs);
    return t;
}

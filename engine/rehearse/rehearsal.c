#include "rehearse/rehearsal.h"

#include "play/replay.h"
#include "story/limits.h"

#include <assert.h>
#include <string.h>

struct past_input {
    struct play_input input; /* draws: owned */
    int64_t at_us;
    bool viewer; /* the viewer did it: undo goes back to before it */
};

struct rehearsal {
    const struct story *s;
    rehearsal_watch watch;
    void *user;
    uint64_t seed;
    bool has_kept; /* the transcript brings values that an earlier play kept */
    int32_t *kept; /* those values; or NULL */
    int32_t slots;
    int32_t *state;
    GArray *inputs; /* struct past_input: all of them since the start, in order */
    bool endless;
    struct transcript *into; /* draws go there while a transcript is written; or NULL */
    bool quiet;              /* past inputs are being repeated: `watch` is not called */
};

/* True, or an assertion fails: the first input starts the film, and time never goes back within a node. O(story). */
static bool rehearsal_check(const struct rehearsal *r)
{
    const bool started = r->state[PLAY_PHASE] != PLAY_IDLE;
    assert(play_check(r->s, r->state));
    assert(started == (r->inputs->len > 0));
    assert(!started || g_array_index(r->inputs, struct past_input, 0).input.kind == PLAY_START);
    assert(!r->kept || r->has_kept);
    assert(!r->into);
    return true;
}

struct rehearsal *rehearsal_new(const struct story *s, uint64_t seed, rehearsal_watch watch, void *user)
{
    struct rehearsal *r = g_new0(struct rehearsal, 1);
    r->s = s;
    r->watch = watch;
    r->user = user;
    r->seed = seed;
    r->slots = play_state_slots(s);
    r->state = g_new0(int32_t, r->slots);
    r->inputs = g_array_new(FALSE, FALSE, sizeof(struct past_input));
    return r;
}

static void drop_inputs_from(struct rehearsal *r, guint first)
{
    for (guint i = first; i < r->inputs->len; i++)
        g_free((int32_t *)g_array_index(r->inputs, struct past_input, i).input.draws);
    g_array_set_size(r->inputs, first);
}

void rehearsal_free(struct rehearsal *r)
{
    if (!r)
        return;
    drop_inputs_from(r, 0);
    g_array_unref(r->inputs);
    g_free(r->kept);
    g_free(r->state);
    g_free(r);
}

/* ---- acting ---------------------------------------------------------------------------------------------------- */

struct rehearsal_step {
    struct rehearsal *r;
    bool forced; /* the input prescribes its draws */
};

static void forward_effect(void *user, const struct play_effect *fx)
{
    const struct rehearsal_step *step = user;
    struct rehearsal *r = step->r;
    if (fx->kind == PLAY_DID_DRAW && step->forced && r->into)
        transcript_add_draw(r->into, r->s, fx->draw.route, fx->draw.part);
    if (r->watch && !r->quiet)
        r->watch(r->user, fx);
}

static bool run_input(struct rehearsal *r, const struct play_input *in)
{
    struct rehearsal_step s = {r, in->n_draws > 0};
    return play_step(r->s, r->state, in, forward_effect, &s);
}

/* The draws of `in` are copied. */
static bool apply_input(struct rehearsal *r, const struct play_input *in, int64_t at_us, bool viewer)
{
    struct past_input d = {*in, at_us, viewer};
    if (!run_input(r, in))
        return false;
    d.input.draws = g_memdup2(in->draws, sizeof *in->draws * (gsize)in->n_draws);
    g_array_append_val(r->inputs, d);
    return true;
}

static int64_t now_us(const struct rehearsal *r)
{
    for (guint i = r->inputs->len; i > 0; i--)
        if (g_array_index(r->inputs, struct past_input, i - 1).input.kind != PLAY_LEAVE)
            return g_array_index(r->inputs, struct past_input, i - 1).at_us;
        else
            return 0;
    return 0;
}

/* Lets time pass until a decision opens or the film ends; `option` is picked when its window closes, -1: none. */
static void advance_to_decision(struct rehearsal *r, int32_t option, bool viewer)
{
    int32_t *before = g_new0(int32_t, r->slots);
    const gsize bytes = sizeof *before * (gsize)r->slots;
    bool opened = false, round = false;
    int n = 0, next_look = 1;
    for (; !opened && !round && n < REHEARSAL_INPUTS_MAX; n++) {
        if (n == next_look) { /* Brent's algorithm finds a cycle with one copy */
            memcpy(before, r->state, bytes);
            next_look *= 2;
        }
        const int32_t node = r->state[PLAY_NODE], open = r->state[PLAY_OPEN];
        const int64_t length_us = node >= 0 ? schedule_planned_length(r->s, node) : 0;
        const struct schedule_due due = schedule_next(r->s, r->state, length_us, option);
        if (due.at_us == US_NONE)
            break;
        apply_input(r, &due.input, due.at_us, viewer);
        viewer = false;
        if (due.input.kind == PLAY_PICK)
            option = -1;
        opened = r->state[PLAY_PHASE] == PLAY_RUNNING && r->state[PLAY_OPEN] >= 0 &&
                 (open < 0 || r->state[PLAY_OPEN] != open);
        round = memcmp(before, r->state, bytes) == 0;
    }
    g_free(before);
    r->endless = round || n == REHEARSAL_INPUTS_MAX;
    assert(rehearsal_check(r));
}

static int32_t count_kept_vars(const struct story *s)
{
    int32_t n = 0;
    for (int32_t i = 0; i < s->n_vars; i++)
        n += s->vars[i].keep_viewer;
    return n;
}

/* Does this input close the open decision without a pick? */
static bool is_timeout(const struct story *s, const int32_t *state, const struct play_input *in)
{
    if (in->kind != PLAY_ADVANCE || state[PLAY_OPEN] < 0)
        return false;
    const struct story_event *e = &s->events[s->nodes[state[PLAY_NODE]].events.first + state[PLAY_CURSOR]];
    return e->kind == STORY_CLOSE && e->index == state[PLAY_OPEN];
}

static void take_replayed_input(void *user, const int32_t *state, const struct play_input *in, int64_t at_us)
{
    struct rehearsal *r = user;
    struct play_input own = *in;
    if (in->kind == PLAY_START)
        own.kept = NULL;
    if (in->kind == PLAY_START && r->has_kept)
        own.kept = r->kept = g_memdup2(in->kept, sizeof *in->kept * (gsize)count_kept_vars(r->s));
    apply_input(r, &own, at_us, in->kind == PLAY_PICK || in->kind == PLAY_BACK || is_timeout(r->s, state, in));
}

static void reset_rehearsal(struct rehearsal *r)
{
    drop_inputs_from(r, 0);
    r->endless = false;
    g_clear_pointer(&r->kept, g_free);
    play_init(r->s, r->state);
}

bool rehearsal_begin(struct rehearsal *r, const struct transcript *from, GError **error)
{
    reset_rehearsal(r);
    if (!from) {
        const struct play_input start = {.kind = PLAY_START, .seed = r->seed};
        apply_input(r, &start, 0, false);
    } else {
        g_autofree int32_t *copy = g_new0(int32_t, r->slots);
        const struct replay_watch watch = {.input = take_replayed_input, .user = r};
        r->seed = transcript_seed(from);
        r->has_kept = transcript_n_keeps(from) > 0;
        if (!transcript_replay(r->s, from, copy, &watch, error))
            return false;
    }
    if (r->state[PLAY_OPEN] < 0)
        advance_to_decision(r, -1, false);
    return true;
}

bool rehearsal_pick(struct rehearsal *r, int32_t option)
{
    const int32_t decision = rehearsal_decision(r);
    if (decision < 0 || !play_can_pick(r->state, option))
        return false;
    if (story_pick_cuts(&r->s->decisions[decision])) {
        const struct play_input in = {.kind = PLAY_PICK, .option = option};
        apply_input(r, &in, now_us(r), true);
        advance_to_decision(r, -1, false);
    } else {
        advance_to_decision(r, option, true);
    }
    return true;
}

bool rehearsal_wait(struct rehearsal *r)
{
    if (rehearsal_decision(r) < 0)
        return false;
    advance_to_decision(r, -1, true);
    return true;
}

bool rehearsal_back(struct rehearsal *r, int32_t decision)
{
    const struct play_input in = {.kind = PLAY_BACK, .decision = decision};
    if (!play_can_go_back(r->s, r->state, decision))
        return false;
    apply_input(r, &in, now_us(r), true);
    advance_to_decision(r, -1, false);
    return true;
}

/* ---- looking back ---------------------------------------------------------------------------------------------- */

bool rehearsal_undo(struct rehearsal *r)
{
    guint n = r->inputs->len;
    while (n > 0 && !g_array_index(r->inputs, struct past_input, n - 1).viewer)
        n--;
    if (n == 0)
        return false;
    drop_inputs_from(r, n - 1);
    r->endless = false;
    play_init(r->s, r->state);
    r->quiet = true;
    for (guint i = 0; i < r->inputs->len; i++)
        run_input(r, &g_array_index(r->inputs, struct past_input, i).input);
    if (r->state[PLAY_OPEN] < 0 && r->state[PLAY_PHASE] == PLAY_RUNNING)
        advance_to_decision(r, -1, false);
    r->quiet = false;
    assert(rehearsal_check(r));
    return true;
}

const int32_t *rehearsal_state(const struct rehearsal *r)
{
    return r->state;
}

int32_t rehearsal_decision(const struct rehearsal *r)
{
    return r->state[PLAY_PHASE] == PLAY_RUNNING ? r->state[PLAY_OPEN] : -1;
}

bool rehearsal_is_endless(const struct rehearsal *r)
{
    return r->endless;
}

struct transcript *rehearsal_transcript(const struct rehearsal *r)
{
    struct rehearsal again = *r;
    struct transcript *out = transcript_new(r->s, r->seed, r->kept);
    again.state = g_new0(int32_t, r->slots);
    again.quiet = true;
    again.into = out;
    play_init(r->s, again.state);
    for (guint i = 0; i < r->inputs->len; i++) {
        const struct past_input *d = &g_array_index(r->inputs, struct past_input, i);
        transcript_add(out, r->s, again.state, &d->input, d->at_us);
        run_input(&again, &d->input);
    }
    transcript_add_stop(out, r->s, again.state, now_us(r));
    g_free(again.state);
    return out;
}

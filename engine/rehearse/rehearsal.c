#include "rehearse/rehearsal.h"

#include "play/replay.h"
#include "story/limits.h"

#include <string.h>

struct past_input {
    struct play_input input; /* draws: owned */
    int64_t at_us;
    bool viewer; /* the viewer's own doing, or behind it: one can go back to before it */
};

struct rehearsal {
    const struct story *s;
    rehearsal_watch watch;
    void *user;
    uint64_t seed;
    bool brings;   /* the transcript has values that the viewer brought along: */
    int32_t *kept; /* these; or NULL */
    int32_t slots;
    int32_t *state;
    GArray *done; /* struct past_input */
    bool endless;
    struct transcript *into; /* while it is written */
    bool quiet;
};

struct rehearsal *rehearsal_new(const struct story *s, uint64_t seed, rehearsal_watch watch, void *user)
{
    struct rehearsal *t = g_new0(struct rehearsal, 1);
    t->s = s;
    t->watch = watch;
    t->user = user;
    t->seed = seed;
    t->slots = play_state_slots(s);
    t->state = g_new0(int32_t, t->slots);
    t->done = g_array_new(FALSE, FALSE, sizeof(struct past_input));
    return t;
}

static void drop_inputs_from(struct rehearsal *t, guint first)
{
    for (guint i = first; i < t->done->len; i++)
        g_free((int32_t *)g_array_index(t->done, struct past_input, i).input.draws);
    g_array_set_size(t->done, first);
}

void rehearsal_free(struct rehearsal *t)
{
    if (!t)
        return;
    drop_inputs_from(t, 0);
    g_array_unref(t->done);
    g_free(t->kept);
    g_free(t->state);
    g_free(t);
}

/* ---- acting ---------------------------------------------------------------------------------------------------- */

struct rehearsal_step {
    struct rehearsal *t;
    bool forced; /* its draws are asked for */
};

static void forward_effect(void *user, const struct play_effect *fx)
{
    const struct rehearsal_step *step = user;
    struct rehearsal *t = step->t;
    if (fx->kind == PLAY_DID_DRAW && step->forced && t->into)
        transcript_add_draw(t->into, t->s, fx->draw.route, fx->draw.part);
    if (t->watch && !t->quiet)
        t->watch(t->user, fx);
}

static bool step(struct rehearsal *t, const struct play_input *in)
{
    struct rehearsal_step s = {t, in->n_draws > 0};
    return play_step(t->s, t->state, in, forward_effect, &s);
}

/* The draws of `in` are copied. */
static bool apply_input(struct rehearsal *t, const struct play_input *in, int64_t at_us, bool viewer)
{
    struct past_input d = {*in, at_us, viewer};
    if (!step(t, in))
        return false;
    d.input.draws = g_memdup2(in->draws, sizeof *in->draws * (gsize)in->n_draws);
    g_array_append_val(t->done, d);
    return true;
}

static int64_t now_us(const struct rehearsal *t)
{
    for (guint i = t->done->len; i > 0; i--)
        if (g_array_index(t->done, struct past_input, i - 1).input.kind != PLAY_LEAVE)
            return g_array_index(t->done, struct past_input, i - 1).at_us;
        else
            return 0;
    return 0;
}

/* Time goes on until a decision opens or the film ends; `option` is taken when its window closes. */
static void advance_to_decision(struct rehearsal *t, int32_t option, bool viewer)
{
    int32_t *before = g_new0(int32_t, t->slots);
    const gsize bytes = sizeof *before * (gsize)t->slots;
    bool opened = false, round = false;
    int n = 0, next_look = 1;
    for (; !opened && !round && n < REHEARSAL_INPUTS_MAX; n++) {
        if (n == next_look) { /* Brent's way to find a circle */
            memcpy(before, t->state, bytes);
            next_look *= 2;
        }
        const int32_t node = t->state[PLAY_NODE], open = t->state[PLAY_OPEN];
        const int64_t length_us = node >= 0 ? schedule_planned_length(t->s, node) : 0;
        const struct schedule_due due = schedule_next(t->s, t->state, length_us, option);
        if (due.at_us == US_NONE)
            break;
        apply_input(t, &due.input, due.at_us, viewer);
        viewer = false;
        if (due.input.kind == PLAY_PICK)
            option = -1;
        opened = t->state[PLAY_PHASE] == PLAY_RUNNING && t->state[PLAY_OPEN] >= 0 &&
                 (open < 0 || t->state[PLAY_OPEN] != open);
        round = memcmp(before, t->state, bytes) == 0;
    }
    g_free(before);
    t->endless = round || n == REHEARSAL_INPUTS_MAX;
}

static int32_t count_kept_vars(const struct story *s)
{
    int32_t n = 0;
    for (int32_t i = 0; i < s->n_vars; i++)
        n += s->vars[i].keep_viewer;
    return n;
}

/* Does the open decision close by this, undecided? */
static bool is_timeout(const struct story *s, const int32_t *state, const struct play_input *in)
{
    if (in->kind != PLAY_ADVANCE || state[PLAY_OPEN] < 0)
        return false;
    const struct story_event *e = &s->events[s->nodes[state[PLAY_NODE]].events.first + state[PLAY_CURSOR]];
    return e->kind == STORY_CLOSE && e->index == state[PLAY_OPEN];
}

static void take_replayed_input(void *user, const int32_t *state, const struct play_input *in, int64_t at_us)
{
    struct rehearsal *t = user;
    struct play_input own = *in;
    if (in->kind == PLAY_START)
        own.kept = NULL;
    if (in->kind == PLAY_START && t->brings)
        own.kept = t->kept = g_memdup2(in->kept, sizeof *in->kept * (gsize)count_kept_vars(t->s));
    apply_input(t, &own, at_us, in->kind == PLAY_PICK || in->kind == PLAY_BACK || is_timeout(t->s, state, in));
}

static void reset_rehearsal(struct rehearsal *t)
{
    drop_inputs_from(t, 0);
    t->endless = false;
    g_clear_pointer(&t->kept, g_free);
    play_init(t->s, t->state);
}

bool rehearsal_begin(struct rehearsal *t, const struct transcript *from, GError **error)
{
    reset_rehearsal(t);
    if (!from) {
        const struct play_input start = {.kind = PLAY_START, .seed = t->seed};
        apply_input(t, &start, 0, false);
    } else {
        g_autofree int32_t *copy = g_new0(int32_t, t->slots);
        const struct replay_watch watch = {.input = take_replayed_input, .user = t};
        t->seed = transcript_seed(from);
        t->brings = transcript_n_keeps(from) > 0;
        if (!transcript_replay(t->s, from, copy, &watch, error))
            return false;
    }
    if (t->state[PLAY_OPEN] < 0)
        advance_to_decision(t, -1, false);
    return true;
}

bool rehearsal_pick(struct rehearsal *t, int32_t option)
{
    const int32_t decision = rehearsal_decision(t);
    if (decision < 0 || !play_can_pick(t->state, option))
        return false;
    if (t->s->decisions[decision].cut == STORY_CUT_NOW) {
        const struct play_input in = {.kind = PLAY_PICK, .option = option};
        apply_input(t, &in, now_us(t), true);
        advance_to_decision(t, -1, false);
    } else {
        advance_to_decision(t, option, true);
    }
    return true;
}

bool rehearsal_wait(struct rehearsal *t)
{
    if (rehearsal_decision(t) < 0)
        return false;
    advance_to_decision(t, -1, true);
    return true;
}

bool rehearsal_back(struct rehearsal *t, int32_t decision)
{
    const struct play_input in = {.kind = PLAY_BACK, .decision = decision};
    if (!play_can_go_back(t->s, t->state, decision))
        return false;
    apply_input(t, &in, now_us(t), true);
    advance_to_decision(t, -1, false);
    return true;
}

/* ---- looking back ---------------------------------------------------------------------------------------------- */

bool rehearsal_undo(struct rehearsal *t)
{
    guint n = t->done->len;
    while (n > 0 && !g_array_index(t->done, struct past_input, n - 1).viewer)
        n--;
    if (n == 0)
        return false;
    drop_inputs_from(t, n - 1);
    t->endless = false;
    play_init(t->s, t->state);
    t->quiet = true;
    for (guint i = 0; i < t->done->len; i++)
        step(t, &g_array_index(t->done, struct past_input, i).input);
    if (t->state[PLAY_OPEN] < 0 && t->state[PLAY_PHASE] == PLAY_RUNNING)
        advance_to_decision(t, -1, false);
    t->quiet = false;
    return true;
}

const int32_t *rehearsal_state(const struct rehearsal *t)
{
    return t->state;
}

int32_t rehearsal_decision(const struct rehearsal *t)
{
    return t->state[PLAY_PHASE] == PLAY_RUNNING ? t->state[PLAY_OPEN] : -1;
}

bool rehearsal_is_endless(const struct rehearsal *t)
{
    return t->endless;
}

/* Where it leads is settled before its `after`: so that is left out of a copy of the story. */
void rehearsal_preview_pick(const struct rehearsal *t, int32_t option, int32_t *out)
{
    const struct story_decision *d = &t->s->decisions[rehearsal_decision(t)];
    g_autofree struct story_option *options = g_memdup2(t->s->options, sizeof *options * (gsize)t->s->n_options);
    struct story story = *t->s;
    struct schedule_due due = {.input = {.kind = PLAY_PICK, .option = option}};
    options[d->options.first + option].after.n = 0;
    story.options = options;
    memcpy(out, t->state, sizeof *out * (size_t)t->slots);
    do {
        if (d->cut != STORY_CUT_NOW)
            due = schedule_next(&story, out, 0, option);
        play_step(&story, out, &due.input, NULL, NULL);
    } while (due.input.kind != PLAY_PICK);
}

struct transcript *rehearsal_transcript(const struct rehearsal *t)
{
    struct rehearsal again = *t;
    struct transcript *out = transcript_new(t->s, t->seed, t->kept);
    again.state = g_new0(int32_t, t->slots);
    again.quiet = true;
    again.into = out;
    play_init(t->s, again.state);
    for (guint i = 0; i < t->done->len; i++) {
        const struct past_input *d = &g_array_index(t->done, struct past_input, i);
        transcript_add(out, t->s, again.state, &d->input, d->at_us);
        step(&again, &d->input);
    }
    transcript_add_stop(out, t->s, again.state, now_us(t));
    g_free(again.state);
    return out;
}

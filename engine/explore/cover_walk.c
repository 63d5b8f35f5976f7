#include "explore/cover_walk.h"

#include "explore/kept_values.h"
#include "explore/successors.h"
#include "play/schedule.h"
#include "play/transcript.h"

#include <glib.h>

/* Of the options on offer, the one that was taken least often; the first of several. -1: there is none. */
static int32_t least_taken(const struct story *s, const int32_t *state, const uint32_t *taken)
{
    const int32_t decision = state[PLAY_OPEN];
    const struct story_span options = decision >= 0 ? s->decisions[decision].options : (struct story_span){0, 0};
    int32_t best = -1;
    for (int32_t i = 0; i < options.n; i++)
        if (play_open_options(state) >> i & 1 && (best < 0 || taken[options.first + i] < taken[options.first + best]))
            best = i;
    return best;
}

/* A pick that cuts comes as soon as it may. */
static struct schedule_due next_input(const struct story *s, const int32_t *state, const uint32_t *taken)
{
    const int64_t length_us = schedule_planned_length(s, state[PLAY_NODE]);
    const int32_t option = least_taken(s, state, taken);
    const struct schedule_due due = schedule_next(s, state, length_us, option);
    const bool cuts = option >= 0 && story_pick_cuts(&s->decisions[state[PLAY_OPEN]]);
    if (!cuts || due.at_us <= successors_since_us(s, state))
        return due;
    return (struct schedule_due){successors_since_us(s, state), {.kind = PLAY_PICK, .option = option}};
}

static void note_taken(const struct story *s, const int32_t *state, const struct play_input *in, uint32_t *taken)
{
    if (in->kind == PLAY_PICK)
        taken[s->decisions[state[PLAY_OPEN]].options.first + in->option]++;
}

struct transcript *cover_walk(const struct story *s, uint64_t seed, uint32_t *taken, uint32_t *inputs)
{
    g_autofree int32_t *state = g_new0(int32_t, (gsize)play_state_slots(s));
    g_autofree int32_t *kept = g_new0(int32_t, (gsize)s->n_vars + 1);
    play_init(s, state);
    kept_values_get(s, state, kept);
    struct transcript *t = transcript_new(s, seed, kept);
    struct schedule_due due = {0, {.kind = PLAY_START, .seed = seed, .kept = kept}};
    bool going = true;
    for (*inputs = 0; going && *inputs < COVER_WALK_INPUTS_MAX; (*inputs)++) {
        transcript_add(t, s, state, &due.input, due.at_us);
        note_taken(s, state, &due.input, taken);
        going = play_step(s, state, &due.input, NULL, NULL) && state[PLAY_PHASE] == PLAY_RUNNING;
        due = going ? next_input(s, state, taken) : due;
    }
    if (state[PLAY_PHASE] == PLAY_OVER)
        return t;
    transcript_free(t);
    return NULL;
}

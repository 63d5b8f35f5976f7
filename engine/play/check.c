/* play_check(): may play_step() be given this array of numbers? */
#include "play/checkpoint.h"
#include "play/play.h"

#include "story/limits.h"

#include <assert.h>

static bool within(int32_t v, int32_t min, int32_t max)
{
    return v >= min && v <= max;
}

static bool check_values(const struct story *s, const int32_t *values)
{
    for (int32_t i = 0; i < s->n_vars; i++)
        if (!within(values[i], s->vars[i].min, s->vars[i].max))
            return false;
    for (int32_t i = 0; i < s->n_memories; i++) {
        const int32_t max = s->memories[i].kind == STORY_COUNT ? STORY_COUNT_MAX : 1;
        if (!within(values[s->n_vars + i], 0, max))
            return false;
    }
    return true;
}

/* A target as a state keeps it: resolved, so never a route. */
static bool check_target(const struct story *s, int32_t kind, int32_t index)
{
    switch (kind) {
    case STORY_NOWHERE:
        return index == -1;
    case STORY_TO_NODE:
        return within(index, 0, s->n_nodes - 1);
    case STORY_TO_BACK:
    case STORY_TO_AGAIN:
        return within(index, 0, s->n_decisions - 1);
    default:
        return false;
    }
}

static bool check_checkpoint(const struct story *s, const int32_t *m)
{
    if (!within(m[CHECKPOINT_DECISION], 0, s->n_decisions - 1))
        return false;
    const struct story_decision *d = &s->decisions[m[CHECKPOINT_DECISION]];
    const struct story_span events = s->nodes[d->node].events;
    if (!(d->checkpoint || d->back_target) || !within(m[CHECKPOINT_CURSOR], 0, events.n - 1))
        return false;
    const struct story_event *e = &s->events[events.first + m[CHECKPOINT_CURSOR]];
    return e->kind == STORY_OPEN && e->index == m[CHECKPOINT_DECISION] &&
           check_target(s, m[CHECKPOINT_TO_KIND], m[CHECKPOINT_TO_INDEX]) &&
           within(m[CHECKPOINT_ENDING], -1, s->n_endings - 1) && check_values(s, m + CHECKPOINT_VALUES);
}

static bool check_checkpoints(const struct story *s, const int32_t *st)
{
    const int64_t capacity = (play_state_slots(s) - checkpoint_offset(s, 0)) / checkpoint_slots(s);
    const int32_t n = st[PLAY_CHECKPOINTS];
    if (n < 0 || n > capacity)
        return false;
    int32_t ordinary = 0;
    for (int32_t i = 0; i < n; i++) {
        const int32_t *m = st + checkpoint_offset(s, i);
        if (!check_checkpoint(s, m) || find_checkpoint(s, st, m[CHECKPOINT_DECISION]) != i)
            return false;
        ordinary += !s->decisions[m[CHECKPOINT_DECISION]].back_target;
    }
    for (int64_t i = checkpoint_offset(s, n); i < checkpoint_offset(s, (int32_t)capacity); i++)
        if (st[i])
            return false;
    return ordinary <= STORY_CHECKPOINTS_KEPT;
}

/* By the timetable, has the decision opened and not yet closed? */
static bool check_window(const struct story *s, const int32_t *st, int32_t decision)
{
    bool open = false;
    const struct story_event *e = s->events + s->nodes[st[PLAY_NODE]].events.first;
    for (int32_t i = 0; i < st[PLAY_CURSOR]; i++)
        if (e[i].kind != STORY_AT && e[i].index == decision)
            open = e[i].kind == STORY_OPEN;
    return open;
}

/* The open decision is of this node, and no option beyond its own is available. */
static bool check_open(const struct story *s, const int32_t *st)
{
    const int32_t open = st[PLAY_OPEN];
    if (open == -1)
        return play_open_options(st) == 0;
    if (!within(open, 0, s->n_decisions - 1) || st[PLAY_CUT] || !check_window(s, st, open))
        return false;
    const int32_t n = s->decisions[open].options.n;
    return n >= STORY_OPTIONS_MAX || play_open_options(st) >> n == 0;
}

static bool check_place(const struct story *s, const int32_t *st)
{
    if (st[PLAY_PHASE] == PLAY_IDLE)
        return st[PLAY_NODE] == -1 && st[PLAY_CURSOR] == 0 && st[PLAY_OPEN] == -1;
    if (!within(st[PLAY_NODE], 0, s->n_nodes - 1))
        return false;
    return within(st[PLAY_CURSOR], 0, s->nodes[st[PLAY_NODE]].events.n) && check_open(s, st);
}

bool play_check(const struct story *s, const int32_t *state)
{
    return within(state[PLAY_PHASE], PLAY_IDLE, PLAY_STUCK) && within(state[PLAY_CUT], 0, 1) &&
           within(state[PLAY_STUCK_WHY], PLAY_NO_WAY, PLAY_SILENT_LOOP) &&
           within(state[PLAY_ENDING], -1, s->n_endings - 1) &&
           check_target(s, state[PLAY_TO_KIND], state[PLAY_TO_INDEX]) && check_place(s, state) &&
           check_values(s, state + PLAY_VALUES) && check_checkpoints(s, state);
}

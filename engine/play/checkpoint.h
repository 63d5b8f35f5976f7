/*
 * checkpoint: where a state keeps its checkpoints. Private to play.c, check.c, and to what packs states (explore/pack.h).
 *
 * Behind the slots that play/state.h names lie the values, then the checkpoints: a stack, oldest first, of what the
 * state was right before a decision opened. What lies above the stack is zero, so that equal states are equal bytes.
 */
#pragma once

#include "play/state.h"
#include "story/story.h"

/* The slots of a checkpoint. Its node is the decision's. */
enum checkpoint_slot {
    CHECKPOINT_DECISION,
    CHECKPOINT_CURSOR,
    CHECKPOINT_TO_KIND,
    CHECKPOINT_TO_INDEX,
    CHECKPOINT_ENDING,
    CHECKPOINT_RNG_LO,
    CHECKPOINT_RNG_HI,
    CHECKPOINT_VALUES,
};

/* Variables and memories. */
static inline int32_t n_values(const struct story *s)
{
    return s->n_vars + s->n_memories;
}

static inline int32_t checkpoint_slots(const struct story *s)
{
    return CHECKPOINT_VALUES + n_values(s);
}

/* The first slot of the i-th checkpoint. */
static inline int64_t checkpoint_offset(const struct story *s, int32_t i)
{
    return PLAY_VALUES + n_values(s) + (int64_t)i * checkpoint_slots(s);
}

/* The checkpoint of the decision, or -1. */
static inline int32_t find_checkpoint(const struct story *s, const int32_t *state, int32_t decision)
{
    for (int32_t i = state[PLAY_CHECKPOINTS] - 1; i >= 0; i--)
        if (state[checkpoint_offset(s, i) + CHECKPOINT_DECISION] == decision)
            return i;
    return -1;
}

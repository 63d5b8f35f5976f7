/*
 * state: what the numbers of a play's state mean. play/play.h says how they change.
 *
 * A state is a flat array of int32: first the slots below, then the values of the variables and memories, then the
 * checkpoints (play/checkpoint.h). Everybody may read it; play.c alone writes it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum play_phase {
    PLAY_IDLE,    /* before PLAY_START */
    PLAY_RUNNING, /* in a node with a clip */
    PLAY_OVER,    /* left the last node: the film is at its end */
    PLAY_STUCK,   /* a mistake of the story: nowhere to go, or a silent loop (see enum play_stuck) */
};

enum play_stuck { PLAY_NO_WAY, PLAY_SILENT_LOOP };

/* Slots at the front of every state; the variables and memories follow from PLAY_VALUES on (in the order of
 * story->vars, then story->memories), then the checkpoints. */
enum play_slot {
    PLAY_PHASE,
    PLAY_NODE,    /* where we are; -1 before the start */
    PLAY_CURSOR,  /* how many events of the node's timetable have happened */
    PLAY_OPEN,    /* the decision that is open, or -1 */
    PLAY_MASK_LO, /* its options that were available when it opened: bits 0..31 */
    PLAY_MASK_HI, /* bits 32..63 */
    PLAY_TO_KIND, /* resolved target of the routing decision: enum story_target_kind */
    PLAY_TO_INDEX,
    PLAY_CUT,       /* 1: the outcome asked to cut at once; the next input must be PLAY_LEAVE */
    PLAY_ENDING,    /* the ending reached last, or -1 */
    PLAY_STUCK_WHY, /* enum play_stuck, when PLAY_STUCK */
    PLAY_RNG_LO,    /* the generator of random routes */
    PLAY_RNG_HI,
    PLAY_CHECKPOINTS, /* how many checkpoints there are */
    PLAY_VALUES,
};

/* The options of the open decision that can be picked: bit i is option i (index in the decision). They are fixed while
 * it is open; 0 while no decision is. */
static inline uint64_t play_open_options(const int32_t *state)
{
    return (uint64_t)(uint32_t)state[PLAY_MASK_HI] << 32 | (uint32_t)state[PLAY_MASK_LO];
}

/* Is a decision open whose option (index in it, any number) can be picked? */
static inline bool play_can_pick(const int32_t *state, int32_t option)
{
    return option >= 0 && option < 64 && (play_open_options(state) >> option & 1) != 0;
}

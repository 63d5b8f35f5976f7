#include "player/way_ahead.h"

#include "play/schedule.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

/* When the decision of this node that was made last closed; 0: none was. */
static int64_t decided_us(const struct story *s, const int32_t *state)
{
    const struct story_event *events = &s->events[s->nodes[state[PLAY_NODE]].events.first];
    for (int32_t i = state[PLAY_CURSOR]; i > 0; i--)
        if (events[i - 1].kind == STORY_CLOSE)
            return events[i - 1].at_us;
    return 0;
}

bool way_leave(const struct story *s, int32_t *state)
{
    const struct play_input leave = {.kind = PLAY_LEAVE};
    while (!state[PLAY_CUT]) {
        const struct schedule_due due = schedule_next(s, state, US_NONE, -1);
        if (due.at_us == US_NONE)
            break;
        if (state[PLAY_OPEN] >= 0 || !play_step(s, state, &due.input, NULL, NULL))
            return false;
    }
    return play_step(s, state, &leave, NULL, NULL);
}

/* Follows the film behind the node of `state`, of which `a` tells already, node by node. */
static void look_behind(const struct story *s, int32_t *state, struct way_ahead *a)
{
    for (int32_t n = 0; n <= s->n_nodes && way_leave(s, state); n++) {
        a->then = state[PLAY_PHASE] == PLAY_RUNNING ? WAY_UNKNOWN : WAY_END;
        if (a->then == WAY_END)
            return;
        const int32_t decision = schedule_next_decision(s, state);
        const int64_t length_us =
            decision >= 0 ? s->decisions[decision].opens_us : schedule_told_length(s, state[PLAY_NODE]);
        if (length_us == US_NONE)
            return;
        a->sure_us += length_us;
        a->then = decision >= 0 ? WAY_CHOICE : WAY_UNKNOWN;
        if (decision >= 0)
            return;
    }
}

struct way_ahead way_ahead(const struct story *s, const int32_t *state, int64_t pos_us, int64_t length_us,
                           int32_t *scratch)
{
    struct way_ahead a = {pos_us, pos_us, 0, WAY_CHOICE};
    const int32_t decision = schedule_next_decision(s, state);
    assert(state[PLAY_PHASE] == PLAY_RUNNING);
    if (state[PLAY_OPEN] >= 0 || state[PLAY_CUT])
        return a;
    a.from_us = MIN(decided_us(s, state), pos_us);
    if (decision >= 0) {
        const int64_t opens_us = s->decisions[decision].opens_us;
        a.to_us = MAX(opens_us - WAY_LEAD_US, pos_us);
        a.sure_us = MAX(opens_us - pos_us, 0);
        return a;
    }
    a.then = WAY_UNKNOWN;
    const int64_t end_us = schedule_node_length(s, state[PLAY_NODE], length_us);
    if (end_us == US_NONE)
        return a;
    a.to_us = MAX(end_us - WAY_END_LEAD_US, pos_us);
    a.sure_us = MAX(end_us - pos_us, 0);
    memcpy(scratch, state, (size_t)play_state_slots(s) * sizeof *scratch);
    look_behind(s, scratch, &a);
    return a;
}

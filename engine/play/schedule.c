#include "play/schedule.h"

#include <assert.h>

/* A node without a known length is long enough to read its slate and to see what was chosen. */
#define SCHEDULE_SHORTEST_US  (6 * US_PER_SECOND)
#define SCHEDULE_AFTERMATH_US (4 * US_PER_SECOND)

static const struct story_event *node_event(const struct story *s, int32_t node, int32_t i)
{
    assert(node >= 0 && node < s->n_nodes && i >= 0 && i < s->nodes[node].events.n);
    return &s->events[s->nodes[node].events.first + i];
}

static int64_t last_event_us(const struct story *s, int32_t node)
{
    const int32_t n = s->nodes[node].events.n;
    return n ? node_event(s, node, n - 1)->at_us : 0;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

const struct story_event *schedule_next_event(const struct story *s, const int32_t *state)
{
    const int32_t cursor = state[PLAY_CURSOR];
    return cursor < s->nodes[state[PLAY_NODE]].events.n ? node_event(s, state[PLAY_NODE], cursor) : NULL;
}

int64_t schedule_last_event_us(const struct story *s, const int32_t *state)
{
    const int32_t cursor = state[PLAY_CURSOR];
    return cursor > 0 ? node_event(s, state[PLAY_NODE], cursor - 1)->at_us : 0;
}

int64_t schedule_node_length(const struct story *s, int32_t node, int64_t length_us)
{
    return length_us == US_NONE ? US_NONE : later(length_us, last_event_us(s, node));
}

int64_t schedule_planned_length(const struct story *s, int32_t node)
{
    const struct story_clip *c = &s->nodes[node].clip;
    const int64_t last_us = last_event_us(s, node);
    if (c->kind == STORY_SILENT)
        return 0;
    if (c->kind == STORY_FILM && c->to_us != US_NONE)
        return later(c->to_us - (c->from_us == US_NONE ? 0 : c->from_us), last_us);
    if (c->for_us != US_NONE)
        return later(c->for_us, last_us);
    return later(last_us + SCHEDULE_AFTERMATH_US, SCHEDULE_SHORTEST_US);
}

int64_t schedule_told_length(const struct story *s, int32_t node)
{
    const struct story_clip *c = &s->nodes[node].clip;
    const bool told = c->kind != STORY_FILM || c->for_us != US_NONE || c->to_us != US_NONE;
    return told ? schedule_planned_length(s, node) : US_NONE;
}

static struct schedule_due due(int64_t at_us, enum play_input_kind kind, int32_t option)
{
    return (struct schedule_due){at_us, {.kind = kind, .option = option}};
}

struct schedule_due schedule_next(const struct story *s, const int32_t *state, int64_t length_us, int32_t selected)
{
    if (state[PLAY_PHASE] != PLAY_RUNNING)
        return due(US_NONE, PLAY_LEAVE, -1);
    if (state[PLAY_CUT])
        return due(schedule_last_event_us(s, state), PLAY_LEAVE, -1);
    const struct story_event *e = schedule_next_event(s, state);
    if (!e)
        return due(schedule_node_length(s, state[PLAY_NODE], length_us), PLAY_LEAVE, -1);
    if (e->kind == STORY_CLOSE && e->index == state[PLAY_OPEN] && play_can_pick(state, selected))
        return due(e->at_us, PLAY_PICK, selected);
    return due(e->at_us, PLAY_ADVANCE, -1);
}

int32_t schedule_next_decision(const struct story *s, const int32_t *state)
{
    if (state[PLAY_PHASE] != PLAY_RUNNING || state[PLAY_CUT])
        return -1;
    if (state[PLAY_OPEN] >= 0)
        return state[PLAY_OPEN];
    const int32_t node = state[PLAY_NODE];
    for (int32_t i = state[PLAY_CURSOR]; i < s->nodes[node].events.n; i++)
        if (node_event(s, node, i)->kind == STORY_OPEN)
            return node_event(s, node, i)->index;
    return -1;
}

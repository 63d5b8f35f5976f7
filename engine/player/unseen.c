#include "player/unseen.h"

#include "play/schedule.h"

#include <string.h>

/* From right before a decision to where it opens, other events may be due. */
#define STEPS_MAX 1000

static uint64_t given(const struct story_map *map, int32_t decision)
{
    const GArray *ways = story_map_ways(map);
    uint64_t options = 0;
    for (guint i = 0; i < ways->len; i++) {
        const struct story_way *w = &g_array_index(ways, struct story_way, i);
        if (w->decision == decision && w->option >= 0)
            options |= UINT64_C(1) << w->option;
    }
    return options;
}

/* What can be picked in a decision that the viewer goes back to. */
static uint64_t offered(const struct story *s, const int32_t *state, int32_t decision)
{
    const size_t slots = (size_t)play_state_slots(s);
    g_autofree int32_t *copy = g_memdup2(state, slots * sizeof *state);
    struct schedule_due due = {.input = {.kind = PLAY_BACK, .decision = decision}};
    for (int i = 0; i < STEPS_MAX && copy[PLAY_OPEN] != decision; i++) {
        if (!play_step(s, copy, &due.input, NULL, NULL))
            return 0;
        due = schedule_next(s, copy, schedule_planned_length(s, copy[PLAY_NODE]), -1);
    }
    return copy[PLAY_OPEN] == decision ? play_open_options(copy) : 0;
}

int32_t unseen_in_viewing(const struct story *s, const int32_t *state, const struct story_map *map)
{
    for (int32_t i = state[PLAY_CHECKPOINTS] - 1; i >= 0; i--) {
        const int32_t decision = play_checkpoint(s, state, i);
        if (play_can_go_back(s, state, decision) && (offered(s, state, decision) & ~given(map, decision)))
            return decision;
    }
    return -1;
}

int32_t unseen_on_map(const struct story *s, const struct story_map *map)
{
    for (int32_t d = 0; d < s->n_decisions; d++) {
        const uint64_t all =
            s->decisions[d].options.n >= 64 ? UINT64_MAX : (UINT64_C(1) << s->decisions[d].options.n) - 1;
        if (story_map_leads(map, d) && (all & ~given(map, d)))
            return d;
    }
    return -1;
}

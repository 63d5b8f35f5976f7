#include "explore/default_play.h"

#include "explore/successors.h"
#include "play/schedule.h"

#include <assert.h>
#include <glib.h>

#define SEED 1

struct default_watch {
    struct default_play play;
    int32_t rewound; /* the last step went back to this decision; or -1 */
};

static void watch_effect(void *user, const struct play_effect *fx)
{
    struct default_watch *w = user;
    w->play.random |= fx->kind == PLAY_DID_DRAW;
    if (fx->kind == PLAY_DID_REWIND)
        w->rewound = fx->rewind.decision;
}

struct default_play default_play_run(const struct story *s)
{
    struct default_watch w = {.rewound = -1};
    const struct play_input start = {.kind = PLAY_START, .seed = SEED};
    g_autofree int32_t *state = g_new0(int32_t, (gsize)play_state_slots(s));
    const int64_t most = DEFAULT_PLAY_STEPS_MAX + (int64_t)s->n_nodes * DEFAULT_PLAY_NODE_STEPS;
    play_init(s, state);
    play_step(s, state, &start, watch_effect, &w);
    for (int64_t i = 0; state[PLAY_PHASE] == PLAY_RUNNING && i < most; i++) {
        const struct schedule_due due = schedule_next(s, state, schedule_planned_length(s, state[PLAY_NODE]), -1);
        w.play.us += due.at_us - (w.rewound >= 0 ? s->decisions[w.rewound].opens_us : successors_since_us(s, state));
        w.rewound = -1;
        const bool taken = play_step(s, state, &due.input, watch_effect, &w);
        assert(taken); /* what is due can happen */
    }
    w.play.phase = (enum play_phase)state[PLAY_PHASE];
    w.play.node = state[PLAY_NODE];
    w.play.ending = state[PLAY_ENDING];
    assert(w.play.us >= 0 && w.play.node >= 0);
    return w.play;
}

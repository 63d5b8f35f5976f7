/* play_foresee(): where can the film go? */
#include "play/play.h"

#include "story/limits.h"

#include <string.h>

struct foresight {
    const struct story *s;
    int32_t *scratch;
    size_t size; /* of a state, in bytes */
    int32_t slots, limit, found;
    play_found report;
    void *user;
};

/* The last decision on the way so far, and the option that was taken. */
struct last_choice {
    int32_t decision, option;
};

static int32_t *level_state(const struct foresight *f, int32_t level)
{
    return f->scratch + (int64_t)level * f->slots;
}

/* Brings the state to the next open decision, or through LEAVE. True if a decision is open. */
static bool run_to_decision(const struct foresight *f, int32_t *st)
{
    const struct play_input on = {.kind = PLAY_ADVANCE}, leave = {.kind = PLAY_LEAVE};
    while (st[PLAY_OPEN] < 0)
        if (!play_step(f->s, st, &on, NULL, NULL))
            return play_step(f->s, st, &leave, NULL, NULL) && false;
    return true;
}

static void foresee_from(struct foresight *f, int32_t level, struct last_choice way);

/* Goes on from a copy of this level's state for each pick that is possible in it. */
static void foresee_picks(struct foresight *f, int32_t level)
{
    const int32_t *st = level_state(f, level);
    for (int32_t i = 0; i < STORY_OPTIONS_MAX && f->found < f->limit && level + 1 < PLAY_FORESEE_STATES; i++) {
        const struct play_input pick_it = {.kind = PLAY_PICK, .option = i};
        if (!play_can_pick(st, i))
            continue;
        memcpy(level_state(f, level + 1), st, f->size);
        play_step(f->s, level_state(f, level + 1), &pick_it, NULL, NULL);
        foresee_from(f, level + 1, (struct last_choice){st[PLAY_OPEN], i});
    }
}

/* Picks need a copy. Waiting happens in place, because it is what remains when all picks have been tried. */
static void foresee_from(struct foresight *f, int32_t level, struct last_choice way)
{
    int32_t *st = level_state(f, level);
    const struct play_input wait = {.kind = PLAY_ADVANCE};
    while (f->found < f->limit) {
        if (!run_to_decision(f, st)) {
            f->found++;
            f->report(f->user, st, way.decision, way.option);
            return;
        }
        foresee_picks(f, level);
        const struct last_choice timeout = {st[PLAY_OPEN], play_timeout_option(f->s, st, st[PLAY_OPEN])};
        if (!play_step(f->s, st, &wait, NULL, NULL))
            return; /* only in a state that play_check() would refuse */
        if (st[PLAY_OPEN] < 0)
            way = timeout;
    }
}

int32_t play_foresee(const struct story *s, const int32_t *state, int32_t *scratch, int32_t limit, play_found found,
                     void *user)
{
    if (state[PLAY_PHASE] != PLAY_RUNNING || limit <= 0)
        return 0;
    const int32_t slots = play_state_slots(s);
    struct foresight f = {s, scratch, (size_t)slots * sizeof *state, slots, limit, 0, found, user};
    memcpy(scratch, state, f.size);
    foresee_from(&f, 0, (struct last_choice){-1, -1});
    return f.found;
}

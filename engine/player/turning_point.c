#include "player/turning_point.h"

#include "play/replay.h"

#include <assert.h>
#include <string.h>

/* A play that never ends is left. */
#define PLAY_STEPS_MAX 5000

struct trial {
    const struct story *s;
    const int32_t *taken;
    struct play_input start;
    int32_t *state;
    int64_t steps;     /* of all plays */
    uint8_t *seen;     /* of each node, in this play */
    uint8_t *usual;    /* in the viewer's own */
    uint64_t *offered; /* of each decision, what could be taken in the viewer's own play; 0: it was not asked */
    bool own;
};

static void note(void *user, const struct play_effect *fx)
{
    struct trial *t = user;
    if (fx->kind == PLAY_DID_ENTER)
        t->seen[fx->enter.node] = 1;
    else if (fx->kind == PLAY_DID_OPEN && t->own)
        t->offered[fx->open.decision] = fx->open.available;
}

/* What the film comes to if `decision` is answered by `option`: its ending, -1: none. */
static int32_t ending_if(struct trial *t, int32_t decision, int32_t option)
{
    const struct story *s = t->s;
    memset(t->seen, 0, (size_t)s->n_nodes);
    play_init(s, t->state);
    play_step(s, t->state, &t->start, note, t);
    for (int i = 0; i < PLAY_STEPS_MAX && t->state[PLAY_PHASE] == PLAY_RUNNING; i++, t->steps++) {
        const int32_t open = t->state[PLAY_OPEN], node = t->state[PLAY_NODE];
        const int32_t selected = open < 0 ? -1 : open == decision ? option : t->taken[open];
        const struct schedule_due due = schedule_next(s, t->state, schedule_planned_length(s, node), selected);
        if (due.at_us == US_NONE || !play_step(s, t->state, &due.input, note, t))
            break;
    }
    return t->state[PLAY_PHASE] == PLAY_OVER ? t->state[PLAY_ENDING] : -1;
}

static int32_t count_other_scenes(const struct trial *t)
{
    int32_t n = 0;
    for (int32_t i = 0; i < t->s->n_nodes; i++)
        n += t->seen[i] != t->usual[i];
    return n;
}

/* Of one decision; *scenes: how many were different, in all of its other answers together. */
static struct turning_point weigh(struct trial *t, int32_t decision, int32_t ending, int64_t *scenes)
{
    struct turning_point p = {.decision = decision, .option = t->taken[decision]};
    *scenes = 0;
    for (int32_t i = 0; i < t->s->decisions[decision].options.n && t->steps < TURNING_STEPS; i++) {
        if (i == p.option || !(t->offered[decision] >> i & 1))
            continue;
        p.others++;
        p.apart += ending_if(t, decision, i) != ending;
        *scenes += count_other_scenes(t);
    }
    return p;
}

/* Shares are compared, so that a decision with many options is not above one with two. */
static bool is_more(const struct turning_point *a, int64_t a_scenes, const struct turning_point *b, int64_t b_scenes)
{
    if (a->others == 0 || b->others == 0)
        return a->others > 0;
    const int64_t apart = (int64_t)a->apart * b->others - (int64_t)b->apart * a->others;
    return apart != 0 ? apart > 0 : a_scenes * b->others > b_scenes * a->others;
}

/* False: the transcript is another story's. */
static bool find_start(struct trial *t, struct replay *replay)
{
    struct schedule_due due;
    play_init(t->s, t->state);
    if (!replay_due(replay, t->state, US_NONE, &due, NULL) || due.at_us == US_NONE)
        return false;
    t->start = due.input;
    return due.input.kind == PLAY_START;
}

struct turning_point turning_point_find(const struct story *s, const struct transcript *transcript,
                                        const int32_t *taken)
{
    struct turning_point best = {.decision = -1, .option = -1};
    int64_t best_scenes = 0, scenes;
    g_autofree int32_t *state = g_new0(int32_t, (gsize)play_state_slots(s));
    g_autofree uint8_t *seen = g_new0(uint8_t, (gsize)s->n_nodes), *usual = g_new0(uint8_t, (gsize)s->n_nodes);
    g_autofree uint64_t *offered = g_new0(uint64_t, (gsize)s->n_decisions + 1);
    struct trial t = {.s = s, .taken = taken, .state = state, .seen = seen, .offered = offered, .own = true};
    struct replay *replay = replay_new(s, transcript);
    if (find_start(&t, replay)) {
        const int32_t ending = ending_if(&t, -1, -1);
        memcpy(usual, seen, (size_t)s->n_nodes);
        t.own = false;
        t.usual = usual;
        for (int32_t d = 0; d < s->n_decisions && t.steps < TURNING_STEPS; d++) {
            if (!offered[d])
                continue;
            const struct turning_point p = weigh(&t, d, ending, &scenes);
            if (p.others > 0 && (best.decision < 0 || is_more(&p, scenes, &best, best_scenes))) {
                best = p;
                best_scenes = scenes;
            }
        }
    }
    replay_free(replay);
    assert(best.apart <= best.others);
    return best;
}

/*
 * viewer: one simulated viewer (explore/simulate.h), who watches the film by play_step() and counts what they meet.
 * Private to simulate and trails, which takes the same viewers along known trails.
 *
 * Order of calls: viewer_begin(), then viewer_start() and viewer_continue(); or whatever else brings the viewer to a state,
 * then viewer_continue() from there. One thread for each viewer; all may share the plan.
 */
#pragma once

#include "base/splitmix64.h"
#include "explore/node_edges.h"
#include "explore/simulate_model.h"
#include "explore/simulate_result.h"
#include "play/play.h"

/* What all viewers share and nobody changes. */
struct viewer_setup {
    const struct story *s; /* without checkpoints that only a viewer could go back to */
    const struct simulate_model *model;
    uint64_t seed;
    const struct node_edge *edges;
    const int32_t *index;     /* node_edges_index() */
    const int64_t *length_us; /* of each node, as planned */
};

struct viewer {
    const struct viewer_setup *plan;
    struct simulate_result *r; /* where it is counted */
    int32_t *state;
    uint64_t *met; /* node: the last viewing (+ 1) that entered it */
    uint64_t run;  /* which viewing it is */
    uint64_t rng;  /* of the viewer's choices; the film has its own in the state */
    int32_t node;  /* entered last; -1 */
    int32_t entered;
    int64_t at_us;
    /* In place of play_step(), with nothing counted; or NULL. */
    void (*step_film)(void *user, const struct play_input *in);
    void *user;
};

/* What a viewer does in an open decision. */
struct viewer_choice {
    int32_t rank;  /* of the option among those that are offered; -1: none */
    int64_t at_us; /* when, in the node; US_NONE: as the window closes */
};

/* 0 .. n-1; the bias of 2^-32 is below anything that is counted here. */
static inline uint32_t viewer_draw_below(uint64_t *rng, uint32_t n)
{
    return (uint32_t)((splitmix64_next(rng) >> 32) * n >> 32);
}

/* Of `n` options that are offered in `d`. */
static inline struct viewer_choice viewer_choose(const struct simulate_model *m, const struct story_decision *d,
                                                 uint32_t n, uint64_t *rng)
{
    struct viewer_choice c = {-1, US_NONE};
    if (n == 0 || (m->waits_percent > 0 && (int32_t)viewer_draw_below(rng, 100) < m->waits_percent))
        return c;
    c.rank = m->first ? 0 : (int32_t)viewer_draw_below(rng, n);
    if (d->cut == STORY_CUT_NOW)
        c.at_us =
            d->opens_us + (m->at_once ? 0 : (int64_t)(splitmix64_next(rng) % (uint64_t)(d->closes_us - d->opens_us)));
    return c;
}

/* Viewing `run` begins; the result is the seed of the film's own chance. Each has generators of its own, so that it does
 * not matter who plays it. */
uint64_t viewer_begin(struct viewer *v, uint64_t run);
void viewer_start(struct viewer *v, uint64_t seed);

/* From the state to the end of the viewing, which is counted. */
void viewer_continue(struct viewer *v);

/* Counts `times` that a way went from one node to the other. */
void viewer_count_edge(const struct viewer_setup *p, struct simulate_result *r, int32_t from, int32_t to,
                       uint64_t times);

/* Counts `times` that this option (index in the decision, or -1) was taken of those in `mask`. */
void viewer_count_choice(const struct viewer_setup *p, struct simulate_result *r, int32_t decision, uint64_t mask,
                         int32_t option, uint64_t times);

/* Counts the viewing as one that ended so. */
void viewer_count_end(const struct viewer *v, enum play_phase phase, int32_t ending);

/* From right after a decision opened until it is behind us. */
void viewer_decide(struct viewer *v, int32_t option, int64_t at_us);

/* On in the node: true when a decision has opened, false when the node is left. */
bool viewer_advance(struct viewer *v);

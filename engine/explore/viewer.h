/*
 * viewer: one simulated viewer, who watches the film by play_step() and counts what they meet. Private to simulate and
 * path_cache, which takes the same viewer along known paths.
 *
 * Order of calls: viewer_begin(); then viewer_start() and viewer_continue(), or whatever else brings the viewer's state to
 * some point of the film, and viewer_continue() from there. One thread for each viewer; all of them share one setup.
 */
#pragma once

#include "base/splitmix64.h"
#include "story/node_edges.h"
#include "explore/simulate_model.h"
#include "explore/simulate_result.h"
#include "play/play.h"

/* What all viewers share; nobody changes it. */
struct viewer_setup {
    const struct story *s; /* without checkpoints for the viewer: explore/lean_story.h */
    const struct simulate_model *model;
    uint64_t seed;
    const struct node_edge *edges;
    const int32_t *index;     /* node_edges_index() of the edges */
    const int64_t *length_us; /* of each node, as planned */
};

struct viewer {
    const struct viewer_setup *setup;
    struct simulate_result *r; /* where the viewer counts */
    int32_t *state;
    uint64_t *met;   /* node: the number (from 1) of the last viewing that entered it */
    uint64_t run;    /* the number of this viewing, from 0 */
    uint64_t rng;    /* the generator of the viewer's choices; the film has its own in the state */
    int32_t node;    /* entered last, or -1 */
    int32_t entered; /* nodes in this viewing */
    int64_t at_us;   /* planned time that has passed in this viewing */
    /* If not NULL, called instead of play_step(), and nothing is counted. */
    void (*step)(void *user, const struct play_input *in);
    void *user;
};

/* What a viewer does in an open decision. */
struct viewer_choice {
    int32_t rank;  /* of the option among those on offer; -1: picks none */
    int64_t at_us; /* when, as media time in the node; US_NONE: as the window closes */
};

/* A number from 0 to n-1. Its bias of at most n / 2^32 is far below anything that is counted here. */
static inline uint32_t viewer_draw_below(uint64_t *rng, uint32_t n)
{
    return (uint32_t)((splitmix64_next(rng) >> 32) * n >> 32);
}

/* What the model's viewer does in `d` with `n` options on offer. */
static inline struct viewer_choice viewer_choose(const struct simulate_model *m, const struct story_decision *d,
                                                 uint32_t n, uint64_t *rng)
{
    struct viewer_choice c = {-1, US_NONE};
    if (n == 0 || (m->waits_percent > 0 && (int32_t)viewer_draw_below(rng, 100) < m->waits_percent))
        return c;
    c.rank = m->first ? 0 : (int32_t)viewer_draw_below(rng, n);
    if (story_pick_cuts(d))
        c.at_us =
            d->opens_us + (m->at_once ? 0 : (int64_t)(splitmix64_next(rng) % (uint64_t)(d->closes_us - d->opens_us)));
    return c;
}

/* Begins viewing number `run` and returns the seed of the film's own generator. Both generators follow from the setup's seed
 * and `run` alone, so that it does not matter which thread plays which viewing. */
uint64_t viewer_begin(struct viewer *v, uint64_t run);

/* Enters the film. */
void viewer_start(struct viewer *v, uint64_t seed);

/* Plays from the viewer's state to the end of the viewing, and counts it. */
void viewer_continue(struct viewer *v);

/* Counts that the film went from one node to another `times` times. */
void viewer_count_edge(const struct viewer_setup *setup, struct simulate_result *r, int32_t from, int32_t to,
                       uint64_t times);

/* Counts that this option (index in the decision, or -1) was taken `times` times out of those in `mask`. */
void viewer_count_choice(const struct viewer_setup *setup, struct simulate_result *r, int32_t decision, uint64_t mask,
                         int32_t option, uint64_t times);

/* Counts the viewing as one that ended in this phase with this ending (or -1). PLAY_RUNNING: it was given up. */
void viewer_count_end(const struct viewer *v, enum play_phase phase, int32_t ending);

/* Plays the open decision to its close: picks the option (or -1) at `at_us`, as in struct viewer_choice. */
void viewer_decide(struct viewer *v, int32_t option, int64_t at_us);

/* Plays on in the node. True: a decision has opened. False: the node was left. */
bool viewer_advance(struct viewer *v);

/* True, or an assertion fails. O(1). */
bool viewer_check(const struct viewer *v);

#include "player/prefetch.h"
#include "player/segment.h"
#include "play/schedule.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

struct prefetch_list {
    struct prefetch *a;
    struct segment segments[PREFETCH_WANTS_MAX];
    int priority[PREFETCH_WANTS_MAX];
    int n;
    int depth;
    int base; /* priority of what this depth finds */
    int32_t chosen;
    int32_t fallback; /* the option that a timeout takes */
};

size_t prefetch_scratch_slots(const struct story *s)
{
    return (size_t)play_state_slots(s) * (PLAY_FORESEE_STATES + 1) * PREFETCH_DEPTH;
}

/* `awaited`: the film jumps there, and begins where the prefetch says. */
static void add_want(struct prefetch_list *l, const int32_t *state, int priority, bool awaited)
{
    if (l->n == PREFETCH_WANTS_MAX)
        return;
    struct segment *g = &l->segments[l->n];
    const struct segment_options o = {.tracks = l->a->tracks,
                                      .broken = l->a->broken[state[PLAY_NODE]],
                                      .from_us = awaited ? l->a->from_us : 0,
                                      .sought = awaited && l->a->sought};
    segment_make(g, l->a->story, state, &o);
    for (int i = 0; i < l->n; i++)
        if (strcmp(l->segments[i].key, g->key) == 0) {
            l->priority[i] = MAX(l->priority[i], priority);
            segment_clear(g);
            return;
        }
    l->priority[l->n++] = priority;
}

static void look_behind(struct prefetch_list *l, const int32_t *state);

static void on_found(void *user, const int32_t *state, int32_t decision, int32_t option)
{
    struct prefetch_list *l = user;
    if (state[PLAY_PHASE] != PLAY_RUNNING)
        return;
    int priority = l->base;
    if (decision >= 0 && option == l->chosen && l->depth == 0)
        priority += 2;
    else if (option == l->fallback)
        priority += 1;
    add_want(l, state, priority, false);

    const bool brief = schedule_planned_length(l->a->story, state[PLAY_NODE]) < PREFETCH_SHORT_US;
    if (!brief || l->depth + 1 >= PREFETCH_DEPTH)
        return;
    l->depth++;
    l->base -= 4;
    look_behind(l, state);
    l->base += 4;
    l->depth--;
}

/* Each depth has scratch states of its own and a copy of its first one, because `state` is borrowed only for the call.
 */
static void look_behind(struct prefetch_list *l, const int32_t *state)
{
    assert(l->depth >= 0 && l->depth < PREFETCH_DEPTH && l->n <= PREFETCH_WANTS_MAX);
    const struct story *s = l->a->story;
    const size_t slots = (size_t)play_state_slots(s);
    int32_t *scratch = l->a->scratch + slots * (PLAY_FORESEE_STATES + 1) * (size_t)l->depth;
    int32_t *own = scratch + slots * PLAY_FORESEE_STATES;
    memcpy(own, state, slots * sizeof *own);
    play_foresee(s, own, scratch, PREFETCH_WANTS_MAX, on_found, l);
}

/* The first `awaited` ones as fast as possible. */
static void hand_to_deck(struct prefetch_list *l, int awaited)
{
    struct deck_want wants[PREFETCH_WANTS_MAX];
    for (int i = 0; i < l->n; i++) {
        l->segments[i].spec.at_once = i < awaited;
        wants[i] = (struct deck_want){l->segments[i].key, l->segments[i].spec, l->priority[i]};
    }
    deck_want(l->a->deck, wants, l->n);
    prefetch_clear(l->a);
    memcpy(l->a->wanted, l->segments, (size_t)l->n * sizeof *l->segments);
    l->a->n_wanted = l->n;
    l->a->serial++;
}

void prefetch_clear(struct prefetch *a)
{
    for (int i = 0; i < a->n_wanted; i++)
        segment_clear(&a->wanted[i]);
    a->n_wanted = 0;
}

/* A timeout is the likeliest outcome that the viewer has not chosen. */
static void add_followers(struct prefetch_list *l, const int32_t *state)
{
    const int32_t decision = schedule_next_decision(l->a->story, state);
    if (decision >= 0)
        l->fallback = play_timeout_option(l->a->story, state, decision);
    look_behind(l, state);
}

void prefetch_update(struct prefetch *a, const int32_t *state, int32_t chosen)
{
    struct prefetch_list l = {.a = a, .base = 16, .chosen = chosen, .fallback = -1};
    add_followers(&l, state);
    hand_to_deck(&l, 0);
}

void prefetch_sought(struct prefetch *a, const int32_t *state)
{
    struct prefetch_list l = {.a = a, .base = 16, .chosen = -1, .fallback = -1};
    add_want(&l, state, l.base + 3, true);
    add_followers(&l, state);
    hand_to_deck(&l, 1);
}

void prefetch_only(struct prefetch *a, const int32_t *state)
{
    struct prefetch_list l = {.a = a};
    add_want(&l, state, 0, true);
    hand_to_deck(&l, 1);
}

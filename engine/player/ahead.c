#include "player/ahead.h"
#include "player/segment.h"
#include "play/sched.h"

#include <glib.h>
#include <string.h>

struct list {
    const struct ahead *a;
    struct segment segments[AHEAD_WANTS_MAX];
    int priority[AHEAD_WANTS_MAX];
    int n;
    int depth;
    int base; /* priority of what this round finds */
    int32_t chosen;
    int32_t fallback; /* the option that nobody's choice takes */
};

size_t ahead_scratch_slots(const struct story *s)
{
    return (size_t)play_state_slots(s) * (PLAY_FORESEE_STATES + 1) * AHEAD_DEPTH;
}

static void list_add(struct list *l, const int32_t *state, int priority)
{
    if (l->n == AHEAD_WANTS_MAX)
        return;
    struct segment *g = &l->segments[l->n];
    const struct segment_options o = {
        .language = l->a->language, .broken = l->a->broken[state[PLAY_NODE]], .from_us = l->a->from_us};
    segment_make(g, l->a->story, state, &o);
    for (int i = 0; i < l->n; i++)
        if (strcmp(l->segments[i].key, g->key) == 0) {
            l->priority[i] = MAX(l->priority[i], priority);
            segment_clear(g);
            return;
        }
    l->priority[l->n++] = priority;
}

static void look(struct list *l, const int32_t *state);

static void found(void *user, const int32_t *state, int32_t decision, int32_t option)
{
    struct list *l = user;
    if (state[PLAY_PHASE] != PLAY_RUNNING)
        return;
    int priority = l->base;
    if (decision >= 0 && option == l->chosen && l->depth == 0)
        priority += 2;
    else if (option == l->fallback)
        priority += 1;
    list_add(l, state, priority);

    const bool brief = sched_planned_length(l->a->story, state[PLAY_NODE]) < AHEAD_SHORT_US;
    if (!brief || l->depth + 1 >= AHEAD_DEPTH)
        return;
    l->depth++;
    l->base -= 4;
    look(l, state);
    l->base += 4;
    l->depth--;
}

/* Each depth has scratch states of its own, and one copy: `state` is only borrowed from the call above. */
static void look(struct list *l, const int32_t *state)
{
    const struct story *s = l->a->story;
    const size_t slots = (size_t)play_state_slots(s);
    int32_t *scratch = l->a->scratch + slots * (PLAY_FORESEE_STATES + 1) * (size_t)l->depth;
    int32_t *own = scratch + slots * PLAY_FORESEE_STATES;
    memcpy(own, state, slots * sizeof *own);
    play_foresee(s, own, scratch, AHEAD_WANTS_MAX, found, l);
}

static void list_want(struct list *l, bool at_once)
{
    struct deck_want wants[AHEAD_WANTS_MAX];
    for (int i = 0; i < l->n; i++) {
        l->segments[i].spec.at_once = at_once;
        wants[i] = (struct deck_want){l->segments[i].key, l->segments[i].spec, l->priority[i]};
    }
    deck_want(l->a->deck, wants, l->n);
    for (int i = 0; i < l->n; i++)
        segment_clear(&l->segments[i]);
}

void ahead_update(const struct ahead *a, const int32_t *state, int32_t chosen)
{
    struct list l = {.a = a, .base = 16, .chosen = chosen, .fallback = -1};
    const int32_t decision = sched_next_decision(a->story, state);
    if (decision >= 0)
        l.fallback = play_timeout_option(a->story, state, decision);
    look(&l, state);
    list_want(&l, false);
}

void ahead_only(const struct ahead *a, const int32_t *state)
{
    struct list l = {.a = a};
    list_add(&l, state, 0);
    list_want(&l, true);
}

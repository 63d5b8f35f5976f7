/*
 * describe: what happens in a play, and why, in lines of text for writers.
 *
 * Pure: from the story, a state and effects to text that is appended to struct description's `out`. Any thread.
 */
#pragma once

#include "play/menu.h"

#include <glib.h>

struct description {
    const struct story *s;
    const char *language; /* of the story's texts; NULL: the story's own */
    GString *out;
};

/* What one effect did. A rehearsal_watch; `user` is the struct description. */
void describe_effect(void *user, const struct play_effect *fx);

/* The open decision and its options, numbered from 1. *menu becomes its menu: number i + 1 is the option at place i. */
void describe_decision(const struct description *w, const int32_t *state, struct menu *menu);

/* Each option of the open decision: whether it can be picked and why, and where it leads; and where the node's `next` does.
 * Copies the story's options for each. */
void describe_reasons(const struct description *w, const int32_t *state);

/* All variables and memories, and the decisions that the viewer can go back to. */
void describe_state(const struct description *w, const int32_t *state);

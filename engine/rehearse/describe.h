/*
 * trial_say: what happens in a trial, and why, in lines of text. Pure: from the story, a state and effects to text.
 */
#pragma once

#include "play/menu.h"

#include <glib.h>

struct description {
    const struct story *s;
    const char *language; /* of the texts; NULL: the story's own */
    GString *out;
};

/* A watch for rehearsal_new(); `user` is struct description. */
void describe_effect(void *user, const struct play_effect *fx);

/* The open decision with its menu, numbered as it is listed: number i + 1 is the option at place i of *menu. */
void describe_decision(const struct description *w, const int32_t *state, struct menu *menu);

/* Every option of the decision: is it there, why, and where it would lead; `suppose`: the state behind
 * each option's pick, or NULL for one that can't be taken. */
void describe_reasons(const struct description *w, const int32_t *state, const int32_t *const *suppose);

/* All variables, and what the story remembers. */
void describe_state(const struct description *w, const int32_t *state);

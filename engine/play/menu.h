/*
 * menu: a decision as the viewer meets it: which options are on the panel, which of them can be picked, with which
 * words.
 *
 * Everything that offers a decision to somebody (the panel, the autopilot, `try`, the recorder) asks here, so that all
 * of them offer the same. Pure functions of a story and a state; any thread; nothing is allocated.
 */
#pragma once

#include "play/play.h"
#include "story/limits.h"

struct menu {
    int32_t decision; /* -1: none; then the rest is 0 */
    uint64_t open;    /* bit i: option i (index in the decision) can be picked */
    int32_t n;        /* options on the panel: those that are open, and locked ones that give a reason */
    int32_t options[STORY_OPTIONS_MAX]; /* n of them, in their order on the panel */
};

/* No decision. */
void menu_clear(struct menu *m);

/* The menu of a decision in this state: as it opened if it is the open one, else as it would open now. The order is that of
 * the decision's variant that holds (play_variant()), else that in which the options are written. */
void menu_make(struct menu *m, const struct story *s, const int32_t *state, int32_t decision);

/* Can the option at this place of the panel be picked? False outside the panel. */
bool menu_can_pick(const struct menu *m, int32_t place);

/* Where the option is on the panel, -1: it is not. */
int32_t menu_place(const struct menu *m, int32_t option);

/* The option that comes `rank` places (from 0) after the first one in a set of options; -1: the set has no more than
 * `rank`, or rank < 0. Fast: for searches. */
static inline int32_t menu_option_of_rank(uint64_t options, int32_t rank)
{
    if (rank < 0)
        return -1;
    for (; rank > 0; rank--)
        options &= options - 1;
    return options ? __builtin_ctzll(options) : -1;
}

/* The words and the picture that an option has in a state. */
struct menu_words {
    int32_t text, sub; /* indices for story_text(), -1: none */
    const char *image; /* the story's; NULL: none */
};

/* Its own ones, and over them those of its first label that holds. `option`: index in story->options. */
struct menu_words menu_words(const struct story *s, const int32_t *state, int32_t option);

/* A code entry: as many characters as its longest code has; 0 where the decision has no codes. */
int32_t menu_code_length(const struct story *s, int32_t decision);

/* Does one of the codes have a letter? Else they are digits alone. */
bool menu_code_has_letters(const struct story *s, int32_t decision);

/* The latest decision that the viewer can go back to, not counting the one that is open; -1: none. */
int32_t menu_last_back(const struct story *s, const int32_t *state);

/*
 * choice: what the viewer is doing about the open decision: where the focus is, what they have selected, what they
 * have typed, how often they changed their mind.
 *
 * A plain value; main thread. It decides nothing: film passes the final option to play_step(). Where the film cuts at
 * the end, a selection is not final until the window closes; where it cuts at once, it is.
 */
#pragma once

#include "play/menu.h"

struct choice {
    struct menu menu;                     /* of the open decision; its decision is -1 while none is open */
    int32_t focus, first_focus;           /* place on the menu, -1: none */
    int32_t n_pad;                        /* code entry: keys on the pad, `focus` is one of them; else 0 */
    int32_t selected;                     /* option, -1: nothing yet */
    int32_t changes;                      /* selections of another option after the first */
    int64_t opened_us;                    /* position in the node at which input opened */
    int64_t selected_us;                  /* position at which `selected` was selected */
    int64_t held_us, selected_held_us;    /* how long the film has waited for it (player/extra_time.h); had, then */
    int given;                            /* device of the selection: TEL_GIVEN_… */
    char typed[STORY_CODE_BYTES_MAX + 1]; /* code entry */
};

void choice_clear(struct choice *c);

/* The decision as it opens in `state` (PLAY_OPEN is it). `random` draws the focus where the story wants it drawn. */
void choice_open(struct choice *c, const struct story *s, const int32_t *state, int64_t pos_us, uint32_t random);

/* Moves the focus by n places among the options that can be taken. True if it moved. */
bool choice_move(struct choice *c, int32_t n);

/* The viewer wants the option at place `place`. False: it can't be taken. */
bool choice_select(struct choice *c, int32_t place, int64_t pos_us, int given);

/* How long the viewer has taken: until they picked, or until `pos_us`, with the time that the film waited. */
int64_t choice_latency_us(const struct choice *c, bool picked, int64_t pos_us);

/* The place of the option whose text (in `language`) is the only one to begin with `letter`, or -1. */
int32_t choice_place_of_letter(const struct choice *c, const struct story *s, const char *language, uint32_t letter);

/* Code entry: the character on the pad that has the focus, as choice_type() takes it. */
uint32_t choice_pad_key(const struct choice *c, const struct story *s);

/* Code entry: one more character; 0 deletes the last. When as many are typed as codes have, the option that they
 * choose (known code, or the wrong-code option) is returned; else -1. */
int32_t choice_type(struct choice *c, const struct story *s, uint32_t character);

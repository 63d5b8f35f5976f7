/*
 * choice: what the viewer is doing about the open decision: where the focus is, what they have selected, what they
 * have typed, how often they changed their mind.
 *
 * A plain value; main thread. It decides nothing: film passes the final option to play_step(). Where the film cuts at
 * the end, a selection is not final until the window closes; where it cuts at once, it is.
 */
#pragma once

#include "play/menu.h"
#include "player/viewing.h"

struct choice {
    struct menu menu;                     /* of the open decision; its decision is -1 while none is open */
    int32_t focus, first_focus;           /* place on the menu, -1: none */
    int32_t n_pad;                        /* code entry: keys on the pad, `focus` is one of them; else 0 */
    int32_t selected;                     /* option, -1: nothing yet */
    int32_t changes;                      /* selections of another option after the first */
    int64_t opened_us;                    /* position in the node at which input opened */
    int64_t selected_us;                  /* position at which `selected` was selected */
    int64_t waited_us;                    /* how long the film has waited for the viewer (player/extra_time.h), */
    int64_t selected_waited_us;           /* and had when `selected` was selected */
    enum viewing_device device;           /* with which `selected` was selected */
    char typed[STORY_CODE_BYTES_MAX + 1]; /* code entry */
};

/* No decision is open. */
void choice_clear(struct choice *c);

/* True, or it asserts: for the owner's own check. */
bool choice_check(const struct choice *c);

/* The decision as it opens in `state` (PLAY_OPEN is it). `random` draws the focus where the story wants it drawn. */
void choice_open(struct choice *c, const struct story *s, const int32_t *state, int64_t pos_us, uint32_t random);

/* Moves the focus by n places among the options that can be taken. True if it moved. */
bool choice_move(struct choice *c, int32_t n);

/* The focus is on this place now; menu_can_pick() it. */
void choice_set_focus(struct choice *c, int32_t place);

/* The latest selection came too late: `option` (-1: none), which was selected before it, counts. */
void choice_take_back(struct choice *c, int32_t option);

/* The film has waited so long for this decision. */
void choice_set_waited(struct choice *c, int64_t waited_us);

/* The viewer wants the option at place `place`. False: it can't be taken. */
bool choice_select(struct choice *c, int32_t place, int64_t pos_us, enum viewing_device device);

/* How long the viewer has taken: until they picked, or until `pos_us`, with the time that the film waited. */
int64_t choice_latency_us(const struct choice *c, bool picked, int64_t pos_us);

/* The place of the option whose text (in `language`) is the only one to begin with `letter`, or -1. */
int32_t choice_place_of_letter(const struct choice *c, const struct story *s, const char *language, uint32_t letter);

/* Code entry: the character on the pad that has the focus, as choice_type() takes it. */
uint32_t choice_pad_key(const struct choice *c, const struct story *s);

/* Code entry: one more character; 0 deletes the last. When as many are typed as codes have, the option that they
 * choose (known code, or the wrong-code option) is returned; else -1. */
int32_t choice_type(struct choice *c, const struct story *s, uint32_t character);

/*
 * choice: what the viewer is doing about the open decision: where the focus is, what they have selected and typed, and
 * how often they changed their mind.
 *
 * A plain value of the film's; others only read it. Main thread. It decides nothing: the film passes the final option
 * to play_step(). Where the film cuts at the end, a selection is not final until the window closes; where it cuts at
 * once, it is.
 */
#pragma once

#include "play/menu.h"
#include "player/viewing.h"

struct choice {
    struct menu menu;                     /* of the open decision; its decision is -1 while none is open */
    int32_t focus, first_focus;           /* place on the menu, -1: none; the first is never a locked option */
    int32_t n_pad;                        /* code entry: keys on the pad, `focus` is one of them; else 0 */
    int32_t selected;                     /* option, -1: nothing yet */
    int32_t changes;                      /* selections of another option after the first */
    int64_t opened_us;                    /* position in the node at which input opened */
    int64_t selected_us;                  /* position at which `selected` was selected */
    int64_t waited_us;                    /* how long the film has waited for the viewer (player/extra_time.h), */
    int64_t selected_waited_us;           /* and had when `selected` was selected */
    enum viewing_device device;           /* with which `selected` was selected */
    char typed[STORY_CODE_BYTES_MAX + 1]; /* code entry */
    bool pointed;                         /* the light on the pad was moved to the key that it is on */
};

/* No decision is open. */
void choice_clear(struct choice *c);

/* Returns true, or asserts: for the check of its owner. */
bool choice_check(const struct choice *c);

/* The decision that is open in `state` has just opened, at `pos_us` of its node. `random`: uniform, it places the focus
 * where the story wants that random. */
void choice_open(struct choice *c, const struct story *s, const int32_t *state, int64_t pos_us, uint32_t random);

/* Moves the focus to the next option (n above 0) or the one before, or by n keys of a pad. A locked option gets it as well:
 * whoever tries it is told why it is locked. True if it moved. */
bool choice_move(struct choice *c, int32_t n);

/* Puts the focus on a place of the panel. False: there is no such place, or a code is asked for. */
bool choice_set_focus(struct choice *c, int32_t place);

/* The latest selection came too late: `option` (-1: none), which was selected before it, counts. */
void choice_take_back(struct choice *c, int32_t option);

/* How long the film has waited for this decision until now. */
void choice_set_waited(struct choice *c, int64_t waited_us);

/* The viewer selects the option at this place. False: it cannot be taken. */
bool choice_select(struct choice *c, int32_t place, int64_t pos_us, enum viewing_device device);

/* How long the viewer took to decide: until they picked, or else until `pos_us`, including the time that the film
 * waited. */
int64_t choice_latency_us(const struct choice *c, bool picked, int64_t pos_us);

/* The place of the option whose own key (`key:` in the story) is this character, -1: none. Here and below, a locked option is meant
 * only where none is that can be picked: it answers that it is locked. */
int32_t choice_place_of_key(const struct choice *c, const struct story *s, uint32_t character);

/* The same; else the place of the only such option whose words on the panel in this state (in `language`) begin with this
 * letter, -1: none, or several. Options beyond what the panel shows have no keys. */
int32_t choice_place_of_letter(const struct choice *c, const struct story *s, const int32_t *state,
                               const char *language, uint32_t letter);

/* Code entry: the key on the pad that has the focus, as choice_type() takes it. */
uint32_t choice_pad_key(const struct choice *c, const struct story *s);

/* Code entry: types one more character; 0 deletes the last one. Returns the option that is chosen when a code is
 * complete, or when as many characters are typed as the longest code has: the one with this code, else the one for
 * wrong codes. -1: none yet. */
int32_t choice_type(struct choice *c, const struct story *s, uint32_t character);

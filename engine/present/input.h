/*
 * input: keys, mouse, touch and gamepads become actions, through a table of bindings.
 *
 * All on the main thread, between window_open and window_close: input_open, then input_poll until it says
 * false, input_wait to sleep until something comes. Gamepads come and go by themselves. Off-screen there are
 * no devices: input_push makes events (tests and scripts use it in a window, too).
 *
 * What a key means depends on the mode: "3" picks the third option while a panel is open. What the same key
 * means in the film is in `otherwise`, so a key that no option wants keeps its usual meaning.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct input;
struct window;

enum input_mode {
    INPUT_FILM = 1,
    INPUT_PANEL = 2,  /* a decision is open */
    INPUT_CODE = 4,   /* a code entry is open: digits and letters are typed */
    INPUT_DIALOG = 8, /* a question of the player's own; help */
};
#define INPUT_ANY 15

enum input_action {
    INPUT_NONE,
    INPUT_QUIT,
    INPUT_PAUSE,
    INPUT_FULLSCREEN,
    INPUT_VOLUME, /* value: per cent up or down */
    INPUT_MUTE,
    INPUT_SUBTITLES,  /* next subtitle track */
    INPUT_EXTRA_TIME, /* more time to decide */
    INPUT_STATS,
    INPUT_HELP,
    INPUT_SCREENSHOT,
    INPUT_PRIVACY_PAGE, /* what was recorded of this viewing */
    INPUT_REWIND,       /* Backspace: back to an earlier decision */
    INPUT_BACK,         /* Escape, pad B: leave full screen, help, dialog */
    INPUT_FOCUS,        /* value: +1 next, -1 previous (Tab, left, right, pad) */
    INPUT_FOCUS_ROW,    /* value: +1 down, -1 up; +8 and -8 by pages */
    INPUT_CHOOSE,       /* Enter, pad A: take what has the focus */
    INPUT_DIGIT,        /* value 0..9: pick that option (1 is the first), or a digit of a code */
    INPUT_LETTER,       /* value: a Unicode character, lower case; first letter of an option, or of a code */
    INPUT_ERASE,        /* backspace */
    INPUT_MOVE,         /* the pointer is at x, y */
    INPUT_CLICK,        /* pressed at x, y; value: number of clicks */
    INPUT_REDRAW,       /* uncovered, resized, moved to another screen: draw again */
    INPUT_HIDDEN,       /* value 1: minimised; 0: back */
    INPUT_DROP,         /* text: a file dropped on the window; valid until the next poll */
    INPUT_ACTIONS       /* their number */
};

enum input_device { INPUT_KEYS, INPUT_MOUSE, INPUT_PAD, INPUT_TOUCH, INPUT_SYSTEM };
struct input_event {
    enum input_action action;
    enum input_device device;
    int value;
    int x, y;                      /* pixels of the window, pointer actions only */
    int64_t at_us;                 /* when it happened, g_get_monotonic_time() */
    enum input_action film_action; /* what the key means in INPUT_FILM, INPUT_NONE if nothing or the same */
    int film_value;
    const char *text;
};

/* `w` may be NULL (no scaling of pointer positions). Never fails: without pads there are just no pads. */
struct input *input_open(struct window *w);
void input_close(struct input *in); /* accepts NULL */

/* The next action in this mode; false: nothing is waiting. Never blocks. */
bool input_poll(struct input *in, enum input_mode mode, struct input_event *out);
/* Sleeps until something is waiting or timeout_us has passed (resolution 1 ms, rounded down; <= 0 returns at
 * once). */
void input_wait(struct input *in, int64_t timeout_us);
/* The keyboard's first key for this action that is in force, NULL: none. Static. */
const char *input_key_of(const struct input *in, enum input_action a);

/* The live key map as sentences (words_in()) for the help overlay, g_free each row's strings with input_help_free. */
struct view_help_row;
struct view_help_row *input_help(const struct input *in, const char *language, int *n);
void input_help_free(struct view_help_row *rows, int n);

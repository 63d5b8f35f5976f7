/*
 * input: turns keys, mouse, touch and gamepads into actions, through a table of bindings.
 *
 * Main thread, between window_open() and window_close(): input_open(); input_poll() until it returns false;
 * input_wait() to sleep until something comes. Gamepads may be plugged in and out at any time. Without a window
 * (off-screen) there are no devices, and so no events.
 *
 * A finger that is let go where it touched is a click; one that moves scrolls; one that stays opens the menu. Its time is
 * that of the touch.
 *
 * What a key means depends on the mode: "3" picks the third option while a panel is open. A letter that has a meaning of its
 * own keeps it there. `film_action` says what the
 * same key means while the film plays, so that a key that no option wants keeps its usual meaning.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct input;
struct window;

enum input_mode {
    INPUT_FILM = 1,
    INPUT_PANEL = 2, /* a decision is open */
    INPUT_CODE = 4,  /* a code entry is open: digits and letters are typed */
    INPUT_PAGE = 8,  /* the menu, or another page of things to do (present/page.h) */
};
#define INPUT_ANY 15

enum input_action {
    INPUT_NONE,
    INPUT_QUIT,
    INPUT_PAUSE,
    INPUT_FULLSCREEN,
    INPUT_VOLUME, /* value: per cent up or down */
    INPUT_MUTE,
    INPUT_SUBTITLES,  /* the next subtitle track */
    INPUT_EXTRA_TIME, /* more time to decide */
    INPUT_STATS,
    INPUT_INSPECT, /* for writers; value 1: what can be changed; 0: what is seen */
    INPUT_HELP,
    INPUT_SCREENSHOT,
    INPUT_PRIVACY_PAGE, /* what was recorded of this viewing */
    INPUT_SEEK,         /* value: so many seconds on, or back */
    INPUT_SKIP,         /* over what was seen before */
    INPUT_SPEED,        /* value: enum input_speed */
    INPUT_BAR,          /* show where the film is */
    INPUT_REWIND,       /* Backspace: back to an earlier decision */
    INPUT_MENU,         /* Escape, pad Start, the right button, a finger that stays */
    INPUT_BACK,         /* Escape, pad B: leave a page; value 1: Backspace, which leads one decision back elsewhere */
    INPUT_SCROLL,       /* value: so many lines down; the wheel, or a finger that moves, over a page */
    INPUT_FOCUS,        /* value: +1 next, -1 previous (Tab) */
    INPUT_FOCUS_COLUMN, /* value: +1 right, -1 left */
    INPUT_FOCUS_ROW,    /* value: +1 down, -1 up; +8 and -8 by pages; more: to the end */
    INPUT_CHOOSE,       /* Enter, pad A: take the option that has the focus */
    INPUT_DIGIT,        /* value 0..9: pick that option (1 is the first), or a digit of a code */
    INPUT_LETTER,       /* value: a Unicode character in lower case: first letter of an option, or a letter of a code */
    INPUT_ERASE,        /* Backspace in a code entry */
    INPUT_MOVE,         /* the pointer is at x, y */
    INPUT_CLICK,        /* pressed, or touched and let go, at x, y; value: number of clicks */
    INPUT_REDRAW,       /* the window was uncovered, resized or moved to another screen: draw again */
    INPUT_HIDDEN,       /* value 1: minimised; 0: visible again */
    INPUT_PAD_GONE,     /* the pad that was the last thing used was unplugged */
    INPUT_PAD_CAME,     /* a pad was plugged in */
    INPUT_DROP,         /* text: a file that was dropped on the window; valid until the next poll */
    INPUT_ACTIONS       /* how many there are */
};

/* Which speed is asked for; any larger value is one in per cent of the film's own. */
enum input_speed {
    INPUT_SPEED_HALF = -2, /* of what it is */
    INPUT_SPEED_SLOWER = -1,
    INPUT_SPEED_NORMAL = 0,
    INPUT_SPEED_FASTER = 1,
    INPUT_SPEED_DOUBLE = 2,
};

enum input_device { INPUT_KEYS, INPUT_MOUSE, INPUT_PAD, INPUT_TOUCH, INPUT_SYSTEM };

struct input_event {
    enum input_action action;
    enum input_device device;
    int value;
    int x, y;                      /* pixels of the window; for pointer actions only */
    int64_t at_us;                 /* when it happened, by g_get_monotonic_time() */
    enum input_action film_action; /* what the key means in INPUT_FILM; INPUT_NONE: nothing, or the same */
    int film_value;
    const char *text; /* see INPUT_DROP */
};

/* Never fails: without gamepads there are simply none. `w` may be NULL; it must outlive the input. */
struct input *input_open(struct window *w);
void input_close(struct input *in); /* accepts NULL */

/* Another place that events come from, asked when no device has any: it stores one and returns true, or has none. */
void input_also(struct input *in, bool (*next)(void *user, struct input_event *out), void *user);

/* The next action in this mode. False: there is none now. Never blocks. */
bool input_poll(struct input *in, enum input_mode mode, struct input_event *out);

/* Sleeps until something comes, a finger has rested for as long as INPUT_MENU takes, or timeout_us has passed, rounded down to milliseconds; at most a second when there is a
 * window. Returns at once if timeout_us is less than a millisecond. */
void input_wait(struct input *in, int64_t timeout_us);

/* Binds a key ("Ctrl+Q", "PageUp", "Pad a") to an action in place of what it did; INPUT_NONE: it does nothing any more. Where it
 * leads through choices and pages, it goes on doing so. False: there is no such key. */
bool input_bind(struct input *in, const char *key, enum input_action action, int value);

/* Does the key of this letter do something for the viewer while a decision is open, so that it takes no option? */
bool input_serves(const struct input *in, uint32_t letter);

/* The first key on the keyboard for this action, static. NULL: there is none. */
const char *input_key_of(const struct input *in, enum input_action a);

/* A name of a key as people call it, in `language` (see words_in()); g_free() it. */
char *input_key_words(const char *key, const char *language);

/* What the keys do, as sentences in `language`, *n rows in groups; input_help_free() them. */
struct input_help_row {
    const char *group; /* static: the group that begins here; NULL: the one before goes on */
    char *keys, *what;
};
struct input_help_row *input_help(const struct input *in, const char *language, int *n);
void input_help_free(struct input_help_row *rows, int n);

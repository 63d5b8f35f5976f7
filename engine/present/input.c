#include "present/input.h"
#include <assert.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <SDL2/SDL.h>
#include "base/units.h"
#include "base/words.h"
#include "present/window.h"

#define STICK_ON  20000 /* of 32767: beyond this the stick counts as moved */
#define STICK_OFF 10000 /* below this it counts as let go */

#define CHOOSING (INPUT_PANEL | INPUT_CODE)
#define WATCHING (INPUT_FILM | INPUT_PANEL | INPUT_CODE)

/* Beyond the end of any list. */
#define TO_THE_END 10000

#define HOLD_US  INT64_C(600000) /* a finger that rests for so long opens the menu */
#define AGAIN_US INT64_C(400000) /* two touches within this time, at the same place, are a double click */
#define SLOP     48              /* a finger that moves less than a 48th of the window's shorter side rests */
#define LINES    16 /* a finger that moves from one edge of the window to the other scrolls so many lines */

/* ---- the tables ---- */

/* What a key does in some modes. Keys are named as SDL names them ("Space", "F11", "Q"), with "Ctrl+", "Shift+" or
 * "Alt+" in front; the buttons of a gamepad are "Pad a", "Pad start", "Pad dpleft". `modes` is a set of enum
 * input_mode. */
struct input_binding {
    const char *key;
    int modes;
    enum input_action action;
    int value;
};

/* The keys are those of mpv where it has them. A sign that is neither letter nor digit is matched by what the key
 * types, wherever it is on the keyboard; everything else is matched by key. Later rows win. */
static const struct input_binding defaults[] = {
    {"Q", INPUT_ANY, INPUT_QUIT, 0},
    {"Ctrl+Q", INPUT_ANY, INPUT_QUIT, 0},
    {"Space", WATCHING, INPUT_PAUSE, 0},
    {"P", INPUT_ANY, INPUT_PAUSE, 0},
    {"AudioPlay", INPUT_ANY, INPUT_PAUSE, 0},
    {"F", INPUT_ANY, INPUT_FULLSCREEN, 0},
    {"F11", INPUT_ANY, INPUT_FULLSCREEN, 0},
    {"Alt+Return", INPUT_ANY, INPUT_FULLSCREEN, 0},
    {"Escape", WATCHING, INPUT_MENU, 0},
    {"Application", WATCHING, INPUT_MENU, 0},
    {"Pad start", INPUT_ANY, INPUT_MENU, 0},
    {"Escape", INPUT_PAGE, INPUT_BACK, 0},
    {"Backspace", INPUT_PAGE, INPUT_BACK, 1},
    {"Left", INPUT_FILM, INPUT_SEEK, -5},
    {"Right", INPUT_FILM, INPUT_SEEK, 5},
    {"Shift+Left", INPUT_FILM, INPUT_SEEK, -1},
    {"Shift+Right", INPUT_FILM, INPUT_SEEK, 1},
    {"Down", INPUT_FILM, INPUT_SEEK, -60},
    {"Up", INPUT_FILM, INPUT_SEEK, 60},
    {"Home", INPUT_FILM, INPUT_SEEK, -TO_THE_END},
    {"Pad dpleft", INPUT_FILM, INPUT_SEEK, -5},
    {"Pad dpright", INPUT_FILM, INPUT_SEEK, 5},
    {"Pad dpdown", INPUT_FILM, INPUT_SEEK, -60},
    {"Pad dpup", INPUT_FILM, INPUT_SEEK, 60},
    {"Tab", INPUT_FILM, INPUT_SKIP, 0},
    {"Pad b", INPUT_FILM, INPUT_SKIP, 0},
    {"[", INPUT_ANY, INPUT_SPEED, INPUT_SPEED_SLOWER},
    {"]", INPUT_ANY, INPUT_SPEED, INPUT_SPEED_FASTER},
    {"{", INPUT_ANY, INPUT_SPEED, INPUT_SPEED_HALF},
    {"}", INPUT_ANY, INPUT_SPEED, INPUT_SPEED_DOUBLE},
    {"=", INPUT_ANY, INPUT_SPEED, INPUT_SPEED_NORMAL},
    {"O", INPUT_FILM, INPUT_BAR, 0},
    {"Pad a", INPUT_FILM, INPUT_BAR, 0},
    {"9", INPUT_FILM, INPUT_VOLUME, -5},
    {"0", INPUT_FILM, INPUT_VOLUME, 5},
    {"/", INPUT_ANY, INPUT_VOLUME, -5},
    {"*", INPUT_ANY, INPUT_VOLUME, 5},
    {"M", INPUT_ANY, INPUT_MUTE, 0},
    {"J", INPUT_ANY, INPUT_SUBTITLES, 0},
    {"T", INPUT_ANY, INPUT_EXTRA_TIME, 0},
    {"Ctrl+T", INPUT_ANY, INPUT_EXTRA_TIME, 0},
    {"Pad rightstick", INPUT_ANY, INPUT_EXTRA_TIME, 0},
    {"I", INPUT_ANY, INPUT_STATS, 0},
    {"?", INPUT_ANY, INPUT_HELP, 0},
    {"H", INPUT_ANY, INPUT_HELP, 0},
    {"F1", INPUT_ANY, INPUT_HELP, 0},
    {"S", INPUT_ANY, INPUT_SCREENSHOT, 0},
    {"R", INPUT_ANY, INPUT_PRIVACY_PAGE, 0},
    {"Pad x", INPUT_ANY, INPUT_PRIVACY_PAGE, 0},
    {"PageUp", INPUT_PAGE, INPUT_FOCUS_ROW, -8},
    {"PageDown", INPUT_PAGE, INPUT_FOCUS_ROW, 8},
    {"Home", INPUT_PAGE, INPUT_FOCUS_ROW, -TO_THE_END},
    {"End", INPUT_PAGE, INPUT_FOCUS_ROW, TO_THE_END},
    {"Left", CHOOSING | INPUT_PAGE, INPUT_FOCUS_COLUMN, -1},
    {"Right", CHOOSING | INPUT_PAGE, INPUT_FOCUS_COLUMN, 1},
    {"Tab", CHOOSING, INPUT_FOCUS, 1},
    {"Shift+Tab", CHOOSING, INPUT_FOCUS, -1},
    {"Tab", INPUT_PAGE, INPUT_FOCUS_ROW, 1},
    {"Shift+Tab", INPUT_PAGE, INPUT_FOCUS_ROW, -1},
    {"Up", CHOOSING | INPUT_PAGE, INPUT_FOCUS_ROW, -1},
    {"Down", CHOOSING | INPUT_PAGE, INPUT_FOCUS_ROW, 1},
    {"Return", CHOOSING | INPUT_PAGE, INPUT_CHOOSE, 0},
    {"Keypad Enter", CHOOSING | INPUT_PAGE, INPUT_CHOOSE, 0},
    {"Space", INPUT_PAGE, INPUT_CHOOSE, 0},
    {"Backspace", INPUT_CODE, INPUT_ERASE, 0},
    {"Backspace", INPUT_FILM | INPUT_PANEL, INPUT_REWIND, 0},
    {"Pad back", INPUT_FILM | INPUT_PANEL, INPUT_REWIND, 0},
    {"Pad a", CHOOSING | INPUT_PAGE, INPUT_CHOOSE, 0},
    {"Pad b", INPUT_CODE, INPUT_ERASE, 0},
    {"Pad b", INPUT_PAGE, INPUT_BACK, 0},
    {"Pad y", INPUT_ANY, INPUT_HELP, 0},
    {"Pad leftshoulder", INPUT_ANY, INPUT_VOLUME, -5},
    {"Pad rightshoulder", INPUT_ANY, INPUT_VOLUME, 5},
    {"Pad dpleft", CHOOSING | INPUT_PAGE, INPUT_FOCUS_COLUMN, -1},
    {"Pad dpright", CHOOSING | INPUT_PAGE, INPUT_FOCUS_COLUMN, 1},
    {"Pad dpup", CHOOSING | INPUT_PAGE, INPUT_FOCUS_ROW, -1},
    {"Pad dpdown", CHOOSING | INPUT_PAGE, INPUT_FOCUS_ROW, 1},
};

enum input_group { GROUP_CHOICE, GROUP_FILM, GROUP_SOUND, GROUP_WINDOW, GROUPS };

static const char *const group_names[GROUPS] = {[GROUP_CHOICE] = WORDS("When the film asks"),
                                                [GROUP_FILM] = WORDS("The film"),
                                                [GROUP_SOUND] = WORDS("Sound and words"),
                                                [GROUP_WINDOW] = WORDS("The window")};

/* What the help says of an action: `less` if its value is below 0, `more` otherwise, but `none` if that is there and it is 0. */
static const struct {
    const char *less, *more, *none;
    enum input_group group;
    bool repeats; /* holding the key down repeats it */
} actions[INPUT_ACTIONS] = {
    [INPUT_QUIT] = {.more = WORDS("Leave"), .group = GROUP_WINDOW},
    [INPUT_PAUSE] = {.more = WORDS("Pause"), .group = GROUP_FILM},
    [INPUT_FULLSCREEN] = {.more = WORDS("Full screen"), .group = GROUP_WINDOW},
    [INPUT_VOLUME] = {.less = WORDS("Softer"), .more = WORDS("Louder"), .group = GROUP_SOUND, .repeats = true},
    [INPUT_MUTE] = {.more = WORDS("Sound off and on"), .group = GROUP_SOUND},
    [INPUT_SUBTITLES] = {.more = WORDS("Subtitles off and on"), .group = GROUP_SOUND},
    [INPUT_EXTRA_TIME] = {.more = WORDS("More time to decide"), .group = GROUP_CHOICE},
    [INPUT_INSPECT] = {.more = WORDS("Change the story as it plays"),
                       .none = WORDS("What the story does"),
                       .group = GROUP_WINDOW},
    [INPUT_STATS] = {.more = WORDS("Statistics"), .group = GROUP_WINDOW},
    [INPUT_HELP] = {.more = WORDS("These keys"), .group = GROUP_FILM},
    [INPUT_SCREENSHOT] = {.more = WORDS("Save a picture"), .group = GROUP_WINDOW},
    [INPUT_PRIVACY_PAGE] = {.more = WORDS("What was recorded"), .group = GROUP_FILM},
    [INPUT_SEEK] = {.less = WORDS("Back, within the scene"),
                    .more = WORDS("On, within the scene"),
                    .group = GROUP_FILM,
                    .repeats = true},
    [INPUT_SKIP] = {.more = WORDS("Skip what you have seen"), .group = GROUP_FILM},
    [INPUT_SPEED] = {.less = WORDS("Slower"),
                     .more = WORDS("Faster"),
                     .none = WORDS("The film's own speed"),
                     .group = GROUP_FILM,
                     .repeats = true},
    [INPUT_BAR] = {.more = WORDS("Where the film is"), .group = GROUP_FILM},
    [INPUT_REWIND] = {.more = WORDS("Back to an earlier decision"), .group = GROUP_FILM},
    [INPUT_MENU] = {.more = WORDS("Menu"), .group = GROUP_FILM},
    [INPUT_FOCUS] = {.less = WORDS("Previous option"), .more = WORDS("Next option"), .repeats = true},
    [INPUT_FOCUS_COLUMN] = {.less = WORDS("Option to the left"), .more = WORDS("Option to the right"), .repeats = true},
    [INPUT_FOCUS_ROW] = {.less = WORDS("Option above"), .more = WORDS("Option below"), .repeats = true},
    [INPUT_CHOOSE] = {.more = WORDS("Take the option")},
    [INPUT_ERASE] = {.more = WORDS("Erase"), .repeats = true},
};

/* Names of keys, where people call them otherwise than SDL does. */
static const struct {
    const char *name, *words;
} key_names[] = {
    {"Escape", WORDS("Esc")},
    {"Return", WORDS("Enter")},
    {"Keypad Enter", WORDS("Enter (number pad)")},
    {"Space", WORDS("Space")},
    {"Backspace", WORDS("Backspace")},
    {"Tab", WORDS("Tab")},
    {"AudioPlay", WORDS("Play")},
    {"Application", WORDS("Menu key")},
    {"PageUp", WORDS("Page up")},
    {"PageDown", WORDS("Page down")},
    {"Home", WORDS("Home")},
    {"End", WORDS("End")},
    {"Left", "\u2190"},
    {"Right", "\u2192"},
    {"Up", "\u2191"},
    {"Down", "\u2193"},
};
static const struct {
    const char *name, *words;
    Uint16 mod;
} mods[] = {
    {"Ctrl+", WORDS("Ctrl+"), KMOD_CTRL}, {"Shift+", WORDS("Shift+"), KMOD_SHIFT}, {"Alt+", WORDS("Alt+"), KMOD_ALT}};

/* A key as it is compared: one of sym, sign and button is set. */
struct input_key {
    SDL_Keycode sym;
    Uint16 mod; /* KMOD_CTRL, KMOD_SHIFT, KMOD_ALT, each with both of its bits */
    char sign;  /* what it types */
    int button; /* of a gamepad; -1: none */
};

struct bound_key {
    struct input_binding row;
    struct input_key key;
};

/* The finger that touches the window; others beside it count for nothing. */
struct touch {
    SDL_FingerID finger;
    bool down, moved; /* moved: it scrolls, and will be no click */
    bool held;        /* it has opened the menu */
    int x, y;         /* where it touched, in pixels of the window */
    int scrolled;     /* lines, since then */
    int64_t down_us, tapped_us;
    int tapped_x, tapped_y; /* the touch before, at tapped_us */
};

struct input {
    struct window *window;
    GArray *bound;  /* struct bound_key */
    guint built_in; /* so many of them are the player's own; then one for each of the viewer's */
    GPtrArray *pads;
    SDL_JoystickID used_pad; /* the last thing that was used; -1: something else was */
    int stick[2];            /* -1, 0, 1: where the left stick is held, by axis */
    struct touch touch;
    int rest_x, rest_y; /* where the pointer was on the desktop when the window opened */
    bool pointed;       /* it has moved since, or nobody tells where it is */
    char *dropped;
    bool subsystem;
    bool (*also)(void *user, struct input_event *out); /* see input_also(); may be NULL */
    void *also_user;
};

static bool input_check(const struct input *in)
{
    assert(ABS(in->stick[0]) <= 1 && ABS(in->stick[1]) <= 1);
    assert(!in->subsystem || in->window);
    return true;
}

/* ---- bindings ---- */

static bool take_prefix(const char **s, const char *prefix)
{
    const size_t n = strlen(prefix);
    if (g_ascii_strncasecmp(*s, prefix, n) != 0 || (*s)[n] == 0)
        return false;
    *s += n;
    return true;
}

static bool parse_key(const char *name, struct input_key *out)
{
    *out = (struct input_key){.button = -1};
    if (take_prefix(&name, "Pad ")) {
        out->button = SDL_GameControllerGetButtonFromString(name);
        return out->button != SDL_CONTROLLER_BUTTON_INVALID;
    }
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < G_N_ELEMENTS(mods); i++) {
            if (take_prefix(&name, mods[i].name)) {
                out->mod |= mods[i].mod;
                more = true;
            }
        }
    }
    if (name[0] && !name[1] && !g_ascii_isalnum(name[0])) {
        out->sign = name[0];
        return g_ascii_isgraph(name[0]);
    }
    out->sym = SDL_GetKeyFromName(name);
    return out->sym != SDLK_UNKNOWN;
}

static void add_binding(struct input *in, const struct input_binding *row)
{
    struct bound_key b = {.row = *row};
    if (parse_key(row->key, &b.key)) /* false: this version of SDL does not know the key */
        g_array_append_val(in->bound, b);
}

static bool same_key(const struct input_key *a, const struct input_key *b)
{
    return a->sym == b->sym && a->mod == b->mod && a->sign == b->sign && a->button == b->button;
}

/* What the key does in this mode: the last row with both. NULL: nothing. */
static const struct input_binding *find_binding(const struct input *in, const struct input_key *key, int mode)
{
    for (guint i = in->bound->len; i > 0; i--) {
        const struct bound_key *b = &g_array_index(in->bound, struct bound_key, i - 1);
        if ((b->row.modes & mode) && same_key(&b->key, key))
            return &b->row;
    }
    return NULL;
}

static bool leads_through(const struct input_binding *b)
{
    return b && (b->action == INPUT_FOCUS || b->action == INPUT_FOCUS_COLUMN || b->action == INPUT_FOCUS_ROW ||
                 b->action == INPUT_CHOOSE || b->action == INPUT_ERASE || b->action == INPUT_BACK);
}

/* As the tables write it. */
static const char *name_of(const char *key, const struct input_key *k)
{
    const char *at = key;
    GString *name = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(mods); i++)
        if (take_prefix(&at, mods[i].name))
            g_string_append(name, mods[i].name);
    g_string_append(name, k->sym ? SDL_GetKeyName(k->sym) : at);
    const char *kept = g_intern_string(name->str);
    g_string_free(name, TRUE);
    return kept;
}

bool input_bind(struct input *in, const char *key, enum input_action action, int value)
{
    struct bound_key b = {.row = {.action = action, .value = value}};
    if (!parse_key(key, &b.key))
        return false;
    b.row.key = name_of(key, &b.key);
    for (int mode = 1; mode < INPUT_ANY; mode <<= 1)
        if (!leads_through(find_binding(in, &b.key, mode)))
            b.row.modes |= mode;
    for (guint i = in->built_in; i < in->bound->len; i++)
        if (same_key(&g_array_index(in->bound, struct bound_key, i).key, &b.key)) {
            g_array_index(in->bound, struct bound_key, i) = b;
            return true;
        }
    g_array_append_val(in->bound, b);
    return true;
}

bool input_serves(const struct input *in, uint32_t letter)
{
    const struct input_key key = {.sym = (SDL_Keycode)g_unichar_tolower(letter), .button = -1};
    const struct input_binding *b = find_binding(in, &key, INPUT_PANEL);
    return b && b->action != INPUT_NONE;
}

/* ---- opening ---- */

struct input *input_open(struct window *w)
{
    struct input *in = g_new0(struct input, 1);
    in->window = w;
    in->bound = g_array_new(FALSE, TRUE, sizeof(struct bound_key));
    in->pads = g_ptr_array_new();
    in->used_pad = -1;
    for (size_t i = 0; i < G_N_ELEMENTS(defaults); i++)
        add_binding(in, &defaults[i]);
    in->built_in = in->bound->len;
    if (w && SDL_WasInit(SDL_INIT_VIDEO)) {
        in->subsystem = SDL_InitSubSystem(SDL_INIT_GAMECONTROLLER) == 0;
        SDL_StartTextInput();
    }
    in->pointed = !w || !window_pointer_place(w, &in->rest_x, &in->rest_y);
    assert(input_check(in));
    return in;
}

void input_close(struct input *in)
{
    if (!in)
        return;
    for (guint i = 0; i < in->pads->len; i++)
        SDL_GameControllerClose(in->pads->pdata[i]);
    g_ptr_array_unref(in->pads);
    g_array_unref(in->bound);
    g_free(in->dropped);
    if (in->subsystem)
        SDL_QuitSubSystem(SDL_INIT_GAMECONTROLLER);
    g_free(in);
}

/* ---- events become actions ---- */

static void set_action(struct input_event *e, enum input_action action, int value)
{
    e->action = action;
    e->value = value;
}

static void set_film_action(const struct input *in, const struct input_key *key, enum input_mode mode,
                            struct input_event *e)
{
    const struct input_binding *film = mode == INPUT_FILM ? NULL : find_binding(in, key, INPUT_FILM);
    if (film && (film->action != e->action || film->value != e->value)) {
        e->film_action = film->action;
        e->film_value = film->value;
    }
}

/* The digit on a key, by what it types, or else by where it is (on some keyboards the row of digits types signs). -1:
 * none. */
static int digit_of(const SDL_Keysym *k)
{
    if (k->sym >= SDLK_0 && k->sym <= SDLK_9)
        return k->sym - SDLK_0;
    if (k->sym == SDLK_KP_0)
        return 0;
    if (k->sym >= SDLK_KP_1 && k->sym <= SDLK_KP_9)
        return k->sym - SDLK_KP_1 + 1;
    const bool letter = k->sym < 0x40000000 && g_unichar_isalpha((gunichar)k->sym);
    if (!letter && k->scancode >= SDL_SCANCODE_1 && k->scancode <= SDL_SCANCODE_0)
        return (k->scancode - SDL_SCANCODE_1 + 1) % 10;
    return -1;
}

/* The key as bindings name it. On a keyboard without Latin letters the place of the key says which letter is meant. */
static struct input_key key_of(const SDL_Keysym *k)
{
    struct input_key key = {.sym = k->sym, .button = -1};
    if (k->sym > 0x7f && k->sym < 0x40000000 && k->scancode >= SDL_SCANCODE_A && k->scancode <= SDL_SCANCODE_Z)
        key.sym = SDLK_a + (k->scancode - SDL_SCANCODE_A);
    key.mod |= k->mod & KMOD_CTRL ? KMOD_CTRL : 0;
    key.mod |= k->mod & KMOD_SHIFT ? KMOD_SHIFT : 0;
    key.mod |= k->mod & KMOD_ALT ? KMOD_ALT : 0;
    return key;
}

static bool on_key(struct input *in, const SDL_KeyboardEvent *k, enum input_mode mode, struct input_event *e)
{
    const struct input_key key = key_of(&k->keysym);
    const bool plain = !(key.mod & (KMOD_CTRL | KMOD_ALT));
    const int digit = plain ? digit_of(&k->keysym) : -1;
    e->device = INPUT_KEYS;
    if (mode != INPUT_FILM && !k->repeat && digit >= 0) {
        set_action(e, INPUT_DIGIT, digit);
        set_film_action(in, &key, mode, e);
        return true;
    }
    const SDL_Keycode sym = k->keysym.sym;
    const bool letter = plain && sym < 0x40000000 && g_unichar_isalpha((gunichar)sym);
    const bool serves = letter && mode == INPUT_PANEL && input_serves(in, (uint32_t)key.sym);
    if (letter && !serves && (mode & (INPUT_PANEL | INPUT_CODE)) && !k->repeat) {
        set_action(e, INPUT_LETTER, (int)g_unichar_tolower((gunichar)sym));
        set_film_action(in, &key, mode, e);
        return true;
    }
    const struct input_binding *b = find_binding(in, &key, mode);
    if (!b || (k->repeat && !actions[b->action].repeats))
        return false;
    set_action(e, b->action, b->value);
    return true;
}

/* Signs ("?", "[") are taken from what was typed, because their place differs from keyboard to keyboard. */
static bool on_text(struct input *in, const SDL_TextInputEvent *t, enum input_mode mode, struct input_event *e)
{
    if (!t->text[0] || t->text[1] || g_ascii_isalnum(t->text[0]))
        return false;
    const struct input_key key = {.sign = t->text[0], .button = -1};
    const struct input_binding *b = find_binding(in, &key, mode);
    if (!b)
        return false;
    e->device = INPUT_KEYS;
    set_action(e, b->action, b->value);
    return true;
}

static bool on_button(struct input *in, int button, enum input_mode mode, struct input_event *e)
{
    const struct input_key key = {.button = button};
    const struct input_binding *b = find_binding(in, &key, mode);
    e->device = INPUT_PAD;
    if (b)
        set_action(e, b->action, b->value);
    return b != NULL;
}

/* The left stick works like the directional pad, one step for each push. */
static bool on_axis(struct input *in, const SDL_ControllerAxisEvent *a, enum input_mode mode, struct input_event *e)
{
    static const int buttons[2][2] = {{SDL_CONTROLLER_BUTTON_DPAD_LEFT, SDL_CONTROLLER_BUTTON_DPAD_RIGHT},
                                      {SDL_CONTROLLER_BUTTON_DPAD_UP, SDL_CONTROLLER_BUTTON_DPAD_DOWN}};
    if (a->axis != SDL_CONTROLLER_AXIS_LEFTX && a->axis != SDL_CONTROLLER_AXIS_LEFTY)
        return false;
    const int axis = a->axis == SDL_CONTROLLER_AXIS_LEFTY;
    const int held = abs(a->value) > STICK_ON    ? (a->value > 0 ? 1 : -1)
                     : abs(a->value) < STICK_OFF ? 0
                                                 : in->stick[axis];
    const bool moved = held && held != in->stick[axis];
    in->stick[axis] = held;
    assert(input_check(in));
    return moved && on_button(in, buttons[axis][held > 0], mode, e);
}

static void scale_pointer(const struct input *in, Uint32 window_id, int x, int y, struct input_event *e)
{
    int pw = 1, ph = 1, sw = 1, sh = 1;
    SDL_Window *w = SDL_GetWindowFromID(window_id);
    if (in->window && w) {
        window_size(in->window, &pw, &ph);
        SDL_GetWindowSize(w, &sw, &sh);
    }
    e->x = x * pw / MAX(sw, 1);
    e->y = y * ph / MAX(sh, 1);
}

/* A window that opens beneath a pointer is told where it is, and again when its frame moves the window. Nobody has pointed at
 * anything before the pointer itself moves. */
static bool pointer_moves(struct input *in)
{
    int x, y;
    if (!in->pointed)
        in->pointed = !window_pointer_place(in->window, &x, &y) || x != in->rest_x || y != in->rest_y;
    return in->pointed;
}

static bool on_motion(struct input *in, const SDL_MouseMotionEvent *m, struct input_event *e)
{
    e->device = INPUT_MOUSE;
    scale_pointer(in, m->windowID, m->x, m->y, e);
    set_action(e, INPUT_MOVE, 0);
    /* what SDL makes of touches is told by the touches themselves */
    return m->which != SDL_TOUCH_MOUSEID && pointer_moves(in);
}

static bool on_click(struct input *in, const SDL_MouseButtonEvent *m, struct input_event *e)
{
    e->device = INPUT_MOUSE;
    scale_pointer(in, m->windowID, m->x, m->y, e);
    if (m->button == SDL_BUTTON_LEFT)
        set_action(e, INPUT_CLICK, m->clicks);
    else if (m->button == SDL_BUTTON_RIGHT)
        set_action(e, INPUT_MENU, 0);
    return e->action != INPUT_NONE && m->which != SDL_TOUCH_MOUSEID;
}

/* The wheel sets the volume of the film, and scrolls what is over it. */
static bool on_wheel(const SDL_MouseWheelEvent *w, enum input_mode mode, struct input_event *e)
{
    e->device = INPUT_MOUSE;
    if (mode == INPUT_PAGE)
        set_action(e, INPUT_SCROLL, -w->y);
    else
        set_action(e, INPUT_VOLUME, w->y * 2);
    return w->y != 0;
}

/* ---- touch ---- */

static void place_touch(const struct input *in, const SDL_TouchFingerEvent *f, struct input_event *e)
{
    int w = 1, h = 1;
    if (in->window)
        window_size(in->window, &w, &h);
    e->device = INPUT_TOUCH;
    e->x = CLAMP((int)(f->x * (float)w), 0, w - 1);
    e->y = CLAMP((int)(f->y * (float)h), 0, h - 1);
}

static bool on_finger_down(struct input *in, const SDL_TouchFingerEvent *f, struct input_event *e)
{
    struct touch *t = &in->touch;
    place_touch(in, f, e);
    if (t->down)
        return false;
    *t = (struct touch){.finger = f->fingerId,
                        .down = true,
                        .x = e->x,
                        .y = e->y,
                        .down_us = e->at_us,
                        .tapped_us = t->tapped_us,
                        .tapped_x = t->tapped_x,
                        .tapped_y = t->tapped_y};
    set_action(e, INPUT_MOVE, 0);
    return true;
}

static int slop(const struct input *in)
{
    int w = 1, h = 1;
    window_size(in->window, &w, &h);
    return MAX(MIN(w, h) / SLOP, 2);
}

static bool on_finger_motion(struct input *in, const SDL_TouchFingerEvent *f, struct input_event *e)
{
    struct touch *t = &in->touch;
    int w = 1, h = 1;
    place_touch(in, f, e);
    if (!t->down || t->held || f->fingerId != t->finger)
        return false;
    window_size(in->window, &w, &h);
    t->moved |= MAX(ABS(e->x - t->x), ABS(e->y - t->y)) > slop(in);
    const int lines = t->moved ? (t->y - e->y) * LINES / h : 0;
    set_action(e, INPUT_SCROLL, lines - t->scrolled);
    t->scrolled = lines;
    return e->value != 0;
}

static bool on_finger_up(struct input *in, const SDL_TouchFingerEvent *f, struct input_event *e)
{
    struct touch *t = &in->touch;
    place_touch(in, f, e);
    if (!t->down || f->fingerId != t->finger)
        return false;
    const bool tap = !t->moved && !t->held;
    const bool again = t->tapped_us > 0 && t->down_us - t->tapped_us < AGAIN_US &&
                       ABS(t->x - t->tapped_x) <= 2 * slop(in) && ABS(t->y - t->tapped_y) <= 2 * slop(in);
    t->down = false;
    t->tapped_us = tap && !again ? t->down_us : 0;
    t->tapped_x = t->x;
    t->tapped_y = t->y;
    e->x = t->x;
    e->y = t->y;
    e->at_us = t->down_us;
    set_action(e, INPUT_CLICK, again ? 2 : 1);
    return tap;
}

/* How long the finger that rests has to rest on before it opens the menu; INT64_MAX: none rests. */
static int64_t rest_to_hold_us(const struct input *in, int64_t now_us)
{
    const struct touch *t = &in->touch;
    return t->down && !t->moved && !t->held ? MAX(t->down_us + HOLD_US - now_us, 0) : INT64_MAX;
}

static bool take_hold(struct input *in, struct input_event *e)
{
    const int64_t now_us = g_get_monotonic_time();
    if (rest_to_hold_us(in, now_us) > 0)
        return false;
    in->touch.held = true;
    *e = (struct input_event){
        .action = INPUT_MENU, .device = INPUT_TOUCH, .x = in->touch.x, .y = in->touch.y, .at_us = now_us};
    return true;
}

static bool on_window(const SDL_WindowEvent *w, struct input_event *e)
{
    static const struct {
        Uint8 event;
        enum input_action action;
        int value;
    } rows[] = {{SDL_WINDOWEVENT_EXPOSED, INPUT_REDRAW, 0},
                {SDL_WINDOWEVENT_SIZE_CHANGED, INPUT_REDRAW, 0},
                {SDL_WINDOWEVENT_DISPLAY_CHANGED, INPUT_REDRAW, 0},
                {SDL_WINDOWEVENT_MINIMIZED, INPUT_HIDDEN, 1},
                {SDL_WINDOWEVENT_HIDDEN, INPUT_HIDDEN, 1},
                {SDL_WINDOWEVENT_RESTORED, INPUT_HIDDEN, 0},
                {SDL_WINDOWEVENT_SHOWN, INPUT_HIDDEN, 0}};
    e->device = INPUT_SYSTEM;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (rows[i].event == w->event)
            set_action(e, rows[i].action, rows[i].value);
    return e->action != INPUT_NONE;
}

static bool pad_added(struct input *in, int index, struct input_event *e)
{
    SDL_GameController *pad = SDL_GameControllerOpen(index);
    if (pad && g_ptr_array_find(in->pads, pad, NULL)) {
        SDL_GameControllerClose(pad); /* SDL has announced it twice */
        return false;
    }
    if (pad)
        g_ptr_array_add(in->pads, pad);
    set_action(e, INPUT_PAD_CAME, 0);
    return pad != NULL;
}

/* True: the viewer had it in their hands. */
static bool pad_removed(struct input *in, SDL_JoystickID id, struct input_event *e)
{
    SDL_GameController *pad = SDL_GameControllerFromInstanceID(id);
    const bool used = in->used_pad == id;
    if (pad && g_ptr_array_remove(in->pads, pad))
        SDL_GameControllerClose(pad);
    if (used)
        in->used_pad = -1;
    set_action(e, INPUT_PAD_GONE, 0);
    return used;
}

/* What the viewer has in their hands now, if this event came from them. */
static void note_used(struct input *in, const SDL_Event *s, const struct input_event *e)
{
    if (e->device == INPUT_PAD)
        in->used_pad = s->type == SDL_CONTROLLERAXISMOTION ? s->caxis.which : s->cbutton.which;
    else if (e->device != INPUT_SYSTEM)
        in->used_pad = -1;
}

static bool on_drop(struct input *in, char *file, struct input_event *e)
{
    g_free(in->dropped);
    in->dropped = g_strdup(file);
    SDL_free(file);
    e->device = INPUT_SYSTEM;
    e->text = in->dropped;
    set_action(e, INPUT_DROP, 0);
    return in->dropped != NULL;
}

/* False: this event means nothing to us. */
static bool translate_event(struct input *in, const SDL_Event *s, enum input_mode mode, struct input_event *e)
{
    *e = (struct input_event){.device = INPUT_SYSTEM};
    e->at_us = g_get_monotonic_time() - (int64_t)(SDL_GetTicks() - s->common.timestamp) * US_PER_MS;
    switch (s->type) {
    case SDL_QUIT:
        set_action(e, INPUT_QUIT, 0);
        return true;
    case SDL_KEYDOWN:
        return on_key(in, &s->key, mode, e);
    case SDL_TEXTINPUT:
        return on_text(in, &s->text, mode, e);
    case SDL_MOUSEMOTION:
        return on_motion(in, &s->motion, e);
    case SDL_MOUSEBUTTONDOWN:
        return on_click(in, &s->button, e);
    case SDL_MOUSEWHEEL:
        return on_wheel(&s->wheel, mode, e);
    case SDL_FINGERDOWN:
        return on_finger_down(in, &s->tfinger, e);
    case SDL_FINGERMOTION:
        return on_finger_motion(in, &s->tfinger, e);
    case SDL_FINGERUP:
        return on_finger_up(in, &s->tfinger, e);
    case SDL_CONTROLLERBUTTONDOWN:
        return on_button(in, s->cbutton.button, mode, e);
    case SDL_CONTROLLERAXISMOTION:
        return on_axis(in, &s->caxis, mode, e);
    case SDL_CONTROLLERDEVICEADDED:
        return pad_added(in, s->cdevice.which, e);
    case SDL_CONTROLLERDEVICEREMOVED:
        return pad_removed(in, s->cdevice.which, e);
    case SDL_WINDOWEVENT:
        return on_window(&s->window, e);
    case SDL_RENDER_TARGETS_RESET:
    case SDL_RENDER_DEVICE_RESET:
        set_action(e, INPUT_REDRAW, 0);
        return true;
    case SDL_DROPFILE:
        return on_drop(in, s->drop.file, e);
    default:
        return false;
    }
}

bool input_poll(struct input *in, enum input_mode mode, struct input_event *out)
{
    SDL_Event s;
    if (!in->window || !SDL_WasInit(SDL_INIT_VIDEO))
        return false;
    while (SDL_PollEvent(&s)) {
        const bool told = translate_event(in, &s, mode, out);
        if (told || s.type != SDL_MOUSEMOTION) /* a key is used although it means nothing now; a pointer may rest */
            note_used(in, &s, out);
        if (told)
            return true;
    }
    return take_hold(in, out) || (in->also && in->also(in->also_user, out));
}

void input_also(struct input *in, bool (*next)(void *user, struct input_event *out), void *user)
{
    in->also = next;
    in->also_user = user;
}

void input_wait(struct input *in, int64_t timeout_us)
{
    const int64_t hold_us = rest_to_hold_us(in, g_get_monotonic_time());
    timeout_us = hold_us < timeout_us ? hold_us + US_PER_MS : timeout_us;
    if (timeout_us < US_PER_MS)
        return;
    if (in->window && SDL_WasInit(SDL_INIT_VIDEO))
        SDL_WaitEventTimeout(NULL, (int)MIN(timeout_us / US_PER_MS, 1000));
    else
        g_usleep((gulong)(timeout_us / US_PER_MS * US_PER_MS));
}

/* ---- help ---- */

static const char *help_sentence(const struct input_binding *row)
{
    if (row->value == 0 && actions[row->action].none)
        return actions[row->action].none;
    return row->value < 0 ? actions[row->action].less : actions[row->action].more;
}

/* Is row i the one that counts for its key, in the first of its modes? */
static bool is_in_force(const struct input *in, guint i)
{
    const struct bound_key *b = &g_array_index(in->bound, struct bound_key, i);
    return find_binding(in, &b->key, b->row.modes & -b->row.modes) == &b->row;
}

const char *input_key_of(const struct input *in, enum input_action a)
{
    for (guint i = 0; i < in->bound->len; i++) {
        const struct bound_key *b = &g_array_index(in->bound, struct bound_key, i);
        if (b->row.action == a && b->key.button < 0 && is_in_force(in, i))
            return b->row.key;
    }
    return NULL;
}

char *input_key_words(const char *key, const char *language)
{
    GString *words = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(mods); i++)
        if (take_prefix(&key, mods[i].name))
            g_string_append(words, words_in(language, mods[i].words));
    for (size_t i = 0; i < G_N_ELEMENTS(key_names); i++)
        if (g_str_equal(key, key_names[i].name))
            key = words_in(language, key_names[i].words);
    g_string_append(words, key);
    return g_string_free(words, FALSE);
}

static void add_help(GArray *out, guint from, const char *keys, const char *what)
{
    for (guint i = from; i < out->len; i++) {
        struct input_help_row *row = &g_array_index(out, struct input_help_row, i);
        if (!g_str_equal(row->what, what))
            continue;
        char *more = g_strdup_printf("%s, %s", row->keys, keys);
        g_free(row->keys);
        row->keys = more;
        return;
    }
    const struct input_help_row row = {NULL, g_strdup(keys), g_strdup(what)};
    g_array_append_val(out, row);
}

/* Every key of the group that is in force while the film runs; those with a value below 0 come before their opposites. */
static void add_group(const struct input *in, const char *language, enum input_group group, GArray *out)
{
    const guint from = out->len;
    if (group == GROUP_CHOICE)
        add_help(out, from, words_in(language, "1 - 9 and 0, first letter"), words_in(language, "Take that option"));
    for (guint i = 0; i < in->bound->len; i++) {
        const struct bound_key *b = &g_array_index(in->bound, struct bound_key, i);
        const char *what = help_sentence(&b->row);
        if (!what || actions[b->row.action].group != group || b->key.button >= 0 || !(b->row.modes & WATCHING) ||
            !is_in_force(in, i))
            continue;
        g_autofree char *keys = input_key_words(b->row.key, language);
        add_help(out, from, keys, words_in(language, what));
    }
    if (out->len > from)
        g_array_index(out, struct input_help_row, from).group = words_in(language, group_names[group]);
}

struct input_help_row *input_help(const struct input *in, const char *language, int *n)
{
    GArray *out = g_array_new(FALSE, TRUE, sizeof(struct input_help_row));
    for (int group = 0; group < GROUPS; group++)
        add_group(in, language, (enum input_group)group, out);
    *n = (int)out->len;
    return (struct input_help_row *)(void *)g_array_free(out, FALSE);
}

void input_help_free(struct input_help_row *rows, int n)
{
    for (int i = 0; i < n; i++) {
        g_free(rows[i].keys);
        g_free(rows[i].what);
    }
    g_free(rows);
}

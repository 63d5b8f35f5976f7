/* Input: what keys, signs, mouse, touch and gamepads mean in each mode, and the help. Events are put into SDL's own
 * queue, with SDL's dummy video. */
#include "tap.h"
#include <SDL2/SDL.h>
#include "base/units.h"
#include "present/input.h"
#include "present/window.h"

/* SDL may report an empty queue once between events of its own and those that were pushed, so ask twice. */
static bool next(struct input *in, enum input_mode mode, struct input_event *e)
{
    return input_poll(in, mode, e) || input_poll(in, mode, e);
}

static void drain(struct input *in)
{
    struct input_event e;
    while (next(in, INPUT_FILM, &e))
        ;
}

static void key(SDL_Keycode sym, SDL_Scancode code, Uint16 mod, bool repeat)
{
    SDL_Event e = {.type = SDL_KEYDOWN};
    e.key.timestamp = SDL_GetTicks();
    e.key.keysym = (SDL_Keysym){.sym = sym, .scancode = code, .mod = mod};
    e.key.repeat = repeat;
    SDL_PushEvent(&e);
}

static void typed(const char *s)
{
    SDL_Event e = {.type = SDL_TEXTINPUT};
    g_strlcpy(e.text.text, s, sizeof e.text.text);
    SDL_PushEvent(&e);
}

static const struct {
    const char *what;
    SDL_Keycode sym;
    SDL_Scancode code;
    Uint16 mod;
    const char *text;
    enum input_mode mode;
    enum input_action action;
    int value;
    enum input_action film_action;
} keys[] = {
    {"space pauses the film", SDLK_SPACE, SDL_SCANCODE_SPACE, 0, NULL, INPUT_FILM, INPUT_PAUSE, 0, INPUT_NONE},
    {"space pauses while a panel is open", SDLK_SPACE, SDL_SCANCODE_SPACE, 0, NULL, INPUT_PANEL, INPUT_PAUSE, 0,
     INPUT_NONE},
    {"space answers a page", SDLK_SPACE, SDL_SCANCODE_SPACE, 0, NULL, INPUT_PAGE, INPUT_CHOOSE, 0, INPUT_NONE},
    {"f is full screen", SDLK_f, SDL_SCANCODE_F, 0, NULL, INPUT_FILM, INPUT_FULLSCREEN, 0, INPUT_NONE},
    {"q leaves over a page, whose lines have no letters", SDLK_q, SDL_SCANCODE_Q, 0, NULL, INPUT_PAGE, INPUT_QUIT, 0,
     INPUT_NONE},
    {"f is full screen while a panel is open, too", SDLK_f, SDL_SCANCODE_F, 0, NULL, INPUT_PANEL, INPUT_FULLSCREEN, 0,
     INPUT_NONE},
    {"t is more time, and no first letter", SDLK_t, SDL_SCANCODE_T, 0, NULL, INPUT_PANEL, INPUT_EXTRA_TIME, 0,
     INPUT_NONE},
    {"q leaves, and is no first letter", SDLK_q, SDL_SCANCODE_Q, 0, NULL, INPUT_PANEL, INPUT_QUIT, 0, INPUT_NONE},
    {"in a code, q is typed", SDLK_q, SDL_SCANCODE_Q, 0, NULL, INPUT_CODE, INPUT_LETTER, 'q', INPUT_QUIT},
    {"x is just a letter", SDLK_x, SDL_SCANCODE_X, 0, NULL, INPUT_PANEL, INPUT_LETTER, 'x', INPUT_NONE},
    {"a Greek letter", 0x3c3, SDL_SCANCODE_S, 0, NULL, INPUT_CODE, INPUT_LETTER, 0x3c3, INPUT_SCREENSHOT},
    {"on a Greek keyboard the key of f is full screen", 0x3c6, SDL_SCANCODE_F, 0, NULL, INPUT_FILM, INPUT_FULLSCREEN, 0,
     INPUT_NONE},
    {"9 is softer", SDLK_9, SDL_SCANCODE_9, 0, NULL, INPUT_FILM, INPUT_VOLUME, -5, INPUT_NONE},
    {"9 is the ninth option, else softer", SDLK_9, SDL_SCANCODE_9, 0, NULL, INPUT_PANEL, INPUT_DIGIT, 9, INPUT_VOLUME},
    {"the number pad", SDLK_KP_3, SDL_SCANCODE_KP_3, 0, NULL, INPUT_PANEL, INPUT_DIGIT, 3, INPUT_NONE},
    {"the row of digits on a French keyboard", SDLK_AMPERSAND, SDL_SCANCODE_1, 0, NULL, INPUT_PANEL, INPUT_DIGIT, 1,
     INPUT_NONE},
    {"a digit of a code", SDLK_0, SDL_SCANCODE_0, 0, NULL, INPUT_CODE, INPUT_DIGIT, 0, INPUT_VOLUME},
    {"backspace erases a code", SDLK_BACKSPACE, SDL_SCANCODE_BACKSPACE, 0, NULL, INPUT_CODE, INPUT_ERASE, 0,
     INPUT_NONE},
    {"right moves the light", SDLK_RIGHT, SDL_SCANCODE_RIGHT, 0, NULL, INPUT_PANEL, INPUT_FOCUS_COLUMN, 1, INPUT_NONE},
    {"right goes on in the film", SDLK_RIGHT, SDL_SCANCODE_RIGHT, 0, NULL, INPUT_FILM, INPUT_SEEK, 5, INPUT_NONE},
    {"with shift by a second", SDLK_LEFT, SDL_SCANCODE_LEFT, KMOD_LSHIFT, NULL, INPUT_FILM, INPUT_SEEK, -1, INPUT_NONE},
    {"tab skips in the film", SDLK_TAB, SDL_SCANCODE_TAB, 0, NULL, INPUT_FILM, INPUT_SKIP, 0, INPUT_NONE},
    {"o is a letter to a panel, else the bar", SDLK_o, SDL_SCANCODE_O, 0, NULL, INPUT_PANEL, INPUT_LETTER, 'o',
     INPUT_BAR},
    {"backspace goes back in the film", SDLK_BACKSPACE, SDL_SCANCODE_BACKSPACE, 0, NULL, INPUT_FILM, INPUT_REWIND, 0,
     INPUT_NONE},
    {"tab", SDLK_TAB, SDL_SCANCODE_TAB, 0, NULL, INPUT_PANEL, INPUT_FOCUS, 1, INPUT_NONE},
    {"shift tab", SDLK_TAB, SDL_SCANCODE_TAB, KMOD_LSHIFT, NULL, INPUT_PANEL, INPUT_FOCUS, -1, INPUT_NONE},
    {"enter chooses", SDLK_RETURN, SDL_SCANCODE_RETURN, 0, NULL, INPUT_PANEL, INPUT_CHOOSE, 0, INPUT_NONE},
    {"enter means nothing to the film", SDLK_RETURN, SDL_SCANCODE_RETURN, 0, NULL, INPUT_FILM, INPUT_NONE, 0,
     INPUT_NONE},
    {"alt enter is full screen", SDLK_RETURN, SDL_SCANCODE_RETURN, KMOD_LALT, NULL, INPUT_PANEL, INPUT_FULLSCREEN, 0,
     INPUT_NONE},
    {"ctrl q quits even from a panel", SDLK_q, SDL_SCANCODE_Q, KMOD_RCTRL, NULL, INPUT_PANEL, INPUT_QUIT, 0,
     INPUT_NONE},
    {"caps lock changes nothing", SDLK_q, SDL_SCANCODE_Q, KMOD_CAPS, NULL, INPUT_FILM, INPUT_QUIT, 0, INPUT_NONE},
    {"escape opens the menu", SDLK_ESCAPE, SDL_SCANCODE_ESCAPE, 0, NULL, INPUT_PANEL, INPUT_MENU, 0, INPUT_NONE},
    {"escape leaves a page", SDLK_ESCAPE, SDL_SCANCODE_ESCAPE, 0, NULL, INPUT_PAGE, INPUT_BACK, 0, INPUT_NONE},
    {"backspace leaves a page, too", SDLK_BACKSPACE, SDL_SCANCODE_BACKSPACE, 0, NULL, INPUT_PAGE, INPUT_BACK, 1,
     INPUT_NONE},
    {"tab goes down a page", SDLK_TAB, SDL_SCANCODE_TAB, 0, NULL, INPUT_PAGE, INPUT_FOCUS_ROW, 1, INPUT_NONE},
    {"right changes a setting", SDLK_RIGHT, SDL_SCANCODE_RIGHT, 0, NULL, INPUT_PAGE, INPUT_FOCUS_COLUMN, 1, INPUT_NONE},
    {"m mutes over a page, too", SDLK_m, SDL_SCANCODE_M, 0, NULL, INPUT_PAGE, INPUT_MUTE, 0, INPUT_NONE},
    {"? is help, wherever it is", 0, 0, 0, "?", INPUT_PANEL, INPUT_HELP, 0, INPUT_NONE},
    {"a typed letter is left to the key", 0, 0, 0, "f", INPUT_FILM, INPUT_NONE, 0, INPUT_NONE},
};

static void test_keys(struct input *in)
{
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        struct input_event e = {0};
        drain(in);
        if (keys[i].text)
            typed(keys[i].text);
        else
            key(keys[i].sym, keys[i].code, keys[i].mod, false);
        const bool any = next(in, keys[i].mode, &e);
        const bool good = any == (keys[i].action != INPUT_NONE) &&
                          (!any || (e.action == keys[i].action && e.value == keys[i].value &&
                                    e.film_action == keys[i].film_action && e.device == INPUT_KEYS));
        ok(good, "%s", keys[i].what);
        if (!good)
            printf("# action %d value %d otherwise %d\n", e.action, e.value, e.film_action);
    }
    struct input_event e;
    drain(in);
    key(SDLK_p, SDL_SCANCODE_P, 0, true);
    ok(!next(in, INPUT_FILM, &e), "a held key does not pause again and again");
    key(SDLK_RETURN, SDL_SCANCODE_RETURN, 0, true);
    key(SDLK_1, SDL_SCANCODE_1, 0, true);
    key(SDLK_a, SDL_SCANCODE_A, 0, true);
    ok(!next(in, INPUT_PANEL, &e), "nor does it take an option of a question that opens meanwhile");
    key(SDLK_RETURN, SDL_SCANCODE_RETURN, 0, true);
    ok(!next(in, INPUT_PAGE, &e), "nor answer a page");
    key(SDLK_RIGHT, SDL_SCANCODE_RIGHT, 0, true);
    ok(next(in, INPUT_PANEL, &e) && e.action == INPUT_FOCUS_COLUMN, "but moves the light on");
}

static void test_pointer(struct input *in)
{
    struct input_event e = {0};
    SDL_Event s = {.type = SDL_MOUSEBUTTONDOWN};
    drain(in);
    s.button.button = SDL_BUTTON_LEFT;
    s.button.clicks = 2;
    s.button.x = 30;
    s.button.y = 40;
    SDL_PushEvent(&s);
    ok(next(in, INPUT_PANEL, &e) && e.action == INPUT_CLICK && e.value == 2 && e.x == 30 && e.y == 40 &&
           e.device == INPUT_MOUSE,
       "a double click");
    s.button.which = SDL_TOUCH_MOUSEID;
    SDL_PushEvent(&s);
    ok(!next(in, INPUT_PANEL, &e), "a mouse that is a finger is nothing");
    s.button.which = 0;
    s.button.button = SDL_BUTTON_RIGHT;
    SDL_PushEvent(&s);
    ok(next(in, INPUT_PANEL, &e) && e.action == INPUT_MENU, "the right button opens the menu");
    s = (SDL_Event){.type = SDL_MOUSEWHEEL};
    s.wheel.y = -1;
    SDL_PushEvent(&s);
    ok(next(in, INPUT_FILM, &e) && e.action == INPUT_VOLUME && e.value == -2, "the wheel: softer");
    SDL_PushEvent(&s);
    ok(next(in, INPUT_PAGE, &e) && e.action == INPUT_SCROLL && e.value == 1, "over a page, it scrolls down");

    s = (SDL_Event){.type = SDL_CONTROLLERBUTTONDOWN};
    s.cbutton.button = SDL_CONTROLLER_BUTTON_A;
    SDL_PushEvent(&s);
    ok(next(in, INPUT_PANEL, &e) && e.action == INPUT_CHOOSE && e.device == INPUT_PAD, "a pad's button");
}

static void finger(Uint32 type, SDL_FingerID id, float x, float y)
{
    SDL_Event s = {.type = type};
    s.tfinger.timestamp = SDL_GetTicks();
    s.tfinger.fingerId = id;
    s.tfinger.x = x;
    s.tfinger.y = y;
    SDL_PushEvent(&s);
}

static bool click_comes(struct input *in, int times)
{
    struct input_event e = {0};
    return next(in, INPUT_PANEL, &e) && e.action == INPUT_CLICK && e.value == times && e.x == 320 && e.y == 90 &&
           e.device == INPUT_TOUCH;
}

static void test_touch(struct input *in)
{
    struct input_event e = {0};
    drain(in);
    for (int times = 1; times <= 2; times++) {
        finger(SDL_FINGERDOWN, 7, 0.5F, 0.25F);
        ok(next(in, INPUT_PANEL, &e) && e.action == INPUT_MOVE && e.x == 320 && e.y == 90 && e.device == INPUT_TOUCH,
           "a finger touches");
        finger(SDL_FINGERDOWN, 8, 0.1F, 0.1F);
        finger(SDL_FINGERUP, 8, 0.1F, 0.1F);
        finger(SDL_FINGERUP, 7, 0.501F, 0.251F);
        ok(click_comes(in, times), "let go, it is click number %d; another finger beside it is nothing", times);
    }
    finger(SDL_FINGERDOWN, 1, 0.5F, 0.8F);
    finger(SDL_FINGERMOTION, 1, 0.5F, 0.3F);
    ok(next(in, INPUT_PAGE, &e) && next(in, INPUT_PAGE, &e) && e.action == INPUT_SCROLL && e.value == 8,
       "a finger that moves up by half of the window scrolls down by 8 lines");
    finger(SDL_FINGERUP, 1, 0.5F, 0.3F);
    ok(!next(in, INPUT_PAGE, &e), "and is no click");

    finger(SDL_FINGERDOWN, 1, 0.5F, 0.5F);
    next(in, INPUT_FILM, &e);
    bool held = false;
    while (!held) {
        input_wait(in, 5 * US_PER_SECOND);
        held = input_poll(in, INPUT_FILM, &e) && e.action == INPUT_MENU && e.device == INPUT_TOUCH;
    }
    ok(held && !next(in, INPUT_FILM, &e), "a finger that stays opens the menu, once");
    finger(SDL_FINGERUP, 1, 0.5F, 0.5F);
    ok(!next(in, INPUT_FILM, &e), "and is no click");
}

static int stick(struct input *in, int x)
{
    struct input_event e = {0};
    SDL_Event s = {.type = SDL_CONTROLLERAXISMOTION};
    s.caxis.axis = SDL_CONTROLLER_AXIS_LEFTX;
    s.caxis.value = (Sint16)x;
    SDL_PushEvent(&s);
    return next(in, INPUT_PANEL, &e) ? e.value : 0;
}

static void test_stick(struct input *in)
{
    drain(in);
    is_int(stick(in, 8000), 0, "a resting stick");
    is_int(stick(in, 30000), 1, "pushed to the right");
    is_int(stick(in, 32000), 0, "held: once only");
    is_int(stick(in, 15000), 0, "not quite let go");
    is_int(stick(in, 30000), 0, "still the same push");
    is_int(stick(in, 0), 0, "let go");
    is_int(stick(in, -30000), -1, "pushed to the left");
}

/* The next event from a pad that came or went, INPUT_NONE: none comes. Others are not looked at. */
static enum input_action pads_tell(struct input *in)
{
    struct input_event e;
    SDL_PumpEvents();
    while (next(in, INPUT_PANEL, &e))
        if (e.action == INPUT_PAD_CAME || e.action == INPUT_PAD_GONE)
            return e.action;
    return INPUT_NONE;
}

static SDL_Joystick *plug_in(void)
{
    return SDL_JoystickOpen(SDL_JoystickAttachVirtual(SDL_JOYSTICK_TYPE_GAMECONTROLLER, SDL_CONTROLLER_AXIS_MAX,
                                                      SDL_CONTROLLER_BUTTON_MAX, 0));
}

static void unplug(SDL_Joystick *pad)
{
    const SDL_JoystickID id = SDL_JoystickInstanceID(pad);
    SDL_JoystickClose(pad);
    for (int i = 0; i < SDL_NumJoysticks(); i++)
        if (SDL_JoystickGetDeviceInstanceID(i) == id) {
            SDL_JoystickDetachVirtual(i);
            return;
        }
}

/* SDL's virtual pads: whoever loses the one that they held is told from whoever plays with something else. */
static void test_pads(struct input *in)
{
    static const struct {
        const char *what;
        int presses; /* which pad is pressed, -1: none */
        bool key;    /* a key is, after it */
        enum input_action told;
    } rows[] = {{"the pad that was used last is unplugged", 0, false, INPUT_PAD_GONE},
                {"a pad that was not used", -1, false, INPUT_NONE},
                {"a pad, but another one is used", 1, false, INPUT_NONE},
                {"a pad, but the keys are used since", 0, true, INPUT_NONE}};
    drain(in);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct input_event e;
        SDL_Joystick *pads[2] = {plug_in(), NULL};
        is_int(pads_tell(in), INPUT_PAD_CAME, "a pad is plugged in");
        pads[1] = plug_in();
        is_int(pads_tell(in), INPUT_PAD_CAME, "another one");
        key(SDLK_RETURN, SDL_SCANCODE_RETURN, 0, false);
        ok(next(in, INPUT_PANEL, &e) && e.device == INPUT_KEYS, "a key is pressed");
        if (rows[i].presses >= 0) {
            SDL_JoystickSetVirtualButton(pads[rows[i].presses], SDL_CONTROLLER_BUTTON_A, 1);
            ok(next(in, INPUT_PANEL, &e) && e.action == INPUT_CHOOSE && e.device == INPUT_PAD, "a button is pressed");
        }
        if (rows[i].key)
            key(SDLK_RETURN, SDL_SCANCODE_RETURN, 0, false);
        drain(in);
        unplug(pads[0]);
        is_int(pads_tell(in), rows[i].told, rows[i].what);
        unplug(pads[1]);
        drain(in);
    }
}

static void test_help(struct input *in)
{
    int rows = 0, groups = 0;
    struct input_help_row *help = input_help(in, NULL, &rows);
    bool mute = false, pause = false;
    for (int i = 0; i < rows; i++) {
        mute |= g_str_equal(help[i].keys, "M");
        pause |= g_str_equal(help[i].what, "Pause") && strstr(help[i].keys, "Space");
        groups += help[i].group != NULL;
    }
    ok(rows > 10 && rows < 40 && pause && mute && groups == 4, "the help shows the keys in force: %d rows in %d groups",
       rows, groups);
    input_help_free(help, rows);
    help = input_help(in, "de-AT", &rows);
    is_str(help[0].what, "Diese Möglichkeit wählen", "in German, too");
    input_help_free(help, rows);
    g_autofree char *called = input_key_words("Ctrl+Return", "de");
    is_str(called, "Strg+Eingabe", "a key as people call it");
    is_str(input_key_of(in, INPUT_PRIVACY_PAGE), "R", "the key of an action");
    ok(input_key_of(in, INPUT_CLICK) == NULL, "none, where no key does it");
}

int main(void)
{
    g_setenv("SDL_VIDEODRIVER", "dummy", TRUE);
    g_setenv(SDL_HINT_JOYSTICK_ALLOW_BACKGROUND_EVENTS, "1", TRUE); /* this window has no focus */
    GError *error = NULL;
    struct window *w =
        window_open(&(struct window_options){.width = 640, .height = 360, .renderer = WINDOW_SURFACE}, &error);
    if (!w) {
        skip("devices", error->message);
        return tap_done();
    }
    struct input *in = input_open(w);
    test_keys(in);
    test_pointer(in);
    test_touch(in);
    test_stick(in);
    test_pads(in);
    test_help(in);
    input_close(in);
    window_close(w);
    return tap_done();
}

/*
 * pad: a game pad and a finger in the player's hand, preloaded (LD_PRELOAD) by the tests of the window, which compile it: cc
 * -shared -fPIC … -lSDL2. The pad is SDL's virtual one; the finger puts SDL's events into its queue; all behind them is the
 * real way. PAD_CONTROL names a file with one line, a count and a button as SDL calls it: each time the count is another one,
 * that button is pressed and let go. "touch X Y", in thousandths of the window, touches it there; "hold X Y" stays until
 * something else is asked for. "drop -" drops the file that PAD_DROP names on the window.
 */
#include <SDL2/SDL.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define POLL_US 5000
#define HOLD_US 80000

struct order {
    int count;
    char what[32];
    int x, y; /* of a finger */
};

static SDL_Joystick *attach(void)
{
    while (!SDL_WasInit(SDL_INIT_GAMECONTROLLER))
        usleep(POLL_US);
    const int i = SDL_JoystickAttachVirtual(SDL_JOYSTICK_TYPE_GAMECONTROLLER, SDL_CONTROLLER_AXIS_MAX,
                                            SDL_CONTROLLER_BUTTON_MAX, 0);
    return i < 0 ? NULL : SDL_JoystickOpen(i);
}

/* False: nothing new. */
static int read_order(struct order *o)
{
    FILE *f = fopen(getenv("PAD_CONTROL"), "re");
    struct order next = {0};
    const int found =
        f && fscanf(f, "%d %31s %d %d", &next.count, next.what, &next.x, &next.y) >= 2 && next.count != o->count;
    if (f)
        fclose(f);
    if (found)
        *o = next;
    return found;
}

static void finger(Uint32 type, const struct order *o)
{
    SDL_Event e = {.type = type};
    e.tfinger.timestamp = SDL_GetTicks();
    e.tfinger.fingerId = 1;
    e.tfinger.x = (float)o->x / 1000;
    e.tfinger.y = (float)o->y / 1000;
    SDL_PushEvent(&e);
}

static void drop(void)
{
    SDL_Event e = {.type = SDL_DROPFILE};
    e.drop.timestamp = SDL_GetTicks();
    e.drop.file = SDL_strdup(getenv("PAD_DROP"));
    SDL_PushEvent(&e);
}

static void press(SDL_Joystick *pad, const char *what)
{
    const int b = SDL_GameControllerGetButtonFromString(what);
    SDL_JoystickSetVirtualButton(pad, b, 1);
    usleep(HOLD_US);
    SDL_JoystickSetVirtualButton(pad, b, 0);
}

static void *follow(void *unused)
{
    SDL_Joystick *pad = attach();
    struct order o = {0}, held = {0};
    for (; pad; usleep(POLL_US)) {
        if (!read_order(&o))
            continue;
        if (held.count)
            finger(SDL_FINGERUP, &held);
        held = (struct order){0};
        if (strcmp(o.what, "drop") == 0) {
            drop();
            continue;
        }
        if (strcmp(o.what, "hold") != 0 && strcmp(o.what, "touch") != 0) {
            press(pad, o.what);
            continue;
        }
        finger(SDL_FINGERDOWN, &o);
        held = o.what[0] == 'h' ? o : held;
        if (!held.count)
            finger(SDL_FINGERUP, &o);
    }
    return unused;
}

__attribute__((constructor)) static void start(void)
{
    pthread_t thread;
    if (getenv("PAD_CONTROL") && pthread_create(&thread, NULL, follow, NULL) == 0)
        pthread_detach(thread);
}

/*
 * pad: a game pad in the player's hand, preloaded (LD_PRELOAD) by tests/e2e/window.py, which compiles it: cc -shared -fPIC …
 * -lSDL2. It is SDL's virtual one; all behind it is the real way of a pad's buttons. PAD_CONTROL names a file with one line, a
 * count and a button as SDL calls it: each time the count is another one, that button is pressed and let go.
 */
#include <SDL2/SDL.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define POLL_US 5000
#define HOLD_US 80000

static SDL_Joystick *attach(void)
{
    while (!SDL_WasInit(SDL_INIT_GAMECONTROLLER))
        usleep(POLL_US);
    const int i = SDL_JoystickAttachVirtual(SDL_JOYSTICK_TYPE_GAMECONTROLLER, SDL_CONTROLLER_AXIS_MAX,
                                            SDL_CONTROLLER_BUTTON_MAX, 0);
    return i < 0 ? NULL : SDL_JoystickOpen(i);
}

/* False: nothing new. */
static int read_order(int *count, char *button)
{
    FILE *f = fopen(getenv("PAD_CONTROL"), "re");
    int n = 0;
    const int found = f && fscanf(f, "%d %31s", &n, button) == 2 && n != *count;
    if (f)
        fclose(f);
    if (found)
        *count = n;
    return found;
}

static void *follow(void *unused)
{
    SDL_Joystick *pad = attach();
    char button[32];
    for (int count = 0; pad; usleep(POLL_US)) {
        if (!read_order(&count, button))
            continue;
        const int b = SDL_GameControllerGetButtonFromString(button);
        SDL_JoystickSetVirtualButton(pad, b, 1);
        usleep(HOLD_US);
        SDL_JoystickSetVirtualButton(pad, b, 0);
    }
    return unused;
}

__attribute__((constructor)) static void start(void)
{
    pthread_t thread;
    if (getenv("PAD_CONTROL") && pthread_create(&thread, NULL, follow, NULL) == 0)
        pthread_detach(thread);
}

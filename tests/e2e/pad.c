/*
 * pad: game pads and a finger in the player's hand, preloaded (LD_PRELOAD) by the tests of the window, which compile it: cc
 * -shared -fPIC … -lSDL2. The pads are SDL's virtual ones; the finger puts SDL's events into its queue; all behind them is the
 * real way. PAD_CONTROL names a file with one line, a count and a button as SDL calls it: each time the count is another one,
 * that button is pressed and let go, on the pad that is in use, and the count goes to PAD_CONTROL.done. "plug" plugs the second pad in,
 * "unplug" takes the first one out; "first" and "second" say which is in use. "touch X Y", in thousandths of the window,
 * touches it there; "hold X Y" stays until something else is asked for. "drop -" drops the file that PAD_DROP names on the
 * window. A program that closes SDL and opens it again finds the pads again.
 *
 * SDL frees the lock of its pads as it ends, also while another thread waits for it. So what begins and ends SDL stands before SDL's own
 * here, and waits until the hand is not on a pad.
 */
#include <SDL2/SDL.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define POLL_US 5000
#define LOOKS   1000 /* at most so many times */
#define PADS    2

struct order {
    int count;
    char what[32];
    int x, y; /* of a finger */
};

struct pad {
    int wanted;
    SDL_Joystick *stick; /* NULL: not there now */
};

static pthread_mutex_t hand = PTHREAD_MUTEX_INITIALIZER; /* held while SDL is used, begun or ended */
static struct pad pads[PADS] = {{1, NULL}, {0, NULL}};
static int used;

static void attach(struct pad *p)
{
    const int i = SDL_JoystickAttachVirtual(SDL_JOYSTICK_TYPE_GAMECONTROLLER, SDL_CONTROLLER_AXIS_MAX,
                                            SDL_CONTROLLER_BUTTON_MAX, 0);
    p->stick = i < 0 ? NULL : SDL_JoystickOpen(i);
}

static void detach(struct pad *p)
{
    const SDL_JoystickID id = SDL_JoystickInstanceID(p->stick);
    SDL_JoystickClose(p->stick);
    p->stick = NULL;
    for (int i = 0; i < SDL_NumJoysticks(); i++)
        if (SDL_JoystickGetDeviceInstanceID(i) == id) {
            SDL_JoystickDetachVirtual(i);
            return;
        }
}

/* False: there is no SDL now. */
static int keep_pads(void)
{
    const int there = SDL_WasInit(SDL_INIT_GAMECONTROLLER) != 0;
    if (!there || SDL_NumJoysticks() == 0)
        pads[0].stick = pads[1].stick = NULL; /* SDL closed them as it ended */
    if (!there)
        return 0;
    for (int i = 0; i < PADS; i++) {
        if (pads[i].wanted && !pads[i].stick)
            attach(&pads[i]);
        if (!pads[i].wanted && pads[i].stick)
            detach(&pads[i]);
    }
    return 1;
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

static void tell_done(const struct order *o)
{
    char name[4096], made[4200];
    snprintf(name, sizeof name, "%s.done", getenv("PAD_CONTROL"));
    snprintf(made, sizeof made, "%s.new", name);
    FILE *f = fopen(made, "we");
    if (!f)
        return;
    fprintf(f, "%d\n", o->count);
    fclose(f);
    rename(made, name);
}

static void finger(Uint32 type, const struct order *o)
{
    SDL_Event e = {.type = type};
    e.tfinger.timestamp = SDL_GetTicks();
    e.tfinger.fingerId = 1;
    e.tfinger.x = ((float)o->x + 0.5F) / 1000;
    e.tfinger.y = ((float)o->y + 0.5F) / 1000;
    SDL_PushEvent(&e);
}

static void drop(void)
{
    SDL_Event e = {.type = SDL_DROPFILE};
    e.drop.timestamp = SDL_GetTicks();
    e.drop.file = SDL_strdup(getenv("PAD_DROP"));
    SDL_PushEvent(&e);
}

/* For as long as the player may begin or end SDL. */
static void rest(void)
{
    pthread_mutex_unlock(&hand);
    usleep(POLL_US);
    pthread_mutex_lock(&hand);
}

/* Until the player has looked, however busy the machine is. False: SDL has ended meanwhile. */
static int hold(int button, Uint8 down)
{
    SDL_Joystick *const stick = pads[used].stick;
    SDL_JoystickSetVirtualButton(stick, button, down);
    for (int i = 0; i < LOOKS; i++) {
        rest();
        if (!SDL_WasInit(SDL_INIT_GAMECONTROLLER) || SDL_NumJoysticks() == 0)
            return 0;
        if (SDL_JoystickGetButton(stick, button) == down)
            return 1;
    }
    return 1;
}

static void press(const char *what)
{
    const int b = SDL_GameControllerGetButtonFromString(what);
    if (hold(b, 1))
        hold(b, 0);
}

static void touch(const struct order *o, struct order *held)
{
    finger(SDL_FINGERDOWN, o);
    if (o->what[0] == 'h')
        *held = *o;
    else
        finger(SDL_FINGERUP, o);
}

static void carry_out(const struct order *o, struct order *held)
{
    const char *what = o->what;
    if (held->count)
        finger(SDL_FINGERUP, held);
    *held = (struct order){0};
    if (strcmp(what, "drop") == 0)
        drop();
    else if (strcmp(what, "hold") == 0 || strcmp(what, "touch") == 0)
        touch(o, held);
    else if (strcmp(what, "plug") == 0 || strcmp(what, "unplug") == 0)
        pads[what[0] == 'p'].wanted = what[0] == 'p';
    else if (strcmp(what, "first") == 0 || strcmp(what, "second") == 0)
        used = what[0] == 's';
    else
        press(what);
    keep_pads();
    tell_done(o);
}

static void *follow(void *unused)
{
    struct order o = {0}, held = {0};
    pthread_mutex_lock(&hand);
    for (;; rest())
        if (keep_pads() && read_order(&o))
            carry_out(&o, &held);
    return unused;
}

int SDL_InitSubSystem(Uint32 flags)
{
    int (*real)(Uint32) = (int (*)(Uint32))dlsym(RTLD_NEXT, "SDL_InitSubSystem");
    pthread_mutex_lock(&hand);
    const int rc = real(flags);
    pthread_mutex_unlock(&hand);
    return rc;
}

void SDL_QuitSubSystem(Uint32 flags)
{
    void (*real)(Uint32) = (void (*)(Uint32))dlsym(RTLD_NEXT, "SDL_QuitSubSystem");
    pthread_mutex_lock(&hand);
    real(flags);
    pthread_mutex_unlock(&hand);
}

__attribute__((constructor)) static void start(void)
{
    pthread_t thread;
    if (getenv("PAD_CONTROL") && pthread_create(&thread, NULL, follow, NULL) == 0)
        pthread_detach(thread);
}

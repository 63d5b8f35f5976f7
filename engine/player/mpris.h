/*
 * mpris: the desktop sees the film and steers it, over D-Bus: media keys, a lock screen, playerctl (MPRIS 2.2).
 *
 * What the desktop asks becomes an input event, as if a key had been pressed, so every rule about keys holds for it. Main
 * thread; nothing here waits for the bus (present/desktop_bus.h), which keeps the player's name as long as it is connected.
 */
#pragma once

#include "present/input.h"

#include <gio/gio.h>

struct mpris;

/* `title` of the film, `art`: a picture's path, or NULL; both are copied. NULL: there is no bus (NULL). */
struct mpris *mpris_open(GDBusConnection *bus, const char *title, const char *art);
void mpris_close(struct mpris *m); /* accepts NULL */

/* How things stand. */
struct mpris_state {
    bool paused;
    bool over;         /* the film is over */
    bool can_previous; /* there is a decision to go back to */
    bool can_next;     /* there is something to skip: not while a choice is open */
    int volume;        /* per cent; 0 while muted */
    int speed;         /* per cent */
    int64_t pos_us;    /* in the node */
    int64_t length_us; /* of the node; US_NONE: not known */
    int32_t node;
};
/* Tells the desktop what has changed. Cheap if nothing has. */
void mpris_show(struct mpris *m, const struct mpris_state *state);

/* The oldest event that the desktop asked for. False: there is none. `mpris` is a struct mpris; it fits input_also(). */
bool mpris_next(void *mpris, struct input_event *out);

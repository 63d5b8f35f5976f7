/*
 * doctor: what this machine can do for films, and what to install for the rest. Main thread, while no film plays: it opens
 * the display, the sound device and the graphics device, and closes them again. It writes nothing.
 */
#pragma once

#include <glib.h>

enum doctor_state {
    DOCTOR_FINE,
    DOCTOR_LESS,    /* films play, with something missing */
    DOCTOR_MISSING, /* no film plays in a window */
};

struct doctor_finding {
    const char *what; /* "display"; static */
    enum doctor_state state;
    char *found;
    char *remedy; /* NULL: nothing is to be done */
};

/* Every finding about the machine, in the order in which people meet the thing; free with g_array_unref(). */
GArray *doctor_examine(void);

/* Adds one; takes over both texts. */
void doctor_add(GArray *findings, const char *what, enum doctor_state state, char *found, char *remedy);

/*
 * privacy_page: the page "What was recorded": everything that the store has of the viewing, in plain words; then what
 * each kind of record is and why it is kept, as the registry says (telemetry/registry.def); with Export and Erase.
 *
 * Main thread, while nothing plays: privacy_page_show() returns when the viewer closes the page. It waits for the store
 * when it reads and erases. Keys, pad or mouse alone are enough: up and down (or the wheel) scroll, left and right
 * choose a button.
 */
#pragma once

#include "player/controls.h"
#include "player/viewing_eraser.h"
#include "player/recorder.h"

struct privacy_page_options {
    struct controls *controls; /* all borrowed */
    struct input *input;
    struct window *window;
    struct writer *writer;
    struct recorder *recorder;
    struct viewing_eraser *eraser;
    const char *store;                           /* path, NULL: the default */
    bool off;                                    /* nothing is recorded in this play */
    void (*picture)(void *user, struct view *v); /* draws what is behind the page */
    void *user;
};

/* True: the viewer erased the viewing; nothing more of it is recorded from now on. */
bool privacy_page_show(const struct privacy_page_options *o);

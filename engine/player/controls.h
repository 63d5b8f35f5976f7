/*
 * controls: what the viewer's hands do: keys, pointer and pad become choices, pauses, volume, overlays.
 *
 * A value that main owns; lives longer than one film. controls_begin() ties it to a film's mixer.
 */
#pragma once

#include "player/autopilot.h"
#include "player/hud.h"
#include "player/scene.h"
#include "player/settings.h"
#include "present/audio.h"
#include "present/input.h"
#include "present/window.h"

struct controls {
    struct settings *settings;
    struct input *input;
    struct window *window;
    struct mixer *mixer;
    struct writer *writer;     /* for the statistics; may be NULL */
    struct autopilot *chooser; /* a machine that decides instead, or NULL; owned */
    struct hud hud;
    const char *pictures; /* folder for screenshots, or NULL: the viewer's pictures */
    double volume;
    int32_t time_factor; /* of the author's time to decide: see player/extra_time.h */
    bool mute, paused, quit;
    bool recorded; /* the viewer wants to see what was recorded; whoever shows it clears it */
};

void controls_init(struct controls *c, struct settings *settings, const char *pictures, bool stats, bool mute,
                   int32_t time_factor);
void controls_attach(struct controls *c, struct input *input, struct window *window);
/* Saves what the viewer changed (volume, …) and frees what it owns. */
void controls_clear(struct controls *c);

/* A film begins on this mixer. */
void controls_begin(struct controls *c, struct mixer *mixer);

/* What keys mean now. */
enum input_mode controls_mode(const struct controls *c, const struct film *f);

/* One event; true if the picture should change at once. */
bool controls_input(struct controls *c, struct film *f, struct scene *s, const struct input_event *ev);

/* Holds the film; true if it was running. */
bool controls_hold(struct controls *c);
void controls_resume(struct controls *c);

/* Lays the player's own things over the film's view. */
void controls_view(struct controls *c, struct film *f, const struct audio *a, struct view *v);

/* Shows the dialog that was asked with hud_ask() and waits for its answer: the button, or -1 when the viewer quits. */
int controls_dialog(struct controls *c, struct window *w);

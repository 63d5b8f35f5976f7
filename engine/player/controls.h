/*
 * controls: what the viewer's hands do: keys, pointer and pad become choices, pauses, volume, overlays.
 *
 * Lives longer than one film: controls_new() once, controls_begin() for each film, controls_input() for each event.
 * Main thread. What the viewer changes for good (volume, subtitles, time to decide) goes into the settings, which it
 * saves.
 */
#pragma once

#include "player/film.h"
#include "player/hud.h"
#include "player/scene.h"
#include "player/settings.h"
#include "present/audio.h"
#include "present/input.h"
#include "present/window.h"

struct controls;

struct controls_options {
    struct settings *settings; /* all borrowed until controls_free() */
    struct input *input;
    struct window *window;
    const char *language;    /* of the words, as in words_in() */
    const char *screenshots; /* folder, NULL: the viewer's pictures */
    bool stats, mute;        /* from the start */
    int32_t time_factor;     /* of the author's time to decide: see player/extra_time.h */
    bool machine_decides;    /* what the viewer does about a decision is ignored */
};

struct controls *controls_new(const struct controls_options *o);
/* Saves the volume and frees what it owns. Accepts NULL. */
void controls_free(struct controls *c);

/* The statistics tell how this writer is doing. Borrowed; NULL: none. */
void controls_set_writer(struct controls *c, struct writer *writer);

/* A film begins on this mixer. */
void controls_begin(struct controls *c, struct mixer *mixer);

/* For the guard against double presses (player/press_guard.h). A picture was presented at `now_us` of the events'
 * clock, with a question that is open or about to open (`asks`) or with none. The question is gone: it was answered, or
 * the viewer went elsewhere. */
void controls_shown(struct controls *c, bool asks, int64_t now_us);
void controls_question_closed(struct controls *c);
/* Can this press answer the question that is on the screen? For every press that could choose something. */
bool controls_press(struct controls *c, const struct input_event *ev);

/* What keys mean now. */
enum input_mode controls_mode(const struct controls *c, const struct film *f);

/* One event; true if the picture should change at once. */
bool controls_input(struct controls *c, struct film *f, struct scene *s, const struct input_event *ev);

bool controls_paused(const struct controls *c);
/* Pauses the film; true if it was running. */
bool controls_pause(struct controls *c);
void controls_resume(struct controls *c);

/* The program shall end. It stays so. */
void controls_quit(struct controls *c);
bool controls_has_quit(const struct controls *c);

/* Did the viewer ask for the page "What was recorded" since the last call? */
bool controls_take_privacy_request(struct controls *c);

int32_t controls_time_factor(const struct controls *c);

/* The time by which the overlay's messages come and go: the events' clock, until a play that runs faster than time sets it
 * to that of its film. */
int64_t controls_now_us(const struct controls *c);
void controls_set_now(struct controls *c, int64_t film_us);

/* The overlay, for messages and questions. */
struct hud *controls_hud(struct controls *c);

/* Lays the player's own things over the film's view. */
void controls_view(struct controls *c, struct film *f, const struct audio *a, struct view *v);

/* Shows the question of hud_ask() and waits for its answer: the button, or -1 when the viewer quits. */
int controls_dialog(struct controls *c);

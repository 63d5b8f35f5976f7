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
    bool inspect;            /* there is an inspector */
    bool machine_decides;    /* what the viewer does about a decision is ignored */
    bool described;          /* the sound with descriptions, until the viewer wants another one */
    bool speaks;             /* what is shown is read aloud, if the settings say so */
};

/* Does the writer want to see the inspector? */
bool controls_inspects(const struct controls *c);

struct controls *controls_new(const struct controls_options *o);
/* Saves the settings and frees what it owns. Accepts NULL. */
void controls_free(struct controls *c);

/* The statistics tell how this writer is doing. Borrowed; NULL: none. */
void controls_set_writer(struct controls *c, struct writer *writer);

/* What of each node the viewer has seen, as film_skip() takes it. Borrowed; NULL: nobody knows. */
void controls_set_seen(struct controls *c, const int64_t *seen_us);

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
enum input_mode controls_mode(const struct film *f, const struct scene *s);

/* One event; true if the picture should change at once. */
bool controls_input(struct controls *c, struct film *f, struct scene *s, const struct input_event *ev);

bool controls_paused(const struct controls *c);
/* Whether the window can be seen (it is not when it is minimised). A question that nobody can see pauses the film, unless the
 * settings say otherwise; once it is seen again, the viewer is told. Cheap: call it in every round. */
void controls_seen(struct controls *c, const struct film *f, bool seen);
/* Pauses the film; true if it was running. */
bool controls_pause(struct controls *c);
void controls_resume(struct controls *c);

/* Is there something that INPUT_SKIP would leave out? Not while a choice is open. */
bool controls_can_skip(const struct controls *c, const struct film *f);

/* The program shall end. It stays so. */
void controls_quit(struct controls *c);
bool controls_has_quit(const struct controls *c);

/* The page that the viewer asked for since the last call. */
enum controls_request { CONTROLS_NO_PAGE, CONTROLS_MENU, CONTROLS_KEYS, CONTROLS_PRIVACY_PAGE, CONTROLS_INSPECTOR };
enum controls_request controls_take_request(struct controls *c);

/* A command of the player's own (volume, full screen, screenshot, leaving, …), which means the same over a page as over the
 * film. True if the picture, or what a page says, should change. Without film and scene (NULL), only what needs none. */
bool controls_command(struct controls *c, struct film *f, struct scene *s, enum input_action action, int value);

/* ---- settings: they hold at once, and controls_save() writes them down ---- */

const struct settings *controls_settings(const struct controls *c);
/* The same, to change what is read anew for each picture, or when it matters: how everything looks, whether the film waits while
 * nobody sees it. For all else there is a function below. */
struct settings *controls_change(struct controls *c);
const char *controls_language(const struct controls *c);
/* As words_in(), in that language. */
const char *controls_words(const struct controls *c, const char *english) G_GNUC_FORMAT(2);
int controls_volume(const struct controls *c); /* per cent */
bool controls_muted(const struct controls *c);
void controls_set_volume(struct controls *c, int percent); /* and unmutes */
void controls_set_language(struct controls *c, struct film *f, struct scene *s, const char *language);
/* Where no film plays; "": as settings_language() has it then, for this story or NULL. */
void controls_wish_language(struct controls *c, const struct story *story, const char *language);
/* Here and below, film and scene are NULL where none plays. */
void controls_set_subtitles(struct controls *c, struct scene *s, bool on);
/* What the film is to be opened with. */
struct segment_tracks controls_tracks(const struct controls *c);
/* The strings are copied. The viewer is told where the sound changes only later. */
void controls_set_sound(struct controls *c, struct film *f, const struct stream_wish *wish);
void controls_set_text(struct controls *c, struct film *f, const struct stream_wish *wish);
/* In per cent, as in the settings. */
void controls_set_signer(struct controls *c, struct film *f, int percent);
int32_t controls_time_factor(const struct controls *c);
/* How fast the viewer wants the film to play, in per cent. It is not remembered, and ends with this
 * film: another one, and somebody else, begin at the film's own speed. Where the film asks, and shortly before, it
 * plays at its own speed all the same: the time to decide is the author's, or what the viewer's settings make of it. */
int controls_speed(const struct controls *c);
void controls_set_speed(struct controls *c, int percent);
int controls_pace(const struct controls *c, const struct film *f);
/* The speeds that keys and the menu lead to, from the slowest on; the place of the nearest one. */
#define CONTROLS_SPEEDS 10
int controls_speed_at(int i);
int controls_speed_index(int percent);
void controls_set_time_factor(struct controls *c, struct film *f, int32_t time_factor);
void controls_set_read_aloud(struct controls *c, bool on);
void controls_set_mono(struct controls *c, bool on);
void controls_save(struct controls *c);

/* How everything is to look: size of the text, contrast, motion. */
void controls_look(const struct controls *c, struct view *v);

/* What is about to be drawn: it is read aloud, where the viewer wants that. */
void controls_speak(struct controls *c, const struct view *v);

/* The time by which the overlay's messages come and go: the events' clock, until a play that runs faster than time sets it
 * to that of its film. */
int64_t controls_now_us(const struct controls *c);
void controls_set_now(struct controls *c, int64_t film_us);

/* The overlay, for messages. */
struct hud *controls_hud(struct controls *c);

/* Lays the player's own things over the film's view. */
void controls_view(struct controls *c, struct film *f, const struct audio *a, struct view *v);

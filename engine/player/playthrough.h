/*
 * session: one play of the story: its film and all that belongs to this play alone: sound, scene, recorder, transcript,
 * the saved place.
 *
 * Order: playthrough_open(), which starts the film; playthrough_tick() as time passes (player/loop.h), playthrough_compose() whenever a
 * picture is wanted; playthrough_close(). Main thread.
 */
#pragma once

#include "player/cues.h"
#include "player/film.h"
#include "player/viewing_eraser.h"
#include "player/recorder.h"
#include "player/scene.h"
#include "player/player_context.h"
#include "present/audio.h"

/* playthrough.c alone writes it; the loop reads it, and plays what it points to. */
struct playthrough {
    struct player_context *context;
    struct mixer *mixer;
    struct audio *audio;
    struct recorder *recorder;
    struct viewing_eraser *forget;
    bool erased; /* viewing_eraser_begin() was called */
    struct transcript *transcript;
    struct save *save; /* NULL: this play is not saved */
    bool place_changed;
    int64_t saved_smp; /* heard_smp then */
    struct film *film;
    struct scene *scene;
    struct cues *cues;
    struct viewing_clock clock;
    int64_t began_us, clock_us; /* monotonic; in a fast play, the film's */
    int64_t heard_smp;          /* film position that is heard */
    int32_t code;               /* a cmd_exit code: what has failed */
};

/* `st` is borrowed until playthrough_close(). */
void playthrough_open(struct playthrough *pt, struct player_context *st);

/* Lets everything happen that is due when film position `smp` is heard; what the machine decides, at its own moment.
 * False: the play can't go on. */
bool playthrough_tick(struct playthrough *pt, int64_t smp);

/* The film is not over, nobody has left. */
bool playthrough_goes_on(const struct playthrough *pt);

/* Draws the picture as it is now, to be flipped. False: it is the one that is there already. */
bool playthrough_compose(struct playthrough *pt);

/* Writes the pictures that were asked for (--screenshots). False: the play can't go on. */
bool playthrough_take_screenshots(struct playthrough *pt);

/* The page "What was recorded": the film waits meanwhile, and goes on as it did. */
void playthrough_show_privacy_page(struct playthrough *pt);

/* Ends the film, saves the place, hands the last record over, and says what went wrong. */
void playthrough_close(struct playthrough *pt);

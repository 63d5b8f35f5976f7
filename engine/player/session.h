/*
 * session: one play of the story: its film and all that belongs to this play alone: sound, scene, recorder, transcript,
 * the saved place.
 *
 * Order: session_open(), which starts the film; session_tick() as time passes (player/loop.h), session_compose() whenever a
 * picture is wanted; session_close(). Main thread.
 */
#pragma once

#include "player/cues.h"
#include "player/film.h"
#include "player/forget.h"
#include "player/recorder.h"
#include "player/scene.h"
#include "player/stage.h"
#include "present/audio.h"

struct session {
    struct stage *stage;
    struct mixer *mixer;
    struct audio *audio;
    struct recorder *recorder;
    struct forget *forget;
    bool burnt; /* forget_begin() was called */
    struct transcript *transcript;
    struct save *save; /* NULL: this play is not saved */
    bool place_changed;
    int64_t saved_smp; /* heard_smp then */
    struct film *film;
    struct scene *scene;
    struct cues *cues;
    struct recorder_clock clock;
    int64_t began_us, clock_us; /* monotonic; in a fast play, the film's */
    int64_t heard_smp;          /* film position that is heard */
    struct trace_times times;   /* of the next flip */
    int32_t code;               /* a cmd_exit code: what has failed */
};

/* `st` is borrowed until session_close(). */
void session_open(struct session *ss, struct stage *st);

/* Lets everything happen that is due when film position `smp` is heard; what the machine decides, at its own moment.
 * False: the play can't go on. */
bool session_tick(struct session *ss, int64_t smp);

/* The film is not over, nobody has left. */
bool session_goes_on(const struct session *ss);

/* Draws the picture as it is now, to be flipped. False: it is the one that is there already. */
bool session_compose(struct session *ss);

/* Writes the pictures that were asked for (--screenshots). False: the play can't go on. */
bool session_take_pictures(struct session *ss);

/* The page "What was recorded": the film waits meanwhile, and goes on as it did. */
void session_show_recorded(struct session *ss);

/* Ends the film, saves the place, hands the last record over, and says what went wrong. */
void session_close(struct session *ss);

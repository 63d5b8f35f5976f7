/*
 * mixer: the film's sound timeline; joins clips to the sample and mixes a few short sounds over them.
 *
 * mixer_render() runs in the audio thread (or, headless, in a loop on any one thread); everything else is
 * main's. They meet in atomics and small single-producer rings: render neither locks nor allocates nor frees.
 *
 * Positions. Three counts of samples at FILM_RATE:
 *   out   every sample ever rendered;
 *   film  those in which a clip was running: it stands still while paused (after a 5 ms fade) and held;
 *   pos   position in the current clip = film - start, where `start` is the film position of the clip's 0.
 * So frame i of a clip is due at film position start + frame.at_smp, and mixer_film_at() tells which film
 * position is heard when the device plays output sample `out`.
 *
 * Joins. mixer_queue(m, next, cut) says what follows the current clip, and where: at its end (MIXER_AT_END)
 * or, if earlier, at position `cut`. The join happens inside a buffer, exactly there. If `next` is not warm
 * at `cut`, the current clip runs on (not past its end) until it is. A clip that has ended and has no warm
 * successor is *held*: silence, film position stands, held_smp counts. If sound is not decoded in time,
 * silence is played, time goes on, the late samples are dropped, underrun_smp counts: sound and picture stay
 * together.
 *
 * Waiting. mixer_wait_at() lets the film stand at a film position for a length of output, to the sample, and go on by
 * itself: its sound fades within the 5 ms before it and comes back within the 5 ms behind it. A pause stops that time as well.
 *
 * Owner: clips stay the caller's, but must live until MIXER_RELEASED or MIXER_REFUSED gives them back, or
 * until no thread renders any more. Keep showing a clip's picture after MIXER_RELEASED until its last frame
 * is due to go: the sound is rendered ahead of what is heard.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "base/units.h"

struct clip;
struct mixer;
struct sound;

#define MIXER_AT_END  INT64_MAX
#define MIXER_AT_ONCE INT64_C(0)

struct mixer *mixer_new(void);
void mixer_free(struct mixer *m); /* after the last mixer_render(); accepts NULL */

/* --- audio thread ----------------------------------------------------------------------------------------------- */

/* Renders n stereo samples (2n floats, -1..1). Any n >= 0. */
void mixer_render(struct mixer *m, float *out, int64_t n);

/* --- main thread ------------------------------------------------------------------------------------------------ */

/* What comes after the clip that main last saw start (at once if none did). A second call before the join
 * replaces the first (whose clip comes back as MIXER_REFUSED, unless it is the same one). If the join has
 * already happened, `next` comes back as MIXER_REFUSED. Returns the serial (> 0) that its MIXER_STARTED will
 * carry. */
uint32_t mixer_queue(struct mixer *m, struct clip *next, int64_t cut_smp);

/* Takes back what was queued; it comes as MIXER_REFUSED (or MIXER_STARTED, if it was too late). */
void mixer_unqueue(struct mixer *m);

enum mixer_event_type {
    MIXER_STARTED,  /* clip `serial` has its position 0 at film position `start_smp` */
    MIXER_RELEASED, /* the clip is not touched any more: it was left at position film_smp - start_smp */
    MIXER_REFUSED,  /* queued, but never started; not touched any more */
    MIXER_HELD,     /* the current clip ended without a warm successor; sent once each time */
};
struct mixer_event {
    enum mixer_event_type type;
    uint32_t serial;
    struct clip *clip;
    int64_t start_smp, film_smp;
};
/* False: nothing (more) has happened. Poll every frame. */
bool mixer_poll(struct mixer *m, struct mixer_event *ev);

enum mixer_state { MIXER_IDLE, MIXER_PLAYING, MIXER_PAUSED, MIXER_HOLDING, MIXER_WAITING };
struct mixer_now {
    enum mixer_state state;
    uint32_t serial; /* of the current clip; 0: none */
    int64_t out_smp, film_smp;
    int64_t start_smp;              /* film position of the current clip's 0 */
    int64_t held_smp, underrun_smp; /* totals */
    int64_t standing_since_smp;     /* output position since which the film stands, if it does */
};
/* A consistent picture of the end of the last rendered buffer. */
void mixer_now(const struct mixer *m, struct mixer_now *out);

/* Film position at output position `out_smp` (exact for the last 16 stops and goes; later ones are
 * extrapolated at the present state). What is heard now: pass out_smp of the device, that is rendered -
 * latency. */
int64_t mixer_film_at(const struct mixer *m, int64_t out_smp);

/* Fades out within 5 ms, then consumes nothing; and back. */
void mixer_pause(struct mixer *m, bool paused);

/* The film stands at film position `film_smp` (0: nowhere; there it goes on at once) until `for_smp` samples have been
 * rendered there, INT64_MAX: until main says otherwise. The same position again: only how long changes. A position that
 * has been passed is one that nothing waits at. What is to cut at once does so while the film waits as well. */
void mixer_wait_at(struct mixer *m, int64_t film_smp, int64_t for_smp);

/* 0..1 (linear gain), reached within 10 ms. Starts at 1. Scales clips and voices. */
void mixer_set_volume(struct mixer *m, float gain);

/* --- short sounds over the film --------------------------------------------------------------------------------- */
#define MIXER_VOICES 8
struct mixer_voice_opts {
    float gain; /* 0: 1.0 */
    bool loop;
    bool through_pause; /* sounds while the film is paused (menus) */
    int64_t fade_in_smp;
    /* > 0: begins at the very sample at which the film comes there; where that was already, with what of it would be
     * heard now. Not for through_pause. */
    int64_t film_smp;
};
/* Starts `s` with the next buffer, or waits for its film_smp; it must live until mixer_voice_active() is false. Returns
 * the voice, or -1 when all MIXER_VOICES are busy. */
int mixer_voice_start(struct mixer *m, const struct sound *s, const struct mixer_voice_opts *opts);
/* Fades out over fade_smp (0: 5 ms). Accepts -1 and ended voices. */
void mixer_voice_stop(struct mixer *m, int voice, int64_t fade_smp);

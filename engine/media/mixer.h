/*
 * mixer: the sound timeline of the film: joins clips to the sample, and mixes a few short sounds over them.
 *
 * mixer_render() runs in the audio thread (without a device, in a loop on any one thread); the main thread calls
 * everything else. They meet in atomics and in small rings with one producer each, so rendering never locks,
 * allocates or frees.
 *
 * Positions. Three counts of samples at FILM_RATE:
 *   out   every sample ever rendered;
 *   film  those during which a clip was running: it stands still while the film is paused (after a 5 ms fade) or held;
 *   pos   the position in the current clip: film - start, where `start` is the film position of the clip's 0.
 *
 * So frame i of a clip is due at film position start + frame.at_smp, and mixer_film_at() tells which film position is
 * heard when the device plays output sample `out`.
 *
 * Joins. mixer_queue(m, next, cut) says what follows the current clip, and where: at its end (MIXER_AT_END), or at
 * position `cut` if that is earlier. The join happens inside a buffer, at exactly that sample. If `next` is not warm
 * at `cut`, the current clip runs on until it is, but not past its end. A clip that has ended without a warm
 * successor is *held*: there is silence, the film position stands, and held_smp counts. If sound is not decoded in
 * time there is silence, time goes on, the late samples are dropped, and underrun_smp counts: sound and picture stay
 * together.
 *
 * Waiting. mixer_wait_at() makes the film stand at a film position for a length of output, both exact to the sample,
 * and then go on by itself. Its sound fades out within the 5 ms before that position and in within the 5 ms after it.
 * A pause stops the waiting time as well.
 *
 * Owner. Clips stay the caller's, but must live until MIXER_RELEASED or MIXER_REFUSED gives them back, or until no
 * thread renders any more. Sound is rendered ahead of what is heard, so keep showing a clip's picture after
 * MIXER_RELEASED until the time of its last frame has passed.
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

/* Renders n >= 0 stereo samples (2n floats, -1..1). */
void mixer_render(struct mixer *m, float *out, int64_t n);

/* --- main thread ------------------------------------------------------------------------------------------------ */

/* What comes after the clip that the main thread last saw start (at once, if none has). Returns the serial (> 0) that
 * its MIXER_STARTED will carry. A second call before the join replaces the first, whose clip comes back as
 * MIXER_REFUSED, unless it is the same one. If another clip has started meanwhile, `next` comes back as
 * MIXER_REFUSED. */
uint32_t mixer_queue(struct mixer *m, struct clip *next, int64_t cut_smp);

/* Takes back what was queued: it comes back as MIXER_REFUSED, or as MIXER_STARTED if it was too late. */
void mixer_unqueue(struct mixer *m);

enum mixer_event_type {
    MIXER_STARTED,  /* the position 0 of clip `serial` is film position `start_smp` */
    MIXER_RELEASED, /* the mixer does not touch the clip any more; it left it at position film_smp - start_smp */
    MIXER_REFUSED,  /* the clip was queued but never started; the mixer does not touch it any more */
    MIXER_HELD,     /* the current clip has ended without a warm successor; sent once each time */
};
struct mixer_event {
    enum mixer_event_type type;
    uint32_t serial;
    struct clip *clip;
    int64_t start_smp, film_smp;
};
/* The next event. False: there is none. Poll every frame until then. */
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
/* A consistent picture of the state at the end of the last rendered buffer. Any thread. */
void mixer_now(const struct mixer *m, struct mixer_now *out);

/* The film position at output position `out_smp`: exact for the last 16 starts and stops, extrapolated after the last
 * one. For what is heard now, pass the device's output position, which is what was rendered less the latency. Any
 * thread. */
int64_t mixer_film_at(const struct mixer *m, int64_t out_smp);

/* Does the film stand while output position `out_smp` is heard, as far as those starts and stops go back? It stands
 * before the first start. A join that ends a stand is heard when this has become false. Any thread. */
bool mixer_stands_at(const struct mixer *m, int64_t out_smp);

/* Fades out within 5 ms and then consumes nothing; fades in again when `paused` is false. */
void mixer_pause(struct mixer *m, bool paused);

/* The film stands at film position `film_smp` until `for_smp` samples have been rendered there (INT64_MAX: until the
 * next call). film_smp 0: it stands nowhere, and if it stands now, it goes on at once. The same position again
 * changes only how long. A position already passed is ignored. A clip that is queued with MIXER_AT_ONCE cuts a wait
 * short. */
void mixer_wait_at(struct mixer *m, int64_t film_smp, int64_t for_smp);

/* 0..1, a linear gain on clips and voices; 1 at first. It is reached within 10 ms. */
void mixer_set_volume(struct mixer *m, float gain);

/* Both channels carry the mean of the two, from the next buffer on, for a viewer who hears with one ear. Not at first. */
void mixer_set_mono(struct mixer *m, bool mono);

/* --- short sounds over the film --------------------------------------------------------------------------------- */
#define MIXER_VOICES 8
struct mixer_voice_opts {
    float gain; /* 0: 1.0 */
    bool loop;
    bool through_pause; /* it sounds while the film is paused (menus) */
    int64_t fade_in_smp;
    /* > 0: it begins at the very sample at which the film comes to this position. If the film is past it, the part that
     * would be heard by now is left out. Not together with through_pause. */
    int64_t film_smp;
};
/* Starts `s` with the next buffer, or lets it wait for its film_smp; `s` must live until no thread
 * renders any more. Returns the voice,
 * or -1 if all MIXER_VOICES are busy. */
int mixer_voice_start(struct mixer *m, const struct sound *s, const struct mixer_voice_opts *opts);
/* Fades out over fade_smp (0: 5 ms). Accepts -1 and voices that have ended. */
void mixer_voice_stop(struct mixer *m, int voice, int64_t fade_smp);

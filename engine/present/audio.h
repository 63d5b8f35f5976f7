/*
 * audio: the sound device, and the master clock that pictures are shown by.
 *
 * audio_open starts to call `pull` for stereo samples at FILM_RATE, from a thread of its own, without end:
 * the puller (the mixer) plays silence when nothing is to be heard, so pausing is its matter. Everything is
 * counted in *output samples*: all that were ever pulled. The clock says which output sample is heard now.
 *
 * The clock is CLOCK_MONOTONIC, anchored once to the device and then slewed toward it by at most 0.5 ms a
 * second: it never steps at a cut. Only if the device falls silent for longer than its buffer does the clock
 * stand still, as nothing is heard; it never runs past what was pulled.
 *
 * Without a device, or when it stops delivering for half a second, a timer thread pulls at the right rate so
 * that the film goes on; the device is tried again every two seconds. In virtual mode there is no thread and
 * no time: the caller steps.
 *
 * audio_open, audio_close, audio_step: main thread. The rest: any thread, no locks, cheap.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/units.h"

struct audio;

/* Fill `frames` stereo samples (2 x frames floats). Called from the audio thread, one call at a time; must
 * not block. */
typedef void (*audio_pull)(void *user, float *stereo, int frames);

enum audio_mode {
    AUDIO_DEVICE,  /* the default device, the timer where there is none */
    AUDIO_TIMER,   /* no device: the timer from the start (real time without sound) */
    AUDIO_VIRTUAL, /* as fast as the caller steps */
};

struct audio_options {
    enum audio_mode mode;
    audio_pull pull;
    void *user;
};

/* Never fails: without a device there is the timer (audio_message tells). */
struct audio *audio_open(const struct audio_options *opts);
/* After it returns, pull is not called any more. Accepts NULL. */
void audio_close(struct audio *a);

/* The output sample that is heard now; never goes back. */
int64_t audio_clock_smp(struct audio *a);
/* When output sample `smp` is heard, in nanoseconds of CLOCK_MONOTONIC; also for samples that are not pulled
 * yet, as if nothing stopped until then. Virtual: 0, that is, already. */
int64_t audio_at_ns(const struct audio *a, int64_t smp);
/* Output samples pulled so far; those up to audio_clock_smp() were heard. */
int64_t audio_pulled_smp(const struct audio *a);

/* Sleeps until `deadline_ns` of CLOCK_MONOTONIC; returns at once if it has passed. */
void audio_sleep_until(int64_t deadline_ns);
int64_t audio_now_ns(void); /* CLOCK_MONOTONIC */

/* Virtual mode: pulls n samples into nowhere (or into `keep`, 2 x n floats, if not NULL). */
void audio_step(struct audio *a, int64_t n, float *keep);

/* What to tell the viewer (static string), once for each change: "no sound device: ...". NULL: nothing new. */
const char *audio_message(struct audio *a);

struct audio_stats {
    const char *driver; /* "pulseaudio", "timer", "virtual"; static */
    int64_t drift_us;   /* device against clock, smoothed; what is being slewed away */
};
void audio_stats(const struct audio *a, struct audio_stats *out);

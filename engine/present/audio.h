/*
 * audio: the sound device, and the master clock by which pictures are shown.
 *
 * audio_open() starts to pull stereo samples at FILM_RATE, from a thread of its own and without end. Whoever is
 * pulled (the mixer) plays silence when there is nothing to hear, so a pause is its affair. Everything is counted in
 * *output samples*, which are all samples that were ever pulled; the clock says which output sample is heard now.
 *
 * The clock follows the device, which keeps a time of its own (present/device_clock.h): its rate and its offset are
 * estimated, and the clock never steps, at a cut or elsewhere. If the device falls silent for longer than its buffer
 * lasts, nothing is heard and the clock stands still; it never runs past what was pulled. Such a stand is counted.
 *
 * Without a device, or once it has delivered nothing for half a second, a timer thread pulls at the right rate so
 * that the film goes on; the device is tried again every two seconds. In virtual mode there is no thread and no time:
 * the caller steps.
 *
 * audio_open(), audio_close() and audio_step(): main thread. The rest: any thread, without locks, cheap.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/units.h"

struct audio;

/* Fills in `frames` stereo samples (2 * frames floats). The audio thread calls it, one call at a time; never block. */
typedef void (*audio_pull)(void *user, float *stereo, int frames);

enum audio_mode {
    AUDIO_DEVICE,  /* the default device, or the timer if there is none */
    AUDIO_TIMER,   /* the timer from the start: real time without sound */
    AUDIO_VIRTUAL, /* as fast as the caller steps */
};

struct audio_options {
    enum audio_mode mode;
    audio_pull pull;
    void *user;
};

/* Starts SDL's sound as this program wants it, for whoever asks what devices there are. True: it wants an
 * SDL_QuitSubSystem(). Main thread. */
bool audio_start_subsystem(void);

/* Never fails: if there is no device, the timer runs and audio_message() says so. */
struct audio *audio_open(const struct audio_options *opts);
/* After it has returned, `pull` is not called any more. Accepts NULL. */
void audio_close(struct audio *a);

/* The output sample that is heard now; it never goes back. */
int64_t audio_clock_smp(struct audio *a);
/* When output sample `smp` is heard, in nanoseconds of CLOCK_MONOTONIC. For samples that are not pulled yet it
 * assumes that nothing will stop until then. In virtual mode 0: everything is due. */
int64_t audio_at_ns(const struct audio *a, int64_t smp);
/* How many output samples were pulled so far; those up to audio_clock_smp() were heard. */
int64_t audio_pulled_smp(const struct audio *a);

/* Sleeps until `deadline_ns` of CLOCK_MONOTONIC; returns at once if it has passed. */
void audio_sleep_until(int64_t deadline_ns);
int64_t audio_now_ns(void); /* CLOCK_MONOTONIC */

/* Virtual mode: pulls n samples and drops them, or writes them to `keep` (2 * n floats) if it is not NULL. */
void audio_step(struct audio *a, int64_t n, float *keep);

/* What to tell the viewer about the sound device (a static string), once for each change. NULL: nothing new. */
const char *audio_message(struct audio *a);

struct audio_stats {
    const char *driver; /* "pulseaudio", "timer", "virtual"; static */
    int64_t drift_us;   /* by how much the clock is ahead of its estimate of the device: what it makes up for now */
    int32_t slow_ppm;   /* by how much the device is slower than CLOCK_MONOTONIC, in millionths */
    int32_t stands;     /* how often the device stood for 20 ms or longer ... */
    int64_t stood_us;   /* ... and for how long in all */
};
void audio_stats(const struct audio *a, struct audio_stats *out);

/*
 * pace: how fast the film plays: stretches sound in time, at the same pitch, between whoever makes it and the device.
 *
 * pace_render() runs in the audio thread, in place of the source that it pulls; the main thread calls the rest. They meet
 * in atomics, and stretchers are made and freed by the main thread, so rendering never locks, allocates or frees.
 *
 * Positions. Two counts of samples at FILM_RATE: `out`, what the device was given, and `source`, what was pulled for it.
 * pace_source_at() and pace_out_at() turn one into the other. The source's own positions (media/mixer.h) are told in its
 * samples, as if there were no pace.
 *
 * At 100 % what comes out is what was pulled, bit for bit, and nothing is done to it. Another speed begins and ends with a
 * cross-fade of 10 ms; no sample of the source is left out or comes twice. A stretch of n source samples becomes
 * n * 100 / percent samples, counted, whatever the stretcher's own rounding is.
 */
#pragma once

#include <stdint.h>
#include "base/units.h"

struct pace;

#define PACE_NORMAL 100 /* per cent */
#define PACE_LEAST  50
#define PACE_MOST   200

/* Fills in n stereo samples (2n floats); called in the audio thread. */
typedef void (*pace_pull)(void *user, float *stereo, int64_t n);

struct pace *pace_new(pace_pull pull, void *user);
void pace_free(struct pace *p); /* after the last pace_render(); accepts NULL */

/* Audio thread: renders n >= 0 stereo samples. */
void pace_render(struct pace *p, float *out, int64_t n);

/* Main thread: the speed from the next buffer on, PACE_LEAST to PACE_MOST. The same again costs nothing. */
void pace_set(struct pace *p, int32_t percent);
int32_t pace_percent(const struct pace *p); /* as it was set last */

/* The source sample that is heard with output sample `out_smp`, and the other way round: exact for the last 16 changes of
 * speed, extrapolated after the last one. Any thread. */
int64_t pace_source_at(const struct pace *p, int64_t out_smp);
int64_t pace_out_at(const struct pace *p, int64_t source_smp);

/*
 * ring: decoded sound on its way from one thread that writes to one that reads. Private to media.
 *
 * Both count samples of the segment. The reader never waits: what is not there in time is silence to it, and is dropped
 * when it comes, so that the reader may be ahead of the writer. No locks, no allocation after ring_init().
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/units.h"

#define RING_SMP INT64_C(32768) /* power of two; 683 ms */

struct ring {
    float *samples;                  /* stereo */
    _Atomic int64_t written, pulled; /* positions: one past the last one */
    _Atomic int64_t end_smp;         /* silence from here on; INT64_MAX while unknown. Stored after `written` */
};

/* Both begin at position `at_smp`. */
void ring_init(struct ring *r, int64_t at_smp);
void ring_clear(struct ring *r);

/* Writer: how many samples there is room for; n samples (2n floats), n <= ring_room(); the sound ends at `at_smp`. */
int64_t ring_room(const struct ring *r);
void ring_write(struct ring *r, const float *stereo, int64_t n);
void ring_end(struct ring *r, int64_t at_smp);

/* Reader: see clip_pull(). Silence from position `end_smp` on (or the sound's own end); US_NONE: unknown. */
int64_t ring_pull(struct ring *r, float *out, int64_t n, int64_t end_smp);

/* Any thread. */
int64_t ring_written(const struct ring *r);
int64_t ring_pulled(const struct ring *r);
/* Written, and not yet pulled. */
int64_t ring_available(const struct ring *r);

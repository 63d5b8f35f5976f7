/*
 * ring: decoded sound on its way from one thread that writes to one thread that reads. Private to media.
 *
 * Both count samples of the segment. The reader never waits: a sample that is not there in time is silence, and the
 * writer drops it when it comes, so the reader may be ahead of the writer. No locks, and no allocation after
 * ring_init().
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/units.h"

#define RING_SMP INT64_C(32768) /* a power of two; 683 ms */

struct ring {
    float *samples;                  /* stereo, RING_SMP of them */
    _Atomic int64_t written, pulled; /* positions: one past the last sample */
    _Atomic int64_t end_smp;         /* silence from here on; INT64_MAX while unknown. Stored after `written` */
};

/* Both ends begin at position `at_smp`. */
void ring_init(struct ring *r, int64_t at_smp);
void ring_clear(struct ring *r);

/* Writer: how many samples there is room for; writes n of them (2n floats), n <= ring_room(); the sound ends at
 * `at_smp`. */
int64_t ring_room(const struct ring *r);
void ring_write(struct ring *r, const float *stereo, int64_t n);
void ring_end(struct ring *r, int64_t at_smp);

/* Reader: as clip_pull(). There is silence from position `end_smp` on, or from the sound's own end; US_NONE: no other
 * end is known. */
int64_t ring_pull(struct ring *r, float *out, int64_t n, int64_t end_smp);

/* Any thread. Available are the samples that are written and not yet pulled. */
int64_t ring_written(const struct ring *r);
int64_t ring_pulled(const struct ring *r);
int64_t ring_available(const struct ring *r);

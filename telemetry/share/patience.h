/*
 * patience: how long a sender waits: between two requests, so that what it sends stays below a rate, and for a collector that asks for
 * time. It looks at no clock and draws no random numbers; the caller does both. Any thread.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define PATIENCE_BYTES_PER_S (256 * 1024) /* on the wire, compressed: a film that streams beside it goes first */

struct patience {
    int64_t left_ms; /* that a collector may still ask for, in all */
    int64_t next_ms; /* without a Retry-After: doubles each time */
};

/* At most so many seconds are waited in all; 0: not at all. */
void patience_begin(struct patience *p, int wait_s);

/* The collector answered without asking for time: the next trouble is a new one. */
void patience_calm(struct patience *p);

/*
 * It asks for time: how long to wait, in ms; -1: longer than may be waited, and then nothing is taken off. `retry_after_s`: what it said, -1:
 * nothing. `spread`: 0.67 to 1.33, at random, so that a million players do not come back at the same moment.
 */
int64_t patience_wait_ms(struct patience *p, int retry_after_s, double spread);

/* How long after a request of so many bytes the next one may begin, in ms; never less than some tens. */
int64_t patience_pause_ms(gsize bytes);

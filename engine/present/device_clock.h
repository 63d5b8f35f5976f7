/*
 * device_clock: when each sample is heard, worked out from the moments at which a sound device asks for more.
 *
 * A device plays at a rate of its own. It asks for samples when it has room for them: never early, but often late,
 * because it asks in bursts or because the thread that asks was kept from running. So the earliest asks tell where the
 * device is, and the others tell nothing. A Kalman filter of two states (offset and rate) follows the earliest ask of
 * each quarter of a second: quickly at first, more calmly as it learns, and quickly again when the device changes its
 * rate. See F. Adriaensen, "Using a DLL to filter time" (2005), for loops of second order on the calls of a sound
 * device, and V. Paxson, "On calibrating measurements of packet transit times" (1998), for the earliest of a window.
 *
 * The clock that readers get is a line, bent at most four times a second and never stepped: it runs at the device's
 * rate, and as much faster or slower, at most 2 %, as takes it back to the estimate. It can follow a device that is up
 * to 10 % off. Where the device ran dry, the clock stands until the device asks again, and goes on from there.
 *
 * Pure: no thread, no clock, no allocation. Order: device_clock_start() whenever another device begins to ask; then
 * device_clock_ask() for each of its asks, in order. Zero is a valid beginning.
 *
 * What is heard lags behind what is asked for by the device's buffer, which nobody tells us: at least one request, or
 * as much as the device asked for at once when it began.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "base/units.h"

/* Sample `smp` at `ns`; each further sample takes 1 / FILM_RATE * (1 + slow) seconds. */
struct clock_line {
    int64_t smp, ns;
    double slow;
};
int64_t clock_line_ns(const struct clock_line *l, int64_t smp);
int64_t clock_line_smp(const struct clock_line *l, int64_t ns); /* the last sample that has begun */

/* Read nothing but `heard` and the two totals. */
struct device_clock {
    struct clock_line heard; /* when each sample is heard */
    int64_t stood_ns;        /* how long the device ran dry, in all ... */
    int32_t stands;          /* ... and how often, not counting less than 20 ms */

    int64_t stand_at_ns;                     /* when the last stand ended */
    struct clock_line asked;                 /* when the device asks for each sample, if it is not late */
    int64_t buffer_ns, latency_ns;           /* one request; from `asked` to `heard` */
    double offset_var, covariance, slow_var; /* what is not known about `asked`: s^2, s, 1 */
    double noise_var;                        /* by how much the earliest ask of a window is off: s^2 */
    double before_s;                         /* how late the window before was */
    struct clock_line first;                 /* the first ask of this device */
    bool begun, settled, running;            /* it has asked; for long enough; the clock ran before it came */
    int odd;                                 /* how many windows in a row told something else than expected: +, - */
    struct {
        int64_t from_ns, smp;
        double late_s;
        int asks;
    } window; /* its earliest ask */
};

bool device_clock_check(const struct device_clock *c);

/* From now on another device asks, for `buffer_smp` > 0 samples at a time. The clock goes on without a step. */
void device_clock_start(struct device_clock *c, int64_t buffer_smp);

/* At `ns` the device asks for what follows the first `smp` samples; neither ever falls. Returns for how long the device
 * had stood, in nanoseconds, 0 if it had not. */
int64_t device_clock_ask(struct device_clock *c, int64_t smp, int64_t ns);

/* By how much the clock is ahead of the estimate at sample `smp`, in nanoseconds. */
int64_t device_clock_drift_ns(const struct device_clock *c, int64_t smp);

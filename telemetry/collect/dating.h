/*
 * dating: when a viewing began, as a collector has reason to believe. The date that a device says is its clock's, which may never have been
 * set, or stand in another year.
 *
 * It is believed, unless it cannot be: it is before DATING_FIRST_MS, when there was nothing to record with; it is more than
 * DATING_OFF_MS later than the viewing was received; or the device's clock is more than DATING_OFF_MS behind the collector's as it
 * sends, and was so when the viewing began. Then the clock's difference as it sends is added; where that cannot be either, because the
 * clock was set in between, the viewing began when the first of it was received. Pure.
 */
#pragma once

#include <stdint.h>

#define DATING_FIRST_MS INT64_C(1735689600000) /* 2025-01-01 UTC */
#define DATING_OFF_MS   INT64_C(86400000)      /* a clock that shows another zone's time is not wrong */

/* ms since 1970. `started_ms` and `sent_ms` by the device's clock, `received_ms` by the collector's. */
int64_t dating_start(int64_t started_ms, int64_t sent_ms, int64_t received_ms);

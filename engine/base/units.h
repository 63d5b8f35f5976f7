/*
 * units: the units that every module shares.
 *
 * A time is an int64_t in microseconds, and its name ends in _us. Media time (the position in a node) drives the
 * story; the wall clock only stamps telemetry. A position on the film's own timeline is counted in samples at
 * FILM_RATE, and its name ends in _smp.
 */
#pragma once

#include <assert.h>
#include <glib.h>
#include <stdint.h>

#define US_PER_SECOND INT64_C(1000000)
#define US_PER_MS     INT64_C(1000)

/* Sample rate of the film's timeline and of everything that is mixed, in Hz. 48 kHz is a multiple of 24, 25, 30,
 * 50 and 60 frames/s, so a frame of those rates is a whole number of samples and joins never accumulate error. */
#define FILM_RATE 48000

/* Channels of the mix: left and right, as interleaved floats. */
#define FILM_CHANNELS 2

/* A duration or an instant that is not known. */
#define US_NONE INT64_MIN

static_assert(FILM_RATE % 2000 == 0, "a millisecond is a whole number of samples, and half of one is, too");

/* Rounds to the nearest sample; exact for every whole number of 125 us. */
static inline int64_t us_to_smp(int64_t us)
{
    const int64_t n = us * (FILM_RATE / 1000);
    return (n >= 0 ? n + 500 : n - 500) / 1000;
}

static inline int64_t smp_to_us(int64_t smp)
{
    const int64_t n = smp * 1000;
    const int64_t half = FILM_RATE / 2000;
    return (n >= 0 ? n + half : n - half) / (FILM_RATE / 1000);
}

/* What stands for a name that is not there, as the version of a film that tells none. */
static inline const char *units_or_dash(const char *name)
{
    return name && *name ? name : "–";
}

/* What a regular noun behind a number ends with: "1 viewing", "0 viewings". */
static inline const char *units_s(int64_t n)
{
    return n == 1 ? "" : "s";
}

/*
 * Lengths and positions for people: "1:23:45", "2:05"; "-" for US_NONE. The caller frees them. The first is rounded to the
 * second, where tenths would only be in the way; the second is exact to the millisecond: "2:05.250", and "2:05" where
 * that is all.
 */
char *units_clock_time(int64_t us);
char *units_clock_exact(int64_t us);

/* When that was, `ms` milliseconds after 1970 began, on this machine's clock or in UTC, by a format of g_date_time_format();
 * "?" where no calendar goes. The caller frees them. */
char *units_local_time(int64_t ms, const char *format);
char *units_utc_time(int64_t ms, const char *format);

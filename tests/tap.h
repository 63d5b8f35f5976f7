/*
 * tap: the smallest TAP producer that our unit tests need.
 *
 * Each test program is its own process: it calls ok()/is_int()/is_str() any number of times, then returns
 * tap_done(). Checks print both sides when they differ. skip() says why a check was not made.
 */
#pragma once

#include <glib.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static int tap_count_, tap_failed_;

G_GNUC_PRINTF(2, 3) static inline bool ok(bool pass, const char *fmt, ...)
{
    va_list ap;
    tap_count_++;
    if (!pass)
        tap_failed_++;
    printf("%s %d - ", pass ? "ok" : "not ok", tap_count_);
    va_start(ap, fmt);
    vprintf(fmt, ap);
    va_end(ap);
    printf("\n");
    fflush(stdout);
    return pass;
}

static inline bool is_int(int64_t got, int64_t want, const char *what)
{
    const bool pass = ok(got == want, "%s", what);
    if (!pass)
        printf("#      got: %" G_GINT64_FORMAT "\n#   wanted: %" G_GINT64_FORMAT "\n", got, want);
    return pass;
}

static inline bool is_str(const char *got, const char *want, const char *what)
{
    const bool pass = ok(g_strcmp0(got, want) == 0, "%s", what);
    if (!pass)
        printf("#      got: %s\n#   wanted: %s\n", got ? got : "(null)", want ? want : "(null)");
    return pass;
}

static inline void skip(const char *what, const char *why)
{
    tap_count_++;
    printf("ok %d - %s # SKIP %s\n", tap_count_, what, why);
}

static inline int tap_done(void)
{
    printf("1..%d\n", tap_count_);
    return tap_failed_ ? 1 : 0;
}

/*
 * monotonic: condition variables whose timed waits follow CLOCK_MONOTONIC, so that setting the wall clock neither
 * shortens nor prolongs them. They are pthread's, not GLib's, because ThreadSanitizer knows pthread's. Any thread.
 */
#pragma once

#include <pthread.h>
#include <stdint.h>
#include <time.h>

/* The caller frees it with pthread_cond_destroy(). */
void monotonic_cond_init(pthread_cond_t *cond);

/* The instant `us` microseconds from now, for pthread_cond_timedwait(); us >= 0. */
struct timespec monotonic_after_us(int64_t us);

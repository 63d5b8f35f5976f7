/*
 * rate: how much each client may send: a bucket of tokens for each address, which fills with time. The table has a fixed size: where many
 * addresses come at once, those that share a place share its bucket. Under a lock of its own; any thread.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct rate;

/* per_second: how many requests; burst: how many at once after a pause. per_second 0: any number. */
struct rate *rate_new(double per_second, double burst);
void rate_free(struct rate *r); /* accepts NULL */

/* Takes one, if it is there, at this moment of a clock that never jumps. False: *retry_s says for how long to wait. An IPv6 client is its /64. */
bool rate_take(struct rate *r, const char *address, int64_t now_us, guint *retry_s);

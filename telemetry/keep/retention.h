/*
 * retention: viewings older than the store's limit (`frumious telemetry retention DAYS`, control_set_retention) are
 * erased when a program opens the store to write. store_open() itself erases nothing; programs that write open a store
 * here.
 */
#pragma once

#include "telemetry/store/store.h"

/*
 * store_open(), and then, unless the store is opened read-only, erases what is too old. What cannot be erased now,
 * because another program is writing, goes with the next opening.
 */
struct store *retention_open(const struct store_options *o, GError **error);

/* Erases the viewings that are older than the limit at the time now_ms (ms since 1970): *n of them; n may be NULL. */
bool retention_apply(struct store *s, int64_t now_ms, int64_t *n, GError **error);

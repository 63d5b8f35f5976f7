/*
 * retention: viewings older than the store's limit (`frumious telemetry retention DAYS`, control_set_retention) go when a program
 * opens the store to write. store_open() itself erases nothing; whoever writes into a store opens it here.
 */
#pragma once

#include "telemetry/store/store.h"

/* store_open(), and then erases what is too old, unless the store is opened read-only. What cannot be erased now (another
 * program writes) goes with the next opening. */
struct store *retention_open(const struct store_options *o, GError **error);

/* Erases the viewings older than the limit at the time `now_ms`. How many went is in *n, which may be NULL. */
bool retention_apply(struct store *s, int64_t now_ms, int64_t *n, GError **error);

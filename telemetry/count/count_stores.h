/*
 * count_stores: stores that are read together, each as it is at one moment.
 *
 * count_stores_begin(), reading, count_stores_end(). What is written meanwhile is not seen, and holds up no writer. One
 * thread.
 */
#pragma once

#include "telemetry/store/store.h"

#include <stdbool.h>

/*
 * Begins a reading transaction in each. False and error where a store cannot be read, or two of them hold the same
 * viewing, which would count twice; then no transaction is left open. Costs a look-up for each viewing of the smaller of
 * two stores.
 */
bool count_stores_begin(struct store *const *stores, guint n, GError **error);
void count_stores_end(struct store *const *stores, guint n);

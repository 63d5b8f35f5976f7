/* destination_sqlite: keeps what comes in in a store, as if it had been recorded there: the same tables, the same reports. */
#pragma once

#include "telemetry/collect/destination.h"
#include "telemetry/store/store.h"

/* The catalogue is borrowed. NULL and error: the store can't be opened. */
struct destination *destination_sqlite_open(const struct store_options *o, const struct wire_catalogue *catalogue,
                                            GError **error);

/*
 * Judges for another destination: its commit() fills in the items and adds what is taken to `store`, in a transaction of the caller's, who
 * rolls it back in the end and then tells the judge to forget it. What an erasure takes away is refused, but stays in the
 * tables until then. Store and catalogue are borrowed; nobody else writes into the store.
 */
struct destination *destination_sqlite_judge(struct store *store, const struct wire_catalogue *catalogue,
                                             GError **error);
void destination_sqlite_forget(struct destination *judge);

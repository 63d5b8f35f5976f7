/* destination_sqlite: keeps what comes in in a store, as if it had been recorded there: the same tables, the same reports. */
#pragma once

#include "telemetry/collect/destination.h"
#include "telemetry/store/store.h"

/* The catalogue is borrowed. NULL and error: the store can't be opened. */
struct destination *destination_sqlite_open(const struct store_options *o, const struct wire_catalogue *catalogue,
                                            GError **error);

/* destination_sqlite: keeps what comes in in a store, as if it had been recorded there: the same tables, the same reports. */
#pragma once

#include "telemetry/collect/destination.h"

/* `path` is as in struct store_options. The catalogue is borrowed. NULL and error: it can't be opened. */
struct destination *destination_sqlite_open(const char *path, const struct wire_catalogue *catalogue, GError **error);

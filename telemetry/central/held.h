/*
 * held: what the engine holds about somebody, for the answer to an audit.
 *
 * A key is whatever names something of a person here: a viewing's id, the key of a viewing or the viewer's link as a device sends them
 * (telemetry/wire), or the SHA-256 of such a key as it stands in the tables. All rows that a replica of each shard has are told, those that
 * are erased and still in the files, too.
 */
#pragma once

#include "telemetry/central/engine.h"

/* A row: `names` and `values` are of the same length, ended by NULL. */
typedef void held_row(const char *table, char *const *names, char *const *values, void *data);

/* False and ENGINE_ERROR_ADDRESS: `key` is nothing of this. *rows: how many were told. */
bool held_tell(struct engine *e, const char *key, held_row *row, void *data, int64_t *rows, GError **error);

/*
 * schema: the tables and views of the store, and the steps that lead from each earlier version to this one.
 *
 * Used by store.c only, on an open connection, inside the transaction that store.c has begun. Tables are changed by
 * numbered steps that are never edited once released; views hold no data, are stable by name and column, and are
 * made anew after every migration, so that they always speak this version's words.
 */
#pragma once

#include "telemetry/store.h"

/* Runs the steps after version `from` and makes the views. False and error on failure; the caller rolls back. */
bool schema_migrate(struct sqlite3 *db, int from, GError **error);
